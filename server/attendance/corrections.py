"""Corrections: asked for and approved, or vouched for by a manager; and withdrawn. No punch is changed by any of it.

Who may vouch: whoever manages the store or holds the right there, for somebody who works there, about a moment at which they
did; HQ for anybody. Never for oneself. A host's word ends with the posting, like everything a host may do.
"""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.attendance import PunchKind
from contract.corrections import Vouch, WithdrawCorrection
from contract.forms import minute_of_day
from contract.ids import derived_id
from contract.moments import business_date, instant
from server.approvals.events import RequestApproved, RequestChecked
from server.approvals.model import Request, Signature
from server.approvals.service import acting
from server.attendance import correction_rules as rules
from server.attendance import corrections_queries as queries
from server.attendance.correction_model import PunchCorrection
from server.attendance.decisions import SUSPICIOUS
from server.attendance.events import FactChanges
from server.attendance.model import Punch
from server.attendance.rules import is_in_future
from server.inbox.service import close_items
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to, tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.postings.queries import is_posted
from server.shifts.queries import rules_book
from server.stores.model import Store

KIND = "missed_punch"


class Meant(NamedTuple):
    """What a request for a missed punch means: where, when, what, and which punch it replaces."""

    store: Store
    at: datetime
    business_date: date
    kind: PunchKind
    replaces: str | None


# -- asked for -----------------------------------------------------------------------------------------------------------


@reacts_to(RequestChecked)
def judge_request(work: Work, event: RequestChecked) -> None:
    """A correction that could not be made is refused when it is asked for: when, where, how late, how often."""
    if event.kind != KIND:
        return
    session = work.session
    meant = _meant(session, event.person_id, event.form)
    if is_in_future(meant.at, work.now):
        raise Problem("attendance.time_in_future", field="form.time")
    if not is_posted(session, event.person_id, meant.store.id, meant.at):
        raise Problem("attendance.not_posted_there", field="form.store")
    _not_too_late(session, event.person_id, meant, work.now, "form.day")
    _not_too_often(session, event.person_id, meant.business_date)
    _not_there_already(session, event.person_id, meant, "form.time")


def _meant(session: ScopedSession, person_id: str, form: dict[str, Any]) -> Meant:
    """What the form means. `day` is the calendar's day on the store's wall, `time` its time of day; `replaces` the time at
    which the wrong punch was made."""
    store = session.get(Store, str(form.get("store")))
    if store is None:
        raise Problem("stores.unknown", field="form.store", id=str(form.get("store"))[:60])
    at = _moment(form, "time", store)
    replaces = None
    if form.get("replaces"):
        minute = _minute(form, "replaces")
        replaces = rules.punch_meant(queries.punches_around(session, person_id, at), minute, store.zone, at)
        if replaces is None:
            raise Problem("attendance.no_such_punch", field="form.replaces", time=str(form["replaces"])[:20])
        _still_free(session, replaces, "form.replaces")
    kind: PunchKind = "out" if form.get("kind") == "out" else "in"
    return Meant(store, at, business_date(at, store.zone, day_turns_at_min=store.day_turns_at_min), kind, replaces)


def _minute(form: dict[str, Any], key: str) -> int:
    minute = minute_of_day(form.get(key))
    if minute is None:
        raise Problem("attendance.no_such_time", field=f"form.{key}", time=str(form.get(key))[:20])
    return minute


def _moment(form: dict[str, Any], key: str, store: Store) -> datetime:
    try:
        day = date.fromisoformat(str(form.get("day")))
        at = rules.moment_on(day, _minute(form, key), store.zone)
    except (ValueError, OverflowError):
        raise Problem("wire.invalid", field="form.day") from None
    if at is None:
        raise Problem("attendance.no_such_time", field=f"form.{key}", time=str(form.get(key))[:20])
    return at


def _not_too_late(session: ScopedSession, person_id: str, meant: Meant, now: datetime, field: str) -> None:
    """Within the days that the rules of that day still let correct."""
    allowed = rules_book(session).of(person_id, meant.business_date).body.correctable_days
    today = business_date(now, meant.store.zone, day_turns_at_min=meant.store.day_turns_at_min)
    first = rules.first_correctable(today, allowed)
    if meant.business_date < first:
        raise Problem("attendance.too_long_ago", field=field, days=allowed, first_day=first.isoformat())


def _not_too_often(session: ScopedSession, person_id: str, day: date) -> None:
    """Within the corrections a month that the rules of that day allow, those that are asked for counted in."""
    limit = rules_book(session).of(person_id, day).body.corrections_a_month
    if limit is None:
        return
    first, following = rules.month_of(day)
    made = queries.made_by_request(session, person_id, first, following)
    running = sa.select(Request.form).where(
        Request.person_id == person_id, Request.kind == KIND, Request.state == "running"
    )  # fmt: skip
    asked = sum(1 for form in session.scalars(running) if first.isoformat() <= str(form.get("day")) < following.isoformat())
    if made + asked >= limit:
        raise Problem("attendance.too_many_corrections", field="form.day", limit=limit, month=first.strftime("%Y-%m"))


def _not_there_already(session: ScopedSession, person_id: str, meant: Meant, field: str) -> None:
    known = queries.counted_around(session, person_id, meant.at)
    if rules.is_there_already(known, meant.kind, meant.at, meant.replaces):
        raise Problem("attendance.already_there", field=field)


def _still_free(session: ScopedSession, punch_id: str, field: str) -> None:
    if queries.standing_for(session, punch_id) is not None:
        raise Problem("attendance.already_replaced", field=field, id=punch_id)


@reacts_to(RequestApproved)
def make_asked_correction(work: Work, event: RequestApproved) -> None:
    """The correction is a fact, with the name of whoever approved it last. The person hears of the approval from the flow."""
    if event.kind != KIND:
        return
    with work.with_system_reach() as session:
        meant = _meant(session, event.person_id, event.form)
        _not_there_already(session, event.person_id, meant, "form.time")
        signed = sa.select(Signature.signer_id).where(
            Signature.request_id == event.request_id, Signature.signer_id != event.person_id, Signature.decision == "approve"
        )
        approver = session.scalars(signed.order_by(Signature.signed_at.desc(), Signature.id.desc()).limit(1)).one()
    _make(
        work, derived_id("correction", event.request_id), event.person_id, meant, source="request", made_by=approver,
        reason=str(event.form.get("reason", "")), request_id=event.request_id,
    )  # fmt: skip


def _make(
    work: Work, correction_id: str, person_id: str, meant: Meant, *, source: str, made_by: str, reason: str,
    request_id: str | None = None,
) -> None:  # fmt: skip
    """Write a correction; who may make it was judged before. What waited for a decision on the replaced punch is settled."""
    tell(work, FactChanges(person_id, meant.business_date))
    with work.with_system_reach() as session:
        session.add(
            PunchCorrection(
                id=correction_id, person_id=person_id, store_id=meant.store.id, kind=meant.kind, at=meant.at,
                business_date=meant.business_date, source=source, replaces=meant.replaces, request_id=request_id,
                made_by=made_by, made_at=work.now, reason=reason,
            )
        )  # fmt: skip
    if meant.replaces is not None:
        close_items(work, meant.replaces, triggers=[SUSPICIOUS])


# -- vouched for ---------------------------------------------------------------------------------------------------------


@handles(Vouch, needs=Permission.VOUCH)
def vouch(work: Work, op: Vouch) -> None:
    """The manager's word, from the console or the store's tablet; HQ's from the console."""
    who = acting(work)
    if op.person_id == who:
        raise Problem("attendance.own_vouch", field="person_id")
    with work.with_system_reach() as session:
        store = session.get(Store, op.store_id)
        if store is None or not _speaks_for(session, work, who, op):
            raise Problem("attendance.not_your_store", field="store_id", id=op.store_id)
        if session.get(Person, op.person_id) is None:
            raise Problem("people.unknown", field="person_id", id=op.person_id)
        if session.get(PunchCorrection, op.correction_id) is not None:
            raise Problem("operation.already_exists", field="correction_id", id=op.correction_id)
        meant = _vouched(session, store, op)
        said_at = instant(work.act.taken.at_ms)
        if is_in_future(meant.at, min(said_at, work.now)):
            raise Problem("attendance.time_in_future", field="at_ms")
        if not is_posted(session, op.person_id, store.id, meant.at):
            raise Problem("attendance.not_posted_there", field="person_id")
        by_hq = work.device is None and work.actor.has_everywhere(Permission.VOUCH)
        if not by_hq:
            if not is_posted(session, op.person_id, store.id, said_at):
                raise Problem("attendance.posting_over", field="person_id")
            _not_too_late(session, op.person_id, meant, said_at, "at_ms")
        _not_there_already(session, op.person_id, meant, "at_ms")
    source = "hq" if by_hq else "vouch"
    _make(work, op.correction_id, op.person_id, meant, source=source, made_by=who, reason=op.reason)


def _speaks_for(session: ScopedSession, work: Work, who: str, op: Vouch) -> bool:
    """Whether this person may vouch at the store. At a shared tablet: its own store, by somebody whose PIN it checked."""
    device = work.device
    if device is None:
        if work.actor.has_everywhere(Permission.VOUCH) or op.store_id in work.actor.stores_for(Permission.VOUCH):
            return True
    elif device.kind == "kiosk":
        if device.store_id != op.store_id:
            return False
        if op.kiosk is None or not op.kiosk.pin:
            raise Problem("attendance.pin_needed", field="kiosk")
    return queries.speaks_at(session, who, op.store_id, instant(work.act.taken.at_ms))


def _vouched(session: ScopedSession, store: Store, op: Vouch) -> Meant:
    at = _exact(op.at_ms)
    if op.replaces is not None:
        punch = session.get(Punch, op.replaces)
        if punch is None or punch.person_id != op.person_id or punch.store_id != store.id:
            raise Problem("attendance.punch_unknown", field="replaces", id=op.replaces)
        _still_free(session, punch.id, "replaces")
    return Meant(store, at, business_date(at, store.zone, day_turns_at_min=store.day_turns_at_min), op.kind, op.replaces)


def _exact(at_ms: int) -> datetime:
    try:
        return instant(at_ms).astimezone(UTC)
    except (ValueError, OverflowError, OSError):
        raise Problem("wire.out_of_range", field="at_ms") from None


# -- withdrawn -----------------------------------------------------------------------------------------------------------


@handles(WithdrawCorrection, needs=Permission.VOUCH)
def withdraw_correction(work: Work, op: WithdrawCorrection) -> None:
    """It does not count any more; it stays to be seen, with the reason. By HQ, or by who made it; never by whom it is about."""
    correction: PunchCorrection = work.find(PunchCorrection, op.correction_id, "attendance.correction_unknown")
    who = acting(work)
    if correction.person_id == who:
        raise Problem("attendance.own_vouch", field="correction_id")
    by_hq = work.device is None and work.actor.has_everywhere(Permission.VOUCH)
    if not by_hq and correction.made_by != who:
        raise Problem("attendance.not_your_correction", field="correction_id")
    if correction.withdrawn_at is not None:
        raise Problem("attendance.already_withdrawn", field="correction_id")
    tell(work, FactChanges(correction.person_id, correction.business_date))
    with work.with_system_reach() as session:  # who approved a request need not hold the right at that store
        found = session.get_one(PunchCorrection, correction.id)
        found.withdrawn_at, found.withdrawn_by, found.withdrawn_because = work.now, who, op.reason
