"""What a course changed: hand-worked examples, Student's table, and the same figures the naive way."""

from __future__ import annotations

import math
import statistics
from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from server.growth.rules import effect, student
from server.growth.rules.effect import Pair, Reading
from tests.support.planted import instead

D = Decimal
# NIST/SEMATECH e-Handbook of Statistical Methods, 1.3.6.7.2, column 0.975 (both sides together 0.05)
TABLE = {
    1: 12.706, 2: 4.303, 3: 3.182, 4: 2.776, 5: 2.571, 6: 2.447, 7: 2.365, 8: 2.306, 9: 2.262, 10: 2.228, 12: 2.179, 15: 2.131,
    20: 2.086, 25: 2.060, 30: 2.042, 40: 2.021, 60: 2.000, 80: 1.990, 100: 1.984, 100_000: 1.960,
}  # fmt: skip
FINISHED = date(2026, 3, 31)


def on(day: str, value: str, first: str | None = None) -> Reading:
    return Reading(date.fromisoformat(first or day), date.fromisoformat(day), D(value))


def test_the_quantile_is_that_of_the_published_table() -> None:
    for df, expected in TABLE.items():
        assert abs(student.quantile_95(df) - expected) < 0.000_6, df


def test_for_one_and_two_degrees_it_is_the_closed_form() -> None:
    assert abs(student.quantile_95(1) - math.tan(math.pi * 0.475)) < 1e-9  # Cauchy's
    assert abs(student.quantile_95(2) - math.sqrt(2 * 0.95**2 / (1 - 0.95**2))) < 1e-9
    with pytest.raises(ValueError):
        student.quantile_95(0.5)


@settings(max_examples=60)
@given(df=st.floats(1, 500, allow_nan=False), more=st.floats(0.01, 50, allow_nan=False))
def test_more_degrees_make_it_narrower_never_below_the_normals(df: float, more: float) -> None:
    assert 1.9599 < student.quantile_95(df + more) <= student.quantile_95(df) + 1e-9


def test_a_quantile_that_is_the_normals_for_everybody_is_found() -> None:
    """The control: 1.96 for two people, as if they were thousands."""
    with instead(effect, "quantile_95", lambda _df: 1.96):
        found = effect.interval_of([D(8), D(10)])
    assert found.high is not None and found.high < effect.interval_of([D(8), D(10)]).high  # type: ignore[operator]


def test_72_before_and_81_after_thirty_days_is_nine_more() -> None:
    pair = effect.pair_of([on("2026-03-15", "72"), on("2026-04-30", "81")], FINISHED, 30)
    assert pair == Pair(D(72), D(81)) and pair.change == 9
    found = effect.interval_of([pair.change])
    assert (effect.told(found.mean, 2), found.low, found.high) == ("9", None, None)
    assert effect.judge(found, 1, "higher") == "too_few", "of one person nothing follows, and that is said"


def test_before_is_the_last_that_had_ended_and_after_the_last_within_the_days() -> None:
    readings = [
        on("2026-02-28", "60"), on("2026-03-31", "72"), on("2026-04-10", "75"), on("2026-04-30", "81"), on("2026-05-01", "99"),
    ]  # fmt: skip
    assert effect.pair_of(readings, FINISHED, 30) == Pair(D(72), D(81)), "a value of the day itself is before; day 31 is too late"
    assert effect.pair_of(readings[:2], FINISHED, 30) is None and effect.pair_of(readings[2:], FINISHED, 30) is None
    month_and_day = [on("2026-03-31", "70", "2026-03-01"), on("2026-03-31", "64"), on("2026-04-20", "81")]
    assert effect.pair_of(reversed(month_and_day), FINISHED, 30) == Pair(D(64), D(81)), "of two that end alike, the shorter"


def test_an_interval_by_hand() -> None:
    """Changes 5, 9, 13: mean 9, s = 4, s / sqrt(3) = 2.309; t(2) = 4.303: 9 -/+ 9.937."""
    found = effect.interval_of([D(5), D(9), D(13)])
    assert [effect.told(one, 2) for one in found if one is not None] == ["9", "-0.94", "18.94"]
    assert effect.judge(found, 3, "higher") == "too_few", "a gain of three that chance makes as well"
    assert effect.judge(found, 10, "higher") == "revise", "of ten it would be none"


def test_a_difference_by_hand() -> None:
    """Welch: taken 8, 10, 12 (mean 10, s2/n 4/3), others 0, 2 (mean 1, s2/n 1): difference 9, standard error sqrt(7/3) = 1.5275,
    degrees (7/3)^2 / ((16/9)/2 + 1/1) = 2.8824, t = 3.2588: 9 -/+ 4.978."""
    found = effect.difference_of([D(8), D(10), D(12)], [D(0), D(2)])
    assert found.mean == 9 and found.low is not None and found.high is not None
    df = (7 / 3) ** 2 / ((16 / 9) / 2 + 1)
    half = student.quantile_95(df) * math.sqrt(7 / 3)
    assert abs(float(found.high) - (9 + half)) < 1e-8 and abs(float(found.low) - (9 - half)) < 1e-8
    assert 3.182 < student.quantile_95(df) < 4.303, "between two and three degrees"
    assert effect.judge(found, 3, "higher") == "helps" and effect.judge(found, 3, "lower") == "harms"


def test_what_does_not_move_is_to_be_revised_and_what_falls_harms() -> None:
    same = effect.interval_of([D(0), D(1), D(-1), D(0)])
    assert effect.judge(same, 4, "higher") == "revise"
    worse = effect.interval_of([D(-5), D(-6), D(-5), D(-6)])
    assert effect.judge(worse, 4, "higher") == "harms" and effect.judge(worse, 4, "lower") == "helps"
    assert effect.judge(effect.interval_of([D(0), D(0)]), 2, "lower") == "revise"


def test_figures_are_told_without_zeros_that_say_nothing() -> None:
    shown = {"9": "9", "-0.001": "0", "2.50": "2.5", "1000": "1000", "0.125": "0.12", "0.135": "0.14"}
    assert {one: effect.told(D(one), 2) for one in shown} == shown
    assert effect.places_of([D("2.5"), D("70")]) == 3 and effect.places_of([D("0.123456")]) == 6 and effect.places_of([]) == 2


def test_colleagues_are_looked_at_on_the_day_by_which_half_had_finished() -> None:
    days = [date(2026, 3, day) for day in (9, 1, 5)]
    assert effect.middle_day(days) == date(2026, 3, 5) and effect.middle_day(days[:2]) == date(2026, 3, 1)


changes = st.lists(st.decimals(-1_000, 1_000, places=2), min_size=2, max_size=30)


@settings(max_examples=80)
@given(taken=changes, compared=changes)
@example(taken=[D(1), D(2)], compared=[D(0), D(0)])
def test_means_and_intervals_are_those_of_the_naive_computation(taken: list[Decimal], compared: list[Decimal]) -> None:
    found = effect.interval_of(taken)
    plain = [float(one) for one in taken]
    half = student.quantile_95(len(plain) - 1) * statistics.stdev(plain) / math.sqrt(len(plain))
    assert abs(float(found.mean) - statistics.fmean(plain)) < 1e-6
    assert abs(float(found.high or 0) - (statistics.fmean(plain) + half)) < 1e-5 * (1 + half)
    more = effect.difference_of(taken, compared)
    one, other = statistics.variance(plain) / len(plain), statistics.variance([float(c) for c in compared]) / len(compared)
    assert abs(float(more.mean) - (statistics.fmean(plain) - statistics.fmean([float(c) for c in compared]))) < 1e-6
    if one + other > 1e-9:
        df = (one + other) ** 2 / (one**2 / (len(plain) - 1) + other**2 / (len(compared) - 1))
        wide = student.quantile_95(max(1.0, df)) * math.sqrt(one + other)
        assert abs(float((more.high or 0) - more.mean) - wide) < 1e-4 * (1 + wide)


@settings(max_examples=80)
@given(values=st.lists(st.tuples(st.integers(-60, 60), st.decimals(0, 100, places=1)), max_size=12), days=st.integers(7, 60))
@example(values=[(0, D(1)), (1, D(2)), (8, D(3))], days=7)
def test_before_and_after_are_what_a_look_at_all_of_them_finds(values: list[tuple[int, Decimal]], days: int) -> None:
    unlike = dict(values)  # one value a day
    readings = [Reading(FINISHED + timedelta(days=d), FINISHED + timedelta(days=d), value) for d, value in unlike.items()]
    before = [d for d in unlike if d <= 0]
    after = [d for d in unlike if 0 < d <= days]
    expected = Pair(unlike[max(before)], unlike[max(after)]) if before and after else None
    assert effect.pair_of(readings, FINISHED, days) == expected


@pytest.mark.slow
def test_a_pair_that_takes_the_first_after_is_found() -> None:
    """The control: the first value after finishing instead of the last."""

    def first_after(one: Reading, other: Reading) -> bool:
        return one.to_day < other.to_day

    with instead(effect, "_later", first_after):
        with pytest.raises(AssertionError):
            test_before_and_after_are_what_a_look_at_all_of_them_finds()
