"""The ground that counts as a store: a circle or a polygon in WGS-84, and what makes a drawn one unusable."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Final, Literal

from contract.datums import Datum, Wgs84, to_wgs84
from contract.geodesy import TangentPlane, distance_m

FENCE_RADIUS_M: Final = (20, 5_000)
FENCE_AREA_M2: Final = (400.0, 100_000_000.0)
FENCE_POINTS: Final = (3, 200)
_ONE_SPOT_M: Final = 0.02  # corners are kept to 1e-7 degrees: what is nearer than two centimetres is the same spot

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
Flat = tuple[float, float]


class FenceRefused(ValueError):
    """A fence that cannot be used; `problems` are keys of sentences."""

    def __init__(self, *problems: FenceProblem) -> None:
        super().__init__(", ".join(problems))
        self.problems = problems


@dataclass(frozen=True, slots=True)
class Circle:
    center: Wgs84
    radius_m: float


@dataclass(frozen=True, slots=True)
class Polygon:
    """Corners in order, without repeating the first."""

    points: tuple[Wgs84, ...]


Fence = Circle | Polygon


def fence_kept(lat_e7: int, lng_e7: int, radius_m: int | None, points: Sequence[Sequence[int]] | None) -> Fence:
    """The fence of a store row, which is kept in WGS-84: a polygon where there are corners, else a circle."""
    if points:
        return Polygon(tuple(Wgs84.from_e7(lat, lng) for lat, lng in points))
    if radius_m is None:
        raise FenceRefused("fence.no_shape")
    return Circle(Wgs84.from_e7(lat_e7, lng_e7), radius_m)


def fence_drawn(
    datum: Datum | str,
    *,
    center: tuple[int, int] | None = None,
    radius_m: int | None = None,
    points: Sequence[Sequence[int]] | None = None,
) -> Fence:
    """The true fence of one drawn on a map of `datum` (positions in 1e-7 degrees). FenceRefused if it cannot be one."""
    if points and (center is not None or radius_m is not None):
        raise FenceRefused("fence.two_shapes")
    corners = [center] if center is not None and radius_m is not None else points
    if not corners:
        raise FenceRefused("fence.no_shape")
    try:
        true = tuple(to_wgs84(datum, lat / 1e7, lng / 1e7) for lat, lng in corners)
    except (ValueError, OverflowError):  # no such place on that map
        raise FenceRefused("fence.out_of_world") from None
    fence: Fence = Polygon(true) if radius_m is None else Circle(true[0], radius_m)
    if problems := fence_problems(fence):
        raise FenceRefused(*problems)
    return fence


def fence_problems(fence: Fence) -> list[FenceProblem]:
    """What is wrong with a fence somebody drew; empty when it can be used."""
    if isinstance(fence, Circle):
        if not fence.radius_m >= FENCE_RADIUS_M[0]:  # NaN lands here as well
            return ["fence.radius_too_small"]
        return ["fence.radius_too_large"] if fence.radius_m > FENCE_RADIUS_M[1] else []
    if len(set(fence.points)) < FENCE_POINTS[0]:
        return ["fence.too_few_points"]
    if len(fence.points) > FENCE_POINTS[1]:
        return ["fence.too_many_points"]
    plane = TangentPlane(middle_of(fence))
    flat = _apart([plane.east_north_m(point) for point in fence.points])
    if len(flat) < FENCE_POINTS[0]:
        return ["fence.too_few_points"]
    if max(math.hypot(*corner) for corner in flat) > math.sqrt(FENCE_AREA_M2[1]):
        return ["fence.too_large"]
    if _crosses_itself(flat):
        return ["fence.crosses_itself"]
    area_m2 = abs(sum(a[0] * b[1] - a[1] * b[0] for a, b in pairwise([*flat, flat[0]]))) / 2.0
    if area_m2 < FENCE_AREA_M2[0]:
        return ["fence.too_small"]
    return ["fence.too_large"] if area_m2 > FENCE_AREA_M2[1] else []


def encloses_ground(fence: Fence) -> bool:
    """Whether a fence has an inside at all; one kept before today's rules may not."""
    if isinstance(fence, Circle):
        return 0.0 < fence.radius_m < math.inf
    return len(fence.points) >= FENCE_POINTS[0]


def middle_of(fence: Fence) -> Wgs84:
    """The centre of a circle; the mean of a polygon's corners, taken where no meridian gets in the way."""
    if isinstance(fence, Circle):
        return fence.center
    x = y = z = 0.0
    for point in fence.points:
        phi, lam = math.radians(point.lat), math.radians(point.lng)
        x, y, z = x + math.cos(phi) * math.cos(lam), y + math.cos(phi) * math.sin(lam), z + math.sin(phi)
    return Wgs84(math.degrees(math.atan2(z, math.hypot(x, y))), math.degrees(math.atan2(y, x)))


def distance_to_fence_m(here: Wgs84, fence: Fence) -> float:
    """Metres to the fence's edge; negative inside."""
    if isinstance(fence, Circle):
        return distance_m(here, fence.center) - fence.radius_m
    return edge_away_m(corners_seen_from(here, fence))


def corners_seen_from(here: Wgs84, fence: Polygon) -> list[Flat]:
    """A polygon's corners in metres east and north of a place."""
    plane = TangentPlane(here)
    return [plane.east_north_m(point) for point in fence.points]


def edge_away_m(corners: Sequence[Flat]) -> float:
    """From (0, 0) to the nearest edge, negative inside. Corners far away make the flat map meaningless; then the
    nearest corner is near enough."""
    nearest_corner = min(math.hypot(*corner) for corner in corners)
    if nearest_corner > 500_000.0:
        return nearest_corner
    nearest, inside = math.inf, False
    for (ax, ay), (bx, by) in pairwise([*corners, corners[0]]):
        nearest = min(nearest, _to_segment_m((0.0, 0.0), (ax, ay), (bx, by)))
        if (ay > 0.0) != (by > 0.0) and ax - ay * (bx - ax) / (by - ay) > 0.0:
            inside = not inside
    return -nearest if inside else nearest


def _to_segment_m(point: Flat, start: Flat, end: Flat) -> float:
    ax, ay = start[0] - point[0], start[1] - point[1]
    ex, ey = end[0] - start[0], end[1] - start[1]
    length2 = ex * ex + ey * ey
    along = 0.0 if length2 == 0.0 else max(0.0, min(1.0, -(ax * ex + ay * ey) / length2))
    return math.hypot(ax + along * ex, ay + along * ey)


def _apart(corners: Sequence[Flat]) -> list[Flat]:
    """Corners without those put twice on one spot: a double click, or the first repeated to close the ring."""
    return [corner for i, corner in enumerate(corners) if math.dist(corner, corners[i - 1]) > _ONE_SPOT_M]


def _crosses_itself(corners: Sequence[Flat]) -> bool:
    """Whether two edges that are not neighbours touch, or two neighbours fold back on one another."""
    count = len(corners)
    edges = list(pairwise([*corners, corners[0]]))
    for i, (a, b) in enumerate(edges):
        for j in range(i + 1, count):
            c, d = edges[j]
            if j == i + 1:
                crossed = _folds_back(a, b, d)
            elif i == 0 and j == count - 1:
                crossed = _folds_back(c, a, b)
            else:
                crossed = _touch(a, b, c, d)
            if crossed:
                return True
    return False


def _folds_back(before: Flat, corner: Flat, after: Flat) -> bool:
    """Whether the way on from a corner runs back over the way to it."""
    return min(_to_segment_m(after, corner, before), _to_segment_m(before, corner, after)) <= _ONE_SPOT_M


def _side(a: Flat, b: Flat, c: Flat) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])


def _touch(a: Flat, b: Flat, c: Flat, d: Flat) -> bool:
    if _side(a, b, c) * _side(a, b, d) < 0.0 and _side(c, d, a) * _side(c, d, b) < 0.0:
        return True
    ends = ((a, c, d), (b, c, d), (c, a, b), (d, a, b))
    return min(_to_segment_m(*end) for end in ends) <= _ONE_SPOT_M
