"""Notices: the one that lies open, read by being opened, and confirmed by saying so. The same on the phone and the own page."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from mobile.core.announcements import Notices
from mobile.core.views import Refused, Said
from mobile.core.views_feedback import NoticePage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel


@dataclass(frozen=True)
class NoticeState:
    """`files`: attachments that are here, by name."""

    page: NoticePage | None = None
    unknown: bool = False
    files: Mapping[str, bytes] = field(default_factory=dict)
    busy: bool = False
    problem: Said | None = None


class NoticeTaps(ViewModel[NoticeState]):
    """`moved`: something was read or confirmed. A PDF is fetched and said to be for the console: nothing here can show it."""

    def __init__(self, asks: Asks, toasts: Toasts, speaks: Callable[[Any], Notices], moved: Callable[[], None]) -> None:
        super().__init__(NoticeState())
        self._asks, self._toasts, self._speaks, self._moved = asks, toasts, speaks, moved
        self._pk, self._visit = "", 0
        self.shut: Callable[[], None] = lambda: None

    def open(self, notice_id: str) -> None:
        self.close()
        self._pk = notice_id
        self.look()

    def close(self) -> None:
        self._pk = ""
        self._visit += 1
        self.show(NoticeState())

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
        for one in page.attachments if page is not None else ():
            if one.state == "here" and one.sha not in self.state.files and one.media != "application/pdf":
                sha = one.sha
                self._ask(lambda notices, sha=sha: (sha, notices.attachment(sha)), self._came)  # type: ignore[misc]

    def _came(self, got: tuple[str, bytes | None]) -> None:
        sha, data = got
        if data is not None:
            self.show(replace(self.state, files={**self.state.files, sha: data}))

    def _ask(self, question: Callable[[Notices], Any], then: Callable[[Any], None]) -> None:
        visit = self._visit

        def answered(answer: Any) -> None:
            if visit == self._visit:
                then(answer)

        self._asks.ask(lambda core: question(self._speaks(core)), answered, lambda error: self._refused(error, visit))

    def _refused(self, error: BaseException, visit: int) -> None:
        if not isinstance(error, Refused):
            raise error
        if visit != self._visit:
            return
        self.show(replace(self.state, busy=False, problem=error.said))
        if error.said.code == "client.pin_needed":
            self.shut()


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
