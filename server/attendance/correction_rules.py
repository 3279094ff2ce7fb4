"""Judgments about corrections and appeals: which moment is meant, and whether it may be said. No database, no clock."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, time, timedelta
from typing import NamedTuple
from zoneinfo import ZoneInfo

AT_ONCE = timedelta(minutes=1)


def moment_on(day: date, minute: int, zone: str) -> datetime | None:
    """The instant of a time of day, in minutes after midnight (1,440: the next midnight), in a zone.

    None where clocks were put forward over it; where they were put back, the first of the two.
    """
    place = ZoneInfo(zone)
    wall = datetime.combine(day, time()) + timedelta(minutes=minute)
    found = wall.replace(tzinfo=place).astimezone(UTC)
    return found if found.astimezone(place).replace(tzinfo=None) == wall else None


def first_correctable(today: date, correctable_days: int) -> date:
    """The earliest business date of which something can still be corrected."""
    return today - timedelta(days=correctable_days)


def month_of(day: date) -> tuple[date, date]:
    """The first day of a day's month, and of the next one."""
    first = day.replace(day=1)
    return first, (first + timedelta(days=31)).replace(day=1)


class Counted(NamedTuple):
    """A fact that counts: its id, kind and instant."""

    id: str
    kind: str
    at: datetime


def is_there_already(known: Sequence[Counted], kind: str, at: datetime, replaces: str | None) -> bool:
    """Whether the same thing counts already, within the same minute; what is to be replaced does not stand in the way."""
    return any(one.kind == kind and abs(one.at - at) < AT_ONCE and one.id != replaces for one in known)


def punch_meant(punches: Sequence[Counted], minute: int, zone: str, at: datetime) -> str | None:
    """Which punch was made at this time of day on a clock in the zone: of several, the one nearest to `at`. None: none was."""
    place = ZoneInfo(zone)
    shown = [one for one in punches if _minute(one.at.astimezone(place)) == minute % 1_440]
    nearest = min(shown, key=lambda one: (abs(one.at - at), one.id), default=None)
    return nearest.id if nearest is not None else None


def _minute(local: datetime) -> int:
    return local.hour * 60 + local.minute


def may_answer(answerer: str | None, appellant: str, deciders: Sequence[str | None]) -> str | None:
    """The refusal code where this person may not answer an appeal; None where they may: they are neither the employee, nor
    one of those who decided before."""
    if answerer is None or answerer == appellant:
        return "attendance.own_appeal"
    return "attendance.same_decider" if answerer in deciders else None
