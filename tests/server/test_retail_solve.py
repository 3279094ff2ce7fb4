"""Whole rosters of the retail family: reading, searching, the bound; against trying all, and against the second judge."""

from __future__ import annotations

import random
from collections.abc import Callable
from itertools import product
from typing import Any

import pytest

from server.solver import retail_bound, retail_moves
from server.solver.check_retail import check
from server.solver.retail import Retail, Unreadable, read
from server.solver.retail_best import NoRoster
from server.solver.retail_bound import Bound
from server.solver.retail_search import Found, Limit, Search
from server.solver.retail_solve import Answer, as_json, solve
from tests.server.retail_world import drawn, file_of
from tests.support.planted import instead

CREW = (("ann", 1440, 2400), ("bo", 1800, 2400), ("cy", 900, 1200), ("di", 2100, 2400), ("ed", 1980, 2400))


def nobody(found: Found, bound: int) -> None:
    """For who wants only the answer."""


def _into(told: list[Found]) -> Callable[[Found, int], None]:
    return lambda found, bound: told.append(found)


def least_surplus(problem: Retail) -> int | None:
    """By trying all rosters of all people: horizons of one day and one activity, where nobody has two shifts and min = max."""
    plans = []
    for person in problem.people:
        mine = [(s, n) for s, _ in problem.starts for n in range(24, 41) if person.least <= n <= person.most and s + n <= 96]
        plans.append([_nibbles(range(s, s + n)) for s, n in mine] + ([0] if person.least == 0 else []))
    wanted = sum(row[0][0] << 4 * period for period, row in enumerate(problem.wanted))
    eights = _nibbles(range(96)) * 8
    best: int | None = None
    for roster in product(*plans):
        beyond = sum(roster) + eights - wanted  # a digit below 8: somebody is missing in that period
        if beyond & eights == eights:
            surplus = sum(((beyond >> 4 * period & 15) - 8) ** 2 for period in range(96))
            best = surplus if best is None else min(best, surplus)
    return best


def _nibbles(periods: range) -> int:
    return sum(1 << 4 * period for period in periods)


def one_day(seed: int) -> str:
    """Three people, one day, demand that some roster meets exactly, made a little odd."""
    rng = random.Random(seed)
    wanted: dict[tuple[int, int], int] = {}
    for _ in range(3):
        start = rng.choice((*range(17), *range(32, 49), *range(56, 72)))
        for period in range(start, start + 24):
            wanted[period, 1] = wanted.get((period, 1), 0) + 1
    for cell in rng.sample(sorted(wanted), 6):
        wanted[cell] -= 1
    return file_of(1, 1, (("ann", 360, 375), ("bo", 360, 360), ("cy", 0, 360)), wanted)


@pytest.mark.parametrize("seed", range(6))
def test_small_rosters_are_as_good_as_trying_all_and_no_bound_lies_above(seed: int) -> None:
    text = one_day(seed)
    problem = read(text)
    answer = solve(problem, Limit(steps=400), seed, nobody)
    optimum = least_surplus(problem)
    assert answer.roster is not None and optimum is not None
    assert (answer.missing, answer.surplus) == (0, optimum)
    assert answer.bound <= optimum
    verdict = check(text, as_json(problem, answer.roster))
    assert (verdict.breaks, verdict.missing, verdict.surplus) == ((), 0, optimum)


def test_a_bound_that_counts_a_price_twice_is_found_by_trying_all() -> None:
    problem = read(one_day(0))
    optimum = least_surplus(problem)
    assert optimum is not None
    honest = retail_bound._cover
    with instead(retail_bound, "_cover", lambda *a: (honest(*a)[0] / 2, honest(*a)[1])):
        assert Bound(problem).value > optimum


def test_a_solved_week_is_clean_and_counted_alike_by_the_second_judge() -> None:
    for tasks, seed in ((1, 1), (2, 2)):
        text = drawn(seed, 7, tasks, CREW)
        problem = read(text)
        told: list[Found] = []
        answer = solve(problem, Limit(steps=250), seed, _into(told))
        assert answer.roster is not None and told
        verdict = check(text, as_json(problem, answer.roster))
        assert (verdict.breaks, verdict.missing, verdict.surplus) == ((), answer.missing, answer.surplus)
        ranks = [(found.missing, found.surplus) for found in told]
        assert ranks == sorted(ranks, reverse=True) and ranks[-1] == (answer.missing, answer.surplus)
        assert answer.missing or answer.surplus is None or answer.bound <= answer.surplus


def moved(text: str, seed: int) -> tuple[Search, list[tuple[str, str]]]:
    """A filled roster after many small moves while it is warm, and what the second judge finds broken in it."""
    problem = read(text)
    search = Search(problem, Limit(), seed, lambda _: None)
    search.fill()
    search.short = 3
    for _ in range(40):
        search._move(1.5)
    return search, list(check(text, as_json(problem, tuple(plan.roster(problem.activities) for plan in search.plans))).breaks)


@pytest.mark.parametrize(("tasks", "seed"), [(1, 1), (2, 2), (3, 3)])
def test_small_moves_change_a_roster_and_break_no_rule_of_it(tasks: int, seed: int) -> None:
    search, breaks = moved(drawn(seed, 7, tasks, CREW), seed)
    fresh = Search(search.problem, Limit(), seed, lambda _: None)
    fresh.fill()
    assert breaks == [] and [plan.shifts for plan in search.plans] != [plan.shifts for plan in fresh.plans]
    have = [0] * search.cells
    for plan in search.plans:
        for cell in plan.cells[: plan.size]:
            have[cell] += 1
    assert [int(n) for n in search.have] == have, "who is where was counted along the way"


def test_moves_that_forget_the_hour_of_a_block_are_found_by_the_second_judge() -> None:
    """The control."""
    with instead(retail_moves, "BLOCK", 1):
        _, breaks = moved(drawn(2, 7, 2, CREW), 2)
        assert breaks


def test_people_may_be_above_the_minimum_and_below_the_maximum_for_nothing() -> None:
    text = file_of(1, 1, (("ann", 600, 600),), {(period, 1): 0 for period in range(96)}, slack=1)
    answer = solve(read(text), Limit(steps=5), 1, nobody)
    assert (answer.missing, answer.surplus, answer.bound, answer.proven, answer.gap) == (0, 0, 0, True, 0.0)


def test_where_many_must_work_at_once_the_bound_squares() -> None:
    """40 people of 10 hours in one day of 24: 1600 periods over 96 cells, 16 or 17 each at the least."""
    people = [(f"p{n}", 600, 600) for n in range(40)]
    problem = read(file_of(1, 1, people, {}))
    assert Bound(problem).value == 32 * 16**2 + 64 * 17**2


def test_hours_that_the_rules_round_up_count_in_the_bound() -> None:
    """11 hours 15 can only be worked in two shifts, and those have 12 hours."""
    assert Bound(read(file_of(7, 1, (("ann", 675, 2400),), {}))).value == 48


def test_the_bound_rises_where_even_prices_see_nothing() -> None:
    """Work is wanted at night only and nobody may start then: 30 hours that must be worked meet 40 that are wanted elsewhere."""
    wanted = {(period, 1): 4 for day in range(3) for period in range(day * 96 + 44, day * 96 + 50)}
    problem = read(file_of(3, 1, (("ann", 1800, 1800), ("bo", 1800, 1800), ("cy", 1500, 1800), ("di", 1500, 1800)), wanted))
    bound = Bound(problem)
    before = bound.value
    answer = solve(problem, Limit(steps=300), 1, nobody)
    bound.ascend(before + 200, lambda: False, steps=150)
    assert bound.value > before
    assert answer.missing == 0 and answer.surplus is not None and bound.value <= answer.surplus


def test_same_seed_and_steps_give_the_same_roster_and_another_seed_another() -> None:
    problem = read(drawn(3, 7, 2, CREW))
    rosters = [solve(problem, Limit(steps=60), seed, nobody).roster for seed in (5, 5, 6)]
    assert rosters[0] == rosters[1] != rosters[2]


def test_who_stops_it_has_the_best_so_far() -> None:
    problem = read(drawn(4, 7, 2, CREW))
    told: list[Found] = []
    answer: Answer = solve(problem, Limit(stop=lambda: len(told) >= 4), 1, lambda found, bound: told.append(found))
    assert len(told) >= 4
    assert (answer.roster, answer.missing, answer.surplus) == (told[-1].roster, told[-1].missing, told[-1].surplus)


def test_a_limit_too_short_for_one_roster_is_told_as_none() -> None:
    answer = solve(read(drawn(4, 7, 1, CREW)), Limit(seconds=1e-6), 1, nobody)
    assert (answer.roster, answer.missing, answer.gap, answer.proven, answer.steps) == (None, None, None, False, 0)


def test_a_person_nobody_can_plan_ends_it_with_a_name() -> None:
    problem = read(file_of(7, 1, (("ann", 600, 600), ("bo", 630, 700)), {}))
    for tried in (lambda: Search(problem, Limit(steps=1), 1, lambda found: None).run(), lambda: Bound(problem)):
        with pytest.raises(NoRoster) as told:
            tried()
        assert told.value.name == "bo"


GOOD = file_of(1, 1, (("ann", 360, 600),), {(0, 1): 1})


@pytest.mark.parametrize(
    ("was", "now", "said"),
    [
        ("SECTION_STAFF", "SECTION_PEOPLE", "no SECTION_STAFF"),
        ("SECTION_HORIZON\n1", "SECTION_HORIZON\n0", "line 3"),
        ("SECTION_HORIZON\n1", "SECTION_HORIZON\n1\n2", "one number"),
        ("ann,360,600", "ann,360", "2 fields"),
        ("ann,360,600", "ann,360,-600", "'-600'"),
        ("ann,360,600", "ann,360,600\nann,360,600", "one name"),
        ("ann,360,600\n", "", "0 people"),
        ("1,06:00-06:15,1,1,1", "1,06:00-06:30,1,1,1", "quarter"),
        ("1,06:00-06:15,1,1,1", "1,06:07-06:22,1,1,1", "quarter"),
        ("1,06:00-06:15,1,1,1", "1,05:45-06:00,1,1,1", "outside"),
        ("1,06:00-06:15,1,1,1", "1,06:00-06:15,2,1,1", "'2'"),
        ("1,06:00-06:15,1,1,1", "1,06:00-06:15,1,2,1", "'1'"),
        ("# made for a test", "made for a test", "before any section"),
    ],
)
def test_a_file_that_is_not_of_the_family_is_refused_with_the_line(was: str, now: str, said: str) -> None:
    assert was in GOOD and read(GOOD).days == 1
    with pytest.raises(Unreadable, match=said):
        read(GOOD.replace(was, now, 1))


def test_times_of_the_file_are_of_the_calendar() -> None:
    wanted: dict[tuple[int, int], Any] = {(0, 1): 3, (72, 2): 4, (191, 1): 5}
    problem = read(file_of(2, 2, (("ann", 360, 600),), wanted, slack=2))
    assert [problem.wanted[0][0], problem.wanted[72][1], problem.wanted[191][0]] == [(3, 5), (4, 6), (5, 7)]
    assert (72, 1) in problem.starts and (0, 0) in problem.starts and (71, 0) in problem.starts
    assert (73, 1) not in problem.starts and max(start for start, _ in problem.starts) == 168
