"""A shift's windows ready-made: instants by its store's clock, and the minutes that count as work."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

from contract.rostering.placing import place as place
from contract.rostering.shapes import Placed, PlacedState
from contract.rosters import PlacedWindow
from contract.shifts import DutyRow

MINUTE_MS = 60_000
DAY_MIN = 1_440
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def window_id(cell_id: str, number: int) -> str:
    """The id under which a window of a shift is judged: the cell's, and for the further ones of a split shift with a number."""
    return cell_id if number == 0 else f"{cell_id}#{number}"


def cell_of(placed_id: str) -> str:
    """The cell that a judged shift belongs to."""
    return placed_id.partition("#")[0]


def placed_of(
    cell_id: str, person_id: str, store_id: str, day: str, windows: Sequence[PlacedWindow], *, template: str = "",
    role: str | None = None, on_call: bool = False, locked: bool = False, state: PlacedState = "draft",
) -> list[Placed]:  # fmt: skip
    """A shift as the rules look at it: one for each window."""
    return [
        Placed(
            id=window_id(cell_id, number), person_id=person_id, store_id=store_id, day=day, starts_min=one.starts_min,
            ends_min=one.ends_min, starts_ms=one.starts_ms, ends_ms=one.ends_ms, work_min=one.work_min, role=role or "",
            template=template, on_call=on_call, locked=locked, state=state,
        )
        for number, one in enumerate(windows)
    ]  # fmt: skip


@functools.lru_cache(maxsize=50_000)
def clock_minute(ms: int, day: str, zone: str) -> int:
    """What the clock of a zone shows at an instant, in minutes from the midnight that begins a day."""
    local = (_EPOCH + timedelta(milliseconds=ms)).astimezone(ZoneInfo(zone)).replace(tzinfo=None)
    return int((local - datetime.fromisoformat(day)) / timedelta(minutes=1))


def of_duty(duty: DutyRow, zones: dict[str, str]) -> list[dict[str, Any]]:
    """The windows of a duty that no roster made, as values of Placed without person: times by the clock of each one's store."""
    found: list[dict[str, Any]] = []
    for window in duty.windows:
        zone = zones.get(window.store_id or "", duty.zone)
        minutes = (window.ends_ms - window.starts_ms) // MINUTE_MS
        off = sum(one.minutes for one in window.breaks if not one.paid and minutes > one.after_min)
        work = max(0, minutes - off)
        found.append(
            {
                "store_id": window.store_id or "", "day": duty.day,
                "starts_min": clock_minute(window.starts_ms, duty.day, zone),
                "ends_min": clock_minute(window.ends_ms, duty.day, zone), "starts_ms": window.starts_ms,
                "ends_ms": window.ends_ms, "work_min": work if window.required_min is None else min(work, window.required_min),
                "template": window.template, "on_call": window.kind == "on_call",
            }
        )  # fmt: skip
    return found
