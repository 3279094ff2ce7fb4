"""Today across stores, and one store today with names. The counts always sum; what is not known says so."""

from __future__ import annotations

from datetime import date

from flask import Response, request
from msgspec.structs import asdict

from contract.boards import STATES, StoreToday, TodayBoard
from server.attendance import queries as attendance
from server.boards.floors import Wanted
from server.boards.queries import places, store_board, today_board
from server.devices import queries as devices
from server.kernel.actors import Permission
from server.kernel.problems import Problem
from server.stores.model import Store
from server.web.maps import map_facts
from server.web.shell import Look, page, show
from server.web.tables import Column, csv_answer, table_asked, wants_csv
from server.web.units import asked_unit
from server.web.words import full

SHOWN = ("staffed", *STATES, "visitors", "to_review", "all")

COLUMNS = (
    Column("store", lambda row: row.name, always=True),
    Column("number", lambda row: row.number, hidden=True),
    Column("city", lambda row: row.city),
    Column("partner", lambda row: row.partner, hidden=True),
    Column("posted", lambda row: row.posted, number=True),
    Column("present", lambda row: row.present, number=True),
    Column("late", lambda row: row.late, number=True),
    Column("early", lambda row: row.early, number=True, hidden=True),
    Column("left", lambda row: row.left, number=True),
    Column("not_due", lambda row: row.not_due, number=True, hidden=True),
    Column("not_in_yet", lambda row: row.not_in_yet, number=True),
    Column("absent", lambda row: row.absent, number=True),
    Column("off", lambda row: row.off, number=True, hidden=True),
    Column("on_leave", lambda row: row.on_leave, number=True),
    Column("unknown", lambda row: row.unknown, number=True),
    Column("visitors", lambda row: row.visitors, number=True, hidden=True),
    Column("to_review", lambda row: row.to_review, number=True),
    Column("last_sync", lambda row: full(row.last_sync_ms, row.zone)),
)

_FIELDS = {"store": "name", "last_sync": "last_sync_ms"}


@page("/today", needs=Permission.READ_BOARD)
def today(look: Look) -> Response:
    """All stores within reach: totals over what the filters leave, and the table."""
    asked = request.args
    state = asked.get("state") or "staffed"
    boards: list[TodayBoard] = []

    def rows(key: str, descending: bool, offset: int, limit: int | None) -> tuple[list[StoreToday], int]:
        wanted = Wanted(
            search=asked.get("q", ""), city=asked.get("city", ""), partner=asked.get("partner", ""),
            state="" if state == "all" else state if state in SHOWN else "staffed", sort=_FIELDS.get(key, key),
            descending=descending, after=offset, limit=limit or 1_000_000,
        )  # fmt: skip
        boards.append(today_board(look.session, look.now, wanted, unit_id=asked_unit()))
        return boards[-1].stores, boards[-1].totals.stores

    found = table_asked("today", COLUMNS, rows, sort="store")
    if wants_csv():
        return csv_answer(look, found)
    cities, partners = places(look.session)
    return show(
        "today.html", look, table=found, totals=boards[-1].totals, states=SHOWN, stores=found.total, any_store=bool(partners),
        cities=cities, partners=partners,
    )  # fmt: skip


@page("/today/<store_id>", needs=Permission.READ_BOARD)
def store_today(look: Look, store_id: str) -> Response:
    """One store: who is there, what was punched today, its devices, its fence with the punches."""
    board = store_board(look.session, store_id, look.now)
    store = look.session.get(Store, store_id)
    if board is None or store is None:
        raise Problem("stores.unknown", id=store_id)
    day = date.fromisoformat(board.store.business_date)
    punches = attendance.punches(look.session, store_id=store_id, day_from=day, day_to=day, limit=500)
    wanted = request.args.get("state", "")
    people = [asdict(person) for person in board.people if wanted not in STATES or person.state == wanted]
    return show(
        "store_today.html", look, section="console.today", board=board, store=store, people=people,
        punches=[{"row": attendance.row_of(punch), "person": person, "punch": punch} for punch, person, _ in punches],
        devices=devices.devices(look.session, store_id=store_id, revoked=False),
        map=map_facts(look, [store], [(punch, person) for punch, person, _ in punches], store.zone),
    )  # fmt: skip
