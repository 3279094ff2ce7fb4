"""What the phone's screens may know of rosters: frozen values. Times of shifts are HH:MM by the clock of their store."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.shift_market import AbsenceKind, WishKind
from mobile.core.roster_rows import RuleSaid
from mobile.core.views_hq import At, Both, OnItsWay

ShiftState = Literal["new", "changed", "confirmed", "theirs", "open"]
MarketKind = Literal["claim", "offer", "swap", "absence", "loan"]


@dataclass(frozen=True)
class ShiftWords:
    """A shift in a few words: when, where, which. `store_name` is empty where this phone does not know the store."""

    shift_id: str
    day: str
    starts: str
    ends: str
    store_name: str
    name: Both


@dataclass(frozen=True)
class ShiftLine:
    """A published shift. new: to be confirmed; changed: it was confirmed here and is another since; theirs: a colleague's."""

    shift_id: str
    version: int
    day: str
    store_id: str
    store_name: str
    spans: tuple[tuple[str, str], ...]
    name: Both
    state: ShiftState
    role: Both | None = None
    tasks: tuple[str, ...] = ()
    note: str = ""
    person_id: str = ""
    person_name: str = ""
    on_call: bool = False
    work_min: int = 0
    begun: bool = False
    over: bool = False
    on_its_way: OnItsWay | None = None

    @property
    def is_mine(self) -> bool:
        return self.state in ("new", "changed", "confirmed")


@dataclass(frozen=True)
class Judged:
    """What the rules say, as far as this phone can see; `known`: it holds all the facts and rules that HQ judges by."""

    says: tuple[RuleSaid, ...] = ()
    known: bool = True

    @property
    def forbids(self) -> bool:
        return any(one.hard for one in self.says)


@dataclass(frozen=True)
class OpenShift:
    """An open shift and what the rules say about my taking it. `claim`: how mine stands, empty where I made none."""

    line: ShiftLine
    judged: Judged
    claim: str = ""
    may_claim: bool = False
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class RosterDay:
    """A day of the strip: my shifts, and of whom else is there at my stores."""

    day: str
    mine: tuple[ShiftLine, ...] = ()
    others: tuple[ShiftLine, ...] = ()
    open_shifts: int = 0


@dataclass(frozen=True)
class RosterWeek:
    """Seven days from a Monday. `to_confirm`: in this week; `next_week`: the day of the first other one that has such, if any;
    `waiting`: offers, swaps and loans that wait for my word; `open_shifts`: that anybody suitable may take."""

    monday: str
    today: str
    days: tuple[RosterDay, ...]
    to_confirm: int = 0
    next_week: str = ""
    waiting: int = 0
    open_shifts: int = 0
    planned_min: int = 0


@dataclass(frozen=True)
class MarketCard:
    """Something of the market between me and others. `gets`: what I would work; `gives`: what I would not any more; `who`: the
    other, or who offers, or who borrows; `state`: of its kind (contract/shift_market.py)."""

    kind: MarketKind
    card_id: str
    state: str
    gets: ShiftWords | None = None
    gives: ShiftWords | None = None
    who: str = ""
    until: At | None = None
    note: str = ""
    reason: str = ""
    judged: Judged = Judged()
    has_leave: bool = False  # leave was asked for with it
    asked_by_me: bool = False
    may_answer: bool = False
    may_withdraw: bool = False
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class ShiftPage:
    """One published shift and what can be done about it."""

    line: ShiftLine
    cards: tuple[MarketCard, ...] = ()
    others: tuple[ShiftLine, ...] = ()
    open_shift: OpenShift | None = None
    leave: tuple[AbsenceKind, ...] = ()  # absences that leave can be asked for with
    may_confirm: bool = False
    may_report: bool = False
    may_swap: bool = False


@dataclass(frozen=True)
class SwapChoice:
    """What my shift could be swapped for; without `line`: given away to that colleague. `theirs`: what the rules say to them, of
    whom a phone rarely holds more than their shifts."""

    colleague_id: str
    colleague_name: str
    line: ShiftLine | None
    mine: Judged
    theirs: Judged

    @property
    def is_possible(self) -> bool:
        return not (self.mine.forbids or self.theirs.forbids)


@dataclass(frozen=True)
class MarketPage:
    """Open shifts, what waits for my word, what I asked for, and how earlier things ended."""

    open_shifts: tuple[OpenShift, ...] = ()
    for_me: tuple[MarketCard, ...] = ()
    mine: tuple[MarketCard, ...] = ()
    ended: tuple[MarketCard, ...] = ()


@dataclass(frozen=True)
class Stretch:
    """A part of a weekday (0 is Monday), in minutes."""

    weekday: int
    from_min: int
    to_min: int
    kind: WishKind


@dataclass(frozen=True)
class WishCard:
    """A wish for one day."""

    wish_id: str
    day: str
    kind: WishKind
    from_min: int
    to_min: int
    note: str = ""
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class WishesPage:
    """My weeks as they are now and from `from_day` on, and my wishes to come."""

    today: str
    stretches: tuple[Stretch, ...] = ()
    from_day: str = ""
    wishes: tuple[WishCard, ...] = ()
    on_its_way: OnItsWay | None = None


__all__ = (
    "AbsenceKind", "Judged", "MarketCard", "MarketKind", "MarketPage", "OpenShift", "RosterDay", "RosterWeek", "RuleSaid",
    "ShiftLine", "ShiftPage", "ShiftState", "ShiftWords", "Stretch", "SwapChoice", "WishCard", "WishesPage", "WishKind",
)  # fmt: skip
