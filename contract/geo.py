"""Where a punch was made: a fix, a fence, and how sure one may be that the one lies in the other.

`place_of` is the only judgment of place there is; the phone runs it for the preview and the server for the verdict.
It never refuses: what cannot be true (latitude 91, the gulf of (0, 0), a fix of two hours ago) is "no fix" with the
reason, and nothing that cannot be trusted is ever "inside". What it is worth in points is `contract/evidence.py`.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Annotated, Final, Literal

from msgspec import Meta

from contract.datums import Datum, Wgs84, to_wgs84
from contract.geodesy import TangentPlane, distance_m, geodesic_m
from contract.likelihood import ACCURACY_PER_SIGMA, p_inside_circle, p_inside_polygon
from contract.limits import Short
from contract.wire import Wire

__all__ = [
    "Circle",
    "Fence",
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
FenceProblem = Literal[
    "fence.no_shape",
    "fence.two_shapes",
    "fence.radius_too_small",
    "fence.radius_too_large",
    "fence.too_few_points",
    "fence.too_many_points",
    "fence.crosses_itself",
    "fence.too_small",
    "fence.too_large",
    "fence.out_of_world",
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
class Circle:
    center: Wgs84
    radius_m: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """Corners in order, without repeating the first."""

    points: tuple[Wgs84, ...]


Fence = Circle | Polygon


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
    if fence is None or not _encloses(fence):
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


def distance_to_fence_m(here: Wgs84, fence: Fence) -> float:
    """Metres to the fence's edge; negative inside."""
    if isinstance(fence, Circle):
        return distance_m(here, fence.center) - fence.radius_m
    return _edge_m(_seen_from(here, fence))


def middle_of(fence: Fence) -> Wgs84:
    """The centre of a circle; the mean of a polygon's corners, taken where no meridian gets in the way."""
    if isinstance(fence, Circle):
        return fence.center
    x = y = z = 0.0
    for point in fence.points:
        phi, lam = math.radians(point.lat), math.radians(point.lng)
        x, y, z = x + math.cos(phi) * math.cos(lam), y + math.cos(phi) * math.sin(lam), z + math.sin(phi)
    return Wgs84(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x)))


def fence_kept(lat_e7: int, lng_e7: int, radius_m: int | None, points: Sequence[Sequence[int]] | None) -> Fence:
    """The fence of a store row, which is kept in WGS-84: a polygon where there are corners, else a circle."""
    if points:
        return Polygon(tuple(Wgs84.from_e7(lat, lng) for lat, lng in points))
    if radius_m is None:
        raise ValueError("a fence has a radius or corners")
    return Circle(Wgs84.from_e7(lat_e7, lng_e7), radius_m)


def fence_drawn(
    datum: Datum | str,
    *,
    center: tuple[int, int] | None = None,
    radius_m: int | None = None,
    points: Sequence[Sequence[int]] | None = None,
) -> Fence:
    """The true fence of one drawn on a map of `datum` (positions in 1e-7 degrees). ValueError if it cannot be one."""
    if points:
        return Polygon(tuple(to_wgs84(datum, lat / 1e7, lng / 1e7) for lat, lng in points))
    if center is None or radius_m is None:
        raise ValueError("a fence has a centre and a radius, or corners")
    return Circle(to_wgs84(datum, center[0] / 1e7, center[1] / 1e7), radius_m)


FENCE_RADIUS_M: Final = (20, 5_000)
FENCE_AREA_M2: Final = (400.0, 100_000_000.0)
FENCE_POINTS: Final = (3, 200)


def fence_problems(fence: Fence) -> list[FenceProblem]:
    """What is wrong with a fence somebody drew; empty when it can be used."""
    if isinstance(fence, Circle):
        if not fence.radius_m >= FENCE_RADIUS_M[0]:  # NaN lands here as well
            return ["fence.radius_too_small"]
        return ["fence.radius_too_large"] if fence.radius_m > FENCE_RADIUS_M[1] else []
    corners = list(dict.fromkeys(fence.points))
    if len(corners) < FENCE_POINTS[0]:
        return ["fence.too_few_points"]
    if len(fence.points) > FENCE_POINTS[1]:
        return ["fence.too_many_points"]
    plane = TangentPlane(middle_of(fence))
    flat = [plane.east_north_m(point) for point in fence.points]
    if max(math.hypot(*corner) for corner in flat) > math.sqrt(FENCE_AREA_M2[1]):
        return ["fence.too_large"]
    if _crosses_itself(flat):
        return ["fence.crosses_itself"]
    area_m2 = abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in pairwise([*flat, flat[0]]))) / 2.0
    if area_m2 < FENCE_AREA_M2[0]:
        return ["fence.too_small"]
    return ["fence.too_large"] if area_m2 > FENCE_AREA_M2[1] else []


def _encloses(fence: Fence) -> bool:
    if isinstance(fence, Circle):
        return 0.0 < fence.radius_m < math.inf
    return len(fence.points) >= FENCE_POINTS[0]


def _scaled(value: float, by: float) -> int:
    scaled = value * by
    return round(scaled) if abs(scaled) < _UNREADABLE else _UNREADABLE  # NaN compares false: unreadable


def _seen_from(here: Wgs84, fence: Polygon) -> list[tuple[float, float]]:
    plane = TangentPlane(here)
    return [plane.east_north_m(point) for point in fence.points]


def _edge_and_p(here: Wgs84, fence: Polygon, sigma_m: float) -> tuple[float, float]:
    corners = _seen_from(here, fence)
    edge_m = _edge_m(corners)
    if edge_m > 9.0 * sigma_m:
        return edge_m, 0.0  # and a fence on the far side of the earth is no flat shape around the fix
    return edge_m, p_inside_polygon(corners, sigma_m)


def _edge_m(corners: list[tuple[float, float]]) -> float:
    """From (0, 0) to the nearest edge, negative inside. Corners far away make the flat map meaningless;
    then the nearest corner is near enough."""
    nearest_corner = min(math.hypot(*corner) for corner in corners)
    if nearest_corner > 500_000.0:
        return nearest_corner
    nearest, inside = math.inf, False
    for (ax, ay), (bx, by) in pairwise([*corners, corners[0]]):
        nearest = min(nearest, _to_segment_m(ax, ay, bx, by))
        if (ay > 0.0) != (by > 0.0) and ax - ay * (bx - ax) / (by - ay) > 0.0:
            inside = not inside
    return -nearest if inside else nearest


def _to_segment_m(ax: float, ay: float, bx: float, by: float) -> float:
    ex, ey = bx - ax, by - ay
    length2 = ex * ex + ey * ey
    along = 0.0 if length2 == 0.0 else max(0.0, min(1.0, -(ax * ex + ay * ey) / length2))
    return math.hypot(ax + along * ex, ay + along * ey)


def _crosses_itself(corners: list[tuple[float, float]]) -> bool:
    """Whether two edges that are not neighbours touch, or two neighbours fold back on one another."""
    count = len(corners)
    edges = list(pairwise([*corners, corners[0]]))
    for i, (a, b) in enumerate(edges):
        for j in range(i + 1, count):
            c, d = edges[j]
            if j == i + 1 or (i == 0 and j == count - 1):
                shared, one, other = (b, a, d) if j == i + 1 else (a, b, c)
                forward = (one[0] - shared[0]) * (other[0] - shared[0]) + (one[1] - shared[1]) * (other[1] - shared[1])
                if count > 3 and _side(one, shared, other) == 0.0 and forward > 0.0:
                    return True
            elif _touch(a, b, c, d):
                return True
    return False


def _side(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _touch(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float], d: tuple[float, float]) -> bool:
    sides = (_side(a, b, c), _side(a, b, d), _side(c, d, a), _side(c, d, b))
    if sides[0] * sides[1] < 0.0 and sides[2] * sides[3] < 0.0:
        return True
    return any(
        side == 0.0 and min(p[0], q[0]) <= r[0] <= max(p[0], q[0]) and min(p[1], q[1]) <= r[1] <= max(p[1], q[1])
        for side, (p, q, r) in zip(sides, ((a, b, c), (a, b, d), (c, d, a), (c, d, b)), strict=True)
    )
