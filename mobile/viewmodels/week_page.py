"""Weeks that everybody signs: the list, and one week's table with the two words that can be said of it.

Phone, one's own page on the tablet and the manager's desk say the same two words; only in whose name differs (`speaks`)."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_hours import WeekCard, WeekPage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.shown import ShownViewModel
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel

Speaks = Callable[[Any], Any]  # core -> who of it has week, confirm_week and dispute_week


@dataclass(frozen=True)
class WeekList:
    """My weeks, and those of the people at the stores I manage; in both, those that wait for me first."""

    mine: tuple[WeekCard, ...] = ()
    at_my_stores: tuple[WeekCard, ...] = ()


class WeeksViewModel(ShownViewModel[WeekList]):
    """Those that wait for me first."""

    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator) -> None:
        super().__init__(
            asks, timers, navigator, lambda core: WeekList(core.hours.weeks(), core.hours.store_weeks())
        )

    def tap_week(self, statement_id: str) -> None:
        self._navigator.go("week", statement_id)


@dataclass(frozen=True)
class WeekState:
    """`objecting`: why somebody does not agree is being worded; `day` is the one it is about, "" the whole week."""

    page: WeekPage | None = None
    unknown: bool = False
    objecting: bool = False
    day: str = ""
    reason: str = ""
    busy: bool = False
    problem: Said | None = None

    @property
    def may_send(self) -> bool:
        return bool(self.reason.strip()) and not self.busy


class WeekTaps(ViewModel[WeekState]):
    """One week that lies open. An answer for somebody who has left shows nothing."""

    def __init__(self, asks: Asks, toasts: Toasts, speaks: Speaks, done: Callable[[], None] | None = None) -> None:
        super().__init__(WeekState())
        self._asks, self._toasts, self._speaks, self._done = asks, toasts, speaks, done
        self._pk: str | None = None
        self.shut: Callable[[], None] = lambda: None  # what to do when a PIN is needed again

    def open(self, statement_id: str) -> None:
        self._pk = statement_id
        self.show(WeekState())
        self.look()

    def close(self) -> None:
        self._pk = None
        self.show(WeekState())

    def look(self) -> None:
        pk = self._pk
        if pk is not None:
            self._ask(lambda core: self._speaks(core).week(pk), self._seen)

    def on_back(self) -> bool:
        """Back from the words of a disagreement is back to the week."""
        if not self.state.objecting:
            return False
        self.tap_cancel()
        return True

    def tap_confirm(self) -> None:
        """One tap: what stands here is confirmed, this revision and no other."""
        page = self.state.page
        if page is not None and page.may_confirm and not self.state.busy:
            pk, revision = page.card.statement_id, page.card.revision
            self._do(lambda core: self._speaks(core).confirm_week(pk, revision), "week_page.kept_confirm")

    def tap_object(self) -> None:
        self.show(replace(self.state, objecting=True, day="", reason="", problem=None))

    def tap_cancel(self) -> None:
        self.show(replace(self.state, objecting=False, day="", reason="", problem=None))

    def tap_week_day(self, day: str) -> None:
        """The day it is about; tapped again, the whole week."""
        if self.state.objecting:
            self.show(replace(self.state, day="" if self.state.day == day else day))

    def type_reason(self, text: str) -> None:
        self.show(replace(self.state, reason=text, problem=None))

    def tap_send(self) -> None:
        page, state = self.state.page, self.state
        if not state.reason.strip():
            self.show(replace(state, problem=Said("client.reason_needed", {})))
        elif page is not None and not state.busy:
            pk, revision, reason, day = page.card.statement_id, page.card.revision, state.reason, state.day or None
            self._do(lambda core: self._speaks(core).dispute_week(pk, revision, reason, day), "week_page.kept_dispute")

    def _do(self, act: Callable[[Any], None], kept: str) -> None:
        self.show(replace(self.state, busy=True, problem=None))
        self._ask(act, lambda _: self._kept(kept))

    def _ask(self, question: Callable[[Any], Any], then: Callable[[Any], None]) -> None:
        pk = self._pk

        def answered(answer: Any) -> None:
            if pk == self._pk:
                then(answer)

        self._asks.ask(question, answered, lambda error: self._refused(pk, error))

    def _kept(self, said: str) -> None:
        self.show(replace(self.state, busy=False, objecting=False, day="", reason=""))
        self._toasts.say(said, "good")
        self.look()
        if self._done is not None:
            self._done()

    def _seen(self, page: WeekPage | None) -> None:
        self.show(replace(self.state, page=page, unknown=page is None))

    def _refused(self, pk: str | None, error: BaseException) -> None:
        """Where another revision came meanwhile, it is shown with what changed."""
        if not isinstance(error, Refused):
            raise error
        if pk != self._pk:
            return
        self.show(replace(self.state, busy=False, problem=error.said))
        if error.said.code == "client.week_changed":
            self.look()
        elif error.said.code == "client.pin_needed":
            self.shut()


class WeekViewModel(WeekTaps):
    """On the phone. Subject: the statement."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(asks, toasts, lambda core: core.hours)
        self._navigator = navigator

    def on_enter(self) -> None:
        if self._navigator.here.subject is not None:
            self.open(self._navigator.here.subject)

    def on_leave(self) -> None:
        self.close()

    def on_news(self) -> None:
        self.look()

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()
