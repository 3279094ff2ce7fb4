"""Rosters on the wire: the desk's working copy, cell by cell, what is published of it, and what devices hold to judge by.

A cell is one shift of a store: of a person, or open. It is a draft until it is published; what is published stands as it was
until the next publish, whatever happens to the cell meanwhile. Whoever changes a cell says which version of it they saw
(`based_on`): an older one is refused with `rosters.changed_meanwhile` and what the cell is now. Minutes of a day as in
contract/shifts.py. A rule that is broken refuses with a code of its own, `rosters.breaks_<rule>`, with its sentence and all
verdicts as facts.

At a store's tablet the operation's `actor` plans, whose PIN it checked (`kiosk`); elsewhere `kiosk` stays absent.
"""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import BornId, Code, Day, Id, Label, Note, Reason
from contract.opening import Opening
from contract.rostering.shapes import Placed, Profile, Verdict, Worker
from contract.shifts import Break, Window
from contract.wire import Wire, operation

MOST_DAYS = 42  # that one question, copy or publish reaches over
MOST_SHIFTS = 2_000  # of one store that one copy or publish writes

CellState = Literal["draft", "published", "confirmed", "changed", "removed"]
CellVersion = Annotated[int, Meta(ge=1, le=1_000_000)]


@operation("rosters.set_shift/1")
class SetShift(Wire, frozen=True, kw_only=True):
    """A shift of a store is made, or becomes this. `person_id` absent: open, anybody suitable may take it.

    `windows` absent: the template's; several are a split shift. `role`: a skill it needs. `based_on`: the version that was
    seen, absent for a new one. `override`: why a rule that may be set aside is. Its answer holds the cell's version and all
    verdicts about it.
    """

    shift_id: Id
    store_id: Id
    day: Day
    person_id: Id | None = None
    template: Code
    windows: Annotated[list[Window], Meta(max_length=6)] = []
    role: Code | None = None
    tasks: Annotated[list[Label], Meta(max_length=20)] = []
    comment: Note | None = None
    locked: bool = False
    based_on: CellVersion | None = None
    override: Reason | None = None
    kiosk: KioskProof | None = None


@operation("rosters.remove_shift/1")
class RemoveShift(Wire, frozen=True, kw_only=True):
    """A draft goes; a published shift is marked and goes with the next publish."""

    shift_id: Id
    based_on: CellVersion
    kiosk: KioskProof | None = None


@operation("rosters.copy_days/1")
class CopyDays(Wire, frozen=True, kw_only=True):
    """The shifts of some days once more as drafts, from `onto_day` on; without people they are open. What somebody may not work
    becomes an open shift, and the answer names it. Shifts that are there stay; the same shift twice is left out."""

    store_id: Id
    from_day: Day
    to_day: Day
    onto_day: Day
    with_people: bool = True
    kiosk: KioskProof | None = None


@operation("rosters.fill_by_pattern/1")
class FillByPattern(Wire, frozen=True, kw_only=True):
    """Drafts of who follows which pattern, for days on which a person has nothing yet; locked cells and others stay."""

    store_id: Id
    from_day: Day
    to_day: Day
    kiosk: KioskProof | None = None


@operation("rosters.discard_draft/1")
class DiscardDraft(Wire, frozen=True, kw_only=True):
    """What was not published is forgotten: new shifts go, changed and removed ones are again as they are published. Locked
    ones stay."""

    store_id: Id
    from_day: Day
    to_day: Day
    kiosk: KioskProof | None = None


@operation("rosters.publish/1")
class Publish(Wire, frozen=True, kw_only=True):
    """What the desk planned becomes what people work: their planned days, duties, notices (N-11, one per person).

    People posted to the store without a shift on a day are off. Refused while a rule is broken that may not be set aside;
    one that may needs `override`, which is kept.
    """

    publish_id: BornId
    store_id: Id
    from_day: Day
    to_day: Day
    override: Reason | None = None
    note: Note | None = None
    kiosk: KioskProof | None = None


class SeenShift(Wire, frozen=True, kw_only=True):
    """A published shift in the version that was seen."""

    shift_id: Id
    version: CellVersion


@operation("rosters.confirm_shifts/1")
class ConfirmShifts(Wire, frozen=True, kw_only=True):
    """ "I have seen my shifts and will come": one's own. What changed meanwhile is named in the answer and stays to be seen."""

    shifts: Annotated[list[SeenShift], Meta(min_length=1, max_length=100)]
    kiosk: KioskProof | None = None


# --- rows that devices hold


class PlacedWindow(Wire, frozen=True, kw_only=True):
    """A stretch of a shift by the store's clock and as instants. `work_min`: what elapses less unpaid pauses."""

    starts_min: int
    ends_min: int
    starts_ms: int
    ends_ms: int
    work_min: int


class PublishedBody(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What of a cell is published: what people were told."""

    day: str
    person_id: str | None = None
    template: str
    windows: list[Window] = []
    role: str | None = None
    tasks: list[str] = []
    comment: str | None = None


class RosterCellRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A cell of the desk's working copy. `placed`: its windows ready-made (the template's where it has none of its own).

    state: draft (never published), published, confirmed (by its person), changed (published otherwise, see `published`),
    removed (published; goes with the next publish).
    """

    id: str
    store_id: str
    day: str
    person_id: str | None = None
    template: str
    name_zh: str = ""
    name_en: str = ""
    windows: list[Window] = []
    placed: list[PlacedWindow] = []
    on_call: bool = False
    role: str | None = None
    tasks: list[str] = []
    comment: str | None = None
    locked: bool = False
    version: int
    state: CellState
    published_version: int | None = None
    published: PublishedBody | None = None


class RosterShiftRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A published shift, of a person or open: what colleagues' phones and the tablet show. `version` is the published one.

    `offered_until_ms`: somebody offered it to others until then.
    """

    id: str
    store_id: str
    store_name: str = ""
    day: str
    person_id: str | None = None
    person_name: str = ""
    template: str
    name_zh: str = ""
    name_en: str = ""
    placed: list[PlacedWindow] = []
    on_call: bool = False
    role: str | None = None
    role_zh: str = ""
    role_en: str = ""
    tasks: list[str] = []
    note: str | None = None
    version: int
    published_ms: int
    confirmed_ms: int | None = None
    offered_until_ms: int | None = None


class RosterWorkerRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What rules look at of one person, so that a tablet or phone without signal judges as the server does. Wages are absent.

    `elsewhere`: their shifts at all stores, with no more than times and store, and duties that no roster made. A desk leaves out
    those of its own store on days for which it holds cells, and puts the cells in their place.
    """

    id: str
    person_id: str
    from_day: str
    to_day: str
    worker: Worker
    elsewhere: list[Placed] = []


class ProfileFrom(Wire, frozen=True, kw_only=True):
    """The rules that count from a day on."""

    from_day: str
    profile: Profile


class RosterProfileRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """By which rules a store's rosters are judged, the earliest first; the last that began counts. `id` is the store's; `opening`
    is when it opens and closes, where somebody said so."""

    id: str
    store_id: str
    zone: str
    versions: list[ProfileFrom]
    opening: Opening | None = None


class TemplateOfDay(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A kind of shift as a desk offers it, in the version of today."""

    code: str
    name_zh: str
    name_en: str
    kind: str = "fixed"
    windows: list[Window] = []
    breaks: list[Break] = []
    required_min: int | None = None
    unpaid_break_min: int = 0


class SkillName(Wire, frozen=True, kw_only=True):
    """A role a shift may need, with its names."""

    code: str
    name_zh: str
    name_en: str


class RosterKitRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What a desk plans with, for all stores the same: kinds of shifts and roles. One row."""

    id: str
    templates: list[TemplateOfDay] = []
    roles: list[SkillName] = []


# --- asking before doing


class CheckChange(Wire, frozen=True, kw_only=True):
    """What a change of one cell would mean, without keeping it. `removed`: the shift would go."""

    store_id: Id
    shift_id: Id
    day: Day
    person_id: Id | None = None
    template: Code | None = None
    windows: Annotated[list[Window], Meta(max_length=6)] = []
    role: Code | None = None
    removed: bool = False


class Said(Wire, frozen=True, kw_only=True):
    """A verdict in words, as this reader may hear it."""

    zh: str
    en: str


class CheckAnswer(Wire, frozen=True, kw_only=True):
    """The verdicts about the people it touches, as it would be. `refused`: a hard rule that may not be set aside is among them;
    `needs_reason`: one that may. `points`: what the soft rules cost more than now. `said`: each verdict in words."""

    verdicts: list[Verdict]
    said: list[Said]
    refused: bool
    needs_reason: bool
    points: int
