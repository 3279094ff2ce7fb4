"""People: the list, one person with where they work and what they punched, hiring, posting, leaving."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from contract import wire
from contract.people import ClearPin, Hire, LetGo, PeopleQuery
from contract.postings import CancelPosting, EndPosting, PostEmployee, PostingsQuery
from server.attendance import queries as attendance
from server.devices import queries as devices
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.people import queries
from server.people.model import Person
from server.postings import queries as postings
from server.postings.people_lines import people_lines
from server.web.find import store_meant
from server.web.score_cards import cards_of
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tables import Column, csv_answer, table_asked, wants_csv
from server.web.units import asked_unit

PEOPLE_COLUMNS = (
    Column("person", lambda row: row["card"].name, always=True),
    Column("person_number", lambda row: row["card"].number),
    Column("home_org", lambda row: row["card"].home_org),
    Column("posted_to", lambda row: row["store"]),
    Column("until", lambda row: row["until"]),
    Column("pin", lambda row: "1" if row["card"].has_pin else ""),
    Column("mobile", lambda row: row["card"].mobile, hidden=True),
    Column("hired", lambda row: row["hired"], hidden=True),
    Column("active", lambda row: "1" if row["card"].active else ""),
)


@page("/people", needs=Permission.READ_PEOPLE)
def people(look: Look) -> Response:
    rows = table_asked("people", PEOPLE_COLUMNS, lambda *order: _lines(look, *order), sort="person")
    if wants_csv():
        return csv_answer(look, rows, about=lambda row: str(row["card"].id))
    return show("people.html", look, table=rows, problem=None, given={})


def _lines(look: Look, key: str, descending: bool, offset: int, limit: int | None) -> tuple[list[dict[str, Any]], int]:
    """A page of people in the order that is asked for, each with the store they are posted to now."""
    asked = request.args
    active = {"left": False, "all": None}.get(asked.get("show", ""), True)
    found, total = people_lines(
        look.session,
        PeopleQuery(q=asked.get("q", "")[:120].replace("\x00", ""), active=active, unit_id=asked_unit()),
        now=look.now, postings=look.may(Permission.READ_POSTINGS), nowhere=asked.get("where") == "nowhere",
        key=key, descending=descending, offset=offset, limit=limit,
    )  # fmt: skip
    lines = [
        {
            "card": line.card,
            "store": line.store,
            "store_id": line.store_id,
            "until": line.until,
            "hired": wire_day(line.card.hired_ms) if line.card.hired_ms is not None else "",
        }
        for line in found
    ]
    return lines, total


def wire_day(ms: int) -> str:
    """The day of a moment in UTC, for sorting and export."""
    from contract.moments import instant

    return instant(ms).date().isoformat()


@page("/people/<person_id>", needs=Permission.READ_PEOPLE)
def person(look: Look, person_id: str) -> Response:
    return _person(look, person_id, None)


def _person(look: Look, person_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    found = look.session.get(Person, person_id)
    if found is None:
        raise Problem("people.unknown", id=person_id)
    asked = PostingsQuery(person_id=person_id, limit=100)
    cards = postings.postings_page(look.session, asked).items if look.may(Permission.READ_POSTINGS) else []
    recent = attendance.punches(look.session, person_id=person_id, limit=30) if look.may(Permission.READ_PUNCHES) else []
    now_ms = int(look.now.timestamp() * 1000)
    return show(
        "person.html", look, status=status, card=queries.person_card(look.session, found), problem=problem,
        section="console.people", postings=cards, punches=recent, today=look.now.date(), now_ms=now_ms, given=request.form,
        devices=devices.devices(look.session, person_id=person_id) if look.may(Permission.READ_DEVICES) else [],
        scores=cards_of(look, person_id),
    )  # fmt: skip


@page("/people/new", needs=Permission.MANAGE_PEOPLE)
def new_person(look: Look) -> Response:
    return _new_person(look, None)


def _new_person(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    known = queries.people_page(look.session, PeopleQuery(limit=200)).items
    orgs = sorted({card.home_org for card in known if card.home_org is not None})
    return show(
        "person_new.html", look, status=status, problem=problem, given=request.form, orgs=orgs, section="console.people"
    )


@action("/people/new", needs=Permission.MANAGE_PEOPLE)
def hire(who: Actor) -> Response:
    given, person_id = request.form, born_of_form("person")
    try:
        values = {
            "person_id": person_id, "number": given.get("number", "").strip(), "name": given.get("name", "").strip(),
            "home_org": given.get("home_org", "").strip(), "mobile": given.get("mobile", "").strip() or None,
        }  # fmt: skip
        perform_form(who, wire.convert(values, Hire))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _new_person(look, sentence_of(wrong), 422)
    return done("console.person", "hired", person_id=person_id)


def _act(who: Actor, person_id: str, shape: type[wire.Wire], values: dict[str, Any], what: str) -> Response:
    """Perform one operation about a person, and show their page again with what came of it."""
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _person(look, person_id, sentence_of(wrong), form_status(wrong))
    return done("console.person", what, person_id=person_id)


@action("/people/<person_id>/postings", needs=Permission.MANAGE_POSTINGS)
def post_employee(who: Actor, person_id: str) -> Response:
    given = request.form
    try:
        with looking(who) as look:
            store_id = store_meant(look, given.get("store_id", ""))
    except Problem as unknown:
        with looking(who) as look:
            return _person(look, person_id, sentence_of(unknown), 422)
    values = {
        "posting_id": born_of_form("posting"), "person_id": person_id, "store_id": store_id,
        "starts_on": given.get("starts_on", ""), "ends_on": given.get("ends_on") or None,
    }  # fmt: skip
    return _act(who, person_id, PostEmployee, values, "posted")


@action("/people/<person_id>/postings/<posting_id>/end", needs=Permission.MANAGE_POSTINGS)
def end_posting(who: Actor, person_id: str, posting_id: str) -> Response:
    given = request.form
    reason = given.get("reason", "").strip()
    if given.get("what") == "cancel":
        return _act(who, person_id, CancelPosting, {"posting_id": posting_id, "reason": reason}, "posting_cancelled")
    values = {"posting_id": posting_id, "ends_on": given.get("ends_on", ""), "reason": reason}
    return _act(who, person_id, EndPosting, values, "posting_ended")


@action("/people/<person_id>/leave", needs=Permission.MANAGE_PEOPLE)
def let_go(who: Actor, person_id: str) -> Response:
    values = {"person_id": person_id, "reason": request.form.get("reason", "").strip()}
    return _act(who, person_id, LetGo, values, "let_go")


@action("/people/<person_id>/pin", needs=Permission.MANAGE_PEOPLE)
def clear_pin(who: Actor, person_id: str) -> Response:
    values = {"person_id": person_id, "reason": request.form.get("reason", "").strip()}
    return _act(who, person_id, ClearPin, values, "pin_cleared")
