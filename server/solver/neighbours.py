"""Large neighbourhood search: some persons are taken out of the best roster and planned anew together, all others stay.

For each neighbourhood the linear programme over the free persons is generated to its end. Mostly its bound says that nothing
better is in there; else a dive looks for it."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, field
from math import inf

import numpy as np

from server.solver.columns import Budget, Column, Pricer, Problem
from server.solver.dive import dive
from server.solver.generation import SLOP, Generation, reduced_cost
from server.solver.master import Array, Master

KEPT = 300
"""Columns kept per person, the cheapest at the best prices of the whole problem."""


class Pool:
    """The best columns met so far, by person."""

    def __init__(self, prices: Array) -> None:
        self.prices = prices
        self.columns: dict[int, dict[Column, float]] = defaultdict(dict)

    def add(self, columns: Sequence[Column]) -> None:
        for column in columns:
            known = self.columns[column.person]
            if column not in known:
                known[column] = reduced_cost(column, self.prices)
                if len(known) > 2 * KEPT:
                    self.columns[column.person] = dict(sorted(known.items(), key=lambda item: item[1])[:KEPT])

    def best(self, person: int, most: int) -> list[Column]:
        known = self.columns[person]
        if len(known) <= most:
            return list(known)
        return [column for column, _ in sorted(known.items(), key=lambda item: item[1])[:most]]

    def least(self, person: int) -> float:
        return min(self.columns[person].values(), default=inf)


@dataclass(slots=True)
class Tried:
    """How neighbourhoods ended: "bound" (nothing better is in there), "search" (nothing better was found), or "better"."""

    ends: dict[str, int] = field(default_factory=lambda: defaultdict(int))


class Neighbourhoods:
    """Plans parts of a roster anew. One object per search; `size` adapts: larger while bounds end most of them."""

    def __init__(self, problem: Problem, pricer: Pricer, pool: Pool, rng: random.Random, budget: Budget) -> None:
        self.problem, self.pricer, self.pool, self.rng, self.budget = problem, pricer, pool, rng, budget
        self.size = float(min(6, problem.persons))
        self.tried = Tried()

    def step(self, roster: Sequence[Column], objective: int) -> tuple[Column, ...] | None:
        """Try one neighbourhood; a better roster, or None. Raises `Stopped`."""
        free = self._choose(roster)
        found, end = self.anew(roster, objective, free)
        self.tried.ends[end] += 1
        if end == "bound":
            self.size = min(self.size * 1.03, self.problem.persons)
        elif end == "search":
            self.size = max(3.0, self.size * 0.97)
        return found

    def anew(self, roster: Sequence[Column], objective: int, free: Sequence[int]) -> tuple[tuple[Column, ...] | None, str]:
        """Plan these persons anew; (a better roster or None, how it ended)."""
        out = set(free)
        rest = [c for c in roster if c.person not in out]
        master = Master(self.problem, free, self.problem.sums(rest), sum(c.cost for c in rest))
        master.add(c for c in roster if c.person in out)
        for person in free:
            master.add(self.pool.best(person, 40))
        generation = Generation(master, self.pricer, self.budget, most=2)
        met: list[Column] = []
        try:
            done = generation.run(cutoff=objective)
            if done.pruned or master.problem.rounded_up(done.bound) >= objective:
                return None, "bound"
            whole = [master.columns[i] for i in np.flatnonzero(master.shares > 1 - SLOP)]
            if len(whole) == len(free):
                found: list[Column] | None = whole
            else:
                master.solve()
                self.budget.check()
                found = dive(generation, cutoff=objective, rng=self.rng, found=met)
        finally:
            self.pool.add(generation.found + met)
        if found is not None:
            better = tuple(sorted([*rest, *found], key=lambda c: c.person))
            if self.problem.objective(better) < objective:
                return better, "better"
        return None, "search"

    def _choose(self, roster: Sequence[Column]) -> list[int]:
        """Whom to free: those the gap is to blame on, and those who could change with them.

        At the prices of the bound the gap is a sum: what each plan costs more than the person's best, and what each row costs
        more than its price says. A part of the sum is drawn, and with it a row or persons."""
        rng, persons, prices = self.rng, self.problem.persons, self.pool.prices
        size = min(persons, max(2, round(self.size * rng.uniform(0.7, 1.3))))
        if size >= persons:
            return list(range(persons))
        if rng.random() < 0.2:
            return sorted(rng.sample(range(persons), size))
        of_plans = [max(0.0, reduced_cost(c, prices) - self.pool.least(c.person)) for c in roster]
        have = self.problem.sums(roster)
        rows = enumerate(zip(self.problem.rows, have, prices.tolist(), strict=True))
        of_rows = {i: extra for i, (row, h, price) in rows if (extra := row.cost(h) - price * (row.need - h)) > 0}
        if rng.random() * (sum(of_plans) + sum(of_rows.values()) + 1e-9) < sum(of_plans):
            weights = of_plans
        elif of_rows:
            row = rng.choices(list(of_rows), list(of_rows.values()))[0]
            weights = [self._helps(column, row) for column in roster]
        else:
            weights = [1.0] * persons
        # without replacement, by weight: the largest of u^(1/w)
        keyed = sorted(((rng.random() ** (1 / (weight + 0.03)), person) for person, weight in enumerate(weights)), reverse=True)
        return sorted(person for _, person in keyed[:size])

    def _helps(self, column: Column, row: int) -> float:
        """How likely a person is to change a row: works in it, or has good plans that do."""
        good = self.pool.best(column.person, 20)
        return sum(row in c.rows for c in good) / max(1, len(good)) + (row in column.rows)
