"""A store's roster as a problem of columns: shifts that may be made, demand as rows, people with what each shift costs them.

Shifts of the same day, times and work are one group, whatever store or role they are of: what concerns one person alone
looks at times only, so their cheapest member stands for them. Rows are stretches of demand between which no shift begins or
ends. All costs are points of the catalogue's rules; minutes are whole. One shift a person and day is offered; what is given
and stays may be several.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import date, timedelta

from contract.rostering.local_time import MINUTES_A_DAY, at_minute, ordinal
from contract.rostering.problem import Demand, RosterProblem, Template
from contract.rostering.rules import Calendar, filled, in_force
from contract.rostering.rules.cover import ANY_ROLE
from contract.rostering.rules.places import closed_minutes
from contract.rostering.shapes import Placed, Profile, RuleSetting, Worker
from server.solver.columns import Row
from server.solver.compiled import is_compiled

SURPLUS = 4  # points for a quarter of an hour of one head more than wanted, below what is too much; twice that for the next
MOST_OPTIONS_A_DAY, MOST_INTERPRETED_A_DAY = 1_500, 25  # of a store's role
MOST_CELLS = 8_000_000  # people times shifts that may be made
MOST_OPTIONS, MOST_LOOKED_AT = 150_000, 400_000
# steps that one look at everybody takes, and how many of them a second of the limit allows: looks are needed by the hundred
STATES_OF_A_DAY, COMPILED_A_SECOND, INTERPRETED_A_SECOND = 300, 100_000_000, 5_000_000
STEPS = (1, 2, 4, 8)  # how much coarser starts and lengths become where there would be too many shifts
QUARTER = 15


class TooLarge(Exception):
    """More than one run can hold; `facts` say of what."""

    def __init__(self, **facts: int) -> None:
        super().__init__(str(facts))
        self.facts = facts


@dataclass(frozen=True)
class Facts:
    """A problem with what its texts mean. `placed`: shifts of people; `open_shifts`: without one; `stays`: ids nobody may move.
    An open shift counts for nobody."""

    problem: RosterProblem
    workers: tuple[Worker, ...]
    placed: tuple[Placed, ...]
    open_shifts: tuple[Placed, ...]
    stays: frozenset[str]
    profile: Profile
    calendar: Calendar
    rules: dict[str, RuleSetting] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "rules", in_force(self.profile))

    @property
    def holidays(self) -> frozenset[str]:
        """Days that are paid as holidays."""
        return frozenset(day for day in self.days if self.calendar.kind_of(day) == "holiday")

    def zone_of(self, store: str) -> str:
        """The clock of a store."""
        for one in self.problem.stores:
            if one.id == store and one.tz:
                return one.tz
        return self.problem.horizon.tz

    def weight(self, rule: str) -> int:
        """Points of a rule that is on; 0 where it is off."""
        setting = self.rules.get(rule)
        return 0 if setting is None else setting.weight

    def is_hard(self, rule: str) -> bool:
        setting = self.rules.get(rule)
        return setting is not None and setting.hard

    def param(self, rule: str, name: str, default: int) -> int:
        setting = self.rules.get(rule)
        return default if setting is None else filled(setting).get(name, default)

    @property
    def days(self) -> list[str]:
        """The days to plan."""
        first = date.fromisoformat(self.problem.horizon.start)
        return [(first + timedelta(days=n)).isoformat() for n in range(self.problem.horizon.days)]


@dataclass(frozen=True, slots=True)
class Option:
    """A shift that may be made. `shifts`: ids of what is given, where it stands for that; then `only` is whose it is."""

    day: int
    line: int
    starts: int
    ends: int
    begins: int
    finishes: int
    work: int
    template: str
    spans: tuple[tuple[int, int], ...]
    only: int = -1
    shifts: tuple[str, ...] = ()


@dataclass(slots=True)
class Line:
    """What a store needs of a role: heads by slot of the horizon, at least, wanted, at most, and how bad a lack is."""

    store: str
    role: str
    least: list[int]
    wanted: list[int]
    most: list[int]
    critical: list[int]
    cuts: set[int] = field(default_factory=set)
    rows: list[int] = field(default_factory=list)  # the row that begins at or before a slot


@dataclass(frozen=True, slots=True)
class Stretch:
    """What a row is: slots from, to (exclusive) of a line."""

    line: int
    first: int
    last: int


class Shifts:
    """The shifts of a problem, its demand as rows, and groups of equal times. Built once, then only read."""

    def __init__(self, facts: Facts) -> None:
        self.facts = facts
        self.days = facts.days
        self.slot = facts.problem.horizon.slot_min
        self.slots = (len(self.days) + 1) * MINUTES_A_DAY // self.slot
        self.lines: list[Line] = []
        self.line_of: dict[tuple[str, str], int] = {}
        for demand in facts.problem.demand:
            self._needs(demand)
        self._raw: list[Option] = []
        self._seen: set[tuple[int, int, int, int, int]] = set()
        cells = MOST_CELLS // max(1, len(facts.workers))
        a_day = (MOST_OPTIONS_A_DAY if is_compiled() else MOST_INTERPRETED_A_DAY) * max(1, len(self.lines))
        most = min(MOST_OPTIONS, a_day * len(self.days), cells)
        for coarse in STEPS:
            self._raw, self._seen = [], set()
            if self._looked_at(coarse) <= MOST_LOOKED_AT and self._make(coarse, most):
                break
        else:
            raise TooLarge(people=len(facts.workers), shifts=len(self._raw), most=most)
        self._keep_given()
        self.rows, self.stretches = self._cut()
        self.options = sorted((self._spanned(o) for o in self._raw), key=_order)
        self._group()
        looks = len(self.groups) * len(facts.workers) * STATES_OF_A_DAY
        if looks > facts.problem.limits.seconds * (COMPILED_A_SECOND if is_compiled() else INTERPRETED_A_SECOND):
            raise TooLarge(people=len(facts.workers), shifts=len(self.groups), most=facts.problem.limits.seconds)

    # demand

    def _line(self, store: str, role: str) -> int:
        role = "" if role in ANY_ROLE else role
        key = (store, role)
        if key not in self.line_of:
            self.line_of[key] = len(self.lines)
            zero = [0] * self.slots
            self.lines.append(Line(store, role, zero[:], zero[:], zero[:], [1] * self.slots))
        return self.line_of[key]

    def _needs(self, demand: Demand) -> None:
        line = self.lines[self._line(demand.store, demand.role)]
        first, last = self.minute(demand.from_time), self.minute(demand.to_time)
        wanted = max(demand.at_least, demand.at_least if demand.target is None else demand.target)
        most = max(wanted, wanted if demand.at_most is None else demand.at_most)
        for slot in range(max(0, first // self.slot), min(self.slots, -(-last // self.slot))):
            line.least[slot] += demand.at_least
            line.wanted[slot] += wanted
            line.most[slot] += most
            line.critical[slot] = max(line.critical[slot], demand.criticality)

    def minute(self, local: str) -> int:
        """Minutes by the clock since the first day's midnight."""
        days = ordinal(local[:10]) - ordinal(self.days[0])
        return days * MINUTES_A_DAY + int(local[11:13]) * 60 + int(local[14:16])

    def problem_heads(self, adds: Iterable[tuple[int, int]]) -> list[list[int]]:
        """Heads by line and slot of what columns add to rows; rows that are no demand are left out."""
        found = [[0] * self.slots for _ in self.lines]
        for row, much in adds:
            if row < len(self.stretches):
                stretch = self.stretches[row]
                for slot in range(stretch.first, stretch.last):
                    found[stretch.line][slot] += much
        return found

    # shifts that may be made

    def _looked_at(self, coarse: int) -> int:
        """How many shifts would be looked at in starts and lengths so much coarser than the templates say."""
        times = sum(sum(1 for _ in _times(template, coarse)) for template in self.facts.problem.templates)
        return times * len(self.lines) * len(self.days)

    def _make(self, coarse: int, most: int) -> bool:
        """Enter the shifts that may be made; False when they are too many."""
        for template in self.facts.problem.templates:
            for line, one in enumerate(self.lines):
                if template.role not in ("*", one.role) or template.store not in (None, one.store):
                    continue
                for day in range(len(self.days)):
                    for starts, length in _times(template, coarse):
                        self._offer(template, line, day, starts, length)
                    if len(self._raw) > most:
                        return False
        return True

    def _offer(self, template: Template, line: int, day: int, starts: int, length: int) -> None:
        one = self.lines[line]
        ends = starts + length
        first, last = (day * MINUTES_A_DAY + starts) // self.slot, -(-(day * MINUTES_A_DAY + ends) // self.slot)
        hour = max(1, 60 // self.slot)
        if last > self.slots or not any(one.wanted[first:last]):
            return
        if template.code is None and not (any(one.wanted[first : first + hour]) and any(one.wanted[last - hour : last])):
            return  # it would begin or end where nobody is needed
        if not self._is_open(one.store, day, starts, ends):
            return
        self._add(day, line, starts, ends, template.code or "", _pause(template, length))

    def _is_open(self, store: str, day: int, starts: int, ends: int) -> bool:
        if not self.facts.is_hard("store_open"):
            return True
        before, after = self.facts.param("store_open", "before", 60), self.facts.param("store_open", "after", 60)
        return closed_minutes(self.facts.calendar, store, (self.days[day], starts, ends), before, after) == 0

    def _add(self, day: int, line: int, starts: int, ends: int, template: str, pause: int) -> None:
        key = (day, line, starts, ends, pause)
        if key in self._seen:
            return
        self._seen.add(key)
        zone = self.facts.zone_of(self.lines[line].store)
        begins, finishes = (at_minute(self.days[day], at, zone) // 60_000 for at in (starts, ends))
        work = max(0, finishes - begins - pause)
        self._raw.append(Option(day, line, starts, ends, begins, finishes, work, template, ()))

    # what is given

    def _keep_given(self) -> None:
        """Shifts that are there: what stays of a person and day is one option of theirs, a draft one among others; what stays and
        is of nobody here counts towards the demand."""
        facts = self.facts
        self._parts: dict[tuple[str, ...], tuple[tuple[int, int, int], ...]] = {}
        person_of = {worker.person_id: n for n, worker in enumerate(facts.workers)}
        day_of = {day: n for n, day in enumerate(self.days)}
        self.fixed: dict[tuple[int, int], list[Placed]] = {}
        self.drafts: dict[tuple[int, int], Placed] = {}
        for shift in facts.placed:
            day, person = day_of.get(shift.day), person_of.get(shift.person_id)
            if day is None or person is None:
                continue
            if shift.id in facts.stays:
                self.fixed.setdefault((person, day), []).append(shift)
            else:
                self.drafts[person, day] = shift
        for (person, day), shifts in sorted(self.fixed.items()):
            self._given(person, day, shifts)
        for (person, day), shift in sorted(self.drafts.items()):
            self._given(person, day, [shift])

    def _given(self, person: int, day: int, shifts: Sequence[Placed]) -> None:
        lines = [self._line(s.store_id, s.role) for s in shifts]
        ids = tuple(s.id for s in shifts)
        self._parts[ids] = tuple((line, s.starts_min, s.ends_min) for line, s in zip(lines, shifts, strict=True))
        self._raw.append(
            Option(
                day, lines[0], min(s.starts_min for s in shifts), max(s.ends_min for s in shifts),
                min(s.starts_ms for s in shifts) // 60_000, max(s.ends_ms for s in shifts) // 60_000,
                sum(s.work_min for s in shifts), shifts[0].template,
                (), person, ids,
            )
        )  # fmt: skip

    # rows

    def _pieces(self, option: Option) -> Iterator[tuple[int, int, int]]:
        """(line, first slot, last slot) of what an option covers."""
        day = option.day * MINUTES_A_DAY
        for line, starts, ends in self._parts.get(option.shifts, ((option.line, option.starts, option.ends),)):
            first, last = (day + starts) // self.slot, min(self.slots, -(-(day + ends) // self.slot))
            anybody = self.line_of.get((self.lines[line].store, ""), line)
            for covered in {line, anybody} if first < last else ():
                yield covered, first, last

    def _cut(self) -> tuple[tuple[Row, ...], list[Stretch]]:
        for option in self._raw:
            for line, first, last in self._pieces(option):
                self.lines[line].cuts.update((first, last))
        rows: list[Row] = []
        stretches: list[Stretch] = []
        for number, one in enumerate(self.lines):
            needs = list(zip(one.least, one.wanted, one.most, one.critical, strict=True))
            one.rows = [0] * (self.slots + 1)
            begun = 0
            for slot in range(1, self.slots + 1):
                if slot < self.slots and slot not in one.cuts and needs[slot] == needs[begun]:
                    continue
                for at in range(begun, slot):
                    one.rows[at] = len(rows)
                rows.append(self._row(*needs[begun], slot - begun))
                stretches.append(Stretch(number, begun, slot))
                begun = slot
            one.rows[self.slots] = len(rows)
        return tuple(rows), stretches

    def _row(self, least: int, wanted: int, most: int, critical: int, slots: int) -> Row:
        """What a lack and a surplus cost over so many slots: quarters of an hour are what the rules count."""
        facts, quarters = self.facts, slots * self.slot
        lack = facts.weight("under_target") * quarters // QUARTER
        short = lack + facts.weight("under_min") * critical * quarters // QUARTER
        under: list[tuple[int | None, int]] = [(wanted - least, lack)] if wanted > least else []
        under.append((None, short if least else lack))
        too_many = facts.weight("over_max")
        over: list[tuple[int | None, int]] = []
        for n in range(1, 5):
            beyond = max(0, n - (most - wanted))
            each = SURPLUS * n * quarters // QUARTER + (too_many * (2 * beyond - 1) * quarters // QUARTER if beyond else 0)
            over.append((1 if n < 4 else None, each))
        return Row(wanted, tuple(under), tuple(over))

    def _spanned(self, option: Option) -> Option:
        spans = tuple((self.lines[line].rows[first], self.lines[line].rows[last]) for line, first, last in self._pieces(option))
        return Option(
            option.day, option.line, option.starts, option.ends, option.begins, option.finishes, option.work, option.template,
            spans, option.only, option.shifts,
        )  # fmt: skip

    def _group(self) -> None:
        """Groups of equal day, times and work, day by day, and of which group each option is."""
        self.group_of: list[int] = []
        self.groups: list[Option] = []
        self.day_ptr = [0] * (len(self.days) + 1)
        before: tuple[int, int, int, int] | None = None
        for option in self.options:
            key = (option.day, option.begins, option.finishes, option.work)
            if key != before:
                before = key
                self.groups.append(option)
                self.day_ptr[option.day + 1] = len(self.groups)
            self.group_of.append(len(self.groups) - 1)
        for day in range(len(self.days)):
            self.day_ptr[day + 1] = max(self.day_ptr[day], self.day_ptr[day + 1])


def _order(option: Option) -> tuple[int, int, int, int, int, int, int]:
    return (
        option.day, option.begins, option.finishes, option.work, option.line, option.only, option.starts,
    )  # fmt: skip


def _clock(text: str) -> int:
    return int(text[:2]) * 60 + int(text[3:])


def _times(template: Template, coarse: int) -> Iterator[tuple[int, int]]:
    """(start, length) of the shifts a template allows, in minutes."""
    first, last = _clock(template.start[0]), _clock(template.start[1])
    if last < first:
        last += MINUTES_A_DAY
    shortest, longest = template.length
    for starts in range(first, last + 1, template.step * coarse):
        for length in range(shortest, max(shortest, longest) + 1, max(60, template.step) * coarse):
            if length > 0:
                yield starts, length


def times_of(template: Template) -> Iterator[tuple[int, int, int]]:
    """(start, length, pause) of the shifts a template allows, in minutes."""
    for starts, length in _times(template, 1):
        yield starts, length, _pause(template, length)


def _pause(template: Template, length: int) -> int:
    pause = template.pause
    return pause.minutes if pause is not None and length > pause.after else 0
