"""Whether what a tablet saw of a phone counts for a punch. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from contract.phone_code import CountersignGrade, is_in_time, minutes_shown, short_form


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
