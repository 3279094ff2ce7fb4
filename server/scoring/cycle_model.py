"""Cycles, and everybody in each: goals, words of how far they are, the interview with its confirmations, the plan.

A person has one part in a cycle, which follows them to the store they work at. What is in it came of operations alone; `scored`,
`by_hq` and `assessed` (months) and `store_id` are made anew of cards and postings (cycle_parts.py).
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import within

READ = Permission.READ_SCORES


class Cycle(Base):
    """A cycle over whole months. `stages`: a list of contract.cycles.StageDays; `posts`, `stores`: whom it is for, none: all."""

    __tablename__ = "score_cycle"
    __table_args__ = (
        sa.CheckConstraint("to_month >= from_month", name="ends_after_start"),
        sa.CheckConstraint("(closed_at is null) = (closed_because is null)", name="closed_with_reason"),
    )
    id: Mapped[str] = id_column()
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    from_month: Mapped[str] = mapped_column(sa.String(7))
    to_month: Mapped[str] = mapped_column(sa.String(7))
    posts: Mapped[list[Any]]
    stores: Mapped[list[Any]]
    stages: Mapped[list[Any]]
    opened_at: Mapped[datetime]
    opened_by: Mapped[str | None] = ref("person.id")
    moved_because: Mapped[str | None] = mapped_column(sa.String(500))
    closed_at: Mapped[datetime | None]
    closed_because: Mapped[str | None] = mapped_column(sa.String(500))


class CyclePart(Base):
    """Somebody's part in a cycle. `goals`: a list of contract.cycles.Goal at a revision, with the moment each side agreed to it;
    `tracks`: GoalTrack, only added to; `plan`: PlanLine without the words of courses."""

    __tablename__ = "score_cycle_part"
    __table_args__ = (
        sa.UniqueConstraint("cycle_id", "person_id"),
        sa.CheckConstraint("talk_confirmed_person is null or talk_revision > 0", name="own_word_of_a_note"),
        sa.CheckConstraint("talk_confirmed_manager is null or talk_revision > 0", name="managers_word_of_a_note"),
        sa.Index("ix_score_cycle_part_store", "store_id", "cycle_id"),
        sa.Index("ix_score_cycle_part_person", "person_id"),
    )
    id: Mapped[str] = id_column()
    cycle_id: Mapped[str] = ref("score_cycle.id")
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    since: Mapped[datetime]
    takes_part: Mapped[bool]
    goals_revision: Mapped[int]
    goals: Mapped[list[Any]]
    goals_at: Mapped[datetime | None]
    goals_by: Mapped[str | None] = ref("person.id")
    goals_agreed_person: Mapped[datetime | None]
    goals_agreed_manager: Mapped[datetime | None]
    goals_manager: Mapped[str | None] = ref("person.id")
    tracks: Mapped[list[Any]]
    talk_revision: Mapped[int]
    talk_on: Mapped[str] = mapped_column(sa.String(10))
    talk_note: Mapped[str] = mapped_column(sa.Text)
    talk_at: Mapped[datetime | None]
    talk_by: Mapped[str | None] = ref("person.id")
    talk_confirmed_person: Mapped[datetime | None]
    talk_confirmed_manager: Mapped[datetime | None]
    talk_manager: Mapped[str | None] = ref("person.id")
    plan: Mapped[list[Any]]
    scored: Mapped[list[Any]]
    by_hq: Mapped[list[Any]]
    assessed: Mapped[list[Any]]


def _own(actor: Actor) -> bool:
    return actor.person_id is not None and actor.may(Permission.OWN_SCORES)


def _everywhere(actor: Actor) -> bool:
    return actor.has_everywhere(READ) or actor.device_id is not None


def _visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    """One's own, and those of the people at stores where one reads scores."""
    if _everywhere(actor):
        return None
    there = within(CyclePart.store_id, actor.stores_for(READ))
    return sa.or_(there, CyclePart.person_id == actor.person_id) if _own(actor) else there


def _covers(actor: Actor, row: CyclePart) -> bool:
    return _everywhere(actor) or row.store_id in actor.stores_for(READ) or (_own(actor) and row.person_id == actor.person_id)


def _nobody(actor: Actor, row: Any) -> bool:
    return False  # written with the system's reach: whose side somebody is on was judged by the operation


open_to_all(Cycle, because="when goals are set and talks are held concerns whoever works here")
scoped(CyclePart, visible=_visible, covers=_covers, writes=_nobody)
synced(Cycle, "cycle", lambda row: ["company"])
synced(
    CyclePart,
    "cycle_person",
    lambda row: [f"private:{row.person_id}", *([f"desk:{row.store_id}"] if row.takes_part else [])],
)
