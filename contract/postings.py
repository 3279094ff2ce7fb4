"""Postings on the wire: a person works at a partner store from one day to another."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Day, Id, Millis, Reason
from contract.wire import Wire, operation


@operation("postings.post_employee/1")
class PostEmployee(Wire, frozen=True, kw_only=True):
    """The person works at the store from the business day `starts_on`; `ends_on` is the first day they no longer do."""

    posting_id: Id
    person_id: Id
    store_id: Id
    starts_on: Day
    ends_on: Day | None = None


@operation("postings.end_posting/1")
class EndPosting(Wire, frozen=True, kw_only=True):
    """The posting ends: `ends_on` is the first business day the person no longer works there."""

    posting_id: Id
    ends_on: Day
    reason: Reason


@operation("postings.cancel_posting/1")
class CancelPosting(Wire, frozen=True, kw_only=True):
    """A posting that has not begun will not happen."""

    posting_id: Id
    reason: Reason


class PostingRow(Wire, frozen=True, kw_only=True):
    """A posting as devices and the API read it. Days are the store's business days; `ends_on` is exclusive."""

    id: str
    person_id: str
    store_id: str
    store_name: str
    home_org: str
    starts_on: str
    ends_on: str | None
    starts_ms: int
    ends_ms: int | None


class PostingsQuery(Wire, frozen=True, kw_only=True):
    """Which postings. `as_of_ms`: those in force at that moment; without it, all."""

    person_id: Id | None = None
    store_id: Id | None = None
    as_of_ms: Millis | None = None
    sort: Literal["-starts", "starts"] = "-starts"
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class PostingCard(Wire, frozen=True, kw_only=True):
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


class PostingsPage(Wire, frozen=True, kw_only=True):
    """Some postings, and where the next page begins (null: this was the last)."""

    items: list[PostingCard]
    next_cursor: str | None
