"""What a formula comes to, exactly, and how: every step in the order it was taken."""

from __future__ import annotations

from collections.abc import Mapping
from fractions import Fraction
from typing import Final, NamedTuple

from server.scoring.expressions.judging import MOST_PLACES
from server.scoring.expressions.tree import Call, Figure, Minus, Number, Tree, Two, written

MOST: Final = 10**18  # larger is no figure of people: missing, like what was divided by zero


class Step(NamedTuple):
    """A part of the formula and what it came to; None where a figure is missing or was divided by zero."""

    text: str
    value: Fraction | None


def compute(tree: Tree, figures: Mapping[str, Fraction | None], steps: list[Step] | None = None) -> Fraction | None:
    """The value of a judged formula; None: missing, or beyond all measure. `steps`, if given, gets what was reckoned, in order.
    Raises nothing."""
    value = _value(tree, figures, steps)
    if value is not None and abs(value) > MOST:
        value = None
    if steps is not None and not isinstance(tree, Number | Figure):
        steps.append(Step(written(tree), value))
    return value


def _value(tree: Tree, figures: Mapping[str, Fraction | None], steps: list[Step] | None) -> Fraction | None:
    if isinstance(tree, Number):
        return tree.value
    if isinstance(tree, Figure):
        return figures.get(tree.code)
    if isinstance(tree, Minus):
        of = compute(tree.of, figures, steps)
        return None if of is None else -of
    if isinstance(tree, Call):
        return _called(tree, figures, steps)
    left, right = compute(tree.left, figures, steps), compute(tree.right, figures, steps)
    return None if left is None or right is None else _two(tree, left, right)


def _two(tree: Two, left: Fraction, right: Fraction) -> Fraction | None:
    """Two numbers reckoned; a comparison is 1 or 0, which `if` alone may read."""
    if tree.sign == "+":
        return left + right
    if tree.sign == "-":
        return left - right
    if tree.sign == "*":
        return left * right
    if tree.sign == "/":
        return left / right if right else None
    holds = {
        "<": left < right, "<=": left <= right, ">": left > right, ">=": left >= right, "=": left == right, "!=": left != right,
    }  # fmt: skip
    return Fraction(holds[tree.sign])


def _called(tree: Call, figures: Mapping[str, Fraction | None], steps: list[Step] | None) -> Fraction | None:
    if tree.name == "if":
        chosen = compute(tree.of[0], figures, steps)
        return None if chosen is None else compute(tree.of[1 if chosen else 2], figures, steps)
    values: list[Fraction] = []
    for one in tree.of:
        value = compute(one, figures, steps)
        if value is None:
            return None
        values.append(value)
    first = values[0]
    if tree.name == "min":
        return min(values)
    if tree.name == "max":
        return max(values)
    if tree.name == "abs":
        return abs(first)
    if tree.name == "share":
        return 100 * first / values[1] if values[1] else None
    if tree.name == "round":
        places = values[1] if len(values) == 2 else Fraction(0)
        fits = places.denominator == 1 and 0 <= places <= MOST_PLACES  # a judged formula's do
        return _rounded(first, int(places)) if fits else None
    total = sum(values, Fraction(0))
    return total / len(values) if tree.name == "mean" else total


def _rounded(value: Fraction, places: int) -> Fraction:
    """Half up, away from zero."""
    scale = 10**places
    whole = (abs(value) * scale + Fraction(1, 2)).__floor__()
    return Fraction(-whole if value < 0 else whole, scale)
