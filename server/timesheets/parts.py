"""Keeping the parts of days that concern several stores: few days have any, so of the others nothing is asked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.hours import DayRow
from contract.ids import derived_id
from server.kernel.bulk import insert_many
from server.kernel.db import ScopedSession, table_of
from server.timesheets.model import AMOUNTS, WorkDay
from server.timesheets.part_model import WorkPart

_part, _work_day = table_of(WorkPart), table_of(WorkDay)
_encode = msgspec.json.encode
Key = tuple[str, date]


def write_parts(
    session: ScopedSession, computed: Mapping[Key, Sequence[DayRow]], stored: Mapping[Key, Any], gone: Sequence[Any]
) -> None:
    """Bring the parts of these days to what was computed: `stored` are the days as they were, `gone` those of them that are no
    more. Parts that came out the same stay."""
    wanted = {key: parts for key, parts in computed.items() if parts or (key in stored and stored[key].parts > 1)}
    wanted |= {(row.person_id, row.day): () for row in gone if row.parts > 1}
    if not wanted:
        return
    connection = session.connection()
    known = _known(connection, wanted)
    fresh: list[dict[str, Any]] = []
    for key, parts in wanted.items():
        said = {str(part.store_id): _encode(part).decode() for part in parts}
        there = known.get(key, {})
        if said == {store_id: row.body for store_id, row in there.items()}:
            continue
        if there:
            connection.execute(sa.delete(_part).where(_part.c.id.in_([row.id for row in there.values()])))
        revision = 1 + max((row.revision for row in there.values()), default=0)
        fresh += [_values(key, part, said[str(part.store_id)], revision) for part in parts]
        if key in stored and stored[key].parts != (len(parts) or 1):
            mine = sa.update(_work_day).where(_work_day.c.id == stored[key].id)
            connection.execute(mine.values(parts=len(parts) or 1))  # also of a day that came out the same
    insert_many(connection, _part, fresh)


def _known(connection: sa.Connection, wanted: Mapping[Key, Any]) -> dict[Key, dict[str, Any]]:
    people, days = sorted({person_id for person_id, _ in wanted}), [day for _, day in wanted]
    c = _part.c
    asked = sa.select(c.id, c.person_id, c.day, c.store_id, c.revision, c.body).where(
        c.person_id.in_(people), c.day >= min(days), c.day <= max(days)
    )
    found: dict[Key, dict[str, Any]] = {}
    for row in connection.execute(asked):
        if (row.person_id, row.day) in wanted:
            found.setdefault((row.person_id, row.day), {})[row.store_id] = row
    return found


def _values(key: Key, part: DayRow, text: str, revision: int) -> dict[str, Any]:
    values = {name: getattr(part, name) for name in AMOUNTS}
    values.update(
        id=derived_id("work_part", key[0], part.day, str(part.store_id)), person_id=key[0], day=key[1], store_id=part.store_id,
        state=part.state, revision=revision, body=text,
    )  # fmt: skip
    return values
