"""What the solver's process answers breaks no hard rule by the judge that was written from the rules' text alone."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Sequence

import msgspec

from benches.roster_month import month
from contract import wire
from contract.rostering.from_problem import Facts, read_problem
from contract.rostering.problem import Assignment, MadeShift, RosterAnswer, RosterProblem
from contract.rostering.rules import in_force
from tests.support.roster_checker import what_is_broken

PROBLEM = month(8, 2, 3, seconds=4)


def solved(problem: RosterProblem) -> RosterAnswer:
    ran = subprocess.run(
        [sys.executable, "-m", "server.solver.worker"], input=wire.encode(problem), capture_output=True, timeout=400, check=True
    )
    return wire.convert(json.loads(ran.stdout.splitlines()[-1])["answer"], RosterAnswer)


def hard_breaks(problem: RosterProblem, made: Sequence[MadeShift]) -> set[tuple[str, str]]:
    """The hard rules that a roster breaks, by person, read again from what was answered."""
    given = [
        Assignment(
            id=f"m{number}", employee=one.employee, store=one.store, start=one.start, end=one.end, break_min=one.break_min,
            role=one.segments[0].role if one.segments else "",
        )
        for number, one in enumerate(made)
        if one.employee is not None
    ]
    facts: Facts = read_problem(msgspec.structs.replace(problem, assignments=given))
    assert facts.errors == []
    hard = {name for name, setting in in_force(facts.profile).items() if setting.hard}
    return {
        (person, rule)
        for person, worker in facts.workers.items()
        for rule, _ in what_is_broken(worker, facts.placed[person], facts.profile, facts.calendar)
        if rule in hard
    }


def test_a_month_from_the_solver_breaks_no_hard_rule_and_a_planted_double_shift_is_found() -> None:
    answer = solved(PROBLEM)
    assert answer.status in ("optimal", "feasible")
    assert len(answer.assignments) > 20
    assert all(one.segments for one in answer.assignments)
    assert hard_breaks(PROBLEM, answer.assignments) == set()
    twice = answer.assignments[0]
    other = next(one for one in answer.assignments if one.employee != twice.employee and one.start[:10] == twice.start[:10])
    moved = msgspec.structs.replace(other, employee=twice.employee, start=twice.start, end=twice.end)
    found = hard_breaks(PROBLEM, [*answer.assignments, moved])
    assert (twice.employee, "overlap") in found
