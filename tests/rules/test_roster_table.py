"""Roster lines worked by hand (tests/rules/rosters/*.txt) break exactly those rules by exactly so much, and nothing else."""

from __future__ import annotations

import functools
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pytest

from contract.rostering.rules import CATALOGUE, Param, engine
from contract.rostering.rules.line import Broken, Line
from tests.support.planted import instead
from tests.support.roster_cases import Case, as_written, broken_of, cases
from tests.support.roster_checker import CHECKS, what_is_broken

pytestmark = pytest.mark.fast
CASES = cases()
LINE_RULES = sorted(engine.JUDGES)


def is_wrong(case: Case) -> bool:
    return as_written(broken_of(case.judged())) != case.expected


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_a_hand_worked_line_breaks_exactly_those_rules(case: Case) -> None:
    assert as_written(broken_of(case.judged())) == case.expected, case.arithmetic


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_the_second_judge_says_of_a_hand_worked_line_what_the_first_says(case: Case) -> None:
    assert of_second_judge(case.name) == broken_of(case.judged()), case.arithmetic


def test_the_table_has_at_least_120_lines_each_with_its_own_arithmetic() -> None:
    assert len(CASES) >= 120
    assert len({case.name for case in CASES}) == len(CASES)
    assert len({case.sentence for case in CASES}) == len(CASES)
    assert all(any(letter.isdigit() for letter in case.arithmetic) for case in CASES)


@pytest.mark.parametrize("rule", LINE_RULES)
def test_the_table_has_a_line_that_breaks_a_rule_and_one_that_keeps_it(rule: str) -> None:
    judged = judging(rule)
    breaking = [case for case in judged if any(name == rule for name, _ in case.expected)]
    assert breaking
    assert len(breaking) < len(judged)


def test_both_judges_know_the_same_rules() -> None:
    assert set(CHECKS) == set(engine.JUDGES)


def silent(_line: Line, _params: Mapping[str, int]) -> Iterator[Broken]:
    return iter(())


def one_more(real: Callable[..., Iterator[Broken]]) -> Callable[..., Iterator[Broken]]:
    def judge(line: Line, params: Mapping[str, int]) -> Iterator[Broken]:
        for broken in real(line, params):
            yield broken._replace(over=broken.over + 1)

    return judge


def a_limit_moved(real: Callable[..., Iterator[Broken]], name: str, param: Param, by: int) -> Callable[..., Iterator[Broken]]:
    """The rule with one number of its setting a little off, as `<` instead of `<=` would have it; a yes is a no."""

    def judge(line: Line, params: Mapping[str, int]) -> Iterator[Broken]:
        value = 1 - params[name] if param.unit == "yes_no" else max(param.least, min(param.most, params[name] + by))
        return real(line, {**params, name: value})

    return judge


def mutants(rule: str) -> dict[str, Callable[..., Any]]:
    real = engine.JUDGES[rule]
    limits = [(name, param, by) for name, param in CATALOGUE[rule].params.items() for by in (-1, 1)]
    moved = {f"{name} off by {by}": a_limit_moved(real, name, param, by) for name, param, by in limits}
    return {"silent": silent, "one more": one_more(real), **moved}


@functools.cache
def of_second_judge(name: str) -> dict[tuple[str, str], int]:
    case = next(case for case in CASES if case.name == name)
    return what_is_broken(case.worker, case.placed, case.profile, case.calendar)


def judging(rule: str) -> list[Case]:
    return [case for case in CASES if rule == "overlap" or any(setting.rule == rule for setting in case.profile.rules)]


@pytest.mark.parametrize("rule", LINE_RULES)
def test_every_rule_with_a_planted_fault_is_found_by_the_table(rule: str) -> None:
    assert not any(is_wrong(case) for case in judging(rule))
    for fault, broken in mutants(rule).items():
        with instead_of_rule(rule, broken):
            assert any(is_wrong(case) for case in judging(rule)), fault


@pytest.mark.parametrize("rule", LINE_RULES)
def test_every_rule_with_a_planted_fault_is_found_by_the_second_judge(rule: str) -> None:
    for fault, broken in mutants(rule).items():
        with instead_of_rule(rule, broken):
            assert any(of_second_judge(case.name) != broken_of(case.judged()) for case in judging(rule)), fault


def instead_of_rule(rule: str, broken: Callable[..., Any]) -> Any:
    return instead(engine, "JUDGES", {**engine.JUDGES, rule: broken})
