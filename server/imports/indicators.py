"""Importing values of indicators: one operation for the whole file, or none where a row cannot be read.

People and stores are named by their numbers. The same file again changes nothing; another value for the same indicator, whom and
days replaces the one there was.
"""

from __future__ import annotations

import calendar
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

import sqlalchemy as sa

from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id
from contract.imports import MAX_ERRORS_SHOWN, ImportReport, ImportWarning, RowError, ValueImportTerms
from contract.messages import Language, say
from server.growth import indicators as growth
from server.growth.model import Indicator
from server.growth.model import IndicatorValue as Held
from server.imports.service import Server
from server.imports.sheets import SheetRow, read_sheet
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import perform, reading
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.org.rules import day_of
from server.people.model import Person
from server.stores import queries

COLUMNS: Mapping[str, tuple[str, ...]] = {
    "indicator": ("indicator", "指标", "指标代码"),
    "person": ("person", "person number", "employee", "number", "工号", "员工编号", "人员"),
    "store": ("store", "store number", "门店", "门店编号", "店号"),
    "from": ("from", "from day", "开始日期", "起始日期"),
    "to": ("to", "to day", "结束日期", "截止日期"),
    "day": ("day", "date", "日期"),
    "month": ("month", "月份", "月"),
    "value": ("value", "score", "数值", "得分", "值"),
    "n": ("n", "cases", "样本数", "样本量", "件数"),
}
MOST_ROWS = 5_000
_NUMBER = re.compile(r"-?[0-9]{1,9}(\.[0-9]{1,6})?", re.ASCII)
_MONTH = re.compile(r"([0-9]{4})-(0?[1-9]|1[0-2])", re.ASCII)


class Refused(Exception):
    """A row that cannot be read: a refusal code, our name of the column, facts."""

    def __init__(self, code: str, column: str, **facts: Any) -> None:
        super().__init__(code)
        self.code, self.column, self.facts = code, column, facts


@dataclass(frozen=True)
class _Known:
    """What a file may name: indicators by code, people and stores by number."""

    indicators: Mapping[str, str]
    people: Mapping[str, str]
    stores: Mapping[str, str]


def import_values(server: Server, raw: bytes, terms: ValueImportTerms, *, language: Language) -> ImportReport:
    """Take a file of values, or with `dry_run` only say what would become of it. Raises Problem when it is no list at all."""
    server.actor.must(Permission.MANAGE_TRAINING)
    sheet = read_sheet(raw, COLUMNS, ("value",), workbooks=True)
    if len(sheet.rows) > MOST_ROWS:
        raise Problem("imports.too_many_rows", field="file", limit=MOST_ROWS)
    if not {"person", "store"} & sheet.columns.keys():
        raise Problem("imports.columns_missing", field="file", columns="person, store")
    if "indicator" not in sheet.columns and not terms.indicator:
        raise Problem("imports.columns_missing", field="file", columns="indicator")
    if not ({"day", "month"} & sheet.columns.keys() or {"from", "to"} <= sheet.columns.keys()):
        raise Problem("imports.columns_missing", field="file", columns="from, to / day / month")
    errors: list[RowError] = []
    taken: dict[str, tuple[int, IndicatorValue]] = {}
    with reading(server.db, server.actor) as session:
        known = _known(session, sheet.rows)
        for row in sheet.rows:
            try:
                value = _value(row, terms, known)
                value_id = growth.value_id(value)
                if value_id in taken:
                    raise Refused("imports.value_twice", "value", first_row=taken[value_id][0])
                taken[value_id] = (row.number, value)
            except Refused as refused:
                said = sheet.columns.get(refused.column, refused.column)
                sentence = say(language, refused.code, **{**refused.facts, "field": said})
                errors.append(
                    RowError(row=row.number, column=said, code=refused.code, facts=refused.facts, message=sentence)
                )
        counted = _compared(session, taken)
    warnings: list[ImportWarning] = []
    if errors and not terms.dry_run:
        message = say(language, "imports.nothing_taken")
        warnings.append(ImportWarning(code="imports.nothing_taken", rows=len(sheet.rows), first_row=2, message=message))
    elif taken and not terms.dry_run:
        values = [value for _, value in taken.values()]
        op = RecordValues(batch_id=derived_id("import", server.run_id, "values"), values=values, source=terms.source)
        op_id = derived_id("import", server.run_id, "op")
        outcome = perform(server.db, server.actor, op, op_id=op_id, now=server.now, secret=server.secret)
        if outcome.status != "applied":
            raise Problem(outcome.code or "operation.failed_here", **outcome.facts)
        counted = {"new": outcome.answer["new"], "changed": outcome.answer["changed"]}
    return ImportReport(
        dry_run=terms.dry_run, encoding=sheet.encoding, rows=len(sheet.rows), new=counted["new"], changed=counted["changed"],
        same=len(taken) - counted["new"] - counted["changed"], bad=len(errors), errors=errors[:MAX_ERRORS_SHOWN],
        warnings=warnings,
    )  # fmt: skip


def _known(session: ScopedSession, rows: list[SheetRow]) -> _Known:
    numbers = sorted({row.values["person"] for row in rows if row.values.get("person")})
    people: dict[str, str] = {}
    for start in range(0, len(numbers), 500):
        asked = sa.select(Person.number, Person.id).where(Person.number.in_(numbers[start : start + 500]))
        people.update({row.number: row.id for row in session.execute(asked)})
    shops = queries.stores_by_number(session, sorted({row.values["store"] for row in rows if row.values.get("store")}))
    codes = {row.code: row.id for row in session.execute(sa.select(Indicator.code, Indicator.id))}
    return _Known(codes, people, {number: store.id for number, store in shops.items()})


def _value(row: SheetRow, terms: ValueImportTerms, known: _Known) -> IndicatorValue:
    """What a row says. Raises Refused with the column that is wrong."""
    if row.too_long:
        raise Refused("imports.too_many_columns", "")
    given = {name: row.values.get(name, "") for name in COLUMNS}
    code = given["indicator"] or terms.indicator
    if code not in known.indicators:
        raise Refused("growth.indicator_unknown", "indicator", indicator=code[:40])
    person = store = None
    if given["person"]:
        person = known.people.get(given["person"])
        if person is None:
            raise Refused("imports.person_unknown", "person", number=given["person"][:40])
    if given["store"]:
        store = known.stores.get(given["store"])
        if store is None:
            raise Refused("imports.store_unknown", "store", number=given["store"][:40])
    if person is None and store is None:
        raise Refused("growth.value_of_nobody", "person")
    first, last = _days(given)
    if not _NUMBER.fullmatch(given["value"]):
        raise Refused("imports.not_a_number", "value", said=given["value"][:40])
    cases = given["n"]
    if cases and not (cases.isascii() and cases.isdigit() and len(cases) <= 7):
        raise Refused("imports.not_a_number", "n", said=cases[:40])
    return IndicatorValue(
        indicator=code, person_id=person, store_id=store, from_day=first.isoformat(), to_day=last.isoformat(),
        value=given["value"], n=int(cases) if cases else None,
    )  # fmt: skip


def _days(given: Mapping[str, str]) -> tuple[date, date]:
    """From and to; or one day; or a month as 2026-03."""
    if given["from"] or given["to"]:
        first, last = _day(given["from"], "from"), _day(given["to"], "to")
        if last < first:
            raise Refused("growth.value_ends_before", "to")
        return first, last
    if given["month"]:
        read = _MONTH.fullmatch(given["month"].replace("/", "-")[:7])
        day = day_of(f"{read[1]}-{int(read[2]):02}-01") if read is not None else None
        if day is None:
            raise Refused("imports.not_a_month", "month", said=given["month"][:20])
        return day, day.replace(day=calendar.monthrange(day.year, day.month)[1])
    day = _day(given["day"], "day")
    return day, day


def _day(text: str, column: str) -> date:
    found = day_of(text.replace("/", "-"))
    if found is None:
        raise Refused("shifts.no_such_day", column, day=text[:20])
    return found


def _compared(session: ScopedSession, taken: Mapping[str, tuple[int, IndicatorValue]]) -> dict[str, int]:
    """How many of these are new, and how many are there with another value or count."""
    held: dict[str, tuple[str, int | None]] = {}
    asked = sa.select(Held.id, Held.value, Held.n).where(within(Held.id, sorted(taken)))
    for value_id, value, n in session.execute(asked):
        held[str(value_id)] = (value, n)
    changed = sum(
        held[value_id] != (growth.plain(value.value), value.n) for value_id, (_, value) in taken.items() if value_id in held
    )
    return {"new": len(taken) - len(held), "changed": changed}
