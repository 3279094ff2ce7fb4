"""Postings: who works at which store from when to when. Two postings of one person never overlap; the database says so too.

What has happened of a posting (begun, about to end, over) and who stands on both sides is its `Arrival`; what is handed over
are items, each tick a fact of its own.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.approvals import model as _approvals
from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import is_reference, synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import within
from server.org import model as _org

assert _approvals and _org  # their tables are pointed at


class Posting(Base):
    """Days are the store's business days; `ends_on` is the first day no longer worked, None while open.

    `starts_at` and `ends_at` are the instants those days begin, in the store's zone at the hour its day turns; somebody who is
    recalled this minute has an `ends_at` of that minute, inside the day before `ends_on`. The no-overlap rule is an exclusion
    constraint on PostgreSQL and a trigger on SQLite (migrations). `home_unit_id` is the person's home while posted.
    """

    __tablename__ = "posting"
    __table_args__ = (
        sa.CheckConstraint("ends_on is null or ends_on > starts_on", name="ends_after_start"),
        sa.CheckConstraint("(ends_on is null) = (ends_at is null)", name="end_has_instant"),
        sa.CheckConstraint("ends_at is null or ends_at > starts_at", name="instant_after_start"),
        sa.Index("ix_posting_person_start", "person_id", "starts_at"),
        sa.Index("ix_posting_store_end", "store_id", "ends_at"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    starts_on: Mapped[date]
    ends_on: Mapped[date | None]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime | None]
    ended_because: Mapped[str | None] = mapped_column(sa.String(500))
    post_id: Mapped[str | None] = ref("post.id")
    request_id: Mapped[str | None] = ref("request.id", index=True)
    home_unit_id: Mapped[str | None] = ref("org_unit.id", index=True)


class Arrival(Base):
    """The life of one posting, and its card on the host's desk. `id` is the posting's.

    `begun_at`, `over_at`: when its beginning and its end were told; `near_for`: the end that was announced a week ahead.
    Managers are those of today, for the feed: a card goes to the store's tablets and to the two managers' own phones.
    """

    __tablename__ = "arrival"
    __table_args__ = (
        sa.Index(
            "ix_arrival_not_over",
            "id",
            sqlite_where=sa.text("over_at is null"),
            postgresql_where=sa.text("over_at is null"),
        ),
    )
    id: Mapped[str] = ref("posting.id", primary_key=True)
    person_id: Mapped[str] = ref("person.id", index=True)
    store_id: Mapped[str] = ref("store.id", index=True)
    home_unit_id: Mapped[str | None] = ref("org_unit.id")
    home_manager_id: Mapped[str | None] = ref("person.id", index=True)
    host_manager_id: Mapped[str | None] = ref("person.id", index=True)
    begun_at: Mapped[datetime | None]
    near_for: Mapped[date | None]
    over_at: Mapped[datetime | None]


class ChecklistLine(Base):
    """The template of what is handed over at arrivals and returns."""

    __tablename__ = "checklist_line"
    __table_args__ = (
        sa.UniqueConstraint("direction", "key"),
        sa.CheckConstraint("direction in ('arrival','return')", name="direction_known"),
        sa.CheckConstraint("side in ('home','host')", name="side_known"),
    )
    id: Mapped[str] = id_column()
    direction: Mapped[str] = mapped_column(sa.String(10))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(40))
    side: Mapped[str] = mapped_column(sa.String(10))
    title_zh: Mapped[str] = mapped_column(sa.String(120))
    title_en: Mapped[str] = mapped_column(sa.String(120))


class HandOverItem(Base):
    """What one posting hands over, as the template said when its list was made. `done_*` is what its latest tick says."""

    __tablename__ = "hand_over_item"
    __table_args__ = (
        sa.UniqueConstraint("posting_id", "direction", "key"),
        sa.CheckConstraint("direction in ('arrival','return')", name="direction_known"),
        sa.CheckConstraint("side in ('home','host')", name="side_known"),
        sa.CheckConstraint("(done_at is null) = (done_by is null)", name="done_by_somebody"),
    )
    id: Mapped[str] = id_column()
    posting_id: Mapped[str] = ref("arrival.id")
    direction: Mapped[str] = mapped_column(sa.String(10))
    position: Mapped[int]
    key: Mapped[str] = mapped_column(sa.String(40))
    side: Mapped[str] = mapped_column(sa.String(10))
    title_zh: Mapped[str] = mapped_column(sa.String(120))
    title_en: Mapped[str] = mapped_column(sa.String(120))
    done_at: Mapped[datetime | None]
    done_by: Mapped[str | None] = ref("person.id")
    note: Mapped[str] = mapped_column(sa.String(1000), default="", server_default="")


class HandOverTick(Base):
    """Somebody said that an item was handed over, or that it was not after all. Never changed; `id` is its operation's."""

    __tablename__ = "hand_over_tick"
    id: Mapped[str] = id_column()
    item_id: Mapped[str] = ref("hand_over_item.id", index=True)
    person_id: Mapped[str] = ref("person.id")
    done: Mapped[bool]
    note: Mapped[str] = mapped_column(sa.String(1000))
    said_at: Mapped[datetime]
    received_at: Mapped[datetime]


def _sides_of(model: Any, actor: Actor) -> list[Any]:
    """Rows of the stores somebody may look at, of the units they lead, and their own."""
    places = actor.stores_for(Permission.READ_POSTINGS)
    conditions = [within(model.store_id, places), within(model.home_unit_id, places)]
    if actor.person_id is not None:
        conditions.append(model.person_id == actor.person_id)
    return conditions


def _covered(actor: Actor, row: Any) -> bool:
    if actor.has_everywhere(Permission.READ_POSTINGS) or actor.device_id is not None:
        return True
    places = actor.stores_for(Permission.READ_POSTINGS)
    return row.store_id in places or row.home_unit_id in places or (
        actor.person_id is not None and row.person_id == actor.person_id
    )  # fmt: skip


def _posting_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    if actor.has_everywhere(Permission.READ_POSTINGS) or actor.device_id is not None:
        return None
    return sa.or_(*_sides_of(Posting, actor))


def _posting_writes(actor: Actor, row: Posting) -> bool:
    if actor.device_id is not None:
        return False
    return actor.has_everywhere(Permission.MANAGE_POSTINGS) or row.store_id in actor.stores_for(Permission.MANAGE_POSTINGS)


def _arrivals_of(actor: Actor) -> sa.ColumnElement[bool] | None:
    """A store's arrivals while they are not over, a home unit's for good, and those that one is the manager of."""
    if actor.has_everywhere(Permission.READ_POSTINGS) or actor.device_id is not None:
        return None
    places, me = actor.stores_for(Permission.READ_POSTINGS), actor.person_id or ""
    host = sa.or_(within(Arrival.store_id, places), Arrival.host_manager_id == me)
    return sa.or_(
        sa.and_(Arrival.over_at.is_(None), host),
        within(Arrival.home_unit_id, places),
        Arrival.home_manager_id == me,
        Arrival.person_id == me,
    )


def _arrival_covered(actor: Actor, row: Arrival) -> bool:
    if actor.has_everywhere(Permission.READ_POSTINGS) or actor.device_id is not None:
        return True
    places = actor.stores_for(Permission.READ_POSTINGS)
    me = actor.person_id
    if row.over_at is None and (row.store_id in places or (me is not None and row.host_manager_id == me)):
        return True
    return row.home_unit_id in places or (me is not None and me in (row.home_manager_id, row.person_id))


def _with_their_arrival(model: Any, key: str) -> None:
    """Rows that are seen with the arrival they belong to, and written by the system on somebody's behalf."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        condition = _arrivals_of(actor)
        return None if condition is None else getattr(model, key).in_(sa.select(Arrival.id).where(condition))

    def covers(actor: Actor, row: Any) -> bool:
        session = sa.inspect(row).session
        arrival = session.get(Arrival, getattr(row, key)) if session is not None else None
        return arrival is not None and _arrival_covered(actor, arrival)

    scoped(model, visible=visible, covers=covers, writes=_arranges)


def _arranges(actor: Actor, _row: Any) -> bool:
    return actor.has_everywhere(Permission.MANAGE_POSTINGS)


def _ticks_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    condition = _arrivals_of(actor)
    if condition is None:
        return None
    items = sa.select(HandOverItem.id).join(Arrival, Arrival.id == HandOverItem.posting_id).where(condition)
    return HandOverTick.item_id.in_(items)


def _ticks_covered(actor: Actor, row: HandOverTick) -> bool:
    session = sa.inspect(row).session
    item = session.get(HandOverItem, row.item_id) if session is not None else None
    arrival = session.get(Arrival, item.posting_id) if session is not None and item is not None else None
    return arrival is not None and _arrival_covered(actor, arrival)


scoped(Posting, visible=_posting_visible, covers=_covered, writes=_posting_writes)
scoped(Arrival, visible=_arrivals_of, covers=_arrival_covered, writes=_arranges)
_with_their_arrival(HandOverItem, "posting_id")
scoped(HandOverTick, visible=_ticks_visible, covers=_ticks_covered, writes=_arranges)
open_to_all(ChecklistLine, because="what is handed over at arrivals and returns is house custom, the same for everybody")


def desks_of(row: Any) -> list[str]:
    """Who holds a card: the store's desk and both managers, until the posting is over."""
    if row.over_at is not None:
        return []
    managers = {person for person in (row.home_manager_id, row.host_manager_id) if person is not None}
    return [f"desk:{row.store_id}", *sorted(f"private:{person}" for person in managers)]


synced(Posting, "posting", lambda row: [f"person:{row.person_id}"])
synced(Arrival, "arrival", desks_of)
is_reference(Posting)
