"""A roster out of somebody's own file: what it says of people and days, and what would become of the store's draft.

Two layouts are read: a line for each shift (as the export writes them), and a table with people down and days across, as most
stores keep one. What a file says of somebody on a day is all they work there that day; of a day it leaves empty it says nothing.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.imports import ColumnMeant, ImportWarning, RowError
from contract.limits import Code, Day, Id, Label, Note, Reason, Sha256Hex, Short
from contract.rosters import MOST_SHIFTS
from contract.shifts import Window
from contract.wire import Wire, operation

MOST_CHANGES_SHOWN = 400

Says = Literal["role", "tasks", "comment"]


class RosterFileTerms(Wire, frozen=True, kw_only=True):
    """What a file does not say. `from_day`: a day near those it is about, for dates without a year or month; without it, today.
    `leave_out_bad`: what cannot be read or breaks a rule is left out, else it stops the whole file. `seen`: what the draft was
    when somebody looked at a trial; another draft by then is refused with `rosters.draft_moved`."""

    store_id: Id
    from_day: Day | None = None
    dry_run: bool = False
    leave_out_bad: bool = False
    override: Reason | None = None
    seen: Sha256Hex | None = None
    file: Short = ""


class FiledShift(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a file says of somebody on a day, or (without a person) of an open shift. Without a template: that they are off.
    `windows` absent: the template's."""

    day: Day
    person_id: Id | None = None
    template: Code | None = None
    windows: Annotated[list[Window], Meta(max_length=6)] = []
    role: Code | None = None
    tasks: Annotated[list[Label], Meta(max_length=20)] = []
    comment: Note | None = None


@operation("rosters.take_file/1")
class TakeRosterFile(Wire, frozen=True, kw_only=True):
    """The draft of a store becomes what a file says, for each person and day that it speaks of. All of a person is judged
    together; what breaks a rule stops the whole file, or with `leave_out_broken` stays as it was. `override` sets aside the rules
    that a reason may set aside, as it does for a single shift.

    `says`: what else of a shift the file speaks of; the rest of a shift that is there already stays. Open shifts are added where
    there are fewer of the kind. `seen` as in RosterFileTerms. `file` and `sha256` are for the log.
    """

    store_id: Id
    shifts: Annotated[list[FiledShift], Meta(min_length=1, max_length=MOST_SHIFTS)]
    says: Annotated[list[Says], Meta(max_length=3)] = []
    leave_out_broken: bool = False
    override: Reason | None = None
    seen: Sha256Hex | None = None
    file: Short = ""
    sha256: Sha256Hex | None = None


class FiledChange(Wire, frozen=True, kw_only=True):
    """A shift that is made, becomes another or goes: whose, when, what it was and will be, in the reader's words."""

    day: str
    who: str
    was: str = ""
    becomes: str = ""
    kind: Literal["new", "changed", "gone"]


class RosterFileReport(Wire, frozen=True, kw_only=True):
    """What became of a file. `new`, `changed`, `gone` and `same` count shifts; `bad` how many cells or lines were left out.
    `from_day` and `to_day` are the days it speaks of, `people` how many. `columns`: what was read of it."""

    dry_run: bool
    taken: bool
    encoding: str
    rows: int
    from_day: str
    to_day: str
    people: int
    new: int
    changed: int
    gone: int
    same: int
    bad: int
    errors: list[RowError]
    warnings: list[ImportWarning]
    changes: list[FiledChange]
    columns: list[ColumnMeant]
    seen: str
