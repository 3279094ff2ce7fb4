"""When I cannot work, would rather not or gladly would: my weeks by weekday, and wishes for single days."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Literal

from contract.forms import minute_of_day
from mobile.core.views import Refused, Said
from mobile.core.views_rosters import Stretch, WishesPage, WishKind
from mobile.viewmodels.navigator import Navigator
from mobile.viewmodels.picking import Picking
from mobile.viewmodels.request_words import minute_words
from mobile.viewmodels.toasts import Toasts
from mobile.viewmodels.viewmodel import Asks, ViewModel

DAY_MIN = 1_440
WEEK_KINDS = ("free", "unavailable", "undesired", "desired")
Kind = Literal["free", "unavailable", "undesired", "desired"]


@dataclass(frozen=True)
class Wording:
    """What is being said: of a weekday (`weekday` 0 is Monday) or of one `day`. Empty times: the whole day."""

    weekday: int = -1
    day: str = ""
    kind: Kind = "unavailable"
    starts: str = ""
    ends: str = ""

    @property
    def minutes(self) -> tuple[int, int] | None:
        """From and to; None where they are no times, or the end is not after the beginning."""
        first = _minute(self.starts, 0)
        last = _minute(self.ends, DAY_MIN)
        return None if first is None or last is None or last <= first else (first, last)


@dataclass(frozen=True)
class WishesState:
    """`stretches`: my weeks as they would be saved; None: as they are."""

    page: WishesPage | None = None
    stretches: tuple[Stretch, ...] | None = None
    wording: Wording | None = None
    picking: Picking | None = None
    busy: bool = False
    problem: Said | None = None

    @property
    def shown(self) -> tuple[Stretch, ...]:
        """My weeks as they stand here."""
        if self.stretches is not None:
            return self.stretches
        return self.page.stretches if self.page is not None else ()

    @property
    def is_changed(self) -> bool:
        return self.stretches is not None


class WishesViewModel(ViewModel[WishesState]):
    """Weekdays are gathered and saved together; a wish is kept at once."""

    def __init__(self, asks: Asks, navigator: Navigator, toasts: Toasts) -> None:
        super().__init__(WishesState())
        self._asks, self._navigator, self._toasts = asks, navigator, toasts

    def on_enter(self) -> None:
        self.on_news()

    def on_leave(self) -> None:
        self.show(WishesState())

    def on_back(self) -> bool:
        if self.state.wording is None and self.state.picking is None:
            return False
        self.tap_cancel()
        return True

    def on_news(self) -> None:
        self._asks.ask(lambda core: core.roster.wishes(), self._seen, self._refused)

    def tap_back(self) -> None:
        if not self.on_back() and not self._navigator.back():
            self._navigator.home()

    def tap_cancel(self) -> None:
        self.show(replace(self.state, wording=None, picking=None, problem=None))

    # my weeks

    def tap_weekday(self, weekday: str) -> None:
        """The last thing said of it is changed; of several stretches, all become what is said now."""
        number = int(weekday)
        known = next((one for one in self.state.shown if one.weekday == number), None)
        wording = Wording(weekday=number, kind="free") if known is None else _wording(known)
        self.show(replace(self.state, wording=wording, picking=None, problem=None))

    def tap_save(self) -> None:
        stretches = self.state.stretches
        if stretches is not None:
            self._do(lambda core: core.roster.set_weeks(stretches), "roster_page.weeks_kept")

    # wishes

    def tap_wish(self) -> None:
        page = self.state.page
        if page is not None:
            self.show(replace(self.state, wording=None, picking=Picking("day", "day", month=page.today[:7], today=page.today)))

    def tap_month(self, by: int) -> None:
        picking = self.state.picking
        if picking is not None:
            self.show(replace(self.state, picking=replace(picking, month=picking.month_by(by))))

    def tap_option(self, day: str) -> None:
        """A day of the calendar."""
        page = self.state.page
        if page is not None and day < page.today:
            self.show(replace(self.state, problem=Said("client.day_is_over", {})))
        else:
            self.show(replace(self.state, picking=None, wording=Wording(day=day), problem=None))

    def tap_undo(self, _kind: str, wish_id: str) -> None:
        self._do(lambda core: core.roster.withdraw_wish(wish_id), "roster_page.withdrawn")

    # what is being said

    def tap_kind(self, kind: Kind) -> None:
        self._word(kind=kind)

    def type_starts(self, text: str) -> None:
        self._word(starts=text)

    def type_ends(self, text: str) -> None:
        self._word(ends=text)

    def tap_set(self) -> None:
        """A weekday joins my weeks; a wish is kept."""
        wording, state = self.state.wording, self.state
        if wording is None:
            return
        minutes = wording.minutes
        if minutes is None:
            self.show(replace(state, problem=Said("client.times_wrong", {})))
        elif wording.day:
            day, kind = wording.day, wording.kind
            self._do(lambda core: core.roster.wish(day, kind, *minutes), "roster_page.wish_kept")
        else:
            rest = [one for one in state.shown if one.weekday != wording.weekday]
            kind = wording.kind
            said = [] if kind == "free" else [Stretch(wording.weekday, *minutes, _wish(kind))]
            changed = tuple(sorted([*rest, *said], key=lambda one: (one.weekday, one.from_min)))
            self.show(replace(state, stretches=changed, wording=None, problem=None))

    # inside

    def _word(self, **changes: Any) -> None:
        if self.state.wording is not None:
            self.show(replace(self.state, wording=replace(self.state.wording, **changes), problem=None))

    def _do(self, act: Callable[[Any], Any], kept: str) -> None:
        if not self.state.busy:
            self.show(replace(self.state, busy=True, problem=None))
            self._asks.ask(act, lambda _: self._kept(kept), self._refused)

    def _kept(self, said: str) -> None:
        stretches = self.state.stretches if said != "roster_page.weeks_kept" else None
        self.show(WishesState(page=self.state.page, stretches=stretches))
        self._toasts.say(said, "good")
        self.on_news()

    def _seen(self, page: WishesPage) -> None:
        if self._navigator.here.screen == "wishes":
            self.show(replace(self.state, page=page))

    def _refused(self, error: BaseException) -> None:
        if not isinstance(error, Refused):
            raise error
        self.show(replace(self.state, busy=False, problem=error.said))


def _wish(kind: Kind) -> WishKind:
    return "unavailable" if kind == "free" else kind


def _wording(known: Stretch) -> Wording:
    whole = (known.from_min, known.to_min) == (0, DAY_MIN)
    starts, ends = ("", "") if whole else (minute_words(known.from_min), minute_words(known.to_min))
    return Wording(weekday=known.weekday, kind=known.kind, starts=starts, ends=ends)


def _minute(text: str, otherwise: int) -> int | None:
    typed = text.strip().replace("：", ":")
    return minute_of_day(typed) if typed else otherwise
