"""Judgments about cells without a database: which state a cell is in, what of it people are told, what changed for whom."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date, timedelta
from typing import Any, NamedTuple

from contract.rosters import CellState, PublishedBody
from contract.shifts import Window

Told = Mapping[str, Any]


def told_of(cell: Any) -> dict[str, Any]:
    """What of a cell is told to people when it is published, as a PublishedBody's plain values."""
    return {
        "day": cell.day.isoformat(), "person_id": cell.person_id, "template": cell.template, "windows": list(cell.windows),
        "role": cell.role, "tasks": list(cell.tasks), "comment": cell.comment,
    }  # fmt: skip


def body_of(told: Told | None) -> PublishedBody | None:
    """The same as the contract's shape."""
    if told is None:
        return None
    windows = [Window(starts_min=one["starts_min"], ends_min=one["ends_min"]) for one in told["windows"]]
    return PublishedBody(
        day=told["day"], person_id=told["person_id"], template=told["template"], windows=windows, role=told["role"],
        tasks=told["tasks"], comment=told["comment"],
    )  # fmt: skip


def state_of(told: Told, published_version: int | None, published: Told | None, *, confirmed: bool) -> CellState:
    """The state of a cell that says `told`: confirmed only while it is as its person has seen it."""
    if published_version is None:
        return "draft"
    if published is None or dict(told) != dict(published):
        return "changed"
    return "confirmed" if confirmed else "published"


def days_between(from_day: date, to_day: date) -> list[date]:
    """Every day from a day to a day, both included."""
    return [from_day + timedelta(days=n) for n in range((to_day - from_day).days + 1)]


class Change(NamedTuple):
    """What a publish means for one person: shifts that are new to them, others now, theirs no more; and the days it is about."""

    new: list[str]
    changed: list[str]
    cancelled: list[str]
    days: list[str]


def changes_by_person(pairs: Iterable[tuple[str, Told | None, Told | None]]) -> dict[str, Change]:
    """Who is concerned by (shift, what was published, what is now), and how. What stays the same concerns nobody; a shift that
    goes from one to another is cancelled for the one and new for the other."""
    found: dict[str, Change] = {}

    def of(person_id: str, told: Told) -> Change:
        change = found.setdefault(person_id, Change([], [], [], []))
        change.days.append(told["day"])
        return change

    for shift_id, before, after in pairs:
        if before == after:
            continue
        was = before["person_id"] if before is not None else None
        now = after["person_id"] if after is not None else None
        if before is not None and after is not None and was is not None and was == now:
            of(was, after).changed.append(shift_id)
            continue
        if before is not None and was is not None:
            of(was, before).cancelled.append(shift_id)
        if after is not None and now is not None:
            of(now, after).new.append(shift_id)
    return found
