"""The tablet's start page: who is here today, and the code that proves a phone stands before this tablet."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any

from contract.day_state import NOW_WORDS
from mobile.core.views import Floor, FloorPerson, Refused, Said, StoreCode, SyncState
from mobile.core.views_feedback import BannerCard
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.preferences import PreferencesModel
from mobile.viewmodels.viewmodel import Asks, Timers, ViewModel, unless_refused

SEARCH_FROM = 13  # more people than fit on one page
CODE_TICK_S = 1.0


@dataclass(frozen=True)
class FloorState:
    floor: Floor | None = None
    code: StoreCode | None = None
    no_code: Said | None = None
    sync: SyncState | None = None
    sought: str = ""
    banners: tuple[BannerCard, ...] = ()

    @property
    def may_search(self) -> bool:
        return self.floor is not None and len(self.floor.people) >= SEARCH_FROM

    @property
    def people(self) -> tuple[FloorPerson, ...]:
        """Everybody, or those whose name or number holds what was typed."""
        if self.floor is None:
            return ()
        sought = self.sought.strip().casefold()
        return tuple(p for p in self.floor.people if sought in p.name.casefold() or sought in p.number.casefold())

    @property
    def counts(self) -> tuple[tuple[str, int], ...]:
        """How many are what; always everybody, whatever is sought."""
        people = self.floor.people if self.floor is not None else ()
        return tuple((word, sum(person.presence == word for person in people)) for word in NOW_WORDS)


class FloorViewModel(ViewModel[FloorState]):
    def __init__(self, asks: Asks, timers: Timers, navigator: Navigator, preferences: PreferencesModel) -> None:
        super().__init__(FloorState())
        self._asks, self._timers, self._navigator, self._preferences = asks, timers, navigator, preferences
        self._stop: Callable[[], None] | None = None

    def on_enter(self) -> None:
        self.show(replace(self.state, sought=""))
        self.on_news()
        if self._stop is None:
            self._stop = self._timers.every(CODE_TICK_S, self._tick)
        self._tick()

    def on_leave(self) -> None:
        if self._stop is not None:
            self._stop()
            self._stop = None
        self.show(replace(self.state, sought="", code=None))

    def on_news(self) -> None:
        def look(core: Any) -> tuple[Floor, SyncState, tuple[BannerCard, ...]]:
            return core.floor(), core.sync_state(), core.hearing.floor.banners()

        self._asks.ask(look, self._on_floor, unless_refused)

    def type_search(self, text: str) -> None:
        self.show(replace(self.state, sought=text))

    def tap_person(self, person_id: str) -> None:
        self._navigator.go("kiosk_punch", person_id)

    def tap_scan_phone(self) -> None:
        self._navigator.go("phone_scan")

    def tap_device(self) -> None:
        self._navigator.go("device")

    def tap_manager(self) -> None:
        self._navigator.go("manager")

    def tap_other_language(self) -> None:
        self._preferences.tap_other_language()

    def tap_other_look(self) -> None:
        self._preferences.tap_other_look()

    def _tick(self) -> None:
        self._asks.ask(lambda core: core.store_code(), self._on_code, self._no_code)

    def _on_code(self, code: StoreCode) -> None:
        if self._stop is not None:
            self.show(replace(self.state, code=code, no_code=None))

    def _no_code(self, error: BaseException) -> None:
        """A tablet that cannot prove its own clock shows no code rather than a worthless one."""
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, code=None, no_code=error.said))

    def _on_floor(self, answer: tuple[Floor, SyncState, tuple[BannerCard, ...]]) -> None:
        self.show(replace(self.state, floor=answer[0], sync=answer[1], banners=answer[2]))
