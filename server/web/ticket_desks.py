"""Desks in the console: their people, duty turns and working hours, in the words in which they hang on a door."""

from __future__ import annotations

import re
from typing import Any

from flask import Response, request

from contract import wire
from contract.desks import RetireDesk, SetDesk
from contract.worktime import SetWorkHours, WorkWindow
from server.feedback import desks_queries
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.web.find import person_label, person_meant
from server.web.requests import said
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show

READ, MANAGE = Permission.READ_TICKETS, Permission.MANAGE_FEEDBACK
SPARE_TURNS = 2
MOST_TURNS = 60
_DAY_MIN = 1_440
_SPAN = re.compile(r"^(\d{1,2}):(\d{2})\s*[-–~至]\s*(\d{1,2}):(\d{2})$")
_CLOSED = ("", "-", "–", "closed", "休息", "休")


@page("/tickets/desks", needs=READ)
def ticket_desks(look: Look) -> Response:
    """Every desk; one of them, or working hours, in the form beside."""
    return _desks(look, None)


def _desks(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    found = desks_queries.desks(look.session, look.now)
    chosen = next((one for one in found.items if one.id == request.args.get("desk")), None)
    hours = next((one for one in found.hours if one.id == request.args.get("hours")), None)
    leader = person_label(look, chosen.leader_id) if chosen is not None and chosen.leader_id is not None else ""
    turns = [*(chosen.turns if chosen is not None else []), *([None] * SPARE_TURNS)]
    return show(
        "ticket_desks.html", look, status=status, problem=problem, desks=found.items, hours=found.hours, chosen=chosen,
        shown_hours=hours, turns=turns, leader=leader, given=request.form, today=company_day(look.now).isoformat(),
        form="hours" if request.args.get("form") == "hours" or hours is not None else "desk",
        week=[spans_text(day) for day in hours.hours.week] if hours is not None else ["09:00-18:00"] * 5 + ["", ""],
        specials="\n".join(f"{day}: {spans_text(spans) or '-'}" for day, spans in sorted(hours.hours.special.items()))
        if hours is not None else "",
        spans=spans_text, section="console.tickets", **said(look),
    )  # fmt: skip


def spans_text(spans: list[WorkWindow]) -> str:
    """09:00-12:00, 13:00-18:00; what ends on the next day simply ends earlier than it begins."""
    return ", ".join(f"{_clock(one.from_min)}-{_clock(one.until_min)}" for one in spans)


def _clock(minute: int) -> str:
    shown = minute if minute <= _DAY_MIN else minute - _DAY_MIN
    return f"{shown // 60:02d}:{shown % 60:02d}"


def spans_of(text: str, field: str) -> list[dict[str, int]]:
    """The windows somebody typed. Raises Problem where a part of it is no time."""
    if text.strip().lower() in _CLOSED:
        return []
    found = []
    for part in re.split(r"[,;，；、]", text):
        match = _SPAN.match(part.strip())
        if match is None:
            raise Problem("feedback.hours_unreadable", field=field, said=part.strip()[:40])
        h1, m1, h2, m2 = (int(one) for one in match.groups())
        since, until = h1 * 60 + m1, h2 * 60 + m2
        if h1 > 23 or m1 > 59 or until > _DAY_MIN or m2 > 59:
            raise Problem("feedback.hours_unreadable", field=field, said=part.strip()[:40])
        found.append({"from_min": since, "until_min": until if until > since else until + _DAY_MIN})
    return found


def _specials(text: str) -> dict[str, list[dict[str, int]]]:
    found = {}
    for line in text.splitlines():
        if line.strip():
            day, _, spans = line.partition(":")
            found[day.strip()] = spans_of(spans.strip(), "special")
    return found


@action("/tickets/hours", needs=MANAGE)
def ticket_set_hours(who: Actor) -> Response:
    """Working hours by name."""
    given = request.form
    hours_id = given.get("hours_id") or born_of_form("desk_hours")
    try:
        values = {
            "hours_id": hours_id, "name": given.get("name", "").strip(),
            "hours": {
                "zone": given.get("zone", "").strip(), "follows_calendar": "follows_calendar" in given,
                "make_up_as": int(given["make_up_as"]) if given.get("make_up_as", "").isdigit() else 0,
                "week": [spans_of(given.get(f"day{n}", ""), f"day{n}") for n in range(7)],
                "special": _specials(given.get("special", "")),
            },
        }  # fmt: skip
        perform_form(who, wire.convert(values, SetWorkHours))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _desks(look, sentence_of(wrong), form_status(wrong))
    return done("console.ticket_desks", "hours_set", hours=hours_id)


@action("/tickets/desks", needs=MANAGE)
def ticket_set_desk(who: Actor) -> Response:
    """A desk with its people and turns as the form says them."""
    given = request.form
    desk_id = given.get("desk_id") or born_of_form("desk")
    try:
        with looking(who) as look:
            people = list(given.getlist("person"))
            if new := given.get("new_person", "").strip():
                people.append(person_meant(look, new))
            leader = given.get("leader", "").strip()
            values = {
                "desk_id": desk_id, "code": given.get("code", "").strip(), "name_zh": given.get("name_zh", "").strip(),
                "name_en": given.get("name_en", "").strip(), "people": people, "turns": _turns(people),
                "hours_id": given.get("hours_id", ""), "leader_id": person_meant(look, leader) if leader else None,
            }  # fmt: skip
        perform_form(who, wire.convert(values, SetDesk))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _desks(look, sentence_of(wrong), form_status(wrong))
    return done("console.ticket_desks", "desk_set", desk=desk_id)


def _turns(people: list[str]) -> list[dict[str, Any]]:
    """The lines of the roster that name somebody who is still at the desk."""
    given = request.form
    found = []
    for n in range(MOST_TURNS):
        person = given.get(f"turn{n}.person", "")
        if person in people:
            days = [int(one) for one in given.getlist(f"turn{n}.weekday") if one.isdigit()]
            found.append({
                "person_id": person, "from_day": given.get(f"turn{n}.from", ""), "to_day": given.get(f"turn{n}.to", ""),
                "weekdays": days if len(days) < 7 else [],
            })  # fmt: skip
    return found


@action("/tickets/desks/<desk_id>/retire", needs=MANAGE)
def ticket_retire_desk(who: Actor, desk_id: str) -> Response:
    """It answers no more; what it has goes to another."""
    given = request.form
    values = {"desk_id": desk_id, "to_desk_id": given.get("to_desk_id", ""), "reason": given.get("reason", "").strip()}
    try:
        perform_form(who, wire.convert(values, RetireDesk))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _desks(look, sentence_of(wrong), form_status(wrong))
    return done("console.ticket_desks", "desk_retired")
