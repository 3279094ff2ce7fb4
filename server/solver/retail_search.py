"""Search over whole rosters of the retail family: people give up their roster, or a window of its days, and each in turn takes
the exact best answer to what the others cover.

The answer of one person is optimal (`retail_best.py`), so shortfalls go quickly; what remains is surplus in the wrong places,
which single answers cannot move alone. Hence annealing: of equally good answers a random one is taken, a worse state is kept
with a probability that falls with the temperature, and the best roster of all is kept apart. Between answers the roster is moved
in small ways, very many of them (`retail_moves.py`). While it is warm a missing person weighs little, so that a roster can pass
through shortfalls to a better one; the weight rises as it cools.
"""

from __future__ import annotations

import random
import time
from bisect import bisect_left
from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp, inf
from typing import Any

from server.solver import retail_dp
from server.solver.compiled import fast, floats, whole
from server.solver.retail import Retail, Roster
from server.solver.retail_best import Best, Plan, day_of
from server.solver.retail_moves import Moves

SHORT, LEAST_SHORT = 30, 3
"""What a missing person in a period weighs against squared surplus, at the end and while it is warm; doubled as long as
shortfalls stay. The best roster is chosen by shortfall first, whatever this is."""
ALONE = 0.4
"""The part of the limit in which exact answers are all there is; most files need no more. In the rest small moves go between."""
HOT, WARM = 6.0, 1.5
"""The temperatures at the beginning of both, in units of the objective."""
LAST = 0.8
"""The part of the first after which the best roster is taken up again."""
STIFF = 0.7
"""The part of the second after which shortfalls weigh more and more."""
ANSWERS = 6
"""Exact answers between two rounds of small moves."""
WOBBLE = 13_000
AIMED = 0.5
"""How often the people planned anew are chosen for being where somebody is too many."""


@dataclass(frozen=True, slots=True)
class Found:
    """A roster, people missing in it, its objective, and the CPU seconds at which it was found."""

    plans: tuple[Plan, ...]
    activities: int
    missing: int
    surplus: int
    cpu: float

    @property
    def roster(self) -> Roster:
        """As the rest of the product reads it: made when asked for, as most better rosters are soon bettered."""
        return tuple(plan.roster(self.activities) for plan in self.plans)


@dataclass(slots=True)
class Limit:
    """CPU seconds of this process from `began` on, and steps (the same on every machine); `stop` is asked often."""

    seconds: float = inf
    steps: int | None = None
    stop: Callable[[], bool] = lambda: False
    began: float = field(default_factory=time.process_time)

    def cpu(self) -> float:
        """CPU seconds used."""
        return time.process_time() - self.began

    def part(self, steps: int) -> float:
        """How much is used up, 1 and more: all."""
        by_steps = steps / self.steps if self.steps else 0.0
        return 1.0 if self.stop() else max(self.cpu() / self.seconds, by_steps)


def heat(part: float) -> float:
    """The temperature when `part` of the limit is used: down to 0, in the last fifth of the first part once more from a
    quarter of it, and then from a lower one for the small moves."""
    if part >= ALONE:
        return WARM * (1 - part) / (1 - ALONE)
    part = part / ALONE
    return HOT * (1 - part / LAST) if part < LAST else HOT / 4 * (1 - part) / (1 - LAST)


def weight_of_missing(part: float, most: int) -> int:
    """What a missing person weighs when `part` of the limit is used."""
    if part < ALONE:
        return most
    stiff = min(1.0, max(0.0, (part - ALONE) / (1 - ALONE) - STIFF) / (1 - STIFF))
    return round(LEAST_SHORT + (most - LEAST_SHORT) * stiff)


class Search:
    """One run on one problem, down to the objective `goal` at most. `best` is None until `fill` is through."""

    def __init__(self, problem: Retail, limit: Limit, seed: int, tell: Callable[[Found], None], goal: int = 0) -> None:
        self.problem, self.limit, self.tell = problem, limit, tell
        self.rng = random.Random(seed)
        self.at = seed * 7919 % 2**31
        self.maker = Best(problem)
        self.cells = problem.periods * problem.activities
        flat = [pair for row in problem.wanted for pair in row]
        self.least, self.most = whole(low for low, _ in flat), whole(high for _, high in flat)
        self.have = whole([0] * self.cells)
        self.gain = floats(self.cells)
        self.plans: list[Plan] = []
        self.best: Found | None = None
        self.short = self.most_short = SHORT
        self.moves = Moves(problem)
        self.steps = 0
        self.goal = goal
        self.usual = round(goal / self.cells)
        self._weigh, self._judge, self._put = fast(retail_dp.weigh), fast(retail_dp.judge), fast(retail_dp.put)
        self._spare = fast(retail_dp.spare)

    def run(self) -> Found | None:
        """Searches until the limit, or until nothing is missing and the objective is down to the goal. Raises `NoRoster` if
        somebody cannot be planned at all."""
        if self.best is None:
            self.fill()
        again = [ALONE * LAST, ALONE]
        while self.best is not None and (part := self.limit.part(self.steps)) < 1 and not self.reached():
            if again and part >= again[0]:
                again.pop(0)
                self._back_to(self.best)
            self.short = weight_of_missing(part, self.most_short)
            if part < ALONE:
                self.step(heat(part))
                continue
            for _ in range(ANSWERS):
                self.step(heat(part))
            self._move(heat(part))
        return self.best

    def _move(self, heat: float) -> None:
        self.moves.take(self.plans)
        self.at = self.moves.run(self.have, self.least, self.most, self.short, heat, self.at)
        self.plans = self.moves.plans()
        self.now = self._judged()
        self._keep()

    def reached(self) -> bool:
        """Whether the best roster is as good as can be."""
        return self.best is not None and self.best.missing == 0 and self.best.surplus <= self.goal

    def fill(self) -> None:
        """One after the other takes the best answer to those before; those with the most hours first. Gives up at the limit."""
        plans: dict[int, Plan] = {}
        for person in sorted(range(len(self.problem.people)), key=lambda i: -self.problem.people[i].least):
            if self.limit.part(0) >= 1:
                return
            plans[person] = self._answer(person, self.maker.everything)
            self._add(plans[person], 1)
        self.plans = [plans[person] for person in range(len(self.problem.people))]
        self.now = self._judged()
        self._keep()

    def step(self, heat: float) -> None:
        """Some people, all days or a window of them, are planned anew; kept if not worse, or by chance."""
        self.steps += 1
        if self.steps % 2000 == 0 and self.best is not None and self.best.missing:
            self.most_short = min(self.most_short * 2, 4000)
        who, free = self._who()
        before = [self.plans[i] for i in who]
        for plan in before:
            self._add(plan, -1)
        for i, plan in zip(who, before, strict=True):
            self.plans[i] = self._answer(i, self.maker.everything if free is None else self.maker.span(plan.shifts, free))
            self._add(self.plans[i], 1)
        now = self._judged()
        worse = self._weight(now) - self._weight(self.now)
        if worse <= 0 or (heat > 0 and self.rng.random() < exp(-worse / heat)):
            self.now = now
            self._keep()
            return
        for i, plan in zip(who, before, strict=True):
            self._add(self.plans[i], -1)
            self.plans[i] = plan
            self._add(plan, 1)

    def _who(self) -> tuple[list[int], range | None]:
        """Some people by chance, and which days of theirs; half of the time one of them is where somebody is too many, on that
        day."""
        who = self.rng.sample(range(len(self.plans)), min(self._how_many(), len(self.plans)))
        if self.rng.random() >= AIMED:
            return who, self._window(None)
        cell = int(self._spare(self.have, self.most, self.cells, self.usual, self.rng.randrange(self.cells)))
        there = [i for i, plan in enumerate(self.plans) if cell >= 0 and plan.holds(cell, self.problem.activities)]
        if not there:
            return who, self._window(None)
        first = self.rng.choice(there)
        return [first, *(i for i in who[1:] if i != first)], self._window(day_of(cell // self.problem.activities))

    def _how_many(self) -> int:
        return self.rng.choices((1, 2, 3), (60, 36, 4))[0]

    def _window(self, day: int | None) -> range | None:
        """Which calendar days are planned anew, around `day` if there is one; None: all. The longer the horizon, the dearer all
        of it is."""
        days = len(self.maker.days)
        if self.rng.random() < min(0.3, 2.4 / days):
            return None
        width = self.rng.choice((1, 2, 3, 4, 6))
        if day is None:
            first = self.rng.randrange(max(1, days - width + 1))
        else:
            first = max(0, bisect_left(self.maker.days, day) - self.rng.randrange(width + 1))
        return range(self.maker.days[first], self.maker.days[min(first + width, days) - 1] + 1)

    def _answer(self, person: int, span: Any) -> Plan:
        self.at = int(self._weigh(self.have, self.least, self.most, self.cells, self.short, WOBBLE, self.at, self.gain))
        return self.maker.best(self.gain, self.problem.people[person], span)

    def _add(self, plan: Plan, by: int) -> None:
        self._put(self.have, plan.cells, plan.size, by)

    def _judged(self) -> tuple[int, int]:
        missing, surplus = self._judge(self.have, self.least, self.most, self.cells)
        return int(missing), int(surplus)

    def _weight(self, judged: tuple[int, int]) -> int:
        return judged[0] * self.short + judged[1]

    def _back_to(self, found: Found) -> None:
        for plan in self.plans:
            self._add(plan, -1)
        self.plans = list(found.plans)
        for plan in self.plans:
            self._add(plan, 1)
        self.now = found.missing, found.surplus

    def _keep(self) -> None:
        if self.best is None or self.now < (self.best.missing, self.best.surplus):
            self.best = Found(tuple(self.plans), self.problem.activities, *self.now, self.limit.cpu())
            self.tell(self.best)
