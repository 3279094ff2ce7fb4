"""What can be done to postings. Days are the store's business days; the instants they begin are kept beside them."""

from __future__ import annotations

from datetime import date, datetime

from contract.moments import day_starts_at
from contract.postings import CancelPosting, EndPosting, PostEmployee
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people.model import Person
from server.postings import queries, reactions, rules
from server.postings.model import Posting
from server.stores.model import Store

assert reactions  # importing them registers what follows from people leaving and stores changing their clock


@handles(PostEmployee, needs=Permission.MANAGE_POSTINGS)
def post_employee(work: Work, op: PostEmployee) -> None:
    person: Person = work.find(Person, op.person_id, "people.unknown")
    store: Store = work.find(Store, op.store_id, "stores.unknown")
    if not person.active:
        raise Problem("people.has_left", field="person_id", id=op.person_id)
    if work.session.get(Posting, op.posting_id) is not None:
        raise Problem("operation.already_exists", field="posting_id", id=op.posting_id)
    starts_on = _day(op.starts_on, "starts_on")
    ends_on = _day(op.ends_on, "ends_on") if op.ends_on is not None else None
    if ends_on is not None and ends_on <= starts_on:
        raise Problem("postings.ends_before_start", field="ends_on")
    other = queries.overlapping(work.session, op.person_id, starts_on, ends_on)
    if other is not None:
        raise Problem(
            "postings.overlaps",
            field="starts_on",
            id=other.id,
            store_id=other.store_id,
            starts_on=other.starts_on.isoformat(),
            ends_on=other.ends_on.isoformat() if other.ends_on else "...",
        )
    work.add(
        Posting(
            id=op.posting_id,
            person_id=op.person_id,
            store_id=op.store_id,
            starts_on=starts_on,
            ends_on=ends_on,
            starts_at=day_begins(store, starts_on),
            ends_at=day_begins(store, ends_on) if ends_on else None,
        )
    )


@handles(EndPosting, needs=Permission.MANAGE_POSTINGS)
def end_posting(work: Work, op: EndPosting) -> None:
    posting: Posting = work.find(Posting, op.posting_id, "postings.unknown")
    ends_on = _day(op.ends_on, "ends_on")
    if refused := rules.may_end(posting.starts_on, posting.ends_on, ends_on):
        raise Problem(refused, field="ends_on", id=posting.id)
    store: Store = work.find(Store, posting.store_id, "stores.unknown")
    posting.ends_on, posting.ends_at = ends_on, day_begins(store, ends_on)
    posting.ended_because = op.reason


@handles(CancelPosting, needs=Permission.MANAGE_POSTINGS)
def cancel_posting(work: Work, op: CancelPosting) -> None:
    posting: Posting = work.find(Posting, op.posting_id, "postings.unknown")
    if posting.starts_at <= work.now:
        raise Problem("postings.already_begun", id=posting.id)
    work.session.delete(posting)


def day_begins(store: Store, day: date) -> datetime:
    """The instant a business day of this store begins."""
    return day_starts_at(day, store.zone, day_turns_at_min=store.day_turns_at_min)


def _day(text: str, field: str) -> date:
    day = rules.day_of(text)
    if day is None:
        raise Problem("postings.no_such_day", field=field, day=text)
    return day
