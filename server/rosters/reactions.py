"""Rosters follow who is where, on leave, qualified; what devices are handed follows all of it."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import timedelta

import msgspec
import sqlalchemy as sa

from contract.moments import instant
from contract.rostering.rules.places import may_work_at
from contract.wire import plain
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.leave.events import LeaveCalledOff, LeaveGranted
from server.org.events import HomeSettled
from server.org.queries import company_day
from server.people.events import PersonLeft
from server.postings.events import PostingCancelled, PostingMade, PostingMoved
from server.postings.model import Posting
from server.rosters import dayplans
from server.rosters.cells import touch
from server.rosters.events import CellsChanged, KitChanged, ProfilesChanged, RosterPublished, WorkerFactsChanged
from server.rosters.gathering import WINDOWS, gather
from server.rosters.handed import refresh_kit, refresh_profiles, refresh_workers
from server.rosters.model import RosterCell, RosterShift, RosterStretch
from server.rosters.people_model import RosterWorker, StoreProfile
from server.rosters.placing import place, window_id
from server.rosters.publishing import put_out, settle
from server.shifts.events import TemplatesChanged
from server.shifts.planner import load_catalogue
from server.stores.events import OpeningHoursChanged, StoreClockChanged
from server.stores.model import Store
from server.training.events import GateMoved


def _refresh(work: Work, people: Iterable[str]) -> None:
    with work.with_system_reach() as session:
        refresh_workers(session, people, company_day(work.now))


def _known(session: ScopedSession, people: Sequence[str]) -> list[str]:
    """Those of whom devices are handed anything so far: the others are at no store that plans with rosters."""
    found = session.scalars(sa.select(RosterWorker.person_id).where(RosterWorker.person_id.in_(people)))
    return sorted(found)


@reacts_to(RosterPublished)
def hand_out_what_is_published(work: Work, event: RosterPublished) -> None:
    """Other desks judge by what this one has published."""
    _refresh(work, event.people)


@reacts_to(CellsChanged)
def hand_out_a_new_desk(work: Work, event: CellsChanged) -> None:
    """A store that begins to plan with rosters is handed the facts of its people."""
    today = company_day(work.now)
    with work.with_system_reach() as session:
        posted = sa.select(Posting.person_id).where(
            Posting.store_id == event.store_id, Posting.starts_on <= today + timedelta(days=35),
            sa.or_(Posting.ends_on.is_(None), Posting.ends_on > today),
            Posting.person_id.not_in(sa.select(RosterWorker.person_id)),
        )  # fmt: skip
        refresh_workers(session, session.scalars(posted).all(), today)
        if session.get(StoreProfile, event.store_id) is None:
            refresh_profiles(session, today)


@reacts_to(WorkerFactsChanged)
def follow_facts(work: Work, event: WorkerFactsChanged) -> None:
    """Skills, terms, wishes, loans."""
    with work.with_system_reach() as session:
        everybody = event.people is None
        people = session.scalars(sa.select(RosterWorker.person_id)).all() if everybody else sorted(event.people or ())
        refresh_workers(session, people, company_day(work.now))


@reacts_to(LeaveGranted)
def follow_leave(work: Work, event: LeaveGranted) -> None:
    """A shift on a day of leave is shown as broken; it stays until its desk has mended it."""
    _refresh_known(work, event.person_id)


@reacts_to(LeaveCalledOff)
def follow_leave_called_off(work: Work, event: LeaveCalledOff) -> None:
    """They can be planned again."""
    _refresh_known(work, event.person_id)


def _refresh_known(work: Work, person_id: str) -> None:
    with work.with_system_reach() as session:
        refresh_workers(session, _known(session, [person_id]), company_day(work.now))


@reacts_to(GateMoved)
def follow_the_gate(work: Work, event: GateMoved) -> None:
    """Somebody has passed, or more is asked of them: every desk judges by it from now on, a store's that never planned too."""
    with work.with_system_reach() as session:
        refresh_workers(session, sorted(event.people), company_day(work.now))


@reacts_to(PostingMade)
def follow_a_posting(work: Work, event: PostingMade) -> None:
    """Where a desk plans with rosters, whoever comes can be planned."""
    with work.with_system_reach() as session:
        planned = sa.select(RosterCell.id).where(RosterCell.store_id == event.store_id).limit(1)
        if session.execute(planned).first() is not None or _known(session, [event.person_id]):
            refresh_workers(session, [event.person_id], company_day(work.now))


@reacts_to(PostingMoved)
def follow_its_end(work: Work, event: PostingMoved) -> None:
    """What was planned for them at the store after the new end is nobody's any more."""
    release(work, event.person_id)


@reacts_to(PostingCancelled)
def follow_a_cancelled_one(work: Work, event: PostingCancelled) -> None:
    """They do not come: what was planned for them there is nobody's any more."""
    release(work, event.person_id)


@reacts_to(HomeSettled)
def follow_home(work: Work, event: HomeSettled) -> None:
    """They may have left a store that was their home."""
    release(work, event.person_id)


@reacts_to(PersonLeft)
def follow_a_leaving(work: Work, event: PersonLeft) -> None:
    """Their shifts are open."""
    release(work, event.person_id)


def release(work: Work, person_id: str) -> None:
    """Open the shifts to come that somebody may not work any more where they are: drafts stay drafts, a published shift is
    published as open at once, so that nobody counts on them."""
    today = company_day(work.now)
    with work.with_system_reach() as session:
        asked = sa.select(RosterCell).where(RosterCell.person_id == person_id, RosterCell.day >= today)
        cells = session.scalars(asked.order_by(RosterCell.day, RosterCell.id)).all()
        if cells:
            stores = sorted({cell.store_id for cell in cells})
            g = gather(session, stores, today, max(today, cells[-1].day), [person_id])
            worker = g.workers[person_id]
            lost = [cell for cell in cells if not may_work_at(worker, cell.store_id, cell.day.isoformat())]
            for store_id in sorted({cell.store_id for cell in lost}):
                _open(work, session, session.get_one(Store, store_id), [cell for cell in lost if cell.store_id == store_id])
        refresh_workers(session, _known(session, [person_id]), today)


def _open(work: Work, session: ScopedSession, store: Store, cells: Sequence[RosterCell]) -> None:
    told = []
    for cell in cells:
        as_published = cell.state in ("published", "confirmed")
        cell.person_id, cell.locked = None, False
        touch(session, cell, None, work)
        if as_published:
            told.append(cell)
    session.flush()
    if told:
        wide = replace(work, session=session, actor=Actor.system())
        changes = put_out(wide, session, store, told)
        settle(wide, session, store, work.act.op_id, changes, {cell.day for cell in told})


@reacts_to(KitChanged)
@reacts_to(TemplatesChanged)
def follow_kinds_of_shifts(work: Work, event: KitChanged | TemplatesChanged) -> None:
    """Desks offer what there is."""
    with work.with_system_reach() as session:
        refresh_kit(session, company_day(work.now))


@reacts_to(ProfilesChanged)
@reacts_to(OpeningHoursChanged)
def follow_profiles(work: Work, event: ProfilesChanged | OpeningHoursChanged) -> None:
    """Devices judge by the rules that count, and by when their store is open."""
    with work.with_system_reach() as session:
        refresh_profiles(session, company_day(work.now))


@reacts_to(StoreClockChanged)
def follow_a_clock(work: Work, event: StoreClockChanged) -> None:
    """The same minutes are other instants from today on."""
    today = company_day(work.now)
    with work.with_system_reach() as session:
        catalogue = load_catalogue(session)
        asked = sa.select(RosterShift).where(RosterShift.store_id == event.store_id, RosterShift.day >= today)
        shifts = session.scalars(asked).all()
        _again(session, [shift.id for shift in shifts])
        people = set()
        for shift in shifts:
            template = catalogue.template(shift.template, shift.day)
            placed = place(shift.day.isoformat(), event.zone, template, msgspec.convert(shift.windows, WINDOWS))
            if not placed:
                continue
            shift.placed = plain(placed)
            shift.starts_at, shift.ends_at = instant(placed[0].starts_ms), instant(max(one.ends_ms for one in placed))
            if shift.person_id is not None:
                people.add(shift.person_id)
                for number, one in enumerate(placed):
                    row_id = dayplans.stretch_id(window_id(shift.id, number))
                    times = {"starts_ms": one.starts_ms, "ends_ms": one.ends_ms}
                    session.add(RosterStretch(id=row_id, shift_id=shift.id, person_id=shift.person_id, **times))
        session.flush()
        refresh_profiles(session, today)
        refresh_workers(session, people, today)


def _again(session: ScopedSession, shift_ids: Sequence[str]) -> None:
    for start in range(0, len(shift_ids), 500):
        some = sa.select(RosterStretch).where(RosterStretch.shift_id.in_(shift_ids[start : start + 500]))
        for stretch in session.scalars(some).all():
            session.delete(stretch)
    session.flush()


