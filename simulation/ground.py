"""What a phone's receiver says at a place: errors as published for streets, canyons between towers, malls and basements.

Medians: design/evidence.md 2.2 (open sky 4 m, urban canyon 15 m and its Wi-Fi 74 m, indoor Wi-Fi 74 m, cell 600 m); the
mixes and tails are those its table 2.3 was computed with. A receiver says too little about its own error more often than
too much, so the stated accuracy is off as well.
"""

from __future__ import annotations

import math
import random
from dataclasses import dataclass
from typing import Final, Literal

from contract.datums import Wgs84
from contract.geo import Fix, fix_from_reading

GroundName = Literal["street", "canyon", "mall", "basement"]

_MEDIAN_PER_SIGMA: Final = 1.17741  # of a Rayleigh radius
_SIXTY_EIGHT_PER_SIGMA: Final = 1.5096
_METRES_PER_DEGREE: Final = 111_195.0
_STALE: Final = 0.01


@dataclass(frozen=True)
class Source:
    """One way a phone finds itself: its share, the median of its true error, a heavy tail, how its claim compares."""

    share: float
    median_m: float
    tail: float
    tail_times: float
    claim: float
    name: str


@dataclass(frozen=True)
class Ground:
    """A kind of place: what receivers say there, how often nothing, and how requests fare."""

    name: GroundName
    sources: tuple[Source, ...]
    no_fix: float
    loss: float  # share of requests that meet trouble; 1: no signal at all
    radius_m: int  # of the fence HQ draws around such a store
    size_m: float  # how far from the middle people stand


GROUNDS: Final[dict[GroundName, Ground]] = {
    "street": Ground("street", (Source(1.0, 4, 0.02, 5, 1.0, "gps"),), 0.0, 0.04, 100, 25),
    "canyon": Ground(
        "canyon", (Source(0.85, 15, 0.08, 4, 0.7, "gps"), Source(0.15, 74, 0.05, 3, 0.6, "network")), 0.01, 0.08, 150, 30
    ),
    "mall": Ground(
        "mall",
        (
            Source(0.35, 15, 0.10, 4, 0.7, "gps"),
            Source(0.60, 60, 0.08, 3, 0.6, "network"),
            Source(0.05, 600, 0.05, 2, 1.0, "cell"),
        ),
        0.03,
        0.25,
        200,
        40,
    ),
    "basement": Ground(
        "basement",
        (
            Source(0.05, 25, 0.10, 4, 0.7, "gps"),
            Source(0.55, 74, 0.10, 3, 0.6, "network"),
            Source(0.40, 600, 0.10, 2, 0.9, "cell"),
        ),
        0.25,
        1.0,
        200,
        40,
    ),
}


def shifted(place: Wgs84, east_m: float, north_m: float) -> Wgs84:
    """The place so many metres away; flat, which is enough within a city."""
    lat = place.lat + north_m / _METRES_PER_DEGREE
    lng = place.lng + east_m / (_METRES_PER_DEGREE * math.cos(math.radians(place.lat)))
    return Wgs84(max(-89.9, min(89.9, lat)), max(-179.9, min(179.9, lng)))


def somewhere_around(rng: random.Random, place: Wgs84, nearest_m: float, farthest_m: float) -> Wgs84:
    away, turn = rng.uniform(nearest_m, farthest_m), rng.uniform(0, 2 * math.pi)
    return shifted(place, away * math.cos(turn), away * math.sin(turn))


def fix_at(rng: random.Random, ground: Ground, where: Wgs84) -> Fix | None:
    """What the receiver says to somebody who stands at `where`."""
    if rng.random() < ground.no_fix:
        return None
    source = _drawn(rng, ground.sources)
    median_m = source.median_m * (source.tail_times if rng.random() < source.tail else 1.0)
    off_m = median_m / _MEDIAN_PER_SIGMA * math.sqrt(-2 * math.log(1 - rng.random()))
    turn = rng.uniform(0, 2 * math.pi)
    claimed_m = _SIXTY_EIGHT_PER_SIGMA * source.median_m / _MEDIAN_PER_SIGMA * source.claim * rng.uniform(0.7, 1.4)
    seen = shifted(where, off_m * math.cos(turn), off_m * math.sin(turn))
    stale = rng.random() < _STALE
    age_ms = rng.randrange(2 * 3_600_000) if stale else rng.randrange(20_000)
    return fix_from_reading(seen.lat, seen.lng, max(3.0, claimed_m), age_ms=age_ms, mock=False, source=source.name)


def made_up_fix(where: Wgs84, *, shows_mock: bool) -> Fix:
    """What a mock-location app says: dead centre and very sure of itself."""
    return fix_from_reading(where.lat, where.lng, 5.0, age_ms=800, mock=shows_mock, source="gps")


def _drawn(rng: random.Random, sources: tuple[Source, ...]) -> Source:
    left = rng.random()
    for source in sources:
        if left < source.share:
            return source
        left -= source.share
    return sources[-1]
