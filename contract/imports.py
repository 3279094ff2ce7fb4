"""Imports on the wire: what somebody says about a list of stores, and what became of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.limits import DayTurn, Short
from contract.wire import Wire

MAX_IMPORT_BYTES = 16 * 1024 * 1024
MAX_ERRORS_SHOWN = 500


class StoreListTerms(Wire, frozen=True, kw_only=True):
    """What the list itself does not say.

    `datum`: the map its positions were copied from; `unstated` takes WGS-84, widens the fences by the doubt and says so.
    `partner` and `zone` are for rows that name none. `radius_m` is for all fences; without it each is as wide as the
    position is inexact.
    """

    datum: Literal["wgs84", "gcj02", "bd09", "unstated"] = "unstated"
    dry_run: bool = False
    partner: Short = ""
    zone: Short = ""
    radius_m: Annotated[int, Meta(ge=20, le=5_000)] | None = None
    day_turns_at_min: DayTurn = 300


class ValueImportTerms(Wire, frozen=True, kw_only=True):
    """What a file of indicator values does not say. Columns: indicator (code), person or store (number), from and to (or day, or
    month), value, n. `indicator`: for a file without that column; `source` stands beside each value."""

    dry_run: bool = False
    indicator: Annotated[str, Meta(max_length=40, pattern=r"^[A-Za-z0-9._-]*$(?!\n)")] = ""
    source: Short = ""


class RowError(Wire, frozen=True, kw_only=True):
    """A row that was left out: its number in the sheet (the heading is row 1), the column, the reason."""

    row: int
    column: str
    code: str
    facts: dict[str, Any] = {}
    message: str = ""


class ImportWarning(Wire, frozen=True, kw_only=True):
    """Something to look at in rows that were taken: how many, and the first of them."""

    code: str
    rows: int
    first_row: int
    facts: dict[str, Any] = {}
    message: str = ""


class ImportReport(Wire, frozen=True, kw_only=True):
    """What became of a list. `rows` is the sum of `new`, `changed`, `same` and `bad`."""

    dry_run: bool
    encoding: str
    rows: int
    new: int
    changed: int
    same: int
    bad: int
    errors: list[RowError]
    warnings: list[ImportWarning]
