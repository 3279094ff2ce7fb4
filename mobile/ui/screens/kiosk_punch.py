"""Name, PIN, done: the punch on the shared tablet."""

from __future__ import annotations

from mobile.core.views import FloorPerson, Kept
from mobile.ui.say import Say
from mobile.ui.screens.hours_rows import shift_words
from mobile.ui.screens.newcomers import missing_titles
from mobile.ui.screens.page import FacePage
from mobile.viewmodels import place_words as pw
from mobile.viewmodels.hours_words import now_mark
from mobile.viewmodels.kiosk_punch import KioskPunchState


class KioskPunchPage(FacePage):
    """Holds nothing of its own: what the view-model forgets is gone from here on the same frame."""

    def on_state(self, _page: object, state: KioskPunchState) -> None:
        if state.step == "result" and state.left_s and "mark" in self.ids and not self._played:
            self._played = True
            self.ids.mark.play()
        elif state.step != "result":
            self._played = False

    _played = False

    def person_name(self, person: FloorPerson | None) -> str:
        return person.name if person else ""

    def number(self, person: FloorPerson | None) -> str:
        return person.number if person else ""

    def since(self, say: Say, person: FloorPerson | None) -> str:
        return say.said(now_mark(person.presence, person.since).said) if person is not None else ""

    def shift(self, say: Say, person: FloorPerson | None) -> str:
        return shift_words(say, person) if person is not None else ""

    def kinds(self, say: Say) -> list[tuple[str, str]]:
        return [*((kind, say(f"phone.kind_{kind}")) for kind in ("in", "out")), ("mine", say("own_page.open"))]

    def status(self, say: Say, state: KioskPunchState) -> str:
        if state.busy:
            return say("kiosk.checking")
        if state.problem is not None:
            return say.said(state.problem)
        return say("own_page.enter_pin" if state.kind == "mine" else "kiosk.enter_pin")

    def result_title(self, say: Say, kept: Kept | None) -> str:
        return f"{say(f'phone.kind_{kept.kind}')} {kept.local_time}" if kept else ""

    def result_words(self, say: Say, kept: Kept | None) -> str:
        """A green punch is thanked for; for others the weightiest reason is said."""
        if kept is None:
            return ""
        if kept.preview.verdict == "green":
            return say(f"kiosk.result_{kept.kind}")
        return say.said(pw.first_reason(kept.preview.reasons)) or say(f"phone.verdict_{kept.preview.verdict}")

    def needs(self, say: Say, state: KioskPunchState) -> str:
        """What somebody new still has to do here, by name."""
        card = state.needs
        return say("newcomers.still", store=card.store_name, what=missing_titles(say, card)) if card is not None else ""

    def back_in(self, say: Say, state: KioskPunchState) -> str:
        return say("kiosk.back_in", seconds=state.left_s)

    def locked_words(self, say: Say, state: KioskPunchState) -> str:
        return say("kiosk.locked", seconds=state.locked_s)
