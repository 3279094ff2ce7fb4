"""Shift templates, patterns, who follows which, planned days, rules of working time, and the duties that come of them.

What is defined counts from a day on and is never changed: the next version stands beside it. A duty can be computed anew at
any time (duty.py); it decides nothing that the rows above it do not say.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any, get_args

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from contract.shifts import ShiftKind
from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import by_store, open_to_all, scoped
from server.kernel.sets import found_by, within
from server.org.queries import at_home_in
from server.people.model import guests_of

_KINDS = ",".join(f"'{kind}'" for kind in get_args(ShiftKind))


class ShiftTemplate(Base):
    """One version of a kind of shift. Minutes count from the midnight with which the business date begins."""

    __tablename__ = "shift_template"
    __table_args__ = (
        sa.UniqueConstraint("code", "from_day"),
        sa.CheckConstraint(f"kind in ({_KINDS})", name="kind_known"),
        sa.CheckConstraint("(kind = 'flexible') = (required_min is not null)", name="flexible_requires"),
        sa.CheckConstraint("(core_starts_min is null) = (core_ends_min is null)", name="core_has_both_ends"),
        sa.CheckConstraint("core_starts_min is null or core_ends_min > core_starts_min", name="core_in_order"),
        sa.CheckConstraint("grace_min is null or grace_min >= 0", name="grace_not_negative"),
    )
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    kind: Mapped[str] = mapped_column(sa.String(12))
    windows: Mapped[list[Any]]
    breaks: Mapped[list[Any]]
    required_min: Mapped[int | None]
    core_starts_min: Mapped[int | None]
    core_ends_min: Mapped[int | None]
    grace_min: Mapped[int | None]


class ShiftPattern(Base):
    """One version of which template is worked on which day of a cycle, over and over."""

    __tablename__ = "shift_pattern"
    __table_args__ = (
        sa.UniqueConstraint("code", "from_day"),
        sa.CheckConstraint("calendar in ('company','none')", name="calendar_known"),
    )
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    starts_on: Mapped[date]
    cycle: Mapped[list[Any]]
    calendar: Mapped[str] = mapped_column(sa.String(10))


class PatternAssignment(Base):
    """From a day on, until (exclusive) another or none, a person or a unit follows a pattern; no `pattern`: none.

    Of what covers a day for the same person or unit, what begins last counts, and of two that begin together what was said
    last.
    """

    __tablename__ = "pattern_assignment"
    __table_args__ = (
        sa.CheckConstraint("(person_id is null) <> (unit_id is null)", name="person_or_unit"),
        sa.CheckConstraint("until is null or until > from_day", name="ends_after_start"),
        sa.CheckConstraint("shifted_by >= 0", name="shift_not_negative"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str | None] = ref("person.id", index=True)
    unit_id: Mapped[str | None] = ref("org_unit.id", index=True)
    pattern: Mapped[str | None] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    until: Mapped[date | None]
    shifted_by: Mapped[int]
    said_at: Mapped[datetime]


class PlannedDay(Base):
    """What somebody works on one day instead of what the pattern says; no shifts: off. `unit_id` is the store they were posted
    to on that day when it was planned, else their home: who may plan there may change it."""

    __tablename__ = "planned_day"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "day"),
        sa.CheckConstraint("source in ('planned','roster')", name="source_known"),
        sa.Index("ix_planned_day_day", "day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    unit_id: Mapped[str] = ref("org_unit.id", index=True)
    day: Mapped[date]
    shifts: Mapped[list[Any]]
    note: Mapped[str | None] = mapped_column(sa.String(1000))
    source: Mapped[str] = mapped_column(sa.String(10))


class Duty(Base):
    """What one person is due on one business date, computed (duty.py). `body`: a DutyRow as JSON, without
    id and person, so that many share it (queries.reader).

    `unit_id` is the store they are posted to on that day, else their home; `store_id` the store, if it is one. `starts_at` and
    `ends_at` span the windows; absent when off. It points at nothing: whoever writes it in bulk waits for nobody's row.
    """

    __tablename__ = "duty"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "day"),
        sa.CheckConstraint("(starts_at is null) = (ends_at is null)", name="span_has_both_ends"),
        sa.CheckConstraint("is_off = (starts_at is null)", name="off_has_no_span"),
        sa.Index("ix_duty_day_unit", "day", "unit_id"),
        sa.Index("ix_duty_store_day", "store_id", "day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = mapped_column(Uuid)
    day: Mapped[date]
    unit_id: Mapped[str] = mapped_column(Uuid)
    store_id: Mapped[str | None] = mapped_column(Uuid)
    starts_at: Mapped[datetime | None]
    ends_at: Mapped[datetime | None]
    is_off: Mapped[bool]
    body: Mapped[str] = mapped_column(sa.Text)


class RuleSet(Base):
    """One version of a set of rules of working time. `body`: a WorkRules."""

    __tablename__ = "rule_set"
    __table_args__ = (sa.UniqueConstraint("code", "from_day"),)
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    body: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(sa.String(500))


class RuleAssignment(Base):
    """Whose hours a set of rules makes from a day on, until the next for the same: a person's, a unit's, or the company's."""

    __tablename__ = "rule_assignment"
    __table_args__ = (sa.CheckConstraint("person_id is null or unit_id is null", name="not_both"),)
    id: Mapped[str] = id_column()
    person_id: Mapped[str | None] = ref("person.id", index=True)
    unit_id: Mapped[str | None] = ref("org_unit.id", index=True)
    rules: Mapped[str] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    said_at: Mapped[datetime]


def _known_people(actor: Actor) -> tuple[sa.Select[tuple[str]], sa.Select[tuple[str]]]:
    """Who is or was at home or posted in the units where the actor reads shifts."""
    units = actor.stores_for(Permission.READ_SHIFTS)
    return guests_of(units), at_home_in(units)


def _said_of(model: Any, writes: Permission) -> None:
    """What is said of a person, a unit or (neither) the company: read by oneself and where one reads shifts."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
            return None
        conditions = [
            within(model.unit_id, actor.stores_for(Permission.READ_SHIFTS)),
            found_by(model.person_id, *_known_people(actor)),
        ]
        if actor.person_id is not None and actor.may(Permission.READ_SELF):
            conditions.append(model.person_id == actor.person_id)
        return sa.or_(*conditions)

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
            return True
        if row.unit_id is not None:
            return row.unit_id in actor.stores_for(Permission.READ_SHIFTS)
        if row.person_id is None:
            return False
        if row.person_id == actor.person_id and actor.may(Permission.READ_SELF):
            return True
        session = sa.inspect(row).session
        if session is None:
            return False
        asked = (found.where(found.selected_columns[0] == row.person_id).limit(1) for found in _known_people(actor))
        return any(session.connection().execute(one).first() is not None for one in asked)

    scoped(model, visible=visible, covers=covers, writes=lambda actor, row: actor.has_everywhere(writes))


_said_of(PatternAssignment, Permission.MANAGE_SHIFTS)
_said_of(RuleAssignment, Permission.MANAGE_RULES)
by_store(PlannedDay, Permission.READ_SHIFTS, Permission.PLAN_SHIFTS, column="unit_id")
by_store(Duty, Permission.READ_SHIFTS, Permission.MANAGE_SHIFTS, column="unit_id")
for _model in (ShiftTemplate, ShiftPattern):
    open_to_all(_model, because="which shifts there are hangs on the wall of every store")
open_to_all(RuleSet, because="how one's hours are made must be open to whoever works them")

synced(Duty, "duty", lambda row: [f"person:{row.person_id}"])
