"""Between the rows of a unit and the rules that change them."""

from __future__ import annotations

import sqlalchemy as sa

from contract.ids import new_id
from server.kernel.db import ScopedSession
from server.org.model import UnitVersion
from server.org.rules import Version


def versions_of(session: ScopedSession, unit_id: str) -> list[Version]:
    """The rows of a unit, the earliest first."""
    return [
        Version(row.from_day, row.until, row.name, row.parent_id, row.manager_id)
        for row in session.scalars(sa.select(UnitVersion).where(UnitVersion.unit_id == unit_id).order_by(UnitVersion.from_day))
    ]


def rewrite(session: ScopedSession, unit_id: str, wanted: list[Version]) -> None:
    """Make the unit's rows these. What shrinks is written before what grows or is new: no two rows may share a day."""
    held = {row.from_day: row for row in session.scalars(sa.select(UnitVersion).where(UnitVersion.unit_id == unit_id))}
    ahead = {version.from_day: version for version in wanted}
    for from_day, row in held.items():
        version = ahead.get(from_day)
        if version is None:
            session.delete(row)
            continue
        row.until = version.until
        row.name, row.parent_id, row.manager_id = version.name, version.parent_id, version.manager_id
    session.flush()
    for from_day, version in ahead.items():
        if from_day not in held:
            session.add(
                UnitVersion(
                    id=new_id(), unit_id=unit_id, from_day=from_day, until=version.until, name=version.name,
                    parent_id=version.parent_id, manager_id=version.manager_id,
                )
            )  # fmt: skip
    session.flush()
