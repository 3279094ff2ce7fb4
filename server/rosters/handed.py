"""What devices are handed to judge by themselves: each person's facts, each store's rules, and what desks plan with. Made anew
when a fact of it changes and once a day; only what differs is written."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.rostering.shapes import Placed, Worker
from contract.rosters import (
    ProfileFrom,
    RosterKitRow,
    RosterProfileRow,
    RosterWorkerRow,
    SkillName,
    TemplateOfDay,
)
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession
from server.kernel.feed import mark
from server.kernel.perform import reading, writing
from server.org.queries import company_day
from server.postings.model import Posting
from server.rosters.gathering import Gathered, gather
from server.rosters.model import RosterCell, RosterShift
from server.rosters.people_model import RosterKit, RosterWorker, Skill, StoreProfile
from server.rosters.profile_queries import profile_book
from server.shifts.planner import load_catalogue
from server.stores.model import Store
from server.stores.opening import openings

AHEAD, BACK, OLD = timedelta(days=35), timedelta(days=28), timedelta(days=35)
AT_ONCE = 60  # people that one look gathers
KIT_ID = derived_id("roster_kit")
_FORBIDS = dict.fromkeys(("pregnant", "nursing"), ("no_night", "no_overtime"))
_ENCODE = msgspec.json.Encoder(order="deterministic")


def refresh_workers(session: ScopedSession, people: Iterable[str], today: date) -> int:
    """Make the facts of these people what they are. Answers how many are others now. `session` reaches every row."""
    changed = 0
    ordered = sorted(set(people))
    for start in range(0, len(ordered), AT_ONCE):
        changed += _refresh_some(session, ordered[start : start + AT_ONCE], today)
    return changed


def _refresh_some(session: ScopedSession, people: Sequence[str], today: date) -> int:
    first, last = today, today + AHEAD
    g = gather(session, [], first, last, people)
    held = {row.person_id: row for row in session.scalars(sa.select(RosterWorker).where(RosterWorker.person_id.in_(people)))}
    changed = 0
    for person_id in people:
        worker, was = g.workers.get(person_id), held.get(person_id)
        desks = sorted({stay.store_id for stay in worker.stays if _within(stay, first, last)}) if worker is not None else []
        if not desks or worker is None:
            if was is not None:
                session.delete(was)
                changed += 1
            continue
        body = _ENCODE.encode(_row(g, worker, first, last)).decode()
        if was is None:
            row_id = derived_id("roster_worker", person_id)
            session.add(RosterWorker(id=row_id, person_id=person_id, desks=desks, body=body))
        elif was.body == body and was.desks == desks:
            continue
        else:
            was.desks, was.body = desks, body
        changed += 1
    session.flush()
    return changed


def _within(stay: Any, first: date, last: date) -> bool:
    return bool(stay.from_day <= last.isoformat() and (stay.until is None or stay.until > first.isoformat()))


def _row(g: Gathered, worker: Worker, first: date, last: date) -> RosterWorkerRow:
    """Without wages; and whom the law protects, by what it forbids and not by why."""
    since = (first - BACK).isoformat()
    mine = (_bare(one) for one in g.placed[worker.person_id] if one.day >= since)
    placed = sorted(mine, key=lambda one: (one.starts_ms, one.id))
    away = [one for one in worker.away if one.ends_ms > 0]
    protect = sorted({rule for one in worker.protect for rule in _FORBIDS.get(one, (one,))})
    several = len({stay.store_id for stay in worker.stays}) > 1  # another store's desk reads this too: no titles
    lacks = [msgspec.structs.replace(one, zh="", en="") if several else one for one in worker.lacks]
    away = sorted(away, key=lambda one: (one.starts_ms, one.kind))
    lean = msgspec.structs.replace(worker, wage_cents_hour=None, protect=protect, away=away, lacks=lacks)
    return RosterWorkerRow(
        id=derived_id("roster_worker", worker.person_id), person_id=worker.person_id, from_day=first.isoformat(),
        to_day=last.isoformat(), worker=lean, elsewhere=placed,
    )  # fmt: skip


def _bare(one: Placed) -> Placed:
    """A shift as other desks may see it: its times and its store, which decides the way between."""
    return msgspec.structs.replace(one, role="", template="", needs=[], locked=False)


def refresh_profiles(session: ScopedSession, today: date) -> int:
    """Make the rules that stores' devices hold what they are. Answers how many are others now."""
    book = profile_book(session)
    held = {row.id: row for row in session.scalars(sa.select(StoreProfile))}
    changed = 0
    stores = session.execute(sa.select(Store.id, Store.zone)).all()
    opening = openings(session.connection(), [row.id for row in stores], today - BACK, today + AHEAD)
    for store_id, zone in stores:
        counting = book.changes(store_id, today - BACK, today + AHEAD)
        versions = [ProfileFrom(from_day=day.isoformat(), profile=profile) for day, profile in counting]
        row = RosterProfileRow(id=store_id, store_id=store_id, zone=zone, versions=versions, opening=opening.get(store_id))
        body = _ENCODE.encode(row).decode()
        was = held.get(store_id)
        if was is None:
            session.add(StoreProfile(id=store_id, store_id=store_id, body=body))
        elif was.body != body:
            was.body = body
        else:
            continue
        changed += 1
    session.flush()
    return changed


def refresh_kit(session: ScopedSession, today: date) -> bool:
    """Make what desks plan with what it is. Answers whether it is another now."""
    templates = []
    catalogue = load_catalogue(session)
    for code in sorted(catalogue.templates):
        template = catalogue.template(code, today)
        if template is not None:
            unpaid = sum(one.minutes for one in template.breaks if not one.paid)
            templates.append(
                TemplateOfDay(
                    code=code, name_zh=template.name_zh, name_en=template.name_en, kind=template.kind,
                    windows=list(template.windows), breaks=list(template.breaks), required_min=template.required_min,
                    unpaid_break_min=unpaid,
                )
            )  # fmt: skip
    roles = [
        SkillName(code=row.code, name_zh=row.name_zh, name_en=row.name_en)
        for row in session.scalars(sa.select(Skill).order_by(Skill.code))
    ]
    body = _ENCODE.encode(RosterKitRow(id=KIT_ID, templates=templates, roles=roles)).decode()
    was = session.get(RosterKit, KIT_ID)
    if was is None:
        session.add(RosterKit(id=KIT_ID, body=body))
    elif was.body != body:
        was.body = body
    else:
        return False
    session.flush()
    return True


def keep_handed(db: Database, now: datetime) -> int:
    """Once a day, in small transactions: everything devices are handed is made anew where it differs, and what has grown old
    leaves them. Answers how many rows are others now; asking again changes nothing."""
    today = company_day(now)
    with reading(db, Actor.system()) as session:
        planned = sa.select(RosterCell.person_id).where(RosterCell.day >= today - BACK, RosterCell.person_id.is_not(None))
        known = {*session.scalars(sa.select(RosterWorker.person_id)), *session.scalars(planned.distinct())}
        people = sorted(one for one in known | _colleagues(session, today) if one is not None)
    changed = 0
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        changed += refresh_profiles(session, today) + refresh_kit(session, today)
        _off_devices(session, today - OLD - timedelta(days=1))
    for start in range(0, len(people), AT_ONCE):
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            changed += refresh_workers(session, people[start : start + AT_ONCE], today)
    return changed


def _colleagues(session: ScopedSession, today: date) -> set[str]:
    """Who is posted in the weeks to come where somebody plans with rosters. A company that does not pays one look for it."""
    stores = sa.select(RosterCell.store_id).where(RosterCell.day >= today - BACK).distinct()
    asked = sa.select(Posting.person_id).where(
        Posting.store_id.in_(stores), Posting.starts_on <= today + AHEAD,
        sa.or_(Posting.ends_on.is_(None), Posting.ends_on > today),
    )  # fmt: skip
    return set(session.scalars(asked.distinct()))


def _off_devices(session: ScopedSession, day: date) -> None:
    """Shifts and cells of a day that has grown old leave the devices; they stay here."""
    for shift in session.scalars(sa.select(RosterShift).where(RosterShift.day == day)):
        mark(session, f"store:{shift.store_id}", "roster_shift", shift.id, gone=True)
        if shift.guest and shift.person_id is not None:
            mark(session, f"person:{shift.person_id}", "roster_shift", shift.id, gone=True)
    for cell in session.scalars(sa.select(RosterCell).where(RosterCell.day == day)):
        mark(session, f"desk:{cell.store_id}", "roster_cell", cell.id, gone=True)
