"""Tables of the console: which columns are shown, in which order, which page; and the same rows as CSV.

All of it is in the address, so a view can be kept as a bookmark and sent to a colleague.
"""

from __future__ import annotations

import csv
import io
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from flask import Response, request

from server.archive.looks import note_look
from server.kernel.actors import Permission
from server.kernel.http import outpost
from server.kernel.spreadsheet import csv_cell
from server.web.shell import Look, address_with

PAGE_ROWS = 50


@dataclass(frozen=True)
class Column:
    """`value` is what is sorted and exported; how it looks is the template's business. `always`: cannot be hidden."""

    key: str
    value: Callable[[Any], Any]
    always: bool = False
    hidden: bool = False
    number: bool = False


@dataclass
class Table:
    """One page of rows in the order the address asks for."""

    name: str
    columns: Sequence[Column]
    rows: list[Any]
    total: int
    page: int
    pages: int
    sort: str
    descending: bool
    shown: list[str] = field(default_factory=list)

    @property
    def visible(self) -> list[Column]:
        return [column for column in self.columns if column.key in self.shown]

    def label(self, column: Column) -> str:
        return f"console.column.{column.key}"

    def sort_address(self, column: Column) -> str:
        down = column.key == self.sort and not self.descending
        return address_with(sort=("-" if down else "") + column.key, page=None)

    def aria_sort(self, column: Column) -> str:
        if column.key != self.sort:
            return "none"
        return "descending" if self.descending else "ascending"

    def page_address(self, page: int) -> str:
        return address_with(page=page if page > 1 else None)

    @property
    def csv_address(self) -> str:
        return address_with(format="csv", page=None)

    @property
    def first(self) -> int:
        return (self.page - 1) * PAGE_ROWS + 1 if self.total else 0

    @property
    def last(self) -> int:
        return min(self.total, self.page * PAGE_ROWS)


def table(name: str, columns: Sequence[Column], rows: Sequence[Any], *, sort: str) -> Table:
    """The table as the address asks for it: `sort` (a minus before it turns it round), `cols`, `page`."""
    asked = request.args.get("sort", sort)
    descending, key = asked.startswith("-"), asked.removeprefix("-")
    by = next((column for column in columns if column.key == key), None)
    if by is None:
        descending, key = sort.startswith("-"), sort.removeprefix("-")
        by = next(column for column in columns if column.key == key)
    chosen = set(request.args.getlist("cols"))
    shown = [c.key for c in columns if c.always or (c.key in chosen if chosen else not c.hidden)]
    ordered = _ordered(rows, by.value, descending=descending)
    pages = max(1, -(-len(ordered) // PAGE_ROWS))
    page = max(1, min(pages, request.args.get("page", 1, type=int)))
    part = ordered if wants_csv() else ordered[(page - 1) * PAGE_ROWS : page * PAGE_ROWS]
    return Table(name, columns, part, len(ordered), page, pages, key, descending, shown)


def order_asked(columns: Sequence[Column], sort: str) -> tuple[str, bool]:
    """(column, turned round) as the address asks, else as `sort` says."""
    known = {column.key for column in columns}
    asked = request.args.get("sort", sort)
    said = asked if asked.removeprefix("-") in known else sort
    return said.removeprefix("-"), said.startswith("-")


def table_asked(
    name: str, columns: Sequence[Column], ask: Callable[[str, bool, int, int | None], tuple[list[Any], int]], *, sort: str
) -> Table:
    """The table of a list that the database orders and cuts: `ask(column, turned round, offset, limit)` answers rows and how
    many there are in all. A page behind the last one is the last one."""
    key, descending = order_asked(columns, sort)
    chosen = set(request.args.getlist("cols"))
    shown = [c.key for c in columns if c.always or (c.key in chosen if chosen else not c.hidden)]
    if wants_csv():
        rows, total = ask(key, descending, 0, None)
        return Table(name, columns, rows, total, 1, 1, key, descending, shown)
    page = max(1, min(1_000_000, request.args.get("page", 1, type=int)))
    rows, total = ask(key, descending, (page - 1) * PAGE_ROWS, PAGE_ROWS)
    pages = max(1, -(-total // PAGE_ROWS))
    if page > pages:
        page = pages
        rows, total = ask(key, descending, (page - 1) * PAGE_ROWS, PAGE_ROWS)
    return Table(name, columns, rows, total, page, pages, key, descending, shown)


def _ordered(rows: Sequence[Any], value: Callable[[Any], Any], *, descending: bool) -> list[Any]:
    """Sorted by a column; what has no value comes last either way."""
    known = [row for row in rows if value(row) not in (None, "")]
    blank = [row for row in rows if value(row) in (None, "")]
    return sorted(known, key=lambda row: _comparable(value(row)), reverse=descending) + blank


def _comparable(value: Any) -> Any:
    return unicodedata.normalize("NFKC", value).casefold() if isinstance(value, str) else value


def wants_csv() -> bool:
    return request.args.get("format") == "csv"


def csv_answer(look: Look, found: Table, *, about: Callable[[Any], str] | None = None) -> Response:
    """All rows, the visible columns, readable by spreadsheets in both languages (with a byte order mark).

    `about`: whom a row tells of ("": nobody); that this reader took them along is written down before the file leaves.
    """
    look.actor.must(Permission.EXPORT)
    if about is not None:
        note_look(outpost(), look.actor, "export", [person_id for row in found.rows if (person_id := about(row))])
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([csv_cell(look.t(found.label(column))) for column in found.visible])
    for row in found.rows:
        writer.writerow([csv_cell(column.value(row)) for column in found.visible])
    response = Response("\ufeff" + out.getvalue(), mimetype="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="outpost-{found.name}-{look.now:%Y%m%d-%H%M}.csv"'
    return response


def contains(needle: str, *texts: str | None) -> bool:
    """Whether each word looked for is in one of the texts, however it is cased or widened."""
    words = _comparable(needle).split()
    hay = " ".join(_comparable(text) for text in texts if text)
    return all(word in hay for word in words)
