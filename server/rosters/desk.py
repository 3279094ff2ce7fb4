"""Who plans a store, and what every change of its roster must be: on a day there is, not over, not too many days at once."""

from __future__ import annotations

from datetime import date, datetime

import sqlalchemy as sa

from contract.attendance import KioskProof
from contract.moments import business_date, instant
from contract.rosters import MOST_DAYS
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.org.queries import company_day, manager_of
from server.org.rules import day_of
from server.people.model import Account
from server.people.queries import actor_of_account
from server.stores.model import Store

PLAN = Permission.PLAN_SHIFTS


def planner_at(work: Work, store_id: str, kiosk: KioskProof | None) -> str | None:
    """Who plans here and now: the signed-in person, the phone's, or whoever typed their PIN at this store's tablet; None for the
    system. Raises Problem for whoever does not plan the store."""
    device = work.device
    if device is None:
        if not work.actor.has_everywhere(PLAN) and store_id not in work.actor.stores_for(PLAN):
            raise Problem("access.out_of_scope", kind="roster_cell")
        return work.actor.person_id
    if device.kind == "kiosk":
        if device.store_id != store_id:
            raise Problem("rosters.not_your_store", field="store_id", id=store_id)
        if kiosk is None or not kiosk.pin:
            raise Problem("rosters.pin_needed", field="kiosk")
    who = device.person_id if device.kind == "phone" else work.act.actor_id
    with work.with_system_reach() as session:
        if who is None or not plans_at(session, who, store_id, instant(work.act.taken.at_ms)):
            raise Problem("rosters.not_your_store", field="store_id", id=store_id)
    return who


def plans_at(session: ScopedSession, person_id: str, store_id: str, moment: datetime) -> bool:
    """Whether somebody manages a store, or holds the right to plan there by any account of theirs. At a moment."""
    if manager_of(session, store_id, company_day(moment)) == person_id:
        return True
    open_accounts = sa.select(Account).where(Account.person_id == person_id, Account.disabled_at.is_(None))
    for account in session.scalars(open_accounts).all():
        actor = actor_of_account(session, account, moment)
        if actor.has_everywhere(PLAN) or store_id in actor.stores_for(PLAN):
            return True
    return False


def must_read_at(actor: Actor, store_id: str) -> None:
    """Refuse whoever does not read shifts at a store, as if it were not there."""
    reads = Permission.READ_SHIFTS
    if not actor.has_everywhere(reads) and store_id not in actor.stores_for(reads):
        raise Problem("access.out_of_scope", kind="roster_cell")


def must_be_store(session: ScopedSession, store_id: str, field: str = "store_id") -> Store:
    """The store, or a refusal of one there is not."""
    store = session.get(Store, store_id)
    if store is None:
        raise Problem("stores.unknown", field=field, id=store_id)
    return store


def must_be_day(text: str, field: str) -> date:
    """The day, or a refusal of one that no calendar has."""
    day = day_of(text)
    if day is None:
        raise Problem("shifts.no_such_day", field=field, day=text)
    return day


def must_be_days(from_text: str, to_text: str, most: int = MOST_DAYS) -> tuple[date, date]:
    """Both days, in order and not too far apart."""
    first, last = must_be_day(from_text, "from_day"), must_be_day(to_text, "to_day")
    if last < first:
        raise Problem("rosters.days_backwards", field="to_day")
    if (last - first).days >= most:
        raise Problem("rosters.too_many_days", field="to_day", most=most)
    return first, last


def today_at(store: Store, now: datetime) -> date:
    """The business day it is at a store."""
    return business_date(now, store.zone, day_turns_at_min=store.day_turns_at_min)


def must_not_be_over(store: Store, day: date, now: datetime, field: str = "day") -> None:
    """Refuse a day of which people have already worked: rosters plan, they do not rewrite."""
    if day < today_at(store, now):
        raise Problem("rosters.day_is_over", field=field, day=day.isoformat())
