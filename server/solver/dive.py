"""From a converged master to a roster: take the plan the mixture is surest of, generate again for the rest, and so on to the last
person. The fewer persons are left, the smaller the linear programme and the more columns come with each round."""

from __future__ import annotations

import random


import numpy as np

from server.solver.columns import Column
from server.solver.generation import SLOP, Generation
from server.solver.master import Master

SURE = 0.999
SHRINK = 0.7
"""When less than this part of a master's persons is open, a new one is built for them alone."""


def dive(
    generation: Generation, *, cutoff: float, rounds: int, rng: random.Random | None = None, found: list[Column] | None = None
) -> list[Column] | None:
    """A roster below `cutoff` for the persons of the master, or None. The master must be solved; it is as before afterwards.

    `rounds` of generation follow each decision. With `rng` the choice among nearly equal plans is drawn. New columns are left in `found`.
    Raises `Stopped`; the master is released then too."""
    first, centre = generation.master, generation.centre
    taken: list[Column] = []
    try:
        while True:
            master = generation.master
            chosen = _surest(master, rng)
            taken += [master.columns[i] for i in chosen]
            if len(master.closed) + len(chosen) == len(master.persons):
                problem = master.problem
                value = first.constant - problem.base + problem.objective_beside(first.rhs, taken)
                return taken if value < cutoff - SLOP else None
            master.fix(chosen)
            left = len(master.persons) - len(master.closed)
            if left < SHRINK * len(master.persons):
                generation = _smaller(generation, left)
            generation.most = max(1, min(8, 40 // left))
            done = generation.run(cutoff=cutoff, rounds=rounds, centre=centre)
            if done.pruned or (done.complete and master.problem.rounded_up(done.bound) >= cutoff):
                return None
            centre = generation.centre
            if found is not None:
                found += generation.found
            generation.found = []
    finally:
        if first.closed:
            first.release()


def _surest(master: Master, rng: random.Random | None) -> list[int]:
    """Columns to take next: all that are whole, and the best of the others."""
    shares = master.shares
    sure: list[int] = []
    mixed: list[tuple[float, int]] = []
    for i in np.flatnonzero(shares > 1e-6).tolist():
        if master.columns[i].person in master.closed:
            continue
        if shares[i] > SURE:
            sure.append(i)
        else:
            mixed.append((shares[i] * (rng.uniform(0.75, 1.0) if rng else 1.0), i))
    left = len(master.persons) - len(master.closed) - len(sure)
    chosen, persons = list(sure), set()
    for share, i in sorted(mixed, reverse=True)[: max(1, left // 12)]:
        person = master.columns[i].person
        if person not in persons and (not persons or share > 0.6):
            persons.add(person)
            chosen.append(i)
    return chosen


def _smaller(generation: Generation, left: int) -> Generation:
    """Only the open persons, beside what was taken."""
    old = generation.master
    problem = old.problem
    old.solve()
    reduced = old.reduced()
    have = np.array([row.need for row in problem.rows]) - old.rhs + np.array(problem.sums(old.closed.values()))
    cost = int(old.constant) - problem.base + sum(c.cost for c in old.closed.values())
    master = Master(problem, [p for p in old.persons if p not in old.closed], have, cost)
    by_person: dict[int, list[int]] = {p: [] for p in master.persons}
    for i in np.argsort(reduced, kind="stable").tolist():
        of = by_person.get(old.columns[i].person)
        if of is not None and len(of) < 60:
            of.append(i)
    master.add(old.columns[i] for of in by_person.values() for i in of)
    return Generation(master, generation.pricer, generation.budget)
