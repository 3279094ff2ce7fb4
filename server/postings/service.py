"""What can be done to postings. Days are the store's business days; the instants they begin are kept beside them."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from contract.ids import derived_id
from contract.moments import instant
from contract.postings import (
    CancelPosting,
    EndPosting,
    ExtendPosting,
    PostEmployee,
    RecallEmployee,
    SetChecklist,
    TickItem,
    TurnDay,
)
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.model import Post
from server.org.queries import company_day
from server.people.model import Person
from server.postings import changes, handover, headcount, home_managers, life, queries, reactions, requests, rules, sides
from server.postings.model import Arrival, ChecklistLine, HandOverItem, HandOverTick, Posting
from server.stores.model import Store

assert home_managers and reactions and requests  # importing them registers what follows from people, stores, units and requests


@handles(PostEmployee, needs=Permission.MANAGE_POSTINGS)
def post_employee(work: Work, op: PostEmployee) -> None:
    person: Person = work.find(Person, op.person_id, "people.unknown")
    store: Store = work.find(Store, op.store_id, "stores.unknown")
    _must_manage(work, store.id)
    if work.session.get(Posting, op.posting_id) is not None:
        raise Problem("operation.already_exists", field="posting_id", id=op.posting_id)
    if op.post_id is not None:
        work.find(Post, op.post_id, "org.post_unknown")
    starts_on = _day(op.starts_on, "starts_on")
    ends_on = _day(op.ends_on, "ends_on") if op.ends_on is not None else None
    if ends_on is not None and ends_on <= starts_on:
        raise Problem("postings.ends_before_start", field="ends_on")
    headcount.must_find_room(work, store.id, op.post_id, starts_on, person.id)
    with life.with_reach(work) as wide:
        life.make(wide, life.Wish(op.posting_id, person.id, store.id, starts_on, ends_on, op.post_id))


@handles(EndPosting, needs=Permission.MANAGE_POSTINGS)
def end_posting(work: Work, op: EndPosting) -> None:
    with life.with_reach(work) as wide:
        posting = _posting(work, wide, op.posting_id)
        ends_on = _day(op.ends_on, "ends_on")
        if refused := rules.may_end(posting.starts_on, posting.ends_on, ends_on):
            raise Problem(refused, field="ends_on", id=posting.id)
        life.end_on(wide, posting, ends_on, op.reason)


@handles(ExtendPosting, needs=Permission.MANAGE_POSTINGS)
def extend_posting(work: Work, op: ExtendPosting) -> None:
    with life.with_reach(work) as wide:
        posting = _posting(work, wide, op.posting_id)
        changes.extend(wide, posting, _day(op.ends_on, "ends_on"), field="ends_on")


@handles(RecallEmployee, needs=Permission.MANAGE_POSTINGS)
def recall_employee(work: Work, op: RecallEmployee) -> None:
    with life.with_reach(work) as wide:
        posting = _posting(work, wide, op.posting_id)
        ends_on = _day(op.ends_on, "ends_on") if op.ends_on is not None else None
        changes.recall(wide, posting, ends_on, op.reason, field="ends_on")


@handles(CancelPosting, needs=Permission.MANAGE_POSTINGS)
def cancel_posting(work: Work, op: CancelPosting) -> None:
    with life.with_reach(work) as wide:
        posting = _posting(work, wide, op.posting_id)
        if posting.starts_at <= work.now:
            raise Problem("postings.already_begun", id=posting.id)
        life.call_off(wide, posting)


@handles(TurnDay, needs=Permission.MANAGE_POSTINGS)
def turn_day(work: Work, op: TurnDay) -> None:
    """What the dates of these postings have brought about happens, once: each is held while it is looked at."""
    with life.with_reach(work) as wide:
        session = wide.session
        held = session.scalars(
            sa.select(Arrival).where(Arrival.id.in_(op.postings)).order_by(Arrival.id).with_for_update()
        ).all()
        postings = {found.id: found for found in session.scalars(sa.select(Posting).where(Posting.id.in_(op.postings)))}
        # whoever is told of it is read in one statement and kept at hand
        concerned = {who for a in held for who in (a.person_id, a.home_manager_id, a.host_manager_id) if who is not None}
        at_hand = [
            *session.scalars(sa.select(Person).where(Person.id.in_(concerned))),
            *session.scalars(sa.select(Store).where(Store.id.in_({arrival.store_id for arrival in held}))),
        ]
        for arrival, known in sides.moved_sides(session, company_day(work.now), only=op.postings):
            life.name_sides(wide, postings[arrival.id], arrival, known)
        life.turn_all(wide, [(postings[arrival.id], arrival) for arrival in held])
        del at_hand


@handles(SetChecklist, needs=Permission.MANAGE_POSTINGS)
def set_checklist(work: Work, op: SetChecklist) -> None:
    keys = [line.key for line in op.items]
    twice = next((key for key in keys if keys.count(key) > 1), None)
    if twice is not None:
        raise Problem("operation.already_exists", field="items", id=twice)
    for known in queries.checklist(work.session, op.direction):
        work.session.delete(known)
    work.session.flush()
    for position, line in enumerate(op.items):
        work.add(
            ChecklistLine(
                id=derived_id("checklist", op.direction, line.key),
                direction=op.direction,
                position=position,
                key=line.key,
                side=line.side,
                title_zh=line.title_zh,
                title_en=line.title_en,
            )
        )


@handles(TickItem, needs=Permission.TICK_HANDOVER)
def tick_item(work: Work, op: TickItem) -> None:
    """A side's word on its own items: the home's manager, the host's manager, and HR for either.

    A shared tablet speaks for whoever typed their PIN at it, and only about its own store's arrivals.
    """
    device = work.device
    who = (device.person_id or work.act.actor_id) if device is not None else work.actor.person_id
    with life.with_reach(work) as wide:
        session = wide.session
        item = session.get(HandOverItem, op.item_id, with_for_update=True)
        arrival = session.get(Arrival, item.posting_id) if item is not None else None
        posting = session.get(Posting, item.posting_id) if item is not None else None
        here = device is None or device.kind == "phone" or (arrival is not None and arrival.store_id == device.store_id)
        if item is None or arrival is None or posting is None or who is None or not here:
            raise Problem("postings.item_unknown", id=op.item_id)
        stands = handover.sides_spoken_for(session, posting, arrival, who, work.now)
        if not stands:
            raise Problem("postings.item_unknown", id=op.item_id)
        if item.side not in stands:
            raise Problem("postings.not_your_side", id=op.item_id, side=item.side)
        wide.add(
            HandOverTick(
                id=work.act.op_id, item_id=item.id, person_id=who, done=op.done, note=op.note,
                said_at=instant(work.act.taken.at_ms), received_at=work.now,
            )
        )  # fmt: skip
        handover.settle_item(wide, item)


def _posting(work: Work, wide: Work, posting_id: str) -> Posting:
    """The posting, if whoever asks may know of it; held until this is done."""
    work.find(Posting, posting_id, "postings.unknown")
    posting = wide.session.get(Posting, posting_id, with_for_update=True)
    if posting is None:
        raise Problem("postings.unknown", id=posting_id)
    _must_manage(work, posting.store_id)
    return posting


def _must_manage(work: Work, store_id: str) -> None:
    """The right counts in this store: what follows is done with the system's reach, so it is looked at here."""
    manages = Permission.MANAGE_POSTINGS
    if not work.actor.has_everywhere(manages) and store_id not in work.actor.stores_for(manages):
        raise Problem("access.out_of_scope", kind="posting")


def _day(text: str, field: str) -> date:
    day = rules.day_of(text)
    if day is None:
        raise Problem("postings.no_such_day", field=field, day=text)
    return day
