"""Why nobody can take a shift: cores and ways out are those that trying every set of rules finds."""

from __future__ import annotations

import functools
import random
from collections.abc import Sequence
from itertools import chain, combinations
from typing import Any

import pytest

from contract import wire
from contract.rostering import candidates
from contract.rostering.candidates import Look, blockers_of, core_of, fixes_of, forbids
from contract.rostering.from_problem import Facts, read_problem
from contract.rostering.problem import Gap, RosterProblem
from contract.rostering.rules import judge_change
from contract.rostering.shapes import Profile
from server.solver.explain import chain as two_moves
from server.solver.explain import explain, looks_at
from tests.support.planted import instead

MON, TUE = "2026-09-07", "2026-09-08"
GAP = Gap(store="s", role="till", from_time=f"{TUE}T09:00", to_time=f"{TUE}T17:00", missing=1)


def closed(seed: int) -> RosterProblem:
    """A few people, each kept from Tuesday's shift by one thing or several."""
    rng = random.Random(seed)
    employees: list[dict[str, Any]] = []
    shifts: list[dict[str, Any]] = []
    for n in range(rng.randint(1, 4)):
        person: dict[str, Any] = {"id": f"e{n}", "home": "s", "skills": {"till": 1}, "availability": []}
        for what in rng.sample(("skill", "leave", "unavailable", "late", "busy", "young", "full"), rng.randint(1, 3)):
            if what == "skill":
                person["skills"] = {"floor": 1}
            elif what in ("leave", "unavailable"):
                person["availability"].append({"kind": what, "from": f"{TUE}T00:00", "to": f"{TUE}T23:00"})
            elif what == "late":
                shifts.append(_shift(n, "late", MON, "16:00", MON, "23:30"))
            elif what == "busy":
                shifts.append(_shift(n, "busy", TUE, "08:00", TUE, "12:00"))
            elif what == "young":
                person["born_on"] = "2012-01-01"
            else:
                person["contract"] = {"week_max": 300}
        employees.append(person)
    return wire.convert(
        {
            "problem_id": "closed", "horizon": {"start": MON, "days": 7}, "stores": [{"id": "s"}], "employees": employees,
            "assignments": shifts, "templates": [{"start": ["09:00", "09:00"], "length": [480, 480]}],
            "demand": [{"store": "s", "role": "till", "from": f"{TUE}T09:00", "to": f"{TUE}T17:00", "min": 1}],
        },
        RosterProblem,
    )  # fmt: skip


def _shift(n: int, what: str, day: str, start: str, to_day: str, end: str) -> dict[str, Any]:
    return {
        "id": f"{what}{n}", "employee": f"e{n}", "store": "s", "start": f"{day}T{start}", "end": f"{to_day}T{end}",
        "role": "", "state": "published",
    }  # fmt: skip


@functools.cache
def looked(seed: int) -> tuple[Facts, dict[str, list[Look]]]:
    asked = closed(seed)
    facts = read_problem(asked)
    assert not facts.errors, facts.errors
    return facts, looks_at(asked, facts, facts.placed, GAP)


def may_without(facts: Facts, looks: dict[str, list[Look]], relaxed: frozenset[str]) -> bool:
    """Whether somebody may take it when these rules of these people are not asked: every line judged anew by what is left."""
    for person, some in looks.items():
        mine = {one.partition(":")[0] for one in relaxed if one.partition(":")[2] == person}
        rules = [rule for rule in facts.profile.rules if rule.rule not in mine]
        left = Profile(code="left", rules=rules)
        for one in some:
            found = judge_change(facts.workers[person], facts.placed[person], one.shift, (), left, facts.calendar)
            if not [v for v in found if v.level == "hard" and v.rule not in mine]:
                return True
    return False


def literals(looks: dict[str, list[Look]]) -> list[str]:
    return sorted(set().union(*blockers_of(looks)))


def subsets(of: Sequence[str], up_to: int) -> Any:
    return chain.from_iterable(combinations(of, n) for n in range(up_to + 1))


INFEASIBLE = [seed for seed in range(400) if all(blockers_of(looked(seed)[1]))][:200]


def test_there_are_two_hundred_cases_in_which_nobody_can() -> None:
    assert len(INFEASIBLE) == 200


def test_a_core_forbids_it_alone_and_nothing_of_it_can_be_left_out() -> None:
    for seed in INFEASIBLE:
        facts, looks = looked(seed)
        core, all_rules = frozenset(core_of(blockers_of(looks))), frozenset(literals(looks))
        assert core and core <= all_rules
        assert not may_without(facts, looks, all_rules - core), f"{seed}: the core alone does not forbid it"
        for rule in core:
            assert may_without(facts, looks, (all_rules - core) | {rule}), f"{seed}: {rule} is not needed"


@pytest.mark.slow
def test_the_ways_out_are_the_cheapest_that_trying_all_sets_finds() -> None:
    for seed in INFEASIBLE:
        facts, looks = looked(seed)
        price = {f"{v.rule}:{one.person_id}": candidates.cost_of(v) for some in looks.values() for one in some for v in one.hard}
        fixes = fixes_of(looks)
        assert fixes and may_without(facts, looks, frozenset(fixes[0].relax))
        for some in subsets(literals(looks), 3):
            if sum(price[rule] for rule in some) < fixes[0].cost:
                assert not may_without(facts, looks, frozenset(some)), f"{seed}: {some} is cheaper"
        assert [one.cost for one in fixes] == sorted(one.cost for one in fixes)


def test_a_core_that_keeps_what_is_not_needed_is_found_out() -> None:
    def everything(blockers: Sequence[frozenset[str]]) -> list[str]:
        return sorted(set().union(*blockers))

    with instead(candidates, "core_of", everything):
        padded = [seed for seed in INFEASIBLE if len(candidates.core_of(blockers_of(looked(seed)[1]))) > len(looked(seed)[1])]
    assert padded
    for seed in padded[:10]:
        blockers = blockers_of(looked(seed)[1])
        assert any(forbids(set(everything(blockers)) - {rule}, blockers) for rule in everything(blockers))


def test_the_table_names_the_rule_with_its_numbers_and_puts_who_may_first() -> None:
    asked = wire.convert({**wire.plain(closed(1)), "employees": [
        {"id": "free", "home": "s", "skills": {"till": 1}},
        {"id": "tired", "home": "s", "skills": {"till": 1}},
    ], "assignments": [{**_shift(0, "late", MON, "16:00", MON, "23:30"), "employee": "tired"}]}, RosterProblem)  # fmt: skip
    facts = read_problem(asked)
    table = explain(asked, facts, facts.placed, GAP).candidates
    assert [(one.employee, one.rule) for one in table] == [("free", None), ("tired", "rest_between")]
    assert (table[1].value, table[1].need, table[1].with_shift) == (570, 660, "late0")


def test_two_people_can_move_where_one_cannot() -> None:
    asked = wire.convert({**wire.plain(closed(1)), "employees": [
        {"id": "a", "home": "s", "skills": {"till": 1, "floor": 1}},
        {"id": "b", "home": "s", "skills": {"floor": 1}},
    ], "assignments": [
        {**_shift(0, "busy", TUE, "08:00", TUE, "12:00"), "employee": "a", "role": "floor"},
    ]}, RosterProblem)  # fmt: skip
    facts = read_problem(asked)
    looks = looks_at(asked, facts, facts.placed, GAP)
    moves = two_moves(facts, facts.placed, looks)
    assert [(one.shift.id, one.was, one.now) for one in moves][1:] == [("busy0", "a", "b")] and moves[0].now == "a"


@pytest.mark.parametrize("seed", INFEASIBLE[:5])
def test_the_same_is_said_twice(seed: int) -> None:
    again = looked.__wrapped__(seed)[1]
    assert wire.encode(candidates.why(looked(seed)[1])) == wire.encode(candidates.why(again))
