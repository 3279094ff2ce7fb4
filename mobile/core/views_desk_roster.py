"""What the tablet's roster shows: a week of squares, one square that lies open, kinds of shifts with what the rules say."""

from __future__ import annotations

from dataclasses import dataclass

from contract.rosters import CellState
from mobile.core.roster_rows import RuleSaid
from mobile.core.views_hq import Both, OnItsWay


@dataclass(frozen=True)
class CellView:
    """A shift in the grid. `level` "" is fine, else "hard" or "soft"; `said` what the rules say of it."""

    shift_id: str
    person_id: str
    day: str
    times: tuple[tuple[int, int], ...]
    name: Both
    state: CellState
    version: int
    level: str = ""
    role: str = ""
    locked: bool = False
    template: str = ""
    on_its_way: OnItsWay | None = None
    said: tuple[RuleSaid, ...] = ()


@dataclass(frozen=True)
class LineView:
    """A row of the grid: a person, or open shifts (`person_id` empty). `away`: by day, the kind of leave, wish or absence."""

    person_id: str
    name: str
    planned_min: int
    squares: tuple[tuple[CellView, ...], ...]
    away: tuple[str, ...]


@dataclass(frozen=True)
class DayView:
    """A column: how many heads are there, and how many head-minutes are missing or too many against the demand."""

    day: str
    heads: int
    lack_min: int
    surplus_min: int
    needed_min: int


@dataclass(frozen=True)
class RosterWeekView:
    """The week a desk looks at. `drafts`: what people do not know yet; `hard`: what keeps it from being published."""

    first: str
    days: tuple[DayView, ...]
    lines: tuple[LineView, ...]
    drafts: int
    hard: int
    soft: int
    publishing: OnItsWay | None = None
    today: str = ""


@dataclass(frozen=True)
class MonthSquare:
    """Somebody's day in a month. `starts_min`: when the first of `shifts` begins, None on a day without; `known`: people know
    all of it; `level` as of a shift, `away` as of a line."""

    starts_min: int | None = None
    shifts: int = 0
    level: str = ""
    known: bool = False
    away: str = ""


@dataclass(frozen=True)
class MonthLine:
    """A row of the month: a person, or open shifts (`person_id` empty)."""

    person_id: str
    name: str
    planned_min: int
    squares: tuple[MonthSquare, ...]


@dataclass(frozen=True)
class RosterMonthView:
    """A calendar month of the store, `first` its first day."""

    first: str
    days: tuple[DayView, ...]
    lines: tuple[MonthLine, ...]
    drafts: int
    hard: int
    soft: int
    today: str = ""


@dataclass(frozen=True)
class Choice:
    """A kind of shift that somebody could work on a day, and what the rules say of it."""

    template: str
    name: Both
    times: tuple[tuple[int, int], ...]
    said: tuple[RuleSaid, ...]

    @property
    def level(self) -> str:
        return "hard" if any(one.hard for one in self.said) else "soft" if self.said else ""

    @property
    def forbidden(self) -> bool:
        """Nobody may set it aside."""
        return any(one.hard and not one.overridable for one in self.said)


@dataclass(frozen=True)
class CellPage:
    """A square that lies open: what stands there, and what could."""

    day: str
    person_id: str
    name: str
    cells: tuple[CellView, ...]
    choices: tuple[Choice, ...]
