"""Rosters with the standard library only: greedy, then one person after the other anew. Shares the interface of columns.py;
proves nothing.

Given what all others do, the prices of the rows for the next person are known exactly (what one more unit saves), so that
person's best column is one call of the pricer. When nobody can do better alone, a few persons are taken out together and put
back in another order."""

from __future__ import annotations

import random
from collections.abc import Callable, Sequence
from math import inf

from server.solver.columns import Answer, Budget, Column, Impossible, Pricer, Problem, Progress, Stopped

Tell = Callable[[Progress], None]


class Roster:
    """One column per person as far as chosen, and what the rows hold."""

    def __init__(self, problem: Problem, columns: Sequence[Column | None]) -> None:
        self.problem = problem
        self.columns = list(columns)
        self.have = problem.sums(c for c in columns if c is not None)

    def take_out(self, person: int) -> Column | None:
        column = self.columns[person]
        self.columns[person] = None
        self._add(column, -1)
        return column

    def put(self, column: Column) -> None:
        self.columns[column.person] = column
        self._add(column, 1)

    def _add(self, column: Column | None, sign: int) -> None:
        for row, much in column.adds() if column else ():
            self.have[row] += sign * much

    def prices(self) -> list[float]:
        """What one more unit would save in each row."""
        return [float(row.cost(h) - row.cost(h + 1)) for row, h in zip(self.problem.rows, self.have, strict=True)]

    def change(self, column: Column) -> int:
        """What putting the column in would cost."""
        rows = self.problem.rows
        return column.cost + sum(rows[r].cost(self.have[r] + n) - rows[r].cost(self.have[r]) for r, n in column.adds())

    def best_for(self, person: int, pricer: Pricer) -> Column:
        """The person's best column beside all others, as far as prices of one unit tell."""
        found = pricer.price([person], self.prices(), [inf], 1)[0]
        if not found.columns:
            raise Impossible(person)
        return found.columns[0]

    def whole(self) -> tuple[Column, ...]:
        return tuple(c for c in self.columns if c is not None)


def greedy(problem: Problem, pricer: Pricer, order: Sequence[int]) -> Roster:
    """One person after the other takes what is best then. Raises `Impossible`."""
    roster = Roster(problem, [None] * problem.persons)
    for person in order:
        roster.put(roster.best_for(person, pricer))
    return roster


def settle(roster: Roster, pricer: Pricer, order: Sequence[int], budget: Budget) -> None:
    """Give each person in turn a better column while there is one."""
    since, at = 0, 0
    while since < len(order):
        budget.check()
        person = order[at % len(order)]
        at += 1
        old = roster.take_out(person)
        best = roster.best_for(person, pricer)
        if old is not None and roster.change(best) >= roster.change(old):
            roster.put(old)
            since += 1
        else:
            roster.put(best)
            since = 0


def improve(
    problem: Problem,
    pricer: Pricer,
    *,
    budget: Budget,
    seed: int = 0,
    start: Sequence[Column] | None = None,
    tell: Tell = lambda progress: None,
) -> Answer:
    """The best roster within the budget. Raises `Impossible` when somebody has no legal column."""
    rng = random.Random(seed)
    order = list(range(problem.persons))
    best: tuple[Column, ...] | None = tuple(start) if start else None
    objective = problem.objective(best) if best else None

    def better(found: tuple[Column, ...]) -> bool:
        nonlocal best, objective
        value = problem.objective(found)
        if objective is not None and value >= objective:
            return False
        best, objective = found, value
        tell(Progress("local", value, None, found, budget.cpu()))
        return True

    try:
        if best is None:
            rng.shuffle(order)
            roster = greedy(problem, pricer, order)
            better(roster.whole())
        else:
            roster = Roster(problem, best)
        while True:
            settle(roster, pricer, order, budget)
            better(roster.whole())
            if objective == problem.base and not any(c.cost for c in best or ()):
                break
            budget.round()
            roster = Roster(problem, best or ())
            gone = rng.sample(range(problem.persons), min(problem.persons, rng.randint(2, 6)))
            for person in gone:
                roster.take_out(person)
            for person in rng.sample(gone, len(gone)):
                roster.put(roster.best_for(person, pricer))
            order = gone + [p for p in rng.sample(range(problem.persons), problem.persons) if p not in gone]
    except Stopped:
        return Answer(best, objective, None, budget.used, budget.cpu())
    return Answer(best, objective, None, budget.used, budget.cpu())
