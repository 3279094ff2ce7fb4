"""Where a punch was made: a fix, a fence, and how sure one may be that the one lies in the other.

`place_of` is the only judgment of place there is; the phone runs it for the preview and the server for the verdict.
It never refuses: what cannot be true (latitude 91, the gulf of (0, 0), a fix of two hours ago) is "no fix" with the
reason, and nothing that cannot be trusted is ever "inside". What it is worth in points is `contract/evidence.py`.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Annotated, Final, Literal

from msgspec import Meta

from contract.datums import Wgs84
from contract.fences import (
    Circle,
    Fence,
    FenceRefused,
    Polygon,
    corners_seen_from,
    distance_to_fence_m,
    edge_away_m,
    encloses_ground,
    fence_drawn,
    fence_kept,
    fence_problems,
    middle_of,
)
from contract.geodesy import distance_m, geodesic_m
from contract.likelihood import ACCURACY_PER_SIGMA, p_inside_circle, p_inside_polygon
from contract.limits import Short
from contract.wire import Wire

__all__ = [
    "Circle",
    "Fence",
    "FenceRefused",
    "Fix",
    "FixLimits",
    "Place",
    "PlaceProblem",
    "Polygon",
    "distance_m",
    "distance_to_fence_m",
    "fence_drawn",
    "fence_kept",
    "fence_problems",
    "fix_from_reading",
    "fix_problem",
    "geodesic_m",
    "middle_of",
    "place_of",
]

# What a double, a JavaScript reader and a BIGINT column keep whole. What is outside the world is judged, not refused.
_AnyInt = Annotated[int, Meta(ge=-(2**53) + 1, le=2**53 - 1)]
_UNREADABLE: Final = 2**31 - 1  # 214.7 degrees: no such place, so it can never be taken for one

_LAT_MOST_E7: Final = 900_000_000
_LNG_MOST_E7: Final = 1_800_000_000

PlaceVerdict = Literal["inside", "uncertain", "outside", "no_fix"]
PlaceProblem = Literal[
    "no_fix",
    "not_a_number",
    "out_of_world",
    "null_island",
    "no_accuracy",
    "accuracy_absurd",
    "no_age",
    "stale",
    "from_the_future",
    "no_fence",
]


class Fix(Wire, frozen=True, kw_only=True):
    """One position as the phone's receiver gave it, in WGS-84."""

    lat_e7: _AnyInt
    lng_e7: _AnyInt
    accuracy_dm: _AnyInt | None = None  # radius that holds the truth in 68 of 100 cases
    age_ms: _AnyInt | None = None  # how old the fix was when the button was pressed, by the boot clock
    mock: bool | None = None  # None: the platform does not say
    source: Short | None = None  # "gps", "network", "fused"


@dataclass(frozen=True, slots=True)
class FixLimits:
    """What a fix must keep to be looked at at all, and where the three answers part."""

    stale_after_ms: int = 120_000
    future_ms: int = 5_000  # a fix may be stamped a little after the press: receivers round
    accuracy_most_dm: int = 100_000
    accuracy_least_m: float = 3.0  # no phone knows better; some claim 0.1 m
    null_island_e7: int = 1_000  # 11 m around (0, 0), where receivers put "I do not know"
    inside_from_pm: int = 500
    outside_below_pm: int = 200
    outside_sigmas: float = 3.0


DEFAULT_LIMITS: Final = FixLimits()


class Place(Wire, frozen=True, kw_only=True):
    """The judgment: in or out, how likely, how far, or why the fix was worth nothing."""

    verdict: PlaceVerdict
    p_inside_pm: int | None = None  # per mille
    distance_m: int | None = None  # to the middle of the fence
    edge_m: int | None = None  # to its edge; negative inside
    accuracy_m: int | None = None
    far_outside: bool = False  # more than three sigmas beyond the edge: the blur cannot explain it
    problem: PlaceProblem | None = None


def fix_from_reading(
    lat: float,
    lng: float,
    accuracy_m: float | None,
    *,
    age_ms: int | None,
    mock: bool | None = None,
    source: str | None = None,
) -> Fix:
    """What a receiver said, as integers. A NaN or infinite coordinate becomes one no judge can take for a place."""
    return Fix(
        lat_e7=_scaled(lat, 1e7),
        lng_e7=_scaled(lng, 1e7),
        accuracy_dm=None if accuracy_m is None or not math.isfinite(accuracy_m) else _scaled(accuracy_m, 10.0),
        age_ms=age_ms,
        mock=mock,
        source=None if source is None else source.replace("\x00", "")[:120],
    )


def fix_problem(fix: Fix | None, limits: FixLimits = DEFAULT_LIMITS) -> PlaceProblem | None:
    """Why a fix says nothing about where somebody is, or None when it does."""
    if fix is None:
        return "no_fix"
    # the types say int; a fix built in a test or by a careless caller may still hold a float, and NaN beats every "<"
    numbers = (fix.lat_e7, fix.lng_e7, *(n for n in (fix.accuracy_dm, fix.age_ms) if n is not None))
    if any(type(n) is not int for n in numbers) or _UNREADABLE in (fix.lat_e7, fix.lng_e7):
        return "not_a_number"
    if abs(fix.lat_e7) > _LAT_MOST_E7 or abs(fix.lng_e7) > _LNG_MOST_E7:
        return "out_of_world"
    if abs(fix.lat_e7) <= limits.null_island_e7 and abs(fix.lng_e7) <= limits.null_island_e7:
        return "null_island"
    if fix.accuracy_dm is None:
        return "no_accuracy"
    if not 0 < fix.accuracy_dm <= limits.accuracy_most_dm:
        return "accuracy_absurd"
    if fix.age_ms is None:
        return "no_age"
    if fix.age_ms < -limits.future_ms:
        return "from_the_future"
    if fix.age_ms > limits.stale_after_ms:
        return "stale"
    return None


def place_of(fix: Fix | None, fence: Fence | None, *, limits: FixLimits = DEFAULT_LIMITS) -> Place:
    """Inside, uncertain, outside, or no fix. "Inside" only where it is more likely than not; "outside" only where the
    blur of the fix cannot explain the distance, so that a 2 km cell fix in a basement is "uncertain" and not "outside".
    """
    problem = fix_problem(fix, limits)
    if fix is None or problem is not None:
        return Place(verdict="no_fix", problem=problem)
    accuracy_m = max(limits.accuracy_least_m, (fix.accuracy_dm or 0) / 10.0)
    if fence is None or not encloses_ground(fence):
        return Place(verdict="no_fix", problem="no_fence", accuracy_m=round(accuracy_m))
    here = Wgs84.from_e7(fix.lat_e7, fix.lng_e7)
    sigma_m = accuracy_m / ACCURACY_PER_SIGMA
    if isinstance(fence, Circle):
        away_m = distance_m(here, fence.center)
        edge_m = away_m - fence.radius_m
        p_inside = p_inside_circle(away_m, fence.radius_m, sigma_m)
    else:
        away_m = distance_m(here, middle_of(fence))
        edge_m, p_inside = _edge_and_p(here, fence, sigma_m)
    p_pm = round(p_inside * 1000)
    far_outside = edge_m > limits.outside_sigmas * sigma_m
    if p_pm >= limits.inside_from_pm:
        verdict: PlaceVerdict = "inside"
    elif p_pm < limits.outside_below_pm and far_outside:
        verdict = "outside"
    else:
        verdict = "uncertain"
    return Place(
        verdict=verdict,
        p_inside_pm=p_pm,
        distance_m=round(away_m),
        edge_m=round(edge_m),
        accuracy_m=round(accuracy_m),
        far_outside=far_outside,
    )


def _scaled(value: float, by: float) -> int:
    if not math.isfinite(value):
        return _UNREADABLE
    return round(max(-(2.0**31) + 2, min(2.0**31 - 2, value * by)))  # far out of the world, and still a number


def _edge_and_p(here: Wgs84, fence: Polygon, sigma_m: float) -> tuple[float, float]:
    corners = corners_seen_from(here, fence)
    edge_m = edge_away_m(corners)
    if edge_m > 9.0 * sigma_m:
        return edge_m, 0.0  # and a fence on the far side of the earth is no flat shape around the fix
    return edge_m, p_inside_polygon(corners, sigma_m)
