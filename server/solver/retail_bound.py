"""A lower bound of the retail family's objective, for rosters in which nobody is missing, by Lagrangian relaxation: no
library, one run of the exact pricer a step.

Each period and activity has a price per person there. Whatever the prices, every roster costs at least: the sum over cells of
the cheapest squared surplus at these prices, minus what each person's best roster earns at them. With the price -1 everywhere
this is the plain count "hours that must be worked minus hours wanted" (hours as the rules allow them), which is where the
ascent starts; steps follow the averaged gap between cover and earners (volume algorithm, Barahona and Anbil 2000), towards the
objective of a known roster.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any

from server.solver import retail_dp
from server.solver.compiled import floats
from server.solver.retail import Retail
from server.solver.retail_best import Best, NoRoster

QUANTUM = 65_536
STEPS = 400
PATIENCE = 8
"""Steps without a gain before steps are shortened."""


@dataclass(slots=True)
class Priced:
    """The bound at some prices, and in each cell how many more people the relaxed cover wants than the relaxed rosters bring."""

    value: float
    lack: list[float]


class Bound:
    """`value` is always a valid bound (an integer: objectives are). Raises `NoRoster` where somebody cannot be planned."""

    def __init__(self, problem: Retail) -> None:
        self.problem = problem
        self.maker = Best(problem)
        self.gain = floats(problem.periods * problem.activities)
        times = Counter((person.least, person.most) for person in problem.people)
        alike = {(person.least, person.most): person for person in reversed(problem.people)}
        self.kinds = [(alike[contract], many) for contract, many in sorted(times.items())]
        self.limits = [pair for row in problem.wanted for pair in row]
        self.prices = [-1.0] * len(self.limits)
        first = self.priced(self.prices)
        self.lack = first.lack
        self.exact = first.value
        self._level(sum(1 for _ in self.limits))

    @property
    def value(self) -> int:
        """The bound as an integer: no objective is between."""
        return max(0, ceil(self.exact - 1e-6))

    def _level(self, cells: int) -> None:
        """Where more must be worked than one beyond each cell's maximum, another even price is better than -1."""
        price = -1.0
        while cells:
            price -= 2.0
            tried = self.priced([price] * cells)
            if tried.value <= self.exact:
                return
            self.exact, self.lack, self.prices = tried.value, tried.lack, [price] * cells

    def ascend(self, target: int, stop: Callable[[], bool], steps: int = STEPS) -> None:
        """Raises the bound as far as `steps` steps can; `target`: the objective of a roster that exists."""
        pace, idle, lack = 1.0, 0, list(self.lack)
        for _ in range(steps):
            size = sum(x * x for x in lack)
            if stop() or self.value >= target or pace < 1e-4 or size < 1e-9:
                return
            length = pace * max(target - self.exact, 1.0) / size
            tried = self.priced(
                prices := [round((p + length * x) * QUANTUM) / QUANTUM for p, x in zip(self.prices, lack, strict=True)]
            )
            lack = [0.85 * old + 0.15 * new for old, new in zip(lack, tried.lack, strict=True)]
            if tried.value > self.exact + 1e-6:
                self.exact, self.prices, idle, pace = tried.value, prices, 0, min(pace * 1.1, 4.0)
            elif (idle := idle + 1) >= PATIENCE:
                pace, idle = pace * 0.7, 0

    def priced(self, prices: list[float]) -> Priced:
        """The bound at these prices, which are multiples of 2^-16."""
        for cell, price in enumerate(prices):
            self.gain[cell] = price
        brought, value = self._brought()
        lack = []
        for (low, high), price, have in zip(self.limits, prices, brought, strict=True):
            cost, want = _cover(low, high, price, have)
            value += cost
            lack.append(want - have)
        return Priced(value, lack)

    def _brought(self) -> tuple[list[float], float]:
        """In each cell who is there when everybody takes the roster that earns most; and minus what they earn."""
        total = self.maker.price(self.gain, min(k.least for k, _ in self.kinds), self.maker.most, self.maker.everything)
        brought, value = [0.0] * len(self.limits), 0.0
        for kind, times in self.kinds:
            within = range(kind.least, kind.most + 1)
            periods = max(within, key=total.__getitem__, default=-1)
            if periods < 0 or total[periods] < retail_dp.NEVER / 2:
                raise NoRoster(kind.name)
            value -= times * float(total[periods])
            plan = self.maker.plan(self.gain, periods, self.maker.most, self.maker.everything)
            for at in range(plan.size):
                brought[int(plan.cells[at])] += times
        return brought, value


def _cover(low: int, high: int, price: float, have: float) -> tuple[float, float]:
    """The least of (squared surplus + price * people) over people from `low` on, and the people at which it is taken; of
    equally cheap numbers the nearest to `have`."""
    if price > 0:
        return price * low, low
    most = high + max(0, int((1 - price) / 2))
    least = (high if price < 0 else low) + max(0, ceil((-price - 1) / 2))
    people: Any = min(max(have, least), most)
    return max(0, people - high) ** 2 + price * people, people
