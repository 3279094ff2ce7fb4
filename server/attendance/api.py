"""Punches over HTTP: lists, detail, decisions. Punches themselves are made by devices, through sync."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from flask_smorest import Blueprint
from msgspec import Meta
from sqlalchemy.orm import Session

from contract.attendance import PunchDetail, PunchLine, PunchPage, ReviewPunch
from contract.limits import Day, Id
from contract.wire import Wire
from server.archive.looks import note_look
from server.attendance import queries, service
from server.kernel.actors import Permission
from server.kernel.http import outpost, reads, writes
from server.kernel.problems import Problem

blueprint = Blueprint("attendance", __name__, url_prefix="/api/v1", description="Punches and decisions on them")
HANDLERS = service


class PunchQuery(Wire, frozen=True, kw_only=True):
    """Filters of the punch list."""

    store_id: Id | None = None
    person_id: Id | None = None
    unit_id: Id | None = None
    day_from: Day | None = None
    day_to: Day | None = None
    verdict: Literal["green", "ask", "review"] | None = None
    state: Literal["counted", "accepted", "corrected", "rejected"] | None = None
    open_only: bool = False
    after: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100


@reads(blueprint, "/punches", needs=Permission.READ_PUNCHES, answers=PunchPage, asks=PunchQuery)
def list_punches(session: Session, asked: PunchQuery) -> PunchPage:
    """Punches within reach, newest first."""
    found = queries.punches(
        session, store_id=asked.store_id, person_id=asked.person_id, day_from=_day(asked.day_from, "day_from"),
        day_to=_day(asked.day_to, "day_to"), verdict=asked.verdict, state=asked.state, open_only=asked.open_only,
        unit_id=asked.unit_id, after=asked.after, limit=asked.limit,
    )  # fmt: skip
    lines = [PunchLine(punch=queries.row_of(p), person_name=person, store_name=store) for p, person, store in found]
    return PunchPage(punches=lines, next_after=lines[-1].punch.id if len(lines) == asked.limit else None)


def _day(text: str | None, field: str) -> date | None:
    try:
        return date.fromisoformat(text) if text is not None else None
    except ValueError:
        raise Problem("wire.out_of_range", field=field, want="a day of the calendar") from None


@reads(blueprint, "/punches/<punch_id>", needs=Permission.READ_PUNCHES, answers=PunchDetail)
def one_punch(session: Session, punch_id: str) -> PunchDetail:
    """One punch with every decision on it."""
    found = queries.punch_detail(session, punch_id)
    if found is None:
        raise Problem("attendance.punch_unknown", id=punch_id)
    if found.punch.distance_m is not None:
        note_look(outpost(), session.info["actor"], "position", [found.punch.person_id], about_id=punch_id)
    return found


writes(blueprint, {"/punches/reviews": (ReviewPunch, Permission.REVIEW_PUNCHES)})
