"""The manager's area on the tablet: PIN, then today, arrivals, approvals and weeks beside what lies open."""

from __future__ import annotations

from typing import Any

from kivy.clock import Clock
from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty

from mobile.core.views import Said
from mobile.core.views_hq import Arrival, RequestCard
from mobile.ui.say import Say
from mobile.ui.screens import (
    desk_cycles,
    desk_heard,
    desk_hours,
    desk_month,
    desk_notes,
    desk_roster,
    desk_scores,
    desk_training,
    hq_rows,
    week_sheet,
)
from mobile.ui.screens.camera import PhotoPage
from mobile.ui.screens.feedback_words import photo_rows
from mobile.ui.screens.hq_words import (
    answer_rows,
    arrival_facts,
    chip,
    request_row,
    stage_chip,
    stay_words,
    step_rows,
    tick_rows,
    to_tick,
)
from mobile.ui.widgets.press import Row
from mobile.viewmodels.manager_desk import ManagerState
from mobile.viewmodels.request_words import card_mark
from mobile.viewmodels.shared_photos import photos_of_page

# they are registered by being imported
assert hq_rows and desk_heard and desk_hours and desk_month and desk_notes and desk_roster and desk_scores and desk_training
assert week_sheet and desk_cycles
HINTS = {
    "today": "desk.choose_person",
    "arrivals": "desk.choose_arrival",
    "approvals": "desk.choose_request",
    "weeks": "desk.choose_week",
    "roster": "desk_roster.choose",
    "training": "desk_training.choose",
    "heard": "desk_heard.choose",
    "scores": "desk_scores.choose",
    "cycles": "cycle_page.choose",
}
HEARD = ("evidence.kv", "desk_notes.kv", "feedback_rows.kv", "ticket_sheet.kv", "desk_heard.kv")
SCORES = ("score_rows.kv", "desk_scores.kv")
CYCLES = ("cycle_rows.kv", "desk_cycles.kv")
GRID_SHARE, LIST_SHARE = 0.66, 0.42  # of the window, for what lies at the left


class ManagerRow(Row):
    """One of several who manage this store."""

    vm = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")
    name = StringProperty("")


Factory.register("ManagerRow", cls=ManagerRow)


class ManagerPage(PhotoPage):
    """Holds nothing of its own: what the view-model forgets is gone from here on the same frame. Its camera takes photos of work
    that is being scored, and for what is written to tickets."""

    rows = (
        *("hq_rows.kv", "hours_rows.kv", "desk_hours.kv", "desk_roster.kv", "newcomers.kv", "desk_training.kv"),
        *(*HEARD, *SCORES, *CYCLES),
    )

    def _on_state(self, state: ManagerState) -> None:
        """What is opened beside the list is read from its first line, wherever one had scrolled to."""
        turned = _turned(state) != _turned(self.state)
        super()._on_state(state)
        if turned and self.ids:
            Clock.schedule_once(lambda _dt: self.ids.open.to_top())

    def is_taking(self, state: ManagerState) -> bool:
        return state.scores.taking or state.heard.ticket.taking

    def manager_name(self, state: ManagerState) -> str:
        return state.manager.name if state.manager is not None else ""

    def managers(self, state: ManagerState) -> list[dict[str, Any]]:
        return [{"vm": self.vm, "person_id": one.person_id, "name": one.name} for one in state.managers]

    def status(self, say: Say, state: ManagerState) -> str:
        if state.busy:
            return say("kiosk.checking")
        return say.said(state.problem) if state.problem else say("desk.enter_pin", name=self.manager_name(state))

    def locked_words(self, say: Say, state: ManagerState) -> str:
        return say("kiosk.locked", seconds=state.locked_s)

    def nobody_words(self, say: Say, state: ManagerState) -> str:
        return say.said(state.problem) if state.problem is not None else say("desk.nobody")

    def nobody_next(self, say: Say, state: ManagerState) -> str:
        return say.next_step(state.problem) if state.problem is not None else say("desk.nobody_next")

    # the desk

    def parts(self, say: Say, state: ManagerState) -> list[tuple[str, str]]:
        coming = sum(arrival.to_tick > 0 for arrival in state.desk.arrivals) if state.desk is not None else 0
        waiting = len(state.desk.to_decide) if state.desk is not None else 0
        to_do = len(state.hours.board.to_do) if state.hours.board is not None else 0
        return [
            ("today", say("desk.today", count=to_do)),
            ("heard", say("desk_heard.part", count=state.heard.to_do)),
            ("roster", say("desk_roster.part")),
            ("training", say("desk_training.part", count=state.training.missing)),
            ("arrivals", say("desk.arrivals", count=coming)),
            ("approvals", say("desk.approvals", count=waiting)),
            ("scores", say("desk_scores.part", count=state.scores.waiting)),
            ("weeks", say("desk.weeks", count=state.hours.weeks_due)),
        ]

    def shown_part(self, state: ManagerState) -> str:
        """Cycles lie behind the scores."""
        return "scores" if state.part == "cycles" else state.part

    def gives(self, state: ManagerState) -> bool:
        """A score card is being filled in."""
        return state.part == "scores" and state.scores.form is not None

    def arrivals(self, say: Say, state: ManagerState) -> list[dict[str, Any]]:
        if state.desk is None or state.part != "arrivals":
            return []
        return [self._arrival(say, state, arrival) for arrival in state.desk.arrivals]

    def requests(self, say: Say, state: ManagerState) -> list[dict[str, Any]]:
        if state.desk is None or state.part != "approvals":
            return []
        return [self._request(say, state, card) for card in (*state.desk.to_decide, *state.desk.decided)]

    def is_empty(self, state: ManagerState, part: str) -> bool:
        if state.desk is None or state.part != part:
            return False
        return not state.desk.arrivals if part == "arrivals" else not (state.desk.to_decide or state.desk.decided)

    def left_share(self, state: ManagerState) -> float:
        if state.part == "roster":
            return 1.0 if state.roster.by_month else GRID_SHARE
        return LIST_SHARE

    def open_person(self, state: ManagerState) -> str:
        return state.roster.page.person_id if state.roster.page is not None else ""

    def open_day(self, state: ManagerState) -> str:
        return state.roster.page.day if state.roster.page is not None else ""

    def lies_open(self, state: ManagerState) -> bool:
        hours = state.hours
        if state.part == "roster":
            return state.roster.page is not None or state.roster.publishing
        if state.part == "training":
            return bool(state.training.course_id or state.training.newcomer)
        if state.part == "heard":
            return bool(state.heard.ticket_id or state.heard.notice_id)
        if state.part == "scores":
            return bool(state.scores.form or state.scores.card_id or state.scores.given)
        if state.part == "cycles":
            return bool(state.cycles.part_id)
        if state.part in ("today", "weeks"):
            return hours.line is not None if state.part == "today" else bool(hours.week_id)
        return state.arrival is not None or state.request is not None

    def has_list(self, state: ManagerState) -> bool:
        if state.part == "roster":
            return state.roster.week is not None and not state.roster.by_month
        if state.part == "training":
            return state.training.board is not None and bool(state.training.board.courses or state.training.board.newcomers)
        if state.part == "scores":
            return state.scores.board is not None and bool(state.scores.board.people or state.scores.board.sent)
        if state.part == "cycles":
            return bool(state.cycles.pages)
        if state.part == "heard":
            return state.heard.home is not None and bool(state.heard.home.open or state.heard.home.closed or state.heard.board)
        if state.part == "today":
            return state.hours.board is not None and bool(state.hours.board.lines)
        return bool(state.hours.weeks) if state.part == "weeks" else not self.is_empty(state, state.part)

    def hint(self, say: Say, state: ManagerState) -> str:
        """What the right side says while nothing lies open."""
        if state.desk is None or self.lies_open(state) or not self.has_list(state):
            return ""
        return say(HINTS[state.part])

    # what lies open

    def whose(self, state: ManagerState) -> str:
        if state.arrival is not None:
            return state.arrival.person_name
        return state.request.card.person_name if state.request is not None else ""

    def facts(self, say: Say, state: ManagerState) -> list[dict[str, Any]]:
        if state.arrival is not None:
            return arrival_facts(say, state.arrival)
        return answer_rows(say, state.request) if state.request is not None else []

    def photos(self, say: Say, state: ManagerState) -> list[dict[str, Any]]:
        return photo_rows(say, photos_of_page(state.request), state.pictures, self.vm)

    def arriving(self, state: ManagerState) -> str:
        return state.arrival.person_id if state.arrival is not None else ""

    def ticks(self, say: Say, state: ManagerState) -> list[dict[str, Any]]:
        return tick_rows(say, state.arrival, self.vm) if state.arrival is not None else []

    def told(self, say: Say, state: ManagerState) -> str:
        return to_tick(say, state.arrival) if state.arrival is not None else ""

    def name_of(self, say: Say, state: ManagerState) -> str:
        return say.both(state.request.card.name) if state.request is not None else ""

    def steps(self, say: Say, state: ManagerState) -> list[dict[str, Any]]:
        return step_rows(say, state.request) if state.request is not None else []

    def mark(self, say: Say, state: ManagerState, part: str) -> str:
        if state.request is not None:
            return str(chip(say, card_mark(state.request.card))[part])
        if state.arrival is not None:
            return str(stage_chip(say, "hand_over", state.arrival.stage)[part])
        return "quiet" if part == "chip_tone" else ""

    def may_decide(self, state: ManagerState) -> bool:
        return state.request is not None and state.request.to_decide is not None and not state.refusing

    def refused_because(self, state: ManagerState) -> Said | None:
        """Why HQ did not take what was done here, or why it cannot be done now."""
        if state.problem is not None:
            return state.problem
        way = state.request.card.on_its_way if state.request is not None else None
        return way.problem if way is not None else None

    def _arrival(self, say: Say, state: ManagerState, arrival: Arrival) -> dict[str, Any]:
        return {
            "vm": self.vm,
            "subject": arrival.posting_id,
            "words": arrival.person_name,
            "sub": stay_words(say, arrival.starts_on, arrival.last_day),
            "more": to_tick(say, arrival) if arrival.to_tick else "",
            "icon_name": "account_outline",
            "chosen": state.arrival is arrival,
            **stage_chip(say, "hand_over", arrival.stage),
        }

    def _request(self, say: Say, state: ManagerState, card: RequestCard) -> dict[str, Any]:
        chosen = state.request is not None and state.request.card.request_id == card.request_id
        return {**request_row(say, card, self.vm), "chosen": chosen}


def _turned(state: ManagerState | None) -> tuple[object, ...]:
    """What of scores and cycles lies open."""
    if state is None:
        return ()
    form = state.scores.form.person_id if state.scores.form is not None else ""
    return (state.part, form, state.scores.card_id, state.cycles.part_id, state.cycles.mode)
