"""Stretches of minutes: cutting, meeting, and where the nights of a date lie in a zone. Integers only, but for the zone."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from zoneinfo import ZoneInfo

Piece = tuple[int, int, str]  # from minute, until minute, store
Stretch = tuple[int, int]


@lru_cache(maxsize=16_384)
def nights_of(zone: str, day: str, starts_min: int, ends_min: int) -> tuple[Stretch, ...]:
    """The nights that a shift of a business date can touch: that of the evening before, of the evening, of the one after, as
    epoch minutes. Given on the wall (22:00 to 06:00 is 1,320 to 1,800), so that a night with a change of clocks is as long as
    it was."""
    if ends_min <= starts_min:
        return ()
    first = date.fromisoformat(day)
    return tuple(
        (_wall(zone, first + timedelta(days=shift), starts_min), _wall(zone, first + timedelta(days=shift), ends_min))
        for shift in (-1, 0, 1)
    )


def _wall(zone: str, day: date, minute: int) -> int:
    local = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone)) + timedelta(minutes=minute)
    return int(local.astimezone(UTC).timestamp()) // 60


def overlap(a: int, b: int, c: int, d: int) -> int:
    """How many minutes two stretches have in common."""
    common = (b if b < d else d) - (a if a > c else c)
    return common if common > 0 else 0


def inside(pieces: Iterable[Piece], starts: int, ends: int) -> list[Piece]:
    """The parts of pieces that lie in a stretch."""
    return [(max(a, starts), min(b, ends), store) for a, b, store in pieces if a < ends and b > starts]


def cut(pieces: Sequence[Piece], taken: Iterable[Stretch]) -> list[Piece]:
    """The pieces without what is taken."""
    left = list(pieces)
    for start, end in taken:
        if start >= end:
            continue
        kept: list[Piece] = []
        for a, b, store in left:
            if end <= a or b <= start:
                kept.append((a, b, store))
                continue
            if a < start:
                kept.append((a, start, store))
            if end < b:
                kept.append((end, b, store))
        left = kept
    return left


def length(pieces: Iterable[Piece]) -> int:
    """Minutes in all."""
    return sum(b - a for a, b, _ in pieces)


def shared_out(minutes: int, by_store: dict[str, int]) -> list[tuple[str, int]]:
    """`minutes` divided over stores as their shares are, in whole minutes that sum to it (largest remainder, then the name)."""
    whole = sum(by_store.values())
    if whole == 0:
        return []
    if whole == minutes:
        return sorted(by_store.items())
    shares = {store: divmod(minutes * share, whole) for store, share in by_store.items()}
    left = minutes - sum(share for share, _ in shares.values())
    first = sorted(shares, key=lambda store: (-shares[store][1], store))[:left]
    return sorted((store, share + (store in first)) for store, (share, _) in shares.items())


def merged(stretches: Iterable[Stretch]) -> list[Stretch]:
    """Stretches in order, those that touch as one."""
    found: list[Stretch] = []
    for a, b in stretches:
        if found and a <= found[-1][1]:
            found[-1] = (found[-1][0], max(b, found[-1][1]))
        else:
            found.append((a, b))
    return found


def between(pieces: Sequence[Piece]) -> int:
    """Minutes between stretches of presence: pauses that were taken, whatever the plan says of them."""
    return sum(max(0, pieces[number][0] - pieces[number - 1][1]) for number in range(1, len(pieces)))
