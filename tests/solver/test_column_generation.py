"""Rosters of small files: the bound is never above the optimum, the roster never below it, and what is proven is the optimum."""

from __future__ import annotations

from dataclasses import replace
from math import inf

import pytest

from server.solver import nrp_pricer
from server.solver.columns import Answer, Budget, Column, Impossible, Priced, Problem, Progress, Row
from server.solver.engine import optimise
from server.solver.nrp import read
from server.solver.nrp_pricer import NrpPricer, make
from server.solver.plain import improve
from tests.solver.small_files import drawn, optimum
from tests.support.planted import instead

SHAPES = [(seed, staff, days, shifts) for seed in range(8) for staff, days, shifts in ((2, 5, 2), (3, 6, 1))]


def answered(text: str, rounds: int = 150, seed: int = 0) -> Answer:
    problem, pricer = make(text)
    return optimise(problem, pricer, budget=Budget(rounds=rounds), seed=seed)


def wrong(seed: int, staff: int, days: int, shifts: int) -> str:
    """What of the engine's answer cannot be, by trying everything; "" when all holds."""
    text = drawn(seed, staff=staff, days=days, shifts=shifts)
    best = optimum(text)
    try:
        found = answered(text)
    except Impossible:
        return "" if best is None else "called impossible"
    if best is None or found.objective is None or found.bound is None:
        return f"{found.objective} and {found.bound} where {best} is right"
    if not found.bound <= best <= found.objective:
        return f"bound {found.bound}, best {best}, roster {found.objective}"
    return "" if found.columns is None or read(text).problem().objective(found.columns) == found.objective else "counted wrong"


@pytest.mark.parametrize(("seed", "staff", "days", "shifts"), SHAPES)
def test_bound_and_roster_enclose_the_optimum(seed: int, staff: int, days: int, shifts: int) -> None:
    assert wrong(seed, staff, days, shifts) == ""


def test_a_pricer_that_promises_too_much_would_be_noticed() -> None:
    real = NrpPricer._price

    def promising(self: NrpPricer, person: int, worth: float, most: int) -> Priced:
        found = real(self, person, worth, most)
        return replace(found, bound=found.bound + 3)

    with instead(nrp_pricer.NrpPricer, "_price", promising):
        found = [wrong(*shape) for shape in SHAPES]
    assert any("bound" in line for line in found)


def test_most_small_files_are_proven_and_the_proof_is_right() -> None:
    proven = 0
    for shape in SHAPES:
        text = drawn(shape[0], staff=shape[1], days=shape[2], shifts=shape[3])
        best = optimum(text)
        if best is not None:
            found = answered(text)
            proven += found.proven
            assert not found.proven or found.objective == best
    assert proven >= 8


def test_same_seed_and_rounds_give_the_same_roster() -> None:
    text = drawn(5, staff=8, days=14, shifts=3)
    first, again = answered(text, 80, 3), answered(text, 80, 3)
    assert first.columns == again.columns
    assert (first.objective, first.bound, first.rounds) == (again.objective, again.bound, again.rounds)


def test_the_engine_without_libraries_finds_rosters_too_and_keeps_within_its_rounds() -> None:
    text = drawn(5, staff=8, days=14, shifts=3)
    problem, pricer = make(text)
    told: list[Progress] = []
    found = improve(problem, pricer, budget=Budget(rounds=60), seed=1, tell=told.append)
    assert found.columns is not None and found.rounds <= 60
    values = [t.objective for t in told if t.objective is not None]
    assert values == sorted(values, reverse=True) and values[-1] == found.objective
    proven = answered(text, 200)
    assert proven.bound is not None and found.objective is not None and found.objective >= proven.bound


def test_somebody_without_a_legal_roster_is_named() -> None:
    text = drawn(5, staff=3, days=7, shifts=1)
    lines = text.splitlines()
    at = next(i for i, line in enumerate(lines) if line.startswith("B,") and line.count(",") == 7)
    lines[at] = ",".join([*lines[at].split(",")[:3], "100000", *lines[at].split(",")[4:]])
    with pytest.raises(Impossible) as nobody:
        answered("\n".join(lines))
    assert nobody.value.person == 1


class Menu:
    """A pricer over a given list of columns."""

    def __init__(self, columns: list[Column]) -> None:
        self.columns = columns

    def price(self, persons: list[int], duals: list[float], worth: list[float], most: int) -> list[Priced]:
        found = []
        for person, limit in zip(persons, worth, strict=True):
            mine = [
                (c.cost - sum(duals[r] * n for r, n in c.adds()), i, c) for i, c in enumerate(self.columns) if c.person == person
            ]
            mine.sort(key=lambda item: item[:2])
            found.append(Priced(person, mine[0][0] if mine else inf, [c for cost, _, c in mine if cost < limit][:most]))
        return found


def test_rows_in_steps_and_plans_that_add_more_than_one_are_counted_right() -> None:
    rows = (Row(3, ((1, 2), (None, 10)), ((2, 1), (None, 4))), Row(1, ((None, 50),), ((None, 0),)))
    assert [rows[0].cost(have) for have in (0, 1, 2, 3, 5, 7)] == [22, 12, 2, 0, 2, 10]
    columns = [
        Column(p, p + 3 * much, (0, 1) if much > 1 else (0,), (much, 1) if much > 1 else None)
        for p in (0, 1)
        for much in (1, 2, 4)
    ]
    problem = Problem(2, rows, base=7)
    best = min(problem.objective((a, b)) for a in columns[:3] for b in columns[3:])
    found = optimise(problem, Menu(columns), budget=Budget(rounds=100))  # type: ignore[arg-type]
    assert (found.objective, found.proven or found.bound <= best) == (best, True)  # type: ignore[operator]
