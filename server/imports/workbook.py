"""The first sheet of an XLSX file as rows of text: values as they were last shown, no formula is ever reckoned."""

from __future__ import annotations

import io
import re
import zipfile
import zlib
from collections.abc import Iterator
from datetime import date, datetime, time, timedelta
from decimal import Decimal
from typing import Any

import python_calamine

from server.kernel.problems import Problem

MOST_INSIDE = 32 * 2**20  # bytes of all parts together, once they are unpacked
MOST_PARTS = 500
MOST_CELLS = 2_000_000  # of the square from the first to the outermost cell: the reader keeps a place for each of them
SIGNATURE = b"PK\x03\x04"
_OTHERS = ("xl/workbook.bin", "content.xml")  # of XLSB and ODS, which the reader takes too, and whose cells are not counted here
_PLACE = re.compile(rb"""[\s]r\s*=\s*["']([A-Za-z]{0,8})([0-9]{0,9})["']""")


def read_workbook(raw: bytes) -> Iterator[tuple[int, list[str]]]:
    """(number in the sheet, cells) of each row that is not blank. Raises Problem where it is no workbook, or one that grows
    beyond what a list of figures needs: what it unpacks to is counted while it is unpacked, whatever it says of itself."""
    try:
        book = python_calamine.load_workbook(io.BytesIO(bounded(raw)))
        rows = book.get_sheet_by_index(0).to_python(skip_empty_area=False)
    except (python_calamine.CalamineError, zipfile.BadZipFile, zlib.error, RuntimeError, EOFError, OSError):
        raise Problem("imports.unreadable", field="file", said="XLSX") from None
    for number, cells in enumerate(rows, 1):
        texts = [text_of(cell).strip() for cell in cells]
        while texts and not texts[-1]:
            texts.pop()  # a sheet is as wide as its widest row
        if texts:
            yield number, texts


def text_of(cell: Any) -> str:
    """A cell as somebody reads it: days as 2026-03-31, numbers without an exponent, a whole one without a point."""
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == time(0) else cell.isoformat(" ")
    if isinstance(cell, date):
        return cell.isoformat()
    if isinstance(cell, float | int):
        number = Decimal(repr(cell))
        text = f"{number:f}"
        return text.rstrip("0").rstrip(".") if "." in text else text
    if isinstance(cell, time | timedelta):
        return str(cell)
    return str(cell)


def bounded(raw: bytes) -> bytes:
    """The same parts, unpacked and within bounds, for the reader to take as they are."""
    out = io.BytesIO()
    left = MOST_INSIDE
    with zipfile.ZipFile(io.BytesIO(raw)) as given, zipfile.ZipFile(out, "w", zipfile.ZIP_STORED) as kept:
        parts = given.infolist()
        if any(part.filename.lower() in _OTHERS for part in parts):
            raise Problem("imports.unreadable", field="file", said="XLSX")
        if len(parts) > MOST_PARTS:
            raise Problem("imports.too_large", field="file", limit_mb=MOST_INSIDE // 2**20)
        for part in parts:
            with given.open(part) as stream:
                content = stream.read(left + 1)
            if len(content) > left:
                raise Problem("imports.too_large", field="file", limit_mb=MOST_INSIDE // 2**20)
            left -= len(content)
            if square_of(content) > MOST_CELLS:  # whatever it is called: the book says itself which of its parts is a sheet
                raise Problem("imports.too_many_cells", field="file", limit=MOST_CELLS)
            kept.writestr(part.filename, content)
    return out.getvalue()


def square_of(content: bytes) -> int:
    """How many cells there are from the first to the outermost that a sheet names. Two cells in opposite corners are a file of
    five kilobytes, and sixteen thousand million places for who reads it."""
    named = set(_PLACE.findall(content))
    columns = {letters.upper() for letters, _ in named}
    return max(map(_number_of, columns), default=0) * max((int(digits or 0) for _, digits in named), default=0)


def _number_of(letters: bytes) -> int:
    """A column's place by its letters: A is 1, Z 26, AA 27."""
    place = 0
    for letter in letters:
        place = place * 26 + letter - 64
    return place
