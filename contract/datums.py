"""The three map datums a pin in China can be copied from, as three types that cannot be mixed.

WGS-84 is what satellites and raw phone fixes give; GCJ-02 is what Amap, Tencent and Apple's map of China show; BD-09 is
Baidu's. The same shop differs by 89-672 m between the first two and by up to 1.5 km to the third, more than any fence
radius. Everything we store and compare is WGS-84; the datum somebody *entered* is asked for, never guessed: every "is
it in China" rectangle is wrong at a border, in Hong Kong, in Macau. Outside the box below the two Chinese datums do not
exist at all, and a pin there is an entry error that we refuse to convert.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from enum import StrEnum
from typing import Final

_AXIS_M: Final = 6378245.0  # Krasovsky 1940, the ellipsoid the offset is defined on
_ECCENTRICITY2: Final = 0.00669342162296594323
_BD_TURN: Final = math.pi * 3000.0 / 180.0
_BD_LAT: Final = 0.006
_BD_LNG: Final = 0.0065

CHINESE_DATUM_LAT: Final = (0.0, 60.0)
CHINESE_DATUM_LNG: Final = (65.0, 145.0)

_SETTLED_DEG: Final = 1e-10  # 0.01 mm: a hundred times finer than what is kept (1e-7 degrees)
_MOST_ROUNDS: Final = 30


class Datum(StrEnum):
    """The map a position was copied from."""

    WGS84 = "wgs84"
    GCJ02 = "gcj02"
    BD09 = "bd09"


@dataclass(frozen=True, slots=True)
class Wgs84:
    """A position on earth in degrees; the only datum a distance may be taken in."""

    lat: float
    lng: float

    def __post_init__(self) -> None:
        # written so that NaN, which compares false to everything, is refused as well
        if not (-90.0 <= self.lat <= 90.0 and -180.0 <= self.lng <= 180.0):
            raise ValueError(f"no such place on earth: {self.lat}, {self.lng}")

    @classmethod
    def from_e7(cls, lat_e7: int, lng_e7: int) -> Wgs84:
        return cls(lat_e7 / 1e7, lng_e7 / 1e7)

    @property
    def lat_e7(self) -> int:
        return round(self.lat * 1e7)

    @property
    def lng_e7(self) -> int:
        return round(self.lng * 1e7)


@dataclass(frozen=True, slots=True)
class Gcj02:
    """A position as Amap, Tencent or Apple's map of China shows it."""

    lat: float
    lng: float

    def __post_init__(self) -> None:
        _must_be_where_chinese_maps_are(self.lat, self.lng)


@dataclass(frozen=True, slots=True)
class Bd09:
    """A position as Baidu's map shows it."""

    lat: float
    lng: float

    def __post_init__(self) -> None:
        _must_be_where_chinese_maps_are(self.lat, self.lng)


def gcj02_from_wgs84(place: Wgs84) -> Gcj02:
    _must_be(Wgs84, place)
    return Gcj02(*_shift(place.lat, place.lng))


def wgs84_from_gcj02(place: Gcj02) -> Wgs84:
    """The offset has no closed inverse: walk back until the forward conversion lands on the pin again."""
    _must_be(Gcj02, place)
    lat, lng = place.lat, place.lng
    for _ in range(_MOST_ROUNDS):
        shown_lat, shown_lng = _shift(lat, lng)
        off_lat, off_lng = shown_lat - place.lat, shown_lng - place.lng
        lat, lng = lat - off_lat, lng - off_lng
        if abs(off_lat) < _SETTLED_DEG and abs(off_lng) < _SETTLED_DEG:
            break
    return Wgs84(lat, lng)


def bd09_from_gcj02(place: Gcj02) -> Bd09:
    _must_be(Gcj02, place)
    return Bd09(*_twist(place.lat, place.lng))


def gcj02_from_bd09(place: Bd09) -> Gcj02:
    """Walked back like the one above; the formula everybody copies for this direction is up to 0.5 m off."""
    _must_be(Bd09, place)
    lat, lng = place.lat - _BD_LAT, place.lng - _BD_LNG
    for _ in range(_MOST_ROUNDS):
        shown_lat, shown_lng = _twist(lat, lng)
        off_lat, off_lng = shown_lat - place.lat, shown_lng - place.lng
        lat, lng = lat - off_lat, lng - off_lng
        if abs(off_lat) < _SETTLED_DEG and abs(off_lng) < _SETTLED_DEG:
            break
    return Gcj02(lat, lng)


def bd09_from_wgs84(place: Wgs84) -> Bd09:
    return bd09_from_gcj02(gcj02_from_wgs84(place))


def wgs84_from_bd09(place: Bd09) -> Wgs84:
    return wgs84_from_gcj02(gcj02_from_bd09(place))


def to_wgs84(datum: Datum | str, lat: float, lng: float) -> Wgs84:
    """The true place of a pin copied from a map of this datum; ValueError where that map has no such place."""
    match Datum(datum):
        case Datum.WGS84:
            return Wgs84(lat, lng)
        case Datum.GCJ02:
            return wgs84_from_gcj02(Gcj02(lat, lng))
        case Datum.BD09:
            return wgs84_from_bd09(Bd09(lat, lng))


def from_wgs84(datum: Datum | str, place: Wgs84) -> tuple[float, float]:
    """(lat, lng) to show a place on a map of this datum; ValueError where that map has no such place."""
    _must_be(Wgs84, place)
    match Datum(datum):
        case Datum.WGS84:
            return place.lat, place.lng
        case Datum.GCJ02:
            shown = gcj02_from_wgs84(place)
            return shown.lat, shown.lng
        case Datum.BD09:
            baidu = bd09_from_wgs84(place)
            return baidu.lat, baidu.lng


def _must_be(datum: type, place: object) -> None:
    """Types stop a mix when the code is checked; this stops one that came through untyped data."""
    if type(place) is not datum:
        raise TypeError(f"expected a {datum.__name__} position, got {type(place).__name__}")


def _must_be_where_chinese_maps_are(lat: float, lng: float) -> None:
    south, north = CHINESE_DATUM_LAT
    west, east = CHINESE_DATUM_LNG
    if not (south <= lat <= north and west <= lng <= east):
        raise ValueError(f"no Chinese map datum reaches {lat}, {lng}")


def _shift(lat: float, lng: float) -> tuple[float, float]:
    """WGS-84 to GCJ-02. The published constants; nobody outside the survey office knows why they are what they are."""
    x, y = lng - 105.0, lat - 35.0
    wave = (20.0 * math.sin(6.0 * x * math.pi) + 20.0 * math.sin(2.0 * x * math.pi)) * 2.0 / 3.0
    root = math.sqrt(abs(x))
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * root + wave
    north += (20.0 * math.sin(y * math.pi) + 40.0 * math.sin(y / 3.0 * math.pi)) * 2.0 / 3.0
    north += (160.0 * math.sin(y / 12.0 * math.pi) + 320.0 * math.sin(y * math.pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * root + wave
    east += (20.0 * math.sin(x * math.pi) + 40.0 * math.sin(x / 3.0 * math.pi)) * 2.0 / 3.0
    east += (150.0 * math.sin(x / 12.0 * math.pi) + 300.0 * math.sin(x / 30.0 * math.pi)) * 2.0 / 3.0
    phi = math.radians(lat)
    squash = 1.0 - _ECCENTRICITY2 * math.sin(phi) ** 2
    meridian_m = _AXIS_M * (1.0 - _ECCENTRICITY2) / (squash * math.sqrt(squash))
    parallel_m = _AXIS_M / math.sqrt(squash) * math.cos(phi)
    return lat + math.degrees(north / meridian_m), lng + math.degrees(east / parallel_m)


def _twist(lat: float, lng: float) -> tuple[float, float]:
    """GCJ-02 to BD-09: Baidu's own turn on top."""
    away = math.hypot(lat, lng) + 0.00002 * math.sin(lat * _BD_TURN)
    angle = math.atan2(lat, lng) + 0.000003 * math.cos(lng * _BD_TURN)
    return away * math.sin(angle) + _BD_LAT, away * math.cos(angle) + _BD_LNG
