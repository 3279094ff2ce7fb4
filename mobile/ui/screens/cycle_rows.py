"""Somebody's part in a cycle as a sheet: the same on the phone and at the manager's desk."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import ListProperty, ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from contract.messages import LANGUAGES
from mobile.core.cycles import CyclePage
from mobile.core.views import Said
from mobile.ui.say import Say
from mobile.ui.screens import score_rows
from mobile.ui.screens.cycle_words import (
    cycle_name,
    goal_rows,
    held_options,
    line_rows,
    mark_rows,
    months,
    plan_rows,
    sides,
    stage_rows,
    to_do_words,
)
from mobile.ui.screens.hq_rows import MarkedRow
from mobile.ui.screens.score_rows import metric_rows
from mobile.ui.widgets.surfaces import Stack
from mobile.viewmodels.cycle_taps import PERCENTS, CyclesState, may_agree, may_confirm
from mobile.viewmodels.request_words import way_mark

assert score_rows  # its rows are registered by being imported


class GoalRow(MarkedRow):
    """A goal with how far it is."""


class LineField(BoxLayout):
    """A line that is being written: a goal and its target, or an action and its last day."""

    vm = ObjectProperty(None, allownone=True)
    key = StringProperty("")
    words = StringProperty("")
    typed = StringProperty("")
    more = StringProperty("")
    target = StringProperty("")
    options = ListProperty([])


class CycleSheet(Stack):
    """What lies open of a part, or what is being written in it. `vm` is a CycleTaps."""

    vm = ObjectProperty(None, allownone=True)
    say = ObjectProperty(Say(LANGUAGES[0]), rebind=True)
    state = ObjectProperty(CyclesState(), rebind=True)

    def looks(self, state: CyclesState) -> bool:
        return state.page is not None and not state.mode

    def is_at_desk(self, state: CyclesState) -> bool:
        return state.page is not None and state.page.side == "manager"

    def head(self, say: Say, state: CyclesState) -> str:
        if state.page is None:
            return ""
        return state.page.part.person_name if self.is_at_desk(state) else cycle_name(say, state.page)

    def head_sub(self, say: Say, state: CyclesState) -> str:
        if state.page is None:
            return ""
        first = cycle_name(say, state.page) if self.is_at_desk(state) else state.page.part.store_name
        return say("ticket.join").join((first, months(say, state.page)))

    def way(self, say: Say, state: CyclesState, part: str) -> str:
        """How far what was last said here has come."""
        if state.page is None or state.page.on_its_way is None:
            return "quiet" if part == "chip_tone" else ""
        mark = way_mark(state.page.on_its_way)
        return {"chip": say.said(mark.said), "chip_icon": mark.icon, "chip_tone": mark.tone}[part]

    def refused_because(self, state: CyclesState) -> Said | None:
        way = state.page.on_its_way if state.page is not None else None
        return way.problem if way is not None else None

    def to_do(self, say: Say, state: CyclesState) -> str:
        return to_do_words(say, state.page) if state.page is not None and not state.mode else ""

    def stages(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        return stage_rows(say, state.page) if state.page is not None and not state.mode else []

    # goals

    def goals(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        return goal_rows(say, state.page, self.vm) if state.page is not None and not state.mode else []

    def agreements(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        page = state.page
        if page is None or state.mode or not page.part.goals.revision:
            return []
        return sides(say, page.detail.agreed, page.detail.agreed_manager, page.part.goals.manager, "agreed")

    def may_agree(self, state: CyclesState) -> bool:
        return state.page is not None and not state.mode and may_agree(state.page)

    def may_set(self, state: CyclesState) -> bool:
        return self.looks(state) and state.page is not None and state.page.may("goals")

    def set_words(self, say: Say, state: CyclesState) -> str:
        has_some = state.page is not None and bool(state.page.part.goals.revision)
        return say("cycle_page.change_goals" if has_some else "cycle_page.set_goals")

    def goal_words(self, state: CyclesState) -> str:
        """The goal that is being spoken of."""
        goals = state.page.detail.goals if state.page is not None else ()
        return next((one.text for one in goals if one.goal_id == state.goal_id), "")

    def percents(self, say: Say, state: CyclesState) -> list[tuple[str, str]]:
        return [(one, say("cycle_page.percent", percent=one)) for one in PERCENTS]

    # evaluation

    def marks(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        return mark_rows(say, state.page.detail.marks) if state.page is not None and not state.mode else []

    def marks_head(self, say: Say, state: CyclesState) -> str:
        return say("cycle_page.marks", month=state.page.month) if state.page is not None else ""

    def may_assess(self, state: CyclesState) -> bool:
        return self._evaluates(state) and not self.is_at_desk(state)

    def may_score(self, state: CyclesState) -> bool:
        return self._evaluates(state) and self.is_at_desk(state)

    def _evaluates(self, state: CyclesState) -> bool:
        return self.looks(state) and state.page is not None and state.page.may("evaluation")

    def score_words(self, say: Say, state: CyclesState) -> str:
        return say("cycle_page.score", month=state.page.month) if state.page is not None else ""

    def metrics(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        if state.form is None or state.mode != "assess":
            return []
        return metric_rows(say, self.vm, state.form.metrics, state.values)

    # the interview, and what follows

    def note(self, state: CyclesState) -> str:
        return state.page.part.interview.note if state.page is not None else ""

    def held(self, say: Say, state: CyclesState) -> str:
        talk = state.page.part.interview if state.page is not None else None
        if talk is None or not talk.revision:
            return ""
        return say("cycle_page.held", by=talk.by, day=say.iso_day(talk.held_on))

    def confirmations(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        page = state.page
        if page is None or state.mode or not page.part.interview.revision:
            return []
        return sides(say, page.detail.confirmed, page.detail.confirmed_manager, page.part.interview.manager, "confirmed")

    def may_confirm(self, state: CyclesState) -> bool:
        return state.page is not None and not state.mode and may_confirm(state.page)

    def may_record(self, state: CyclesState) -> bool:
        """The note and the plan are the manager's."""
        page = state.page
        return self.looks(state) and page is not None and self.is_at_desk(state) and page.may("interview")

    def note_words(self, say: Say, state: CyclesState) -> str:
        return say("cycle_page.change_note" if self.held(say, state) else "cycle_page.write_note")

    def plan_words(self, say: Say, state: CyclesState) -> str:
        has_some = state.page is not None and bool(state.page.part.plan)
        return say("cycle_page.change_plan" if has_some else "cycle_page.make_plan")

    def plan(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        return plan_rows(say, state.page, self.vm) if state.page is not None and not state.mode else []

    # what is being written

    def mode_title(self, say: Say, state: CyclesState) -> str:
        if state.mode == "assess" and state.form is not None:
            return say("cycle_page.title_assess", month=state.form.month)
        return say(f"cycle_page.title_{state.mode}") if state.mode else ""

    def field_words(self, say: Say, state: CyclesState) -> str:
        return say(f"cycle_page.words_{state.mode}") if self.has_words(state) else ""

    def has_words(self, state: CyclesState) -> bool:
        return state.mode in ("track", "assess", "note")

    def word_lines(self, state: CyclesState) -> int:
        return 8 if state.mode == "note" else 3

    def lines(self, say: Say, state: CyclesState) -> list[dict[str, Any]]:
        return line_rows(say, state, self.vm)

    def held_days(self, say: Say, state: CyclesState) -> list[tuple[str, str]]:
        if state.page is None or state.mode != "note":
            return []
        return held_options(say, state.page, state.day)


def other_rows(say: Say, vm: Any, pages: tuple[CyclePage, ...], chosen: str) -> list[dict[str, Any]]:
    """Cycles that are not looked at, each once."""
    others = {one.cycle.id: one for one in pages if one.cycle.id != chosen}
    return [
        {"vm": vm, "subject": cycle_id, "words": cycle_name(say, one), "sub": months(say, one), "icon_name": "history"}
        for cycle_id, one in others.items()
    ]


class OtherCycleRow(MarkedRow):
    """Another cycle."""


for _part in (GoalRow, LineField, CycleSheet, OtherCycleRow):
    Factory.register(_part.__name__, cls=_part)
