"""Weekly statements: the weeks within reach, what each says and who signed it, confirming many at once, disputes."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from contract import wire
from contract.ids import derived_id
from contract.invoices import InvoiceFileQuery
from contract.statements import ConfirmWeek, DisputeWeek, SettleDispute, StatementDetail, StatementRow, StatementsQuery
from server.kernel.actors import Actor, Permission
from server.kernel.http import do
from server.kernel.problems import Problem
from server.statements import evidence, queries
from server.statements.api import pdf_answer, sealed_answer
from server.statements.invoice_files import invoice_answer
from server.statements.paper import hours
from server.statements.rules import SIDES
from server.web.shell import (
    Look,
    action,
    born_of_form,
    done,
    form_status,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)
from server.web.stores import everything
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.units import asked_unit

STATES = ("open", "disputed", "complete", "superseded")


def _said(row: StatementRow, name: str) -> int:
    return int(getattr(row.text, name, 0)) if row.text is not None else 0


def _overtime(row: StatementRow) -> int:
    return sum(_said(row, f"overtime_{kind}_min") for kind in ("normal", "weekend", "holiday"))


def columns(look: Look) -> tuple[Column, ...]:
    """What a line of the list can tell; amounts are exported in minutes."""

    def side(name: str) -> Any:
        return lambda row: next((one.name for one in row.confirmed if one.side == name), "")

    return (
        Column("person", lambda row: row.text.person_name if row.text else "", always=True),
        Column("number", lambda row: row.text.person_number if row.text else "", hidden=True),
        Column("store", lambda row: row.text.store_name if row.text else ""),
        Column("partner", lambda row: row.text.partner if row.text else "", hidden=True),
        Column("statement_week", lambda row: row.week, hidden=True),
        Column("statement_worked", lambda row: _said(row, "worked_min"), number=True),
        Column("statement_overtime", _overtime, number=True),
        Column("statement_leave", lambda row: _said(row, "leave_min"), number=True),
        Column("side_employee", side("employee")),
        Column("side_store", side("store")),
        Column("side_hq", side("hq")),
        Column("state", lambda row: look.t(f"statement.state.{row.state}")),
        Column("statement_revision", lambda row: row.revision, number=True, hidden=True),
        Column("statement_code", lambda row: row.code, hidden=True),
    )


@page("/statements", needs=Permission.READ_STATEMENTS)
def statements(look: Look) -> Response:
    return _list(look, None)


def _list(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    weeks = queries.weeks(look.session)
    week = request.args.get("week", weeks[0] if weeks else "")
    state = request.args.get("state", "")
    asked: dict[str, Any] = {
        "week": week if week in weeks else None, "unit_id": asked_unit(), "state": state if state in STATES else None,
    }  # fmt: skip
    found = everything(lambda cursor: queries.statements_page(look.session, StatementsQuery(limit=200, cursor=cursor, **asked)))
    wanted = request.args.get("q", "")
    lines = [
        row
        for row in found
        if contains(wanted, *((row.text.person_name, row.text.person_number, row.text.store_name) if row.text else ()), row.code)
    ]
    rows = table("statements", columns(look), lines, sort="person")
    if wants_csv():
        return csv_answer(look, rows, about=lambda row: str(row.person_id))
    side = my_side(look)
    return show(
        "statements.html", look, status=status, table=rows, problem=problem, weeks=[(one, one) for one in weeks], week=week,
        states=[(one, look.t(f"statement.state.{one}")) for one in STATES], hours=hours, overtime=_overtime, side=side,
        waiting=sum(1 for row in lines if waits_for(row, side)), waits_for=waits_for,
    )  # fmt: skip


@page("/statements/bill", needs=Permission.EXPORT)
def invoice_file(look: Look) -> Response:
    """What partners are billed, as the API's file."""
    try:
        asked = wire.convert(dict(request.args), InvoiceFileQuery)
    except wire.Malformed as wrong:
        raise Problem(wrong.code, field=wrong.field) from None
    return invoice_answer(look.actor, asked)


def my_side(look: Look) -> str:
    """For which side the reader speaks of other people's weeks. What somebody may say is judged again when they say it."""
    if look.actor.has_everywhere(Permission.SETTLE_DISPUTE):
        return "hq"
    return "store" if look.may(Permission.REVIEW_PUNCHES) else ""


def waits_for(row: StatementRow, side: str) -> bool:
    return bool(side) and row.state == "open" and all(one.side != side for one in row.confirmed)


@action("/statements/confirm", needs=Permission.READ_STATEMENTS)
def confirm_weeks(who: Actor) -> Response:
    """What was ticked, each exactly as it was shown: its revision and its digest are in the form."""
    wrong: list[str] = []
    said = 0
    for ticked in request.form.getlist("week"):
        statement_id, _, rest = ticked.partition(" ")
        revision, _, digest = rest.partition(" ")
        try:
            given = {
                "statement_id": statement_id, "revision": int(revision) if revision.isdigit() else 0, "digest": digest,
                "side": request.form.get("side", ""),
            }  # fmt: skip
            operation = wire.convert(given, ConfirmWeek)
            outcome = do(who, operation, op_id=derived_id("confirm", op_id_of_form(), statement_id))
            if outcome.code is not None:
                raise Problem(outcome.code, **outcome.facts)
            said += 1
        except (Problem, wire.Malformed) as refused:
            wrong.append(sentence_of(refused)[1])
    if wrong or not said:
        with looking(who) as look:
            some = look.t("console.statements.some_refused", done=said, count=len(wrong), why="; ".join(sorted(set(wrong))))
            return _list(look, ("week", some if wrong else look.t("console.statements.none_ticked")), 422)
    return done("console.statements", "weeks_confirmed", week=request.form.get("shown", ""))


@page("/statements/<statement_id>", needs=Permission.READ_STATEMENTS)
def statement(look: Look, statement_id: str) -> Response:
    return _one(look, statement_id, None)


def _one(look: Look, statement_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    detail: StatementDetail | None = queries.detail(look.session, statement_id)
    if detail is None:
        raise Problem("statements.unknown", id=statement_id)
    row = detail.revisions[0]
    side = my_side(look) if row.person_id != look.actor.person_id else "employee"
    return show(
        "statement.html", look, status=status, problem=problem, row=row, detail=detail, hours=hours, overtime=_overtime,
        sides=SIDES, side=side, may_confirm=waits_for(row, side), line=evidence.time_line(look.session, detail),
        section="console.statements", given=request.form, may_dispute=bool(side) and not _has_open(row, side),
    )  # fmt: skip


def _has_open(row: StatementRow, side: str) -> bool:
    return any(one.side == side and one.outcome is None for one in row.disputes)


def _act(who: Actor, statement_id: str, shape: type[wire.Wire], values: dict[str, Any], what: str) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _one(look, statement_id, sentence_of(wrong), form_status(wrong))
    return done("console.statement", what, statement_id=statement_id)


def _shown_revision() -> int:
    told = request.form.get("revision", "")
    return int(told) if told.isascii() and told.isdigit() and len(told) < 6 else 0


@action("/statements/<statement_id>/confirm", needs=Permission.READ_STATEMENTS)
def confirm_statement(who: Actor, statement_id: str) -> Response:
    given = request.form
    values = {
        "statement_id": statement_id, "revision": _shown_revision(), "digest": given.get("digest", ""),
        "side": given.get("side", ""),
    }  # fmt: skip
    return _act(who, statement_id, ConfirmWeek, values, "week_confirmed")


@action("/statements/<statement_id>/dispute", needs=Permission.READ_STATEMENTS)
def dispute_statement(who: Actor, statement_id: str) -> Response:
    given = request.form
    values = {
        "dispute_id": born_of_form("dispute"), "statement_id": statement_id, "revision": _shown_revision(),
        "reason": given.get("reason", "").strip(), "day": given.get("day") or None,
    }  # fmt: skip
    return _act(who, statement_id, DisputeWeek, values, "week_disputed")


@action("/statements/<statement_id>/disputes/<dispute_id>/settle", needs=Permission.SETTLE_DISPUTE)
def settle_statement(who: Actor, statement_id: str, dispute_id: str) -> Response:
    given = request.form
    values = {"dispute_id": dispute_id, "outcome": given.get("outcome", ""), "reason": given.get("reason", "").strip()}
    return _act(who, statement_id, SettleDispute, values, "dispute_settled")


@page("/statements/<statement_id>/paper", needs=Permission.READ_STATEMENTS)
def statement_pdf(look: Look, statement_id: str) -> Response:
    """The paper, in the reader's language."""
    return pdf_answer(look.actor, statement_id)


@page("/statements/<statement_id>/signed", needs=Permission.READ_STATEMENTS)
def statement_file(look: Look, statement_id: str) -> Response:
    """The signed file."""
    return sealed_answer(look.actor, statement_id)
