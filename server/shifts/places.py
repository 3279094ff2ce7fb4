"""Where people belong and work on which day, read in bulk: what decides whose plan and whose rules are theirs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from server.kernel.db import ScopedSession, table_of
from server.org.model import HomeStay
from server.postings.model import Posting

_posting, _home = table_of(Posting), table_of(HomeStay)
# above so many it is quicker to read everybody than to name them
NAMED_AT_MOST = 900


class Place(NamedTuple):
    """Where somebody is on a day: the store they are posted to, if any, and the unit of their home."""

    store_id: str | None
    home_id: str | None


class Stay(NamedTuple):
    """From a day on, until (exclusive) a day or for good, at a store or at home in a unit."""

    from_day: date
    until: date | None
    unit_id: str


@dataclass
class Places:
    """Postings and homes of people, by person."""

    postings: dict[str, list[Stay]] = field(default_factory=dict)
    homes: dict[str, list[Stay]] = field(default_factory=dict)

    def of(self, person_id: str, day: date) -> Place | None:
        """Where somebody is on a day; None before they came and after they left."""
        store, home = _on(self.postings.get(person_id), day), _on(self.homes.get(person_id), day)
        return Place(store, home) if store is not None or home is not None else None

    def people(self) -> list[str]:
        """Everybody of whom a place is known, by id."""
        return sorted(self.homes.keys() | self.postings.keys())


def _on(stays: list[Stay] | None, day: date) -> str | None:
    for stay in stays or ():
        if stay.from_day <= day and (stay.until is None or day < stay.until):
            return stay.unit_id
    return None


def load_places(
    session: ScopedSession, person_ids: Sequence[str] | None, from_day: date | None = None, to_day: date | None = None
) -> Places:
    """The places of these people (None: of all) from a day to a day, both included; without days: of all times."""
    found = Places()
    parts = []
    for is_home, table, first, last, unit in (
        (False, _posting, _posting.c.starts_on, _posting.c.ends_on, _posting.c.store_id),
        (True, _home, _home.c.from_day, _home.c.until, _home.c.unit_id),
    ):
        asked = sa.select(sa.literal(is_home), table.c.person_id, first, last, unit)
        if to_day is not None:
            asked = asked.where(first <= to_day)
        if from_day is not None:
            asked = asked.where(sa.or_(last.is_(None), last > from_day))
        parts.append(named(asked, table.c.person_id, person_ids))
    for is_home, person_id, *stay in session.connection().execute(sa.union_all(*parts)).all():
        (found.homes if is_home else found.postings).setdefault(person_id, []).append(Stay(*stay))
    if person_ids is not None and len(person_ids) > NAMED_AT_MOST:
        wanted = frozenset(person_ids)
        for mine in (found.postings, found.homes):
            for other in mine.keys() - wanted:
                del mine[other]
    return found


def named(asked: Any, column: Any, person_ids: Sequence[str] | None) -> Any:
    """The same question, about these people only, unless they are so many that naming them takes longer than reading all."""
    if person_ids is None or len(person_ids) > NAMED_AT_MOST:
        return asked
    return asked.where(column.in_(person_ids))
