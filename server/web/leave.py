"""Leave: who is away when, the kinds with their rules, one person's balances."""

from __future__ import annotations

from datetime import date
from typing import Any

from flask import Response, request

from contract import wire
from contract.leave import AdjustBalance, CallOffLeave, DefineLeaveKind, LeaveQuery, LeaveRow
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.leave import queries
from server.people.model import Person
from server.people.queries import person_card
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.stores import everything
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.units import asked_unit

ACCRUALS = ("none", "yearly", "monthly", "by_service")
COLUMNS = (
    Column("person", lambda line: line["row"].name, always=True),
    Column("leave_kind", lambda line: line["kind"]),
    Column("leave_from", lambda line: line["row"].from_day),
    Column("leave_to", lambda line: line["row"].to_day),
    Column("leave_minutes", lambda line: line["row"].minutes, number=True),
    Column("state", lambda line: line["state"]),
)


@page("/leave", needs=Permission.READ_LEAVE, endpoint="leave")
def leave(look: Look) -> Response:
    """Who is away now, who will be, who was."""
    today = queries.company_day(look.session, look.now)
    names = _names(look, today)
    unit_id = asked_unit()
    found = everything(
        lambda cursor: queries.leave_page(look.session, LeaveQuery(limit=200, cursor=cursor, unit_id=unit_id, **_days(today)))
    )
    lines = [
        {"row": row, "kind": names.get(row.kind or "", row.kind or ""), "state": _state(row, today)}
        for row in found
        if contains(request.args.get("q", ""), row.name, names.get(row.kind or "", ""))
        and request.args.get("kind", "") in ("", row.kind)
    ]
    rows = table("leave", COLUMNS, lines, sort="leave_from")
    if wants_csv():
        return csv_answer(look, rows, about=lambda line: str(line["row"].person_id))
    return show("leave.html", look, table=rows, kinds=sorted(names.items()), today=today)


def _days(today: date) -> dict[str, str]:
    match request.args.get("when", ""):
        case "past":
            return {"to_day": today.isoformat()}
        case "all":
            return {}
        case "now":
            return {"from_day": today.isoformat(), "to_day": today.isoformat()}
        case _:
            return {"from_day": today.isoformat()}


def _state(row: LeaveRow, today: date) -> str:
    """now, later, over or called_off."""
    day = today.isoformat()
    if row.called_off_from is not None and row.called_off_from <= row.from_day:
        return "called_off"
    last = row.to_day if row.called_off_from is None else min(row.to_day, row.called_off_from)
    return "over" if last < day else "now" if row.from_day <= day else "later"


def _names(look: Look, today: date) -> dict[str, str]:
    kinds = queries.kinds_on(look.session, today)
    return {code: kind.name_zh if look.language == "zh" else kind.name_en for code, kind in kinds.items()}


@page("/leave/kinds", needs=Permission.MANAGE_LEAVE)
def leave_kinds(look: Look) -> Response:
    return _kinds(look, None, 200)


def _kinds(look: Look, problem: tuple[str, str] | None, status: int) -> Response:
    today = queries.company_day(look.session, look.now)
    kinds = queries.kinds_page(look.session, today).items
    chosen = next((kind for kind in kinds if kind.code == request.args.get("kind")), None)
    return show(
        "leave_kinds.html", look, status=status, problem=problem, kinds=kinds, chosen=chosen, today=today, accruals=ACCRUALS,
        given=request.form, section="console.leave",
    )  # fmt: skip


@action("/leave/kinds", needs=Permission.MANAGE_LEAVE)
def define_leave_kind(who: Actor) -> Response:
    given = request.form
    try:
        values: dict[str, Any] = {
            "kind_id": born_of_form("leave_kind"), "code": given.get("code", "").strip(),
            "name_zh": given.get("name_zh", "").strip(), "name_en": given.get("name_en", "").strip(),
            "from_day": given.get("from_day", ""), "paid": "paid" in given, "accrual": given.get("accrual", "none"),
            "days_a_year": _whole("days_a_year"), "carry_over_days": _whole("carry_over_days"),
            "smallest_min": _whole("smallest_min", 240), "day_min": _whole("day_min", 480),
            "needs_document": "needs_document" in given, "is_sensitive": "is_sensitive" in given,
            "steps": _steps(given.get("steps", "")),
        }  # fmt: skip
        perform_form(who, wire.convert(values, DefineLeaveKind))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _kinds(look, sentence_of(wrong), form_status(wrong))
    return done("console.leave_kinds", "saved", kind=values["code"])


def _whole(name: str, otherwise: int = 0) -> int | str:
    text = request.form.get(name, "").strip()
    if not text:
        return otherwise
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else text


def _steps(text: str) -> list[dict[str, Any]]:
    """`1:5, 10:10, 20:15`: from so many full years, so many days."""
    steps = []
    for part in text.replace("，", ",").replace("：", ":").split(","):
        if not part.strip():
            continue
        years, _, days = part.partition(":")
        if not (years.strip().isdigit() and days.strip().isdigit()):
            raise Problem("wire.invalid", field="steps")
        steps.append({"years": int(years), "days": int(days)})
    return steps


@page("/leave/people/<person_id>", needs=Permission.READ_LEAVE)
def leave_of(look: Look, person_id: str) -> Response:
    return _of(look, person_id, None, 200)


def _of(look: Look, person_id: str, problem: tuple[str, str] | None, status: int) -> Response:
    person = look.session.get(Person, person_id)
    if person is None:
        raise Problem("people.unknown", id=person_id)
    today = queries.today_of(look.session, person_id, look.now)
    names = _names(look, today)
    found = everything(
        lambda cursor: queries.leave_page(look.session, LeaveQuery(person_id=person_id, limit=200, cursor=cursor))
    )
    lines = [{"row": row, "kind": names.get(row.kind or "", ""), "state": _state(row, today)} for row in found]
    return show(
        "leave_of.html", look, status=status, problem=problem, card=person_card(look.session, person), lines=lines, today=today,
        balances=queries.balances(look.session, person_id, today).items, section="console.leave", given=request.form,
    )  # fmt: skip


def _act(who: Actor, person_id: str, shape: type[wire.Wire], values: dict[str, Any], what: str) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _of(look, person_id, sentence_of(wrong), form_status(wrong))
    return done("console.leave_of", what, person_id=person_id)


@action("/leave/people/<person_id>/balance", needs=Permission.MANAGE_LEAVE)
def adjust_leave(who: Actor, person_id: str) -> Response:
    given = request.form
    try:
        minutes = round(float(given.get("days", "")) * _day_min(who, given.get("kind", "")))
    except (ValueError, OverflowError):
        with looking(who) as look:
            return _of(look, person_id, sentence_of(Problem("wire.invalid", field="days")), 422)
    values = {
        "adjustment_id": born_of_form("adjustment"), "person_id": person_id, "kind": given.get("kind", ""), "minutes": minutes,
        "on": given.get("on", ""), "reason": given.get("reason", "").strip(),
    }  # fmt: skip
    return _act(who, person_id, AdjustBalance, values, "saved")


def _day_min(who: Actor, code: str) -> int:
    with looking(who) as look:
        kind = queries.kinds_on(look.session, queries.company_day(look.session, look.now)).get(code)
        return kind.day_min if kind is not None else 480


@action("/leave/people/<person_id>/<leave_id>/call-off", needs=Permission.MANAGE_LEAVE)
def call_off_leave(who: Actor, person_id: str, leave_id: str) -> Response:
    given = request.form
    values = {"leave_id": leave_id, "from_day": given.get("from_day", ""), "reason": given.get("reason", "").strip()}
    return _act(who, person_id, CallOffLeave, values, "leave_called_off")
