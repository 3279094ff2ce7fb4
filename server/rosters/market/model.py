"""What people ask for around published shifts. A shift is named by its id and the version that was seen; `brief` says what it
was, so that a row stays readable when the shift has gone.

Who writes: the people themselves and the managers of the stores, through their operations only; every handler looks for itself
whose shift, whose store it is (rights.py) and then writes with the system's reach. So no row is writable by reach alone.
"""

from __future__ import annotations

from collections.abc import Callable
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import scoped
from server.kernel.sets import found_by, just, within
from server.org.queries import at_home_in
from server.people.model import guests_of

_WISHES = "('unavailable','undesired','desired')"


class Availability(Base):
    """Somebody's weeks from a day on, until (exclusive) another or for good. Of what covers a day, what begins last counts."""

    __tablename__ = "availability"
    __table_args__ = (
        sa.CheckConstraint("until is null or until > from_day", name="ends_after_start"),
        sa.Index("ix_availability_person_from", "person_id", "from_day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    from_day: Mapped[date]
    until: Mapped[date | None]
    stretches: Mapped[list[Any]]
    note: Mapped[str] = mapped_column(sa.String(1000))
    said_at: Mapped[datetime]


class ShiftWish(Base):
    """One day, or a part of it, on which somebody cannot, would rather not, or would like to."""

    __tablename__ = "shift_wish"
    __table_args__ = (
        sa.CheckConstraint(f"kind in {_WISHES}", name="kind_known"),
        sa.CheckConstraint("from_min >= 0 and to_min > from_min and to_min <= 2880", name="in_order"),
        sa.Index("ix_shift_wish_person_day", "person_id", "day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    day: Mapped[date]
    kind: Mapped[str] = mapped_column(sa.String(12))
    from_min: Mapped[int]
    to_min: Mapped[int]
    note: Mapped[str] = mapped_column(sa.String(1000))
    said_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class ShiftClaim(Base):
    """Somebody asked for an open shift. Of one version of a shift at most one claim wins: the database says so too."""

    __tablename__ = "shift_claim"
    __table_args__ = (
        sa.CheckConstraint("state in ('asked','won','lost','refused','withdrawn')", name="state_known"),
        sa.CheckConstraint("(state = 'asked') = (decided_at is null)", name="decided_with_moment"),
        sa.Index("ix_shift_claim_store_day", "store_id", "day"),
        sa.Index(
            "uq_shift_claim_winner",
            "shift_id",
            "version",
            unique=True,
            sqlite_where=sa.text("state = 'won'"),
            postgresql_where=sa.text("state = 'won'"),
        ),
    )
    id: Mapped[str] = id_column()
    shift_id: Mapped[str] = mapped_column(Uuid, index=True)
    version: Mapped[int]
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    brief: Mapped[dict[str, Any]]
    person_id: Mapped[str] = ref("person.id", index=True)
    state: Mapped[str] = mapped_column(sa.String(10))
    asked_at: Mapped[datetime]
    costs: Mapped[list[Any]]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = ref("person.id")
    reason: Mapped[str] = mapped_column(sa.String(1000))


class ShiftOffer(Base):
    """An open shift offered to one person; `offer_id` is that of the offer to all of them. At most one of them accepts."""

    __tablename__ = "shift_offer"
    __table_args__ = (
        sa.CheckConstraint("state in ('open','accepted','declined','taken','ended')", name="state_known"),
        sa.CheckConstraint("until_at > offered_at", name="ends_after_start"),
        sa.UniqueConstraint("offer_id", "person_id"),
        sa.Index("ix_shift_offer_store_day", "store_id", "day"),
        sa.Index("ix_shift_offer_shift", "shift_id"),
        sa.Index(
            "uq_shift_offer_accepted",
            "offer_id",
            unique=True,
            sqlite_where=sa.text("state = 'accepted'"),
            postgresql_where=sa.text("state = 'accepted'"),
        ),
        sa.Index(
            "ix_shift_offer_open",
            "until_at",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )
    id: Mapped[str] = id_column()
    offer_id: Mapped[str] = mapped_column(Uuid)
    shift_id: Mapped[str] = mapped_column(Uuid)
    version: Mapped[int]
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    brief: Mapped[dict[str, Any]]
    person_id: Mapped[str] = ref("person.id", index=True)
    state: Mapped[str] = mapped_column(sa.String(10))
    offered_at: Mapped[datetime]
    offered_by: Mapped[str] = ref("person.id")
    until_at: Mapped[datetime]
    answered_at: Mapped[datetime | None]
    note: Mapped[str] = mapped_column(sa.String(1000))
    override: Mapped[str | None] = mapped_column(sa.String(500))


class ShiftSwap(Base):
    """A shift for a colleague's, or (no `their_shift_id`) given away. A shift is in one running swap of its holder at most."""

    __tablename__ = "shift_swap"
    __table_args__ = (
        sa.CheckConstraint(
            "state in ('asked','consented','done','declined','refused','withdrawn','expired','void')", name="state_known"
        ),
        sa.CheckConstraint("asker_id <> colleague_id", name="two_people"),
        sa.CheckConstraint("(their_shift_id is null) = (their_version is null)", name="their_shift_has_version"),
        sa.CheckConstraint("until_at > asked_at", name="ends_after_start"),
        sa.Index("ix_shift_swap_store_day", "store_id", "day"),
        sa.Index(
            "uq_shift_swap_running",
            "shift_id",
            unique=True,
            sqlite_where=sa.text("state in ('asked','consented')"),
            postgresql_where=sa.text("state in ('asked','consented')"),
        ),
    )
    id: Mapped[str] = id_column()
    asker_id: Mapped[str] = ref("person.id", index=True)
    colleague_id: Mapped[str] = ref("person.id", index=True)
    shift_id: Mapped[str] = mapped_column(Uuid)
    version: Mapped[int]
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    brief: Mapped[dict[str, Any]]
    their_shift_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    their_version: Mapped[int | None]
    their_store_id: Mapped[str | None] = ref("store.id")
    their_brief: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    state: Mapped[str] = mapped_column(sa.String(10))
    asked_at: Mapped[datetime]
    until_at: Mapped[datetime]
    costs: Mapped[list[Any]]
    answered_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = ref("person.id")
    reason: Mapped[str] = mapped_column(sa.String(1000))
    note: Mapped[str] = mapped_column(sa.String(1000))


class ShiftAbsence(Base):
    """Somebody said that a person will not come from a day to a day, both included."""

    __tablename__ = "shift_absence"
    __table_args__ = (
        sa.CheckConstraint("kind in ('sick','other')", name="kind_known"),
        sa.CheckConstraint("to_day >= from_day", name="in_order"),
        sa.Index("ix_shift_absence_person_day", "person_id", "from_day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    from_day: Mapped[date]
    to_day: Mapped[date]
    kind: Mapped[str] = mapped_column(sa.String(8))
    note: Mapped[str] = mapped_column(sa.String(1000))
    reported_by: Mapped[str] = ref("person.id")
    reported_at: Mapped[datetime]
    request_id: Mapped[str | None] = ref("request.id")
    withdrawn_at: Mapped[datetime | None]


class AbsenceShift(Base):
    """One shift that became open by an absence; `covered_at`: somebody has it, or it was removed. Its desk sees the absence."""

    __tablename__ = "absence_shift"
    __table_args__ = (
        sa.UniqueConstraint("absence_id", "shift_id"),
        sa.Index("ix_absence_shift_store_day", "store_id", "day"),
        sa.Index("ix_absence_shift_shift", "shift_id"),
    )
    id: Mapped[str] = id_column()
    absence_id: Mapped[str] = ref("shift_absence.id")
    shift_id: Mapped[str] = mapped_column(Uuid)
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    person_id: Mapped[str] = ref("person.id")
    brief: Mapped[dict[str, Any]]
    covered_at: Mapped[datetime | None]


def theirs(model: Any, stores: tuple[str, ...] = (), people: tuple[str, ...] = ("person_id",)) -> None:
    """A row is read by the people it names and by who reads shifts of the units it names. Only the system's reach writes it."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
            return None
        conditions = [within(getattr(model, column), actor.stores_for(Permission.READ_SHIFTS)) for column in stores]
        if actor.person_id is not None:
            conditions += [getattr(model, column) == actor.person_id for column in people]
        return sa.or_(sa.false(), *conditions)

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
            return True
        reads = actor.stores_for(Permission.READ_SHIFTS)
        mine = actor.person_id is not None and actor.person_id in (getattr(row, column) for column in people)
        return mine or any(getattr(row, column) in reads for column in stores)

    scoped(model, visible=visible, covers=covers, writes=by_the_system)


def by_the_system(actor: Actor, _row: Any) -> bool:
    return actor.is_system


def _of_people(model: Any) -> None:
    """A row is read by its person and by who reads shifts where they are at home or a guest."""

    def asked(actor: Actor) -> tuple[sa.Select[Any], ...]:
        units = actor.stores_for(Permission.READ_SHIFTS)
        mine = () if actor.person_id is None else (just(actor.person_id),)
        return (*mine, guests_of(units), at_home_in(units))

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
            return None
        return found_by(model.person_id, *asked(actor))

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None or row.person_id == actor.person_id:
            return True
        session = sa.inspect(row).session
        return session is not None and any(
            session.connection().execute(one.where(one.selected_columns[0] == row.person_id).limit(1)).first() is not None
            for one in asked(actor)[-2:]
        )

    scoped(model, visible=visible, covers=covers, writes=by_the_system)


def _absences_of(actor: Actor) -> sa.ColumnElement[bool] | None:
    """One's own, what one reported, and those that opened a shift in a store where one reads shifts."""
    if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
        return None
    at = sa.select(AbsenceShift.absence_id).where(within(AbsenceShift.store_id, actor.stores_for(Permission.READ_SHIFTS)))
    me = actor.person_id or ""
    return sa.or_(ShiftAbsence.person_id == me, ShiftAbsence.reported_by == me, ShiftAbsence.id.in_(at))


def _absence_covered(actor: Actor, row: ShiftAbsence) -> bool:
    if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
        return True
    if actor.person_id is not None and actor.person_id in (row.person_id, row.reported_by):
        return True
    session = sa.inspect(row).session
    reads = actor.stores_for(Permission.READ_SHIFTS)
    at = sa.select(AbsenceShift.store_id).where(AbsenceShift.absence_id == row.id)
    return session is not None and any(store in reads for store in session.connection().scalars(at))


def of_shifts(*stores: str, people: tuple[str, ...] = ("person_id",)) -> Callable[[Any], list[str]]:
    """The scopes of a row: what is only its people's, and the desks of its stores."""

    def scopes(row: Any) -> list[str]:
        desks = {getattr(row, column) for column in stores} - {None}
        return [*(f"private:{getattr(row, column)}" for column in people), *sorted(f"desk:{one}" for one in desks)]

    return scopes


_of_people(Availability)
_of_people(ShiftWish)
theirs(ShiftClaim, ("store_id",))
theirs(ShiftOffer, ("store_id",))
theirs(ShiftSwap, ("store_id", "their_store_id"), ("asker_id", "colleague_id"))
theirs(AbsenceShift, ("store_id",))
scoped(ShiftAbsence, visible=_absences_of, covers=_absence_covered, writes=by_the_system)

synced(Availability, "availability", lambda row: [f"private:{row.person_id}"])
synced(ShiftWish, "shift_wish", lambda row: [f"private:{row.person_id}"])
synced(ShiftClaim, "shift_claim", of_shifts("store_id"))
synced(ShiftOffer, "shift_offer", of_shifts("store_id"))
synced(ShiftSwap, "shift_swap", of_shifts("store_id", "their_store_id", people=("asker_id", "colleague_id")))
