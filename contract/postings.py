"""Postings on the wire: a person works at a partner store from one day to another, and what both sides hand over."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Day, Id, Label, Millis, Note, Reason
from contract.wire import Wire, operation

Direction = Literal["arrival", "return"]
Side = Literal["home", "host"]
Stage = Literal["coming", "running", "over"]


@operation("postings.post_employee/1")
class PostEmployee(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The person works at the store from the business day `starts_on`; `ends_on` is the first day they no longer do."""

    posting_id: Id
    person_id: Id
    store_id: Id
    starts_on: Day
    ends_on: Day | None = None
    post_id: Id | None = None


@operation("postings.end_posting/1")
class EndPosting(Wire, frozen=True, kw_only=True):
    """The posting ends: `ends_on` is the first business day the person no longer works there."""

    posting_id: Id
    ends_on: Day
    reason: Reason


@operation("postings.extend_posting/1")
class ExtendPosting(Wire, frozen=True, kw_only=True):
    """The posting goes on longer: `ends_on` is the new first business day the person no longer works there."""

    posting_id: Id
    ends_on: Day
    reason: Reason


@operation("postings.recall_employee/1")
class RecallEmployee(Wire, frozen=True, kw_only=True):
    """The person is called back: with `ends_on` that is the first day no longer worked, without it the posting ends this minute.

    A posting that has not begun is called off. What was captured until then still counts for the store.
    """

    posting_id: Id
    ends_on: Day | None = None
    reason: Reason


@operation("postings.cancel_posting/1")
class CancelPosting(Wire, frozen=True, kw_only=True):
    """A posting that has not begun will not happen."""

    posting_id: Id
    reason: Reason


@operation("postings.turn_day/1")
class TurnDay(Wire, frozen=True, kw_only=True):
    """The system sees what a posting's dates have brought about: it is about to begin or end, has begun, or has ended.

    `postings` are looked at one by one; what was seen before is not seen again.
    """

    postings: Annotated[list[Id], Meta(min_length=1, max_length=500)]


@operation("postings.name_managers/1")
class NameManagers(Wire, frozen=True, kw_only=True):
    """The system writes on these people's cards who manages their home today."""

    people: Annotated[list[Id], Meta(min_length=1, max_length=500)]


class TemplateItem(Wire, frozen=True, kw_only=True):
    """A line of a hand-over list: what is handed over, and which side says that it was."""

    key: Code
    side: Side
    title_zh: Label
    title_en: Label


@operation("postings.set_checklist/1")
class SetChecklist(Wire, frozen=True, kw_only=True):
    """What is handed over at arrivals or returns from now on. Lists that are already being ticked stay what they are."""

    direction: Direction
    items: Annotated[list[TemplateItem], Meta(max_length=40)]


@operation("postings.tick_item/1")
class TickItem(Wire, frozen=True, kw_only=True):
    """A side says that an item was handed over, or (`done` false) that it was not after all. Both facts stay."""

    item_id: Id
    done: bool = True
    note: Note = ""


class ChecklistItem(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A line of one posting's hand-over list. `done_ms` and `done_by` (a name) are absent while it is open."""

    id: str
    direction: Direction
    side: Side
    title_zh: str
    title_en: str
    done_ms: int | None = None
    done_by: str | None = None
    note: str = ""


class PastCourse(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A course somebody finished. `points` of 100, when it was marked."""

    title_zh: str
    title_en: str
    finished_on: str
    points: int | None = None


class PastScore(Wire, frozen=True, kw_only=True):
    """The last score somebody got, in tenths of a point: 835 is 83.5 of 100."""

    title_zh: str
    title_en: str
    scored_on: str
    tenths: int


class ArrivalRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who comes to a store, as its manager reads them: in the scope `desk:<store>` until the posting is over, and for
    the manager of the other side in `private:<manager>`. `id` is the posting's.

    No pay, ever; `id_number` is masked by the field rules and absent where nothing is known. `courses` absent: none yet.
    Days are the store's business days, `ends_on` is the first day no longer worked.
    """

    id: str
    person_id: str
    person_name: str
    person_number: str
    home_unit: str
    store_id: str
    store_name: str
    starts_on: str
    ends_on: str | None
    starts_ms: int
    ends_ms: int | None
    home_manager_id: str | None = None
    home_manager: str | None = None
    host_manager_id: str | None = None
    host_manager: str | None = None
    post_zh: str | None = None
    post_en: str | None = None
    id_number: str | None = None
    courses: list[PastCourse] = []
    last_score: PastScore | None = None
    items: list[ChecklistItem] = []


class ArrivalsQuery(Wire, frozen=True, kw_only=True):
    """Which arrivals: to a store, at which stage (coming: not begun yet), `open` those with something to hand over."""

    store_id: Id | None = None
    stage: Stage | None = None
    open: bool = False
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class ArrivalsPage(Wire, frozen=True, kw_only=True):
    """Some arrivals, the latest first, and where the next page begins (null: this was the last)."""

    items: list[ArrivalRow]
    next_cursor: str | None


class Checklist(Wire, frozen=True, kw_only=True):
    """The template of a hand-over list."""

    direction: Direction
    items: list[TemplateItem]


class Checklists(Wire, frozen=True, kw_only=True):
    """The templates in force."""

    items: list[Checklist]


class PostingRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A posting as devices and the API read it. Days are the store's business days; `ends_on` is exclusive.

    `ends_ms` may lie inside the day before `ends_on`: somebody was recalled that minute. Managers are names, as of now.
    """

    id: str
    person_id: str
    store_id: str
    store_name: str
    home_org: str
    starts_on: str
    ends_on: str | None
    starts_ms: int
    ends_ms: int | None
    home_manager: str | None = None
    host_manager: str | None = None
    post_zh: str | None = None
    post_en: str | None = None
    post_id: str | None = None


class PostingsQuery(Wire, frozen=True, kw_only=True):
    """Which postings. `as_of_ms`: those in force at that moment; without it, all."""

    person_id: Id | None = None
    store_id: Id | None = None
    unit_id: Id | None = None
    as_of_ms: Millis | None = None
    sort: Literal["-starts", "starts"] = "-starts"
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class PostingCard(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A posting in a list, with the names of both sides."""

    id: str
    person_id: str
    person_name: str
    person_number: str
    store_id: str
    store_name: str
    starts_on: str
    ends_on: str | None
    starts_ms: int
    ends_ms: int | None
    ended_because: str | None
    post_id: str | None = None
    request_id: str | None = None


class PostingsPage(Wire, frozen=True, kw_only=True):
    """Some postings, and where the next page begins (null: this was the last)."""

    items: list[PostingCard]
    next_cursor: str | None
