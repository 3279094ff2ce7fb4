"""What requests ask of postings: transfer, extension, return, recall. Judged before they begin, done when they are approved.

What is approved late is done from the day it is approved: a transfer begins that day at the earliest, a return is the next
morning. Somebody who does not fit any more by then (the days are taken, the posting is over) fails the last approval with the
reason, and nothing is half done.
"""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

from contract.ids import derived_id
from server.approvals.concerned import knows_workplaces
from server.approvals.events import RequestApproved, RequestChecked
from server.kernel.db import ScopedSession
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.org.model import Post
from server.org.queries import unit_on
from server.people.model import Person
from server.postings import changes, life, queries, rules
from server.postings.model import Posting
from server.stores.model import Store

TRANSFERS = frozenset({"transfer", "transfer_store"})
EXTENSION, RETURN, RECALL = "extension", "return", "recall"
KINDS = TRANSFERS | {EXTENSION, RETURN, RECALL}
# the keys of the presets' forms; a day is the first one: at the store, or back at home
STORE, POST, FROM, UNTIL, BACK_ON, REASON = "store", "post", "from", "until", "on", "reason"


@knows_workplaces
def workplace(session: ScopedSession, person_id: str, moment: datetime) -> str | None:
    """The store somebody is posted to at a moment: whose manager decides what is decided where one works."""
    with whole(session) as everything:
        posting = queries.posting_at(everything, person_id, moment)
        return posting.store_id if posting is not None else None


@reacts_to(RequestChecked)
def judge_request(work: Work, event: RequestChecked) -> None:
    """Refuse what cannot be, at the field that says it."""
    if event.kind not in KINDS:
        return
    with life.with_reach(work) as wide:
        if event.kind in TRANSFERS:
            _judge_transfer(wide, event)
        else:
            _judge_change(wide, event)


@reacts_to(RequestApproved)
def do_request(work: Work, event: RequestApproved) -> None:
    """What was asked for happens, in the transaction of the last approval."""
    if event.kind not in KINDS:
        return
    with life.with_reach(work) as wide:
        if event.kind in TRANSFERS:
            _transfer(wide, event)
            return
        posting = _posting_meant(wide, event.person_id)
        store: Store = wide.find(Store, posting.store_id, "stores.unknown")
        tomorrow = life.today_at(store, wide.now) + timedelta(days=1)
        reason = str(event.form.get(REASON) or "-")
        if event.kind == EXTENSION:
            changes.extend(wide, posting, _day(event.form, UNTIL), field=_field(UNTIL))
        elif event.kind == RETURN and posting.starts_at <= wide.now:
            _return(wide, posting, max(_day(event.form, BACK_ON), tomorrow), reason)
        else:
            asked = _maybe_day(event.form, BACK_ON)
            back_on = asked if asked is not None and asked >= tomorrow else None  # urgent: at once
            changes.recall(wide, posting, back_on, reason, field=_field(BACK_ON))


def _return(work: Work, posting: Posting, ends_on: date, reason: str) -> None:
    """Back on that day; where the posting ends by then anyway, it does."""
    if posting.ends_on is None or ends_on < posting.ends_on:
        life.end_on(work, posting, ends_on, reason)


def _judge_transfer(work: Work, event: RequestChecked) -> None:
    form = event.form
    person: Person = work.find(Person, event.person_id, "people.unknown")
    if not person.active:
        raise Problem("people.has_left", id=event.person_id)
    store = work.session.get(Store, form.get(STORE))
    if store is None:
        raise Problem("stores.unknown", field=_field(STORE), id=form.get(STORE))
    if form.get(POST) is not None and work.session.get(Post, form[POST]) is None:
        raise Problem("org.post_unknown", field=_field(POST), id=form[POST])
    starts_on, ends_on = _day(form, FROM), _maybe_day(form, UNTIL)
    if refused := rules.may_begin(starts_on, ends_on, life.today_at(store, work.now)):
        code, which = refused
        raise Problem(code, field=_field(FROM if which == "starts_on" else UNTIL))
    _must_be_open(work, store, starts_on)
    life.must_be_free(work, event.person_id, starts_on, ends_on, field=_field(FROM))


def _judge_change(work: Work, event: RequestChecked) -> None:
    posting = _posting_meant(work, event.person_id)
    store: Store = work.find(Store, posting.store_id, "stores.unknown")
    today = life.today_at(store, work.now)
    if event.kind == EXTENSION:
        ends_on = _day(event.form, UNTIL)
        if refused := rules.may_extend(posting.ends_on, ends_on, today):
            raise Problem(refused, field=_field(UNTIL), id=posting.id)
        life.must_be_free(
            work, posting.person_id, posting.starts_on, ends_on, apart_from=posting.id, field=_field(UNTIL)
        )
        return
    back_on = _day(event.form, BACK_ON) if event.kind == RETURN else _maybe_day(event.form, BACK_ON)
    if posting.starts_at > work.now or back_on is None or (event.kind == RECALL and back_on <= today):
        return
    if refused := rules.may_return(posting.starts_on, posting.ends_on, back_on, today):
        raise Problem(refused, field=_field(BACK_ON), id=posting.id)


def _transfer(work: Work, event: RequestApproved) -> None:
    form = event.form
    store: Store = work.find(Store, form.get(STORE), "stores.unknown")
    asked, ends_on = _day(form, FROM), _maybe_day(form, UNTIL)
    starts_on = max(asked, life.today_at(store, work.now))
    if ends_on is not None and ends_on <= starts_on:
        raise Problem("postings.in_the_past", field=_field(UNTIL))
    _must_be_open(work, store, starts_on)
    posting_id = derived_id("posting", event.request_id)
    wish = life.Wish(posting_id, event.person_id, store.id, starts_on, ends_on, form.get(POST), event.request_id)
    life.make(work, wish)


def _must_be_open(work: Work, store: Store, day: date) -> None:
    if unit_on(work.session, store.id, day) is None:
        raise Problem("postings.store_closed", field=_field(STORE), id=store.id, store=store.name)


def _posting_meant(work: Work, person_id: str) -> Posting:
    """The posting a request is about: the one that runs, else the next one to come."""
    found = queries.running_or_next(work.session, person_id, work.now)
    if found is None:
        raise Problem("postings.not_posted", id=person_id)
    work.session.refresh(found, with_for_update=True)
    return found


def _field(key: str) -> str:
    return f"form.{key}"


def _day(form: dict[str, Any], key: str) -> date:
    day = _maybe_day(form, key)
    if day is None:
        raise Problem("postings.no_such_day", field=_field(key), day="")
    return day


def _maybe_day(form: dict[str, Any], key: str) -> date | None:
    said = form.get(key)
    if said is None or said == "":
        return None
    day = rules.day_of(str(said))
    if day is None:
        raise Problem("postings.no_such_day", field=_field(key), day=str(said))
    return day
