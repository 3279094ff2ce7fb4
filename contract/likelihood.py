"""How likely somebody stands inside a fence, given a fix that is a blur and not a point.

A phone's accuracy is the radius that holds the truth in 68 of 100 cases; a round two-dimensional normal with
sigma = accuracy / 1.5096 has exactly that radius. Its mass over the fence is the answer. A point-in-circle test refuses
a fifth of honest people on a mall's ground floor; growing the circle lets in somebody 300 m away. Both shapes are
integrated to better than 1e-6, which tests hold against sampling and against closed forms.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Final

ACCURACY_PER_SIGMA: Final = math.sqrt(-2.0 * math.log(1.0 - 0.68))  # 1.5096: the radius of 68 % in sigmas
_FAR_SIGMAS: Final = 8.5  # beyond this the normal holds less than 1e-16
_ROOT2: Final = math.sqrt(2.0)
_TURN: Final = 2.0 * math.pi


def _gauss_legendre(count: int) -> tuple[tuple[float, float], ...]:
    """Nodes and weights on [-1, 1], by Newton's method on the Legendre polynomial."""
    pairs = []
    for i in range(count):
        node = math.cos(math.pi * (i + 0.75) / (count + 0.5))
        slope = 1.0
        for _ in range(100):
            last, value = 1.0, node
            for k in range(2, count + 1):
                last, value = value, ((2 * k - 1) * node * value - (k - 1) * last) / k
            slope = count * (node * value - last) / (node * node - 1.0)
            step = value / slope
            node -= step
            if abs(step) < 1e-15:
                break
        pairs.append((node, 2.0 / ((1.0 - node * node) * slope * slope)))
    return tuple(pairs)


_NODES_CIRCLE: Final = _gauss_legendre(64)
_NODES_EDGE: Final = _gauss_legendre(20)


def p_inside_circle(centre_away_m: float, radius_m: float, sigma_m: float) -> float:
    """Mass of the normal in a circle whose centre is `centre_away_m` from the fix.

    Strips across the circle: each is a normal density times an error function. With x = r sin(t) the integrand has no
    corner at the rim, so a fixed number of nodes is enough from sigma = r/1000 to sigma = 1000 r.
    """
    reach = _FAR_SIGMAS * sigma_m
    if centre_away_m - radius_m >= reach:
        return 0.0
    if radius_m - centre_away_m >= reach:
        return 1.0
    start = math.asin(max(-1.0, (centre_away_m - reach) / radius_m))
    end = math.asin(min(1.0, (centre_away_m + reach) / radius_m))
    middle, half = (start + end) / 2.0, (end - start) / 2.0
    across, along = radius_m / (sigma_m * _ROOT2), radius_m / sigma_m
    away = centre_away_m / sigma_m
    sin, cos, exp, erf = math.sin, math.cos, math.exp, math.erf
    total = 0.0
    for node, weight in _NODES_CIRCLE:
        angle = middle + half * node
        c = cos(angle)
        gap = along * sin(angle) - away
        total += weight * exp(-0.5 * gap * gap) * erf(across * c) * c
    return min(1.0, max(0.0, total * half * along / math.sqrt(_TURN)))


def p_inside_polygon(corners_m: Sequence[tuple[float, float]], sigma_m: float) -> float:
    """Mass of the normal at (0, 0) in a simple polygon, convex or not, given by its corners in metres around the fix.

    Seen from the fix every edge spans a triangle; the mass of a triangle is its angle minus two of Owen's T functions.
    Signed, the triangles add up to the polygon exactly.
    """
    total = 0.0
    for i in range(len(corners_m)):
        ax, ay = corners_m[i - 1][0] / sigma_m, corners_m[i - 1][1] / sigma_m
        bx, by = corners_m[i][0] / sigma_m, corners_m[i][1] / sigma_m
        ex, ey = bx - ax, by - ay
        length = math.hypot(ex, ey)
        turn = ax * by - ay * bx
        if length == 0.0 or turn == 0.0:
            continue  # seen edge-on, or no edge at all: the triangle is empty
        height = abs(turn) / length
        start, end = (ax * ex + ay * ey) / length, (bx * ex + by * ey) / length
        swept = math.atan2(end, height) - math.atan2(start, height)
        mass = swept / _TURN - (_owens_t(height, end / height) - _owens_t(height, start / height))
        total += math.copysign(mass, turn)
    return min(1.0, max(0.0, abs(total)))


def _owens_t(height: float, slope: float) -> float:
    """Owen's T: the mass of a normal beyond a line at `height`, between its foot and a ray of `slope`."""
    if slope < 0.0:
        return -_owens_t(height, -slope)
    if height >= _FAR_SIGMAS:
        return 0.0
    if slope <= 1.0:
        return _owens_t_flat(height, slope)
    # steep rays by reflection, so that the integrand stays smooth
    low, high = _beyond(height), _beyond(height * slope)
    return 0.5 * (low + high) - low * high - _owens_t_flat(height * slope, 1.0 / slope)


def _owens_t_flat(height: float, slope: float) -> float:
    if height >= _FAR_SIGMAS:
        return 0.0
    half, fall = slope / 2.0, -0.5 * height * height
    total = 0.0
    for node, weight in _NODES_EDGE:
        x2 = 1.0 + (half * (1.0 + node)) ** 2
        total += weight * math.exp(fall * x2) / x2
    return total * half / _TURN


def _beyond(sigmas: float) -> float:
    """Mass of a one-dimensional normal beyond so many sigmas."""
    return 0.5 * math.erfc(sigmas / _ROOT2)
