"""How a posting's end moves: it is extended, or its person is called back."""

from __future__ import annotations

from datetime import date, timedelta

from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.postings import life, rules
from server.postings.model import Posting
from server.stores.model import Store


def extend(work: Work, posting: Posting, ends_on: date, *, field: str) -> None:
    """The posting goes on until another day. Refused where something else is planned then, or it is over."""
    store: Store = work.find(Store, posting.store_id, "stores.unknown")
    if refused := rules.may_extend(posting.ends_on, ends_on, life.today_at(store, work.now)):
        raise Problem(refused, field=field, id=posting.id)
    if posting.ends_at is not None and posting.ends_at <= work.now:
        raise Problem("postings.is_over", field=field, id=posting.id)
    life.must_be_free(work, posting.person_id, posting.starts_on, ends_on, apart_from=posting.id, field=field)
    life.end_on(work, posting, ends_on, None)


def recall(work: Work, posting: Posting, ends_on: date | None, reason: str, *, field: str) -> None:
    """The person is called back: from a day on, or this minute. A posting that has not begun is called off."""
    if posting.starts_at > work.now:
        life.call_off(work, posting)
        return
    if posting.ends_at is not None and posting.ends_at <= work.now:
        raise Problem("postings.is_over", field=field, id=posting.id)
    store: Store = work.find(Store, posting.store_id, "stores.unknown")
    today = life.today_at(store, work.now)
    if ends_on is None:
        life.end_on(work, posting, today + timedelta(days=1), reason, at=work.now)
        return
    if refused := rules.may_return(posting.starts_on, posting.ends_on, ends_on, today):
        raise Problem(refused, field=field, id=posting.id)
    life.end_on(work, posting, ends_on, reason)
