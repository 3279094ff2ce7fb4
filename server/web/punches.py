"""The list of punches: by day, person, store, verdict and state, and the same as CSV."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from flask import Response, request

from contract.ids import is_id
from server.attendance.review_queries import punches_matching
from server.kernel.actors import Permission
from server.web.shell import Look, page, show
from server.web.tables import Column, csv_answer, table, wants_csv
from server.web.units import asked_unit
from server.web.words import full, metres, reason_sentence

MOST = 5_000
STATES = ("counted", "accepted", "corrected", "rejected")
VERDICTS = ("green", "ask", "review")


def _words(look: Look, key: str) -> Any:
    return lambda line: look.t(f"console.{key}.{getattr(line[0], key)}")


def columns(look: Look) -> tuple[Column, ...]:
    """What a line can tell. Times are exported with their zone, so that a spreadsheet elsewhere reads them right."""
    return (
        Column("person", lambda line: line[1], always=True),
        Column("person_number", lambda line: line[2], hidden=True),
        Column("store", lambda line: line[3]),
        Column("business_date", lambda line: line[0].business_date.isoformat(), hidden=True),
        Column("kind", lambda line: look.t("console.kind." + (line[0].decided_kind or line[0].kind))),
        Column("taken", lambda line: full(line[0].decided_taken_at or line[0].taken_at, line[4])),
        Column("made_at", lambda line: full(line[0].taken_at, line[4]), hidden=True),
        Column("grade", _words(look, "grade"), hidden=True),
        Column("received", lambda line: full(line[0].received_at, line[4]), hidden=True),
        Column("place", _words(look, "place")),
        Column("distance", lambda line: line[0].distance_m, number=True, hidden=True),
        Column("verdict", _words(look, "verdict")),
        Column("score", lambda line: line[0].score_db, number=True, hidden=True),
        Column("state", _words(look, "state")),
        Column("main_reason", lambda line: reason_sentence(line[0].reasons[0]) if line[0].reasons else "", hidden=True),
        Column("decision_reason", lambda line: line[0].decision_reason, hidden=True),
    )


@page("/punches", needs=Permission.READ_PUNCHES)
def punches(look: Look) -> Response:
    """The last week unless asked otherwise."""
    asked = request.args
    day_from = one_day(asked.get("from")) or (look.now - timedelta(days=7)).date()
    day_to = one_day(asked.get("to")) or (look.now + timedelta(days=1)).date()
    found = punches_matching(
        look.session, day_from=day_from, day_to=day_to, search=asked.get("q", "")[:120],
        store_id=_id(asked.get("store")), person_id=_id(asked.get("person")),
        verdict=asked.get("verdict") if asked.get("verdict") in VERDICTS else None,
        state=asked.get("state") if asked.get("state") in STATES else None, limit=MOST,
        unit_id=asked_unit(),
    )  # fmt: skip
    rows = table("punches", columns(look), found, sort="-taken")
    if wants_csv():
        return csv_answer(look, rows, about=lambda line: str(line[0].person_id))
    return show(
        "punches.html", look, table=rows, states=STATES, verdicts=VERDICTS, day_from=day_from, day_to=day_to,
        capped=len(found) >= MOST, most=MOST, metres=metres,
    )  # fmt: skip


def one_day(text: str | None) -> date | None:
    """The day of an address or a form; None where it is none."""
    try:
        return date.fromisoformat(text) if text else None
    except ValueError:
        return None


def _id(text: str | None) -> str | None:
    return text if text and is_id(text) else None
