"""Questions about punches: lists, the review queue, and everything that is known of one."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from contract.attendance import PunchRow, ReviewRow
from contract.moments import to_ms
from server.attendance.model import Punch, PunchProof, PunchReview
from server.org.queries import at_home_below, is_below
from server.people.model import Person
from server.stores.model import Store


def punches(
    session: Session, *, store_id: str | None = None, person_id: str | None = None, day_from: date | None = None,
    day_to: date | None = None, verdict: str | None = None, state: str | None = None, open_only: bool = False,
    unit_id: str | None = None, after: str | None = None, limit: int = 100,
) -> list[tuple[Punch, str, str]]:  # fmt: skip
    """(punch, person's name, store's name), newest first. `after` is the id of the last one of the page before."""
    found = (
        sa.select(Punch, Person.name, Store.name)
        .join(Person, Person.id == Punch.person_id)
        .join(Store, Store.id == Punch.store_id)
        .order_by(Punch.taken_at.desc(), Punch.id.desc())
        .limit(limit)
    )
    if store_id is not None:
        found = found.where(Punch.store_id == store_id)
    if person_id is not None:
        found = found.where(Punch.person_id == person_id)
    if unit_id is not None:
        at_home = Punch.person_id.in_(at_home_below(session, unit_id))
        found = found.where(sa.or_(is_below(session, Punch.store_id, unit_id), at_home))
    if day_from is not None:
        found = found.where(Punch.business_date >= day_from)
    if day_to is not None:
        found = found.where(Punch.business_date <= day_to)
    if verdict is not None:
        found = found.where(Punch.verdict == verdict)
    if state is not None:
        found = found.where(Punch.state == state)
    if open_only:
        found = found.where(Punch.state == "counted", Punch.verdict != "green")
    if after is not None:
        last = session.get(Punch, after)
        if last is not None:
            here = sa.literal(last.taken_at, Punch.taken_at.type), sa.literal(last.id, Punch.id.type)
            found = found.where(sa.tuple_(Punch.taken_at, Punch.id) < sa.tuple_(*here))
    return [(punch, person, store) for punch, person, store in session.execute(found)]


def reviews_of(session: Session, punch_id: str) -> Sequence[PunchReview]:
    """Every decision on a punch, oldest first."""
    return session.scalars(
        sa.select(PunchReview).where(PunchReview.punch_id == punch_id).order_by(PunchReview.decided_at, PunchReview.id)
    ).all()


def proofs_of(session: Session, punch_id: str) -> Sequence[PunchProof]:
    """Every proof that was added to a punch, oldest first."""
    return session.scalars(
        sa.select(PunchProof).where(PunchProof.punch_id == punch_id).order_by(PunchProof.added_at)
    ).all()


def review_row(review: PunchReview) -> ReviewRow:
    """A decision as everybody reads it."""
    return ReviewRow(
        id=review.id,
        decision=review.decision,
        corrected_ms=to_ms(review.corrected_at) if review.corrected_at else None,
        corrected_kind=review.corrected_kind,
        reason=review.reason,
        decided_by=review.decided_by,
        decided_ms=to_ms(review.decided_at),
    )


def row_of(row: Any) -> PunchRow:
    """A punch as everybody reads it: what was made, and what was decided, side by side."""
    return PunchRow(
        id=row.id, person_id=row.person_id, store_id=row.store_id, kind=row.kind, taken_ms=to_ms(row.taken_at),
        low_ms=to_ms(row.taken_low), high_ms=to_ms(row.taken_high), grade=row.grade,
        received_ms=to_ms(row.received_at), business_date=row.business_date.isoformat(), place=row.place,
        distance_m=row.distance_m, accuracy_m=row.accuracy_dm // 10 if row.accuracy_dm is not None else None,
        verdict=row.verdict, score_db=row.score_db, reasons=row.reasons, state=row.state,
        decided_ms=to_ms(row.decided_taken_at) if row.decided_taken_at else None, decided_kind=row.decided_kind,
        decision_reason=row.decision_reason, by_kiosk=row.by_kiosk, device_id=row.device_id,
    )  # fmt: skip
