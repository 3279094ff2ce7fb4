"""Prices rosters of one person for the NRP family: all rules that concern one person alone are in here (see nrp_paths.py).

Limits of shift types cost a counter each, and most of them never bind. They are counted for a person only from the first time
that the cheapest roster breaks one; until then the bound is of a relaxed problem, which is still a bound. A counter counts
either the shifts of the type, or the minutes of all others as far as they matter: at most 14 early shifts in 18 is "at least 4
others", 5 states and not 15."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cache, reduce
from math import gcd, inf
from typing import Any

from server.solver import nrp_paths
from server.solver.columns import Column, Priced, Pricer, Problem
from server.solver.compiled import fast, floats, whole
from server.solver.nrp import BadFile, Instance, Member, column_of, read
from server.solver.nrp_paths import NEVER

MOST_KINDS = 4_096
MOST_STATES = 12_000_000
MOST_ROOM = 40_000_000
"""Places in one table of one person; 8 bytes each."""


def make(text: str) -> tuple[Problem, Pricer]:
    """Problem and pricer from the text of a file; for the processes of a portfolio."""
    instance = read(text)
    refuse_giants(instance)
    return instance.problem(), NrpPricer(instance)


def refuse_giants(instance: Instance) -> None:
    """Raises `BadFile` when one person's tables would not fit in memory."""
    for member in instance.staff:
        model = _Model(instance, member, (), sizes_only=True)
        if max(model.states, model.room) > MOST_ROOM:
            raise BadFile(f"planning {member.name} would need too much memory: {max(model.states, model.room)} states")


class NrpPricer:
    """See `Pricer` in columns.py. Holds what it learnt about which limits bind, so answers do not depend on it but speed does."""

    def __init__(self, instance: Instance) -> None:
        self.instance = instance
        shifts = len(instance.shifts)
        self._cells = [c.day * shifts + c.shift for c in instance.cover]
        self._duals = floats(instance.days * shifts)
        self._room = cache(lambda name, size: floats(size))  # one buffer for each use and size
        self._counted: list[tuple[int, ...]] = [()] * len(instance.staff)
        self._costs = [self._own_costs(i) for i in range(len(instance.staff))]
        self._models: dict[Any, _Model] = {}

    def _own_costs(self, person: int) -> Any:
        instance, member = self.instance, self.instance.staff[person]
        costs = floats(instance.days * len(instance.shifts))
        for day in range(instance.days):
            for shift, kind in enumerate(instance.shifts):
                legal = member.most_of[shift] > 0 and kind.minutes <= member.most_minutes and day not in member.days_off
                wish = instance.wishes[person].get((day, shift), 0)
                costs[day * len(instance.shifts) + shift] = float(wish) if legal else NEVER
        return costs

    def price(self, persons: Sequence[int], duals: Sequence[float], worth: Sequence[float], most: int) -> list[Priced]:
        for row, cell in enumerate(self._cells):
            self._duals[cell] = duals[row]
        return [self._price(person, limit, most) for person, limit in zip(persons, worth, strict=True)]

    def _model(self, person: int) -> _Model:
        member, counted = self.instance.staff[person], self._counted[person]
        limits = (member.most_minutes, member.least_minutes, member.most_on, member.least_on, member.least_off, member.weekends)
        key = (member.most_of, limits, counted)
        if key not in self._models:
            self._models[key] = _Model(self.instance, member, counted)
        return self._models[key]

    def _price(self, person: int, worth: float, most: int) -> Priced:
        while True:
            model = self._model(person)
            if model.impossible:
                return Priced(person, inf, ())
            found = self._search(model, person, worth, most)
            if not found:
                return Priced(person, inf, ())
            bound = found[0][0]
            over = self._broken(person, found[0][1])
            if over and (finer := self._finer(person, over)):
                self._counted[person] = finer
                continue
            legal = (cells for cost, cells in found if cost < worth and not self._broken(person, cells))
            columns = [column_of(self.instance, person, cells) for cells in legal]
            return Priced(person, bound, columns or self._dearer(model, person, worth, most, over))

    def _dearer(self, model: _Model, person: int, worth: float, most: int, over: list[int]) -> list[Column]:
        """Legal rosters where a limit is broken that cannot be counted: its shift is made dearer until it is kept."""
        held, shifts = self._costs[person], len(self.instance.shifts)
        self._costs[person] = held.copy()
        try:
            for power in range(2, 18) if over else ():
                for shift in over:
                    for cell in range(shift, self.instance.days * shifts, shifts):
                        self._costs[person][cell] += 2.0**power
                found = [cells for _, cells in self._search(model, person, inf, most)]
                legal = [column_of(self.instance, person, cells) for cells in found if not self._broken(person, cells)]
                if legal:
                    duals = self._duals
                    values = [(c.cost - sum(float(duals[self._cells[r]]) for r in c.rows), i) for i, c in enumerate(legal)]
                    return [legal[i] for value, i in sorted(values) if value < worth]
                over = sorted({*over, *self._broken(person, found[0])}) if found else over
        finally:
            self._costs[person] = held
        return []

    def _broken(self, person: int, cells: tuple[int, ...]) -> list[int]:
        most = self.instance.staff[person].most_of
        return [s for s in set(cells) if s >= 0 and cells.count(s) > most[s]]

    def _finer(self, person: int, over: list[int]) -> tuple[int, ...] | None:
        """What to count from now on; None when that would need too much room."""
        member = self.instance.staff[person]
        for more in (over, over[:1]):
            counted = tuple(sorted({*self._counted[person], *more}))
            model = _Model(self.instance, member, counted, sizes_only=True)
            if model.kinds <= MOST_KINDS and max(model.states, model.room) <= MOST_STATES:
                return counted
        return None

    def _search(self, m: _Model, person: int, worth: float, most: int) -> list[tuple[float, tuple[int, ...]]]:
        """(cost at these prices, shifts by day) of the cheapest rosters, the best first."""
        days, shifts = self.instance.days, len(self.instance.shifts)
        value, chosen = self._room("value", days * m.groups), self._room("chosen", days * m.groups)
        fast(_values)(days, shifts, m.groups, m.group_of, self._costs[person], self._duals, value, chosen)
        size = m.kinds * m.width
        now, then = self._room("now", m.groups * size), self._room("then", m.groups * size)
        block, table = self._room("block", days * (m.longest + 1) * size), self._room("table", m.states)
        fast(nrp_paths.blocks)(
            days,
            m.groups,
            m.longest,
            m.kinds,
            m.width,
            m.low,
            m.high,
            value,
            m.length,
            m.counts,
            m.follows,
            m.add,
            now,
            then,
            block,
        )
        fast(nrp_paths.join)(
            days, m.longest, m.least, m.rest, m.kinds, m.weekends, m.minutes, m.width, m.low, m.high,
            m.floor, m.ceiling, m.weekend_of, m.add, block, table,
        )  # fmt: skip
        places, costs = m.places(most), self._room("costs", most)
        ends = fast(nrp_paths.ends)(
            days, m.kinds, m.weekends, m.minutes, m.least_minutes, m.allowed, table, min(worth, NEVER), most, places, costs
        )
        layers = self._room("layers", (m.longest + 1) * m.groups * size)
        found = []
        for i in range(ends):
            if not fast(nrp_paths.trace)(
                days, m.groups, m.longest, m.least, m.rest, m.kinds, m.weekends, m.minutes, m.width, places[i],
                value, m.length, m.counts, m.follows, m.weekend_of, m.add, block, table, layers, m.out,
            ):  # fmt: skip
                raise ArithmeticError("the way back was lost: prices were not multiples of QUANTUM")
            cells = tuple(int(chosen[d * m.groups + g]) if (g := int(m.out[d])) >= 0 else -1 for d in range(days))
            found.append((float(costs[i]), cells))
        return found


def _values(days: int, shifts: int, groups: int, group_of: Any, own: Any, duals: Any, value: Any, chosen: Any) -> None:
    """The best shift of each group on each day, and what it costs."""
    for i in range(days * groups):
        value[i] = 1e300
        chosen[i] = -1
    for d in range(days):
        for s in range(shifts):
            g = group_of[s]
            if g >= 0 and own[d * shifts + s] < 1e300:
                x = own[d * shifts + s] - duals[d * shifts + s]
                if x < value[d * groups + g]:
                    value[d * groups + g] = x
                    chosen[d * groups + g] = s


class _Model:
    """The tables of one kind of person with some limits counted; names as in nrp_paths.py."""

    def __init__(self, instance: Instance, member: Member, counted: tuple[int, ...], *, sizes_only: bool = False) -> None:
        days = instance.days
        usable = [s for s, kind in enumerate(instance.shifts) if member.most_of[s] > 0 and kind.minutes <= member.most_minutes]
        unit = reduce(gcd, (instance.shifts[s].minutes for s in usable), 0) or 1
        lengths = {s: instance.shifts[s].minutes // unit for s in usable}
        self.low, self.high = min(lengths.values(), default=1), max(lengths.values(), default=1)
        self.longest = min(member.most_on, days)
        self.rest, self.least = max(1, member.least_off), member.least_on
        most_possible = _most_days(days, self.longest, self.rest)
        most = min(member.most_minutes // unit, most_possible[days] * self.high)
        self.least_minutes = -(-member.least_minutes // unit)
        self.impossible = self.least_minutes > most
        self.minutes = most + 1
        weekends_limited = member.weekends < _weekends(0, days)
        self.weekends = member.weekends + 1 if weekends_limited else 1
        counters = [_Counter(s, member.most_of[s], lengths, most) for s in counted]
        self.kinds = reduce(lambda a, b: a * b, (c.size for c in counters), 1)
        self.states = (days + 1) * self.kinds * self.weekends * self.minutes
        self.width = self.longest * self.high + 1
        self.room = days * (self.longest + 1) * self.kinds * self.width
        if sizes_only:
            return
        kinds = [_digits(k, counters) for k in range(self.kinds)]
        index = {digits: k for k, digits in enumerate(kinds)}
        sums = (tuple(c.plus(a, b) for c, a, b in zip(counters, x, y, strict=True)) for x in kinds for y in kinds)
        self.add = whole(index.get(s, -1) for s in sums)
        self.allowed = whole(
            all(c.legal(digit, t) for c, digit in zip(counters, digits, strict=True))
            for digits in kinds
            for t in range(self.minutes)
        )
        self._group(instance, usable, lengths, counters, index)
        touched = [_weekends(d, n) if weekends_limited else 0 for d in range(days) for n in range(self.longest + 1)]
        self.weekend_of = whole(touched)
        self.floor = whole(max(0, self.least_minutes - most_possible[days - d] * self.high) for d in range(days + 1))
        self.ceiling = whole(min(most, most_possible[d] * self.high) for d in range(days + 1))
        self.out = whole([0] * days)
        self.places = cache(lambda size: whole([0] * size))

    def _group(
        self, instance: Instance, usable: list[int], lengths: dict[int, int], counters: list[_Counter], index: dict[Any, int]
    ) -> None:
        """Shifts that are alike to every rule are one: each day only the cheapest of them matters."""
        of: dict[Any, int] = {}
        self.group_of = whole([-1] * len(instance.shifts))
        first: list[int] = []
        counts: list[int] = []
        for s in usable:
            after = instance.shifts[s].not_next.intersection(usable)
            before = frozenset(b for b in usable if s in instance.shifts[b].not_next)
            digits = tuple(c.one(s) for c in counters)
            key = (after, before, lengths[s], digits)
            if key not in of:
                of[key] = len(of)
                first.append(s)
                counts.append(index.get(digits, 0))
            self.group_of[s] = of[key]
        self.groups = len(of)
        self.length, self.counts = whole(lengths[s] for s in first), whole(counts)
        self.follows = whole(h not in instance.shifts[g].not_next for g in first for h in first)


class _Counter:
    """Keeps one shift type within its limit; the smaller of the two ways to count."""

    def __init__(self, shift: int, limit: int, lengths: dict[int, int], most: int) -> None:
        self.shift, self.limit, self.lengths = shift, limit, lengths
        others = max(0, most - limit * lengths[shift])
        self.by_others = others < limit
        self.size = 1 + (others if self.by_others else limit)

    def one(self, shift: int) -> int:
        """What one shift counts."""
        if self.by_others:
            return 0 if shift == self.shift else min(self.size - 1, self.lengths[shift])
        return int(shift == self.shift)

    def plus(self, a: int, b: int) -> int:
        return min(a + b, self.size - 1) if self.by_others else (a + b if a + b < self.size else -1)

    def legal(self, digit: int, minutes: int) -> bool:
        """Whether a roster that ends with this count and these minutes keeps the limit."""
        return not self.by_others or minutes - digit <= self.limit * self.lengths[self.shift]


def _digits(k: int, counters: list[_Counter]) -> tuple[int, ...]:
    digits = []
    for counter in reversed(counters):
        k, digit = divmod(k, counter.size)
        digits.append(digit)
    return tuple(reversed(digits))


def _most_days(days: int, longest: int, rest: int) -> list[int]:
    """For n = 0..days: the most days one can work in n days."""
    cycle = longest + rest
    return [n // cycle * longest + min(n % cycle, longest) for n in range(days + 1)]


def _weekends(first: int, length: int) -> int:
    """How many weekends a block touches; day 0 is a Monday."""
    return len({d // 7 for d in range(first, first + length) if d % 7 >= 5})
