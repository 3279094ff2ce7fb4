"""From a converged master to a roster: take the plan the mixture is surest of, generate again for the rest, and so on to the last
person. The fewer persons are left, the smaller the linear programme and the more columns come with each round."""

from __future__ import annotations

import random

import numpy as np

from server.solver.columns import Column
from server.solver.generation import SLOP, Generation
from server.solver.master import Master

SURE = 0.999
ROUNDS = 25
TRIES = 3
SHRINK = 0.7
"""When less than this part of a master's persons is open, a new one is built for them alone."""


def dive(
    generation: Generation, *, cutoff: float, rng: random.Random | None = None, found: list[Column] | None = None
) -> list[Column] | None:
    """A roster below `cutoff` for the persons of the master, or None. The master must be solved; it is as before afterwards.

    With `rng` the choice among nearly equal plans is drawn. New columns are left in `found`. Raises `Stopped`; the master is
    released then too."""
    first = generation.master
    taken: list[Column] = []
    try:
        while True:
            master, problem = generation.master, generation.master.problem
            sure, ranked = _surest(master, rng)
            if len(master.closed) + len(sure) == len(master.persons):
                taken += [master.columns[i] for i in sure]
                value = first.constant - problem.base + problem.objective_beside(first.rhs, taken)
                return taken if value < cutoff - SLOP else None
            chosen = _decide(generation, sure, ranked, cutoff)
            if found is not None:
                found += generation.found
            generation.found = []
            if chosen is None:
                return None
            taken += [master.columns[i] for i in chosen]
            if len(master.persons) - len(master.closed) < SHRINK * len(master.persons):
                generation = _smaller(generation)
    finally:
        if first.closed:
            first.release()


def _decide(generation: Generation, sure: list[int], ranked: list[list[int]], cutoff: float) -> list[int] | None:
    """Take the first choice after which the mixture costs hardly more, or else the best of those tried; None when all reach
    `cutoff`."""
    master = generation.master
    before, centre = master.value, generation.centre
    bearable = before + max(master.problem.step, abs(before) / 1000)
    master.fix(sure)
    tried: list[tuple[float, int]] = []
    for at, choice in enumerate(ranked):
        master.fix(choice)
        left = len(master.persons) - len(master.closed)
        generation.most = max(1, min(8, 40 // max(1, left)))
        done = generation.run(cutoff=cutoff, rounds=ROUNDS, centre=centre, goal=bearable)
        dead = done.pruned or (done.complete and master.problem.rounded_up(done.bound) >= cutoff)
        if not dead:
            if master.value <= bearable:
                return sure + choice
            tried.append((master.value, at))
        master.release(master.columns[i].person for i in choice)
    if not tried:
        return None
    best = ranked[min(tried)[1]]
    master.fix(best)
    generation.run(rounds=2, centre=centre)
    return sure + best


def _surest(master: Master, rng: random.Random | None) -> tuple[list[int], list[list[int]]]:
    """Columns that are whole, and what to take beside them: some choices, the surest first."""
    sure: list[int] = []
    mixed: list[tuple[float, int]] = []
    for i in np.flatnonzero(master.shares > 1e-6).tolist():
        if master.columns[i].person in master.closed:
            continue
        if master.shares[i] > SURE:
            sure.append(i)
        else:
            mixed.append((master.shares[i] * (rng.uniform(0.75, 1.0) if rng else 1.0), i))
    left = len(master.persons) - len(master.closed) - len(sure)
    mixed.sort(reverse=True)
    several: dict[int, int] = {}
    for share, i in mixed[: max(1, left // 12)]:
        if not several or share > 0.6:
            several.setdefault(master.columns[i].person, i)
    choices = [list(several.values())] + [[i] for _, i in mixed[:TRIES]]
    return sure, [c for n, c in enumerate(choices) if c and c not in choices[:n]][:TRIES]


def _smaller(generation: Generation) -> Generation:
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
    smaller = Generation(master, generation.pricer, generation.budget)
    smaller.centre = generation.centre
    master.solve()
    return smaller
