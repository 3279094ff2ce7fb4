"""Importing sales or visitors: every store and day becomes one operation, its demand follows by the rules.

The same file again changes nothing; other figures for the same hours replace them. A row that cannot be read is left out and
named; the others of its day still count.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal, InvalidOperation
from itertools import islice
from typing import Any

from contract.ids import derived_id
from contract.imports import MAX_ERRORS_SHOWN, ImportReport, RowError
from contract.messages import Language, say
from contract.roster_demand import Figure, FigureImportTerms, Measure, NoteFigures
from contract.wire import plain
from server.imports.service import AT_ONCE, Server
from server.imports.sheets import SheetRow, read_sheet
from server.kernel.actors import Permission
from server.kernel.perform import perform_many, reading
from server.kernel.problems import Problem
from server.org.rules import day_of
from server.rosters.demand_model import DemandFigures
from server.stores import queries

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "store": ("store", "store number", "门店", "门店编号", "店号"),
    "date": ("date", "day", "日期"),
    "time": ("time", "hour", "from", "时间", "时段"),
    "sales": ("sales", "revenue", "销售额", "营业额"),
    "footfall": ("footfall", "visitors", "客流", "客流量"),
}
MEASURES: tuple[Measure, ...] = ("sales", "footfall")
_TIME = re.compile(r"^(\d{1,2}):(\d{2})(?:\s*[-–~至]\s*(\d{1,2}):(\d{2}))?$")
_MOST = 10**12


@dataclass
class Day:
    """What a file says of a store on a day: rows by the minute they begin at."""

    store_id: str
    day: date
    measure: Measure
    figures: dict[int, tuple[int, Figure]] = field(default_factory=dict)  # from_min -> (row, figure)
    kind: str = "new"

    def operation(self) -> NoteFigures:
        ordered = [figure for _, (_, figure) in sorted(self.figures.items())]
        return NoteFigures(store_id=self.store_id, day=self.day.isoformat(), measure=self.measure, figures=ordered)


class Refused(Exception):
    """A row that cannot be read: a refusal code, our name of the column, facts."""

    def __init__(self, code: str, column: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.column, self.facts = code, column, facts


def import_figures(server: Server, raw: bytes, terms: FigureImportTerms, *, language: Language) -> ImportReport:
    """Take a file of figures, or with `dry_run` only say what would become of it. Raises Problem when it is no list at all."""
    server.actor.must(Permission.PLAN_SHIFTS)
    sheet = read_sheet(raw, COLUMNS, ("store", "date", "time"))
    if not {"sales", "footfall"} & sheet.columns.keys():
        raise Problem("imports.columns_missing", field="file", columns="sales, footfall")
    days: dict[tuple[str, date, Measure], Day] = {}
    errors: list[RowError] = []
    bad: set[int] = set()

    def refuse(row: int, column: str, code: str, facts: dict[str, Any]) -> None:
        bad.add(row)
        said = sheet.columns.get(column, column)
        sentence = say(language, code, **{**facts, "field": said})
        errors.append(RowError(row=row, column=said, code=code, facts=facts, message=sentence))

    with reading(server.db, server.actor) as session:
        numbers = sorted({row.values["store"] for row in sheet.rows})
        stores = {number: store.id for number, store in queries.stores_by_number(session, numbers).items()}
        for row in sheet.rows:
            try:
                _take(row, terms, stores, days)
            except Refused as refused:
                refuse(row.number, refused.column, refused.code, refused.facts)
        for day in days.values():
            row_id = derived_id("demand_figures", day.store_id, day.day.isoformat(), day.measure)
            there = session.get(DemandFigures, row_id)
            if there is not None:
                day.kind = "same" if there.figures == plain(day.operation().figures) else "changed"
    for day, code, facts in _performed(server, [day for day in days.values() if day.kind != "same"], dry_run=terms.dry_run):
        for number, _ in day.figures.values():
            refuse(number, "store", code, facts)
    kinds = Counter({number: day.kind for day in days.values() for number, _ in day.figures.values()}.items())
    counted = Counter(kind for number, kind in kinds if number not in bad)
    errors.sort(key=lambda error: error.row)
    return ImportReport(
        dry_run=terms.dry_run, encoding=sheet.encoding, rows=len(sheet.rows), new=counted["new"], changed=counted["changed"],
        same=len(sheet.rows) - len(bad) - counted["new"] - counted["changed"], bad=len(bad), errors=errors[:MAX_ERRORS_SHOWN],
        warnings=[],
    )  # fmt: skip


def _take(
    row: SheetRow, terms: FigureImportTerms, stores: Mapping[str, str], days: dict[tuple[str, date, Measure], Day]
) -> None:
    """Enter a row. Raises Refused."""
    if row.too_long:
        raise Refused("imports.too_many_columns", "")
    store_id = stores.get(row.values["store"])
    if store_id is None:
        raise Refused("stores.unknown", "store", id=row.values["store"][:60])
    day = day_of(row.values["date"].replace("/", "-"))
    if day is None:
        raise Refused("shifts.no_such_day", "date", day=row.values["date"][:20])
    from_min, to_min = _times(row.values["time"], terms.step_min)
    given = [(measure, row.values.get(measure, "")) for measure in MEASURES]
    amounts = [(measure, _amount(text, measure)) for measure, text in given if text]
    if not amounts:
        raise Refused("wire.missing", "sales")
    for measure, _ in amounts:
        known = days.get((store_id, day, measure))
        for _, (other, figure) in known.figures.items() if known is not None else ():
            if figure.from_min < to_min and from_min < figure.to_min:
                raise Refused("rosters.figure_twice", "time", other=other)
    for measure, amount in amounts:
        found = days.setdefault((store_id, day, measure), Day(store_id, day, measure))
        found.figures[from_min] = (row.number, Figure(from_min=from_min, to_min=to_min, amount=amount))


def _times(text: str, step_min: int) -> tuple[int, int]:
    read = _TIME.match(text)
    if read is None:
        raise Refused("rosters.no_such_time", "time", time=text[:20])
    hours, minutes, until_hours, until_minutes = (int(part) if part is not None else None for part in read.groups())
    from_min = (hours or 0) * 60 + (minutes or 0)
    to_min = from_min + step_min if until_hours is None else until_hours * 60 + (until_minutes or 0)
    if (minutes or 0) > 59 or (until_minutes or 0) > 59 or from_min >= 2_880 or not from_min < to_min <= 2_880:
        raise Refused("rosters.no_such_time", "time", time=text[:20])
    return from_min, to_min


def _amount(text: str, measure: Measure) -> int:
    """Visitors as they are, sales in minor units of money; thousands may have commas."""
    try:
        value = Decimal(text.replace(",", "").replace("¥", "").strip())
    except InvalidOperation:
        raise Refused("imports.not_a_number", measure, got=text[:40]) from None
    scaled = value * 100 if measure == "sales" else value
    if not scaled.is_finite() or scaled != scaled.to_integral_value() or not 0 <= scaled <= _MOST:
        raise Refused("imports.not_a_number", measure, got=text[:40])
    return int(scaled)


def _performed(server: Server, days: list[Day], *, dry_run: bool) -> Iterator[tuple[Day, str, dict[str, Any]]]:
    """The days that were refused, or (dry run) would be for want of the right, with the code."""
    plans = Permission.PLAN_SHIFTS
    may = server.actor.stores_for(plans)
    everywhere = server.actor.has_everywhere(plans)
    busy = []
    for day in days:
        if everywhere or day.store_id in may:
            busy.append(day)
        else:
            yield day, "access.out_of_scope", {"kind": "demand_figures"}
    waiting = iter([] if dry_run else busy)
    while some := list(islice(waiting, AT_ONCE)):
        asked: list[tuple[str, Any]] = [
            (derived_id("import", server.run_id, day.store_id, day.day.isoformat(), day.measure), day.operation())
            for day in some
        ]
        outcomes = perform_many(server.db, server.actor, asked, now=server.now, secret=server.secret)
        for day, outcome in zip(some, outcomes, strict=True):
            if outcome.status != "applied":
                yield day, outcome.code or "operation.failed_here", outcome.facts
