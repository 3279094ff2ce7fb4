"""One person's best roster of the retail family: legal, and as good as exhaustive search finds; with numba and without."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import pytest

from server.solver import retail_best, retail_dp
from server.solver.check_retail import check
from server.solver.compiled import floats
from server.solver.retail import Person, Retail, read
from server.solver.retail_best import Best, NoRoster, Plan
from server.solver.retail_solve import as_json
from tests.server.retail_world import file_of
from tests.support.planted import instead


def instance(days: int, tasks: int, least: int, most: int) -> tuple[str, Retail]:
    text = file_of(days, tasks, (("ann", least * 15, most * 15),), {})
    return text, read(text)


def gains(problem: Retail, seed: int) -> list[float]:
    rng = random.Random(seed)
    return [rng.choice((-1.0, -1.0, 0.5, 3.0)) + rng.randrange(6000) / 65536 for _ in range(problem.periods * problem.activities)]


def best(problem: Retail, gain: list[float]) -> tuple[Plan, float]:
    maker = Best(problem)
    buffer = floats(len(gain))
    for cell, worth in enumerate(gain):
        buffer[cell] = worth
    plan = maker.best(buffer, problem.people[0], maker.everything)
    return plan, sum(gain[int(cell)] for cell in plan.cells)


def by_hand(problem: Retail, gain: list[float]) -> float:
    """The best sum of gains by trying every shift after every other: for horizons of two days."""
    acts, person = problem.activities, problem.people[0]

    @cache
    def shift(at: int, left: int) -> float:
        if left == 0:
            return 0.0
        found = [-1e9]
        for length in range(4, left + 1):
            if left == length or left - length >= 4:
                for a in range(acts):
                    found.append(sum(gain[(at + k) * acts + a] for k in range(length)) + shift(at + length, left - length))
        return max(found)

    shifts = []
    for start, day in problem.starts:
        for length in range(24, min(40, person.most - 24 if person.least > 40 else person.most) + 1):
            if start + length <= problem.periods:
                shifts.append((start, start + length, day, shift(start, length)))
    found = [0.0] if person.least == 0 else []

    def longer(last_end: int, last_day: int, worked: int, worth: float) -> None:
        if worked >= person.least and worked:
            found.append(worth)
        if worked + 24 > person.most:
            return
        for start, end, day, more in shifts:
            if day > last_day and start >= last_end + 56 and worked + end - start <= person.most:
                longer(end, day, worked + end - start, worth + more)

    longer(-1000, -1, 0, 0.0)
    return max(found)


@pytest.mark.parametrize(("seed", "tasks", "least", "most"), [(1, 1, 0, 40), (2, 1, 50, 53), (3, 2, 0, 36), (4, 2, 49, 51)])
def test_the_best_roster_of_two_days_is_what_trying_all_finds(seed: int, tasks: int, least: int, most: int) -> None:
    text, problem = instance(2, tasks, least, most)
    gain = gains(problem, seed)
    plan, worth = best(problem, gain)
    assert worth == by_hand(problem, gain)
    assert check(text, as_json(problem, (plan.roster(tasks),))).breaks == ()


@pytest.mark.parametrize("seed", range(12))
def test_what_comes_out_of_random_gains_breaks_no_rule(seed: int) -> None:
    rng = random.Random(seed)
    least = rng.choice((0, 48, 100, 130))
    text, problem = instance(rng.choice((3, 7, 9)), rng.choice((1, 2, 4)), least, least + rng.choice((12, 40)))
    plan, _ = best(problem, gains(problem, seed))
    assert check(text, as_json(problem, (plan.roster(problem.activities),))).breaks == ()


@pytest.mark.parametrize(("days", "worked"), [(5, 5), (7, 6), (14, 12)])
def test_the_sixth_day_in_a_row_is_off_however_dear(days: int, worked: int) -> None:
    text, problem = instance(days, 1, 0, 24 * days)
    gain = [1.0 if 8 <= period % 96 < 32 else -1.0 for period in range(problem.periods)]
    _, worth = best(problem, gain)
    assert worth == worked * 24
    with instead(retail_best, "RUN", 14):
        plan, worth = best(problem, gain)
    assert worth == days * 24
    broken = {b.rule for b in check(text, as_json(problem, (plan.roster(1),))).breaks}
    assert broken == ({"days in a row"} if worked < days else set())


@pytest.mark.parametrize(("name", "loose", "rule"), [("REST", 40, "rest"), ("BLOCK", 2, "task length")])
def test_a_pricer_that_forgets_a_rule_is_found_by_the_checker(name: str, loose: int, rule: str) -> None:
    found = set()
    with instead(retail_best, name, loose):
        for seed in range(4):
            text, problem = instance(7, 2, 120, 160)
            plan, _ = best(problem, gains(problem, seed))
            found |= {b.rule for b in check(text, as_json(problem, (plan.roster(2),))).breaks}
    assert found == {rule}


def test_in_a_window_only_its_days_change_and_the_whole_is_still_the_best_there() -> None:
    text, problem = instance(7, 2, 130, 160)
    first, _ = best(problem, gains(problem, 1))
    maker, gain = Best(problem), floats(problem.periods * 2)
    for cell, worth in enumerate(gains(problem, 2)):
        gain[cell] = worth
    free = range(2, 5)
    again = maker.best(gain, problem.people[0], maker.span(first.shifts, free))
    outside = [[s for s in plan.shifts if retail_best.day_of(s[0]) not in free] for plan in (first, again)]
    assert outside[0] == outside[1]
    assert sum(gain[int(c)] for c in again.cells) > sum(gain[int(c)] for c in first.cells)
    assert check(text, as_json(problem, (again.roster(2),))).breaks == ()


@pytest.mark.parametrize(("least", "most"), [(41, 47), (40 * 9, 40 * 9), (50, 40)])
def test_who_cannot_be_planned_at_all_is_named(least: int, most: int) -> None:
    _, problem = instance(7, 1, least, most)
    with pytest.raises(NoRoster) as told:
        best(problem, gains(problem, 1))
    assert told.value.name == "ann"


@contextmanager
def plain() -> Iterator[None]:
    with (
        instead(retail_best, "fast", lambda kernel: kernel),
        instead(retail_best, "floats", lambda size: [0.0] * size),
        instead(retail_best, "whole", list),
    ):
        yield


def test_without_numba_the_same_roster_comes_out() -> None:
    _, problem = instance(3, 2, 40, 60)
    gain: Any = gains(problem, 5)
    compiled, _ = best(problem, gain)
    with plain():
        maker = Best(problem)
        slow = maker.best(gain, problem.people[0], maker.everything)
    assert (slow.shifts, list(slow.cells)) == (compiled.shifts, [int(c) for c in compiled.cells])


def test_a_person_of_the_file_keeps_minutes_on_the_strict_side_of_a_period() -> None:
    problem = read(file_of(1, 1, (("ann", 361, 614),), {}))
    assert problem.people == (Person("ann", 25, 40),)
    assert retail_dp.NEVER < -1e17
