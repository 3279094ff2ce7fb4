"""Corrections and appeals as devices read them. A shared tablet learns that something counts, not why, nor by whom."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract import wire
from server.attendance.correction_model import Appeal, PunchCorrection
from server.attendance.corrections_queries import appeal_row, correction_row
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.people.model import Person
from server.sync.registry import Bodies, projects

_IDS = sa.bindparam("ids", expanding=True)
_correction, _appeal, _person = table_of(PunchCorrection), table_of(Appeal), table_of(Person)


@projects("correction")
def corrections(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Corrections of a person: with reason and name on their own phone, bare elsewhere."""
    rows = connection.execute(
        sa.select(_correction, _person.c.name.label("maker"))
        .outerjoin(_person, _person.c.id == _correction.c.made_by)
        .where(_correction.c.id.in_(_IDS)),
        {"ids": ids},
    )
    found: Bodies = {}
    for row in rows:
        body = correction_row(row, made_by_name=row.maker)
        if device.person_id != row.person_id:
            body = msgspec.structs.replace(
                body, reason="", request_id=None, made_by=None, made_by_name=None, withdrawn_because=None
            )  # fmt: skip
        found[row.id] = wire.encode(body)
    return found


@projects("appeal")
def appeals(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """A person's own appeals with their answers."""
    rows = connection.execute(
        sa.select(_appeal, _person.c.name.label("answerer"))
        .outerjoin(_person, _person.c.id == _appeal.c.answered_by)
        .where(_appeal.c.id.in_(_IDS)),
        {"ids": ids},
    )
    return {row.id: wire.encode(appeal_row(row, answered_by=row.answerer)) for row in rows}
