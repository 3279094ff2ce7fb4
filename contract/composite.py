"""The composite: what every indicator is worth and what they make together. Pure, exact, the same on tablet and server.

    points (0 to 100)   points, rubric: as given        yes or no: 100 x share of yes
                        number, higher is better: 100 x min(1, actual / target)
                        number, lower is better:  100 x min(1, target / actual)   (decision 1: 50 s against 40 s is 80)
                        milestones: 100 x min(1, reached / target)
    adds                points x counted weight / 100
    composite           the sum of what the lines add

Fractions throughout; `points` and `adds` are rounded half up to two decimals, and the composite is the sum of the rounded
lines, so the working always adds up to what stands below it. An indicator without a figure: its weight is spread over the
others in proportion (in hundredths, the largest remainders first), or it counts zero, as the scheme says. With less than half
of the weight there is no composite.
"""

from __future__ import annotations

import functools
from collections.abc import Sequence
from decimal import ROUND_HALF_UP, Decimal
from fractions import Fraction
from typing import Literal, NamedTuple

HUNDRED = Fraction(100)
CENT = Decimal("0.01")
ENOUGH = Fraction(50)  # of the weight must have a figure

Kind = Literal["points", "number", "rubric", "yes_no", "milestones"]


class Figure(NamedTuple):
    """What is known of one indicator in a month. `actual`: None where there is no figure; of yes or no the share of yes (0 to 1).
    `target`: of numbers and milestones. `weight`: of 100."""

    metric: str
    kind: Kind
    lower: bool
    weight: Fraction
    target: Fraction | None
    actual: Fraction | None
    zero_if_missing: bool = False


class Line(NamedTuple):
    """What a figure is worth. `points`, `adds`: exact to two decimals; `counted`: its weight after spreading, in hundredths."""

    metric: str
    points: Decimal | None
    counted: Fraction
    adds: Decimal


class Composite(NamedTuple):
    """All lines in the order given, and their sum; None where too little is known."""

    lines: list[Line]
    total: Decimal | None


@functools.lru_cache(maxsize=4_096)
def exact(text: str) -> Fraction:
    """The number a decimal text says. Raises ValueError."""
    return Fraction(text)


def rounded(value: Fraction, step: Decimal = CENT) -> Decimal:
    """Half up, away from zero, to the step (0.01)."""
    top, bottom = step.as_integer_ratio()
    steps, parts = abs(value.numerator) * bottom, value.denominator * top  # in integers, for a month rounds a million times
    units = (2 * steps + parts) // (2 * parts)
    return (Decimal(units) * step * (-1 if value < 0 else 1)).quantize(step, ROUND_HALF_UP)


def plain(value: Decimal) -> str:
    """A decimal without the zeros that say nothing: 45.00 is 45, 16.50 is 16.5."""
    text = f"{value:f}"
    text = text.rstrip("0").rstrip(".") if "." in text else text
    return "0" if text in ("-0", "") else text


def points_of(kind: Kind, *, lower: bool, actual: Fraction, target: Fraction | None) -> Fraction:
    """What a figure is worth, 0 to 100, unrounded. A number without a target is read as points. Raises nothing."""
    if kind == "yes_no":
        return _held(actual * HUNDRED)
    if kind in ("points", "rubric") or target is None:
        return _held(actual)
    if lower:
        return HUNDRED if actual <= target else _held(HUNDRED * max(target, Fraction(0)) / actual) if actual > 0 else HUNDRED
    if target <= 0:
        return HUNDRED if actual >= target else Fraction(0)
    return _held(HUNDRED * actual / target)


def composite(figures: Sequence[Figure]) -> Composite:
    """All lines and their sum. The weights of `figures` sum to 100 (schemes see to it); their order changes no value."""
    known = sum((one.weight for one in figures if one.actual is not None), Fraction(0))
    spread = sum((one.weight for one in figures if one.actual is None and not one.zero_if_missing), Fraction(0))
    counting = known + sum((one.weight for one in figures if one.actual is None and one.zero_if_missing), Fraction(0))
    weights = {one.metric: one.weight for one in figures if one.actual is not None or one.zero_if_missing}
    shared = _shared(weights, counting + spread)
    lines: list[Line] = []
    for one in figures:
        if one.actual is None and not one.zero_if_missing:
            lines.append(Line(one.metric, None, Fraction(0), Decimal(0)))
            continue
        counted = shared[one.metric]
        if one.actual is None:
            lines.append(Line(one.metric, Decimal(0), counted, Decimal(0)))
            continue
        worth = rounded(points_of(one.kind, lower=one.lower, actual=one.actual, target=one.target))
        lines.append(Line(one.metric, worth, counted, rounded(Fraction(worth) * counted / HUNDRED)))
    total = sum((line.adds for line in lines), Decimal(0)) if known >= ENOUGH else None
    return Composite(lines, total)


def _shared(weights: dict[str, Fraction], whole: Fraction) -> dict[str, Fraction]:
    """Weights in proportion that sum to `whole`, in hundredths; what is left over goes to the largest remainders, by code."""
    counting = sum(weights.values(), Fraction(0))
    if not counting or (counting == whole and all(100 % weight.denominator == 0 for weight in weights.values())):
        return dict(weights)  # nothing is missing, and they are hundredths already
    cents = {one: divmod(weight * whole / counting * 100, 1) for one, weight in weights.items()}
    left = int(whole * 100) - sum(int(held) for held, _ in cents.values())
    first = sorted(cents, key=lambda one: (-cents[one][1], one))[:left]
    return {one: Fraction(int(held) + (one in first), 100) for one, (held, _) in cents.items()}


def _held(points: Fraction) -> Fraction:
    return min(max(points, Fraction(0)), HUNDRED)
