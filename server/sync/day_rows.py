"""Derived days as devices read them: a person's own, on their own phone; those of a closed month with the flag `locked`. And
overtime that was granted: on the store's tablet too, which else would take it for a clock-out that is missing."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import sqlalchemy as sa

from contract import wire
from contract.hours import GrantedOvertime
from contract.leave_days import minute_of
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.shifts.model import RuleSet
from server.sync.registry import Bodies, projects
from server.timesheets.closings import closed_among
from server.timesheets.model import WorkDay
from server.timesheets.overtime_model import OvertimeGrant
from server.timesheets.queries import day_row

_IDS = sa.bindparam("ids", expanding=True)
_day, _rules, _grant = table_of(WorkDay), table_of(RuleSet), table_of(OvertimeGrant)


@projects("day")
def days(connection: sa.Connection, ids: Sequence[str], device: DeviceFacts) -> Bodies:
    """Days with their working, as they were last computed."""
    c = _day.c
    asked = sa.select(c.id, c.person_id, c.day, c.revision, c.body).where(c.id.in_(_IDS))
    rows = connection.execute(asked, {"ids": ids}).all()
    names = _rule_names(connection)
    final = closed_among(connection, {(row.person_id, row.day) for row in rows})
    found = {}
    for row in rows:
        day = day_row(row)
        zh, en = names.get((day.rules, day.rules_from), ("", ""))
        day = msgspec.structs.replace(day, rules_zh=zh, rules_en=en)
        if (row.person_id, row.day) in final:
            day = msgspec.structs.replace(day, flags=[*day.flags, "locked"])
        found[row.id] = wire.encode(day)
    return found


@projects("overtime")
def granted_overtime(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Overtime that was granted, without what was said about it."""
    found = {}
    for row in connection.execute(sa.select(_grant).where(_grant.c.id.in_(_IDS)), {"ids": ids}):
        midnight = minute_of(row.day)
        told = GrantedOvertime(
            id=row.id, person_id=row.person_id, day=row.day.isoformat(), minutes=row.minutes,
            from_min=None if row.starts_min is None else row.starts_min - midnight,
            to_min=None if row.ends_min is None else row.ends_min - midnight, withdrawn=row.withdrawn_at is not None,
        )  # fmt: skip
        found[row.id] = wire.encode(told)
    return found


def _rule_names(connection: sa.Connection) -> dict[tuple[str, str], tuple[str, str]]:
    """What each version of the rules is called, by code and first day: a company has a handful."""
    rows = connection.execute(sa.select(_rules.c.code, _rules.c.from_day, _rules.c.name_zh, _rules.c.name_en))
    return {(row.code, row.from_day.isoformat()): (row.name_zh, row.name_en) for row in rows}
