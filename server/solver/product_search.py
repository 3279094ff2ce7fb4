"""Better rosters by giving one person after the other their best plan beside all others; then by taking some out and putting
them back.

What one more head is worth in each stretch, given everybody else, is known exactly, so a person's best plan is one question
to the pricer. Standard library only: this is the engine where nothing else is installed, and the start of column generation
where it is. Amounts are integers; the same seed and number of rounds give the same roster on every machine.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Iterator, Sequence
from itertools import islice

from server.solver.columns import Budget, Column, Impossible, Problem, Progress, Stopped
from server.solver.product_pricer import ProductPricer

Tell = Callable[[Progress], None]


class Search:
    """A roster that gets better. `best` is always whole, of a moment before."""

    def __init__(self, problem: Problem, pricer: ProductPricer, budget: Budget, *, seed: int, tell: Tell) -> None:
        self.problem, self.pricer, self.budget, self.tell = problem, pricer, budget, tell
        self.rng = random.Random(seed)
        self.order = list(range(problem.persons))
        demand = len(pricer.shifts.rows)
        days = len(pricer.shifts.days)
        most = [problem.persons + 2] * demand + [days + 2] * (len(problem.rows) - demand)
        self.tables = [[row.cost(have) for have in range(n)] for row, n in zip(problem.rows, most, strict=True)]
        self.demand = demand
        self.now: list[Column | None] = [None] * problem.persons
        self.have = [0] * len(problem.rows)
        self.best: tuple[Column, ...] | None = None
        self.objective: int | None = None

    # one person

    def _load(self) -> None:
        """Tell the pricer what one more head saves in each row."""
        self.pricer.load([table[have] - table[have + 1] for table, have in self._demand()])

    def _demand(self) -> Iterator[tuple[list[int], int]]:
        return islice(zip(self.tables, self.have, strict=True), self.demand)

    def _out(self, person: int) -> Column | None:
        column = self.now[person]
        self.now[person] = None
        if column is not None:
            for row, much in column.adds():
                self.have[row] -= much
        return column

    def _put(self, column: Column) -> None:
        self.now[column.person] = column
        self.pricer.hold(column.person, column.what.options)
        for row, much in column.adds():
            self.have[row] += much

    def _change(self, column: Column) -> int:
        tables, have = self.tables, self.have
        return column.cost + sum(tables[r][have[r] + n] - tables[r][have[r]] for r, n in column.adds())

    def _best_for(self, person: int) -> Column:
        self._load()
        columns = self.pricer.cheapest(person)
        if not columns:
            raise Impossible(person)
        return min(columns, key=self._change)

    # all

    def first(self, start: Sequence[Column] | None = None) -> None:
        """A first roster: what is given, or one person after the other, those first who can do least."""
        if start is None:
            can = {p: len(self.pricer.people.persons[p].options) for p in self.order}
            for person in sorted(self.order, key=lambda p: (can[p], p)):
                late = self.budget.left() <= 0 or self.budget.stop()
                self._put(self.pricer.idle(person) if late else self._best_for(person))
        else:
            for column in start:
                self._put(column)
        self._keep()

    def _keep(self) -> bool:
        columns = tuple(c for c in self.now if c is not None)
        value = self.problem.base + sum(c.cost for c in columns)
        value += sum(table[have] for table, have in zip(self.tables, self.have, strict=True))
        if self.objective is not None and value >= self.objective:
            return False
        self.best, self.objective = columns, value
        self.tell(Progress("search", value, None, columns, self.budget.cpu()))
        return True

    def _settle(self, order: Sequence[int]) -> None:
        """Give each in turn a better plan while there is one."""
        since, at = 0, 0
        while since < len(order):
            self.budget.round()
            person = order[at % len(order)]
            at += 1
            old = self._out(person)
            new = self._best_for(person)
            if old is not None and self._change(new) >= self._change(old):
                self._put(old)
                since += 1
            else:
                self._put(new)
                since = 0

    def _shake(self) -> list[int]:
        """Take a few out of the best roster and put them back in another order: people who share a line of demand by day."""
        for person in self.order:
            self._out(person)
        for column in self.best or ():
            self._put(column)
        many = min(self.problem.persons, self.rng.randint(2, 5))
        gone = self.rng.sample(self.order, many)
        for person in gone:
            self._out(person)
        for person in self.rng.sample(gone, many):
            self._put(self._best_for(person))
        return gone

    def run(self, *, idle: int) -> None:
        """Until nothing better was found in `idle` shakes, or the budget is used up."""
        try:
            self._settle(self.rng.sample(self.order, len(self.order)))
            self._keep()
            since = 0
            while since < idle:
                self.budget.check()
                gone = self._shake()
                near = self.rng.sample([p for p in self.order if p not in gone], min(8, len(self.order) - len(gone)))
                self._settle([*gone, *near])
                since = 0 if self._keep() else since + 1
        except Stopped:
            self._put_back()

    def _put_back(self) -> None:
        """Whoever was taken out when it ended comes back, so that what stands is whole."""
        for column in self.best or ():
            self._out(column.person)
        for column in self.best or ():
            self._put(column)
