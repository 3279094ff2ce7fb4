"""Punches over HTTP: lists, detail, decisions, corrections, appeals. Punches themselves are made by devices, through sync."""

from __future__ import annotations

from datetime import date
from typing import Annotated, Literal

from flask_smorest import Blueprint
from msgspec import Meta
from sqlalchemy.orm import Session

from contract.attendance import PunchLine, PunchPage, ReviewPunch
from contract.corrections import (
    AnswerAppeal,
    Appeal,
    AppealsPage,
    AppealsQuery,
    CorrectionsPage,
    CorrectionsQuery,
    PunchFile,
    ReviewPunches,
    Vouch,
    WithdrawCorrection,
)
from contract.limits import Day, Id
from contract.wire import Wire
from server.archive.looks import note_look
from server.attendance import appeals, corrections, corrections_queries, decisions, queries, service, suspicions
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads, writes
from server.kernel.problems import Problem

blueprint = Blueprint("attendance", __name__, url_prefix="/api/v1", description="Punches and decisions on them")
assert appeals and corrections and decisions and service and suspicions  # importing them registers the handlers


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


@reads(blueprint, "/punches/<punch_id>", needs=Permission.READ_PUNCHES, answers=PunchFile)
def one_punch(session: ScopedSession, punch_id: str) -> PunchFile:
    """One punch with every decision on it, the corrections that replace it, and the appeals."""
    found = corrections_queries.punch_file(session, punch_id)
    if found is None:
        raise Problem("attendance.punch_unknown", id=punch_id)
    if found.punch.distance_m is not None:
        note_look(outpost(), session.info["actor"], "position", [found.punch.person_id], about_id=punch_id)
    return found


@reads(blueprint, "/corrections", needs=Permission.READ_SELF, answers=CorrectionsPage, asks=CorrectionsQuery)
def list_corrections(session: ScopedSession, asked: CorrectionsQuery) -> CorrectionsPage:
    """Corrections within reach, the latest first, withdrawn ones too: one's own, and those of the stores one looks after."""
    return corrections_queries.corrections_page(session, asked)


@reads(blueprint, "/appeals", needs=Permission.READ_SELF, answers=AppealsPage, asks=AppealsQuery)
def list_appeals(session: ScopedSession, asked: AppealsQuery) -> AppealsPage:
    """Appeals within reach, the open ones first: one's own, and those of the stores one decides for."""
    return corrections_queries.appeals_page(session, asked)


writes(
    blueprint,
    {
        "/punches/reviews": (ReviewPunch, Permission.REVIEW_PUNCHES),
        "/punches/reviews/bulk": (ReviewPunches, Permission.REVIEW_PUNCHES),
        "/corrections/vouched": (Vouch, Permission.VOUCH),
        "/corrections/withdrawn": (WithdrawCorrection, Permission.VOUCH),
        "/appeals": (Appeal, Permission.APPEAL),
        "/appeals/answers": (AnswerAppeal, Permission.REVIEW_PUNCHES),
    },
)
