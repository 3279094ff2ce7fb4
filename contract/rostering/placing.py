"""A shift's windows ready-made, alike at the server and at a desk without signal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Protocol

from contract.rostering.local_time import at_minute
from contract.rosters import PlacedWindow
from contract.shifts import Break, Window

MINUTE_MS = 60_000


class Kind(Protocol):
    """What of a template counts here: the version of a day, or as a desk holds it."""

    @property
    def windows(self) -> Sequence[Window]: ...
    @property
    def breaks(self) -> Sequence[Break]: ...
    @property
    def required_min(self) -> int | None: ...


def place(day: str, zone: str, template: Kind | None, windows: Sequence[Window] = ()) -> list[PlacedWindow]:
    """The windows of a shift (the template's where it has none of its own), in order. One that lies wholly in a gap of the clock
    is not there. A pause at no given hour is taken off the first window once it is longer than the pause asks for; of a flexible
    template what is required counts. Without a template and windows: nothing."""
    mine = windows or (template.windows if template is not None else ())
    found: list[PlacedWindow] = []
    for window in sorted(mine, key=lambda one: one.starts_min):
        starts_ms, ends_ms = at_minute(day, window.starts_min, zone), at_minute(day, window.ends_min, zone)
        if ends_ms <= starts_ms:
            continue
        minutes = (ends_ms - starts_ms) // MINUTE_MS
        if template is not None:
            minutes -= _unpaid(template.breaks, window, minutes, is_first=not found)
            if template.required_min is not None:
                minutes = min(minutes, template.required_min)
        found.append(
            PlacedWindow(
                starts_min=window.starts_min, ends_min=window.ends_min, starts_ms=starts_ms, ends_ms=ends_ms,
                work_min=max(0, minutes),
            )
        )  # fmt: skip
    return found


def _unpaid(breaks: Iterable[Break], window: Window, minutes: int, *, is_first: bool) -> int:
    off = 0
    for one in breaks:
        if one.paid:
            continue
        if one.starts_min is not None:
            ends = one.starts_min + one.minutes
            off += max(0, min(ends, window.ends_min) - max(one.starts_min, window.starts_min))
        elif is_first and minutes > one.after_min:
            off += one.minutes
    return off
