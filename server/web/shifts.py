"""Shifts at the console: the kinds as pictures of the day, patterns as strips, who follows which, and single days."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.shifts import AssignmentsQuery, AssignPattern, DefinePattern, DefineTemplate, DutyQuery, PlanDay, TemplateRow
from server.archive.looks import note_look
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.org.queries import at_home_below, company_day, units_below
from server.people.model import PersonStore
from server.shifts import listings
from server.shifts.duty import AHEAD
from server.shifts.model import PatternAssignment, PlannedDay
from server.web.find import person_label, person_meant, store_meant, unit_meant
from server.web.punches import one_day
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.shift_forms import breaks_typed, core_shown, minutes_typed, windows_shown, windows_typed
from server.web.stores import everything
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.units import asked_unit

KINDS = ("fixed", "flexible", "windows", "on_call")
SECTION = "console.shifts"
COLUMNS = (
    Column("follows", lambda line: line["row"].name, always=True),
    Column("pattern", lambda line: line["pattern"]),
    Column("shift_from", lambda line: line["row"].from_day),
    Column("shift_until", lambda line: line["row"].until or ""),
    Column("shifted_by", lambda line: line["row"].shifted_by, number=True, hidden=True),
    Column("state", lambda line: line["state"]),
)
Wrong = tuple[str, str] | None


def newest(rows: Sequence[Any]) -> list[Any]:
    """The latest version of each code; what lists begin with."""
    found: dict[str, Any] = {}
    for row in rows:
        found.setdefault(row.code, row)
    return list(found.values())


def _in_words(look: Look, row: Any) -> str:
    return str(row.name_zh if look.language == "zh" else row.name_en)


@page("/shifts", needs=Permission.READ_SHIFTS, endpoint="shifts")
def shifts(look: Look) -> Response:
    """The kinds, the patterns, and who follows which."""
    today = company_day(look.now)
    templates, patterns = listings.templates(look.session).items, listings.patterns(look.session).items
    names = {row.code: _in_words(look, row) for row in newest(patterns)}
    found = everything(lambda cursor: listings.assignments(look.session, AssignmentsQuery(limit=500, cursor=cursor)))
    below = _below(look)
    lines = [
        {"row": row, "pattern": names.get(row.pattern or "", ""), "state": _state(row, today)}
        for row in found
        if contains(request.args.get("q", ""), row.name, names.get(row.pattern or "", ""))
        and request.args.get("pattern", "") in ("", row.pattern)
        and (below is None or (row.person_id or row.unit_id) in below)
    ]
    rows = table("shifts", COLUMNS, lines, sort="follows")
    if wants_csv():
        people = [line["row"].person_id for line in rows.rows if line["row"].person_id is not None]
        note_look(outpost(), look.actor, "export", people)
        return csv_answer(look, rows)
    return show(
        "shifts.html", look, table=rows, templates=newest(templates), patterns=newest(patterns), names=sorted(names.items()),
        called={row.code: _in_words(look, row) for row in newest(templates)}, versions=_counted(templates, patterns),
    )  # fmt: skip


def _counted(*several: Sequence[Any]) -> dict[str, int]:
    counts: dict[str, int] = {}
    for rows in several:
        for row in rows:
            counts[row.code] = counts.get(row.code, 0) + 1
    return counts


def _below(look: Look) -> set[str] | None:
    """The units below the chosen one, and who is at home or posted in them; None when none is chosen."""
    unit_id = asked_unit()
    if unit_id is None:
        return None
    units = units_below(look.session, unit_id, company_day(look.now))
    posted = sa.select(PersonStore.person_id).where(PersonStore.store_id.in_(units))
    people = [*look.session.scalars(at_home_below(look.session, unit_id)), *look.session.scalars(posted)]
    return units | {str(person_id) for person_id in people}


def _state(row: Any, today: date) -> str:
    """now, later or over: whether the day is among those it was said of."""
    day = today.isoformat()
    if row.until is not None and row.until <= day:
        return "over"
    return "later" if row.from_day > day else "now"


@page("/shifts/templates", needs=Permission.MANAGE_SHIFTS)
def shift_templates(look: Look) -> Response:
    return _templates(look, None, 200)


def _templates(look: Look, problem: Wrong, status: int) -> Response:
    rows = listings.templates(look.session).items
    return show(
        "shift_templates.html", look, status=status, problem=problem, rows=newest(rows), chosen=_chosen(rows, "template"),
        versions=[row for row in rows if row.code == request.args.get("template")], kinds=KINDS, given=request.form,
        next_day=(company_day(look.now) + timedelta(days=1)).isoformat(), section=SECTION, windows_shown=windows_shown,
        core_shown=core_shown,
    )  # fmt: skip


def _chosen(rows: Sequence[Any], name: str) -> Any:
    """The version the form begins with: the one whose id is asked for (to go back to it), else the newest of the code."""
    like = next((row for row in rows if row.id == request.args.get("like")), None)
    return like or next((row for row in rows if row.code == request.args.get(name)), None)


@action("/shifts/templates", needs=Permission.MANAGE_SHIFTS)
def define_template(who: Actor) -> Response:
    given = request.form
    try:
        kind = given.get("kind", "fixed")
        values: dict[str, Any] = {
            **_named(given), "template_id": born_of_form("template"), "kind": kind,
            "windows": windows_typed(given.get("windows", "")), "breaks": breaks_typed(given),
            "grace_min": minutes_typed(given, "grace_min"),
        }  # fmt: skip
        if kind == "flexible":
            values["required_min"] = minutes_typed(given, "required_min")
            core = windows_typed(given.get("core", ""), "core") if given.get("core", "").strip() else []
            if core:
                values |= {"core_starts_min": core[0]["starts_min"], "core_ends_min": core[0]["ends_min"]}
        perform_form(who, wire.convert(values, DefineTemplate))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _templates(look, sentence_of(wrong), form_status(wrong))
    return done("console.shift_templates", "saved", template=values["code"])


def _named(given: Any) -> dict[str, str]:
    return {name: given.get(name, "").strip() for name in ("code", "name_zh", "name_en", "from_day")}


@page("/shifts/patterns", needs=Permission.MANAGE_SHIFTS)
def shift_patterns(look: Look) -> Response:
    return _patterns(look, None, 200)


def _patterns(look: Look, problem: Wrong, status: int) -> Response:
    rows, templates = listings.patterns(look.session).items, newest(listings.templates(look.session).items)
    chosen = _chosen(rows, "pattern")
    asked = request.args.get("days", "")
    length = min(84, max(1, int(asked))) if asked.isdigit() and len(asked) < 4 else len(chosen.cycle) if chosen else 7
    typed = request.form.getlist("cycle")
    return show(
        "shift_patterns.html", look, status=status, problem=problem, rows=newest(rows), chosen=chosen, given=request.form,
        versions=[row for row in rows if row.code == request.args.get("pattern")],
        cycle=typed or ((list(chosen.cycle) if chosen else []) + [""] * length)[:length],
        choices=[(row.code, _in_words(look, row)) for row in templates],
        called={row.code: _in_words(look, row) for row in templates},
        next_day=(company_day(look.now) + timedelta(days=1)).isoformat(), section=SECTION,
    )  # fmt: skip


@action("/shifts/patterns", needs=Permission.MANAGE_SHIFTS)
def define_pattern(who: Actor) -> Response:
    given = request.form
    try:
        values: dict[str, Any] = {
            **_named(given), "pattern_id": born_of_form("pattern"), "starts_on": given.get("starts_on", ""),
            "cycle": given.getlist("cycle"), "calendar": given.get("calendar", "company"),
        }  # fmt: skip
        perform_form(who, wire.convert(values, DefinePattern))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _patterns(look, sentence_of(wrong), form_status(wrong))
    return done("console.shift_patterns", "saved", pattern=values["code"])


@page("/shifts/assignments/<assignment_id>", needs=Permission.READ_SHIFTS)
def shift_assignment(look: Look, assignment_id: str) -> Response:
    """Who follows which pattern, since when, and what became of that record."""
    rows = everything(lambda cursor: listings.assignments(look.session, AssignmentsQuery(limit=500, cursor=cursor)))
    row = next((one for one in rows if one.id == assignment_id), None)
    if row is None:
        raise Problem("access.not_found", id=assignment_id)
    pattern = next((one for one in newest(listings.patterns(look.session).items) if one.code == row.pattern), None)
    return show(
        "shift_assignment.html", look, row=row, pattern=_in_words(look, pattern) if pattern is not None else "",
        state=_state(row, company_day(look.now)), section=SECTION,
        made_at=look.session.get_one(PatternAssignment, row.id).said_at,
    )  # fmt: skip


@page("/shifts/assign", needs=Permission.MANAGE_SHIFTS)
def shift_assign(look: Look) -> Response:
    return _assign(look, None, 200)


def _assign(look: Look, problem: Wrong, status: int) -> Response:
    patterns = newest(listings.patterns(look.session).items)
    return show(
        "shift_assign.html", look, status=status, problem=problem, given=request.form,
        patterns=[(row.code, _in_words(look, row)) for row in patterns], section=SECTION,
        next_day=(company_day(look.now) + timedelta(days=1)).isoformat(),
        person=request.form.get("person_id") or person_label(look, request.args.get("person", "")),
    )  # fmt: skip


@action("/shifts/assign", needs=Permission.MANAGE_SHIFTS)
def assign_pattern(who: Actor) -> Response:
    given = request.form
    try:
        with looking(who) as look:
            person = person_meant(look, given["person_id"]) if given.get("person_id", "").strip() else None
            unit = unit_meant(look, given["unit_id"]) if given.get("unit_id", "").strip() else None
        values = {
            "assignment_id": born_of_form("assignment"), "person_id": person, "unit_id": unit,
            "pattern": given.get("pattern") or None, "from_day": given.get("from_day", ""),
            "until": given.get("until") or None, "shifted_by": minutes_typed(given, "shifted_by") or 0,
        }  # fmt: skip
        perform_form(who, wire.convert(values, AssignPattern))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _assign(look, sentence_of(wrong), form_status(wrong))
    return done("console.shifts", "saved")


@page("/shifts/day", needs=Permission.PLAN_SHIFTS)
def shift_day(look: Look) -> Response:
    return _day(look, None, 200)


def _day(look: Look, problem: Wrong, status: int) -> Response:
    """The days of one person, from yesterday to two weeks ahead, and the form for one of them."""
    today = company_day(look.now)
    asked = request.form.get("person_id") or request.args.get("person", "")
    duties: list[Any] = []
    try:
        person_id = person_meant(look, asked) if asked.strip() else None
    except Problem as unknown:
        person_id, problem, status = None, problem or sentence_of(unknown), 422
    if person_id is not None:
        first, last = today - timedelta(days=1), today + AHEAD
        query = DutyQuery(person_id=person_id, from_day=first.isoformat(), to_day=last.isoformat())
        known = {duty.day: duty for duty in listings.duties_page(look.session, query).items}
        days = [(first + timedelta(days=n)).isoformat() for n in range((last - first).days + 1)]
        duties = [(day, known.get(day)) for day in days]
    templates: list[TemplateRow] = newest(listings.templates(look.session).items)
    return show(
        "shift_day.html", look, status=status, problem=problem, given=request.form, duties=duties, section=SECTION,
        person=person_label(look, person_id) if person_id is not None else asked, person_id=person_id,
        day_asked=request.form.get("day") or request.args.get("day") or (today + timedelta(days=1)).isoformat(),
        choices=[(row.code, _in_words(look, row)) for row in templates], planned_id=_planned_id(look, person_id),
    )  # fmt: skip


def _planned_id(look: Look, person_id: str | None) -> str | None:
    """The record of the day that is asked for, where somebody has planned it by itself."""
    asked = one_day(request.args.get("day"))
    if person_id is None or asked is None:
        return None
    return look.session.scalars(
        sa.select(PlannedDay.id).where(PlannedDay.person_id == person_id, PlannedDay.day == asked)
    ).one_or_none()


@action("/shifts/day", needs=Permission.PLAN_SHIFTS)
def plan_day(who: Actor) -> Response:
    given = request.form
    try:
        with looking(who) as look:
            person = person_meant(look, given.get("person_id", ""))
            store = store_meant(look, given["store_id"]) if given.get("store_id", "").strip() else None
        how = given.get("how", "shifts")
        shifts = []
        if how == "shifts":
            windows = windows_typed(given.get("windows", "")) if given.get("windows", "").strip() else []
            shifts.append({"template": given.get("template", ""), "store_id": store, "windows": windows})
            if given.get("second"):
                shifts.append({"template": given["second"]})
        values = {
            "person_id": person, "day": given.get("day", ""), "shifts": shifts, "by_pattern": how == "pattern",
            "note": given.get("note", "").strip() or None,
        }  # fmt: skip
        perform_form(who, wire.convert(values, PlanDay))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _day(look, sentence_of(wrong), form_status(wrong))
    return done("console.shift_day", "saved", person=person)
