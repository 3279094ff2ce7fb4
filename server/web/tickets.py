"""Tickets in the console: the queues of desks with views, filters and keys; a ticket filed at a desk; the breach board."""

from __future__ import annotations

from typing import Any, get_args

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.feedback import FileTicket, Priority, TicketPage, TicketQuery, TicketRow, TicketState
from contract.ids import is_id
from contract.limits import MAX_BLOB_BYTES
from contract.moments import to_ms
from server.feedback import desks_queries
from server.feedback import queries as tickets_of
from server.feedback.desks_model import Desk
from server.feedback.on_duty import desks_of
from server.feedback.photos import take_in
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.sync.blobs import name_of
from server.web.find import store_meant
from server.web.request_new import answers, fields_of, photos_chosen
from server.web.requests import either, said
from server.web.shell import Look, action, done, form_status, looking, op_id_of_form, page, perform_form, sentence_of, show
from server.web.stores import everything
from server.web.tables import Column, csv_answer, table, wants_csv
from server.web.units import asked_unit

VIEWS = ("to_answer", "mine", "unassigned", "late", "waiting", "unrated", "all")
SORTS = ("due", "moved", "filed")
PAGE = 50
MOST_OUT = 10_000  # rows of an export
MOST_PHOTOS = 5
OPEN_STATES = ("open", "waiting")
_COUNTED = (
    Column("n_open", lambda line: line.open, number=True),
    Column("n_late", lambda line: line.late, number=True),
    Column("n_soon", lambda line: line.due_soon, number=True),
    Column("n_unassigned", lambda line: line.unassigned, number=True),
    Column("first_reply_min", lambda line: line.first_reply_median, number=True),
)
BREACHES = (Column("ticket_desk", lambda line: line.name_en, always=True), *_COUNTED)
BREACHES_ZH = (Column("ticket_desk", lambda line: line.name_zh, always=True), *_COUNTED)
COLUMNS = (
    Column("ticket_number", lambda row: row.number, always=True),
    Column("ticket_category", lambda row: row.category_zh),
    Column("ticket_store", lambda row: row.store_name),
    Column("ticket_priority", lambda row: row.priority),
    Column("ticket_state", lambda row: row.state),
    Column("ticket_desk", lambda row: row.desk_zh),
    Column("ticket_holder", lambda row: row.holder_name),
    Column("ticket_author", lambda row: row.author_name),
    Column("ticket_filed", lambda row: row.filed_ms),
    Column("ticket_first_min", lambda row: row.first_reply_min, number=True),
    Column("ticket_late", lambda row: row.late or row.first_late),
    Column("ticket_rating", lambda row: row.rating, number=True),
    Column("ticket_text", lambda row: row.text),
)


def asked_query(look: Look, **more: Any) -> TicketQuery:
    """What the address asks for; what it cannot mean is left out."""
    given = request.args
    view = given.get("view", "")
    values: dict[str, Any] = {
        "view": view if view in VIEWS else first_view(look), "words": given.get("q", "").replace("\x00", "")[:120],
        "sort": given.get("sort") if given.get("sort") in SORTS else "due",
    }  # fmt: skip
    if given.get("state") == "open_ones":
        values["open"] = True
    for name, known in (("state", get_args(TicketState)), ("priority", get_args(Priority))):
        if given.get(name) in known:
            values[name] = given[name]
    if given.get("category"):
        values["category"] = given["category"][:40]
    for name in ("desk", "store", "holder"):
        if is_id(given.get(name, "")):
            values[f"{name}_id"] = given[name]
    values["unit_id"] = asked_unit()
    try:
        return wire.convert({**values, **more}, TicketQuery)
    except wire.Malformed:
        return wire.convert({"view": values["view"], **more}, TicketQuery)


def first_view(look: Look) -> str:
    """Where one begins: what one is to answer; what one filed where one answers nothing."""
    person = look.actor.person_id
    is_at_desk = person is not None and bool(desks_of(look.session, person))
    return "to_answer" if is_at_desk or look.may(Permission.ANSWER_TICKETS) else "mine"


def is_late_now(row: TicketRow, now_ms: int) -> bool:
    """Whether a target of an open ticket is missed."""
    return row.state in OPEN_STATES and (
        (row.first_late and row.first_reply_ms is None) or row.late or _due(row, now_ms) == "over"
    )


def _due(row: TicketRow, now_ms: int) -> str:
    moments = [one for one in (row.first_due_ms, row.resolve_due_ms) if one is not None]
    return "" if not moments else "over" if min(moments) <= now_ms else "runs"


def due_of(row: TicketRow) -> int | None:
    """The moment of the next target."""
    return min((one for one in (row.first_due_ms, row.resolve_due_ms) if one is not None), default=None)


def desks_to_choose(look: Look) -> list[tuple[str, str]]:
    """The desks that answer, in the reader's language."""
    asked = sa.select(Desk.id, Desk.name_zh, Desk.name_en).where(Desk.retired_at.is_(None)).order_by(Desk.code)
    return [(row.id, either(look, row.name_zh, row.name_en)) for row in look.session.execute(asked)]


@page("/tickets", needs=Permission.FILE_TICKET)
def tickets(look: Look) -> Response:
    """The queue as the address asks for it."""
    query = asked_query(look, limit=PAGE, cursor=request.args.get("cursor") or None)
    if request.args.get("format") == "csv":
        return _csv(look)
    try:
        found = tickets_of.tickets_page(look.session, query)
    except Problem:  # a cursor of another list
        found = tickets_of.tickets_page(look.session, asked_query(look, limit=PAGE))
    rows = table("tickets", COLUMNS, found.items, sort="ticket_number")
    return show(
        "tickets.html", look, found=found, view=query.view, sort=query.sort, views=VIEWS, sorts=SORTS, table=rows,
        counted_to=tickets_of.COUNTED,
        categories=[(one.code, either(look, one.name_zh, one.name_en)) for one in tickets_of.categories(look.session)],
        desks=desks_to_choose(look), states=get_args(TicketState),
        priorities=get_args(Priority), now_ms=to_ms(look.now), late=is_late_now, due=due_of, **said(look),
    )  # fmt: skip


@page("/tickets/counts", needs=Permission.FILE_TICKET)
def ticket_counts(look: Look) -> Response:
    """How many each view holds: asked for once the list is there, so that nobody waits for numbers."""
    counts = {one: _count(look, one) for one in VIEWS}
    shown = request.args.get("view", "")
    return show("tickets_counts.html", look, views=VIEWS, counts=counts, view=shown, counted_to=tickets_of.COUNTED)


def _count(look: Look, view: str) -> int:
    return tickets_of.tickets_page(look.session, wire.convert({"view": view, "limit": 1}, TicketQuery)).count


def _csv(look: Look) -> Response:
    left = MOST_OUT

    def some(cursor: str | None) -> TicketPage:
        nonlocal left
        found = tickets_of.tickets_page(look.session, asked_query(look, limit=200, cursor=cursor))
        left -= len(found.items)
        return found if left > 0 else wire.convert({"items": [], "count": found.count}, TicketPage)

    rows = table("tickets", COLUMNS, everything(some), sort="ticket_number")
    return csv_answer(look, rows, about=lambda row: row.author_id)


# -- one more ticket -----------------------------------------------------------------------------------------------------------


@page("/tickets/new", needs=Permission.FILE_TICKET)
def ticket_new(look: Look) -> Response:
    """The kinds, or the form of one."""
    return _new(look, request.args.get("category", ""), None)


def _new(look: Look, code: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    kinds = tickets_of.categories(look.session)
    chosen = next((one for one in kinds if one.code == code), None)
    return show(
        "ticket_new.html", look, status=status, kinds=kinds, chosen=chosen, problem=problem, given=request.form or request.args,
        fields=fields_of(look, chosen) if chosen is not None else [], priorities=get_args(Priority),
        section="console.tickets", **said(look),
    )  # fmt: skip


@action("/tickets/new", needs=Permission.FILE_TICKET)
def ticket_file(who: Actor) -> Response:
    """File it. The form's own id makes it once, also when it is sent twice."""
    given = request.form
    code, ticket_id = given.get("category", "")[:40], op_id_of_form()
    try:
        with looking(who) as look:
            chosen = next((one for one in tickets_of.categories(look.session) if one.code == code), None)
            if chosen is None:
                raise Problem("feedback.category_unknown", field="category", id=code)
            store = given.get("store_id", "").strip()
            photos = photos_sent()
            values = {
                "ticket_id": ticket_id, "photos": list(photos), "category": code, "text": given.get("text", "").strip(),
                "form": answers(look.session, chosen), "spot": given.get("spot", "").strip(),
                "priority": given.get("priority") or None, "store_id": store_meant(look, store) if store else None,
            }  # fmt: skip
            of_form = [photo for one in chosen.fields if one.kind == "photo" for photo in photos_chosen(one)]
        perform_form(who, wire.convert(values, FileTicket))
        keep_photos({**photos, **{name_of(content): content for content in of_form}})
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _new(look, code, sentence_of(wrong), form_status(wrong))
    return done("console.ticket", "ticket_filed", ticket_id=ticket_id)


def photos_sent() -> dict[str, bytes]:
    """The pictures that were chosen with a form, by the hash that names them. Raises Problem where one is too large."""
    files = [file.read(MAX_BLOB_BYTES + 1) for file in request.files.getlist("photos")[:MOST_PHOTOS] if file]
    if any(len(content) > MAX_BLOB_BYTES for content in files):
        raise Problem("blob.too_large", field="photos", limit=MAX_BLOB_BYTES)
    return {name_of(content): content for content in files if content}


def keep_photos(photos: dict[str, bytes]) -> None:
    """Judge and keep them as if a device had sent them; a ticket says which is none."""
    for name, content in photos.items():
        take_in(outpost(), name, content)


@page("/tickets/breaches", needs=Permission.READ_TICKETS)
def ticket_breaches(look: Look) -> Response:
    """By desk: open, late, due within four hours, and how soon people are answered."""
    found = desks_queries.breaches(look.session, look.now).items
    listed = table("ticket-breaches", BREACHES_ZH if look.language == "zh" else BREACHES, found, sort="-n_late")
    if wants_csv():
        return csv_answer(look, listed)
    late = tickets_of.tickets_page(look.session, wire.convert({"view": "late", "sort": "due", "limit": 20}, TicketQuery))
    return show(
        "ticket_breaches.html", look, lines=found, late_ones=late, now_ms=to_ms(look.now), late=is_late_now, due=due_of,
        section="console.tickets", table=listed, **said(look),
    )  # fmt: skip
