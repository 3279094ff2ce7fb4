"""What a course changed: each person's last value before finishing against their last within some days after it, the mean
change with its 95 % interval, and the same of colleagues of the same posts who did not take it.

The comparison group is there because of regression to the mean: who is sent to a course is often who had just done badly, and
would do better next time without it. What the course changed is what its people gained more than the others.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import ROUND_HALF_EVEN, Decimal
from typing import NamedTuple

from contract.growth import Better
from contract.growth_views import EffectVerdict
from server.growth.rules.student import quantile_95

ENOUGH = 10  # from so many on, a gain that chance makes as well is none
MORE_PLACES, MOST_PLACES = 2, 6


class Reading(NamedTuple):
    """A value over days, both included. It counts by its last day."""

    from_day: date
    to_day: date
    value: Decimal


class Pair(NamedTuple):
    """One person's value before and after."""

    before: Decimal
    after: Decimal

    @property
    def change(self) -> Decimal:
        return self.after - self.before


class Interval(NamedTuple):
    """A mean, and between what it lies with 95 %; None where one value says nothing of that."""

    mean: Decimal
    low: Decimal | None
    high: Decimal | None


def pair_of(readings: Iterable[Reading], finished: date, days: int) -> Pair | None:
    """The last value whose days had ended when the course was finished, and the last that ended within `days` after that day.
    None without either: then nothing can be said of this person."""
    before: Reading | None = None
    after: Reading | None = None
    for one in readings:
        if one.to_day <= finished:
            before = one if before is None or _later(one, before) else before
        elif one.to_day <= finished + timedelta(days=days):
            after = one if after is None or _later(one, after) else after
    return Pair(before.value, after.value) if before is not None and after is not None else None


def _later(one: Reading, other: Reading) -> bool:
    """Of values that end on the same day the one of fewer days is the newer."""
    return (one.to_day, one.from_day) > (other.to_day, other.from_day)


def mean(values: Sequence[Decimal]) -> Decimal:
    """The mean. At least one value."""
    return sum(values, Decimal(0)) / len(values)


def interval_of(changes: Sequence[Decimal]) -> Interval:
    """The mean change with Student's interval: mean -/+ t(n - 1) * s / sqrt(n)."""
    middle = mean(changes)
    if len(changes) < 2:
        return Interval(middle, None, None)
    half = _t(len(changes) - 1) * _share(changes).sqrt()
    return Interval(middle, middle - half, middle + half)


def difference_of(taken: Sequence[Decimal], compared: Sequence[Decimal]) -> Interval:
    """How much more those who took the course changed than the others, with Welch's interval: the two groups may vary
    differently, and the degrees of freedom follow Satterthwaite (NIST/SEMATECH e-Handbook, 1.3.5.3)."""
    middle = mean(taken) - mean(compared)
    if len(taken) < 2 or len(compared) < 2:
        return Interval(middle, None, None)
    one, other = _share(taken), _share(compared)
    both = one + other
    if both == 0:
        return Interval(middle, middle, middle)
    df = both * both / (one * one / (len(taken) - 1) + other * other / (len(compared) - 1))
    half = _t(float(df)) * both.sqrt()
    return Interval(middle, middle - half, middle + half)


def judge(found: Interval, n: int, better: Better) -> EffectVerdict:
    """helps, harms: the whole interval lies on that side of nothing. revise: no gain, or after ten people still none that chance
    does not make as well. too_few: one person, or a gain of fewer than ten that may be chance."""
    if n < 2 or found.low is None or found.high is None:
        return "too_few"
    gain, least, most = _in_direction(found, better)
    if least > 0:
        return "helps"
    if most < 0:
        return "harms"
    return "too_few" if gain > 0 and n < ENOUGH else "revise"


def _in_direction(found: Interval, better: Better) -> tuple[Decimal, Decimal, Decimal]:
    low, high = found.low or Decimal(0), found.high or Decimal(0)
    return (found.mean, low, high) if better == "higher" else (-found.mean, -high, -low)


def middle_day(days: Sequence[date]) -> date:
    """The day by which half of them had finished: when the colleagues' before ends."""
    return sorted(days)[(len(days) - 1) // 2]


def places_of(values: Iterable[Decimal]) -> int:
    """With how many decimals means are told: two more than the values have, six at most."""
    printed = max((max(0, -int(one.as_tuple().exponent)) for one in values), default=0)
    return min(MOST_PLACES, printed + MORE_PLACES)


def told(value: Decimal, places: int) -> str:
    """A figure as text, rounded half to even, without zeros at its end: 9, -0.25."""
    rounded = value.quantize(Decimal(1).scaleb(-places), rounding=ROUND_HALF_EVEN)
    text = f"{rounded:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def _share(values: Sequence[Decimal]) -> Decimal:
    """s^2 / n: what a group gives to the variance of a mean."""
    middle = mean(values)
    return sum(((one - middle) ** 2 for one in values), Decimal(0)) / (len(values) - 1) / len(values)


def _t(df: float) -> Decimal:
    return Decimal(f"{quantile_95(float(df)):.9f}")
