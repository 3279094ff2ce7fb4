"""P(inside) against sampling, against closed forms, and circle against polygon."""

from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.likelihood import ACCURACY_PER_SIGMA, p_inside_circle, p_inside_polygon

SAMPLES = 40_000
CIRCLES = [  # centre away, radius, sigma in metres
    (0.0, 100.0, 66.0),
    (100.0, 100.0, 5.0),
    (150.0, 100.0, 30.0),
    (90.0, 100.0, 40.0),
    (400.0, 150.0, 300.0),
    (20.0, 20.0, 50.0),
    (60.0, 50.0, 400.0),
    (1_000.0, 1_000.0, 1.0),
]
L_SHAPE = ((-80.0, -60.0), (80.0, -60.0), (80.0, -10.0), (-20.0, -10.0), (-20.0, 90.0), (-80.0, 90.0))


def below(sigmas: float) -> float:
    return 0.5 * math.erfc(-sigmas / math.sqrt(2))


def sampled(inside: object, sigma_m: float) -> tuple[float, float]:
    """The share of a seeded cloud that lies inside, and four standard errors of it."""
    rng = random.Random(20260101)
    hits = sum(inside(rng.gauss(0, sigma_m), rng.gauss(0, sigma_m)) for _ in range(SAMPLES))  # type: ignore[operator]
    share = hits / SAMPLES
    return share, 4 * math.sqrt(max(share * (1 - share), 1 / SAMPLES) / SAMPLES)


def contains(corners: tuple[tuple[float, float], ...], x: float, y: float) -> bool:
    odd = False
    for i, (bx, by) in enumerate(corners):
        ax, ay = corners[i - 1]
        if (ay > y) != (by > y) and x < ax + (y - ay) * (bx - ax) / (by - ay):
            odd = not odd
    return odd


def test_accuracy_is_the_radius_that_holds_68_in_100() -> None:
    assert pytest.approx(1.5096, abs=1e-4) == ACCURACY_PER_SIGMA
    assert p_inside_circle(0.0, 100.0, 100.0 / ACCURACY_PER_SIGMA) == pytest.approx(0.68, abs=1e-12)


@pytest.mark.parametrize(("away_m", "radius_m", "sigma_m"), CIRCLES)
def test_a_circle_holds_what_a_cloud_of_samples_says(away_m: float, radius_m: float, sigma_m: float) -> None:
    share, error = sampled(lambda x, y: math.hypot(x - away_m, y) <= radius_m, sigma_m)
    assert p_inside_circle(away_m, radius_m, sigma_m) == pytest.approx(share, abs=error)


@pytest.mark.parametrize(("east_m", "north_m", "sigma_m"), [(0, 0, 30), (-50, -30, 10), (30, 40, 25), (200, 0, 120)])
def test_an_l_shaped_store_holds_what_a_cloud_of_samples_says(east_m: float, north_m: float, sigma_m: float) -> None:
    corners = tuple((x - east_m, y - north_m) for x, y in L_SHAPE)
    share, error = sampled(lambda x, y: contains(corners, x, y), sigma_m)
    assert p_inside_polygon(corners, sigma_m) == pytest.approx(share, abs=error)


@given(st.floats(-500, 500), st.floats(1, 800), st.floats(-500, 500), st.floats(1, 800), st.floats(1, 2_000), st.booleans())
def test_a_rectangle_is_the_product_of_two_error_functions(
    west: float, wide: float, south: float, high: float, sigma_m: float, clockwise: bool
) -> None:
    corners = [(west, south), (west + wide, south), (west + wide, south + high), (west, south + high)]
    exact = (below((west + wide) / sigma_m) - below(west / sigma_m)) * (below((south + high) / sigma_m) - below(south / sigma_m))
    got = p_inside_polygon(corners[::-1] if clockwise else corners, sigma_m)
    assert got == pytest.approx(exact, abs=1e-9)


@pytest.mark.parametrize("corner", [(0.0, 0.0), (50.0, 0.0), (0.0, -40.0)])
def test_a_fix_exactly_on_an_edge_or_a_corner_has_no_gap(corner: tuple[float, float]) -> None:
    """The angles seen from such a point are degenerate; the answer is not."""
    x, y = corner
    corners = [(-x, -y), (100 - x, -y), (100 - x, 80 - y), (-x, 80 - y)]
    nudged = [(cx + 1e-7, cy + 1e-7) for cx, cy in corners]
    assert p_inside_polygon(corners, 20.0) == pytest.approx(p_inside_polygon(nudged, 20.0), abs=1e-6)


@given(st.floats(0, 800), st.floats(20, 500), st.floats(10, 500))
def test_a_polygon_of_200_corners_is_nearly_its_circle(away_m: float, radius_m: float, sigma_m: float) -> None:
    turns = [2 * math.pi * i / 200 for i in range(200)]
    # corners a little outside, so that the polygon has the circle's area
    reach = radius_m / math.sqrt(math.sin(2 * math.pi / 200) / (2 * math.pi / 200))
    corners = [(away_m + reach * math.cos(t), reach * math.sin(t)) for t in turns]
    assert p_inside_polygon(corners, sigma_m) == pytest.approx(p_inside_circle(away_m, radius_m, sigma_m), abs=5e-4)


@pytest.mark.parametrize(
    ("away_m", "radius_m", "sigma_m"),
    [*CIRCLES, (995.0, 1_000.0, 1.0), (5_000.0, 5_000.0, 2.0), (30.0, 20.0, 2.0), (20.0, 20.0, 6_600.0)],
)
def test_the_circle_agrees_with_a_hundred_times_finer_sum(away_m: float, radius_m: float, sigma_m: float) -> None:
    strips = 20_000
    total = 0.0
    for i in range(strips):
        angle = -math.pi / 2 + math.pi * (i + 0.5) / strips
        gap = (radius_m * math.sin(angle) - away_m) / sigma_m
        half = radius_m * math.cos(angle)
        total += math.exp(-gap * gap / 2) * math.erf(half / (sigma_m * math.sqrt(2))) * half * math.pi / strips
    exact = total / (sigma_m * math.sqrt(2 * math.pi))
    assert p_inside_circle(away_m, radius_m, sigma_m) == pytest.approx(exact, abs=2e-6)


@given(st.floats(0, 1e7), st.floats(0.01, 5_000), st.floats(1.9, 6_700))
def test_a_probability_is_between_none_and_certain(away_m: float, radius_m: float, sigma_m: float) -> None:
    assert 0.0 <= p_inside_circle(away_m, radius_m, sigma_m) <= 1.0
    corners = [(away_m, -radius_m), (away_m + radius_m, radius_m), (away_m - radius_m, radius_m)]
    assert 0.0 <= p_inside_polygon(corners, sigma_m) <= 1.0
