"""Whether what a tablet saw of a phone counts for a punch. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from contract.moments import NARROW_MS, Stamp, TimeTaken
from contract.phone_code import SHOWN_FOR_MIN, CountersignGrade, is_in_time, minutes_shown, short_form

MINUTE_MS = 60_000
SAME_VISIT_MS = 15 * MINUTE_MS  # a code that is read later than this after the punch says nothing of it


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What a tablet saw: the claims of a scanned code, or typed digits; in which store, and between which moments."""

    id: str
    store_id: str
    punch_id: str | None
    phone_id: str | None
    person_id: str | None
    minute: int | None
    short: str | None
    is_signed: bool
    seen_ms: tuple[int, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Shown:
    """The punch whose code it may be. `wall_ms`: what the phone's own clock said at the punch."""

    punch_id: str
    phone_id: str
    person_id: str
    store_id: str
    wall_ms: int | None
    taken_ms: tuple[int, int]


def grade_seen(seen: Seen, shown: Shown) -> CountersignGrade | None:
    """What it is worth for this punch: `countersigned`, why not, or None where it is about another punch.

    Refused as proof is never refused as a punch: the punch is judged as if nobody had seen its phone.
    """
    if seen.short is not None:
        return _grade_short(seen, shown)
    if seen.punch_id != shown.punch_id:
        return None
    if not seen.is_signed:
        return "forged"
    if seen.phone_id != shown.phone_id:
        return "other_phone"
    if seen.person_id != shown.person_id:
        return "other_person"
    if seen.store_id != shown.store_id:
        return "other_store"
    minute = seen.minute if seen.minute is not None else -1
    in_time = is_in_time(minute=minute, wall_ms=shown.wall_ms, taken_ms=shown.taken_ms, seen_ms=seen.seen_ms)
    return "countersigned" if in_time else "too_late"


def _grade_short(seen: Seen, shown: Shown) -> CountersignGrade | None:
    """Digits name nothing: they count where they fit a punch of that store in those minutes, and say nothing otherwise."""
    if seen.store_id != shown.store_id or shown.wall_ms is None:
        return None
    for minute in minutes_shown(shown.wall_ms):
        in_time = is_in_time(minute=minute, wall_ms=shown.wall_ms, taken_ms=shown.taken_ms, seen_ms=seen.seen_ms)
        if in_time and seen.short == short_form(device_id=shown.phone_id, punch_id=shown.punch_id, minute=minute):
            return "countersigned"
    return None


def witnessed(taken: TimeTaken, witness_ms: tuple[int, int] | None) -> TimeTaken:
    """The interval of a punch whose time nothing proves, after a tablet was its witness: for a phone that was restarted twice
    with no network in between. Nobody's time is moved: a witness only confirms the moment that the phone shows. Where that moment
    lies outside, its clock was set, and the punch stays what it is."""
    if taken.grade != "unverified" or witness_ms is None:
        return taken
    low, high = max(taken.low_ms, witness_ms[0]), min(taken.high_ms, witness_ms[1])
    if not low <= taken.at_ms <= high or high - low > NARROW_MS:
        return taken
    return TimeTaken(taken.at_ms, low, high, "bounded")


def made_before_seen(seen_ms: tuple[int, int]) -> tuple[int, int]:
    """When a punch was made whose code a tablet saw between two moments: a phone shows it for some minutes."""
    return seen_ms[0] - SHOWN_FOR_MIN * MINUTE_MS, seen_ms[1]


def made_before_code(punch: Stamp | None, proof: Stamp | None, shown_ms: tuple[int, int] | None) -> tuple[int, int] | None:
    """When a punch was made, by a store code that the same phone read after it: the tablet says when the code was shown, and the
    phone's clock since its start how long after the punch. None without a start in common, or too long after."""
    if punch is None or proof is None or shown_ms is None or punch.bid != proof.bid:
        return None
    since = proof.boot - punch.boot
    return (shown_ms[0] - since, shown_ms[1] - since) if 0 <= since <= SAME_VISIT_MS else None
