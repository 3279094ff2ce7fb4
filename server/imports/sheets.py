"""Reading a list that somebody exported from a spreadsheet: encodings, separators, headings, row numbers as people see them."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from contract.imports import MAX_COLUMNS, MAX_IMPORT_BYTES
from server.imports import rules
from server.imports.workbook import SIGNATURE, read_workbook
from server.kernel.problems import Problem

_SEPARATORS = ",;\t|"


@dataclass(frozen=True)
class Sheet:
    """A heading and its rows. `columns` maps our name of a column to the heading it has in this file."""

    encoding: str
    columns: dict[str, str]
    rows: list[SheetRow]


@dataclass(frozen=True)
class SheetRow:
    """One row with its number in the sheet (the heading is row 1). `too_long`: it has more fields than the heading."""

    number: int
    values: dict[str, str]
    too_long: bool = False


@dataclass(frozen=True)
class RawTable:
    """A file as it is: its heading, and its records with their numbers in the sheet."""

    encoding: str
    heading: list[str]
    records: list[tuple[int, list[str]]]


def read_sheet(raw: bytes, names: Mapping[str, tuple[str, ...]], required: tuple[str, ...]) -> Sheet:
    """The sheet in a file. Raises Problem when it is no table or lacks a column; never for what is in a row."""
    table = read_table(raw)
    columns = rules.columns_meant(table.heading, names)
    if missing := [names[name][0] for name in required if name not in columns]:
        raise Problem("imports.columns_missing", field="file", columns=", ".join(missing))
    return sheet_of(table, table.heading, columns)


def read_table(raw: bytes, *, workbooks: bool = False) -> RawTable:
    """The heading and the records of a file; with `workbooks` it may be an XLSX too. Raises Problem when it is no table."""
    if len(raw) > MAX_IMPORT_BYTES:
        raise Problem("imports.too_large", field="file", limit_mb=MAX_IMPORT_BYTES // 2**20)
    records, encoding = _records_of(raw, workbooks=workbooks)
    if not records:
        raise Problem("imports.empty", field="file")
    heading = records[0][1]
    if len(heading) > MAX_COLUMNS:
        raise Problem("imports.too_many_headings", field="file", limit=MAX_COLUMNS)
    return RawTable(encoding, [cell.strip() for cell in heading], records[1:])


def sheet_of(table: RawTable, headings: Sequence[str], columns: Mapping[str, str]) -> Sheet:
    """The rows by what their columns mean: `columns` has the heading of each meaning, one of `headings`. Raises Problem where
    there is no row."""
    if not table.records:
        raise Problem("imports.empty", field="file")
    places = {name: headings.index(said) for name, said in columns.items()}
    rows = [
        SheetRow(
            number,
            {name: cells[place].strip() if place < len(cells) else "" for name, place in places.items()},
            too_long=any(cell.strip() for cell in cells[len(headings) :]),
        )
        for number, cells in table.records
    ]
    return Sheet(table.encoding, dict(columns), rows)


def _records_of(raw: bytes, *, workbooks: bool) -> tuple[list[tuple[int, list[str]]], str]:
    if workbooks and raw.startswith(SIGNATURE):
        return list(read_workbook(raw)), "xlsx"
    text, encoding = _text_of(raw)
    try:
        return list(_records(text)), encoding
    except csv.Error as broken:
        raise Problem("imports.unreadable", field="file", said=str(broken)[:200]) from None


def _text_of(raw: bytes) -> tuple[str, str]:
    """Excel writes UTF-8 with a mark, UTF-16, or on a Chinese Windows GB 18030; others write UTF-8."""
    if raw.startswith(SIGNATURE):
        raise Problem("imports.unreadable", field="file", said="XLSX; CSV")
    encodings = ("utf-16",) if raw[:2] in (b"\xff\xfe", b"\xfe\xff") else ("utf-8-sig", "gb18030")
    for encoding in encodings:
        try:
            text = raw.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" in text:
            break
        return text, encoding
    raise Problem("imports.unreadable", field="file", said="UTF-8, GB 18030, UTF-16")


def _records(text: str) -> Iterator[tuple[int, list[str]]]:
    """(number in the sheet, cells) of each record that is not blank. A record with a line break inside is one row."""
    first_line = text.split("\n", 1)[0]
    separator = max(_SEPARATORS, key=first_line.count)
    for number, cells in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=separator), 1):
        if any(cell.strip() for cell in cells):
            yield number, [cell.strip() for cell in cells] if number == 1 else cells
