"""One person's cheapest roster: what dynamic programming finds is what trying every roster finds."""

from __future__ import annotations

import random
from collections.abc import Iterator
from contextlib import contextmanager
from math import inf

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.solver import compiled, nrp_paths, nrp_pricer
from server.solver.columns import QUANTUM
from server.solver.nrp import read
from server.solver.nrp_pricer import NrpPricer
from tests.solver.small_files import all_legal, drawn
from tests.support.planted import instead


def price_by_trying(text: str, duals: list[float]) -> list[float]:
    instance = read(text)
    best = []
    for person in range(len(instance.staff)):
        wishes = instance.wishes[person]
        row_of = instance.row_of
        costs = [
            sum(wishes.get((d, s), 0) - (duals[row_of[d, s]] if (d, s) in row_of else 0.0) for d, s in enumerate(cells) if s >= 0)
            for cells in all_legal(text, instance, person)
        ]
        best.append(min(costs, default=inf))
    return best


def drawn_prices(seed: int, rows: int) -> list[float]:
    rng = random.Random(seed)
    return [rng.randrange(-2 * 65536, 30 * 65536) * QUANTUM for _ in range(rows)]


def wrong(seed: int, days: int, shifts: int) -> str:
    """What the pricer says that trying everything does not; "" when all agrees."""
    text = drawn(seed, staff=2, days=days, shifts=shifts)
    instance = read(text)
    duals = drawn_prices(seed, len(instance.cover))
    right = price_by_trying(text, duals)
    for priced, best in zip(NrpPricer(instance).price([0, 1], duals, [inf, inf], 5), right, strict=True):
        if priced.bound != best:
            return f"person {priced.person}: {priced.bound}, not {best}"
        legal = set(all_legal(text, instance, priced.person))
        costs = [c.cost - sum(duals[r] for r in c.rows) for c in priced.columns]
        if costs != sorted(costs) or len({c.what for c in priced.columns}) != len(costs):
            return "not in order, or twice the same"
        if any(c.what not in legal for c in priced.columns):
            return "not legal"
        if costs and costs[0] != best:
            return "the first is not the best"
    return ""


@given(seed=st.integers(0, 10**6), shape=st.sampled_from([(5, 2), (4, 3), (7, 1), (6, 1), (1, 2)]))
@settings(max_examples=25)
@example(seed=2, shape=(6, 1))
@example(seed=3, shape=(6, 2))
def test_the_cheapest_roster_is_found_whatever_the_rules(seed: int, shape: tuple[int, int]) -> None:
    assert wrong(seed, *shape) == ""


@pytest.mark.parametrize("seed", range(3))
def test_weekends_and_long_runs_are_right_over_nine_days(seed: int) -> None:
    assert wrong(seed, 9, 1) == ""


def test_a_pricer_that_forgets_weekends_would_be_noticed() -> None:
    with instead(nrp_pricer, "_weekends", lambda first, length: 0):
        found = [wrong(seed, 7, 1) for seed in range(6)]
    assert any(found)


def test_a_pricer_that_lets_any_shift_follow_any_would_be_noticed() -> None:
    real = nrp_pricer._Model._group

    def all_follow(self: nrp_pricer._Model, *told: object) -> None:
        real(self, *told)  # type: ignore[arg-type]
        self.follows = compiled.whole([1] * len(self.follows))

    with instead(nrp_pricer._Model, "_group", all_follow):
        found = [wrong(seed, 4, 2) for seed in range(20)]
    assert any(found)


@contextmanager
def plainly() -> Iterator[None]:
    """As where numba and numpy are not installed."""
    with instead(compiled, "_numba", lambda: None):
        compiled.fast.cache_clear()
        try:
            yield
        finally:
            compiled.fast.cache_clear()


def test_without_numba_the_same_columns_are_found() -> None:
    for seed in (1, 2):
        instance = read(drawn(seed, staff=3, days=7, shifts=3))
        duals = drawn_prices(seed, len(instance.cover))
        fast = NrpPricer(instance).price([0, 1, 2], duals, [inf] * 3, 4)
        with plainly():
            assert compiled.fast(nrp_paths.join) is nrp_paths.join
            slow = NrpPricer(instance).price([0, 1, 2], duals, [inf] * 3, 4)
        assert slow == fast
        assert [c.what for p in slow for c in p.columns] == [c.what for p in fast for c in p.columns]


def test_a_limit_that_is_too_large_to_count_is_kept_all_the_same_and_the_bound_stays_a_bound() -> None:
    with instead(nrp_pricer, "MOST_KINDS", 1):
        for seed in range(12):
            text = drawn(seed, staff=2, days=5, shifts=2)
            instance = read(text)
            duals = drawn_prices(seed, len(instance.cover))
            for priced, best in zip(
                NrpPricer(instance).price([0, 1], duals, [inf, inf], 3), price_by_trying(text, duals), strict=True
            ):
                assert priced.bound <= best and bool(priced.columns) == (best < inf)
                assert {c.what for c in priced.columns} <= set(all_legal(text, instance, priced.person))


def test_limits_of_shift_types_are_counted_only_when_they_bind() -> None:
    text = "SECTION_HORIZON\n7\nSECTION_SHIFTS\nE,480,\nN,480,E\nSECTION_STAFF\nA,E=7|N=1,2400,0,5,1,1,1\nSECTION_COVER\n"
    instance = read(text + "".join(f"{d},{s},1,100,1\n" for d in range(7) for s in "EN"))
    pricer = NrpPricer(instance)
    early = [8.0 if row % 2 == 0 else 1.0 for row in range(14)]
    assert pricer.price([0], early, [inf], 1)[0].bound == -40
    assert pricer._counted == [()]
    late = [1.0 if row % 2 == 0 else 8.0 for row in range(14)]
    found = pricer.price([0], late, [inf], 1)[0]
    assert pricer._counted == [(1,)]
    assert (found.bound, found.columns[0].what.count(1)) == (-12, 1)
