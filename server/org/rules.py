"""Judgments about the organisation: what a change does to the rows of a unit, what may stand below what, who is too many."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from contract import moments

COMPANY_ZONE = moments.COMPANY_ZONE
FIRST_YEAR, LAST_YEAR = 2000, 2100
HOLDS_UNITS = frozenset({"company", "department", "region"})


@dataclass(frozen=True)
class Version:
    """A unit from a day on: `until` is the first day this no longer holds, None while it does."""

    from_day: date
    until: date | None
    name: str
    parent_id: str | None
    manager_id: str | None

    def covers(self, day: date) -> bool:
        """Whether this is what the unit is on that day."""
        return self.from_day <= day and (self.until is None or day < self.until)


def tidy(text: str) -> str:
    """One spelling of what was typed: composed characters, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def day_of(text: str) -> date | None:
    """The calendar day of `2026-11-21`; None for a day that no calendar has, or in a year nobody plans for."""
    try:
        day = date.fromisoformat(text)
    except ValueError:
        return None
    return day if FIRST_YEAR <= day.year <= LAST_YEAR else None


def on_day(versions: Iterable[Version], day: date) -> Version | None:
    """What a unit is on a day; None before it began and after it closed."""
    return next((version for version in versions if version.covers(day)), None)


def changed(versions: Sequence[Version], from_day: date, **what: str | None) -> list[Version]:
    """The rows of a unit when from `from_day` on it has another name, parent or manager.

    What was planned for later stays planned: a later row keeps its own value of a column where it differs from the one
    before it, and takes the new value where it merely carried the old one on. Raises ValueError when the unit is not there
    on that day.
    """
    before = on_day(versions, from_day)
    if before is None:
        raise ValueError(f"no unit on {from_day}")
    rows = [version for version in versions if version.until is not None and version.until <= from_day]
    if before.from_day < from_day:
        rows.append(replace(before, until=from_day))
    rows.append(replace(before, from_day=from_day, **what))  # type: ignore[arg-type]
    carried, past = dict(what), before
    for later in sorted((version for version in versions if version.from_day > from_day), key=lambda v: v.from_day):
        carried = {column: value for column, value in carried.items() if getattr(later, column) == getattr(past, column)}
        rows.append(replace(later, **carried))  # type: ignore[arg-type]
        past = later
    return rows


def closed(versions: Sequence[Version], from_day: date) -> list[Version]:
    """The rows of a unit that ends: nothing of it from that day on. Raises ValueError when nothing would be left."""
    rows = [version for version in versions if version.from_day < from_day]
    if not rows:
        raise ValueError(f"not yet begun on {from_day}")
    last = rows[-1]
    rows[-1] = replace(last, until=from_day if last.until is None else min(last.until, from_day))
    return rows


def vacated(versions: Sequence[Version], person_id: str, from_day: date) -> list[Version]:
    """The rows of a unit when from a day on this person manages it no more. Others keep the place they have or will have."""
    rows: list[Version] = []
    for version in versions:
        ends_later = version.until is None or version.until > from_day
        if version.manager_id != person_id or not ends_later:
            rows.append(version)
        elif version.from_day < from_day:
            rows += [replace(version, until=from_day), replace(version, from_day=from_day, manager_id=None)]
        else:
            rows.append(replace(version, manager_id=None))
    return rows


def overlap(versions: Sequence[Version]) -> bool:
    """Whether two rows share a day."""
    ordered = sorted(versions, key=lambda version: version.from_day)
    return any(a.until is None or a.until > b.from_day for a, b in pairwise(ordered))


def circle(unit_id: str, versions: Sequence[Version], parent_on: Callable[[str, date], str | None], days: Iterable[date]) -> bool:
    """Whether the unit would stand below itself on one of these days. `parent_on`: the parent of another unit on a day."""
    for day in days:
        here = on_day(versions, day)
        above = here.parent_id if here is not None else None
        seen: set[str] = set()
        while above is not None and above not in seen:
            if above == unit_id:
                return True
            seen.add(above)
            above = parent_on(above, day)
    return False


def may_hold(parent_kind: str, kind: str) -> bool:
    """Whether a unit of `kind` may stand below one of `parent_kind`: nothing stands below a store, nor above the company."""
    return kind != "company" and parent_kind in HOLDS_UNITS


def exceeds(approved: int | None, filled: int, coming: int = 1) -> bool:
    """Whether so many more are too many. Where nobody approved a headcount there is none to exceed."""
    return approved is not None and filled + coming > approved
