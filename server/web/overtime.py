"""Overtime of a month at the console: what was worked beyond and not granted, with the one thing to do about it, and what was
granted, with its withdrawal."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.hours import DaysQuery, OvertimeGrantRow, WithdrawOvertime
from server.kernel.actors import Actor, Permission
from server.kernel.db import table_of
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.stores.model import Store
from server.timesheets.overtime import KIND, grants_page
from server.timesheets.queries import days_seen, matching
from server.web.shell import Look, action, address_with, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.stores import everything
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.timesheets import hours, month_asked
from server.web.units import asked_unit

_person = table_of(Person).c  # whoever may read a day may read the name on it


class Left(NamedTuple):
    """A day on which overtime was not granted. Amounts are minutes."""

    person_id: str
    name: str
    number: str
    store: str
    day: date
    beyond_min: int
    granted_min: int
    not_granted_min: int


COLUMNS = (
    Column("person", lambda row: row.name, always=True),
    Column("number", lambda row: row.number, hidden=True),
    Column("store", lambda row: row.store),
    Column("business_date", lambda row: row.day.isoformat()),
    Column("overtime_beyond", lambda row: row.beyond_min, number=True),
    Column("overtime_granted", lambda row: row.granted_min, number=True),
    Column("overtime_rest", lambda row: row.not_granted_min, number=True),
)


@page("/overtime", needs=Permission.READ_HOURS, endpoint="overtime")
def overtime(look: Look) -> Response:
    """The company's current month unless asked otherwise."""
    return _overtime(look, None)


def _overtime(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    first = month_asked(request.args.get("month", "")) or company_day(look.now).replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    asked = DaysQuery(from_day=first.isoformat(), to_day=last.isoformat(), unit_id=asked_unit())
    search = request.args.get("q", "")[:120]
    lines = [row for row in _left(look, asked, first, last) if contains(search, row.name, row.number, row.store)]
    found = table("overtime", COLUMNS, lines, sort="-business_date")
    if wants_csv():
        return csv_answer(look, found, about=lambda row: str(row.person_id))
    grants = everything(
        lambda cursor: grants_page(
            look.session, DaysQuery(from_day=asked.from_day, to_day=asked.to_day, unit_id=asked.unit_id, limit=200, cursor=cursor)
        )
    )
    return show(
        "overtime.html", look, status=status, table=found, problem=problem, first=first, hours=hours, kind=KIND,
        grants=[row for row in grants if contains(search, row.name, row.number, row.request_number)],
        may_withdraw=lambda row: _may_withdraw(look, row), may_ask=look.may(Permission.SUBMIT_REQUEST),
        before=(first - timedelta(days=1)).strftime("%Y-%m"), after=(last + timedelta(days=1)).strftime("%Y-%m"),
        address_with=address_with,
    )  # fmt: skip


def _left(look: Look, asked: DaysQuery, first: date, last: date) -> list[Left]:
    seen = days_seen(look.session)
    overtime_min: Any = seen.overtime_normal_min + seen.overtime_weekend_min + seen.overtime_holiday_min
    found = (
        sa.select(
            _person.id, _person.name, _person.number, sa.func.coalesce(Store.name, ""), seen.day,
            seen.not_granted_min + sa.case((seen.granted_min < overtime_min, seen.granted_min), else_=overtime_min),
            seen.granted_min, seen.not_granted_min,
        )
        .join(table_of(Person), _person.id == seen.person_id)
        .outerjoin(Store, Store.id == seen.store_id)
        .where(seen.day >= first, seen.day <= last, seen.not_granted_min > 0, *matching(look.session, asked))
        .order_by(seen.day.desc(), _person.number)
    )  # fmt: skip
    return [Left(*row) for row in look.session.execute(found)]


def _may_withdraw(look: Look, row: OvertimeGrantRow) -> bool:
    return row.withdrawn_ms is None and look.may(Permission.VOUCH) and row.person_id != look.actor.person_id


@action("/overtime/<grant_id>/withdraw", needs=Permission.VOUCH)
def withdraw_overtime(who: Actor, grant_id: str) -> Response:
    """Granted overtime does not count any more; it stays in the list."""
    try:
        values = {"grant_id": grant_id, "reason": request.form.get("reason", "").strip()}
        perform_form(who, wire.convert(values, WithdrawOvertime))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _overtime(look, sentence_of(wrong), form_status(wrong))
    back = request.form.get("request_id", "")
    if back:  # where it was withdrawn: at the request
        return done("console.request_page", "overtime_withdrawn", request_id=back)
    return done("console.overtime", "overtime_withdrawn")
