"""Search over whole rosters of the retail family: people give up their roster, or a window of its days, and each in turn takes
the exact best answer to what the others cover.

The answer of one person is optimal (`retail_best.py`), so shortfalls go quickly; what remains is surplus in the wrong places,
which single answers cannot move alone. Hence annealing: of equally good answers a random one is taken, a worse state is kept
with a probability that falls with the temperature, and the best roster of all is kept apart.
"""

from __future__ import annotations

import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from math import exp, inf
from typing import Any

from server.solver import retail_dp
from server.solver.compiled import fast, floats, whole
from server.solver.retail import Retail, Roster
from server.solver.retail_best import Best, Plan

SHORT = 30
"""What a missing person in a period weighs against squared surplus while searching; doubled as long as shortfalls stay. The
best roster is chosen by shortfall first, whatever this is."""
HOT = 4.0
"""The temperature at the beginning, in units of the objective."""
WOBBLE = 13_000


@dataclass(frozen=True, slots=True)
class Found:
    """A roster, people missing in it, its objective, and the CPU seconds at which it was found."""

    roster: Roster
    missing: int
    surplus: int
    cpu: float


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


class Search:
    """One run on one problem. `best` is None only until `fill` is through."""

    def __init__(self, problem: Retail, limit: Limit, seed: int, tell: Callable[[Found], None]) -> None:
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
        self.short = SHORT
        self.steps = 0
        self._weigh, self._judge, self._put = fast(retail_dp.weigh), fast(retail_dp.judge), fast(retail_dp.put)

    def run(self, goal: int = 0) -> Found | None:
        """Searches until the limit, or until nothing is missing and the objective is down to `goal`. Raises `NoRoster` if
        somebody cannot be planned at all."""
        if self.best is None:
            self.fill()
        while (part := self.limit.part(self.steps)) < 1 and not self.reached(goal):
            self.step(HOT * (1 - part))
        return self.best

    def reached(self, goal: int) -> bool:
        """Whether the best roster is as good as can be."""
        return self.best is not None and self.best.missing == 0 and self.best.surplus <= goal

    def fill(self) -> None:
        """One after the other takes the best answer to those before; those with the most hours first."""
        plans: dict[int, Plan] = {}
        for person in sorted(range(len(self.problem.people)), key=lambda i: -self.problem.people[i].least):
            plans[person] = self._answer(person, self.maker.everything)
            self._add(plans[person], 1)
        self.plans = [plans[person] for person in range(len(self.problem.people))]
        self.now = self._judged()
        self._keep()

    def step(self, heat: float) -> None:
        """Some people, all days or a window of them, are planned anew; kept if not worse, or by chance."""
        self.steps += 1
        if self.steps % 2000 == 0 and self.best is not None and self.best.missing:
            self.short = min(self.short * 2, 4000)
        who = self.rng.sample(range(len(self.plans)), min(self._how_many(), len(self.plans)))
        free = self._window()
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

    def _how_many(self) -> int:
        return self.rng.choices((1, 2, 3), (60, 36, 4))[0]

    def _window(self) -> range | None:
        """Which calendar days are planned anew; None: all. The longer the horizon, the dearer all of it is."""
        days = len(self.maker.days)
        if self.rng.random() < min(0.3, 2.4 / days):
            return None
        width = self.rng.choice((1, 2, 3, 4, 6))
        first = self.rng.randrange(max(1, days - width + 1))
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

    def _keep(self) -> None:
        if self.best is None or self.now < (self.best.missing, self.best.surplus):
            roster = tuple(plan.roster(self.problem.activities) for plan in self.plans)
            self.best = Found(roster, *self.now, self.limit.cpu())
            self.tell(self.best)
