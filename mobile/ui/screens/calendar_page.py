"""My shifts in a calendar: the secret address as words to copy and as a QR for another device."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kivy.core.clipboard import Clipboard

from mobile.ui.say import Say
from mobile.ui.screens.page import FacePage
from mobile.ui.widgets.qr import Matrix
from mobile.viewmodels.calendar_feed import CalendarState
from mobile.viewmodels.request_words import way_mark


class CalendarFeedPage(FacePage):
    """The address is shown in full: it is the secret, and its owner's to hand on."""

    def __init__(self, *, qr_of: Callable[[str], Matrix], **kwargs: Any) -> None:
        self._qr_of = qr_of
        super().__init__(**kwargs)

    def address(self, state: CalendarState) -> str:
        return state.page.address if state.page is not None and not state.sure else ""

    def matrix(self, state: CalendarState) -> Matrix | None:
        return self._qr_of(state.page.address) if state.page is not None and state.page.address else None

    def is_there(self, state: CalendarState) -> bool:
        return state.page is not None and state.page.state != "none" and not state.sure

    def may_open(self, state: CalendarState) -> bool:
        return state.page is not None and state.page.state == "none" and not state.sure

    def is_elsewhere(self, state: CalendarState) -> bool:
        return state.page is not None and state.page.state == "elsewhere" and not state.sure

    def since(self, say: Say, state: CalendarState) -> str:
        page = state.page
        if page is None or page.since is None:
            return ""
        return say("calendar_page.since", at=say.at(page.since)) if page.ready else say("calendar_page.not_yet")

    def way(self, say: Say, state: CalendarState) -> str:
        """What became of what was asked here, while HQ has not laid it into its rows."""
        way = state.page.on_its_way if state.page is not None else None
        if way is None or state.sure:
            return ""
        why = say.said(way.problem) if way.problem is not None else ""
        return "\n".join(filter(None, (say.said(way_mark(way).said), why)))

    def way_tone(self, state: CalendarState) -> str:
        way = state.page.on_its_way if state.page is not None else None
        return way_mark(way).tone if way is not None else "quiet"

    def sure_words(self, say: Say, state: CalendarState, part: str) -> str:
        return say(f"calendar_page.{state.sure}_{part}") if state.sure else ""

    def tap_sure(self) -> None:
        """The second time it is meant."""
        {"renew": self.vm.tap_open, "revoke": self.vm.tap_revoke}[self.state.sure]()

    def copy(self) -> None:
        Clipboard.copy(self.address(self.state))
        self.vm.tap_copied()
