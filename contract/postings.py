"""Postings on the wire: a person works at a partner store from one day to another."""

from __future__ import annotations

from contract.limits import Day, Id, Reason
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
