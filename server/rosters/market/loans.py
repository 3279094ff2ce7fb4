"""Lending between stores (C19): a store with a gap asks for one person for one shift.

Nobody is lent against their will, nor behind their manager's back where the unit wants to be asked; both may answer in any order.
Who is accepted is the store's guest that day only.
"""

from __future__ import annotations

import sqlalchemy as sa

from contract.inbox import ItemKind
from contract.shift_market import AcceptLoan, AnswerLoan, AskLoan, CancelLoan, Settled
from contract.wire import plain
from server.approvals.service import acting
from server.inbox.service import close_items, put_item
from server.kernel.actors import Permission
from server.kernel.events import reacts_to, tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.postings.life import with_reach
from server.rosters.events import RosterPublished, WorkerFactsChanged
from server.rosters.market import hands
from server.rosters.market.candidates import distances_to
from server.rosters.market.claims import as_it_was_seen
from server.rosters.market.judging import (
    as_brief,
    as_rows,
    brief_of,
    facts_of,
    gathered_for,
    held_shift,
    newly_said,
    not_begun,
    placed_for,
    until_at,
)
from server.rosters.market.loan_model import ShiftLoan
from server.rosters.market.rights import at_the_desk, managers_at, word_of
from server.rosters.market.rows import unit_names
from server.rosters.market.taken import LOAN, taken
from server.rosters.model import RosterShift
from server.rosters.rules_market import asks_manager, travel_min
from server.rosters.verdicts import refuse_broken
from server.shifts.places import load_places

RUNNING = ("asked", "lent", "accepted")


@handles(AskLoan, needs=Permission.PLAN_SHIFTS)
def ask_loan(work: Work, op: AskLoan) -> None:
    """The borrowing manager asks. Whom a rule forbids it is not asked for."""
    with with_reach(work) as wide:
        session = wide.session
        shift = held_shift(session, op.shift_id)
        who = at_the_desk(work, session, shift.store_id, op.kiosk)
        if session.get(ShiftLoan, op.loan_id) is not None:
            raise Problem("operation.already_exists", field="loan_id", id=op.loan_id)
        not_begun(work, shift)
        if shift.person_id is not None:
            raise Problem("market.not_open", field="shift_id")
        person = wide.find(Person, op.person_id, "people.unknown", field="person_id", id=op.person_id)
        place = load_places(session, [person.id], shift.day, shift.day).of(person.id, shift.day)
        lender = (place.store_id or place.home_id) if place is not None else None
        if lender is None:
            raise Problem("people.has_left", field="person_id", id=person.id)
        if lender == shift.store_id:
            raise Problem("market.is_here_already", field="person_id")
        running = sa.select(ShiftLoan.id).where(
            ShiftLoan.shift_id == shift.id, ShiftLoan.person_id == person.id, ShiftLoan.state.in_(RUNNING)
        )
        if session.scalars(running).first() is not None:
            raise Problem("market.asked_already", field="person_id")
        until = until_at(op.until_ms, shift.starts_at)
        if until <= work.now:
            raise Problem("market.until_over", field="until_ms")
        known = gathered_for(session, [shift], [person.id])
        verdicts = newly_said(known, person.id, [shift], lent_to=shift.store_id)
        change = placed_for(shift, person.id)
        refuse_broken(work.actor, known, verdicts, reason=op.override, field="person_id", change=change)
        distance = distances_to(session, shift.store_id, [lender]).get(lender)
        needs_lender = asks_manager(word_of(session, lender, work.now).loans, verdicts)
        loan = ShiftLoan(
            id=op.loan_id, shift_id=shift.id, version=shift.version, store_id=shift.store_id, day=shift.day,
            starts_at=shift.starts_at, ends_at=shift.ends_at, brief=plain(brief_of(session, shift)), person_id=person.id,
            lender_id=lender, needs_lender=needs_lender, state="asked" if needs_lender else "lent", asked_at=work.now,
            asked_by=who, until_at=until, distance_m=distance, travel_min=travel_min(distance), lent_at=None, lent_by=None,
            consented_at=None, ended_at=None, costs=as_rows(verdicts), override=op.override, reason="", note=op.note,
        )  # fmt: skip
        wide.add(loan)
        session.flush()
        facts = _facts(wide, loan)
        for manager in managers_at(session, lender, work.now, apart_from=person.id):
            _put(wide, loan, manager, "to_do" if needs_lender else "notice", "lender", facts)
        _put(wide, loan, person.id, "to_do", "employee", facts)


@handles(AnswerLoan, needs=Permission.OWN_SHIFTS)
def answer_loan(work: Work, op: AnswerLoan) -> Settled:
    """The lending manager's word."""
    with with_reach(work) as wide:
        loan = _held(wide, op.loan_id)
        who = at_the_desk(work, wide.session, loan.lender_id, op.kiosk)
        if who == loan.person_id:
            raise Problem("market.own_decision", field="loan_id")
        if loan.state not in ("asked", "lent"):
            raise Problem("market.loan_over", id=loan.id, state=loan.state)
        _in_time(wide, loan)
        if not op.lend:
            if not op.reason.strip():
                raise Problem("market.needs_reason", field="reason")
            return _end(wide, loan, "refused", op.reason, also=(loan.person_id,))
        if loan.lent_at is None:
            loan.lent_at, loan.lent_by, loan.reason = wide.now, who, op.reason
        close_items(wide, loan.id, triggers=[LOAN], key="lender")
        return _settle(work, wide, loan)


@handles(AcceptLoan, needs=Permission.OWN_SHIFTS)
def accept_loan(work: Work, op: AcceptLoan) -> Settled:
    """The employee's word, from a phone that may have had no signal for hours."""
    who = acting(work)
    with with_reach(work) as wide:
        loan = _held(wide, op.loan_id)
        if loan.person_id != who:
            raise Problem("market.loan_unknown", id=op.loan_id)
        if loan.state not in ("asked", "lent"):
            raise Problem("market.loan_over", id=loan.id, state=loan.state)
        _in_time(wide, loan)
        if not op.accept:
            lenders = managers_at(wide.session, loan.lender_id, wide.now, apart_from=who)
            return _end(wide, loan, "declined", "", also=tuple(lenders))
        loan.consented_at = wide.now
        close_items(wide, loan.id, triggers=[LOAN], key="employee")
        return _settle(work, wide, loan)


@handles(CancelLoan, needs=Permission.OWN_SHIFTS)
def cancel_loan(work: Work, op: CancelLoan) -> Settled:
    """Not needed any more, or needed back: by either side, before the shift begins. After an accepted one it is open again."""
    with with_reach(work) as wide:
        loan = _held(wide, op.loan_id)
        try:
            who = at_the_desk(work, wide.session, loan.store_id, op.kiosk)
        except Problem as refused:
            if refused.code == "rosters.pin_needed":
                raise
            who = at_the_desk(work, wide.session, loan.lender_id, op.kiosk)
        if loan.state not in RUNNING:
            raise Problem("market.loan_over", id=loan.id, state=loan.state)
        if loan.starts_at <= wide.now:
            raise Problem("market.already_begun", day=loan.day.isoformat())
        was = loan.state
        settled = _end(wide, loan, "cancelled", op.reason, also=(loan.person_id, *_sides(wide, loan, apart_from=who)))
        shift = wide.session.get(RosterShift, loan.shift_id, with_for_update=True, populate_existing=True)
        if was == "accepted" and shift is not None and shift.person_id == loan.person_id:
            hands.give(wide, [(shift, None)], by=who)
        if was == "accepted":
            tell(wide, WorkerFactsChanged(frozenset({loan.person_id})))
        return settled


def expire(wide: Work, loan_id: str) -> None:
    """Somebody has not answered in time; everybody hears so. One that stood while its shift went to another ends too."""
    loan = _held(wide, loan_id)
    if loan.state in ("asked", "lent") and loan.until_at <= wide.now:
        _end(wide, loan, "expired", "", also=(loan.person_id, *_sides(wide, loan)))


@reacts_to(RosterPublished)
def follow_the_desk(work: Work, event: RosterPublished) -> None:
    """The host's desk gave the shift to another or took it away: the loan is over and its guest is one no longer."""
    with with_reach(work) as wide:
        changed = sorted(event.shifts | event.gone)
        asked = sa.select(ShiftLoan).where(ShiftLoan.shift_id.in_(changed), ShiftLoan.state.in_(RUNNING))
        for loan in wide.session.scalars(asked).all():
            shift = wide.session.get(RosterShift, loan.shift_id)
            holder = shift.person_id if shift is not None else ""
            if holder != (loan.person_id if loan.state == "accepted" else None):
                was = loan.state
                _end(wide, loan, "cancelled", "", also=(loan.person_id, *_sides(wide, loan)))
                if was == "accepted":
                    tell(wide, WorkerFactsChanged(frozenset({loan.person_id})))


def _held(wide: Work, loan_id: str) -> ShiftLoan:
    """The loan, its shift held first: that is what others wait for."""
    session = wide.session
    found = session.get(ShiftLoan, loan_id)
    if found is None:
        raise Problem("market.loan_unknown", id=loan_id)
    session.get(RosterShift, found.shift_id, with_for_update=True, populate_existing=True)
    session.refresh(found, with_for_update=True)
    return found


def _in_time(wide: Work, loan: ShiftLoan) -> None:
    if loan.until_at <= wide.now:
        raise Problem("market.loan_over", id=loan.id, state="expired")


def _settle(work: Work, wide: Work, loan: ShiftLoan) -> Settled:
    """Once both have agreed, and the shift is still open and as it was, it stands."""
    session = wide.session
    if loan.lent_at is not None and loan.state == "asked":
        loan.state = "lent"
    if loan.consented_at is None or (loan.needs_lender and loan.lent_at is None):
        session.flush()
        return Settled(state=loan.state)
    shift = held_shift(session, loan.shift_id)
    if shift.person_id is not None:
        raise Problem("market.taken", field="loan_id", day=shift.day.isoformat())
    as_it_was_seen(shift, loan.version)
    not_begun(work, shift)
    known = gathered_for(session, [shift], [loan.person_id])
    verdicts = newly_said(known, loan.person_id, [shift], lent_to=loan.store_id)
    change = placed_for(shift, loan.person_id)
    refuse_broken(work.actor, known, verdicts, reason=loan.override, field="loan_id", change=change)
    brief = brief_of(session, shift)
    loan.state, loan.costs = "accepted", as_rows(verdicts)
    session.flush()
    hands.give(wide, [(shift, loan.person_id)], by=loan.asked_by, override=loan.override)
    taken(wide, brief, loan.person_id, session.get_one(Person, loan.person_id).name, quietly=True)
    facts = _facts(wide, loan)
    for receiver in sorted({loan.person_id, *_sides(wide, loan)}):
        _put(wide, loan, receiver, "notice", "accepted", facts)
    tell(wide, WorkerFactsChanged(frozenset({loan.person_id})))
    return Settled(state="accepted")


def _end(wide: Work, loan: ShiftLoan, state: str, reason: str, *, also: tuple[str, ...]) -> Settled:
    loan.state, loan.reason, loan.ended_at = state, reason, wide.now
    wide.session.flush()
    close_items(wide, loan.id)
    facts = {**_facts(wide, loan), "reason": reason}
    hosts = managers_at(wide.session, loan.store_id, wide.now, apart_from=loan.person_id)
    for receiver in sorted({*also, *hosts}):
        put_item(
            wide, trigger=f"loan_{state}", receiver_id=receiver, kind="notice", about="loan", about_id=loan.id, facts=facts
        )
    return Settled(state=state)


def _sides(wide: Work, loan: ShiftLoan, *, apart_from: str | None = None) -> tuple[str, ...]:
    """The managers of both sides."""
    both = (loan.store_id, loan.lender_id)
    found = {one for unit in both for one in managers_at(wide.session, unit, wide.now, apart_from=loan.person_id)}
    return tuple(sorted(found - {apart_from}))


def _put(wide: Work, loan: ShiftLoan, receiver: str, kind: ItemKind, key: str, facts: dict[str, str]) -> None:
    due_at = loan.until_at if kind == "to_do" else None
    put_item(
        wide, trigger=LOAN, receiver_id=receiver, kind=kind, about="loan", about_id=loan.id, facts=facts, key=key, due_at=due_at
    )


def _facts(wide: Work, loan: ShiftLoan) -> dict[str, str]:
    return {
        **facts_of(as_brief(loan.brief)),
        "who": wide.session.get_one(Person, loan.person_id).name,
        "lender": unit_names(wide.session.connection(), [loan.lender_id]).get(loan.lender_id, ""),
    }
