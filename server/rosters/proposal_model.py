"""Proposals: what was asked for (watched by the log), and how far the computing is with the best so far (made again by asking
again)."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.scope import scoped
from server.kernel.sets import within

PLAN = Permission.PLAN_SHIFTS


class Proposal(Base):
    """A roster that somebody wants computed for stores and days. `stores` counts them; `store_id` is the first.

    `asked` are the parameters of a re-plan. `taken`: what of it was written into the drafts, as figures.
    """

    __tablename__ = "roster_proposal"
    __table_args__ = (
        sa.CheckConstraint("kind in ('roster','replan')", name="kind_known"),
        sa.CheckConstraint("keep in ('published','locked','all')", name="keep_known"),
        sa.CheckConstraint("days between 1 and 42 and seconds between 1 and 900 and stores between 1 and 20", name="bounded"),
        sa.CheckConstraint("(taken_at is null) = (taken is null)", name="taken_with_figures"),
        sa.Index("ix_roster_proposal_store_asked", "store_id", "asked_at"),
    )
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(10))
    store_id: Mapped[str] = ref("store.id")
    store_ids: Mapped[list[Any]]
    stores: Mapped[int]
    from_day: Mapped[date]
    days: Mapped[int]
    seconds: Mapped[int]
    seed: Mapped[int]
    importance: Mapped[dict[str, Any]]
    keep: Mapped[str] = mapped_column(sa.String(10))
    asked: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    asked_by: Mapped[str | None] = ref("person.id")
    asked_at: Mapped[datetime]
    cancelled_at: Mapped[datetime | None]
    taken_at: Mapped[datetime | None]
    taken_by: Mapped[str | None] = ref("person.id")
    taken: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))


class ProposalRun(Base):
    """How far a proposal is. `alive_until`: whoever computes it says again and again that it does; later it is free for another.

    `seen`: versions of the cells it began with. `result`: the best so far as contract ProposalDetail has it, by field.
    """

    __tablename__ = "roster_proposal_run"
    __table_args__ = (
        sa.CheckConstraint("state in ('waiting','running','done','cancelled','failed','refused')", name="state_known"),
        sa.CheckConstraint("(state in ('waiting','running')) = (ended_at is null)", name="ended_is_over"),
        sa.Index("ix_roster_proposal_run_state", "state"),
    )
    id: Mapped[str] = mapped_column(sa.Uuid(as_uuid=False), sa.ForeignKey("roster_proposal.id"), primary_key=True)
    store_id: Mapped[str] = ref("store.id")
    stores: Mapped[int]
    asked_by: Mapped[str | None] = ref("person.id")
    state: Mapped[str] = mapped_column(sa.String(10))
    tries: Mapped[int]
    alive_until: Mapped[datetime | None]
    started_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]
    engine: Mapped[str] = mapped_column(sa.String(20))
    cpu_ms: Mapped[int]
    best: Mapped[int | None] = mapped_column(sa.BigInteger)
    bound: Mapped[int | None] = mapped_column(sa.BigInteger)
    checked: Mapped[bool]
    problem_hash: Mapped[str] = mapped_column(sa.String(64))
    code: Mapped[str | None] = mapped_column(sa.String(60))
    facts: Mapped[dict[str, Any]]
    seen: Mapped[dict[str, Any]]
    progress: Mapped[list[Any]]
    result: Mapped[dict[str, Any]]


def _planners(model: Any) -> None:
    """Who plans the store; a proposal over several stores, whoever asked for it. Devices have no use for them."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.device_id is not None:
            return sa.false()
        if actor.has_everywhere(PLAN):
            return None
        mine = within(model.store_id, actor.stores_for(PLAN))
        one = sa.and_(mine, model.stores == 1)
        return one if actor.person_id is None else sa.or_(one, sa.and_(mine, model.asked_by == actor.person_id))

    def covers(actor: Actor, row: Any) -> bool:
        if actor.device_id is not None:
            return False
        if actor.has_everywhere(PLAN):
            return True
        own = actor.person_id is not None and row.asked_by == actor.person_id
        return row.store_id in actor.stores_for(PLAN) and (row.stores == 1 or own)

    scoped(model, visible=visible, covers=covers)


_planners(Proposal)
_planners(ProposalRun)
