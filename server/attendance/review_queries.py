"""What a person needs who must decide on punches: the queue, and the whole story of one punch."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from server.attendance.correction_model import PunchCorrection
from server.attendance.model import Punch, PunchProof, PunchReview
from server.attendance.queries import proofs_of, reviews_of
from server.devices.model import Device
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.ledger import OpLog
from server.kernel.sets import within
from server.org.queries import at_home_below, is_below
from server.people.model import Person
from server.stores.model import FenceVersion, Store


@dataclass(frozen=True)
class Story:
    """One punch and all that is kept around it. `entry` is None for readers who may not see operations; `receipt` is the
    entry at whose place in the chain the server signed next."""

    punch: Punch
    person: Person
    store: Store
    fence: FenceVersion | None
    device: Device | None
    entry: OpLog | None
    receipt: OpLog | None
    proofs: Sequence[PunchProof]
    reviews: Sequence[PunchReview]
    deciders: dict[str, str]


def punch_story(session: Session, punch_id: str) -> Story | None:
    """Everything about a punch; None where it is not within reach."""
    punch = session.get(Punch, punch_id)
    if punch is None:
        return None
    person, store = session.get(Person, punch.person_id), session.get(Store, punch.store_id)
    if person is None or store is None:
        return None
    fence = session.scalars(
        sa.select(FenceVersion)
        .where(FenceVersion.store_id == store.id, FenceVersion.valid_from <= punch.taken_at)
        .order_by(FenceVersion.valid_from.desc())
        .limit(1)
    ).first()
    entry = session.get(OpLog, punch.op_id) if session.info["actor"].may("operations.read") else None
    receipt = None
    if entry is not None and entry.seq is not None:
        receipt = session.scalars(
            sa.select(OpLog)
            .where(OpLog.device_id == punch.device_id, OpLog.seq >= entry.seq, OpLog.receipt.is_not(None))
            .order_by(OpLog.seq)
            .limit(1)
        ).first()
    reviews = reviews_of(session, punch_id)
    deciders = {review.decided_by for review in reviews if review.decided_by}
    named = sa.select(Person.id, Person.name).where(Person.id.in_(deciders))
    names: dict[str, str] = {row.id: row.name for row in session.execute(named)} if deciders else {}
    return Story(
        punch, person, store, fence, session.get(Device, punch.device_id), entry, receipt,
        proofs_of(session, punch_id), reviews, names,
    )  # fmt: skip


def _waits() -> sa.ColumnElement[bool]:
    replaced = sa.select(PunchCorrection.id).where(
        PunchCorrection.replaces == Punch.id, PunchCorrection.withdrawn_at.is_(None)
    )
    return sa.and_(Punch.state == "counted", Punch.verdict != "green", ~replaced.exists())


def waiting_count(session: ScopedSession) -> int:
    """How many punches wait for somebody to decide, where the reader decides."""
    reader: Actor = session.info["actor"]
    found = sa.select(sa.func.count()).select_from(Punch).where(_waits())
    if not reader.has_everywhere(Permission.REVIEW_PUNCHES):
        found = found.where(within(Punch.store_id, reader.stores_for(Permission.REVIEW_PUNCHES)))
    return session.scalar(found) or 0


def waiting_for_decision(
    session: ScopedSession, *, store_id: str | None = None, verdict: str | None = None, unit_id: str | None = None,
    received_before: datetime | None = None, received_after: datetime | None = None, decided: bool = False, limit: int = 1000,
) -> list[tuple[Any, str, str, str]]:  # fmt: skip
    """(punch, person's name, store's name, store's zone): undecided doubtful punches, or those decided in the last 31 days.

    A punch that a correction stands for waits for nobody.
    """
    found = (
        sa.select(Punch, Person.name, Store.name, Store.zone)
        .join(Person, Person.id == Punch.person_id)
        .join(Store, Store.id == Punch.store_id)
        .limit(limit)
    )
    if decided:
        newest = sa.select(sa.func.max(Punch.decided_at)).scalar_subquery()
        found = found.where(Punch.state != "counted").order_by(Punch.decided_at.desc(), Punch.id.desc())
        latest = session.execute(sa.select(newest)).scalar()
        if latest is not None:
            found = found.where(Punch.decided_at > latest - timedelta(days=31))
    else:
        found = found.where(_waits())
        found = found.order_by(Punch.taken_at.desc(), Punch.id.desc())
    if unit_id is not None:
        at_home = Punch.person_id.in_(at_home_below(session, unit_id))
        found = found.where(sa.or_(is_below(session, Punch.store_id, unit_id), at_home))
    if received_before is not None:
        found = found.where(Punch.received_at <= received_before)
    if received_after is not None:
        found = found.where(Punch.received_at > received_after)
    if store_id is not None:
        found = found.where(Punch.store_id == store_id)
    if verdict is not None:
        found = found.where(Punch.verdict == verdict)
    return [tuple(row) for row in session.execute(found)]  # type: ignore[misc]


def punches_matching(
    session: Session, *, day_from: Any = None, day_to: Any = None, search: str = "", store_id: str | None = None,
    person_id: str | None = None, unit_id: str | None = None, verdict: str | None = None, state: str | None = None,
    limit: int = 2000,
) -> list[tuple[Any, str, str, str, str]]:  # fmt: skip
    """(punch, person's name, number, store's name, zone), newest first; `search` looks into names and numbers."""
    found = (
        sa.select(Punch, Person.name, Person.number, Store.name, Store.zone)
        .join(Person, Person.id == Punch.person_id)
        .join(Store, Store.id == Punch.store_id)
        .order_by(Punch.taken_at.desc(), Punch.id.desc())
        .limit(limit)
    )
    for given, condition in (
        (day_from, Punch.business_date >= day_from),
        (day_to, Punch.business_date <= day_to),
        (store_id, Punch.store_id == store_id),
        (person_id, Punch.person_id == person_id),
        (verdict, Punch.verdict == verdict),
        (state, Punch.state == state),
    ):
        if given:
            found = found.where(condition)
    if unit_id is not None:
        at_home = Punch.person_id.in_(at_home_below(session, unit_id))
        found = found.where(sa.or_(is_below(session, Punch.store_id, unit_id), at_home))
    for word in search.split():
        found = found.where(
            sa.or_(
                Person.name_key.contains(word.lower(), autoescape=True),
                Person.number.icontains(word, autoescape=True),
                Store.name.icontains(word, autoescape=True),
            )
        )
    return [tuple(row) for row in session.execute(found)]  # type: ignore[misc]
