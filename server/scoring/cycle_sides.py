"""Whose side somebody is on in a cycle: the person's own, or that of who manages the store they work at."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from contract.attendance import KioskProof
from contract.cycles import Side
from contract.moments import instant
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import company_day, manager_of
from server.people.model import Account
from server.people.queries import actor_of_account
from server.scoring.cycle_model import CyclePart

GIVE = Permission.GIVE_SCORES


def speaker(work: Work, kiosk: KioskProof | None) -> str:
    """Who speaks: at the console who is signed in, on a phone its person, at a tablet who typed their PIN. Raises Problem."""
    device = work.device
    if device is not None and device.kind == "kiosk" and (kiosk is None or not kiosk.pin):
        raise Problem("cycles.pin_needed", field="kiosk")
    if device is None:
        who = work.actor.person_id
    else:
        who = device.person_id if device.kind == "phone" else work.act.actor_id
    if who is None:
        raise Problem("cycles.not_yours")
    return who


def side_of(work: Work, part: CyclePart, who: str) -> Side:
    """The side this person is on. Whoever takes part is on their own, whatever else they may. A tablet speaks for its own store
    only. Raises Problem for anybody else."""
    if who == part.person_id:
        return "person"
    device = work.device
    if device is None:
        if _gives(work.actor, part.store_id):
            return "manager"
        with work.with_system_reach() as session:
            if manager_of(session, part.store_id, company_day(work.now)) == who:
                return "manager"
        raise Problem("cycles.not_yours")
    elsewhere = device.kind == "kiosk" and device.store_id != part.store_id
    with work.with_system_reach() as session:
        if elsewhere or not leads_at(session, who, part.store_id, instant(work.act.taken.at_ms)):
            raise Problem("cycles.not_yours")
    return "manager"


def leads_at(session: ScopedSession, person_id: str, store_id: str, moment: datetime) -> bool:
    """Whether somebody manages a store at a moment, or may score there by any account of theirs."""
    if manager_of(session, store_id, company_day(moment)) == person_id:
        return True
    open_accounts = sa.select(Account).where(Account.person_id == person_id, Account.disabled_at.is_(None))
    return any(_gives(actor_of_account(session, one, moment), store_id) for one in session.scalars(open_accounts).all())


def _gives(actor: Actor, store_id: str) -> bool:
    return actor.has_everywhere(GIVE) or store_id in actor.stores_for(GIVE)
