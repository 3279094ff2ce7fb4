"""The composite: hand-worked figures of the spec, and what must hold for every figure there can be."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract import composite as engine
from contract.composite import Composite, Figure, composite, exact, plain, points_of, rounded
from tests.support.planted import instead


def figure(
    metric: str, weight: str, actual: str | None, *, kind: engine.Kind = "points", lower: bool = False, target: str | None = None,
    zero: bool = False,
) -> Figure:  # fmt: skip
    line, reached = (None if one is None else exact(one) for one in (target, actual))
    return Figure(metric, kind, lower, exact(weight), line, reached, zero)


def chef(complaints: str = "2.5", weights: tuple[str, str, str] = ("50", "20", "30")) -> list[Figure]:
    dish, rate, new = weights
    return [
        figure("dish_quality", dish, "90"),
        figure("complaint_rate", rate, complaints, kind="number", lower=True, target="2"),
        figure("new_dishes", new, "3", kind="milestones", target="4"),
    ]


def adds(found: Composite) -> list[str]:
    return [plain(line.adds) for line in found.lines]


def test_the_chefs_march_and_april_of_story_two() -> None:
    march, april = composite(chef()), composite(chef("2.0"))
    assert (adds(march), march.total) == (["45", "16", "22.5"], Decimal("83.5"))
    assert [plain(line.points or Decimal(0)) for line in march.lines] == ["90", "80", "75"]
    assert (adds(april), april.total) == (["45", "20", "22.5"], Decimal("87.5"))


def test_the_sales_rep_of_story_two() -> None:
    reached = [("satisfaction", "40", "90"), ("sales", "30", "80"), ("collection", "15", "100"), ("efficiency", "15", "70")]
    found = composite([figure(*one) for one in reached])
    assert (adds(found), found.total) == (["36", "24", "15", "10.5"], Decimal("85.5"))


HAND_WORKED = [
    # kind, lower, actual, target, points
    ("number", True, "50", "40", "80"),  # 50 s against 40 s
    ("number", True, "38", "40", "100"),
    ("number", True, "40", "40", "100"),
    ("number", True, "0", "40", "100"),
    ("number", True, "3", "0", "0"),  # nothing was allowed, three came
    ("number", True, "0", "0", "100"),
    ("number", False, "120", "100", "100"),  # capped
    ("number", False, "50", "200", "25"),
    ("number", False, "-5", "100", "0"),
    ("number", False, "1", "3", "33.33"),
    ("number", False, "2", "3", "66.67"),
    ("number", False, "0", "0", "100"),
    ("number", False, "-1", "0", "0"),
    ("milestones", False, "3", "4", "75"),
    ("milestones", False, "5", "4", "100"),
    ("yes_no", False, "0.9", None, "90"),
    ("rubric", False, "80", None, "80"),
    ("points", False, "101", None, "100"),
    ("points", False, "-1", None, "0"),
]


@pytest.mark.parametrize(("kind", "lower", "actual", "target", "points"), HAND_WORKED)
def test_points_by_hand(kind: engine.Kind, lower: bool, actual: str, target: str | None, points: str) -> None:
    given_target = None if target is None else exact(target)
    assert plain(rounded(points_of(kind, lower=lower, actual=exact(actual), target=given_target))) == points


def test_what_is_missing_is_spread_or_counts_zero_and_half_must_be_known() -> None:
    spread = composite([figure("a", "50", "80"), figure("b", "20", None), figure("c", "30", "60")])
    assert [line.counted for line in spread.lines] == [Fraction("62.5"), 0, Fraction("37.5")]
    assert spread.total == Decimal("72.5")
    zero = composite([figure("a", "50", "80"), figure("b", "20", None, zero=True), figure("c", "30", "60")])
    assert [line.counted for line in zero.lines] == [50, 20, 30] and zero.total == Decimal("58")
    assert composite([figure("a", "50", "80"), figure("b", "50", None)]).total == Decimal("80"), "half is enough"
    assert composite([figure("a", "49.99", "80"), figure("b", "50.01", None)]).total is None
    assert composite([]).total is None


def test_thirds_share_the_last_hundredth_by_code() -> None:
    found = composite([figure(one, "25", None if one == "d" else "100") for one in "dcba"])
    assert {line.metric: line.counted for line in found.lines} == {
        "a": Fraction("33.34"), "b": Fraction("33.33"), "c": Fraction("33.33"), "d": 0,
    }  # fmt: skip
    assert found.total == Decimal("100")


@pytest.mark.parametrize(
    ("value", "text"),
    [("0.005", "0.01"), ("0.0049", "0"), ("2.675", "2.68"), ("-0.005", "-0.01"), ("1/3", "0.33"), ("45.00", "45"), ("9", "9")],
)
def test_rounding_is_half_up_away_from_zero(value: str, text: str) -> None:
    assert plain(rounded(exact(value))) == text


# -- what holds for all of them --------------------------------------------------------------------------------------------

_cents = st.integers(0, 20_000).map(lambda n: Fraction(n, 100))
_kinds = st.sampled_from(["points", "number", "rubric", "yes_no", "milestones"])


@st.composite
def _months(draw: st.DrawFn) -> list[Figure]:
    """One to eight indicators of any kind whose weights are hundredths that sum to 100."""
    count = draw(st.integers(1, 8))
    cuts = sorted(draw(st.lists(st.integers(1, 9_999), min_size=count - 1, max_size=count - 1, unique=True)))
    weights = [Fraction(b - a, 100) for a, b in zip([0, *cuts], [*cuts, 10_000], strict=True)]
    found = []
    for n, weight in enumerate(weights):
        kind = draw(_kinds)
        actual = draw(st.none() | (st.integers(0, 100).map(lambda m: Fraction(m, 100)) if kind == "yes_no" else _cents))
        target = draw(_cents) if kind in ("number", "milestones") else None
        lower = kind == "number" and draw(st.booleans())
        found.append(Figure(f"m{n}", kind, lower, weight, target, actual, draw(st.booleans())))
    return found


def faults(found: list[Figure]) -> list[str]:
    """What a composite of these breaks of its promises: nothing, if the engine is right."""
    made = composite(found)
    broken = []
    if made.total is not None and not 0 <= made.total <= 100:
        broken.append("bounds")
    if made.total is not None and made.total != sum((line.adds for line in made.lines), Decimal(0)):
        broken.append("adds up")
    counts = sum((line.counted for line in made.lines), Fraction(0))
    if any(line.counted for line in made.lines) and counts != 100:
        broken.append("weights")
    if any((line.counted * 100).denominator != 1 or line.counted < 0 for line in made.lines):
        broken.append("hundredths")
    if any(line.counted == 0 for line, one in zip(made.lines, found, strict=True) if one.actual is not None):
        broken.append("what is known counts")
    known = sum((one.weight for one in found if one.actual is not None), Fraction(0))
    if (made.total is None) != (known < 50):
        broken.append("half is known")
    return broken


@pytest.mark.slow
@given(_months())
@settings(max_examples=400, deadline=None)
def test_bounds_sums_and_weights_hold(found: list[Figure]) -> None:
    assert faults(found) == []


@given(_months(), st.randoms(use_true_random=False))
@settings(max_examples=200, deadline=None)
def test_the_order_of_indicators_changes_nothing(found: list[Figure], chance: object) -> None:
    shuffled = list(found)
    chance.shuffle(shuffled)  # type: ignore[attr-defined]
    one, other = composite(found), composite(shuffled)
    assert one.total == other.total
    assert {line.metric: line for line in one.lines} == {line.metric: line for line in other.lines}


@pytest.mark.slow
@given(_months(), st.integers(0, 7), _cents)
@settings(max_examples=400, deadline=None)
def test_a_better_figure_never_makes_it_worse(found: list[Figure], which: int, more: Fraction) -> None:
    one = found[which % len(found)]
    if one.actual is None:
        return
    better = one.actual - more if one.lower else one.actual + more
    changed = [each._replace(actual=better) if each is one else each for each in found]
    before, after = composite(found).total, composite(changed).total
    assert (before is None) == (after is None)
    assert before is None or after is None or after >= before


def test_an_engine_that_rounds_weights_each_for_itself_is_found() -> None:
    """The planted fault: every weight rounded alone, so that three thirds make 99.99."""

    def alone(weights: dict[str, Fraction], whole: Fraction) -> dict[str, Fraction]:
        counting = sum(weights.values(), Fraction(0))
        return {one: Fraction(rounded(weight * whole / counting)) for one, weight in weights.items()} if counting else {}

    thirds = [figure(one, "25", None if one == "d" else "100") for one in "abcd"]
    assert faults(thirds) == []
    with instead(engine, "_shared", alone):
        assert "weights" in faults(thirds)
