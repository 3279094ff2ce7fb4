"""Open shifts and what waits for my word: claimed, agreed to, declined, taken back; and how earlier things ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from mobile.core.views import Refused, Said
from mobile.core.views_rosters import MarketPage
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel


@dataclass(frozen=True)
class MarketState:
    """`page` is None until the core has answered."""

    page: MarketPage | None = None
    busy: bool = False
    problem: Said | None = None


class MarketViewModel(ViewModel[MarketState]):
    """What is claimed here is kept at once; who was first is told when HQ has answered."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(MarketState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.on_news()

    def on_leave(self) -> None:
        self.show(MarketState())

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.roster.market(), self._seen, self._refused)

    def tap_back(self) -> None:
        if not self._navigator.back():
            self._navigator.home()

    def tap_yes(self, kind: str, pk: str) -> None:
        if kind == "open":
            self._do(lambda core: core.roster.claim(pk), "roster_page.claim_kept")
        else:
            self._do(lambda core: core.roster.answer(pk, True), "roster_page.agreed")

    def tap_no(self, _kind: str, pk: str) -> None:
        self._do(lambda core: core.roster.answer(pk, False), "roster_page.declined")

    def tap_undo(self, _kind: str, pk: str) -> None:
        self._do(lambda core: core.roster.withdraw(pk), "roster_page.withdrawn")

    def _do(self, act: Callable[[Any], Any], kept: str) -> None:
        if not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._asks.ask(act, lambda _: self._kept(kept), self._refused)

    def _kept(self, said: str) -> None:
        self.show(replace(self.state, busy=False))
        self._toasts.say(said, "good")
        self.on_news()

    def _seen(self, page: MarketPage) -> None:
        if self._navigator.here.screen == "market":
            self.show(replace(self.state, page=page))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))
