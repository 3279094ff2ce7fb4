"""Rosters beside each other: stores and days as a heat map, a store's staffing curve, who carries how much."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from flask import Response, request

from contract.roster_views import AcrossQuery, CoverageQuery, FairnessLine, FairnessQuery, WeekendRestQuery
from server.archive.looks import note_look
from server.kernel.actors import Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.rosters.coverage import across, coverage
from server.rosters.fairness import fairness, weekend_rest, weekend_rest_around
from server.stores.model import Store
from server.web.roster_words import role_words
from server.web.rosters import SECTION, Span, day_asked
from server.web.shell import Look, page, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.units import asked_unit

MANY_HOURS = 8 * 60  # of missing heads on one day: where orange turns red


@page("/rosters", needs=Permission.READ_SHIFTS)
def rosters(look: Look) -> Response:
    """Every store of the reader and how its days are covered."""
    span = Span(look, request.args)
    last = min(span.last, span.first + timedelta(days=13))
    found = across(
        look.session,
        AcrossQuery(unit_id=asked_unit(), from_day=span.first.isoformat(), to_day=last.isoformat(), limit=500),
    )
    lines = [
        {"row": row, "lack": sum(day.lack_min for day in row.days), "surplus": sum(day.surplus_min for day in row.days),
         "open": sum(day.open_shifts for day in row.days), "drafts": sum(day.drafts for day in row.days)}
        for row in found.items
        if contains(request.args.get("q", ""), row.name, row.number)
    ]  # fmt: skip
    order = request.args.get("sort", "")
    if order in ("lack", "surplus", "open", "drafts"):
        lines.sort(key=lambda line: -line[order])
    week = span.first - timedelta(days=span.first.weekday())
    rest = weekend_rest_around(look.session, WeekendRestQuery(unit_id=asked_unit(), from_day=week.isoformat()))
    return show(
        "rosters.html", look, lines=lines, days=lines[0]["row"].days if lines else [], span=span, rest=rest, tone=tone,
        order=order, total={key: sum(line[key] for line in lines) for key in ("lack", "surplus", "open", "drafts")},
    )  # fmt: skip


def tone(day: Any) -> str:
    """The colour of a square of the heat map, which its figure says as well."""
    if day.lack_min:
        return "lack-2" if day.lack_min >= MANY_HOURS else "lack-1"
    if day.surplus_min:
        return "over"
    return "full" if day.needed_min else ""


@page("/rosters/<store_id>/coverage", needs=Permission.READ_SHIFTS)
def roster_coverage(look: Look, store_id: str) -> Response:
    """Heads needed against heads planned, through each day."""
    span = Span(look, request.args)
    on = day_asked(request.args.get("day", "")) or max(span.first, min(span.last, span.today))
    step = request.args.get("step", "30")
    published = request.args.get("plan") == "published"
    asked = CoverageQuery(
        store_id=store_id, from_day=on.isoformat(), to_day=on.isoformat(), step_min=int(step) if step in ("15", "60") else 30,
        published=published,
    )  # fmt: skip
    found = coverage(look.session, asked)
    return show(
        "roster_coverage.html", look, found=found, on=on, span=span, store_id=store_id, step=asked.step_min,
        published=published, section=SECTION, store_name=store_name(look, store_id), roles=role_words(look),
        days=[span.first + timedelta(days=n) for n in range((span.last - span.first).days + 1)],
    )  # fmt: skip


def store_name(look: Look, store_id: str) -> str:
    """What a store is called; refused where it is not the reader's to see."""
    store = look.session.get(Store, store_id)
    if store is None:
        raise Problem("access.not_found", id=store_id)
    return store.name


COUNTERS = {  # column -> field of a FairnessLine
    "work_min": "work_min", "weekends": "weekends", "nights": "nights", "early_starts": "early", "closings": "closings",
    "free_weekends": "free_weekends",
}  # fmt: skip
COLUMNS = (
    Column("person", lambda line: line.name, always=True),
    Column("store", lambda line: line.store_name),
    Column("work_min", lambda line: line.work_min, number=True),
    Column("weekends", lambda line: line.weekends, number=True),
    Column("nights", lambda line: line.nights, number=True),
    Column("early_starts", lambda line: line.early, number=True),
    Column("closings", lambda line: line.closings, number=True),
    Column("free_weekends", lambda line: line.free_weekends, number=True),
)


@page("/rosters/fairness", needs=Permission.READ_SHIFTS)
def roster_fairness(look: Look) -> Response:
    """Eight weeks of everybody: hours, weekends, nights, early starts, closings, and how far apart they are; and who had no
    weekend to rest in the last four of them."""
    to_day = day_asked(request.args.get("to", "")) or company_day(look.now)
    found = fairness(look.session, FairnessQuery(unit_id=asked_unit(), to_day=to_day.isoformat()))
    lines: list[FairnessLine] = [line for line in found.items if contains(request.args.get("q", ""), line.name, line.store_name)]
    rows = table("fairness", COLUMNS, lines, sort="person")
    if wants_csv():
        note_look(outpost(), look.actor, "export", [line.person_id for line in rows.rows])
        return csv_answer(look, rows)
    most = {name: max((getattr(line, name) for line in found.items), default=0) or 1 for name in COUNTERS.values()}
    since = to_day - timedelta(days=to_day.weekday(), weeks=3)
    rest = weekend_rest(look.session, WeekendRestQuery(unit_id=asked_unit(), from_day=since.isoformat()))
    return show(
        "roster_fairness.html", look, table=rows, found=found, most=most, to_day=to_day, counters=COUNTERS, section=SECTION,
        rest=rest,
    )  # fmt: skip
