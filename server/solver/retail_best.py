"""One person's best roster for given gains: the kernels of `retail_dp.py` with their buffers, for a whole horizon or for a
window of days of a roster that exists."""

from __future__ import annotations

from array import array
from dataclasses import dataclass
from typing import Any

from server.solver import retail_dp
from server.solver.compiled import fast, floats, whole
from server.solver.retail import BLOCK, DAY, FIRST, LONGEST, REST, RUN, SHORTEST, Person, Retail, Shift

LENGTHS = LONGEST - SHORTEST + 1


class NoRoster(Exception):
    """The rules leave this person no roster at all: minimum and maximum cannot be met."""

    def __init__(self, name: str) -> None:
        super().__init__(f"{name}: no roster within the rules has between the least and the most minutes")
        self.name = name


@dataclass(frozen=True, slots=True)
class Plan:
    """A person's roster: (start, length) of each shift in order of time, and the cells (period * activities + activity) in the
    same order."""

    shifts: tuple[tuple[int, int], ...]
    cells: Any
    size: int

    def roster(self, activities: int) -> tuple[Shift, ...]:
        """The same as the rest of the product reads it."""
        made, at = [], 0
        for start, length in self.shifts:
            made.append(Shift(start, tuple(int(self.cells[at + k]) % activities for k in range(length))))
            at += length
        return tuple(made)

    def holds(self, cell: int, activities: int) -> bool:
        """Whether the person works in this cell."""
        period, at = cell // activities, 0
        for start, length in self.shifts:
            if start <= period < start + length:
                return bool(self.cells[at + period - start] == cell)
            at += length
        return False


@dataclass(frozen=True, slots=True)
class Span:
    """Where shifts may start: all starts of some days, and in other days only that of the shift that stays there. `kept`:
    (index into starts, length)."""

    starts: Any
    day: Any
    still: Any
    days_left: Any
    stays: Any
    count: int
    kept: tuple[tuple[int, int], ...]


class Best:
    """Buffers and kernels for one problem. Not to be shared by threads."""

    def __init__(self, problem: Retail) -> None:
        self.problem = problem
        self._days: dict[int, list[int]] = {}
        for start, day in problem.starts:
            self._days.setdefault(day, []).append(start)
        self.days = sorted(self._days)
        self.most = max((person.most for person in problem.people), default=0)
        count, acts = len(problem.starts), problem.activities
        self._value, self._total, self._top = floats(count * LENGTHS + 1), _viewed(self.most + 1), _viewed(self.most + 1)
        self._reach = _viewed((count * RUN + 1) * (self.most + 1))
        self._low, self._high = whole([0] * (count * RUN + 1)), whole([0] * (count * RUN + 1))
        self._summed, self._run, self._best = floats((problem.periods + 1) * acts), floats(acts), floats(LONGEST + 1)
        self._arg, self._going = whole([0] * (LONGEST + 1)), whole([0] * ((LONGEST + 1) * acts))
        self._at, self._long, self._out = whole([0] * len(self._days)), whole([0] * len(self._days)), whole([0] * LONGEST)
        self._values, self._chains = fast(retail_dp.value_shifts), fast(retail_dp.chain_shifts)
        self._trace, self._blocks = fast(retail_dp.trace_chain), fast(retail_dp.trace_blocks)
        self.everything = self.span((), range(0))

    def span(self, shifts: tuple[tuple[int, int], ...], free: range) -> Span:
        """All starts of the days in `free` (all days, if no shift is given), and these shifts where they begin on other days."""
        stay = {day_of(start): (start, length) for start, length in shifts if day_of(start) not in free}
        starts: list[int] = []
        days: list[int] = []
        room: list[int] = []
        kept = []
        for day in self.days:
            if not shifts or day in free:
                starts += self._days[day]
                days += [day] * len(self._days[day])
                room.append(LONGEST)
            elif day in stay:
                kept.append((len(starts), stay[day][1]))
                starts.append(stay[day][0])
                days.append(day)
                room.append(stay[day][1])
        count = len(starts)
        still, left, stays, at = [0] * count, [0] * count, [count] * count, {i for i, _ in kept}
        most, many, last, following = 0, 0, -1, count
        for i in range(count - 1, -1, -1):
            if days[i] != last:
                most, many, last = most + room.pop(), many + 1, days[i]
            if i in at:
                following = i
            still[i], left[i], stays[i] = most, many, following
        return Span(whole(starts), whole(days), whole(still), whole(left), whole(stays), count, tuple(kept))

    def price(self, gain: Any, least: int, most: int, span: Span) -> Any:
        """For each total of periods from `least` to `most` the best sum of gains (NEVER where there is none); the buffer is
        reused by the next call."""
        problem = self.problem
        acts, lengths = problem.activities, (SHORTEST, LONGEST)
        self._values(
            gain,
            problem.periods,
            acts,
            span.starts,
            span.count,
            BLOCK,
            *lengths,
            self._summed,
            self._run,
            self._best,
            self._value,
        )
        for at, length in span.kept:
            for other in range(LENGTHS):
                if other != length - SHORTEST:
                    self._value[at * LENGTHS + other] = retail_dp.NEVER
        buffers = (span.still, span.days_left, span.stays, self._low, self._high, self._top, self._reach, self._total)
        self._chains(self._value, span.starts, span.day, span.count, least, most, *lengths, REST, RUN, *buffers)
        return self._total

    def plan(self, gain: Any, periods: int, most: int, span: Span) -> Plan:
        """The roster behind `price(...)[periods]`: to be asked right after it, with the same gain, most and span."""
        rows = (span.days_left, span.stays, self._low, self._high, self._reach, self._total, self._at, self._long)
        found = self._trace(self._value, span.starts, span.day, span.count, periods, most, SHORTEST, LONGEST, REST, RUN, *rows)
        if found < 0:
            raise RuntimeError("the roster behind a price was lost: gains were no multiples of 2^-16")
        acts, shifts, cells = self.problem.activities, [], []
        for k in range(found - 1, -1, -1):
            start, length = int(span.starts[self._at[k]]), int(self._long[k])
            self._blocks(gain, acts, start, length, BLOCK, self._best, self._arg, self._run, self._going, self._out)
            shifts.append((start, length))
            cells += [(start + j) * acts + int(self._out[j]) for j in range(length)]
        return Plan(tuple(shifts), whole(cells), len(cells))

    def best(self, gain: Any, person: Person, span: Span) -> Plan:
        """The person's best roster; raises `NoRoster`."""
        total = self.price(gain, person.least, person.most, span)
        within = range(person.least, person.most + 1)
        if not within or (periods := max(within, key=total.__getitem__)) < 0 or total[periods] < retail_dp.NEVER / 2:
            raise NoRoster(person.name)
        return self.plan(gain, periods, person.most, span)


def _viewed(size: int) -> Any:
    """A buffer whose slices are windows on it, not copies, with numba and without."""
    buffer = floats(size)
    return memoryview(array("d", buffer)) if isinstance(buffer, list) else buffer


def day_of(period: int) -> int:
    """The calendar day of a period, counted from 0."""
    return (period + FIRST) // DAY
