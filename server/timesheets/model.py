"""Derived days, marks of days to compute anew, and what late facts would have changed in months that are closed.

All three can be made again from punches, corrections, duties, leave and rules; none of them is ever edited by anybody.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import only_with, scoped
from server.kernel.sets import found_by, within
from server.org.queries import at_home_in, company_day

# So long a day stays on its person's phone; here it stays for good.
ON_DEVICES = timedelta(days=92)
# The amounts of a day, in minutes: columns of the table and fields of `contract.hours.DayRow` alike.
AMOUNTS = (
    "due_min", "presence_min", "worked_min", "regular_min", "overtime_normal_min", "overtime_weekend_min",
    "overtime_holiday_min", "not_counted_min", "break_min", "late_min", "early_min", "missing_min", "forgiven_min",
    "rounded_min", "leave_min", "night_min", "on_call_min", "granted_min", "not_granted_min", "in_lieu_min",
)  # fmt: skip
STATES = ("present", "late", "early", "absent", "leave", "not_due", "off", "unknown", "unplanned")


class WorkDay(Base):
    """One person's business date as the facts of now make it. `body` is its `DayRow` as JSON, without id and revision.

    `revision` counts how often it came out differently. `store_id`: where most was worked, else where the duty is, else where
    the person is posted. `parts`: of how many stores it is; with more than one, whoever looks after a store reads that store's
    part (`part_model.WorkPart`) instead.
    """

    __tablename__ = "work_day"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "day"),
        sa.CheckConstraint("state in (" + ",".join(f"'{state}'" for state in STATES) + ")", name="state_known"),
        sa.CheckConstraint(
            "worked_min = regular_min + overtime_normal_min + overtime_weekend_min + overtime_holiday_min",
            name="worked_in_classes",
        ),
        sa.CheckConstraint("presence_min + rounded_min = worked_min + not_counted_min", name="presence_conserved"),
        sa.CheckConstraint("granted_min >= 0", name="granted_known"),
        sa.CheckConstraint("not_granted_min >= 0 and not_granted_min <= not_counted_min", name="not_granted_not_counted"),
        sa.CheckConstraint(
            "in_lieu_min >= 0 and in_lieu_min <= overtime_normal_min + overtime_weekend_min", name="lieu_of_overtime"
        ),
        sa.CheckConstraint("revision >= 1", name="revision_counts_up"),
        sa.Index("ix_work_day_store_day", "store_id", "day"),
        sa.Index("ix_work_day_day_state", "day", "state"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    day: Mapped[date]
    store_id: Mapped[str | None] = ref("store.id")
    state: Mapped[str] = mapped_column(sa.String(12))
    due_min: Mapped[int]
    presence_min: Mapped[int]
    worked_min: Mapped[int]
    regular_min: Mapped[int]
    overtime_normal_min: Mapped[int]
    overtime_weekend_min: Mapped[int]
    overtime_holiday_min: Mapped[int]
    not_counted_min: Mapped[int]
    break_min: Mapped[int]
    late_min: Mapped[int]
    early_min: Mapped[int]
    missing_min: Mapped[int]
    forgiven_min: Mapped[int]
    rounded_min: Mapped[int]
    leave_min: Mapped[int]
    night_min: Mapped[int]
    on_call_min: Mapped[int]
    granted_min: Mapped[int] = mapped_column(server_default=sa.text("0"))
    not_granted_min: Mapped[int] = mapped_column(server_default=sa.text("0"))
    in_lieu_min: Mapped[int] = mapped_column(server_default=sa.text("0"))
    parts: Mapped[int] = mapped_column(server_default=sa.text("1"))
    revision: Mapped[int]
    computed_at: Mapped[datetime]
    body: Mapped[str] = mapped_column(sa.Text)


class DirtyDay(Base):
    """A day that something was learned about. Marks are only ever added; a round takes away those it has seen, with the rows
    it writes. `told_at`: when it was marked; `due_at`: not before then (a day that is to be looked at when it is over)."""

    __tablename__ = "dirty_day"
    __table_args__ = (sa.Index("ix_dirty_day_due", "due_at"), sa.Index("ix_dirty_day_person", "person_id"))
    id: Mapped[int] = mapped_column(sa.BigInteger().with_variant(sa.Integer, "sqlite"), primary_key=True)
    person_id: Mapped[str] = ref("person.id")
    day: Mapped[date]
    due_at: Mapped[datetime]


class LateChange(Base):
    """What facts that came after a month was closed would make of a day of it: `body` is that `DayRow`, the row in `work_day`
    stays as it was closed. Away again when both agree."""

    __tablename__ = "late_change"
    __table_args__ = (sa.UniqueConstraint("person_id", "day"),)
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    day: Mapped[date]
    store_id: Mapped[str | None] = ref("store.id")
    found_at: Mapped[datetime]
    worked_before: Mapped[int]
    worked_after: Mapped[int]
    body: Mapped[str] = mapped_column(sa.Text)


def people_at_home(actor: Actor) -> sa.Select[tuple[str]]:
    """Whose home lies in the units where the actor may read hours."""
    day = company_day(actor.now) if actor.now is not None else date.max
    return at_home_in(actor.stores_for(Permission.READ_HOURS), day)


def is_home_of(actor: Actor, row: Any) -> bool:
    """Whether the actor reads hours where the row's person is at home."""
    session = sa.inspect(row).session
    if session is None or not actor.stores_for(Permission.READ_HOURS):
        return False
    here = people_at_home(actor)
    asked = here.where(here.selected_columns[0] == row.person_id).limit(1)
    return session.connection().execute(asked).first() is not None


def of_person(model: Any, *, in_parts: bool = False) -> None:
    """A person's own days; of others those at the stores and of the people at home in the units where one may read hours.

    A host thus reads the days spent at their store and none before or after; a home reads them all. `in_parts`: of a day that
    concerns several stores a host reads no such row.
    """

    def at_place(actor: Actor) -> sa.ColumnElement[bool]:
        here = within(model.store_id, actor.stores_for(Permission.READ_HOURS))
        return sa.and_(here, model.parts == 1) if in_parts else here

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_HOURS) or actor.device_id is not None:
            return None
        conditions = [at_place(actor)]
        if actor.person_id is not None and actor.may(Permission.READ_SELF):
            conditions.append(model.person_id == actor.person_id)
        if actor.stores_for(Permission.READ_HOURS):
            conditions.append(found_by(model.person_id, people_at_home(actor)))
        return sa.or_(*conditions)

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(Permission.READ_HOURS) or actor.device_id is not None:
            return True
        if row.person_id == actor.person_id and actor.may(Permission.READ_SELF):
            return True
        if row.store_id in actor.stores_for(Permission.READ_HOURS) and (not in_parts or row.parts == 1):
            return True
        return is_home_of(actor, row)

    scoped(model, visible=visible, covers=covers, writes=lambda actor, row: False)


of_person(WorkDay, in_parts=True)
of_person(LateChange)
only_with(DirtyDay, Permission.READ_OPERATIONS, Permission.REPLAY_OPERATIONS)
synced(WorkDay, "day", lambda row: [f"private:{row.person_id}"])
