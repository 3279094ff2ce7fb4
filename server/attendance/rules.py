"""Judging a punch: facts in, verdict out. The score itself is contract.evidence, the same on the phone."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from contract.datums import Wgs84
from contract.evidence import (
    DEFAULT,
    DeviceStanding,
    ExtraStep,
    PunchFacts,
    Reason,
    Verdict,
    Weights,
    judge_punch,
    travel_between,
)
from contract.geo import Circle, Fence, Fix, Place, Polygon, place_of
from contract.moments import EXACT_WITHIN_MS, SAME_WALL_MS, TimeTaken, to_ms
from contract.store_code import TypedCode, grade_code, matching_steps, read_code, step_of, time_shown

CODE_SEARCH_MS = 60_000
MOST_STEPS = 2_880  # a day: by chance six digits match in it 3 times in 1,000


@dataclass(frozen=True)
class Tablet:
    """A kiosk of the store, as far as judging needs it. What it showed up to `until_ms`, when it was revoked, still counts."""

    device_id: str
    code_key: bytes
    until_ms: int | None = None


@dataclass(frozen=True)
class CodeRead:
    """What a store code proved: how it counts, which tablet and step showed it, and the time it shows."""

    counts: str
    device_id: str | None = None
    step: int | None = None
    shown_ms: tuple[int, int] | None = None


@dataclass(frozen=True)
class Earlier:
    """The person's punch before this one, where it had a fix, and the earliest moment it can have been made."""

    fix: Fix
    low_ms: int


@dataclass(frozen=True)
class Circumstances:
    """Everything about a punch that is not in it."""

    fence: Fence | None
    posted_here: bool
    device: DeviceStanding
    same_hardware_other_person: bool
    tablet_alive: bool
    code: CodeRead
    earlier: Earlier | None
    extra: ExtraStep = "none"
    wall_off_before_ms: int | None = None  # how far the device's wall clock was off in an exchange before, and in all since


def fence_of(lat_e7: int, lng_e7: int, radius_m: int | None, points: Sequence[Sequence[int]] | None) -> Fence:
    """The fence in WGS-84 out of its stored integers."""
    if points:
        return Polygon(tuple(Wgs84.from_e7(lat, lng) for lat, lng in points))
    return Circle(Wgs84.from_e7(lat_e7, lng_e7), float(radius_m or 0))


def read_store_code(
    text: str | None,
    tablets: Sequence[Tablet],
    taken: TimeTaken,
    used_steps: dict[str, Collection[int]],
) -> CodeRead:
    """Which tablet showed this code, when, and whether that is while the punch was made.

    Where the time is only an interval the code is looked for in all of it (typed digits: at most a day, beyond which
    they prove nothing), and what it shows then narrows the interval.
    """
    if text is None or not text.strip():
        return CodeRead("none")
    code = read_code(text)
    if code is None:
        return CodeRead("invalid")
    late_ms = 10 * CODE_SEARCH_MS  # a code of the last ten minutes is recognised as late, an older one as invalid
    low = step_of(taken.low_ms - late_ms)
    high = step_of(taken.high_ms + CODE_SEARCH_MS)
    for tablet in tablets:
        last = high if tablet.until_ms is None else min(high, step_of(tablet.until_ms))
        matched = matching_steps(tablet.code_key, tablet.device_id, code, low, last, max_steps=MOST_STEPS)
        if not matched:
            continue
        counts = grade_code(matched, taken.low_ms, taken.high_ms, used_steps.get(tablet.device_id, ()))
        used = used_steps.get(tablet.device_id, ())
        step = next((found for found in reversed(matched) if found not in used), matched[-1])
        shown = time_shown(step) if counts == "fresh" and taken.grade != "exact" else None
        return CodeRead(counts, tablet.device_id, step, shown)
    # six digits looked for in more than a day match something by chance: no proof then, and no blame either
    too_wide = isinstance(code, TypedCode) and high - low + 1 > MOST_STEPS
    return CodeRead("none" if too_wide or not tablets else "invalid")


def narrowed(taken: TimeTaken, shown_ms: tuple[int, int] | None) -> TimeTaken:
    """The interval of a punch after a store code has shown when it was made."""
    if shown_ms is None:
        return taken
    low, high = max(taken.low_ms, shown_ms[0]), min(taken.high_ms, shown_ms[1])
    if low > high:
        return taken
    return TimeTaken(min(max(taken.at_ms, low), high), low, high, "bounded")


def judge(
    fix: Fix | None,
    around: Circumstances,
    taken: TimeTaken,
    *,
    wall_ms: int | None,
    kiosk: str,
    garbled: tuple[str, ...],
) -> tuple[Place, Verdict]:
    """Place and verdict of one punch. Pure."""
    place = place_of(fix, around.fence)
    travel = None
    if around.earlier is not None:
        # the longest time the way can have taken: an interval that is wide must not look like haste
        travel = travel_between(around.earlier.fix, fix, max(0, taken.high_ms - around.earlier.low_ms) / 1000)
    off_ms = None if wall_ms is None else _off_ms(wall_ms, taken)
    facts = PunchFacts(
        place=place,
        code=around.code.counts,  # type: ignore[arg-type]
        device=around.device,
        same_device_other_person_today=around.same_hardware_other_person,
        mock=fix.mock if fix is not None else None,
        travel=travel,
        wall_off_anchor_s=None if off_ms is None else off_ms / 1000,
        wall_off_before=taken.grade == "exact" and _is_as_before(off_ms, around.wall_off_before_ms),
        kiosk=kiosk,  # type: ignore[arg-type]
        extra=around.extra,
        tablet_alive_that_hour=around.tablet_alive,
        time_grade=taken.grade,
        low_ms=taken.low_ms,
        high_ms=taken.high_ms,
        posted_here=around.posted_here,
        garbled=garbled,
    )
    return place, judge_punch(facts)


def _is_as_before(off_ms: int | None, before_ms: int | None) -> bool:
    return off_ms is not None and before_ms is not None and abs(off_ms - before_ms) <= SAME_WALL_MS


def _off_ms(wall_ms: int, taken: TimeTaken) -> int:
    """How far a wall clock was off: from a time that is known, and of an interval how far outside it."""
    nearest = taken.at_ms if taken.grade == "exact" else max(taken.low_ms, min(taken.high_ms, wall_ms))
    return wall_ms - nearest


def reasons_as_data(verdict: Verdict) -> list[dict[str, Any]]:
    """Reasons as they are stored and shown: code, points, facts."""
    return [{"code": r.code, "points_db": r.points_db, "facts": dict(r.facts)} for r in verdict.reasons]


def wall_was_off(reasons: Sequence[dict[str, Any]], wall_ms: int | None, taken_ms: int) -> int | None:
    """How far the wall clock of a judged punch was off where that cost nothing: it had been so before."""
    told = any(reason["code"] == "evidence.clock_off" and not reason["points_db"] for reason in reasons)
    return wall_ms - taken_ms if told and wall_ms is not None else None


def extra_of(reasons: Sequence[dict[str, Any]]) -> ExtraStep:
    """Whether a judged punch was drawn for an extra proof, and what came of it."""
    codes = {reason["code"] for reason in reasons}
    steps: tuple[ExtraStep, ...] = ("open", "photo", "manager")
    return next((step for step in steps if f"evidence.extra_{step}" in codes), "none")


def doubted(reasons: list[dict[str, Any]], score_db: int, weights: Weights = DEFAULT) -> tuple[list[dict[str, Any]], int] | None:
    """Reasons and score once another person has punched on the same phone that day; None where that is said already."""
    shared = Reason(code="evidence.device_shared", points_db=weights.device_shared)
    if any(reason["code"] == shared.code for reason in reasons):
        return None
    return [{"code": shared.code, "points_db": shared.points_db, "facts": {}}, *reasons], score_db + shared.points_db


def storable(number: int | None) -> int | None:
    """A claimed number held inside what a database column holds; beyond that it says nothing anyway."""
    return None if number is None else max(-(2**62), min(2**62, number))


def is_in_future(moment: datetime, now: datetime) -> bool:
    return to_ms(moment) > to_ms(now) + EXACT_WITHIN_MS
