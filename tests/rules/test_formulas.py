"""Formulas: what they mean, where they are wrong, units, what is missing."""

from __future__ import annotations

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.scoring.expressions.computing import Step, compute
from server.scoring.expressions.judging import judge, judge_result
from server.scoring.expressions.reading import read
from server.scoring.expressions.tree import (
    COMPARISONS,
    FUNCTIONS,
    Call,
    Figure,
    Minus,
    Number,
    Tree,
    Two,
    WrongFormula,
    codes_of,
    written,
)
from server.scoring.expressions.units import unit_of, unit_text

FIGURES = {"complaints": Fraction(5), "dishes": Fraction(200), "sales": Fraction(90_000), "hours": Fraction(160), "none": None}
UNITS = {
    "complaints": unit_of("次"), "dishes": unit_of("道"), "sales": unit_of("CNY"), "hours": unit_of("h"), "none": unit_of(""),
    "rate": unit_of("%"), "wait": unit_of("s"),
}  # fmt: skip


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("share(complaints, dishes)", Fraction(5, 2)),  # story 2: 5 of 200 is 2.5 %
        ("complaints / dishes * 100", Fraction(5, 2)),
        ("sales/hours", Fraction(1125, 2)),
        ("1 + 2 * 3 - 4 / 8", Fraction(13, 2)),
        ("10 - 3 - 2", Fraction(5)),
        ("-(2 + 3) * -2", Fraction(10)),
        ("if(dishes >= 100, complaints, 0)", Fraction(5)),
        ("if(dishes != 200, 1, 2)", Fraction(2)),
        ("min(3, 1, 2) + max(3, 1, 2)", Fraction(4)),
        ("mean(1, 2, 4)", Fraction(7, 3)),
        ("round(2.5) + round(-2.5)", Fraction(0)),
        ("round(0.125, 2)", Fraction(13, 100)),
        ("0.1 + 0.2", Fraction(3, 10)),  # exact
        ("ABS（－5）×2", Fraction(10)),  # as a Chinese keyboard types it
        ("dishes / (complaints - 5)", None),
        ("share(1, 0)", None),
        ("sum(1, none)", None),
        ("if(none > 1, 2, 3)", None),
        ("if(1 > 2, none, 7)", Fraction(7)),  # what is not taken need not be there
        ("nowhere", None),
    ],
)
def test_what_a_formula_comes_to(text: str, value: Fraction | None):
    assert compute(read(text), FIGURES) == value


@pytest.mark.parametrize(
    ("text", "code", "at"),
    [
        ("", "scoring.formula_ends", 1),
        ("1 +", "scoring.formula_ends", 4),
        ("1 + $", "scoring.formula_unexpected", 5),
        ("(1 + 2", "scoring.formula_ends", 7),
        ("1 2", "scoring.formula_unexpected", 3),
        ("1 < 2 < 3", "scoring.formula_unexpected", 7),
        ("eval(1)", "scoring.formula_function", 1),
        ("share(1)", "scoring.formula_arguments", 1),
        ("1234567890.123456", "scoring.formula_number", 1),
        ("(" * 30 + "1" + ")" * 30, "scoring.formula_too_deep", 26),
        ("+".join("1" * 120), "scoring.formula_too_long", 200),
        ("1" * 501, "scoring.formula_too_long", 501),
        ("__import__('os')", "scoring.formula_function", 1),
        ("a.__class__", "scoring.formula_code_unknown", 1),
        ("sales + hours", "scoring.formula_units", 7),
        ("sales > wait", "scoring.formula_units", 7),
        ("1 + (2 < 3)", "scoring.formula_condition_here", 8),
        ("if(1, 2, 3)", "scoring.formula_no_condition", 4),
        ("round(1, sales)", "scoring.formula_places", 10),
        ("round(1, 7)", "scoring.formula_places", 10),
        ("min(sales, wait)", "scoring.formula_units", 1),
        ("share(sales, wait)", "scoring.formula_units", 1),
    ],
)
def test_where_a_formula_is_wrong(text: str, code: str, at: int):
    with pytest.raises(WrongFormula) as wrong:
        judge(read(text), UNITS)
    assert (wrong.value.code, wrong.value.at) == (code, at)


@pytest.mark.parametrize(
    ("text", "unit"),
    [
        ("sales / hours", "CNY/h"),
        ("sales / hours * hours", "CNY"),
        ("complaints / dishes", ""),
        ("share(complaints, dishes)", "%"),
        ("0.5 * rate + 10", "%"),
        ("sales * sales", "CNY^2"),
        ("1 / wait", "1/s"),
        ("if(sales > 1000, hours, 0)", "h"),
        ("3 + 4", ""),
    ],
)
def test_the_unit_of_what_it_comes_to(text: str, unit: str):
    assert unit_text(judge(read(text), UNITS)) == unit


def test_the_result_must_be_in_the_metric_s_unit():
    judge_result(read("share(complaints, dishes)"), UNITS, unit_of("%"))
    judge_result(read("42"), UNITS, unit_of("CNY"))  # a bare number fits everywhere
    judge_result(read("sales / hours"), UNITS, unit_of("元/小时"))
    with pytest.raises(WrongFormula) as wrong:
        judge_result(read("complaints / dishes"), UNITS, unit_of("%"))
    assert wrong.value.facts == {"unit": "1", "wanted": "%"}


def test_the_working_names_every_step():
    steps: list[Step] = []
    compute(read("round(share(complaints, dishes) + 1, 1)"), FIGURES, steps)
    assert steps == [
        Step("share(complaints, dishes)", Fraction(5, 2)),
        Step("share(complaints, dishes) + 1", Fraction(7, 2)),
        Step("round(share(complaints, dishes) + 1, 1)", Fraction(7, 2)),
    ]


NUMBERS = st.decimals(0, 10**8, places=3, allow_nan=False).map(lambda one: Number(Fraction(one)))
CODES = st.sampled_from(["sales", "new-dishes", "a.b_c", "1st", "sum", "if"]).map(Figure)


def _larger(inner: st.SearchStrategy[Tree]) -> st.SearchStrategy[Tree]:
    reckoned = st.builds(Two, st.sampled_from(["+", "-", "*", "/"]), inner, inner)
    compared = st.builds(Two, st.sampled_from(COMPARISONS), inner, inner)
    calls = st.sampled_from(sorted(FUNCTIONS)).flatmap(
        lambda name: st.lists(inner, min_size=FUNCTIONS[name][0], max_size=min(3, FUNCTIONS[name][1])).map(
            lambda of: Call(name, tuple(of))
        )
    )
    return reckoned | compared | calls | st.builds(Minus, inner)


TREES: st.SearchStrategy[Tree] = st.recursive(NUMBERS | CODES, _larger, max_leaves=12)


@given(TREES)
def test_what_is_written_is_read_as_the_same_tree(tree: Tree):
    text = written(tree)
    if len(text) <= 500:
        assert read(text) == tree


SMALL = st.fractions(-100, 100, max_denominator=50)


@given(SMALL, SMALL, SMALL)
def test_it_reckons_as_arithmetic_does(a: Fraction, b: Fraction, c: Fraction):
    known = {"a": a, "b": b, "c": c}

    def value(text: str) -> Fraction | None:
        return compute(read(text), known)

    assert value("a + b * c") == a + b * c
    assert value("a * (b + c)") == value("a * b + a * c")
    assert value("a - b - c") == a - (b + c)
    assert value("mean(a, b, c) * 3") == value("sum(a, b, c)")
    assert value("if(a < b, a, b)") == value("min(a, b)") == value("-max(-a, -b)")
    assert value("a / b") == (a / b if b else None)
    assert value("share(a, b)") == value("100 * a / b")
    assert value("abs(a)") == value("max(a, -a)")


def test_codes_are_named_once_in_their_order():
    assert codes_of(read("b / (a + [new-dishes]) * b")) == ["b", "a", "new-dishes"]
