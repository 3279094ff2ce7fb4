"""Scoring on the manager's desk: people and sent cards at the left, the card that lies open at the right."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty
from kivy.uix.boxlayout import BoxLayout

from mobile.core.views_scores import ScorePerson
from mobile.ui.say import Say
from mobile.ui.screens import score_rows
from mobile.ui.screens.desk_hours import HoursPart
from mobile.ui.screens.score_rows import card_row, mark_facts, metric_rows, story_rows, working_facts
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
            card_row(say, self.vm, one, state.card_id, by=say("scores.whom_at", who=one.person, at=say.at(one.said)))
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

    def given_words(self, say: Say, state: DeskScoresState) -> str:
        return say("desk_scores.given", name=state.given_name)

    def name(self, state: DeskScoresState) -> str:
        return state.form.name if state.form is not None else state.card.person if state.card is not None else ""

    def composite(self, say: Say, state: DeskScoresState) -> str:
        """What the month comes to if the card is given so."""
        if state.form is None or not state.form.working:
            return ""
        return say("scores.composite", value=state.form.composite) if state.form.composite else say("scores.too_little")

    def metrics(self, say: Say, state: DeskScoresState) -> list[dict[str, Any]]:
        return metric_rows(say, self.vm, state.form.metrics, state.values) if state.form is not None else []

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


for _part in (MarkField, ScoreList, ScoreOpen):
    Factory.register(_part.__name__, cls=_part)
