"""Imports on the wire: what somebody says about a list of stores, and what became of it."""

from __future__ import annotations

from typing import Annotated, Any, Literal

from msgspec import Meta

from contract.growth import IndicatorValue
from contract.limits import BornId, DayTurn, Id, Millis, Sha256Hex, Short
from contract.wire import Wire, operation

Heading = Annotated[str, Meta(min_length=1, max_length=120, pattern=r"^[^\x00]*$(?!\n)")]
Meaning = Annotated[str, Meta(max_length=60, pattern=r"^[A-Za-z0-9._:-]*$(?!\n)")]

MAX_IMPORT_BYTES = 16 * 1024 * 1024
MAX_ERRORS_SHOWN = 500
MAX_COLUMNS = 200
MAX_VALUES = 5_000


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
    """What a file of indicator values does not say. Columns: indicator (code or name), person (number), person_name, store
    (number or name), from and to (or day, or month), value, n. `columns` says what each of the file's own headings means: one of
    these, `value:CODE` for a column with one indicator's values, or nothing; without it, only headings that are our words count.
    `indicator` and `month` are for a file without such a column; `source` stands beside each value; `file` is its name in the
    log. `leave_out_bad`: lines that cannot be read are left out, else they stop the whole file."""

    dry_run: bool = False
    columns: Annotated[dict[Heading, Meaning], Meta(max_length=MAX_COLUMNS)] | None = None
    indicator: Annotated[str, Meta(max_length=40, pattern=r"^[A-Za-z0-9._-]*$(?!\n)")] = ""
    month: Annotated[str, Meta(max_length=7, pattern=r"^([0-9]{4}-(0[1-9]|1[0-2]))?$(?!\n)")] = ""
    source: Short = ""
    file: Short = ""
    leave_out_bad: bool = False


class ColumnMeant(Wire, frozen=True, kw_only=True):
    """A column of a file that was read: its heading, and what it was taken to mean."""

    heading: Heading
    meaning: Meaning


@operation("imports.take_values/1")
class TakeValues(Wire, frozen=True, kw_only=True):
    """Take the values of a file, all or nothing, and enter the run in the log: which file, what its columns were taken to mean,
    how many lines it has and how many were left out. `headings`: by what a file with the same headings is known again."""

    batch_id: BornId
    values: Annotated[list[IndicatorValue], Meta(min_length=1, max_length=MAX_VALUES)]
    source: Short = ""
    file: Short = ""
    sha256: Sha256Hex
    headings: Sha256Hex
    columns: Annotated[list[ColumnMeant], Meta(max_length=MAX_COLUMNS)]
    lines: Annotated[int, Meta(ge=1, le=MAX_VALUES)]
    left_out: Annotated[int, Meta(ge=0, le=MAX_VALUES)] = 0


class ValueImportRun(Wire, frozen=True, kw_only=True):
    """A file of values that was taken: when, by whom (a name), from where, what its columns meant; its values by what became of
    them. The values that are still as this run said them carry its id."""

    id: Id
    taken_at_ms: Millis
    by: str | None
    file: str
    source: str
    columns: list[ColumnMeant]
    lines: int
    left_out: int
    new: int
    changed: int
    same: int


class ValueImportRuns(Wire, frozen=True, kw_only=True):
    """The newest runs, the latest first."""

    items: list[ValueImportRun]


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
    """What became of a list. `rows` is the sum of `new`, `changed`, `same` and `bad`. Of indicators: `values` is how many the
    good lines hold (a wide line holds several), `columns` what was read of the file."""

    dry_run: bool
    encoding: str
    rows: int
    new: int
    changed: int
    same: int
    bad: int
    errors: list[RowError]
    warnings: list[ImportWarning]
    values: int = 0
    columns: list[ColumnMeant] = []
