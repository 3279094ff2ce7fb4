"""Groups that are compared: the mean of people's means with Student's interval, and which groups are too small to be told.

A group of fewer than five people is hidden. Where the whole is told, one hidden group follows from the others, so the next
smallest is hidden with it, until two groups of five people in all are (complementary suppression; Hundepool and others,
"Statistical Disclosure Control", 2012). Standard library only.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from math import sqrt
from typing import NamedTuple

from server.growth.rules.student import quantile_95

LEAST_PEOPLE = 5


class Group(NamedTuple):
    """How many people, the mean of theirs, and the sum of its squares."""

    n: int
    mean: float
    squares: float


class Told(NamedTuple):
    """A mean with its 95 % interval; without one for a single person."""

    n: int
    mean: float
    low: float | None
    high: float | None


def told(group: Group) -> Told:
    """mean -/+ t(n - 1) * s / sqrt(n)."""
    if group.n < 2:
        return Told(group.n, group.mean, None, None)
    spread = max(0.0, group.squares - group.n * group.mean**2) / (group.n - 1)
    half = _t(group.n - 1) * sqrt(spread / group.n)
    return Told(group.n, group.mean, group.mean - half, group.mean + half)


@cache
def _t(df: int) -> float:
    return float(quantile_95(float(df)))


def together(groups: Mapping[str, Group]) -> Group:
    """All of them as one. No group: nobody."""
    n = sum(one.n for one in groups.values())
    mean = sum(one.n * one.mean for one in groups.values()) / n if n else 0.0
    return Group(n, mean, sum(one.squares for one in groups.values()))


def hidden(sizes: Mapping[str, int], inside: Mapping[str, str] | None = None) -> set[str]:
    """Which groups are not told. `inside`: the larger group of each that is told elsewhere (a store's channel)."""
    found = {group for group, n in sizes.items() if n < LEAST_PEOPLE}
    larger = sorted({(inside or {}).get(group, "") for group in sizes})
    for one in larger:
        found |= _with_company({group: n for group, n in sizes.items() if (inside or {}).get(group, "") == one}, found)
    return _with_company(sizes, found)


def _with_company(sizes: Mapping[str, int], small: set[str]) -> set[str]:
    found = {group for group in sizes if group in small}
    shown = sorted((group for group in sizes if group not in small), key=lambda group: (sizes[group], group))
    while found and shown and (len(found) < 2 or sum(sizes[group] for group in found) < LEAST_PEOPLE):
        found.add(shown.pop(0))
    return found
