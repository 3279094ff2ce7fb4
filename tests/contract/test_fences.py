"""What may be drawn as a store, and what the person who draws is told."""

from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.datums import Wgs84, gcj02_from_wgs84
from contract.fences import (
    Circle,
    FenceRefused,
    Polygon,
    distance_to_fence_m,
    edge_away_m,
    fence_drawn,
    fence_kept,
    fence_problems,
    middle_of,
)
from contract.geo import distance_m
from contract.geodesy import TangentPlane

SHOP = Wgs84(31.230416, 121.473701)
LAT_M, LNG_M = 1 / 110_860, 1 / 95_280


def drawn(*corners_m: tuple[float, float]) -> Polygon:
    return Polygon(tuple(Wgs84(SHOP.lat + y * LAT_M, SHOP.lng + x * LNG_M) for x, y in corners_m))


@pytest.mark.parametrize(
    ("fence", "problem"),
    [
        (Circle(SHOP, 19), "fence.radius_too_small"),
        (Circle(SHOP, math.nan), "fence.radius_too_small"),
        (Circle(SHOP, -50), "fence.radius_too_small"),
        (Circle(SHOP, 5_001), "fence.radius_too_large"),
        (drawn(), "fence.too_few_points"),
        (drawn((0, 0), (50, 0), (0, 0), (50, 0)), "fence.too_few_points"),
        (drawn(*((100 * math.cos(i / 32), 100 * math.sin(i / 32)) for i in range(201))), "fence.too_many_points"),
        (drawn((0, 0), (100, 100), (100, 0), (0, 100)), "fence.crosses_itself"),
        (drawn((0, 0), (100, 0), (50, 0), (50, 80)), "fence.crosses_itself"),
        (drawn((0, 0), (100, 0), (100, 80), (50, 0), (0, 80)), "fence.crosses_itself"),
        (drawn((0, 0), (90, 30), (60, 20), (10, 90)), "fence.crosses_itself"),  # back over its own slanted wall
        (drawn((90, 30), (60, 20), (10, 90), (0, 0)), "fence.crosses_itself"),  # the same, begun elsewhere
        (drawn((60, 20), (10, 90), (0, 0), (90, 30)), "fence.crosses_itself"),
        (drawn((10, 90), (0, 0), (90, 30), (60, 20)), "fence.crosses_itself"),
        (drawn((0, 0), (30, 10), (90, 30), (0.0, 0.01), (90, 29.99)), "fence.crosses_itself"),
        (drawn((0, 0), (0.001, 0), (0, 0.001)), "fence.too_few_points"),  # three clicks on one spot
        (drawn((0, 0), (120, 0), (120, 90), (60, 0), (0, 90)), "fence.crosses_itself"),  # a corner on another wall
        (drawn((0, 0), (10, 0), (10, 10), (0, 10)), "fence.too_small"),
        (drawn((0, 0), (9_000, 0), (9_000, 12_000), (0, 12_000)), "fence.too_large"),
        (drawn((0, 0), (400_000, 0), (400_000, 300_000)), "fence.too_large"),
    ],
)
def test_a_fence_that_cannot_work_is_named(fence: Circle | Polygon, problem: str) -> None:
    assert fence_problems(fence) == [problem]


@pytest.mark.parametrize(
    "fence",
    [
        Circle(SHOP, 20),
        Circle(SHOP, 5_000),
        drawn((0, 0), (100, 0), (0, 100)),
        drawn((0, 0), (100, 0), (100, 30), (40, 30), (40, 90), (0, 90)),  # an L
        drawn((0, 0), (50, 0), (100, 0), (100, 80), (0, 80)),  # a corner on a straight wall
        drawn((0, 0), (100, 0), (100, 0), (0, 100), (0, 0)),  # a double click, and the ring closed
        drawn((0, 0), (90, 4), (0, 8), (-40, 4)),  # sharp, but not folded
        drawn((0, 0), (100, 0), (100, 80), (52, 78), (50, 10), (48, 78), (0, 80)),  # a deep yard
        drawn(*((500 * math.cos(i * math.pi / 100), 500 * math.sin(i * math.pi / 100)) for i in range(200))),
        Polygon((Wgs84(-16.801, 179.999), Wgs84(-16.801, -179.999), Wgs84(-16.799, -179.999), Wgs84(-16.799, 179.999))),
    ],
)
def test_a_fence_somebody_would_draw_is_fine(fence: Circle | Polygon) -> None:
    assert fence_problems(fence) == []


@given(st.lists(st.builds(Wgs84, st.floats(-90, 90), st.floats(-180, 180)), max_size=20))
def test_any_scribble_gets_an_answer(points: list[Wgs84]) -> None:
    assert all(problem.startswith("fence.") for problem in fence_problems(Polygon(tuple(points))))


METRES = st.floats(-300, 300)


@given(st.tuples(METRES, METRES, METRES, METRES, METRES, METRES))
def test_the_way_to_a_slanted_fence_is_what_walking_its_edge_finds(numbers: tuple[float, ...]) -> None:
    a, b, c = corners = [(numbers[0], numbers[1]), (numbers[2], numbers[3]), (numbers[4], numbers[5])]
    walked = min(
        math.hypot(p[0] + (q[0] - p[0]) * step / 400, p[1] + (q[1] - p[1]) * step / 400)
        for p, q in ((a, b), (b, c), (c, a))
        for step in range(401)
    )
    turns = [p[0] * q[1] - p[1] * q[0] for p, q in ((a, b), (b, c), (c, a))]
    within = all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)
    away_m = edge_away_m(corners)
    assert abs(away_m) == pytest.approx(walked, abs=2.2)  # steps of at most 2.2 m
    if walked > 3:
        assert (away_m < 0) is within


def test_a_fence_copied_from_a_chinese_map_encloses_the_true_shop() -> None:
    pin = gcj02_from_wgs84(SHOP)
    lat_e7, lng_e7 = round(pin.lat * 1e7), round(pin.lng * 1e7)
    circle = fence_drawn("gcj02", center=(lat_e7, lng_e7), radius_m=100)
    assert distance_m(middle_of(circle), SHOP) < 0.02
    ring = ((-9_000, -9_000), (-9_000, 9_000), (9_000, 9_000), (9_000, -9_000))
    yard = fence_drawn("gcj02", points=[(lat_e7 + a, lng_e7 + b) for a, b in ring])
    assert distance_to_fence_m(SHOP, yard) < -80
    raw = fence_drawn("wgs84", center=(lat_e7, lng_e7), radius_m=100)
    assert distance_to_fence_m(SHOP, raw) > 300


@pytest.mark.parametrize(
    ("shape", "problem"),
    [
        ({}, "fence.no_shape"),
        ({"points": []}, "fence.no_shape"),
        ({"center": (312_304_160, 1_214_737_010)}, "fence.no_shape"),
        ({"radius_m": 100}, "fence.no_shape"),
        ({"center": (0, 0), "radius_m": 100, "points": [(1, 1)]}, "fence.two_shapes"),
        ({"radius_m": 100, "points": [(1, 1)]}, "fence.two_shapes"),
        ({"center": (910_000_000, 0), "radius_m": 100}, "fence.out_of_world"),
        ({"center": (10**400, 0), "radius_m": 100}, "fence.out_of_world"),
        ({"center": (312_304_160, 1_214_737_010), "radius_m": 5}, "fence.radius_too_small"),
        ({"points": [(1, 1), (2, 2)]}, "fence.too_few_points"),
    ],
)
def test_a_drawing_that_is_no_fence_says_what_it_lacks(shape: dict[str, object], problem: str) -> None:
    with pytest.raises(FenceRefused) as refused:
        fence_drawn("wgs84", **shape)  # type: ignore[arg-type]
    assert refused.value.problems == (problem,)


def test_a_paris_pin_from_a_chinese_map_is_refused() -> None:
    with pytest.raises(FenceRefused, match="out_of_world"):
        fence_drawn("bd09", center=(488_500_000, 23_500_000), radius_m=100)


def test_a_kept_fence_is_read_back_as_what_it_was() -> None:
    assert fence_kept(312_304_160, 1_214_737_010, 80, None) == Circle(Wgs84(31.230416, 121.473701), 80)
    corners = [(312_304_160, 1_214_737_010), (312_314_160, 1_214_737_010), (312_304_160, 1_214_747_010)]
    kept = fence_kept(0, 0, None, corners)
    assert isinstance(kept, Polygon)
    assert [(p.lat_e7, p.lng_e7) for p in kept.points] == corners
    with pytest.raises(FenceRefused, match="no_shape"):
        fence_kept(312_304_160, 1_214_737_010, None, None)


@given(st.floats(-89, 89), st.floats(-180, 180), st.floats(0, 360), st.floats(1, 30_000))
def test_the_flat_map_is_true_in_length_and_direction_from_its_middle(
    lat: float, lng: float, bearing: float, metres: float
) -> None:
    from geographiclib.geodesic import Geodesic

    there = Geodesic.WGS84.Direct(lat, lng, bearing, metres)
    plane = TangentPlane(Wgs84(lat, lng))
    east, north = plane.east_north_m(Wgs84(there["lat2"], (there["lon2"] + 180) % 360 - 180))
    turn = math.radians(bearing)
    assert math.hypot(east, north) == pytest.approx(metres, abs=0.05)
    assert east == pytest.approx(metres * math.sin(turn), abs=0.2)
    assert north == pytest.approx(metres * math.cos(turn), abs=0.2)


def test_the_flat_map_around_a_place_keeps_lengths_and_directions() -> None:
    plane = TangentPlane(SHOP)
    assert plane.east_north_m(SHOP) == (0.0, 0.0)
    east, north = plane.east_north_m(Wgs84(SHOP.lat, SHOP.lng + 100 * LNG_M))
    assert (east, north) == (pytest.approx(100, abs=0.1), pytest.approx(0, abs=0.01))
    east, north = plane.east_north_m(Wgs84(SHOP.lat + 100 * LAT_M, SHOP.lng))
    assert (east, north) == (pytest.approx(0, abs=0.01), pytest.approx(100, abs=0.1))
