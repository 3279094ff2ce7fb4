"""Column generation: prices from the master, columns from the pricer, until the bound says that no more are needed.

Prices are smoothed (Wentges): between the master's, which jump, and those that gave the best bound so far. The bound is
Lagrangian and exact: all prices are multiples of QUANTUM, so no sum over them is rounded. Because objective values are whole,
generation ends as soon as the bound, rounded up, is what the master's value would be rounded up: the last tenth of a point
needs no columns."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import inf

import numpy as np

from server.solver.columns import Budget, Column, Impossible, Priced, Pricer
from server.solver.master import Array, Master

SMOOTH = 0.8
"""At 0.5 the root ends a little sooner, but first dives ended at 1406 and not 1309 (Instance 8), 4487 and not 4058 (12)."""
SLOP = 1e-6


@dataclass(slots=True)
class Converged:
    """`bound`: no choice for these persons beside the fixed ones is below (rounded up). `pruned`: it cannot be below `cutoff`."""

    value: float
    bound: float
    pruned: bool
    complete: bool


class Generation:
    """Generates for one master; remembers its best prices between calls."""

    def __init__(self, master: Master, pricer: Pricer, budget: Budget, *, most: int = 3) -> None:
        self.master, self.pricer, self.budget, self.most = master, pricer, budget, most
        self.centre: Array | None = None
        self.found: list[Column] = []

    def run(
        self, *, cutoff: float = inf, rounds: int | None = None, centre: Array | None = None, goal: float = -inf
    ) -> Converged:
        """Add columns until converged, or the bound reaches `cutoff`, or `rounds` are done, or (after two) the value is at
        most `goal`.

        Begins smoothing at the prices `centre`. Raises `Stopped` and `Impossible`."""
        master, problem = self.master, self.master.problem
        self.centre = centre
        best = -inf
        persons = [p for p in master.persons if p not in master.closed]
        places = np.array([master.place[p] for p in persons], dtype=int)
        held = sum(c.cost for c in master.closed.values())
        shift = np.array(problem.sums(master.closed.values()), dtype=float)
        alpha = SMOOTH if centre is not None else 0.0
        done = 0
        value = master.solve()
        while True:
            if (rounds is not None and done >= rounds) or (done >= 2 and value <= goal):
                return Converged(value, best, False, False)
            self.budget.round()
            done += 1
            out = master.exact(master.duals)
            at = out if self.centre is None or alpha == 0 else master.exact(alpha * self.centre + (1 - alpha) * out)
            smoothed = at is not out
            worth = [inf] * len(persons) if smoothed else (master.of_person[places] - SLOP).tolist()
            priced = self.pricer.price(persons, at, worth, self.most)
            bound = master.rows_at(at) - float(at @ shift) + held + sum(p.bound for p in priced)
            if bound == inf:
                raise Impossible(next(p.person for p in priced if p.bound == inf))
            if bound > best:
                best, self.centre = bound, at
            useful = self._useful(priced, places, out) if smoothed else [c for p in priced for c in p.columns]
            new = master.add(useful)
            self.found.extend(useful)
            if best > -inf:
                if problem.rounded_up(best) >= cutoff:
                    return Converged(value, best, True, False)
                if problem.rounded_up(best) >= value - SLOP or best >= value - SLOP:
                    return Converged(value, best, False, True)
            if new == 0:
                if smoothed:
                    alpha = 0.0 if alpha < 0.3 else alpha - 0.3
                    continue
                return Converged(value, best, False, True)
            value = master.solve()
            alpha = SMOOTH if self.centre is not None else 0.0

    def _useful(self, priced: Sequence[Priced], places: Array, out: Array) -> list[Column]:
        """What also the master's own prices call an improvement."""
        kept = []
        for p, place in zip(priced, places, strict=True):
            limit = self.master.of_person[place] - SLOP
            kept += [c for c in p.columns if reduced_cost(c, out) < limit]
        return kept


def reduced_cost(column: Column, duals: Array) -> float:
    """At these prices, without the person's own."""
    if column.coefs is None:
        return column.cost - float(duals[list(column.rows)].sum())
    return column.cost - float(duals[list(column.rows)] @ np.array(column.coefs))
