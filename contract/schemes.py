"""Which scheme measures somebody, and whether weights are whole. Pure, the same on tablet and server.

The nearest scheme counts: of store and post, of the store, of post and channel, of the post, of the channel, of everybody; and
of it the version in force on the last day of the month.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from decimal import Decimal
from typing import NamedTuple

from contract.metrics import Channel, SchemeRow, SchemeVersion, Weighed

WHOLE = Decimal(100)
DEFAULT_CHANNEL: Channel = "offline"


class Measured(NamedTuple):
    """The scheme somebody is measured by, and the weights that count."""

    scheme: SchemeRow
    version: SchemeVersion


def last_day(month: str) -> str:
    """The last day of a month (2026-03): the one that decides which weights count. Raises ValueError."""
    year, number = int(month[:4]), int(month[5:7])
    following = date(year + number // 12, number % 12 + 1, 1)
    return (following - timedelta(days=1)).isoformat()


def nearness(scheme: SchemeRow, *, post_id: str | None, store_id: str, channel: Channel) -> int | None:
    """How near a scheme is to somebody, 0 the nearest; None: it is not theirs."""
    said = (scheme.store_id, scheme.post_id, scheme.channel)
    theirs = (store_id, post_id, channel)
    if any(one is not None and one != own for one, own in zip(said, theirs, strict=True)):
        return None
    if scheme.store_id is not None:
        return 0 if scheme.post_id is not None else 1
    if scheme.post_id is not None:
        return 2 if scheme.channel is not None else 3
    return 4 if scheme.channel is not None else 5


def version_on(scheme: SchemeRow, day: str) -> SchemeVersion | None:
    """The weights of a scheme in force on a day; None before the first and from its end on."""
    if scheme.until is not None and day >= scheme.until:
        return None
    begun = [one for one in scheme.versions if one.from_day <= day]
    return max(begun, key=lambda one: one.from_day, default=None)


def nearest(schemes: Iterable[SchemeRow], *, post_id: str | None, store_id: str, channel: Channel, day: str) -> Measured | None:
    """Which scheme measures who holds this post at this store of this channel, on a day. Of two that are equally near (one of
    them ends) the one whose weights are newer, then by code. None: nobody has said how they are measured."""
    found: list[tuple[int, str, str, Measured]] = []
    for scheme in schemes:
        near = nearness(scheme, post_id=post_id, store_id=store_id, channel=channel)
        version = version_on(scheme, day) if near is not None else None
        if near is not None and version is not None:
            found.append((near, version.from_day, scheme.code, Measured(scheme, version)))
    if not found:
        return None
    closest = min(near for near, *_ in found)
    newest = max(from_day for near, from_day, *_ in found if near == closest)
    return min((one for one in found if one[:2] == (closest, newest)), key=lambda one: one[2])[3]


def weight_sum(lines: Sequence[Weighed]) -> Decimal:
    """What the weights sum to, exactly."""
    return sum((Decimal(one.weight) for one in lines), Decimal(0))
