"""Scoring on the manager's desk: people and sent cards at the left, the card that lies open at the right."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.photos import Photos
from mobile.core.views_scores import ScorePerson
from mobile.ui.say import Say
from mobile.ui.screens import score_rows
from mobile.ui.screens.camera import PhotoPage
from mobile.ui.screens.desk_hours import HoursPart
from mobile.ui.screens.feedback_words import photo_rows
from mobile.ui.screens.score_rows import (
    card_row,
    mark_facts,
    meaning_facts,
    metric_rows,
    story_rows,
    when_of,
    working_facts,
)
from mobile.viewmodels.desk_scores import PHRASES, DeskScoresState

assert score_rows  # its rows are registered by being imported
SENT_MOST = 30


class MarkField(BoxLayout):
    """Another value of a sent card."""

    vm = ObjectProperty(None, allownone=True)
    key = StringProperty("")
    words = StringProperty("")
    typed = StringProperty("")


class ScoreList(HoursPart):
    """Who can be scored today, then what was sent."""

    state = ObjectProperty(DeskScoresState(), rebind=True)

    def is_empty(self, state: DeskScoresState) -> bool:
        return state.board is not None and not state.board.people

    def people(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        return [self._person(say, one, state) for one in state.board.people] if state.board is not None else []

    def sent(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        found = state.board.sent[:SENT_MOST] if state.board is not None else ()
        return [
            card_row(say, self.vm, one, state.card_id, by=say("scores.whom_at", who=one.person, at=when_of(say, one)))
            for one in found
        ]

    def _person(self, say: Say, one: ScorePerson, state: DeskScoresState) -> dict[str, Any]:
        chip = (say("desk_scores.not_today"), "clock_outline", "late")
        if one.begun:
            chip = (say("desk_scores.begun"), "pencil_outline", "brand")
        elif one.today:
            chip = (say("desk_scores.today"), "check_circle", "good")
        return {
            "vm": self.vm, "subject": one.person_id, "words": one.name, "icon_name": "account_outline",
            "sub": say("ticket.join").join(
                part for part in (say.both(one.post), say("desk_scores.this_month", count=one.this_month)) if part
            ),
            "chip": chip[0], "chip_icon": chip[1], "chip_tone": chip[2],
            "chosen": state.form is not None and state.form.person_id == one.person_id,
        }  # fmt: skip


class ScoreOpen(HoursPart):
    """A card that is being filled in, or one that was sent."""

    state = ObjectProperty(DeskScoresState(), rebind=True)
    page = ObjectProperty(None, allownone=True, rebind=True)  # the page with the camera, once a photo is being taken

    def on_state(self, _: object, state: DeskScoresState | None) -> None:
        if state is not None and state.taking and self.page is None:
            self.page = next((one for one in self.walk_reverse() if isinstance(one, PhotoPage)), None)

    def given_words(self, say: Say, state: DeskScoresState) -> str:
        return say("desk_scores.given", name=state.given_name)

    def name(self, state: DeskScoresState) -> str:
        return state.form.name if state.form is not None else state.card.person if state.card is not None else ""

    def evaluates(self, say: Say, state: DeskScoresState) -> str:
        return say("cycle_page.evaluates", month=state.month) if state.month else ""

    def metrics(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        return metric_rows(say, self.vm, state.form.metrics, state.values, wide=True) if state.form is not None else []

    def meanings(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        """What each metric looks at, below the card: whoever scores every day knows it."""
        return meaning_facts(say, state.form.metrics) if state.form is not None else []

    def day(self, say: Say, state: DeskScoresState) -> str:
        """The day that the card is about, in words where it is near."""
        if state.form is None or not state.form.days:
            return ""
        return say("desk_scores.of_today" if state.form.day == state.form.days[0] else "desk_scores.of_day", day=state.form.day)

    def may_step(self, state: DeskScoresState, by: int) -> bool:
        form = state.form
        return form is not None and form.day in form.days and 0 <= form.days.index(form.day) - by < len(form.days)

    def taken(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        """Photos of the card that is being filled in."""
        return [
            {"vm": self.vm, "photo": photo, "name": Photos.name(photo), "words": say("requests.photo_n", n=n + 1),
             "drop": say("requests.drop_photo")}
            for n, photo in enumerate(state.form.photos if state.form is not None else ())
        ]  # fmt: skip

    def photos(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        """Photos of a card that was sent."""
        return photo_rows(say, state.card.photos, state.pictures, self.vm) if state.card is not None else []

    def working(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        return working_facts(say, state.form.working) if state.form is not None else []

    def phrases(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        return [{"vm": self.vm, "words": say(f"desk_scores.{one}")} for one in PHRASES] if state.form is not None else []

    def card_words(self, say: Say, state: DeskScoresState) -> str:
        card = state.card
        return say("scores.by_at", by=card.rater_name, at=say.at(card.said)) if card is not None else ""

    def comment(self, state: DeskScoresState) -> str:
        return state.card.comment if state.card is not None else ""

    def marks(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        return mark_facts(say, state.card) if state.mode != "correct" else []

    def corrections(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        if state.card is None or state.mode != "correct":
            return []
        return [
            {"vm": self.vm, "key": one.metric, "words": say.both(one.name), "typed": state.values.get(one.metric, "")}
            for one in state.card.marks
        ]

    def story(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        return story_rows(say, state.card)

    def may_change(self, state: DeskScoresState) -> bool:
        return state.card is not None and state.card.may_change and not state.mode

    def mode_words(self, say: Say, state: DeskScoresState) -> str:
        return say(f"desk_scores.why_{state.mode}") if state.mode else ""


class GiveBar(HoursPart):
    """What the month comes to, and the way to give the card: always in sight, however long the card is."""

    state = ObjectProperty(DeskScoresState(), rebind=True)

    def composite(self, say: Say, state: DeskScoresState) -> str:
        """What the month comes to if the card is given so."""
        if state.form is None or not state.form.working:
            return ""
        return say("scores.composite", value=state.form.composite) if state.form.composite else say("scores.too_little")


for _part in (MarkField, ScoreList, ScoreOpen, GiveBar):
    Factory.register(_part.__name__, cls=_part)
