"""Importing values of indicators: one operation for the whole file, or none where a line cannot be read and may not be left out.

People and stores are named by their numbers or names. The same file again changes nothing; another value for the same indicator,
whom and days replaces the one there was. Each run is in the log with what it took the columns to mean.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

import sqlalchemy as sa

from contract import wire
from contract.growth import IndicatorValue
from contract.ids import derived_id
from contract.imports import (
    MAX_ERRORS_SHOWN,
    MAX_VALUES,
    ColumnMeant,
    ImportReport,
    ImportWarning,
    RowError,
    TakeValues,
    ValueImportTerms,
)
from contract.messages import Language, say
from server.growth import indicators as growth
from server.growth.model import IndicatorValue as Held
from server.imports.columns import MEANINGS, judge_complete, named, understood
from server.imports.rules import columns_meant
from server.imports.service import Server
from server.imports.sheets import RawTable, SheetRow, read_table, sheet_of
from server.imports.value_lines import Refused, known_to, read_line, words_of_indicators
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import perform, reading
from server.kernel.problems import Problem
from server.kernel.sets import within

MOST_ROWS = 5_000


@dataclass
class _Read:
    """What the lines of a file come to: its values by id, which line said each, and what is wrong with which line."""

    values: dict[str, IndicatorValue] = field(default_factory=dict)
    lines: dict[str, int] = field(default_factory=dict)
    wrong: list[tuple[int, Refused]] = field(default_factory=list)


def table_in(raw: bytes) -> tuple[RawTable, list[str]]:
    """The table in a file, CSV or XLSX, and its headings with a name of its own for each. Raises Problem when it is none."""
    table = read_table(raw, workbooks=True)
    if len(table.records) > MOST_ROWS:
        raise Problem("imports.too_many_rows", field="file", limit=MOST_ROWS)
    return table, named(table.heading)


def import_values(server: Server, raw: bytes, terms: ValueImportTerms, *, language: Language) -> ImportReport:
    """Take a file of values, or with `dry_run` only say what would become of it. Raises Problem when it is no list at all, or
    where its columns do not say all that a value needs."""
    server.actor.must(Permission.MANAGE_TRAINING)
    table, headings = table_in(raw)
    with reading(server.db, server.actor) as session:
        if terms.columns is not None:
            meant = understood(terms.columns, headings, words_of_indicators(session).keys())
        else:
            meant = columns_meant(headings, MEANINGS)
            if "person" in meant:
                meant.pop("person_name", None)  # nobody said that it is to be compared
        judge_complete(meant, terms)
        sheet = sheet_of(table, headings, meant)
        read = _read(session, sheet.rows, terms)
        kinds = _compared(session, read.values, terms.source)
    if len(read.values) > MAX_VALUES:
        raise Problem("imports.too_many_values", field="file", limit=MAX_VALUES)
    columns = [ColumnMeant(heading=heading, meaning=meaning) for meaning, heading in meant.items()]
    bad = {number for number, _ in read.wrong}
    warnings = []
    if bad and not terms.dry_run:
        code = "imports.left_out" if terms.leave_out_bad else "imports.nothing_taken"
        warnings.append(ImportWarning(code=code, rows=len(bad), first_row=min(bad), message=say(language, code)))
    if read.values and not terms.dry_run and (terms.leave_out_bad or not bad):
        _take(server, TakeValues(
            batch_id=derived_id("import", server.run_id, "values"), values=list(read.values.values()), source=terms.source,
            file=terms.file, sha256=hashlib.sha256(raw).hexdigest(), headings=digest_of(headings), columns=columns,
            lines=len(sheet.rows), left_out=len(bad),
        ))  # fmt: skip
    errors = [_error(number, one, meant, language) for number, one in read.wrong[:MAX_ERRORS_SHOWN]]
    lines = _lines(sheet.rows, read, kinds, bad)
    return ImportReport(
        dry_run=terms.dry_run, encoding=sheet.encoding, rows=len(sheet.rows), new=lines["new"], changed=lines["changed"],
        same=lines["same"], bad=len(bad), errors=errors, warnings=warnings, values=len(read.values), columns=columns,
    )  # fmt: skip


def digest_of(headings: list[str]) -> str:
    """By what a file with the same headings is known again: SHA-256 of their JSON."""
    return hashlib.sha256(wire.encode(headings)).hexdigest()


def _read(session: ScopedSession, rows: list[SheetRow], terms: ValueImportTerms) -> _Read:
    known, found = known_to(session, rows), _Read()
    for row in rows:
        values, wrong = read_line(row, terms, known)
        said = {growth.value_id(value): value for value in values}
        for value_id in said:
            if value_id in found.lines:
                wrong.append(Refused("imports.value_twice", _column_of(row, said[value_id]), first_row=found.lines[value_id]))
        found.wrong.extend((row.number, one) for one in wrong)
        if not wrong:
            found.values.update(said)
            found.lines.update(dict.fromkeys(said, row.number))
    return found


def _column_of(row: SheetRow, value: IndicatorValue) -> str:
    wide = f"value:{value.indicator}"
    return wide if wide in row.values else "value"


def _lines(rows: list[SheetRow], read: _Read, kinds: Mapping[str, str], bad: set[int]) -> Counter[str]:
    """How many lines have something new, how many of the others something changed, how many neither."""
    said: dict[int, set[str]] = {row.number: set() for row in rows if row.number not in bad}
    for value_id, number in read.lines.items():
        said[number].add(kinds[value_id])
    return Counter("new" if "new" in one else "changed" if "changed" in one else "same" for one in said.values())


def _error(number: int, refused: Refused, meant: Mapping[str, str], language: Language) -> RowError:
    said = meant.get(refused.column, refused.column)
    sentence = say(language, refused.code, **{**refused.facts, "field": said})
    return RowError(row=number, column=said, code=refused.code, facts=refused.facts, message=sentence)


def _take(server: Server, op: TakeValues) -> None:
    op_id = derived_id("import", server.run_id, "op")
    outcome = perform(server.db, server.actor, op, op_id=op_id, now=server.now, secret=server.secret)
    if outcome.status != "applied":
        raise Problem(outcome.code or "operation.failed_here", **outcome.facts)


def _compared(session: ScopedSession, values: Mapping[str, IndicatorValue], source: str) -> dict[str, str]:
    """Of each value whether it is new, changed or the same as the one there is."""
    asked = sa.select(Held.id, Held.value, Held.n, Held.store_id, Held.source).where(within(Held.id, sorted(values)))
    held = {str(row[0]): tuple(row[1:]) for row in session.execute(asked)}
    found = {}
    for value_id, value in values.items():
        said = (growth.plain(value.value), value.n, value.store_id, source)
        found[value_id] = "new" if value_id not in held else "same" if held[value_id] == said else "changed"
    return found
