"""Small moves on a whole roster of the retail family, some three million a second: a block grows at its neighbour's cost, a
stretch changes its activity, a shift becomes longer while another of the same person becomes shorter.

The exact answer of one person (`retail_best.py`) cannot see that two people could trade a quarter of an hour; moves that are
worth nothing alone, kept by chance, can. Which days somebody works they never touch. `jiggle` is a kernel as `compiled.py` wants
it: flat buffers, no other function. Rosters stay legal throughout: what the rules forbid is taken back before it is counted.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from server.solver.compiled import fast, is_compiled, whole
from server.solver.retail import BLOCK, LONGEST, REST, SHORTEST, Retail
from server.solver.retail_best import Plan, day_of

AT_ONCE = 20_000 if is_compiled() else 200
"""Moves between two looks at what came of them; interpreted they would take all the time."""


class Moves:
    """Buffers for one problem, with a roster in them between `take` and `plans`."""

    def __init__(self, problem: Retail) -> None:
        self.problem = problem
        starts = {start for start, _ in problem.starts}
        self._ok = whole(int(period in starts) for period in range(problem.periods))
        self._day = whole(day_of(period) for period in range(problem.periods))
        self._least = whole(person.least for person in problem.people)
        self._most = whole(person.most for person in problem.people)
        self._old = whole([0] * (2 * LONGEST))
        self._kernel = fast(jiggle)

    def take(self, plans: Sequence[Plan]) -> None:
        """These rosters are what is moved."""
        owner: list[int] = []
        start: list[int] = []
        length: list[int] = []
        act: list[int] = []
        for person, plan in enumerate(plans):
            cells, at = list(plan.cells[: plan.size]), 0
            for begins, lasts in plan.shifts:
                owner.append(person)
                start.append(begins)
                length.append(lasts)
                act += [int(cell) % self.problem.activities for cell in cells[at : at + lasts]] + [0] * (LONGEST - lasts)
                at += lasts
        self._owner, self._start, self._length, self._act = whole(owner), whole(start), whole(length), whole(act)
        self._total = whole(plan.size for plan in plans)
        self._count = len(owner)

    def run(self, have: Any, low: Any, high: Any, short: int, heat: float, seed: int) -> int:
        """`AT_ONCE` moves; `have`, the people in each cell, follows. Answers the next seed."""
        if self._count == 0:
            return seed
        shape = (self._count, self.problem.activities, self.problem.periods)
        roster = (self._owner, self._start, self._length, self._act, self._total)
        rules = (self._least, self._most, self._ok, self._day)
        limits = (BLOCK, SHORTEST, LONGEST, REST)
        return int(self._kernel(AT_ONCE, heat, short, seed, *shape, *roster, *rules, have, low, high, *limits, self._old))

    def plans(self) -> list[Plan]:
        """The rosters as they are now, one for each person."""
        shifts: list[list[tuple[int, int]]] = [[] for _ in self.problem.people]
        cells: list[list[int]] = [[] for _ in self.problem.people]
        acts = self.problem.activities
        for j in range(self._count):
            person, start, length = int(self._owner[j]), int(self._start[j]), int(self._length[j])
            shifts[person].append((start, length))
            cells[person] += [(start + k) * acts + int(self._act[j * LONGEST + k]) for k in range(length)]
        return [Plan(tuple(some), whole(mine), len(mine)) for some, mine in zip(shifts, cells, strict=True)]


def jiggle(
    moves: int, heat: float, short: int, seed: int, count: int, acts: int, periods: int,
    owner: Any, start: Any, length: Any, act: Any, total: Any, least: Any, most: Any, ok: Any, day: Any,
    have: Any, low: Any, high: Any, block: int, shortest: int, longest: int, rest: int, old: Any,
) -> int:  # fmt: skip
    """Tries so many moves. One that makes squared surplus plus `short` for each missing person dearer by d is kept with the
    probability exp(-d / heat), nearly. Shift j of `owner[j]` (a person's follow each other in order of time) does
    act[j * longest + k] in its k-th period; `old` keeps what a move changes."""
    for _ in range(moves):
        seed = (seed * 1103515245 + 12345) % 2147483648
        j = (seed >> 8) % count
        seed = (seed * 1103515245 + 12345) % 2147483648
        kind = (seed >> 8) % 100
        seed = (seed * 1103515245 + 12345) % 2147483648
        r = seed >> 8
        other = -1  # a second shift of the same person, which becomes shorter by what the first becomes longer
        s0, l0, s2, l2 = start[j], length[j], 0, 0
        s1, l1, s3, l3 = s0, l0, 0, 0
        base = j * longest
        fine = True
        for x in range(l0):
            old[x] = act[base + x]
        if kind < 45 and acts > 1:  # the border of two blocks
            i, passed = 1 + r % (l0 - 1), 0
            while passed < l0 and old[i - 1] == old[i]:
                i = i + 1 if i + 1 < l0 else 1
                passed += 1
            seed = (seed * 1103515245 + 12345) % 2147483648
            r = seed >> 8
            by = 1 + (r >> 1) % 3
            first, last, which = (i, i + by, old[i - 1]) if r % 2 == 0 else (i - by, i, old[i])
            if old[i - 1] == old[i] or first < 0 or last > l0:
                continue
            for x in range(first, last):
                act[base + x] = which
        elif kind < 60 and acts > 1:  # a stretch does something else
            wide = block + (r >> 4) % 8
            seed = (seed * 1103515245 + 12345) % 2147483648
            r = seed >> 8
            i = r % (l0 + wide) - wide
            which = (r >> 10) % acts
            for x in range(max(0, i), min(l0, i + wide)):
                act[base + x] = which
        else:  # an end of the shift, and nine times in ten an end of another or of the same
            by = 1 + r % 4
            by = by if (r >> 5) % 2 == 0 else -by
            at_start = (r >> 3) % 2 == 0
            s1, l1 = (s0 - by, l0 + by) if at_start else (s0, l0 + by)
            if (r >> 7) % 10 > 0:
                seed = (seed * 1103515245 + 12345) % 2147483648
                r = seed >> 8
                first, many = j, 1
                while first > 0 and owner[first - 1] == owner[j]:
                    first -= 1
                while first + many < count and owner[first + many] == owner[j]:
                    many += 1
                other = first + r % many
                if other == j:
                    other = -1
                    s1, l1 = (s1, l0) if at_start else (s0 + by, l0)
                else:
                    s2, l2 = start[other], length[other]
                    s3, l3 = (s2 + by, l2 - by) if (r >> 6) % 2 == 0 else (s2, l2 - by)
                    for x in range(l2):
                        old[longest + x] = act[other * longest + x]
            elif not least[owner[j]] <= total[owner[j]] + by <= most[owner[j]]:
                continue
            if s1 < 0 or s1 + l1 > periods or l1 < shortest or l1 > longest or ok[s1] == 0 or day[s1] != day[s0]:
                continue
            if other >= 0 and (s3 < 0 or s3 + l3 > periods or l3 < shortest or l3 > longest):
                continue
            if other >= 0 and (ok[s3] == 0 or day[s3] != day[s2]):
                continue
            for x in range(l1):  # what is done at a moment stays; what is new is done as beside it
                act[base + x] = old[min(max(x + s1 - s0, 0), l0 - 1)]
            start[j], length[j] = s1, l1
            if other >= 0:
                for x in range(l3):
                    act[other * longest + x] = old[longest + min(max(x + s3 - s2, 0), l2 - 1)]
                start[other], length[other] = s3, l3
            for c in range(2):
                q = j if c == 0 else other
                if q > 0 and owner[q - 1] == owner[q] and start[q] - start[q - 1] - length[q - 1] < rest:
                    fine = False
                if 0 <= q < count - 1 and owner[q + 1] == owner[q] and start[q + 1] - start[q] - length[q] < rest:
                    fine = False
        for c in range(2):
            q, same = (j if c == 0 else other), 1
            for x in range(1, length[q] if fine and q >= 0 and acts > 1 else 0):
                if act[q * longest + x] == act[q * longest + x - 1]:
                    same += 1
                else:
                    fine = fine and same >= block
                    same = 1
            fine = fine and (q < 0 or acts == 1 or same >= block)
        if fine:
            dearer = 0
            for c in range(2):
                q, begins, lasts, kept = (j, s0, l0, 0) if c == 0 else (other, s2, l2, longest)
                for x in range(lasts if q >= 0 else 0):
                    cell = (begins + x) * acts + old[kept + x]
                    many = have[cell]
                    if many <= low[cell]:
                        dearer += short
                    elif many > high[cell]:
                        dearer -= 2 * (many - high[cell]) - 1
                    have[cell] = many - 1
                for x in range(length[q] if q >= 0 else 0):
                    cell = (start[q] + x) * acts + act[q * longest + x]
                    many = have[cell]
                    if many < low[cell]:
                        dearer -= short
                    elif many >= high[cell]:
                        dearer += 2 * (many - high[cell]) + 1
                    have[cell] = many + 1
            seed = (seed * 1103515245 + 12345) % 2147483648
            if dearer > 0:
                z = dearer / heat if heat > 0 else 12.0
                series = 1.0 + z * (1.0 + z * (0.5 + z * (1.0 / 6.0 + z / 24.0)))  # of exp(z), to the fourth power
                fine = z < 12.0 and (seed >> 8) / 8388608.0 * series < 1.0
            for c in range(0 if fine else 2):
                q, begins, lasts, kept = (j, s0, l0, 0) if c == 0 else (other, s2, l2, longest)
                for x in range(length[q] if q >= 0 else 0):
                    have[(start[q] + x) * acts + act[q * longest + x]] -= 1
                for x in range(lasts if q >= 0 else 0):
                    have[(begins + x) * acts + old[kept + x]] += 1
        if fine:
            total[owner[j]] += l1 - l0 + l3 - l2
            continue
        start[j], length[j] = s0, l0
        for x in range(l0):
            act[base + x] = old[x]
        if other >= 0:
            start[other], length[other] = s2, l2
            for x in range(l2):
                act[other * longest + x] = old[longest + x]
    return seed
