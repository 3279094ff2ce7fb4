"""Today across stores, and one store today with names. The counts always sum; what is not known says so."""

from __future__ import annotations

from datetime import date

from flask import Response, request
from msgspec.structs import asdict

from contract.boards import StoreToday
from server.attendance import queries as attendance
from server.boards.queries import store_board, today_board
from server.devices import queries as devices
from server.kernel.actors import Permission
from server.kernel.problems import Problem
from server.stores.model import Store
from server.web.maps import map_facts
from server.web.shell import Look, page, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.units import asked_unit
from server.web.words import full

COUNTS = ("posted", "present", "left", "not_in_yet", "on_leave", "unknown", "visitors", "to_review")
STATES = ("staffed", "present", "left", "not_in_yet", "on_leave", "unknown", "visitors", "to_review", "all")

COLUMNS = (
    Column("store", lambda row: row.name, always=True),
    Column("number", lambda row: row.number, hidden=True),
    Column("city", lambda row: row.city),
    Column("partner", lambda row: row.partner, hidden=True),
    Column("posted", lambda row: row.posted, number=True),
    Column("present", lambda row: row.present, number=True),
    Column("left", lambda row: row.left, number=True),
    Column("not_in_yet", lambda row: row.not_in_yet, number=True),
    Column("on_leave", lambda row: row.on_leave, number=True),
    Column("unknown", lambda row: row.unknown, number=True),
    Column("visitors", lambda row: row.visitors, number=True, hidden=True),
    Column("to_review", lambda row: row.to_review, number=True),
    Column("last_sync", lambda row: full(row.last_sync_ms, row.zone)),
)


@page("/today", needs=Permission.READ_BOARD)
def today(look: Look) -> Response:
    """All stores within reach: totals over what the filters leave, and the table."""
    board = today_board(look.session, look.now, unit_id=asked_unit(), limit=1_000_000)
    found = [row for row in board.stores if _asked_for(row)]
    rows = table("today", COLUMNS, found, sort="store")
    if wants_csv():
        return csv_answer(look, rows)
    totals = {name: sum(getattr(row, name) for row in found) for name in COUNTS}
    return show(
        "today.html", look, table=rows, totals=totals, states=STATES, stores=len(found), any_store=bool(board.stores),
        silent=sum(row.silent_since_ms is not None for row in found),
        cities=sorted({row.city for row in board.stores if row.city}),
        partners=sorted({row.partner for row in board.stores}),
    )  # fmt: skip


def _asked_for(row: StoreToday) -> bool:
    asked = request.args
    state = asked.get("state") or "staffed"
    if state == "staffed" and not (row.posted or row.visitors or row.to_review or row.has_kiosk):
        return False
    if state in COUNTS and not getattr(row, state):
        return False
    if asked.get("city") and row.city != asked["city"]:
        return False
    if asked.get("partner") and row.partner != asked["partner"]:
        return False
    return contains(asked.get("q", ""), row.name, row.number, row.city, row.partner)


@page("/today/<store_id>", needs=Permission.READ_BOARD)
def store_today(look: Look, store_id: str) -> Response:
    """One store: who is there, what was punched today, its devices, its fence with the punches."""
    board = store_board(look.session, store_id, look.now)
    store = look.session.get(Store, store_id)
    if board is None or store is None:
        raise Problem("stores.unknown", id=store_id)
    day = date.fromisoformat(board.store.business_date)
    punches = attendance.punches(look.session, store_id=store_id, day_from=day, day_to=day, limit=500)
    people = [asdict(person) for person in board.people]
    return show(
        "store_today.html", look, section="console.today", board=board, store=store, people=people,
        punches=[{"row": attendance.row_of(punch), "person": person, "punch": punch} for punch, person, _ in punches],
        devices=devices.devices(look.session, store_id=store_id, revoked=False),
        map=map_facts(look, [store], [(punch, person) for punch, person, _ in punches], store.zone),
    )  # fmt: skip
