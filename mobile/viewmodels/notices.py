"""Notices: the one that lies open, read by being opened, and confirmed by saying so. The same on the phone and the own page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mobile.core.announcements import Notices
from mobile.core.views import Said
from mobile.core.views_feedback import NoticePage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.opened import OpenedTaps
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks


@dataclass(frozen=True)
class NoticeState:
    """`files`: attachments that are here, by name."""

    page: NoticePage | None = None
    unknown: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    busy: bool = False
    problem: Said | None = None


class NoticeTaps(OpenedTaps[NoticeState, Notices]):
    """`moved`: something was read or confirmed. A PDF is shown by its pages; one without is said to be for the console."""

    def __init__(self, asks: Asks, toasts: Toasts, speaks: Callable[[Any], Notices], moved: Callable[[], None]) -> None:
        super().__init__(NoticeState(), asks, speaks)
        self._toasts, self._moved = toasts, moved

    def look(self) -> None:
        if self._pk:
            pk = self._pk
            self._ask(lambda notices: notices.notice(pk), self._seen)

    def tap_confirm(self) -> None:
        """I have read and understood it."""
        page, pk = self.state.page, self._pk
        if page is not None and page.card.to_confirm and not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._ask(lambda notices: notices.confirm(pk), lambda _: self._confirmed())

    def tap_photo(self, sha: str) -> None:
        """An attachment that is not here is fetched."""
        pk = self._pk
        self._ask(lambda notices: notices.ask_for(pk, sha), lambda _: self.look())

    def _confirmed(self) -> None:
        self.show(replace(self.state, busy=False))
        self._toasts.say("notice_page.kept_confirm", "good")
        self._moved()
        self.look()

    def _seen(self, page: NoticePage | None) -> None:
        first = self.state.page is None and page is not None
        self.show(replace(self.state, page=page, unknown=page is None))
        if first:
            self._moved()
        files = [shown for one in page.attachments for shown in one.pages or (one,)] if page is not None else []
        pictures = [one for one in files if one.media != "application/pdf"]
        self._fetch(pictures, self.state.files, lambda notices, sha: notices.attachment(sha), self._came)

    def _came(self, sha: str, data: bytes) -> None:
        self.show(replace(self.state, files={**self.state.files, sha: data}))

    def _failed(self, said: Said) -> None:
        self.show(replace(self.state, busy=False, problem=said))


class NoticeViewModel(NoticeTaps):
    """The phone's page of one notice. Subject: its id."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(asks, toasts, lambda core: core.hearing.my_notices, lambda: None)
        self._navigator = navigator

    def on_enter(self) -> None:
        self.open(self._navigator.here.subject or "")

    def on_leave(self) -> None:
        self.close()

    def on_news(self) -> None:
        self.look()

    def tap_back(self) -> None:
        if not self._navigator.back():
            self._navigator.home()
