"""What somebody is due on a day: of a pattern or a planned day, the calendar, and the clock of the place.

A pattern under the company's calendar: public holidays and days off by the company's word are off; a make-up working day that
the cycle leaves free is worked like the last working day of the cycle. Without the calendar the cycle alone decides.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Literal, NamedTuple, TypeVar

from contract.shifts import Break, DayKind, DutyBreak, DutyRow, DutyWindow, ShiftKind, Window
from server.shifts.rules.clock import at_minute

SATURDAY = 5
OFF = ""


@dataclass(frozen=True)
class Template:
    """A version of a template."""

    code: str
    from_day: date
    kind: ShiftKind
    windows: tuple[Window, ...]
    breaks: tuple[Break, ...] = ()
    required_min: int | None = None
    core_starts_min: int | None = None
    core_ends_min: int | None = None
    grace_min: int | None = None
    name_zh: str = ""
    name_en: str = ""


@dataclass(frozen=True)
class Pattern:
    """A version of a pattern. `cycle`: a template's code per day, "" is off."""

    code: str
    from_day: date
    starts_on: date
    cycle: tuple[str, ...]
    calendar: Literal["company", "none"] = "company"


_Version = TypeVar("_Version", Template, Pattern)


@dataclass
class Catalogue:
    """All versions of templates and patterns by code, the earliest first."""

    templates: Mapping[str, Sequence[Template]]
    patterns: Mapping[str, Sequence[Pattern]]

    def template(self, code: str, day: date) -> Template | None:
        """The version of a template that counts on a day."""
        return _counting(self.templates.get(code, ()), day)

    def pattern(self, code: str, day: date) -> Pattern | None:
        """The version of a pattern that counts on a day."""
        return _counting(self.patterns.get(code, ()), day)


def _counting(versions: Sequence[_Version], day: date) -> _Version | None:
    return next((one for one in reversed(versions) if one.from_day <= day), None)


class CalendarWord(NamedTuple):
    """What the company's calendar says of a day."""

    kind: DayKind
    name_zh: str = ""
    name_en: str = ""


class Where(NamedTuple):
    """The place whose clock somebody works by, and the minute of the day at which its business day turns."""

    zone: str
    turns_at_min: int
    store_id: str | None = None


class Worked(NamedTuple):
    """A template as it is worked on one day: perhaps in other windows, perhaps at another store."""

    template: Template
    windows: tuple[Window, ...] = ()
    store_id: str | None = None


def template_on(pattern: Pattern, day: date, kind: DayKind, *, shifted_by: int = 0) -> str:
    """The code of the template a pattern has for a day, "" for off. `shifted_by` days further along the cycle."""
    said = pattern.cycle[((day - pattern.starts_on).days + shifted_by) % len(pattern.cycle)]
    if pattern.calendar == "none":
        return said
    is_weekend = day.weekday() >= SATURDAY
    if kind == "holiday" or (kind == "weekend" and not is_weekend):
        return OFF
    if said == OFF and kind == "working" and is_weekend:
        return next((code for code in reversed(pattern.cycle) if code != OFF), OFF)
    return said


def duty_on(
    day: date, where: Where, word: CalendarWord, worked: Iterable[Worked], zones: Mapping[str, str], *, source: str
) -> DutyRow:
    """The duty of a day, nobody's yet: without person and id. Nothing worked: off. `zones`: of stores by id."""
    windows = sorted(
        (window for one in worked for window in windows_on(day, where, one, zones)), key=lambda w: (w.starts_ms, w.ends_ms)
    )
    following = date.fromordinal(day.toordinal() + 1)
    return DutyRow(
        person_id="", day=day.isoformat(), zone=where.zone,
        starts_ms=at_minute(day, where.zone, where.turns_at_min), ends_ms=at_minute(following, where.zone, where.turns_at_min),
        day_kind=word.kind, holiday_zh=word.name_zh, holiday_en=word.name_en, windows=windows, source=source,
    )  # fmt: skip


def windows_on(day: date, where: Where, worked: Worked, zones: Mapping[str, str]) -> list[DutyWindow]:
    """A template's windows as instants, each by the clock of its own store. One that lies wholly in a gap of the clock is not
    there. A pause at no given hour belongs to the first window, one at an hour to the window it lies in."""
    template = worked.template
    found: list[DutyWindow] = []
    for window in worked.windows or template.windows:
        store_id = window.store_id or worked.store_id or where.store_id
        zone = zones.get(store_id or "", where.zone)
        starts, ends = at_minute(day, zone, window.starts_min), at_minute(day, zone, window.ends_min)
        if ends <= starts:
            continue
        core_starts, core_ends = _core(template, day, zone)
        found.append(
            DutyWindow(
                starts_ms=starts, ends_ms=ends, store_id=store_id, kind=template.kind, required_min=template.required_min,
                core_starts_ms=core_starts, core_ends_ms=core_ends, grace_min=template.grace_min,
                breaks=_breaks(template.breaks, window, day, zone, is_first=not found),
                template=template.code, name_zh=template.name_zh, name_en=template.name_en,
            )
        )  # fmt: skip
    return found


def _core(template: Template, day: date, zone: str) -> tuple[int | None, int | None]:
    if template.core_starts_min is None or template.core_ends_min is None:
        return None, None
    starts, ends = at_minute(day, zone, template.core_starts_min), at_minute(day, zone, template.core_ends_min)
    return (starts, ends) if ends > starts else (None, None)


def _breaks(breaks: Iterable[Break], window: Window, day: date, zone: str, *, is_first: bool) -> list[DutyBreak]:
    found = []
    for one in breaks:
        if one.starts_min is None:
            if is_first:
                found.append(DutyBreak(kind=one.kind, paid=one.paid, minutes=one.minutes, after_min=one.after_min))
            continue
        if not window.starts_min <= one.starts_min < window.ends_min:
            continue
        starts, ends = at_minute(day, zone, one.starts_min), at_minute(day, zone, one.starts_min + one.minutes)
        elapsed = (ends - starts) // 60_000
        if elapsed > 0:
            found.append(
                DutyBreak(kind=one.kind, paid=one.paid, minutes=elapsed, after_min=one.after_min, starts_ms=starts)
            )  # fmt: skip
    return found
