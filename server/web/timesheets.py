"""Timesheets: the month as a grid of people and days, one day with its working, and the files of hours."""

from __future__ import annotations

from calendar import monthrange
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.hours import DayRow, DaysQuery, ExportQuery
from contract.rostering.rules.calendar import Calendar
from server.attendance.model import Punch
from server.kernel.actors import Permission
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.shifts.model import RuleSet
from server.shifts.planner import load_words
from server.stores.model import Store
from server.stores.opening import opening_of
from server.timesheets.exports import COLUMNS
from server.timesheets.exports_api import export_answer
from server.timesheets.grid import beside, day_of, grid, totals
from server.timesheets.queries import matching
from server.web.shell import Look, address_with, page, show
from server.web.tables import PAGE_ROWS
from server.web.units import asked_unit
from server.web.words import clock

TONES = {
    "present": ("good", "check"), "late": ("late", "warn"), "early": ("late", "out"), "absent": ("bad", "cross"),
    "leave": ("leave", "calendar"), "not_due": ("", "clock"), "off": ("", "dash"), "unknown": ("unknown", "silent"),
    "unplanned": ("", "in"),
}  # fmt: skip
_AMOUNTS = (
    "due_min", "worked_min", "regular_min", "overtime_normal_min", "overtime_weekend_min", "overtime_holiday_min", "break_min",
    "late_min", "early_min", "missing_min", "leave_min", "night_min", "on_call_min", "not_counted_min",
    "granted_min", "not_granted_min", "in_lieu_min",
)  # fmt: skip


def hours(minutes: int) -> str:
    """Minutes as 8:05."""
    return f"{minutes // 60}:{minutes % 60:02}"


@page("/timesheets", needs=Permission.READ_HOURS)
def timesheets(look: Look) -> Response:
    """The company's current month unless asked otherwise."""
    today = company_day(look.now)
    first = month_asked(request.args.get("month", "")) or today.replace(day=1)
    last = first.replace(day=monthrange(first.year, first.month)[1])
    search = request.args.get("q", "")[:120]
    here = matching(look.session, DaysQuery(from_day=first.isoformat(), to_day=last.isoformat(), unit_id=asked_unit()))
    wanted = max(1, min(100_000, request.args.get("page", 1, type=int)))
    rows, people = grid(look.session, here, first, last, search=search, offset=(wanted - 1) * PAGE_ROWS, limit=PAGE_ROWS)
    return show(
        "timesheets.html", look, rows=rows, people=people, first=first, days=[first + timedelta(days=n) for n in range(last.day)],
        today=today, total=totals(look.session, here, first, last, search), tones=TONES, hours=hours,
        pages=max(1, -(-people // PAGE_ROWS)), page_number=wanted, before=(first - timedelta(days=1)).strftime("%Y-%m"),
        after=(last + timedelta(days=1)).strftime("%Y-%m"), files=_files(look, first, last),
        bill=_bill(look, first, last), columns=COLUMNS,
        picked={kind: _picked(kind) for kind in COLUMNS}, unit=_unit(), address_with=address_with,
        closed=_closed(look, first, last),
    )  # fmt: skip


def _closed(look: Look, first: date, last: date) -> dict[date, str]:
    """Why nobody works on a day: what the calendar calls it, and, where the list is one store's, that it is closed."""
    days = [first + timedelta(days=n) for n in range((last - first).days + 1)]
    words = load_words(look.session, days)
    found = {on: word.name_zh if look.language == "zh" else word.name_en for on, word in words.items() if word.kind != "working"}
    store_id = asked_unit()
    if store_id is not None and look.session.get(Store, store_id) is not None:
        opening = opening_of(look.session, store_id, first, last)
        hours_of = Calendar(first_day=first.isoformat(), last_day=last.isoformat()).opened([opening]).hours_of
        notes = {one.day: one.note for one in opening.days}
        for on in days:
            if hours_of(store_id, on.isoformat()) == []:
                found[on] = found.get(on) or notes.get(on.isoformat()) or look.t("console.timesheets.store_closed")
    return {on: name for on, name in found.items() if name}


def month_asked(text: str) -> date | None:
    """The first day of a month as an address has it (`2026-11`); None for anything else."""
    try:
        return date.fromisoformat(f"{text}-01") if text else None
    except ValueError:
        return None


def _picked(kind: str) -> list[str]:
    """The columns of a file as the address keeps them, else the usual ones."""
    known = {column.key for column in COLUMNS[kind]}
    asked = [key for key in request.args.getlist(f"{kind}_cols") if key in known]
    return asked or [column.key for column in COLUMNS[kind] if column.usual]


def _unit() -> str:
    return "hours" if request.args.get("amounts") == "hours" else "minutes"


def _files(look: Look, first: date, last: date) -> dict[str, dict[str, Any]]:
    """The questions of each file's address."""
    days = {"from_day": first.isoformat(), "to_day": last.isoformat()}
    given: dict[str, Any] = {**days, "unit": _unit(), "language": look.language}
    if asked_unit() is not None:
        given["unit_id"] = asked_unit()
    return {
        kind: {"kind": kind, **given, **({"columns": ",".join(_picked(kind))} if kind in COLUMNS else {})}
        for kind in ("pay", "days")
    }


def _bill(look: Look, first: date, last: date) -> dict[str, str]:
    """The question of the partners' bill."""
    given = {"from_day": first.isoformat(), "to_day": last.isoformat(), "language": look.language}
    unit = asked_unit()
    return given if unit is None else given | {"unit_id": unit}


@page("/timesheets/export", needs=Permission.EXPORT)
def timesheets_export(look: Look) -> Response:
    """The same files as the API's."""
    try:
        asked = wire.convert(dict(request.args), ExportQuery)
    except wire.Malformed as wrong:
        raise Problem(wrong.code, field=wrong.field) from None
    return export_answer(look.actor, asked)


@page("/timesheets/<person_id>/<day>", needs=Permission.READ_HOURS)
def timesheet_day(look: Look, person_id: str, day: str) -> Response:
    """One day: what happened, what was made of it line by line, and where each line comes from."""
    try:
        on = date.fromisoformat(day)
    except ValueError:
        raise Problem("access.not_found", id=day[:60]) from None
    found = day_of(look.session, person_id, on)
    if found is None:
        raise Problem("access.not_found", id=person_id)
    person, row = found
    stores = {one.id: one for one in look.session.execute(sa.select(Store.id, Store.name, Store.zone))}
    store = stores.get(row.store_id or "")
    zone = store.zone if store is not None else "Asia/Shanghai"
    named = {span_id for span in row.spans for span_id in (span.in_id, span.out_id) if span_id}
    named |= {str(step.facts["punch_id"]) for step in row.steps if "punch_id" in step.facts}
    punches = set(look.session.scalars(sa.select(Punch.id).where(Punch.id.in_(sorted(named)))))
    steps = [
        {
            "text": look.t(f"hours.step.{step.code}", **_told(step.facts, zone)), "punch": step.facts.get("punch_id"),
            "store": stores[step.facts["store_id"]].name if step.facts.get("store_id") in stores else "",
            "request": step.facts.get("request_id"),
            "corrected": step.code.startswith("corrected_") and look.may(Permission.READ_PUNCHES),
        }
        for step in row.steps
    ]  # fmt: skip
    before, after = beside(look.session, person_id, on)
    return show(
        "timesheet_day.html", look, person=person, row=row, on=on, zone=zone, steps=steps, punches=punches, stores=stores,
        amounts=[(name, getattr(row, name)) for name in _AMOUNTS if getattr(row, name) or name in ("due_min", "worked_min")],
        tones=TONES, hours=hours, before=before and before.isoformat(), after=after and after.isoformat(),
        rules=_rules_name(look, row), section="console.timesheets", may_ask=look.may(Permission.SUBMIT_REQUEST),
    )  # fmt: skip


def _rules_name(look: Look, row: DayRow) -> str:
    """What the rules that made the day are called."""
    if not row.rules_from:
        return row.rules
    version = look.session.scalars(
        sa.select(RuleSet).where(RuleSet.code == row.rules, RuleSet.from_day == date.fromisoformat(row.rules_from))
    ).one_or_none()
    return row.rules if version is None else version.name_zh if look.language == "zh" else version.name_en


def _told(facts: dict[str, Any], zone: str) -> dict[str, Any]:
    """The facts of a line as a person reads them: instants by the store's clock."""
    return {
        name: clock(value, zone) if name.endswith("_ms") and isinstance(value, int) else value for name, value in facts.items()
    }
