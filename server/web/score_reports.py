"""Month reports: the list, one with its working, its revisions and trend; and where a month's figures come from."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

from flask import Response, request

from contract.ids import is_id
from contract.score_reports import ScoreReportLine, ScoreReportPage, ScoreReportQuery
from server.archive.looks import note_look
from server.growth.queries import indicators
from server.kernel.actors import Permission
from server.kernel.http import outpost
from server.kernel.spreadsheet import Sheet, xlsx_bytes
from server.scoring import report_queries
from server.scoring.automatic import AUTOMATIC
from server.scoring.report_queries import Listed
from server.scoring.reports_api import paper_answer
from server.web.shell import Look, address_with, page, show
from server.web.tables import Column, Table, csv_answer, table, table_asked, wants_csv

SECTION = "console.score_reports"
OWN, READ = Permission.OWN_SCORES, Permission.READ_SCORES
STATES = ("without", "revised", "appealed")
COLUMNS = (
    Column("score_person", lambda row: row.name, always=True),
    Column("score_number", lambda row: row.number, hidden=True),
    Column("score_store", lambda row: row.store),
    Column("score_scheme", lambda row: row.scheme_zh),
    Column("score_composite", lambda row: None if row.composite is None else Decimal(row.composite), always=True, number=True),
    Column("score_known", lambda row: f"{row.known}/{row.measured}"),
    Column("score_revision", lambda row: row.revision, number=True),
    Column("score_appeals", lambda row: row.open_appeals),
)
RUNS = (
    Column("score_month", lambda row: row.month, always=True),
    Column("score_kind", lambda row: row.kind, always=True),
    Column("score_at", lambda row: row.at_ms),
    Column("score_new", lambda row: row.new, number=True),
    Column("score_changed", lambda row: row.changed, number=True),
    Column("score_same", lambda row: row.same, number=True),
)


@page("/scores/reports", needs=OWN, endpoint="score_reports")
def score_reports(look: Look) -> Response:
    months = report_queries.months_made(look.session)
    month = request.args.get("month", "")
    month = month if month in months else (months[0] if months else "")
    store, state = request.args.get("store", ""), request.args.get("state", "")
    asked = Listed(month, store if is_id(store) else None, request.args.get("q", ""), state if state in STATES else "")
    total, known, mean = report_queries.summed(look.session, asked)

    def rows(key: str, descending: bool, offset: int, limit: int | None) -> tuple[list[ScoreReportLine], int]:
        return report_queries.listed(look.session, asked, key, descending, offset, limit), total

    found = table_asked("reports", COLUMNS, rows, sort="score_person")
    if wants_csv():
        return csv_answer(look, found, about=lambda row: row.person_id)
    if request.args.get("format") == "xlsx":
        return _workbook(look, found, asked)
    return show(
        "score_reports.html", look, table=found, months=months, month=month, section=SECTION, n=known, mean=mean, total=total,
        stores=report_queries.stores_of(look.session, month), states=STATES, workbook=address_with(format="xlsx", page=None),
    )  # fmt: skip


def _workbook(look: Look, found: Table, asked: Listed) -> Response:
    """The visible columns of all rows as a workbook; that this reader took them along is written down first."""
    look.actor.must(Permission.EXPORT)
    lines = report_queries.listed(look.session, asked, found.sort, found.descending, 0, None)
    note_look(outpost(), look.actor, "export", [row.person_id for row in lines])
    heads = [look.t(found.label(column)) for column in found.visible]
    cells = [[str(column.value(row) if column.value(row) is not None else "") for column in found.visible] for row in lines]
    response = Response(
        xlsx_bytes([Sheet(look.t("console.score_reports.reports"), heads, cells)]),
        mimetype="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    )
    response.headers["Content-Disposition"] = f'attachment; filename="outpost-reports-{asked.month}.xlsx"'
    return response


@page("/scores/reports/<report_id>", needs=OWN)
def score_report(look: Look, report_id: str) -> Response:
    number = request.args.get("revision", 0, type=int)
    asked = ScoreReportQuery(report_id=report_id, revision=number if 0 < number <= 10_000 else None)
    found = report_queries.report(look.session, asked)
    return show("score_report.html", look, found=found, row=found.row, bars=_bars(found), trend=_trend(found), section=SECTION)


@page("/scores/reports/<report_id>/paper", needs=OWN)
def score_report_paper(look: Look, report_id: str) -> Response:
    return paper_answer(look.actor, report_id)


def _bars(found: ScoreReportPage) -> list[dict[str, Any]]:
    """Each line's counted weight and what it added of it, as thousandths of the composite's 100."""
    bars, at = [], Decimal(0)
    for line in found.row.lines:
        weight = Decimal(line.counted_weight)
        bars.append({"line": line, "at": int(at * 10), "wide": int(weight * 10), "full": int(Decimal(line.adds) * 10)})
        at += weight
    return bars


def _trend(found: ScoreReportPage) -> list[tuple[str, int, int, str]]:
    """(month, x, y, composite) of the months with one, on a field of 1000 by 100."""
    known = [(line.month, line.composite) for line in found.trend if line.composite is not None]
    step = 1000 // max(1, len(known))
    return [
        (month, step // 2 + number * step, 100 - int(Decimal(value)), value) for number, (month, value) in enumerate(known)
    ]


@page("/scores/data", needs=READ, endpoint="score_data")
def score_data(look: Look) -> Response:
    """Where figures come from: files of HQ, what the product knows itself, and when it last looked."""
    found = report_queries.runs(look.session).items
    newest: dict[str, Any] = {}
    for run in found:
        newest.setdefault(run.kind, run)
    values = {row.code: row for row in indicators(look.session).items}
    rows = table("runs", RUNS, found, sort="-score_at")
    if wants_csv():
        return csv_answer(look, rows)
    return show(
        "score_data.html", look, table=rows, newest=newest, automatic=AUTOMATIC, values=values, section="console.score_data",
        imported=[row for row in values.values() if row.code not in {one.code for one in AUTOMATIC}],
    )  # fmt: skip
