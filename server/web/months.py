"""Months: what is still open, closing, what came after, opening again by two people."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Response, request

from contract import wire
from contract.ids import is_id
from contract.statements import AskReopen, CloseMonth, DecideReopen, SetDeadline
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.model import COMPANY_ID
from server.org.queries import company_day
from server.statements import month_queries, queries
from server.statements.paper import hours
from server.timesheets.closing_model import MonthClosing
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tables import Column, csv_answer, table, wants_csv
from server.web.words import full

COLUMNS = (
    Column("closed_month", lambda row: row.month, always=True),
    Column("closed_unit", lambda row: row.unit),
    Column("state", lambda row: row.state),
    Column("statement_revision", lambda row: row.revision, number=True),
    Column("closed_people", lambda row: row.people, number=True, hidden=True),
    Column("late_changes", lambda row: row.late_changes, number=True),
    Column("closed_by", lambda row: row.closed_by),
    Column("closed_on", lambda row: full(row.closed_ms), hidden=True),
    Column("reason", lambda row: row.reason, hidden=True),
)


@page("/months", needs=Permission.READ_STATEMENTS)
def months(look: Look) -> Response:
    return _list(look, None)


def _list(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    today = company_day(look.now)
    asked = request.values.get("month", "")
    choices = _last_months(today)
    month = asked if asked in choices else choices[0]
    unit_id = request.values.get("unit", "")
    unit_id = unit_id if is_id(unit_id) else ""
    closed = month_queries.closings(look.session).items
    rows = table("months", COLUMNS, closed, sort="-closed_month")
    if wants_csv():
        return csv_answer(look, rows)
    whose = unit_id or COMPANY_ID
    standing = next((row for row in closed if (row.month, row.unit_id) == (month, whose) and row.state != "reopened"), None)
    check = month_queries.check(look.session, month, whose, look.now) if look.may_at(Permission.CLOSE_MONTH, whose) else None
    return show(
        "months.html", look, status=status, problem=problem, table=rows, check=check, month=month, unit_id=unit_id,
        standing=standing,
        choices=[(one, one) for one in choices], given=request.form, deadline=queries.deadlines_on(look.session, today),
        may_close=look.may(Permission.CLOSE_MONTH), today=today,
    )  # fmt: skip


def _last_months(today: date) -> list[str]:
    """The month before this one, and those before."""
    found: list[str] = []
    day = today.replace(day=1)
    for _ in range(12):
        day = (day - timedelta(days=1)).replace(day=1)
        found.append(f"{day:%Y-%m}")
    return found


@action("/months/close", needs=Permission.CLOSE_MONTH)
def close_month(who: Actor) -> Response:
    given = request.form
    values: dict[str, Any] = {
        "closing_id": born_of_form("closing"), "month": given.get("month", ""), "reason": given.get("reason", "").strip(),
        "override": "override" in given,
    }  # fmt: skip
    if given.get("unit"):
        values["unit_id"] = given["unit"]
    try:
        perform_form(who, wire.convert(values, CloseMonth))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _list(look, sentence_of(wrong), form_status(wrong))
    return done("console.month", "month_closed", closing_id=values["closing_id"])


@action("/months/deadline", needs=Permission.CLOSE_MONTH)
def set_deadline(who: Actor) -> Response:
    given = request.form
    days = {name: given.get(name, "") for name in ("remind_days", "due_days")}
    values: dict[str, Any] = {
        "deadline_id": born_of_form("deadline"), "from_day": given.get("from_day", ""),
        **{name: int(text) if text.isascii() and text.isdigit() and len(text) < 5 else text for name, text in days.items()},
    }  # fmt: skip
    try:
        perform_form(who, wire.convert(values, SetDeadline))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _list(look, sentence_of(wrong), form_status(wrong))
    return done("console.months", "saved")


@page("/months/<closing_id>", needs=Permission.READ_STATEMENTS)
def month(look: Look, closing_id: str) -> Response:
    return _one(look, closing_id, None)


def _one(look: Look, closing_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    detail = month_queries.closing_detail(look.session, closing_id)
    if detail is None:
        raise Problem("statements.closing_unknown", id=closing_id)
    closing = look.session.get_one(MonthClosing, closing_id)
    return show(
        "month.html", look, status=status, problem=problem, detail=detail, row=detail.closing, hours=hours,
        may_close=look.may_at(Permission.CLOSE_MONTH, detail.closing.unit_id), asked_it=closing.asked_by == look.actor.person_id,
        section="console.months", given=request.form,
    )  # fmt: skip


def _act(who: Actor, closing_id: str, shape: type[wire.Wire], values: dict[str, Any], what: str) -> Response:
    values = {"closing_id": closing_id, "reason": request.form.get("reason", "").strip(), **values}
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _one(look, closing_id, sentence_of(wrong), form_status(wrong))
    return done("console.month", what, closing_id=closing_id)


@action("/months/<closing_id>/ask", needs=Permission.CLOSE_MONTH)
def ask_month(who: Actor, closing_id: str) -> Response:
    return _act(who, closing_id, AskReopen, {}, "reopen_asked")


@action("/months/<closing_id>/decide", needs=Permission.CLOSE_MONTH)
def decide_month(who: Actor, closing_id: str) -> Response:
    return _act(who, closing_id, DecideReopen, {"agreed": request.form.get("agreed") == "yes"}, "reopen_decided")
