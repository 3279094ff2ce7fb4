"""The today board over HTTP."""

from __future__ import annotations

from typing import Annotated, Literal

from flask_smorest import Blueprint
from msgspec import Meta

from contract.boards import StoreBoard, TodayBoard
from contract.limits import Id, Short
from contract.wire import Wire
from server.boards import queries
from server.boards.floors import Wanted
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads
from server.kernel.problems import Problem

blueprint = Blueprint("boards", __name__, url_prefix="/api/v1", description="Today across stores")


class BoardQuery(Wire, frozen=True, kw_only=True):
    """Filters and order of the board."""

    search: Short = ""
    city: Short = ""
    partner: Short = ""
    unit_id: Id | None = None
    state: Literal[
        "", "present", "late", "early", "left", "not_due", "not_in_yet", "absent", "on_leave", "off", "unknown", "visitors",
        "to_review",
    ] = ""
    sort: Literal[
        "name", "number", "city", "partner", "posted", "present", "late", "early", "left", "not_due", "not_in_yet", "absent",
        "on_leave", "off", "unknown", "to_review", "last_sync_ms",
    ] = "name"
    descending: bool = False
    after: Annotated[int, Meta(ge=0, le=1_000_000)] = 0
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


@reads(blueprint, "/boards/today", needs=Permission.READ_BOARD, answers=TodayBoard, asks=BoardQuery)
def today(session: ScopedSession, asked: BoardQuery) -> TodayBoard:
    """Today across the stores within reach; the totals are over all that match."""
    wanted = Wanted(
        search=asked.search, city=asked.city, partner=asked.partner, state=asked.state, sort=asked.sort,
        descending=asked.descending, after=asked.after, limit=asked.limit,
    )  # fmt: skip
    return queries.today_board(session, outpost().clock(), wanted, unit_id=asked.unit_id)


@reads(blueprint, "/boards/today/<store_id>", needs=Permission.READ_BOARD, answers=StoreBoard)
def today_at(session: ScopedSession, store_id: str) -> StoreBoard:
    """One store today, with names."""
    found = queries.store_board(session, store_id, outpost().clock())
    if found is None:
        raise Problem("stores.unknown", id=store_id)
    return found
