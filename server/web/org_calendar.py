"""The company calendar: a year of public holidays and make-up working days, and what the company says over them."""

from __future__ import annotations

from calendar import Calendar
from dataclasses import dataclass
from datetime import date
from typing import Any

from flask import Response, request

from contract import wire
from contract.org import CalendarDayRow, SetCalendarDay
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org import listings, queries
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show

KINDS = ("holiday", "working", "weekend")


@dataclass(frozen=True)
class Cell:
    """A day in a month's grid; `day` is None where the week belongs to another month."""

    day: date | None
    kind: str = ""
    special: CalendarDayRow | None = None
    is_today: bool = False


@page("/calendar", needs=Permission.READ_ORG, endpoint="calendar")
def calendar(look: Look) -> Response:
    return _calendar(look, None)


def _calendar(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    today = queries.company_day(look.now)
    typed = request.args.get("year", "") or request.form.get("day", "")[:4]
    year = int(typed) if typed.isdecimal() and 2000 <= int(typed) <= 2100 else today.year
    found = listings.calendar_year(look.session, year)
    special = {row.day: row for row in found.items}
    months = [
        [[_cell(day, month, special, today) for day in week] for week in Calendar().monthdatescalendar(year, month)]
        for month in range(1, 13)
    ]
    return show(
        "calendar.html", look, status=status, problem=problem, given=request.form, year=found, months=months, today=today,
        kinds=KINDS, may_change=look.actor.has_everywhere(Permission.MANAGE_ORG), chosen=_chosen(special),
    )  # fmt: skip


def _cell(day: date, month: int, special: dict[str, CalendarDayRow], today: date) -> Cell:
    if day.month != month:
        return Cell(None)
    row = special.get(day.isoformat())
    usual = "weekend" if day.weekday() >= 5 else "working"
    return Cell(day, row.kind if row is not None else usual, row, day == today)


def _chosen(special: dict[str, CalendarDayRow]) -> dict[str, Any]:
    """The day the form is about, as the address names it, with what is said of it already."""
    day = request.args.get("day", "")
    row = special.get(day)
    return {"day": day, "row": row, "by_company": row is not None and row.by_company}


@action("/calendar", needs=Permission.MANAGE_ORG)
def set_calendar_day(who: Actor) -> Response:
    given = request.form
    values = {"day": given.get("day", ""), "kind": given.get("kind") or None, "name": given.get("name", "").strip() or "-"}
    try:
        perform_form(who, wire.convert(values, SetCalendarDay))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _calendar(look, sentence_of(wrong), form_status(wrong))
    return done("console.calendar", "day_set" if values["kind"] else "day_taken_back", year=values["day"][:4])
