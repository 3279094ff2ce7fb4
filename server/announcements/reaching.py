"""A notice goes out to everybody who fits, a few hundred in one transaction, so that nobody's punch waits for it; whoever
comes to fit later gets it then; and it ends.

First all get it, silently; then they are told. So what is kept in memory of who holds what is thrown away once for a notice, and
not once for each page of people: beside a notice to 10,000 a punch took 1.4 times as long for that (docs/figures.md).

Each step may be done twice, or by two workers at once: a receipt is there once, and so is what is told.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from contract.announcements import NoticeBody, TurnNotices
from contract.ids import derived_id, new_id
from contract.moments import TimeTaken, to_ms
from contract.wire import convert
from server.announcements.audience import audience
from server.announcements.model import Announcement, Readers, Receipt
from server.announcements.telling import PUBLISHED, close_for, tell_readers
from server.inbox.model import InboxItem
from server.kernel.actors import Actor, Permission
from server.kernel.bulk import insert_missing
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.feed import mark_new
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Act, Work, handles, perform, reading, writing
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.kernel.witness import note_row

log = structlog.get_logger()
AT_ONCE = 100  # people whom a notice reaches within the operation; more get theirs by a job right after
RECEIVE, TELL = 1_000, 250  # people in one transaction of that job: given it; told of it
REACH, FINISH = "reach_notice", "finish_notice"
_receipt = table_of(Receipt)


def goes_out(wide: Work, row: Announcement) -> None:
    """From now on it is out."""
    row.state, row.published_at = "published", wide.now
    wide.session.flush()


def reach(wide: Work, row: Announcement, people: Mapping[str, str]) -> int:
    """These people get it, who have not got it yet: people with the unit where each works. Answers how many are new."""
    fresh = _receive(wide, row, people)
    _tell(wide, row, fresh)
    _holders_changed(wide)
    return len(fresh)


def _receive(wide: Work, row: Announcement, people: Mapping[str, str]) -> list[Receipt]:
    """A receipt for each of these who has none; nobody hears of it yet. Answers the new ones."""
    session = wide.session
    asked = sa.select(_receipt.c.person_id).where(
        _receipt.c.notice_id == row.id, within(_receipt.c.person_id, sorted(people))
    )
    there = set(session.connection().scalars(asked))
    fresh = [
        {
            "id": derived_id("receipt", row.id, person), "notice_id": row.id, "person_id": person, "unit_id": people[person],
            "reached_at": wide.now, "read_at": None, "confirmed_at": None, "reminded_at": None, "over": False,
        }
        for person in sorted(people.keys() - there)
    ]  # fmt: skip
    if fresh:
        wide.wrote = True
        insert_missing(session.connection(), table_of(Receipt), fresh)
    for values in fresh:
        note_row(session, Receipt, str(values["id"]))
    return [Receipt(**values) for values in fresh]


def _tell(wide: Work, row: Announcement, receipts: Sequence[Receipt]) -> None:
    """Who has these receipts hears of it: their devices, their inbox, and what stands at their store."""
    if not receipts:
        return
    wide.wrote = True
    for receipt in receipts:
        mark_new(wide.session, Receipt, receipt)
    count(wide, row.id, {receipt.unit_id for receipt in receipts})
    tell_readers(wide, row, convert(row.body, NoticeBody), [receipt.person_id for receipt in receipts])


def _holders_changed(wide: Work) -> None:
    """Whose notices are whose is read at every pull, and kept until something moves. All else that is kept goes with it, so this
    is said as rarely as can be."""
    wide.session.info["reference_moved"] = True


def count(wide: Work, notice_id: str, units: Collection[str]) -> None:
    """Count anew how far it is at these units."""
    session, r = wide.session, _receipt.c
    asked = (
        sa.select(r.unit_id, sa.func.count().label("reached"), sa.func.count(r.read_at).label("seen"),
                  sa.func.count(r.confirmed_at).label("confirmed"))
        .where(r.notice_id == notice_id, within(r.unit_id, sorted(units)))
        .group_by(r.unit_id)
    )  # fmt: skip
    ids = {unit: derived_id("readers", notice_id, unit) for unit in units}
    held = sa.select(Readers).where(within(Readers.id, sorted(ids.values()))).order_by(Readers.id).with_for_update()
    known = {row.unit_id: row for row in session.scalars(held.execution_options(populate_existing=True))}
    for found in session.connection().execute(asked).all():
        row = known.get(found.unit_id)
        if row is None:
            row = wide.add(Readers(id=ids[found.unit_id], notice_id=notice_id, unit_id=found.unit_id, over=False))
        row.reached, row.seen, row.confirmed = found.reached, found.seen, found.confirmed
    session.flush()


@does(REACH)
def reach_everybody(server: Outpost, facts: dict[str, Any]) -> None:
    """The people of a notice that is for many."""
    reach_all(server.db, str(facts["notice_id"]), server.clock(), server.settings.secret)


def reach_all(db: Database, notice_id: str, now: datetime, secret: bytes) -> int:
    """Everybody whom a published notice is for and who has not got it yet. Answers how many that were; again it is none."""
    with reading(db, Actor.system()) as session:
        row = session.get(Announcement, notice_id)
        if row is None or row.state != "published":
            return 0
        body = convert(row.body, NoticeBody)
        people = audience(session, body.to, now)
        had = set(session.connection().scalars(sa.select(_receipt.c.person_id).where(_receipt.c.notice_id == notice_id)))
    # those of one store together: each store's count is written once
    waiting = sorted(people.keys() - had, key=lambda person: (people[person], person))
    made = 0
    for page in _pages(waiting, RECEIVE):
        op_id = new_id()
        with writing(db, Actor.system(), op_id=op_id, now=now) as session:
            row = _still_out(session, notice_id)
            if row is None:
                return made
            made += len(_receive(_work(session, op_id, now, secret), row, {person: people[person] for person in page}))
    # only now, when all have it: the first page says whose notices are whose, once for all of them
    for number, told in enumerate(_pages(_untold(db, notice_id), TELL)):
        op_id = new_id()
        with writing(db, Actor.system(), op_id=op_id, now=now) as session:
            row = _still_out(session, notice_id)
            if row is None:
                return made
            work = _work(session, op_id, now, secret)
            asked = sa.select(_receipt).where(within(_receipt.c.id, sorted(told)))
            _tell(work, row, [Receipt(**found._mapping) for found in session.connection().execute(asked)])
            if number == 0:
                _holders_changed(work)
    return made


def _pages(ids: Sequence[str], most: int) -> Iterator[Sequence[str]]:
    return (ids[start : start + most] for start in range(0, len(ids), most))


def _still_out(session: ScopedSession, notice_id: str) -> Announcement | None:
    """The notice, held until the end of the transaction; None where it was withdrawn or is over."""
    row = session.get(Announcement, notice_id, with_for_update=True)
    return row if row is not None and row.state == "published" else None


def _untold(db: Database, notice_id: str) -> list[str]:
    """Receipts whose people have not heard of it, those of one store together: what is left where a job was cut off."""
    r, i = _receipt.c, table_of(InboxItem).c
    told = sa.select(i.id).where(i.about_id == notice_id, i.trigger == PUBLISHED, i.receiver_id == r.person_id)
    asked = sa.select(r.id).where(r.notice_id == notice_id, r.over.is_(False), ~told.exists()).order_by(r.unit_id, r.person_id)
    with reading(db, Actor.system()) as session:
        return list(session.connection().scalars(asked))


@handles(TurnNotices, needs=Permission.REPLAY_OPERATIONS)
def turn_notices(work: Work, op: TurnNotices) -> None:
    """The system's alone: what begins is out from now, what ends is over. Whom it reaches is the job's."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    for row in _held(work, op.begin):
        if row.state == "planned" and row.from_at is not None and row.from_at <= work.now:
            goes_out(work, row)
    for row in _held(work, op.end):
        if row.state == "published" and row.until_at is not None and row.until_at <= work.now:
            row.state = "ended"
    work.session.flush()


def _held(work: Work, ids: Collection[str]) -> list[Announcement]:
    asked = sa.select(Announcement).where(within(Announcement.id, sorted(ids))).order_by(Announcement.id).with_for_update()
    return list(work.session.scalars(asked.execution_options(populate_existing=True)))


@does("turn_notices", every=lambda server: timedelta(minutes=1))
def turn(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that what has a time begins and ends without anybody at a desk."""
    turn_what_is_due(server.db, server.clock(), server.settings.secret)


@does("reach_newcomers", every=lambda server: timedelta(minutes=10))
def reach_newcomers(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that whoever is posted to a store, or gets a post, gets what counts there."""
    reach_who_came(server.db, server.clock(), server.settings.secret)


def turn_what_is_due(db: Database, now: datetime, secret: bytes) -> int:
    """Let begin and end what does by now. Answers how many notices that were."""
    a = Announcement
    with reading(db, Actor.system()) as session:
        begins = list(session.scalars(sa.select(a.id).where(a.state == "planned", a.from_at <= now).order_by(a.id)))
        ends = list(session.scalars(sa.select(a.id).where(a.state == "published", a.until_at <= now).order_by(a.id)))
    if not begins and not ends:
        return 0
    op = TurnNotices(begin=begins[:200], end=ends[:200])
    op_id = derived_id("turn_notices", *(f"begin {one}" for one in op.begin), *(f"end {one}" for one in op.end))
    outcome = perform(db, Actor.system(), op, op_id=op_id, now=now, secret=secret)
    if outcome.status != "applied":
        log.error("notices could not be turned", code=outcome.code, facts=outcome.facts)
    for notice_id in op.begin:
        reach_all(db, notice_id, now, secret)
    for notice_id in op.end:
        finish(db, notice_id, now)
    return len(op.begin) + len(op.end)


def reach_who_came(db: Database, now: datetime, secret: bytes) -> int:
    """Every notice that is out reaches who has come to fit. Answers how many receipts are new."""
    a = Announcement
    with reading(db, Actor.system()) as session:
        out = sa.select(a.id).where(a.state == "published", sa.or_(a.until_at.is_(None), a.until_at > now)).order_by(a.id)
        ids = list(session.scalars(out))
    return sum(reach_all(db, notice_id, now, secret) for notice_id in ids)


def finish(db: Database, notice_id: str, now: datetime) -> None:
    """A notice that is over leaves devices and inboxes, some people at a time. What was read stays known here."""
    while True:
        op_id = new_id()
        with writing(db, Actor.system(), op_id=op_id, now=now) as session:
            row = session.get(Announcement, notice_id)
            if row is None or row.state != "ended":
                return
            asked = sa.select(Receipt).where(Receipt.notice_id == notice_id, Receipt.over.is_(False)).order_by(Receipt.id)
            page = session.scalars(asked.limit(TELL)).all()
            work = _work(session, op_id, now, b"")
            for one in page:
                one.over = True
                close_for(work, notice_id, receiver=one.person_id)
            if len(page) < TELL:
                for counted in session.scalars(sa.select(Readers).where(Readers.notice_id == notice_id)):
                    counted.over = True
                return


def _work(session: ScopedSession, op_id: str, now: datetime, secret: bytes) -> Work:
    """The circumstances of a job that carries out what somebody asked for."""
    at = to_ms(now)
    return Work(session, Actor.system(), now, Act(op_id, None, None, TimeTaken(at, at, at, "exact"), now), secret)
