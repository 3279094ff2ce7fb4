"""The problem every engine of this package solves: pick one column for each person so that the rows are met cheaply.

This page is the interface. Who wants a roster made describes it in four things and calls `server.solver.engine.optimise`
(HiGHS and numpy; a proven bound) or `server.solver.plain.improve` (standard library only; no bound):

1. **Persons** 0..n-1. Each gets exactly one column.
2. **Rows**: what all columns together should add up to. `Row(need, under, over)`: `need` is the wanted sum; each missing unit
   costs what `under` says, each surplus unit what `over` says, in convex steps `(width, cost)` of which the last has width None
   (without end). A demand "3 heads, 100 per missing one, 1, 3, 5, ... per surplus one" is
   `Row(3, ((None, 100),), ((1, 1), (1, 3), (None, 5)))`. A hard row is one with a very large cost (but below 10^9).
3. **Columns** `Column(person, cost, rows, coefs, what)`: one whole plan of one person. `rows` are the indices of the rows it
   adds to, ascending and without repeats, `coefs` how much (None: 1 each), `cost` what it costs by itself (wishes, fairness,
   wage; may be negative). `what` is yours: the engine carries it back untouched. All rules that concern one person alone live
   in how columns are made, never here.
4. A **pricer**: `price(persons, duals, worth, most)` looks for the best columns of some persons at given prices of the rows.
   For each person it answers `Priced(person, bound, columns)`: up to `most` legal columns with
   `cost - sum(duals[r] * coef) < worth[i]` for persons[i], the best first, and `bound`: a number that NO legal column of this
   person is below (the exact minimum if the search was exact; -inf if it was a heuristic that proves nothing). When nothing is
   below `worth` the list is empty and `bound` tells why. `duals` is a sequence of floats, one per row (a numpy array from
   `engine`, a list from `plain`), all of them multiples of `QUANTUM`: sums over them are exact in floating point, so a dynamic
   programme may compare with `==` when it traces its way back. Persons who are alike may share one computation: that is the
   pricer's business. `worth` may be +inf: then any legal column is welcome. A person without a legal column: `bound` +inf and
   no columns.

All costs are integers. `Problem.step` is a common divisor of all possible objective values (1 if you do not know one): bounds are
rounded up to a multiple of it. Same seed and same `rounds` give the same answer; a limit in CPU seconds alone depends on the
machine.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from math import ceil, inf
from typing import Any, Protocol

Steps = tuple[tuple[int | None, int], ...]

QUANTUM = 2.0**-16
"""Prices are multiples of this: with amounts below 2^36 every sum of them is exact in a float of 53 bits."""


@dataclass(frozen=True, slots=True)
class Row:
    """What all columns should add up to, and what it costs per unit not to. Steps are convex: each dearer than the one before."""

    need: int
    under: Steps
    over: Steps

    def cost(self, have: int) -> int:
        """What it costs when the columns add up to `have`."""
        left, steps = (self.need - have, self.under) if have < self.need else (have - self.need, self.over)
        total = 0
        for width, each in steps:
            part = left if width is None else min(left, width)
            total += part * each
            left -= part
            if left == 0:
                break
        return total


@dataclass(frozen=True, slots=True)
class Column:
    """One whole plan of one person. `what` is the caller's and takes no part in comparisons."""

    person: int
    cost: int
    rows: tuple[int, ...]
    coefs: tuple[int, ...] | None = None
    what: Any = field(default=None, compare=False)

    def adds(self) -> Iterable[tuple[int, int]]:
        """(row, how much) of every row it adds to."""
        return zip(self.rows, self.coefs or (1,) * len(self.rows), strict=True)


@dataclass(frozen=True, slots=True)
class Problem:
    """`base` is a constant part of the objective; `step` divides every possible objective value minus `base`."""

    persons: int
    rows: tuple[Row, ...]
    base: int = 0
    step: int = 1

    def objective(self, columns: Sequence[Column]) -> int:
        """Of one column per person, exactly."""
        have = self.sums(columns)
        return self.base + sum(c.cost for c in columns) + sum(row.cost(h) for row, h in zip(self.rows, have, strict=True))

    def objective_beside(self, missing: Iterable[float], columns: Sequence[Column]) -> int:
        """What columns and rows cost when only `missing` of each row is still to fill; without what is there already."""
        have = self.sums(columns)
        rows = (row.cost(row.need - int(m) + h) for row, m, h in zip(self.rows, missing, have, strict=True))
        return self.base + sum(c.cost for c in columns) + sum(rows)

    def sums(self, columns: Iterable[Column]) -> list[int]:
        """What the columns add up to in each row."""
        have = [0] * len(self.rows)
        for column in columns:
            for row, much in column.adds():
                have[row] += much
        return have

    def rounded_up(self, bound: float) -> int:
        """The least objective value not below `bound` (which is exact: see QUANTUM)."""
        return self.base + ceil((bound - self.base) / self.step) * self.step


@dataclass(frozen=True, slots=True)
class Priced:
    """What a pricer found for one person; see the top of this file."""

    person: int
    bound: float
    columns: Sequence[Column]


class Pricer(Protocol):
    """Finds columns; see the top of this file."""

    def price(self, persons: Sequence[int], duals: Sequence[float], worth: Sequence[float], most: int) -> list[Priced]: ...


class Impossible(Exception):
    """A person has no legal column at all: no roster exists. `person` is its index."""

    def __init__(self, person: int) -> None:
        super().__init__(f"person {person} has no legal plan")
        self.person = person


@dataclass(slots=True)
class Progress:
    """The best so far, as told to `tell`. `columns` is None when only the bound rose; `bound` None while there is none."""

    phase: str
    objective: int | None
    bound: int | None
    columns: tuple[Column, ...] | None
    cpu: float


class Stopped(Exception):
    """The budget is used up, or somebody asked to stop."""


@dataclass(slots=True)
class Budget:
    """How long an engine may work: CPU seconds of this process from now on, and rounds of pricing (the same on every machine)."""

    seconds: float = inf
    rounds: int | None = None
    stop: Callable[[], bool] = lambda: False
    began: float = field(default_factory=time.process_time)
    used: int = 0

    def cpu(self) -> float:
        """CPU seconds since it began."""
        return time.process_time() - self.began

    def left(self) -> float:
        return self.seconds - self.cpu()

    def check(self) -> None:
        """Raises `Stopped` when nothing is left."""
        if self.left() <= 0 or (self.rounds is not None and self.used >= self.rounds) or self.stop():
            raise Stopped

    def round(self) -> None:
        """Count one round of pricing; raises `Stopped` when nothing is left."""
        self.check()
        self.used += 1


@dataclass(slots=True)
class Answer:
    """The best roster found (None: none in time), its objective, and a bound no roster is below (None: none proven)."""

    columns: tuple[Column, ...] | None
    objective: int | None
    bound: int | None
    rounds: int
    cpu: float

    @property
    def proven(self) -> bool:
        return self.objective is not None and self.bound is not None and self.bound >= self.objective
