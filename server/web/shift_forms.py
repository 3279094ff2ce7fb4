"""Times of day as people type them, and back: 22:00-06:00 ends on the day after."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from server.kernel.problems import Problem

DAY_MIN, MOST_BREAKS = 1_440, 6
_WINDOW = re.compile(r"(\d{1,2}):([0-5]\d)\s*[-–—~至到]\s*(\d{1,2}):([0-5]\d)")
_TIME = re.compile(r"(\d{1,2}):([0-5]\d)")


def windows_typed(text: str, field: str = "windows") -> list[dict[str, int]]:
    """`09:00-12:00, 13:00-18:00` in minutes of the business date; an end before its beginning is on the day after."""
    tidied = text.replace("，", ",").replace("：", ":").replace("；", ",").replace(";", ",").replace("、", ",")
    found: list[dict[str, int]] = []
    for part in (one.strip() for one in tidied.split(",")):
        if not part:
            continue
        match = _WINDOW.fullmatch(part)
        if match is None:
            raise Problem("wire.invalid", field=field)
        starts, ends = int(match[1]) * 60 + int(match[2]), int(match[3]) * 60 + int(match[4])
        found.append({"starts_min": starts, "ends_min": ends if ends > starts else ends + DAY_MIN})
    return found


def windows_shown(windows: Sequence[Any]) -> str:
    """The same windows as one would type them."""
    return ", ".join(f"{clock_of(one.starts_min)}-{clock_of(one.ends_min)}" for one in windows)


def core_shown(row: Any) -> str:
    """The core of a flexible shift as one would type it."""
    if row.core_starts_min is None or row.core_ends_min is None:
        return ""
    return f"{clock_of(row.core_starts_min)}-{clock_of(row.core_ends_min)}"


def clock_of(minute: int) -> str:
    """06:00 for 360 and, on the day after, for 1,800."""
    return f"{minute // 60 % 24:02d}:{minute % 60:02d}"


def minutes_typed(given: Mapping[str, str], name: str, digits: int = 6) -> int | str | None:
    """A whole number of so many digits, None for nothing; what is neither goes on as it is and is refused there."""
    text = given.get(name, "").strip()
    return int(text) if text.isascii() and text.isdigit() and len(text) <= digits else text or None


def breaks_typed(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The pauses of a form's rows; a row without minutes is none. `at`: a time of day; `after`: minutes worked before it."""
    found = []
    for n in range(MOST_BREAKS):
        minutes = minutes_typed(given, f"break_{n}_minutes")
        if minutes is None:
            continue
        row: dict[str, Any] = {"minutes": minutes, "kind": given.get(f"break_{n}_kind", "automatic")}
        row["paid"] = f"break_{n}_paid" in given
        at = given.get(f"break_{n}_at", "").strip().replace("：", ":")
        if at:
            match = _TIME.fullmatch(at)
            if match is None:
                raise Problem("wire.invalid", field="breaks")
            row["starts_min"] = int(match[1]) * 60 + int(match[2])
        else:
            row["after_min"] = minutes_typed(given, f"break_{n}_after") or 0
        found.append(row)
    return found
