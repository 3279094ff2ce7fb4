"""Hours as files: for pay and day by day. Sums are those the API gives. What partners are billed is made of signed statements."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import date
from typing import Any, NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contract.hours import DayRow, DaysQuery, ExportQuery, PeriodSum
from contract.messages import Language, say
from contract.moments import instant
from contract.shifts import AllowanceKind
from server.kernel.db import ScopedSession, table_of
from server.kernel.problems import Problem
from server.kernel.spreadsheet import Cell, Duration, Money, Sheet, csv_text, xlsx_bytes
from server.people.model import Person
from server.stores.model import Store
from server.timesheets.queries import asked_days, day_row, days_seen, matching
from server.timesheets.sums import sums_of

_person = table_of(Person).c  # whoever may read a day may read the name on it
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


class Line(NamedTuple):
    """What a line of a file is about."""

    total: PeriodSum | None = None
    counts: Mapping[str, int] = {}
    day: DayRow | None = None
    number: str = ""
    name: str = ""
    store: str = ""
    zone: str = "UTC"


class Column(NamedTuple):
    """One column: its key, its value, and whether it is text or summed: minutes, a count, or money in minor units of its
    currency (a file has one such column for each currency that there is)."""

    key: str
    of: Callable[[Line, Language], Any]
    kind: str = "text"
    usual: bool = True
    currency: str = ""


def _summed(key: str, kind: str = "minutes", usual: bool = True) -> Column:
    return Column(key, lambda line, language: getattr(line.total, key), kind, usual)


def _counted(key: str) -> Column:
    return Column(key, lambda line, language: line.counts.get(key, 0), "count")


def _of_day(key: str, usual: bool = True) -> Column:
    return Column(key, lambda line, language: getattr(line.day, key), "minutes", usual)


def _extras(kind: AllowanceKind, usual: bool = True) -> tuple[Column, Column]:
    """How often an allowance counts, and what it comes to."""

    def times(line: Line, language: Language) -> int:
        return sum(one.count for one in line.total.allowances if one.kind == kind) if line.total else 0

    def nothing(line: Line, language: Language) -> None:
        """Until a currency is known (`_by_currency`)."""

    return Column(f"allowance_{kind}", times, "count", usual), Column(f"allowance_{kind}_amount", nothing, "money", usual)


def _in_currency(column: Column, currency: str) -> Column:
    kind = column.key.removeprefix("allowance_").removesuffix("_amount")

    def amount(line: Line, language: Language) -> Money:
        found = line.total.allowances if line.total else ()
        of_it = sum(one.amount or 0 for one in found if one.kind == kind and one.currency == currency)
        return Money(of_it, currency)

    return column._replace(of=amount, currency=currency)


PAY = (
    Column("number", lambda line, language: line.total.number if line.total else ""),
    Column("name", lambda line, language: line.total.name if line.total else ""),
    _summed("days_due", "count"), _summed("days_worked", "count"), _summed("days_absent", "count"),
    _summed("times_late", "count"), _summed("times_early", "count", usual=False),
    _summed("due_min"), _summed("worked_min"), _summed("regular_min"),
    _summed("overtime_normal_min"), _summed("overtime_weekend_min"), _summed("overtime_holiday_min"),
    _summed("overtime_period_min"), _summed("in_lieu_min", usual=False), _summed("leave_min"), _summed("missing_min"),
    _summed("night_min"), _summed("on_call_min", usual=False), _counted("night_days"), _counted("on_call_days"),
    *_extras("night_shift"), *_extras("meal"), *_extras("travel", usual=False), *_extras("on_call", usual=False),
    _summed("not_granted_min", usual=False),
    Column("flags", lambda line, language: _flags(line.total.flags if line.total else (), language), usual=False),
)  # fmt: skip
DAYS = (
    Column("number", lambda line, language: line.number),
    Column("name", lambda line, language: line.name),
    Column("day", lambda line, language: line.day.day if line.day else ""),
    Column("state", lambda line, language: say(language, f"hours.state.{line.day.state}") if line.day else ""),
    Column("store", lambda line, language: line.store),
    Column("first_in", lambda line, language: _clock(line.day.first_in_ms if line.day else None, line.zone)),
    Column("last_out", lambda line, language: _clock(line.day.last_out_ms if line.day else None, line.zone)),
    _of_day("due_min"), _of_day("worked_min"), _of_day("regular_min"), _of_day("overtime_normal_min"),
    _of_day("overtime_weekend_min"), _of_day("overtime_holiday_min"), _of_day("late_min"), _of_day("early_min"),
    _of_day("leave_min"), _of_day("missing_min"), _of_day("break_min", usual=False), _of_day("night_min"),
    _of_day("on_call_min", usual=False), _of_day("not_counted_min", usual=False),
    _of_day("granted_min", usual=False), _of_day("not_granted_min", usual=False), _of_day("in_lieu_min", usual=False),
    Column("flags", lambda line, language: _flags(line.day.flags if line.day else (), language)),
    Column("rules", lambda line, language: line.day.rules if line.day else "", usual=False),
)  # fmt: skip
COLUMNS: Mapping[str, tuple[Column, ...]] = {"pay": PAY, "days": DAYS}


class Export(NamedTuple):
    """A file, and whom it tells of."""

    body: bytes
    media: str
    name: str
    person_ids: list[str]


def chosen(asked: ExportQuery) -> list[Column]:
    """The columns in the order that was asked for. Raises Problem for one that there is not."""
    known = {column.key: column for column in COLUMNS[asked.kind]}
    keys = [key.strip() for key in asked.columns.split(",") if key.strip()]
    for key in keys:
        if key not in known:
            raise Problem("wire.invalid", field="columns")
    return [known[key] for key in dict.fromkeys(keys)] or [column for column in known.values() if column.usual]


def export(session: ScopedSession, asked: ExportQuery) -> Export:
    """The file that was asked for, of what the reader may read. Raises Problem for more days than the API gives at once."""
    query = DaysQuery(from_day=asked.from_day, to_day=asked.to_day, store_id=asked.store_id, unit_id=asked.unit_id)
    from_day, to_day = asked_days(query)
    here = matching(session, query)
    if asked.kind == "pay":
        sheets, people = _pay(session, asked, from_day, to_day, here)
    else:
        sheets, people = _days(session, asked, from_day, to_day, here)
    name = f"outpost-{asked.kind}-{asked.from_day}-{asked.to_day}.{asked.format}"
    if asked.format == "csv":
        return Export(csv_text(sheets[0]).encode(), "text/csv; charset=utf-8", name, people)
    return Export(xlsx_bytes(sheets), XLSX, name, people)


def _pay(
    session: ScopedSession, asked: ExportQuery, from_day: date, to_day: date, here: Sequence[Any]
) -> tuple[list[Sheet], list[str]]:
    sums = sums_of(session, None, from_day, to_day, *here)
    counts: dict[str, dict[str, int]] = {}
    seen = days_seen(session)
    found = sa.select(
        seen.person_id,
        sa.func.count(sa.distinct(sa.case((seen.night_min > 0, seen.day)))).label("night_days"),
        sa.func.count(sa.distinct(sa.case((seen.on_call_min > 0, seen.day)))).label("on_call_days"),
    ).where(seen.day >= from_day, seen.day <= to_day, *here)
    for row in session.execute(found.group_by(seen.person_id)):
        counts[row.person_id] = {"night_days": int(row.night_days), "on_call_days": int(row.on_call_days)}
    lines = [Line(total=one, counts=counts.get(one.person_id, {})) for one in sums]
    return [_sheet(asked, _by_currency(chosen(asked), sums), lines)], [one.person_id for one in sums]


def _by_currency(columns: Sequence[Column], sums: Sequence[PeriodSum]) -> list[Column]:
    """Amounts of money in a column for each currency that there is: different currencies are never added up."""
    currencies = sorted({extra.currency for one in sums for extra in one.allowances if extra.amount is not None}) or ["CNY"]
    found: list[Column] = []
    for column in columns:
        found += [_in_currency(column, currency) for currency in currencies] if column.kind == "money" else [column]
    return found


def _days(
    session: ScopedSession, asked: ExportQuery, from_day: date, to_day: date, here: Sequence[Any]
) -> tuple[list[Sheet], list[str]]:
    stores = {row.id: row for row in session.execute(sa.select(Store.id, Store.name, Store.zone))}
    lines = []
    people: dict[str, None] = {}
    for row, number, name in _rows(session, from_day, to_day, here):
        store = stores.get(row.store_id or "")
        people[row.person_id] = None
        lines.append(
            Line(
                day=row, number=number, name=name, store=store.name if store else "",
                zone=store.zone if store else "Asia/Shanghai",
            )
        )
    return [_sheet(asked, chosen(asked), lines)], list(people)


def _rows(session: ScopedSession, from_day: date, to_day: date, here: Sequence[Any]) -> list[tuple[DayRow, str, str]]:
    seen = days_seen(session)
    found = (
        sa.select(seen.id, seen.revision, seen.body, _person.number, _person.name)
        .join(table_of(Person), _person.id == seen.person_id)
        .where(seen.day >= from_day, seen.day <= to_day, *here)
        .order_by(_person.number, _person.id, seen.day, seen.id)
    )
    return [(day_row(row), row.number, row.name) for row in session.execute(found)]


def _sheet(asked: ExportQuery, columns: Sequence[Column], lines: Sequence[Line]) -> Sheet:
    language = asked.language
    rows = [[_cell(column, column.of(line, language), asked) for column in columns] for line in lines]
    heads = [_head(column.key, asked) + (f" ({column.currency})" if column.currency else "") for column in columns]
    if rows:
        rows.append(_totals(columns, rows, asked))
    return Sheet(say(language, f"hours.export.{asked.kind}"), heads, rows, total=bool(rows))


def _head(key: str, asked: ExportQuery) -> str:
    return say(asked.language, f"hours.column.{key}")


def _cell(column: Column, value: Any, asked: ExportQuery) -> Cell:
    if column.kind == "minutes" and asked.unit == "hours":
        return Duration(value)
    if column.kind == "money":
        return Money(value, column.currency)
    return value  # type: ignore[no-any-return]


def _totals(columns: Sequence[Column], rows: Sequence[Sequence[Any]], asked: ExportQuery) -> list[Cell]:
    """The last line: sums of what adds up, and the word for it in the first column that does not."""
    made: list[Cell] = []
    said = False
    for number, column in enumerate(columns):
        if column.kind == "text":
            made.append("" if said else say(asked.language, "hours.export.total"))
            said = True
        else:
            made.append(_cell(column, sum(int(row[number] or 0) for row in rows), asked))
    return made


def _flags(flags: Sequence[str], language: Language) -> str:
    return ", ".join(say(language, f"hours.flag.{flag}") for flag in flags)


def _clock(at_ms: int | None, zone: str) -> str:
    return "" if at_ms is None else instant(at_ms).astimezone(ZoneInfo(zone)).strftime("%H:%M")
