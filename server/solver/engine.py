"""Column generation to a roster with a proven bound: greedy, root bound, dives, then neighbourhoods until the limit. See
columns.py."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from math import inf
from typing import Any

import numpy as np

from server.solver import plain
from server.solver.columns import Answer, Budget, Column, Pricer, Problem, Progress, Stopped
from server.solver.dive import dive
from server.solver.generation import Generation
from server.solver.master import Array, Master
from server.solver.neighbours import Neighbourhoods, Pool

Tell = Callable[[Progress], None]
HandOver = Callable[[tuple[Any, ...]], None]
Hear = Callable[[], tuple[int | None, Sequence[Column] | None]]
"""What another engine found since: (bound, roster), either None."""


@dataclass(frozen=True, slots=True)
class Start:
    """What a search on the same problem hands to another: its roster, columns, and the prices that gave the bound."""

    roster: Sequence[Column] | None = None
    columns: Sequence[Column] = ()
    prices: Sequence[float] = ()
    bound: int | None = None


class Engine:
    """One run. Its best roster and bound are always of a moment before: it may be stopped at any time."""

    def __init__(
        self, problem: Problem, pricer: Pricer, budget: Budget, seed: int, tell: Tell, hear: Hear, hand_over: HandOver
    ) -> None:
        self.hand_over = hand_over
        self.problem, self.pricer, self.budget = problem, pricer, budget
        self.rng = random.Random(seed)
        self.tell, self.hear = tell, hear
        self.best: tuple[Column, ...] | None = None
        self.objective: int | None = None
        self.bound: int | None = None
        self.phase = "greedy"
        self.dives = 0

    @property
    def cutoff(self) -> float:
        return inf if self.objective is None else float(self.objective)

    @property
    def proven(self) -> bool:
        return self.objective is not None and self.bound is not None and self.bound >= self.objective

    def take(self, columns: Sequence[Column] | None, *, told: bool = True) -> bool:
        """Keep a roster if it is the best."""
        if columns is None or len(columns) != self.problem.persons:
            return False
        whole = tuple(sorted(columns, key=lambda c: c.person))
        objective = self.problem.objective(whole)
        if objective >= self.cutoff:
            return False
        self.best, self.objective = whole, objective
        if told:
            self.tell(Progress(self.phase, objective, self.bound, whole, self.budget.cpu()))
        return True

    def raise_bound(self, bound: int, *, told: bool = True) -> None:
        if self.bound is None or bound > self.bound:
            self.bound = bound
            if told:
                self.tell(Progress(self.phase, self.objective, bound, None, self.budget.cpu()))

    def listen(self) -> None:
        bound, columns = self.hear()
        if columns is not None:
            self.take(columns, told=False)
        if bound is not None:
            self.raise_bound(bound, told=False)

    def run(self, start: Sequence[Column] | None, resume: Start | None) -> Answer:
        try:
            self.take(start)
            if resume and len(resume.prices):
                self.take(resume.roster, told=False)
                self._resume(resume)
                self.dives = 1
            else:
                self._begin()
                self._root()
            self._search()
        except Stopped:
            return self.answer()
        return self.answer()

    def _resume(self, start: Start) -> None:
        self.bound = start.bound
        self.prices: Array = np.array(start.prices)
        self.master = Master(self.problem, range(self.problem.persons))
        self.master.add([*start.columns, *(self.best or ())])
        self.generation = Generation(self.master, self.pricer, self.budget, most=1)
        self.pool = Pool(self.prices)
        self.pool.add(self.master.columns)

    def answer(self) -> Answer:
        return Answer(self.best, self.objective, self.bound, self.budget.used, self.budget.cpu())

    def _begin(self) -> None:
        """A roster within moments: greedy, then one person after the other."""
        order = list(range(self.problem.persons))
        roster = plain.greedy(self.problem, self.pricer, order)
        self.take(roster.whole())
        self.settled = roster
        allowed = self.budget.cpu() * 4 + 0.2
        limit = Budget(allowed, stop=self.budget.stop) if self.budget.rounds is None else Budget(rounds=0)
        try:
            plain.settle(roster, self.pricer, order, limit)
        except Stopped:
            self.budget.check()
        if all(c is not None for c in roster.columns):
            self.take(roster.whole())

    def _root(self) -> None:
        self.phase = "root"
        self.master = Master(self.problem, range(self.problem.persons))
        self.master.add(self.best or ())
        self.generation = Generation(self.master, self.pricer, self.budget, most=1)
        while True:
            done = self.generation.run(cutoff=self.cutoff, rounds=10, centre=self.generation.centre)
            if done.bound > -inf:
                self.raise_bound(self.problem.rounded_up(done.bound))
            self.listen()
            if done.complete or done.pruned:
                break
        self.value = done.value
        self.prices = self.generation.centre
        self.master.solve()
        whole = [c for c, share in zip(self.master.columns, self.master.shares, strict=True) if share > 0.999]
        self.take(whole)
        self.pool = Pool(self.prices)
        self.pool.add(self.master.columns)

    def _search(self) -> None:
        """Dives while they pay, neighbourhoods between them."""
        near = Neighbourhoods(self.problem, self.pricer, self.pool, self.rng, self.budget)
        self.near = near
        began, spent = self.budget.used, 0
        while not self.proven:
            if self.best is None or self.dives == 0 or self.budget.used - began > 2 * spent + 400:
                self.phase = "dive"
                began = self.budget.used
                self._dive()
                spent, began = self.budget.used - began, self.budget.used
                continue
            self.phase = "neighbours"
            self.listen()
            if self.proven or self.objective is None:
                break
            better = near.step(self.best, self.objective)
            if self.take(better):
                began = self.budget.used

    def _dive(self) -> None:
        self.master.solve()
        self.master.trim(40 * self.problem.persons + 1000)
        self.master.solve()
        self.generation.centre = self.prices
        met: list[Column] = []
        found = dive(self.generation, cutoff=self.cutoff, rng=self.rng if self.dives else None, found=met)
        self.pool.add(met)
        self.take(found)
        self.dives += 1
        if self.dives == 1 and not self.proven:
            self.hand_over(("pool", Start(self.best, tuple(self.master.columns), tuple(self.prices.tolist()), self.bound)))


def optimise(
    problem: Problem,
    pricer: Pricer,
    *,
    budget: Budget,
    seed: int = 0,
    start: Sequence[Column] | None = None,
    resume: Start | None = None,
    tell: Tell = lambda progress: None,
    hear: Hear = lambda: (None, None),
    hand_over: HandOver = lambda message: None,
) -> Answer:
    """The best roster found within the budget and a bound; proven when they meet. Raises `Impossible` when somebody has no
    legal column.

    `start` is a roster to begin with, `resume` what another run has handed over (then greedy, root and first dive are left out).
    `tell` is called for each better roster and higher bound, `hear` asked now and then for what others found; `hand_over` gets
    ("pool", Start) once the columns are worth beginning another search with."""
    return Engine(problem, pricer, budget, seed, tell, hear, hand_over).run(start, resume)
