"""Questions about cells and published shifts that several parts ask."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date

import sqlalchemy as sa

from server.kernel.db import ScopedSession
from server.rosters.model import Publication, RosterCell, RosterShift


def cells_of(session: ScopedSession, store_id: str, from_day: date, to_day: date) -> Sequence[RosterCell]:
    """The cells of a store from a day to a day, by day, in the order in which their ids were made."""
    found = sa.select(RosterCell).where(RosterCell.store_id == store_id, RosterCell.day.between(from_day, to_day))
    return session.scalars(found.order_by(RosterCell.day, RosterCell.id)).all()


def shifts_of(session: ScopedSession, person_ids: Sequence[str], from_day: date, to_day: date) -> Sequence[RosterShift]:
    """The published shifts of people at all stores, by person and start."""
    found = sa.select(RosterShift).where(RosterShift.person_id.in_(person_ids), RosterShift.day.between(from_day, to_day))
    return session.scalars(found.order_by(RosterShift.person_id, RosterShift.starts_at)).all()


def is_published(session: ScopedSession, store_id: str, day: date) -> bool:
    """Whether a store has published that day: who is posted there and has no shift is off."""
    found = sa.select(Publication.id).where(
        Publication.store_id == store_id, Publication.from_day <= day, Publication.to_day >= day
    )
    return session.execute(found.limit(1)).first() is not None
