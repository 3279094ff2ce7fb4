"""Who may assign and remind: by their right at the console, at a tablet by their PIN, on a phone as its person."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from contract.attendance import KioskProof
from contract.moments import instant
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import company_day, manager_of
from server.people.model import Account
from server.people.queries import actor_of_account

ASSIGN = Permission.ASSIGN_TRAINING


def reaches(actor: Actor, unit_id: str, right: Permission = ASSIGN) -> bool:
    """Whether a signed-in person has a right at a unit."""
    return actor.has_everywhere(right) or unit_id in actor.stores_for(right)


def teacher_at(work: Work, store_id: str, kiosk: KioskProof | None) -> str | None:
    """Who steers training at a store here and now. Raises Problem for whoever does not."""
    device = work.device
    if device is None:
        if not reaches(work.actor, store_id):
            raise Problem("access.out_of_scope", kind="training_task")
        return work.actor.person_id
    if device.kind == "kiosk":
        if device.store_id != store_id:
            raise Problem("training.not_your_store", field="store_id", id=store_id)
        if kiosk is None or not kiosk.pin:
            raise Problem("training.pin_needed", field="kiosk")
    who = device.person_id if device.kind == "phone" else work.act.actor_id
    with work.with_system_reach() as session:
        if who is None or not teaches_at(session, who, store_id, instant(work.act.taken.at_ms)):
            raise Problem("training.not_your_store", field="store_id", id=store_id)
    return who


def teaches_at(session: ScopedSession, person_id: str, store_id: str, moment: datetime) -> bool:
    """Whether somebody manages a store, or holds the right to assign there by any account of theirs. At a moment."""
    if manager_of(session, store_id, company_day(moment)) == person_id:
        return True
    open_accounts = sa.select(Account).where(Account.person_id == person_id, Account.disabled_at.is_(None))
    actors = (actor_of_account(session, account, moment) for account in session.scalars(open_accounts).all())
    return any(reaches(actor, store_id) for actor in actors)


def not_by_device(work: Work) -> None:
    """Refuse a device: this is done at the console or over the API."""
    if work.device is not None:
        raise Problem("access.not_allowed", needs=ASSIGN.value)
