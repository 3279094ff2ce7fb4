"""Who could take a shift, and why nobody can: pure, so that a tablet without signal says the same as the server.

A candidate is somebody looked at with the shift added to their line. What it newly breaks are the rules that forbid it; a
rule of a person is written "rule:person". Nobody can take it exactly when every person, in every way the shift could be
worked, is forbidden by at least one rule. A core is a smallest set of such rules (none can be left out) that already
forbids it; a fix is a set of rules that, set aside together, lets one person take it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

import msgspec

from contract.rostering.problem import Candidate, Relaxation, Why
from contract.rostering.rules import CATALOGUE, Calendar, judge_change
from contract.rostering.shapes import Placed, Profile, Verdict, Worker

# in which facts a rule's verdict says what is, and what would have to be
_VALUES = (
    "rest_min", "worked_min", "days", "free", "length_min", "age", "between_min", "overtime_min", "night_min", "shared_min",
    "closed_min", "pause_min",
)  # fmt: skip
_NEEDS = ("least_min", "most_min", "most", "least", "least_age", "way_min")
LAW_COST = 10_000  # a rule nobody may set aside: the last that a list of ways out should name


class Look(NamedTuple):
    """One person with one way of working the shift: the hard rules that newly break, and what the soft ones come to."""

    person_id: str
    shift: Placed
    hard: tuple[Verdict, ...]
    points: int


def look(worker: Worker, placed: Sequence[Placed], shift: Placed, profile: Profile, calendar: Calendar) -> Look:
    """Somebody with a shift added to their line."""
    mine = msgspec.structs.replace(shift, person_id=worker.person_id)
    verdicts = judge_change(worker, placed, mine, (), profile, calendar)
    hard = tuple(one for one in verdicts if one.level == "hard")
    return Look(worker.person_id, mine, hard, sum(one.points for one in verdicts if one.level == "soft"))


def look_at_all(
    workers: Iterable[Worker], placed: Mapping[str, Sequence[Placed]], ways: Sequence[Placed], profile: Profile,
    calendar: Calendar,
) -> dict[str, list[Look]]:
    """Everybody with every way in which the shift could be worked."""
    return {
        worker.person_id: [look(worker, placed.get(worker.person_id, ()), shift, profile, calendar) for shift in ways]
        for worker in workers
    }


def cost_of(verdict: Verdict) -> int:
    """What setting a broken rule aside costs: its points, and much where nobody may."""
    return max(1, verdict.points) + (0 if verdict.overridable else LAW_COST)


def _cost(found: Look) -> int:
    return sum({verdict.rule: cost_of(verdict) for verdict in found.hard}.values())


def candidates(looks: Mapping[str, Sequence[Look]]) -> list[Candidate]:
    """People in the order in which they should be asked: who may, the best first; then who may not, with the first rule that
    says so, the one that is most easily set aside first."""
    best = {
        person: min(some, key=lambda one: (bool(one.hard), _cost(one), one.points, one.shift.starts_ms))
        for person, some in looks.items()
        if some
    }
    order = sorted(best.values(), key=lambda one: (bool(one.hard), _cost(one), one.points, one.person_id))
    return [_candidate(one) for one in order]


def _candidate(found: Look) -> Candidate:
    if not found.hard:
        return Candidate(employee=found.person_id, points=found.points)
    first = min(found.hard, key=lambda one: (CATALOGUE[one.rule].tier, list(CATALOGUE).index(one.rule)))
    value = next((first.facts[key] for key in _VALUES if key in first.facts), None)
    need = next((first.facts[key] for key in _NEEDS if key in first.facts), None)
    other = next((one for one in first.shifts if one != found.shift.id), None)
    return Candidate(
        employee=found.person_id, rule=first.rule, value=value if isinstance(value, int) else None,
        need=need if isinstance(need, int) else None, with_shift=other, points=found.points,
    )  # fmt: skip


def blockers_of(looks: Mapping[str, Sequence[Look]]) -> list[frozenset[str]]:
    """For each person and way the rules that forbid it; an empty one is somebody who may."""
    return [frozenset(f"{v.rule}:{one.person_id}" for v in one.hard) for some in looks.values() for one in some]


def core_of(blockers: Sequence[frozenset[str]]) -> list[str]:
    """A set of rules that already forbids every way, of which none can be left out. Empty where some way is free of rules.

    Rules are left out one after the other while every way is still forbidden; what is left is looked at once more.
    """
    if not blockers or any(not one for one in blockers):
        return []
    kept = set().union(*blockers)
    for rule in sorted(kept, key=lambda one: (-sum(1 for b in blockers if one in b), one), reverse=True):
        if forbids(kept - {rule}, blockers):
            kept.discard(rule)
    if not forbids(kept, blockers):
        raise ArithmeticError("what is left does not forbid it")
    return sorted(kept)


def forbids(rules: Iterable[str], blockers: Iterable[frozenset[str]]) -> bool:
    """Whether these rules alone forbid every way."""
    these = frozenset(rules)
    return all(one & these for one in blockers)


def fixes_of(looks: Mapping[str, Sequence[Look]], most: int = 5) -> list[Relaxation]:
    """The cheapest ways out, one for a person: the rules of theirs that would have to be set aside together."""
    found = []
    for person, some in looks.items():
        closed = [one for one in some if one.hard]
        if not closed or len(closed) < len(some):
            continue
        best = min(closed, key=lambda one: (_cost(one), sorted({v.rule for v in one.hard})))
        relax = sorted({f"{verdict.rule}:{person}" for verdict in best.hard})
        found.append(Relaxation(relax=relax, employee=person, cost=_cost(best)))
    return sorted(found, key=lambda one: (one.cost, one.employee or ""))[:most]


def why(looks: Mapping[str, Sequence[Look]]) -> Why:
    """All three: everybody, the core, the ways out. Core and ways out are empty where somebody may."""
    core = core_of(blockers_of(looks))
    return Why(candidates=candidates(looks), core=core, fixes=fixes_of(looks) if core else [])
