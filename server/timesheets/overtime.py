"""Overtime that is asked for: judged when somebody asks, granted by the last approval, withdrawn by HQ or where
they work, given up by the person.

The day then counts what was worked and granted (rules/overtime.py). Dates are business dates, minutes whole.
"""

from __future__ import annotations

import calendar
from collections.abc import Mapping
from datetime import date
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.forms import minute_of_day
from contract.hours import Compensation, DaysQuery, GiveUpOvertime, OvertimeGrantRow, OvertimeGrants, WithdrawOvertime
from contract.ids import derived_id
from contract.leave_days import DAY_MIN, minute_of
from contract.moments import to_ms
from server.approvals import engine
from server.approvals.events import RequestApproved, RequestChecked
from server.approvals.model import Request, Signature
from server.approvals.service import acting
from server.attendance.correction_rules import first_correctable
from server.attendance.events import FactChanges
from server.inbox.service import put_item
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to, tell
from server.kernel.paging import page_of
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.leave.queries import today_of
from server.org.queries import at_home_below, is_below, kind_of_day
from server.org.rules import day_of
from server.people.model import Person
from server.shifts.places import load_places
from server.shifts.queries import rules_book
from server.timesheets.closings import is_closed
from server.timesheets.model import WorkDay
from server.timesheets.overtime_model import OvertimeGrant
from server.timesheets.queries import asked_days

KIND = "overtime"
WARNING = "overtime_limit"
GIVEN_UP, WITHDRAWN = "overtime_given_up", "overtime_withdrawn"  # lines of a request's trail, and triggers of inbox items
_STANDS = OvertimeGrant.withdrawn_at.is_(None)


class Meant(NamedTuple):
    """What a request for overtime means. `starts_min`, `ends_min`: minutes of the calendar, where a stretch was said."""

    day: date
    minutes: int
    compensation: Compensation
    starts_min: int | None
    ends_min: int | None


@reacts_to(RequestChecked)
def judge_request(work: Work, event: RequestChecked) -> None:
    """Overtime that could not count is refused when it is asked for; whoever passes the month's limit must have seen it."""
    if event.kind != KIND:
        return
    session = work.session
    meant = _meant(event.form)
    if is_closed(session, event.person_id, meant.day):
        raise Problem("statements.month_closed", field="form.day", day=meant.day.isoformat())
    _not_too_late(work, event.person_id, meant.day)
    if meant.compensation == "lieu" and kind_of_day(session, meant.day) == "holiday":
        raise Problem("overtime.holiday_is_paid", field="form.compensation", day=meant.day.isoformat())
    _still_free(session, event.person_id, meant)
    limit = rules_book(session).of(event.person_id, meant.day).body.month_overtime_limit_min
    total = _of_month(session, event.person_id, meant.day, today_of(session, event.person_id, work.now)) + meant.minutes
    if total > limit:
        facts = {"month": meant.day.strftime("%Y-%m"), "limit_h": f"{limit / 60:g}", "total_h": f"{total / 60:.1f}"}
        event.warnings.append((WARNING, facts))


@reacts_to(RequestApproved)
def grant_overtime(work: Work, event: RequestApproved) -> None:
    """The grant is a fact, and the day is computed with it. A month that was closed meanwhile refuses the last approval."""
    if event.kind != KIND:
        return
    meant = _meant(event.form)
    tell(work, FactChanges(event.person_id, meant.day))
    with work.with_system_reach() as session:
        _still_free(session, event.person_id, meant)
        place = load_places(session, [event.person_id], meant.day, meant.day).of(event.person_id, meant.day)
        session.add(
            OvertimeGrant(
                id=derived_id("overtime_grant", event.request_id), person_id=event.person_id,
                store_id=place.store_id if place is not None else None, request_id=event.request_id, day=meant.day,
                minutes=meant.minutes, compensation=meant.compensation, starts_min=meant.starts_min, ends_min=meant.ends_min,
                granted_at=work.now, withdrawn_at=None, withdrawn_by=None, withdrawn_because=None,
            )
        )  # fmt: skip
        session.flush()


@handles(WithdrawOvertime, needs=Permission.VOUCH)
def withdraw_overtime(work: Work, op: WithdrawOvertime) -> None:
    """It is not granted any more; it stays to be seen, with the reason. Never by whom it is about."""
    grant: OvertimeGrant = work.find(OvertimeGrant, op.grant_id, "overtime.unknown")
    who = acting(work)
    if grant.person_id == who:
        raise Problem("overtime.own", field="grant_id")
    if not work.actor.has_everywhere(Permission.VOUCH) and grant.store_id not in work.actor.stores_for(Permission.VOUCH):
        raise Problem("overtime.not_yours", field="grant_id")
    _end(work, grant, who, op.reason, "grant_id")


@handles(GiveUpOvertime, needs=Permission.SUBMIT_REQUEST)
def give_up_overtime(work: Work, op: GiveUpOvertime) -> None:
    """The person asked for it and does without it; whoever approved it hears of it. A day that counted it is made without it."""
    who = acting(work)
    with work.with_system_reach() as session:
        grant = grant_of(session, op.request_id)
    if grant is None or grant.person_id != who:
        raise Problem("overtime.unknown", field="request_id", id=op.request_id)
    _end(work, grant, who, op.reason, "request_id")


def _end(work: Work, grant: OvertimeGrant, who: str | None, reason: str, field: str) -> None:
    """The grant counts no more; the trail of its request says by whom and why, and the other side is told."""
    if grant.withdrawn_at is not None:
        raise Problem("overtime.already_withdrawn", field=field)
    tell(work, FactChanges(grant.person_id, grant.day))
    with engine.as_system(work) as inner:
        session = inner.session
        found = session.get_one(OvertimeGrant, grant.id)
        found.withdrawn_at, found.withdrawn_by, found.withdrawn_because = work.now, who, reason
        request = engine.lock(session, grant.request_id)
        assert request is not None  # the grant refers to it
        code = GIVEN_UP if who == grant.person_id else WITHDRAWN
        facts = {"who": engine.names(session, [who]).get(who or "", ""), "reason": reason}
        engine.note(inner, request, None, code, **facts)
        engine.touch(inner, request)
        signed = sa.select(Signature.signer_id).where(Signature.request_id == request.id, Signature.decision == "approve")
        others = {*session.scalars(signed), request.applicant_id, request.person_id} - {who}
        for receiver in sorted(others if code == GIVEN_UP else others & {request.applicant_id, request.person_id}):
            put_item(
                inner, trigger=code, receiver_id=receiver, kind="notice", about="request", about_id=request.id,
                facts={**facts, "number": request.number, "day": grant.day.isoformat(), "minutes": grant.minutes},
            )  # fmt: skip


def grants_page(session: ScopedSession, asked: DaysQuery) -> OvertimeGrants:
    """Granted overtime within reach: of a person, at a store, or of a unit; from a day to a day."""
    from_day, to_day = asked_days(asked)
    found = (
        sa.select(OvertimeGrant, Person.name, Person.number, Request.number.label("request_number"))
        .join(Person, Person.id == OvertimeGrant.person_id)
        .join(Request, Request.id == OvertimeGrant.request_id)
        .where(OvertimeGrant.day >= from_day, OvertimeGrant.day <= to_day)
    )
    if asked.person_id is not None:
        found = found.where(OvertimeGrant.person_id == asked.person_id)
    if asked.store_id is not None:
        found = found.where(OvertimeGrant.store_id == asked.store_id)
    if asked.unit_id is not None:
        at_home = OvertimeGrant.person_id.in_(at_home_below(session, asked.unit_id))
        found = found.where(sa.or_(is_below(session, OvertimeGrant.store_id, asked.unit_id), at_home))
    rows, following = page_of(
        session, found, [OvertimeGrant.day, OvertimeGrant.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    return OvertimeGrants(items=[_row(*row[:4]) for row in rows], next_cursor=following)


def grant_of(session: ScopedSession, request_id: str) -> OvertimeGrant | None:
    """What a request was granted as, within reach; None where it was about something else, or runs still."""
    return session.scalars(sa.select(OvertimeGrant).where(OvertimeGrant.request_id == request_id)).one_or_none()


def _row(grant: OvertimeGrant, name: str, number: str, request_number: str) -> OvertimeGrantRow:
    midnight = minute_of(grant.day)
    times = (None if at is None else _clock(at - midnight) for at in (grant.starts_min, grant.ends_min))
    return OvertimeGrantRow(
        id=grant.id, person_id=grant.person_id, name=name, number=number, request_id=grant.request_id,
        request_number=request_number, day=grant.day.isoformat(), minutes=grant.minutes,
        compensation="lieu" if grant.compensation == "lieu" else "pay", from_time=next(times), to_time=next(times),
        granted_ms=to_ms(grant.granted_at), withdrawn_ms=None if grant.withdrawn_at is None else to_ms(grant.withdrawn_at),
        withdrawn_because=grant.withdrawn_because,
    )  # fmt: skip


def _clock(minute: int) -> str:
    return f"{'+' if minute >= DAY_MIN else ''}{minute % DAY_MIN // 60:02}:{minute % 60:02}"


def _meant(form: Mapping[str, Any]) -> Meant:
    """What the form means. `from_time` to `to_time` (past midnight where the second is not later), `minutes`, or both: then
    the stretch may be longer, by its pauses. Raises Problem with the field that is wrong."""
    day = day_of(str(form.get("day", "")))
    if day is None:
        raise Problem("wire.invalid", field="form.day")
    starts, ends = _time(form, "from_time"), _time(form, "to_time")
    said = form.get("minutes")
    if (starts is None) != (ends is None) or (starts is None and said is None):
        raise Problem("overtime.how_long", field="form.to_time" if starts is not None else "form.minutes")
    compensation: Compensation = "lieu" if form.get("compensation") == "lieu" else "pay"
    if starts is None or ends is None:
        return Meant(day, int(said or 0), compensation, None, None)
    ends += DAY_MIN if ends <= starts else 0
    if said is not None and int(said) > ends - starts:
        raise Problem("overtime.longer_than_stretch", field="form.minutes", minutes=ends - starts)
    begins = minute_of(day)
    minutes = ends - starts if said is None else int(said)
    return Meant(day, minutes, compensation, begins + starts, begins + ends)


def _time(form: Mapping[str, Any], key: str) -> int | None:
    if not form.get(key):
        return None
    minute = minute_of_day(form[key])
    if minute is None:
        raise Problem("overtime.no_such_time", field=f"form.{key}", time=str(form[key])[:20])
    return minute


def _not_too_late(work: Work, person_id: str, day: date) -> None:
    """Afterwards it can be asked for as long as punches can be corrected."""
    allowed = rules_book(work.session).of(person_id, day).body.correctable_days
    first = first_correctable(today_of(work.session, person_id, work.now), allowed)
    if day < first:
        raise Problem("overtime.too_long_ago", field="form.day", days=allowed, first_day=first.isoformat())


def _still_free(session: ScopedSession, person_id: str, meant: Meant) -> None:
    """Two grants share no minute of the clock, and of one day no more than a day's minutes are granted."""
    with whole(session) as everything:
        mine = [OvertimeGrant.person_id == person_id, _STANDS]
        if meant.starts_min is not None:
            sharing = [OvertimeGrant.starts_min < meant.ends_min, OvertimeGrant.ends_min > meant.starts_min]
            if everything.execute(sa.select(OvertimeGrant.id).where(*mine, *sharing).limit(1)).first() is not None:
                raise Problem("overtime.overlaps", field="form.from_time", day=meant.day.isoformat())
        granted = sa.select(sa.func.coalesce(sa.func.sum(OvertimeGrant.minutes), 0)).where(*mine, OvertimeGrant.day == meant.day)
        if everything.execute(granted).scalar_one() + meant.minutes > DAY_MIN:
            raise Problem("overtime.too_much", field="form.minutes", day=meant.day.isoformat())


def _of_month(session: ScopedSession, person_id: str, day: date, today: date) -> int:
    """Overtime of that month so far, in minutes: what was worked and counted before today, and what is granted or asked for
    from today on, and on other days beyond what counted there."""
    first = day.replace(day=1)
    last = first.replace(day=calendar.monthrange(first.year, first.month)[1])
    overtime = WorkDay.overtime_normal_min + WorkDay.overtime_weekend_min + WorkDay.overtime_holiday_min
    with whole(session) as everything:
        worked = everything.execute(
            sa.select(sa.func.coalesce(sa.func.sum(overtime), 0)).where(
                WorkDay.person_id == person_id, WorkDay.day >= first, WorkDay.day <= last, WorkDay.day < today
            )
        ).scalar_one()
        granted = everything.execute(
            sa.select(sa.func.coalesce(sa.func.sum(OvertimeGrant.minutes), 0)).where(
                OvertimeGrant.person_id == person_id, _STANDS, OvertimeGrant.day >= max(first, today), OvertimeGrant.day <= last
            )
        ).scalar_one()
        running = sa.select(Request.form).where(
            Request.person_id == person_id, Request.kind == KIND, Request.state == "running"
        )  # fmt: skip
        asked = [_meant(form) for form in everything.scalars(running)]
    return int(worked) + int(granted) + sum(one.minutes for one in asked if first <= one.day <= last)
