"""Tables that go out to spreadsheets: as CSV and as XLSX. What somebody typed stays text there and is never reckoned with."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Sequence
from typing import Any, NamedTuple

import xlsxwriter

from contract.money import minor_digits, money_text

_FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "＝", "＋", "－", "＠")
_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")
_TITLE_LONG = 31  # what Excel allows
BYTE_ORDER_MARK = "\ufeff"
Cell = str | int | None


class Duration(int):
    """Whole minutes that are shown as hours and minutes: 8:05."""


class Money(int):
    """Whole minor units of a currency, shown as 20.50."""

    currency: str

    def __new__(cls, amount: int, currency: str) -> Money:
        made = super().__new__(cls, amount)
        made.currency = currency
        return made

    def __str__(self) -> str:
        return money_text(int(self), self.currency)


class Sheet(NamedTuple):
    """One table. `total`: the last row is the sum of those above it."""

    title: str
    heads: Sequence[str]
    rows: Sequence[Sequence[Cell]]
    total: bool = False


def csv_cell(value: Any) -> str:
    """Text for a spreadsheet. What the program would take for a formula gets an apostrophe, so that it stays text."""
    if value is None:
        return ""
    if isinstance(value, Duration):
        return f"{value // 60}:{value % 60:02}" if value >= 0 else f"-{-value // 60}:{-value % 60:02}"
    if not isinstance(value, str):
        return str(value)
    clean = value.replace("\x00", "")
    return "'" + clean if is_formula(clean) else clean


def is_formula(text: str) -> bool:
    """Whether a spreadsheet would take this text for something to reckon."""
    return text.lstrip(" \u00a0\u3000\ufeff").startswith(_FORMULA)


def csv_text(sheet: Sheet) -> str:
    """A sheet as CSV, with the mark by which spreadsheets in both languages know its letters."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([csv_cell(head) for head in sheet.heads])
    for row in sheet.rows:
        writer.writerow([csv_cell(value) for value in row])
    return BYTE_ORDER_MARK + out.getvalue()


def xlsx_bytes(sheets: Sequence[Sheet]) -> bytes:
    """Sheets as one XLSX file. Text is written as text and marked so that it stays text when somebody edits the cell."""
    out = io.BytesIO()
    book = xlsxwriter.Workbook(
        out, {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    )
    bold = {"bold": True, "top": 1}
    head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "top"})
    looks = {
        (kind, last): book.add_format({**said, **(bold if last else {})})
        for kind, said in (
            ("text", {}), ("number", {"num_format": "0"}), ("hours", {"num_format": "[h]:mm"}), ("money", {"num_format": "0.00"})
        )
        for last in (False, True)
    }
    inert = book.add_format({"quote_prefix": True})
    taken: set[str] = set()
    for sheet in sheets:
        page = book.add_worksheet(_title(sheet.title, taken))
        page.freeze_panes(1, 0)
        for column, said in enumerate(sheet.heads):
            page.write_string(0, column, said, head)
        for number, row in enumerate(sheet.rows, 1):
            last = sheet.total and number == len(sheet.rows)
            for column, value in enumerate(row):
                if value is None:
                    continue
                if isinstance(value, Duration):
                    page.write_number(number, column, value / 1_440, looks["hours", last])
                elif isinstance(value, Money) and minor_digits(value.currency):
                    page.write_number(number, column, int(value) / 10 ** minor_digits(value.currency), looks["money", last])
                elif isinstance(value, int):
                    page.write_number(number, column, value, looks["number", last])
                else:
                    page.write_string(number, column, value, inert if is_formula(value) else looks["text", last])
        for column, said in enumerate(sheet.heads):
            texts = [said, *(csv_cell(row[column]) for row in sheet.rows[:200])]
            page.set_column(column, column, min(40, max(8, 2 + max(_wide(text) for text in texts))))
    book.close()
    return out.getvalue()


def _title(said: str, taken: set[str]) -> str:
    """A sheet's name as Excel allows it, and none twice."""
    clean = _NOT_IN_A_TITLE.sub(" ", said).strip().strip("'") or "-"
    name, number = clean[:_TITLE_LONG], 1
    while name.casefold() in taken:
        number += 1
        name = f"{clean[: _TITLE_LONG - len(str(number)) - 1]} {number}"
    taken.add(name.casefold())
    return name


def _wide(text: str) -> int:
    return sum(2 if ord(letter) > 0x2E80 else 1 for letter in text)
