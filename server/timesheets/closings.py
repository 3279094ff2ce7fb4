"""Which days are final. What is decided here must not depend on who happens to ask: every reader asks the whole table."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import date, timedelta
from typing import NamedTuple

import sqlalchemy as sa

from server.kernel.db import ScopedSession, table_of
from server.timesheets.closing_model import ClosedStretch, MonthClosing

_PART = 500  # ids in one statement
_closing, _stretch = table_of(MonthClosing), table_of(ClosedStretch)


class Stretch(NamedTuple):
    """Days from `first` to `last`, both included, of one person (None: of everybody)."""

    person_id: str | None
    first: date
    last: date


def is_closed(session: ScopedSession, person_id: str, day: date) -> bool:
    """Whether this business date of the person is in a closed month."""
    return bool(_stretches(session, [person_id], day, day))


def closed_of(session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date) -> set[tuple[str, date]]:
    """Which (person, day) of these people and days are closed. `person_ids` None: of everybody who is named by a closing;
    under a closing of the whole company ask for the people you mean."""
    found: set[tuple[str, date]] = set()
    for stretch in _stretches(session, person_ids, from_day, to_day):
        people: Iterable[str] = [stretch.person_id] if stretch.person_id is not None else person_ids or ()
        first, last = max(stretch.first, from_day), min(stretch.last, to_day)
        days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
        found.update((person_id, day) for person_id in people for day in days)
    return found


def is_any_closed(session: ScopedSession, pairs: Collection[tuple[str, date]]) -> set[tuple[str, date]]:
    """Those of the given (person, day) that are closed, in a few statements."""
    if not pairs:
        return set()
    days = [day for _, day in pairs]
    closed = closed_of(session, sorted({person_id for person_id, _ in pairs}), min(days), max(days))
    return closed & set(pairs)


def closed_among(connection: sa.Connection, pairs: Collection[tuple[str, date]]) -> set[tuple[str, date]]:
    """The same for who has a connection only, as what devices read is made."""
    days, people = [day for _, day in pairs], sorted({person_id for person_id, _ in pairs})
    if not pairs or not (stretches := _stretches_on(connection, people, min(days), max(days))):
        return set()
    return {
        (person_id, day) for person_id, day in pairs
        if any(one.first <= day <= one.last and one.person_id in (None, person_id) for one in stretches)
    }  # fmt: skip


def _stretches(session: ScopedSession, person_ids: Sequence[str] | None, from_day: date, to_day: date) -> list[Stretch]:
    session.flush()
    return _stretches_on(session.connection(), person_ids, from_day, to_day)


def _stretches_on(
    everything: sa.Connection, person_ids: Sequence[str] | None, from_day: date, to_day: date
) -> list[Stretch]:
    c = _closing.c
    closings = everything.execute(
        sa.select(c.id, c.covers_all, c.from_day, c.to_day).where(
            c.state != "reopened", c.from_day <= to_day, c.to_day >= from_day
        )
    ).all()
    found = [Stretch(None, row.from_day, row.to_day) for row in closings if row.covers_all]
    some = [row.id for row in closings]
    if not some:
        return []
    c = _stretch.c
    named = sa.select(c.person_id, c.from_day, c.to_day).where(c.closing_id.in_(some), c.from_day <= to_day, c.to_day >= from_day)
    if person_ids is None:
        return [*found, *(Stretch(*row) for row in everything.execute(named))]
    for start in range(0, len(person_ids), _PART):
        part = named.where(c.person_id.in_(person_ids[start : start + _PART]))
        found += [Stretch(*row) for row in everything.execute(part)]
    return found
