"""Desks (departments) that answer tickets: their people, duty turns and working hours; and the rules that route to them."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.db import Base, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import open_to_all
from server.people import model as _people

assert _people  # its tables are pointed at


class DeskHours(Base):
    """Working hours that desks use, by name. `body`: contract.worktime.WorkHours."""

    __tablename__ = "desk_hours"
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(sa.String(120), unique=True)
    body: Mapped[dict[str, Any]]


class Desk(Base):
    """A department that answers. Its code stays. `retired_at`: it answers no more from then on."""

    __tablename__ = "desk"
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    hours_id: Mapped[str] = ref("desk_hours.id", index=True)
    leader_id: Mapped[str | None] = ref("person.id")
    retired_at: Mapped[datetime | None]


class DeskPerson(Base):
    """Somebody who answers at a desk."""

    __tablename__ = "desk_person"
    __table_args__ = (sa.UniqueConstraint("desk_id", "person_id"),)
    id: Mapped[str] = id_column()
    desk_id: Mapped[str] = ref("desk.id")
    person_id: Mapped[str] = ref("person.id", index=True)


class DeskTurn(Base):
    """Somebody of a desk is on duty from a day to a day, both included, on these weekdays (0 Monday; none said: all)."""

    __tablename__ = "desk_turn"
    __table_args__ = (
        sa.CheckConstraint("to_day >= from_day", name="ends_after_start"),
        sa.Index("ix_desk_turn_days", "desk_id", "from_day", "to_day"),
    )
    id: Mapped[str] = id_column()
    desk_id: Mapped[str] = ref("desk.id")
    person_id: Mapped[str] = ref("person.id", index=True)
    from_day: Mapped[date]
    to_day: Mapped[date]
    weekdays: Mapped[list[Any]]


class RoutingRule(Base):
    """Which tickets go to which desk, with which targets. `body`: contract.desks.RuleBody. The first by position decides."""

    __tablename__ = "routing_rule"
    __table_args__ = (
        sa.CheckConstraint("position >= 0", name="position_counted"),
        sa.Index("ix_routing_rule_position", "position", "id"),
    )
    id: Mapped[str] = id_column()
    name: Mapped[str] = mapped_column(sa.String(120))
    position: Mapped[int]
    desk_id: Mapped[str] = ref("desk.id", index=True)
    body: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(sa.String(500))
    retired_at: Mapped[datetime | None]


open_to_all(DeskHours, because="when a desk answers hangs on its door")
open_to_all(Desk, because="whoever answers somewhere may pass a ticket on to any department")
open_to_all(DeskPerson, because="who answers is told to whoever asked")
open_to_all(DeskTurn, because="who is on duty is told to whoever looks for somebody")
open_to_all(RoutingRule, because="which desk gets what is how the company works; nothing of anybody stands in it")

synced(Desk, "ticket_desk", lambda row: ["company"])
