"""Pins copied from Chinese maps land on the true shop, and two datums can never meet in one calculation."""

from __future__ import annotations

import json
import math
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.datums import (
    Bd09,
    Datum,
    Gcj02,
    Wgs84,
    bd09_from_gcj02,
    bd09_from_wgs84,
    from_wgs84,
    gcj02_from_bd09,
    gcj02_from_wgs84,
    to_wgs84,
    wgs84_from_bd09,
    wgs84_from_gcj02,
)
from contract.geo import Circle, distance_m, distance_to_fence_m, fix_from_reading, geodesic_m, place_of
from tests.support.shared_data import ROOT, shared_data

# The fixture was taken from map services at 1e-7 degrees; every published implementation is 0.73 m off somewhere in it.
FIXTURE_M = 0.75


def metres(one: Wgs84 | Gcj02 | Bd09, other: Wgs84 | Gcj02 | Bd09) -> float:
    return geodesic_m(Wgs84(one.lat, one.lng), Wgs84(other.lat, other.lng))


@pytest.fixture(scope="module")
def cities() -> list[tuple[Wgs84, Gcj02, Bd09]]:
    """332 Chinese cities in all three datums (gcoord's fixture, MIT; it lists each of them twice)."""
    rows = json.loads(shared_data("vectors", "china_cities_datums.json").read_text(encoding="utf-8"))
    places = [
        (
            Wgs84(row["coords"]["WGS84"][1], row["coords"]["WGS84"][0]),
            Gcj02(row["coords"]["GCJ02"][1], row["coords"]["GCJ02"][0]),
            Bd09(row["coords"]["BD09"][1], row["coords"]["BD09"][0]),
        )
        for row in rows
    ]
    assert len(set(places)) == 332
    return list(dict.fromkeys(places))


def test_every_city_of_the_third_party_fixture_converts_to_within_its_own_rounding(
    cities: list[tuple[Wgs84, Gcj02, Bd09]],
) -> None:
    for wgs, gcj, bd in cities:
        assert metres(gcj02_from_wgs84(wgs), gcj) < FIXTURE_M
        assert metres(wgs84_from_gcj02(gcj), wgs) < FIXTURE_M
        assert metres(bd09_from_wgs84(wgs), bd) < FIXTURE_M
        assert metres(wgs84_from_bd09(bd), wgs) < FIXTURE_M
        assert metres(bd09_from_gcj02(gcj), bd) < 0.015
        assert metres(gcj02_from_bd09(bd), gcj) < 0.015


def test_going_there_and_back_is_exact_to_a_hundredth_of_a_millimetre_in_every_city(
    cities: list[tuple[Wgs84, Gcj02, Bd09]],
) -> None:
    for wgs, gcj, bd in cities:
        assert metres(wgs84_from_gcj02(gcj02_from_wgs84(wgs)), wgs) < 1e-5
        assert metres(gcj02_from_wgs84(wgs84_from_gcj02(gcj)), gcj) < 1e-5
        assert metres(bd09_from_wgs84(wgs84_from_bd09(bd)), bd) < 1e-5


def test_the_datums_of_one_shop_are_further_apart_than_a_fence_is_wide(cities: list[tuple[Wgs84, Gcj02, Bd09]]) -> None:
    """The figures of design/evidence.md 2.6, and why a pin without its datum is worthless."""
    gcj_off = sorted(metres(wgs, gcj) for wgs, gcj, _ in cities)
    bd_off = [metres(wgs, bd) for wgs, _, bd in cities]
    assert 88 < gcj_off[0] < 90
    assert 671 < gcj_off[-1] < 673
    assert 530 < gcj_off[len(gcj_off) // 2] < 533
    assert 756 < min(bd_off) < max(bd_off) < 1483


@pytest.mark.parametrize(
    ("wgs", "gcj"),
    [  # the tests of eviltransform (MIT)
        ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
        ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
        ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
    ],
)
def test_published_points_convert_to_the_last_digit(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    got = gcj02_from_wgs84(Wgs84(*wgs))
    assert (got.lat, got.lng) == pytest.approx(gcj, abs=1e-12)
    back = to_wgs84("gcj02", *gcj)
    assert (back.lat, back.lng) == pytest.approx(wgs, abs=1e-9)


@pytest.mark.parametrize(
    ("wgs", "gcj", "bd"),
    [  # Urumqi and Lhasa, from gcoord's fixture: the far west, where rough formulas drift
        ((43.824388, 87.6140048), (43.8255962, 87.6168579), (43.8317719, 87.6232918)),
        ((29.655277, 91.1706414), (29.6524954, 91.1721167), (29.6585294, 91.1786184)),
    ],
)
def test_the_far_west_converts_like_the_rest(wgs: tuple[float, float], gcj: tuple[float, float], bd: tuple[float, float]) -> None:
    assert metres(gcj02_from_wgs84(Wgs84(*wgs)), Gcj02(*gcj)) < FIXTURE_M
    assert metres(bd09_from_wgs84(Wgs84(*wgs)), Bd09(*bd)) < FIXTURE_M
    assert metres(to_wgs84("bd09", *bd), Wgs84(*wgs)) < FIXTURE_M


CHINA_LAT = st.floats(3.0, 54.0)
CHINA_LNG = st.floats(72.0, 136.0)


@given(CHINA_LAT, CHINA_LNG)
def test_there_and_back_is_exact_anywhere_near_china(lat: float, lng: float) -> None:
    """One hundredth of a metre is the promise (G17); borders, sea, Hong Kong and Taiwan included."""
    here = Wgs84(lat, lng)
    for datum in Datum:
        shown = from_wgs84(datum, here)
        assert metres(to_wgs84(datum, *shown), here) < 0.01
    assert metres(wgs84_from_gcj02(gcj02_from_wgs84(here)), here) < 1e-4
    assert abs(wgs84_from_gcj02(gcj02_from_wgs84(here)).lat_e7 - here.lat_e7) <= 1


def test_a_pin_from_amap_compared_with_a_phone_is_inside_and_would_be_outside_without_its_datum() -> None:
    """The store pin copied from a GCJ-02 map, a phone giving WGS-84, radius 100 m."""
    shop = Wgs84(31.230416, 121.473701)
    pin = gcj02_from_wgs84(shop)
    phone = fix_from_reading(shop.lat, shop.lng, 12.0, age_ms=800)
    assert place_of(phone, Circle(to_wgs84(Datum.GCJ02, pin.lat, pin.lng), 100)).verdict == "inside"
    assert place_of(phone, Circle(to_wgs84(Datum.WGS84, pin.lat, pin.lng), 100)).verdict == "outside"


@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf, 91.0, -90.000001, 1e300])
def test_no_datum_holds_a_latitude_that_is_not_on_earth(bad: float) -> None:
    for datum in Datum:
        with pytest.raises(ValueError):
            to_wgs84(datum, bad, 110.0)
        with pytest.raises(ValueError):
            to_wgs84(datum, 30.0, bad * 3)


def test_a_chinese_datum_far_from_china_is_an_entry_error_and_not_a_guess() -> None:
    for lat, lng in ((48.85, 2.35), (-33.9, 151.2), (40.7, -74.0)):
        assert to_wgs84("wgs84", lat, lng) == Wgs84(lat, lng)
        for datum in ("gcj02", "bd09"):
            with pytest.raises(ValueError, match="no Chinese map datum"):
                to_wgs84(datum, lat, lng)
        with pytest.raises(ValueError, match="no Chinese map datum"):
            gcj02_from_wgs84(Wgs84(lat, lng))
    with pytest.raises(ValueError):
        to_wgs84("mars", 30.0, 110.0)


@pytest.mark.parametrize("datum", [Gcj02, Bd09])
@pytest.mark.parametrize(("lat", "lng"), [(0.0, 65.0), (60.0, 145.0), (0.0, 145.0), (60.0, 65.0)])
def test_chinese_maps_reach_exactly_as_far_as_stated(datum: type[Gcj02] | type[Bd09], lat: float, lng: float) -> None:
    datum(lat, lng)
    for off_lat, off_lng in ((-0.01 if lat == 0 else 0.01, 0), (0, -0.01 if lng == 65 else 0.01)):
        with pytest.raises(ValueError):
            datum(lat + off_lat, lng + off_lng)


def test_the_ends_of_the_world_are_in_it() -> None:
    for lat, lng in ((90.0, 180.0), (-90.0, -180.0)):
        assert (Wgs84(lat, lng).lat_e7, Wgs84(lat, lng).lng_e7) == (lat * 10_000_000, lng * 10_000_000)
    for lat, lng in ((90.0000001, 0.0), (0.0, 180.0000001), (0.0, -180.0000001)):
        with pytest.raises(ValueError):
            Wgs84(lat, lng)


def test_mixing_two_datums_stops_at_run_time() -> None:
    wgs, gcj, bd = Wgs84(31.0, 121.0), Gcj02(31.0, 121.0), Bd09(31.0, 121.0)
    assert wgs != gcj and gcj != bd
    for one, other in ((wgs, gcj), (gcj, wgs), (bd, bd), (gcj, bd)):
        for measure in (distance_m, geodesic_m):
            with pytest.raises(TypeError, match="WGS-84"):
                measure(one, other)  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        distance_to_fence_m(wgs, Circle(gcj, 100))  # type: ignore[arg-type]
    with pytest.raises(TypeError):
        place_of(fix_from_reading(31.0, 121.0, 10.0, age_ms=0), Circle(bd, 100))  # type: ignore[arg-type]
    for convert, wrong in (
        (wgs84_from_gcj02, wgs),
        (wgs84_from_bd09, gcj),
        (gcj02_from_wgs84, gcj),
        (bd09_from_gcj02, wgs),
        (gcj02_from_bd09, gcj),
        (lambda place: from_wgs84("bd09", place), bd),
    ):
        with pytest.raises(TypeError, match="expected a"):
            convert(wrong)  # type: ignore[operator]


@pytest.mark.slow
def test_mixing_two_datums_stops_the_type_checker(tmp_path: Path) -> None:
    """The same program with the right types passes, so that it is the mix which is refused."""
    program = (
        "from contract.datums import Gcj02, Wgs84\n"
        "from contract.geo import Circle, distance_m\n"
        "print(distance_m(Wgs84(31.0, 121.0), {0}(31.0, 121.0)))\n"
        "print(Circle({0}(31.0, 121.0), 100))\n"
    )
    for datum, complaints in (("Wgs84", 0), ("Gcj02", 2)):
        path = tmp_path / f"{datum.lower()}_mix.py"
        path.write_text(program.format(datum), encoding="utf-8")
        ran = subprocess.run(
            [sys.executable, "-m", "mypy", "--strict", "--config-file", str(ROOT / "pyproject.toml"), str(path)],
            cwd=ROOT,
            capture_output=True,
            text=True,
            check=False,
        )
        assert ran.stdout.count("incompatible type") == complaints, ran.stdout + ran.stderr
        assert (ran.returncode == 0) is (complaints == 0), ran.stdout + ran.stderr
