"""Whether a formula makes sense: codes that are known, a number where a number must be, units that go together."""

from __future__ import annotations

from collections.abc import Mapping

from server.scoring.expressions.tree import COMPARISONS, Call, Figure, Minus, Number, Tree, WrongFormula
from server.scoring.expressions.units import PERCENT, Unit, agreed, times, unit_text


class _Condition:
    """What a comparison makes: not a number."""


CONDITION = _Condition()
Kind = Unit | _Condition | None
MOST_PLACES = 6  # that can be rounded to


def judge(tree: Tree, units: Mapping[str, Unit]) -> Unit | None:
    """The unit of a formula's result; None where any fits. `units`: of every figure that may be named. Raises WrongFormula."""
    return _number(tree, units)


def judge_result(tree: Tree, units: Mapping[str, Unit], wanted: Unit) -> None:
    """Refuse a formula whose result is not in the unit wanted. Raises WrongFormula."""
    found = judge(tree, units)
    if found is not None and found != wanted:
        raise WrongFormula("scoring.formula_result", 1, unit=unit_text(found) or "1", wanted=unit_text(wanted) or "1")


def _number(tree: Tree, units: Mapping[str, Unit]) -> Unit | None:
    found = _kind(tree, units)
    if isinstance(found, _Condition):
        raise WrongFormula("scoring.formula_condition_here", tree.at)
    return found


def _kind(tree: Tree, units: Mapping[str, Unit]) -> Kind:
    if isinstance(tree, Number):
        return None
    if isinstance(tree, Figure):
        if tree.code not in units:
            raise WrongFormula("scoring.formula_code_unknown", tree.at, found=tree.code)
        return units[tree.code]
    if isinstance(tree, Minus):
        return _number(tree.of, units)
    if isinstance(tree, Call):
        return _of_call(tree, units)
    left, right = _number(tree.left, units), _number(tree.right, units)
    if tree.sign in ("*", "/"):
        return times(left, right, 1 if tree.sign == "*" else -1)
    both = _same(tree, left, right)
    return CONDITION if tree.sign in COMPARISONS else both


def _same(tree: Tree, left: Unit | None, right: Unit | None) -> Unit | None:
    fits, unit = agreed(left, right)
    if not fits:
        raise WrongFormula("scoring.formula_units", tree.at, left=unit_text(left) or "1", right=unit_text(right) or "1")
    return unit


def _of_call(tree: Call, units: Mapping[str, Unit]) -> Unit | None:
    if tree.name == "if":
        if not isinstance(_kind(tree.of[0], units), _Condition):
            raise WrongFormula("scoring.formula_no_condition", tree.of[0].at)
        return _same(tree, _number(tree.of[1], units), _number(tree.of[2], units))
    if tree.name == "round" and len(tree.of) == 2:
        places = tree.of[1]
        if not isinstance(places, Number) or places.value.denominator != 1 or places.value > MOST_PLACES:
            raise WrongFormula("scoring.formula_places", places.at, most=MOST_PLACES)
        return _number(tree.of[0], units)
    unit: Unit | None = None
    for one in tree.of:
        unit = _same(tree, unit, _number(one, units))
    return PERCENT if tree.name == "share" else unit
