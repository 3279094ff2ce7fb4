"""What screens may know of shifts, days, weeks and the store's board: frozen values. Amounts are minutes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from contract.attendance import PunchKind
from contract.hours import DayFlag, DayState
from contract.shifts import ShiftKind
from contract.statements import Side, StatementState
from mobile.core.views import PunchLine, Said
from mobile.core.views_hq import At, Both, OnItsWay, RequestCard

AppealState = Literal["open", "upheld", "refused"]
Trouble = Literal["not_here", "not_left", "left_open", "unheard", "overtime"]


@dataclass(frozen=True)
class ShiftCard:
    """A stretch in which somebody is due. `store_name` is empty where this device does not know the store."""

    starts: At
    ends: At
    store_name: str
    kind: ShiftKind
    name: Both


@dataclass(frozen=True)
class DutyCard:
    """What is due on a business date. No shifts: off; `holiday` names the day where the company's calendar does."""

    day: str
    shifts: tuple[ShiftCard, ...]
    holiday: Both | None = None

    @property
    def is_off(self) -> bool:
        return not self.shifts


@dataclass(frozen=True)
class ShiftsNow:
    """Today's duty and the next that is worked; what clocking in or out now would come to, in words ("18 min late")."""

    today: DutyCard | None = None
    following: DutyCard | None = None
    hint_in: Said | None = None
    hint_out: Said | None = None


@dataclass(frozen=True)
class DayCard:
    """A day in the calendar. `state` None: HQ has said nothing of it. `fresh`: how many punches here are not counted yet.
    `holiday`: what the calendar calls it, where nobody works by it. `awaited`: its shift is running, and nothing was punched."""

    day: str
    state: DayState | None
    flags: tuple[DayFlag, ...] = ()
    worked_min: int = 0
    due_min: int = 0
    fresh: int = 0
    duty: DutyCard | None = None
    holiday: Both | None = None
    awaited: bool = False

    @property
    def is_closed(self) -> bool:
        """Closed by the calendar, and nothing is due: not a day off of one's own."""
        off = self.state == "off" or (self.state is None and self.duty is not None and self.duty.is_off)
        return off and not self.fresh and self.holiday is not None


@dataclass(frozen=True)
class MonthSums:
    """What the days of a month come to, of those HQ has computed."""

    days_worked: int = 0
    worked_min: int = 0
    overtime_min: int = 0
    late: int = 0
    early: int = 0
    absent: int = 0
    leave_min: int = 0
    final: int = 0


@dataclass(frozen=True)
class MonthPage:
    """A month as YYYY-MM, with every day of it, and how many weeks wait to be confirmed."""

    month: str
    today: str
    days: tuple[DayCard, ...]
    sums: MonthSums
    weeks_due: int = 0


@dataclass(frozen=True)
class SpanLine:
    """A stretch of presence. `ends` None: still there; `assumed`: nobody punched the end. The rest: what says so."""

    starts: At
    ends: At | None
    store_name: str
    minutes: int
    assumed: bool = False
    starts_by: Said | None = None
    ends_by: Said | None = None


@dataclass(frozen=True)
class CorrectionLine:
    """A correction of the day: who says so, why; `withdrawn`: it does not count any more."""

    correction_id: str
    kind: PunchKind
    at: At
    source: str
    by: str
    reason: str
    withdrawn: bool = False


@dataclass(frozen=True)
class AppealLine:
    """An appeal and its answer, or how far it has come."""

    appeal_id: str
    text: str
    made: At
    state: AppealState
    answer: str = ""
    answered: At | None = None
    on_its_way: OnItsWay | None = None
    has_photo: bool = False


@dataclass(frozen=True)
class DayPage:
    """A day with its working. `steps` are `hours.step.<code>` with their facts; `fresh` what this phone made and HQ has not
    counted; `may_ask`: a correction can be asked for from here, `may_ask_overtime`: overtime that nobody granted."""

    card: DayCard
    amounts: tuple[tuple[str, int], ...] = ()
    spans: tuple[SpanLine, ...] = ()
    steps: tuple[Said, ...] = ()
    fresh: tuple[PunchLine, ...] = ()
    corrections: tuple[CorrectionLine, ...] = ()
    asked: tuple[RequestCard, ...] = ()
    appeals: tuple[AppealLine, ...] = ()
    silent_since: At | None = None
    rules: str = ""
    rules_name: Both | None = None
    may_ask: bool = False
    may_ask_overtime: bool = False
    may_appeal: bool = False


@dataclass(frozen=True)
class WeekCard:
    """A week at a store in a list. `waits_for_me`: this side has not confirmed it and may."""

    statement_id: str
    week: str
    from_day: str
    to_day: str
    revision: int
    state: StatementState
    store_name: str
    person_name: str
    worked_min: int
    confirmed: tuple[Side, ...] = ()
    waits_for_me: bool = False
    closed: bool = False
    due_day: str | None = None
    overdue: bool = False
    on_its_way: OnItsWay | None = None


@dataclass(frozen=True)
class WeekDay:
    """A day of a statement: minutes at this store."""

    day: str
    state: str
    worked_min: int
    overtime_min: int
    leave_min: int
    spans: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True)
class Signed:
    """Who confirmed for which side, when and how (`phone`, `tablet`, `console`, or empty: not kept); `at` None: nobody has."""

    side: Side
    name: str = ""
    at: At | None = None
    way: str = ""


@dataclass(frozen=True)
class Changed:
    """What a revision changed against the one before, in minutes. `day` empty: the whole week's sum."""

    day: str
    field: str
    before: int
    after: int


@dataclass(frozen=True)
class Objection:
    """A disagreement and how it ended. `outcome` empty: it is open."""

    side: Side
    day: str
    reason: str
    made: At
    outcome: str = ""
    answer: str = ""


@dataclass(frozen=True)
class Earlier:
    """A revision that another took the place of."""

    revision: int
    worked_min: int
    signed: tuple[Signed, ...]


@dataclass(frozen=True)
class WeekPage:
    """A statement: its table, who has confirmed, what changed since the revision before, and the revisions before. `side`: the
    one that whoever reads it here speaks for."""

    card: WeekCard
    days: tuple[WeekDay, ...]
    overtime_min: int
    leave_min: int
    night_min: int
    signed: tuple[Signed, ...]
    objections: tuple[Objection, ...] = ()
    changes: tuple[Changed, ...] = ()
    earlier: tuple[Earlier, ...] = ()
    code: str = ""
    may_confirm: bool = False
    may_object: bool = False
    side: Side = "employee"


@dataclass(frozen=True)
class BoardLine:
    """Somebody on today's board. `trouble` is what is not right and can be helped by the one act that goes with it;
    `kind` and `at` begin the form for vouching. `over_min`: worked beyond the plan and granted by nobody (`overtime`);
    `request_id`: the request for it, where it waits at this desk."""

    person_id: str
    name: str
    number: str
    state: str
    since: str | None = None
    duty: DutyCard | None = None
    trouble: Trouble | None = None
    kind: PunchKind = "in"
    at: At | None = None
    replaces: str | None = None
    on_its_way: OnItsWay | None = None
    over_min: int = 0
    request_id: str = ""


@dataclass(frozen=True)
class BoardPage:
    """Today at the store, as this tablet knows it. `counts` always sum to the number of people."""

    day: str
    now: At
    lines: tuple[BoardLine, ...]
    counts: tuple[tuple[str, int], ...]

    @property
    def to_do(self) -> tuple[BoardLine, ...]:
        return tuple(line for line in self.lines if line.trouble is not None)


@dataclass(frozen=True)
class MyPage:
    """One's own page on the shared tablet, after the PIN: the shift, the next, and weeks that wait."""

    person_id: str
    name: str
    today: DutyCard | None
    following: DutyCard | None
    weeks: tuple[WeekCard, ...] = ()
