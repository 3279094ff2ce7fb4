"""The punch sheet: what was kept, how far it has come, and what would help it."""

from __future__ import annotations

from typing import Any

from kivy.factory import Factory

from mobile.core.views import PunchLine, Said
from mobile.ui.say import Say
from mobile.ui.screens.page import FacePage
from mobile.ui.screens.punch_words import verdict_chip
from mobile.ui.widgets.surfaces import Note
from mobile.viewmodels import place_words as pw
from mobile.viewmodels.punch_sheet import PunchSheetState


class ReasonNote(Note):
    """One reason, with what to do about it."""


Factory.register("ReasonNote", cls=ReasonNote)
SHOWN_REASONS = 3


class PunchPage(FacePage):
    """Kept, then said: the first tick is already true when this page opens."""

    def in_front(self, is_in_front: bool) -> None:
        if is_in_front and self.state.just_kept:
            self.ids.mark.play()

    def title(self, say: Say, state: PunchSheetState) -> str:
        line = state.line
        if line is None:
            return say("ui.loading")
        return say("phone.just_kept") if line.state == "kept" else say(f"phone.state_{line.state}")

    def when_words(self, say: Say, line: PunchLine | None) -> str:
        return f"{say(f'phone.kind_{line.kind}')} {line.local_time}" if line else ""

    def store(self, line: PunchLine | None) -> str:
        return line.store_name if line else ""

    def day(self, say: Say, line: PunchLine | None) -> str:
        return say.iso_day(line.business_date) if line else ""

    def grade(self, say: Say, line: PunchLine | None) -> str:
        return say(f"phone.grade_{line.grade}") if line and line.grade else ""

    def chip(self, say: Say, line: PunchLine | None, part: str) -> str:
        return str(verdict_chip(say, line)[part]) if line else ""

    def chip_tone(self, say: Say, line: PunchLine | None) -> str:
        return str(verdict_chip(say, line)["chip_tone"]) if line else "quiet"

    def place(self, say: Say, line: PunchLine | None) -> str:
        return say.said(pw.place_said(line)) if line else ""

    def proof(self, say: Say, line: PunchLine | None) -> str:
        return say(f"phone.proof_{line.proof}") if line else ""

    def reached(self, line: PunchLine | None, step: str) -> bool:
        return line is not None and pw.STEPS.index(line.state) >= pw.STEPS.index(step)

    def reasons(self, say: Say, state: PunchSheetState) -> list[dict[str, Any]]:
        return [self._note(say, reason) for reason in state.reasons[:SHOWN_REASONS]]

    def _note(self, say: Say, reason: Said) -> dict[str, Any]:
        return {
            "words": say.said(reason),
            "next_step": say.next_step(reason),
            "tone": "late",
            "icon_name": "information_outline",
        }
