"""A hundred thousand formulas, made to break the reader; and readers that are broken, which the same harness must find."""

from __future__ import annotations

from fractions import Fraction

from server.scoring.expressions.computing import compute
from server.scoring.expressions.reading import Reader, read
from server.scoring.expressions.tree import Number, Tree, Two
from tools.fuzz_formulas import FIGURES, fuzz, promise_broken


class _WithoutLimit(Reader):
    """What a reader is without the limit on depth."""

    deepest = 1_000_000


def test_a_hundred_thousand_texts_break_no_promise():
    assert fuzz(100_000, seed=2026) is None


def test_the_harness_finds_a_reader_without_a_limit_on_depth():
    found = fuzz(5_000, seed=2026, reading=lambda text: _WithoutLimit(text).formula())
    assert found is not None and "RecursionError" in found.why


def test_the_harness_finds_a_reader_that_escapes_to_python():
    def escaping(text: str) -> Tree:
        return Number(Fraction(eval(text, {"__builtins__": {}}, {})))  # the fault that is planted

    assert fuzz(2_000, seed=2026, reading=escaping) is not None


def test_the_harness_finds_a_division_that_raises():
    def strict(text: str) -> Tree:
        tree = read(text)
        if isinstance(tree, Two) and tree.sign == "/" and tree.right == Number(Fraction(0)):
            raise ZeroDivisionError
        return tree

    assert promise_broken("1 / 0") is None
    assert promise_broken("1 / 0", strict) is not None


def test_places_that_nobody_can_round_to_are_no_figure_and_cost_nothing():
    for places in ("-2", "0.5", "999999999999999", "sales"):
        text = f"round(dishes / 3, {places})"
        assert promise_broken(text) is None
        assert compute(read(text), FIGURES) is None
    assert compute(read("round(dishes / 3, 2)"), FIGURES) == Fraction(6667, 100)
