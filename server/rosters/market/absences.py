"""A sick call: the shifts of somebody who will not come become open, and each desk has one thing to do, find people for them."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from contract.shift_market import ReportAbsence, Settled, WithdrawAbsence
from contract.wire import plain
from server.approvals.events import RequestSubmitted
from server.approvals.model import Request
from server.approvals.service import acting
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to, tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.postings.life import with_reach
from server.rosters.desk import must_be_days
from server.rosters.events import RosterPublished, WorkerFactsChanged
from server.rosters.market import hands
from server.rosters.market.judging import brief_of, facts_of, gathered_for, held_shift, newly_said
from server.rosters.market.model import AbsenceShift, ShiftAbsence
from server.rosters.market.rights import at_the_desk, managers_at
from server.rosters.market.taken import ABSENCE, cover, touch_absence
from server.rosters.model import RosterShift
from server.rosters.rules_market import forbids
from server.shifts.places import load_places

MOST_DAYS = 31
LEAVE = "leave"  # the flow that leave is asked for by
_LATE = timedelta(days=2)  # a call made without signal may arrive so much later


@handles(ReportAbsence, needs=Permission.OWN_SHIFTS)
def report_absence(work: Work, op: ReportAbsence) -> None:
    """By the person, or by the manager of a store they work at in these days. Shifts that are over stay theirs."""
    who = acting(work)
    person_id = op.person_id or who
    first, last = must_be_days(op.from_day, op.to_day, MOST_DAYS)
    if first < company_day(work.now) - _LATE:
        raise Problem("market.too_long_ago", field="from_day", day=op.from_day)
    with with_reach(work) as wide:
        session = wide.session
        person = wide.find(Person, person_id, "people.unknown", field="person_id", id=person_id)
        asked = sa.select(RosterShift.id).where(
            RosterShift.person_id == person_id, RosterShift.day.between(first, last), RosterShift.ends_at > work.now
        )
        shifts = [held_shift(session, shift_id) for shift_id in sorted(session.scalars(asked))]
        if person_id != who:
            _must_speak(work, wide, person_id, shifts, op)
        if session.get(ShiftAbsence, op.absence_id) is not None:
            raise Problem("operation.already_exists", field="absence_id", id=op.absence_id)
        running = sa.select(ShiftAbsence.id).where(
            ShiftAbsence.person_id == person_id, ShiftAbsence.withdrawn_at.is_(None), ShiftAbsence.from_day <= last,
            ShiftAbsence.to_day >= first,
        )  # fmt: skip
        known = session.scalars(running.limit(1)).first()
        if known is not None and not shifts:
            raise Problem("market.known_already", field="from_day", day=op.from_day)
        wide.add(
            ShiftAbsence(
                id=op.absence_id, person_id=person_id, from_day=first, to_day=last, kind=op.kind, note=op.note, reported_by=who,
                reported_at=work.now, request_id=_leave_asked(session, person_id, first, last), withdrawn_at=None,
            )
        )  # fmt: skip
        session.flush()
        for shift in shifts:
            wide.add(
                AbsenceShift(
                    id=derived_id("absence_shift", op.absence_id, shift.id), absence_id=op.absence_id, shift_id=shift.id,
                    store_id=shift.store_id, day=shift.day, person_id=person_id, brief=plain(brief_of(session, shift)),
                    covered_at=None,
                )
            )  # fmt: skip
        if shifts:
            hands.give(wide, [(shift, None) for shift in shifts], by=who)
        session.flush()
        touch_absence(wide, op.absence_id)
        _ask_desks(wide, op.absence_id, person.name, shifts, apart_from=person_id)
        tell(wide, WorkerFactsChanged(frozenset({person_id})))


def _leave_asked(session: ScopedSession, person_id: str, first: date, last: date) -> str | None:
    """Leave that was asked for already and covers these days; where there are several, the newest."""
    asked = sa.select(Request).where(
        Request.person_id == person_id, Request.kind == LEAVE, Request.state.in_(("running", "approved"))
    )  # fmt: skip
    rows = session.scalars(asked.order_by(Request.submitted_at.desc(), Request.id.desc()))
    return next((row.id for row in rows if _covers(row.form, first, last)), None)


def _covers(form: dict[str, Any], first: date, last: date) -> bool:
    """Whether a form of leave asks for whole days from one to another. Days as the wire writes them sort as days."""
    is_whole = form.get("part") in (None, "", "whole") and not (form.get("from_time") or form.get("to_time"))
    return is_whole and str(form.get("from_day", "")) <= first.isoformat() <= last.isoformat() <= str(form.get("to_day", ""))


@reacts_to(RequestSubmitted)
def note_leave(work: Work, event: RequestSubmitted) -> None:
    """The leave that goes with a sick call stands beside it, whichever of the two was heard first."""
    if event.kind != LEAVE:
        return
    waiting = sa.select(ShiftAbsence).where(
        ShiftAbsence.person_id == event.person_id, ShiftAbsence.withdrawn_at.is_(None), ShiftAbsence.request_id.is_(None)
    )  # fmt: skip
    for absence in work.session.scalars(waiting.order_by(ShiftAbsence.id)).all():
        if _covers(event.form, absence.from_day, absence.to_day):
            absence.request_id = event.request_id
            touch_absence(work, absence.id)


def _must_speak(work: Work, wide: Work, person_id: str, shifts: Sequence[RosterShift], op: ReportAbsence) -> None:
    """Whoever reports another's absence speaks for a store where that one works in these days."""
    first, last = must_be_days(op.from_day, op.to_day, MOST_DAYS)
    stores = {shift.store_id for shift in shifts}
    stores |= {stay.unit_id for stay in load_places(wide.session, [person_id], first, last).postings.get(person_id, ())}
    device = work.device
    if device is not None and device.kind == "kiosk":
        stores &= {device.store_id or ""}
    for store in sorted(stores):
        try:
            at_the_desk(work, wide.session, store, op.kiosk)
        except Problem as refused:
            if refused.code == "rosters.pin_needed":
                raise
            continue
        return
    if device is None:
        raise Problem("access.out_of_scope", kind="roster_shift")
    raise Problem("rosters.not_your_store", field="person_id", id=person_id)


def _ask_desks(wide: Work, absence_id: str, name: str, shifts: Sequence[RosterShift], *, apart_from: str) -> None:
    """One to-do for each manager of each store, however many shifts there are."""
    for store in sorted({shift.store_id for shift in shifts}):
        there = sorted((shift for shift in shifts if shift.store_id == store), key=lambda shift: shift.starts_at)
        facts = {**facts_of(brief_of(wide.session, there[0])), "who": name, "count": str(len(there))}
        for manager in managers_at(wide.session, store, wide.now, apart_from=apart_from):
            put_item(
                wide, trigger=ABSENCE, receiver_id=manager, kind="to_do", about="absence", about_id=absence_id, facts=facts,
                key=store, due_at=there[0].starts_at,
            )  # fmt: skip


@handles(WithdrawAbsence, needs=Permission.OWN_SHIFTS)
def withdraw_absence(work: Work, op: WithdrawAbsence) -> Settled:
    """They come after all: shifts that nobody has are theirs again, where the rules still allow it; the others are gone.

    The answer says whether all are back (all), some (some) or none.
    """
    who = acting(work)
    with with_reach(work) as wide:
        session = wide.session
        absence = session.get(ShiftAbsence, op.absence_id, with_for_update=True)
        if absence is None:
            raise Problem("market.absence_unknown", id=op.absence_id)
        opened = sa.select(AbsenceShift).where(AbsenceShift.absence_id == absence.id).order_by(AbsenceShift.id)
        rows = session.scalars(opened).all()
        if who not in (absence.person_id, absence.reported_by):
            if not rows:
                raise Problem("market.absence_unknown", id=op.absence_id)
            at_the_desk(work, session, rows[0].store_id, op.kiosk)
        if absence.withdrawn_at is not None:
            raise Problem("market.absence_over", id=op.absence_id)
        absence.withdrawn_at = work.now
        session.flush()  # from here on they may work on these days
        back: list[RosterShift] = []
        for row in rows:
            shift = session.get(RosterShift, row.shift_id, with_for_update=True, populate_existing=True)
            if row.covered_at is None and shift is not None and shift.person_id is None and shift.ends_at > work.now:
                known = gathered_for(session, [shift, *back], [absence.person_id])
                if forbids(newly_said(known, absence.person_id, [shift])) is None:
                    back.append(shift)
        tell(wide, WorkerFactsChanged(frozenset({absence.person_id})))
        if back:
            hands.give(wide, [(shift, absence.person_id) for shift in back], by=who)
        for row in rows:
            if row.covered_at is None:
                row.covered_at = work.now
        session.flush()
        touch_absence(wide, absence.id)
        close_items(wide, absence.id, triggers=[ABSENCE])
    return Settled(state="all" if len(back) == len(rows) else "some" if back else "none")


@reacts_to(RosterPublished)
def follow_the_desk(work: Work, event: RosterPublished) -> None:
    """Where the desk itself filled or removed a shift that an absence had opened, nothing is left to do about it."""
    with with_reach(work) as wide:
        changed = sorted(event.shifts | event.gone)
        asked = sa.select(AbsenceShift.shift_id).where(AbsenceShift.shift_id.in_(changed), AbsenceShift.covered_at.is_(None))
        for shift_id in wide.session.scalars(asked).all():
            shift = wide.session.get(RosterShift, shift_id)
            if shift is None or shift.person_id is not None:
                cover(wide, shift_id)
