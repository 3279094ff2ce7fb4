"""The tablet's start page."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.factory import Factory
from kivy.properties import ObjectProperty, StringProperty

from mobile.core.views import FloorPerson, StoreCode
from mobile.ui.say import Say
from mobile.ui.screens.hours_rows import counts_words, shift_words
from mobile.ui.screens.hq_words import chip
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.press import Row
from mobile.ui.widgets.qr import Matrix
from mobile.viewmodels.floor import FloorState
from mobile.viewmodels.hours_words import now_mark


class PersonCard(Row):
    """Somebody who works here today. A whole card is the target."""

    vm = ObjectProperty(None, allownone=True)
    person_id = StringProperty("")
    name = StringProperty("")
    number = StringProperty("")
    chip = StringProperty("")
    chip_icon = StringProperty("")
    chip_tone = StringProperty("quiet")


Factory.register("PersonCard", cls=PersonCard)


class FloorPage(FacePage):
    """Who is here, and the code that proves a phone stands before this tablet."""

    def __init__(self, *, qr_of: Callable[[str], Matrix], **kwargs: Any) -> None:
        self._qr_of = qr_of
        super().__init__(**kwargs)

    def store_name(self, state: FloorState) -> str:
        return state.floor.store.name if state.floor else ""

    def partner(self, state: FloorState) -> str:
        return state.floor.store.partner if state.floor else ""

    def clock_words(self, now: Any) -> str:
        return f"{now:%H:%M}" if now is not None else ""

    def counts(self, say: Say, state: FloorState) -> str:
        """Everybody is in exactly one of the words, so they sum to the headcount."""
        return counts_words(say, state.counts, len(state.floor.people)) if state.floor is not None else ""

    def cards(self, say: Say, state: FloorState) -> list[dict[str, Any]]:
        return [self._card(say, person) for person in state.people]

    def banners(self, say: Say, state: FloorState) -> list[dict[str, Any]]:
        """Notices that most people here are still to read. How they are read stands in the same line: by one's own name."""
        return [
            {
                "tone": "late" if card.urgent else "brand",
                "icon_name": "alert_outline" if card.urgent else "bell_outline",
                "words": say.both(card.title),
                "next_step": say(f"kiosk.banner_{'confirm' if card.confirm else 'read'}", done=card.done, of=card.of, by=card.by),
            }
            for card in state.banners
        ]  # fmt: skip

    def matrix(self, code: StoreCode | None) -> Matrix | None:
        return self._qr_of(code.qr) if code is not None else None

    def digits(self, code: StoreCode | None) -> str:
        return f"{code.digits[:3]} {code.digits[3:]}" if code is not None else ""

    def left(self, code: StoreCode | None) -> float:
        return max(0.0, min(1.0, code.left_s / code.step_s)) if code is not None else 0.0

    def left_words(self, say: Say, code: StoreCode | None) -> str:
        return say("kiosk.code_left", seconds=max(0, int(code.left_s))) if code is not None else ""

    def is_empty(self, state: FloorState) -> bool:
        return state.floor is not None and not state.people

    def empty_words(self, say: Say, state: FloorState) -> str:
        if not self.is_empty(state):
            return ""
        return say("kiosk.nobody_found" if state.sought else "kiosk.nobody_posted")

    def _card(self, say: Say, person: FloorPerson) -> dict[str, Any]:
        return {
            "vm": self.vm,
            "person_id": person.person_id,
            "name": person.name,
            "number": " ".join(filter(None, (person.number, shift_words(say, person)))),
            **chip(say, now_mark(person.presence, person.since)),
        }
