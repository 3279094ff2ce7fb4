"""Distances and directions on the earth, all in WGS-84 and metres.

Two measures, because they cost differently: `distance_m` for fences (the chord through the ellipsoid, right to a
millimetre at ten kilometres, about 2 us, no trouble at the date line or a pole) and `geodesic_m` for travel (geopy,
right everywhere, about a hundred times dearer). No latitude-longitude arithmetic anywhere else: that is where 179.9995
and -179.9995 become half a world apart.
"""

from __future__ import annotations

import math
from typing import Final

from contract.datums import Wgs84

_AXIS_M: Final = 6378137.0
_ECCENTRICITY2: Final = 6.69437999014e-3
_MEAN_RADIUS_M: Final = 6371008.8

Metres3 = tuple[float, float, float]


def earth_centred(place: Wgs84) -> Metres3:
    """Where a place lies seen from the middle of the earth."""
    if type(place) is not Wgs84:
        raise TypeError(f"a distance is taken between WGS-84 positions only, not {type(place).__name__}")
    phi, lam = math.radians(place.lat), math.radians(place.lng)
    sin_phi = math.sin(phi)
    radius = _AXIS_M / math.sqrt(1.0 - _ECCENTRICITY2 * sin_phi * sin_phi)
    out = radius * math.cos(phi)
    return out * math.cos(lam), out * math.sin(lam), radius * (1.0 - _ECCENTRICITY2) * sin_phi


def distance_m(one: Wgs84, other: Wgs84) -> float:
    """Metres between two places: within 1 mm up to 10 km, 1 % up to 10,000 km, 5 % on the far side of the earth."""
    a, b = earth_centred(one), earth_centred(other)
    return _along_the_ground_m(math.sqrt((a[0] - b[0]) ** 2 + (a[1] - b[1]) ** 2 + (a[2] - b[2]) ** 2))


def geodesic_m(one: Wgs84, other: Wgs84) -> float:
    """The true length of the shortest way over the ellipsoid: for travel between two punches."""
    for place in (one, other):
        if type(place) is not Wgs84:
            raise TypeError(f"a distance is taken between WGS-84 positions only, not {type(place).__name__}")
    from geopy.distance import geodesic  # 0.1 s to load: not at the start of the app on an old tablet

    return float(geodesic((one.lat, one.lng), (other.lat, other.lng)).m)


class TangentPlane:
    """The ground around one place as a flat map: metres east and north of it, true in length from that place."""

    def __init__(self, origin: Wgs84) -> None:
        self._origin = earth_centred(origin)
        phi, lam = math.radians(origin.lat), math.radians(origin.lng)
        self._sin_phi, self._cos_phi = math.sin(phi), math.cos(phi)
        self._sin_lam, self._cos_lam = math.sin(lam), math.cos(lam)

    def east_north_m(self, place: Wgs84) -> tuple[float, float]:
        there = earth_centred(place)
        x, y, z = (there[i] - self._origin[i] for i in range(3))
        outward = self._cos_lam * x + self._sin_lam * y
        east = self._cos_lam * y - self._sin_lam * x
        north = self._cos_phi * z - self._sin_phi * outward
        flat = math.hypot(east, north)
        if flat == 0.0:
            return 0.0, 0.0
        stretch = _along_the_ground_m(math.sqrt(x * x + y * y + z * z)) / flat
        return east * stretch, north * stretch


def _along_the_ground_m(chord_m: float) -> float:
    return 2.0 * _MEAN_RADIUS_M * math.asin(min(1.0, chord_m / (2.0 * _MEAN_RADIUS_M)))
