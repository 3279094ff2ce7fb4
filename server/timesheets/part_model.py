"""The parts of a day that was worked, or due, at several stores: what each of these stores may know of it.

Whoever looks after one store reads its part and nothing of another; whoever reads the whole day (the person, their home, HQ)
reads `work_day`. So of a person and a date a reader has either the day or parts of it, and both come to the same.
"""

from __future__ import annotations

from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, aliased, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.scope import scoped
from server.kernel.sets import found_by, within
from server.timesheets.model import AMOUNTS, STATES, WorkDay, is_home_of, people_at_home


class WorkPart(Base):
    """One store's part of a day (`rules/parts.py`). Rows of a person and date, where there are any, come to their `work_day`,
    whose `parts` says how many they are. `body` is the part as a `DayRow`, without id and revision."""

    __tablename__ = "work_part"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "day", "store_id"),
        sa.CheckConstraint("state in (" + ",".join(f"'{state}'" for state in STATES) + ")", name="state_known"),
        sa.CheckConstraint(
            "worked_min = regular_min + overtime_normal_min + overtime_weekend_min + overtime_holiday_min",
            name="worked_in_classes",
        ),
        sa.CheckConstraint("presence_min + rounded_min = worked_min + not_counted_min", name="presence_conserved"),
        sa.Index("ix_work_part_store_day", "store_id", "day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    day: Mapped[date]
    store_id: Mapped[str] = ref("store.id")
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
    granted_min: Mapped[int]
    not_granted_min: Mapped[int]
    in_lieu_min: Mapped[int]
    revision: Mapped[int]
    body: Mapped[str] = mapped_column(sa.Text)


def _visible(actor: Actor) -> sa.ColumnElement[bool]:
    """Parts at the stores where one may read hours, but for those of whom one reads the whole day."""
    places = actor.stores_for(Permission.READ_HOURS)
    if actor.has_everywhere(Permission.READ_HOURS) or actor.device_id is not None or not places:
        return sa.false()
    whole = [sa.not_(found_by(WorkPart.person_id, people_at_home(actor)))]
    if actor.person_id is not None and actor.may(Permission.READ_SELF):
        whole.append(WorkPart.person_id != actor.person_id)
    return sa.and_(within(WorkPart.store_id, places), *whole)


def _covers(actor: Actor, row: Any) -> bool:
    places = actor.stores_for(Permission.READ_HOURS)
    if actor.has_everywhere(Permission.READ_HOURS) or actor.device_id is not None or row.store_id not in places:
        return False
    if row.person_id == actor.person_id and actor.may(Permission.READ_SELF):
        return False
    return not is_home_of(actor, row)


scoped(WorkPart, visible=_visible, covers=_covers, writes=lambda actor, row: False)

_COLUMNS = ("id", "person_id", "day", "store_id", "state", *AMOUNTS, "revision", "body")
_one = sa.literal_column("1", sa.Integer).label("parts")
# What a reader has of each day: the day where it is whole to them, else their parts of it. Questions of people who read are asked
# of this; what is computed and closed is in `work_day`.
SeenDay = aliased(
    WorkDay,
    sa.union_all(
        sa.select(*(getattr(WorkDay, name) for name in _COLUMNS), WorkDay.parts),
        sa.select(*(getattr(WorkPart, name) for name in _COLUMNS), _one),
    ).subquery("seen_day"),
)
