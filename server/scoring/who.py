"""Who gives scores, and as what: the store's manager, a second one, headquarters. For devices computed of the person."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from contract.attendance import KioskProof
from contract.moments import instant
from contract.scoring import Rater
from server.approvals.service import acting
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import manager_of
from server.people.model import Account, Person, PersonStore
from server.people.queries import actor_of_account
from server.postings.life import day_begins
from server.scoring.card_model import GIVE, MANAGE
from server.stores.model import Store

NEXT_DAY = 1


def person_here(work: Work, kiosk: KioskProof | None) -> str:
    """The person who acts; at a shared tablet whoever typed their PIN."""
    if work.device is not None and work.device.kind == "kiosk" and (kiosk is None or not kiosk.pin):
        raise Problem("scoring.pin_needed", field="kiosk")
    return acting(work)


def said_at(work: Work) -> datetime:
    """When it was said where it was said: by the time that counts, and never after it was heard."""
    return min(instant(work.act.taken.at_ms), work.now)


def _actors(work: Work, session: ScopedSession, person_id: str) -> list[Actor]:
    if work.device is None:
        return [work.actor]
    asked = sa.select(Account).where(Account.person_id == person_id, Account.disabled_at.is_(None))
    return [actor_of_account(session, account, work.now) for account in session.scalars(asked).all()]


def holds(work: Work, session: ScopedSession, person_id: str, right: Permission, store_id: str | None) -> bool:
    """Whether somebody has a right that counts at a store; without a store: everywhere."""
    return any(
        one.has_everywhere(right) or (store_id is not None and store_id in one.stores_for(right))
        for one in _actors(work, session, person_id)
    )


def rater_of(work: Work, session: ScopedSession, who: str, store_id: str, day: date) -> Rater:
    """As what somebody scores at a store: its manager of that day is the first, who scores the whole company is HQ, anybody else
    with the right is the second. Raises Problem for people of other stores."""
    if work.device is not None and work.device.kind == "kiosk" and work.device.store_id != store_id:
        raise Problem("scoring.not_your_store", field="store_id")
    if manager_of(session, store_id, day) == who:
        return "manager"
    if not holds(work, session, who, GIVE, store_id):
        raise Problem("scoring.not_your_store", field="store_id")
    return "hq" if holds(work, session, who, MANAGE, None) else "second"


def was_posted(session: ScopedSession, person_id: str, store: Store, day: date) -> bool:
    """Whether somebody was at a store on some part of one of its days: posted there, or lent for the day."""
    begins, ends = day_begins(store, day), day_begins(store, date.fromordinal(day.toordinal() + NEXT_DAY))
    asked = sa.select(PersonStore.id).where(
        PersonStore.person_id == person_id, PersonStore.store_id == store.id, PersonStore.from_at < ends,
        sa.or_(PersonStore.until_at.is_(None), PersonStore.until_at > begins),
    )  # fmt: skip
    return session.execute(asked.limit(1)).first() is not None


def names(session: ScopedSession, ids: set[str]) -> dict[str, Any]:
    """Names by id."""
    return {row.id: row.name for row in session.scalars(sa.select(Person).where(Person.id.in_(sorted(ids))))}
