"""Honest people are left in peace: the promise, on a seeded crowd, and rules that must break it.

Rates as in design/evidence.md 2.4, over the real `place_of` and the real `judge_punch`.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

import msgspec
import pytest

from contract.datums import Wgs84
from contract.evidence import DEFAULT, Weights
from contract.geo import Circle, Fence, Fix, Place, distance_m, place_of
from tests.contract.honest_people import SURROUNDINGS, Crowd, shares

pytestmark = pytest.mark.slow

ABOVE_GROUND = [name for name in SURROUNDINGS if name != "mall basement"]


def broken_promises(count: int, *, judge: Callable[[Fix | None, Fence | None], Place], weights: Weights) -> list[str]:
    """Which promise a rule breaks, in stores whose tablet is heard: the strictest line there is."""
    rates = {name: shares(Crowd(name, judge=judge), count, weights=weights) for name in SURROUNDINGS}
    slack = 3 * math.sqrt(0.002 / count)  # three standard errors of the sample, for a single place
    broken = []
    if sum(rate["review"] for rate in rates.values()) / len(rates) > 0.002:
        broken.append("review over all places above 0.2 %")
    broken += [f"review in {name} above 0.2 %" for name, rate in rates.items() if rate["review"] > 0.002 + slack]
    if sum(rates[name]["ask"] for name in ABOVE_GROUND) / len(ABOVE_GROUND) > 0.05:
        broken.append("ask above ground above 5 %")
    if rates["mall basement"]["ask"] > 0.10:
        broken.append("ask in the basement above 10 %")
    broken += [f"not green after one more proof in {name}" for name, rate in rates.items() if rate["green in the end"] < 0.98]
    return broken


def hard_fence(fix: Fix | None, fence: Fence | None) -> Place:
    """The planted fault: the rule of most products, a point in a circle, and no fix is outside."""
    assert isinstance(fence, Circle)
    away_m = math.inf if fix is None else distance_m(Wgs84.from_e7(fix.lat_e7, fix.lng_e7), fence.center)
    if away_m <= fence.radius_m:
        return Place(verdict="inside", p_inside_pm=1000, distance_m=round(away_m), accuracy_m=1)
    return Place(verdict="outside", p_inside_pm=0, distance_m=9_999, accuracy_m=1, far_outside=True)


def test_honest_people_are_hardly_ever_reviewed_and_seldom_asked() -> None:
    assert broken_promises(10_000, judge=place_of, weights=DEFAULT) == []


def test_a_hard_fence_breaks_the_promise() -> None:
    broken = broken_promises(5_000, judge=hard_fence, weights=DEFAULT)
    assert "ask above ground above 5 %" in broken
    assert "ask in the basement above 10 %" in broken
    assert "review in mall basement above 0.2 %" in broken


@pytest.mark.parametrize(
    "harsher",
    [{"no_fix": -12}, {"place_blurred": -10}, {"green_from_with_tablet": 36}, {"ask_span": 4}, {"device_bound": 0}],
)
def test_harsher_weights_break_the_promise(harsher: dict[str, int]) -> None:
    """So that nobody turns a screw without seeing whom it hurts."""
    assert broken_promises(5_000, judge=place_of, weights=msgspec.structs.replace(DEFAULT, **harsher)) != []


@pytest.mark.parametrize(
    ("surroundings", "green"),
    [("open street", 0.998), ("urban canyon", 0.997), ("mall ground floor", 0.993), ("mall basement", 0.973)],
)
def test_where_the_tablet_was_not_heard_but_its_code_was_read_nearly_all_are_green(surroundings: str, green: float) -> None:
    """The page's first row: 99.8 / 99.7 / 99.3 / 97.3 %."""
    rate = shares(Crowd(surroundings, tablet_heard=False), 10_000)
    assert rate["green"] == pytest.approx(green, abs=0.003)
    assert rate["review"] <= 0.001


def test_without_any_tablet_nobody_is_reviewed_but_a_basement_is_asked_often() -> None:
    """What the page leaves open: no code can be read there at all. Stated, not hidden: the tablet is the cure."""
    crowds = {name: shares(Crowd(name, tablet_shown=False, tablet_heard=False), 5_000) for name in SURROUNDINGS}
    assert all(rate["review"] <= 0.002 for rate in crowds.values())
    assert crowds["open street"]["ask"] < 0.03
    assert crowds["mall ground floor"]["ask"] < 0.08
    assert 0.15 < crowds["mall basement"]["ask"] < 0.30


@pytest.mark.parametrize("surroundings", list(SURROUNDINGS))
def test_phones_that_boast_and_phones_that_are_modest_are_treated_alike(surroundings: str) -> None:
    """At most two points between brands whose stated accuracy is 0.7 and 1.4 times the usual."""
    greens = [shares(Crowd(surroundings, brand=brand), 3_000)["green"] for brand in (0.7, 1.0, 1.4)]
    assert max(greens) - min(greens) <= 0.02


def test_the_crowd_is_the_same_every_time() -> None:
    crowd = Crowd("mall basement")
    assert shares(crowd, 500) == shares(crowd, 500)
    assert shares(crowd, 500) != shares(replace(crowd, surroundings="open street"), 500)
