"""Keeps the board's rows: what was learned about people marks them, the worker makes marked people's rows anew.

Facts are seen as they enter the log, about a second after they were committed, so the board costs a punch nothing. Rows hold
for some hours; they are made anew before they run out, so that the turn of a day finds its rows there. After an upgrade or in
a new database there is no mark: everything is made, and boards are counted without rows until then.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.moments import instant, to_ms
from server.attendance.correction_model import PunchCorrection
from server.attendance.model import Punch
from server.boards.counting import VERSION, asks_take, count_anew, moved
from server.boards.gathering import AT_ONCE, Stay, clocks_of, gather, seen_since, stays_of
from server.boards.model import CODE, STRETCHES, BoardChange, BoardMark, BoardRow
from server.boards.rules import ABSENT_OVER, NOT_HERE, Stretch, course
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.events import reacts_to
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Work, reading, writing
from server.kernel.witness import Stored, follows
from server.postings.model import Posting
from server.shifts.events import DutiesChanged, RulesChanged
from server.stores.model import Store

EVERY = timedelta(seconds=2)
AHEAD = timedelta(minutes=10)  # rows are made anew so long before they run out
HOLDS = timedelta(hours=12)  # and reach so far into the next business day
SAYS_SO = timedelta(seconds=10)  # how often it says that all is well
_row, _change, _mark, _posting = (table_of(m) for m in (BoardRow, BoardChange, BoardMark, Posting))


@follows("punch")
@follows("punch_correction")
def facts_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """Somebody punched or was corrected, or a punch was decided."""
    _note(connection, {(row["person_id"], row["store_id"]) for row in rows})


@follows("leave")
@follows("posting")
@follows("home_stay")
def people_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """Somebody went on leave, was posted or moved."""
    _note(connection, {(row["person_id"], None) for row in rows})


@follows("store")
def stores_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """A store opened, or its zone or the turn of its day may be another now."""
    ids = [row["id"] for row in rows]
    there = connection.execute(sa.select(_row.c.person_id).where(_row.c.store_id.in_(ids)).distinct()).scalars().all()
    _note(connection, [*((None, store_id) for store_id in ids), *((person_id, None) for person_id in there)])


@follows("device")
def devices_entered(connection: sa.Connection, rows: Sequence[Stored]) -> None:
    """A tablet or a phone came, or was revoked: what it could hold is asked about, or is not any more."""
    _note(connection, {(row["person_id"], row["store_id"]) for row in rows})


@reacts_to(DutiesChanged)
def duties_changed(work: Work, event: DutiesChanged) -> None:
    """What people are due is another."""
    _note_people(work.session.connection(), event.person_ids)


@reacts_to(RulesChanged)
def rules_changed(work: Work, event: RulesChanged) -> None:
    """Their grace may be another."""
    _note_people(work.session.connection(), event.person_ids)


def _note_people(connection: sa.Connection, people: Iterable[str] | None) -> None:
    """None: everybody."""
    _note(connection, [(None, None)] if people is None else [(person_id, None) for person_id in people])


def _note(connection: sa.Connection, changes: Iterable[tuple[str | None, str | None]]) -> None:
    insert_many(connection, _change, [{"person_id": person_id, "store_id": store_id} for person_id, store_id in changes])


@does("keep_board", every=lambda server: EVERY)
def keep_board(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that a board is counted from rows that are true."""
    keep(server.db, server.clock())


def keep(db: Database, now: datetime) -> int:
    """Make anew whatever has to be; answers of how many people."""
    if _all_to_be_made(db):
        return _make_all(db, now)
    made = 0
    while noted := _make_noted(db, now):
        made += noted
    with db.glance() as connection:
        turning = _turning(connection, now)
        said = connection.execute(sa.select(_mark.c.kept_at)).scalar_one()
    made += _make_parts(db, turning, now)
    with reading(db, Actor.system()) as session:
        asks = now - said >= asks_take(session, now)
        stores = moved(session, now, asks=asks)
    if stores or (asks and now - said >= SAYS_SO):
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            count_anew(session, stores, now)
            if asks:
                session.connection().execute(sa.update(_mark).values(kept_at=now))
    return made


def _make_noted(db: Database, now: datetime) -> int:
    """Those of whom something was learned, so many at once."""
    with db.glance() as connection:
        if connection.execute(sa.select(_change.c.id).limit(1)).first() is None:
            return 0
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        connection = session.connection()
        noted = connection.execute(sa.select(_change).order_by(_change.c.id).limit(AT_ONCE)).all()
        stores = make(session, {row.person_id for row in noted if row.person_id is not None}, now)
        count_anew(session, stores | {row.store_id for row in noted if row.store_id is not None}, now)
        connection.execute(sa.delete(_change).where(_change.c.id.in_([row.id for row in noted])))
    return len(noted)


def _turning(connection: sa.Connection, now: datetime) -> set[str]:
    """Those whose rows are about to run out, and who are about to begin somewhere."""
    soon = now + AHEAD
    begins = (
        sa.select(_posting.c.person_id)
        .outerjoin(_row, sa.and_(_row.c.person_id == _posting.c.person_id, _row.c.store_id == _posting.c.store_id))
        .where(_posting.c.starts_at > now - AHEAD, _posting.c.starts_at <= soon, _row.c.id.is_(None))
        .where(sa.or_(_posting.c.ends_at.is_(None), _posting.c.ends_at > now))
    )
    ending = sa.select(_row.c.person_id).where(_row.c.until <= soon)
    return {person for asked in (ending, begins) for person in connection.execute(asked).scalars()}


def _make_parts(db: Database, people: Collection[str], now: datetime) -> int:
    ordered = sorted(people)
    for start in range(0, len(ordered), AT_ONCE):
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            count_anew(session, make(session, ordered[start : start + AT_ONCE], now), now)
    return len(ordered)


def _all_to_be_made(db: Database) -> bool:
    with db.glance() as connection:
        version = connection.execute(sa.select(_mark.c.version)).scalar_one_or_none()
        everybody = sa.select(_change.c.id).where(_change.c.person_id.is_(None), _change.c.store_id.is_(None)).limit(1)
        return version != VERSION or connection.execute(everybody).first() is not None


def _make_all(db: Database, now: datetime) -> int:
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        connection = session.connection()
        last = connection.execute(sa.select(sa.func.max(_change.c.id))).scalar_one_or_none() or 0
        posted = sa.select(_posting.c.person_id).where(sa.or_(_posting.c.ends_at.is_(None), _posting.c.ends_at > now))
        people = set(connection.execute(posted).scalars()) | set(connection.execute(sa.select(_row.c.person_id)).scalars())
        days = (now - timedelta(days=2)).date(), (now + timedelta(days=2)).date()
        people |= {person_id for person_id, _ in seen_since(session, days, (sa.true(), sa.true()))}
    ordered = sorted(people)
    for start in range(0, len(ordered), AT_ONCE):
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            make(session, ordered[start : start + AT_ONCE], now)
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        connection = session.connection()
        count_anew(session, session.scalars(sa.select(Store.id)).all(), now)
        connection.execute(sa.delete(_change).where(_change.c.id <= last))
        connection.execute(sa.delete(_mark))
        connection.execute(sa.insert(_mark).values(id=1, version=VERSION, kept_at=now))
    return len(ordered)


def make(session: ScopedSession, people: Collection[str], now: datetime) -> set[str]:
    """The rows of these people as of now, instead of those they have; answers the stores whose lines are to be counted anew."""
    connection = session.connection()
    mine = _row.c.person_id.in_(people)
    stores = set(connection.execute(sa.select(_row.c.store_id).where(mine).distinct()).scalars())
    connection.execute(sa.delete(_row).where(mine))
    rows = rows_of(session, people, now)
    insert_many(connection, _row, rows)
    return stores | {row["store_id"] for row in rows}


def rows_of(session: ScopedSession, people: Collection[str], now: datetime) -> list[dict[str, Any]]:
    """What the table is to hold of these people."""
    postings = session.execute(
        sa.select(Posting.person_id, Posting.store_id, Posting.starts_at, Posting.ends_at, Posting.home_unit_id).where(
            Posting.person_id.in_(people), sa.or_(Posting.ends_at.is_(None), Posting.ends_at > now),
            Posting.starts_at <= now + timedelta(days=2),
        )
    ).all()  # fmt: skip
    days = (now - timedelta(days=2)).date(), (now + timedelta(days=2)).date()
    seen = seen_since(session, days, (Punch.person_id.in_(people), PunchCorrection.person_id.in_(people)))
    stays = stays_of(postings, seen)
    where = sorted({stay.store_id for stay in stays})
    stores = session.execute(sa.select(Store.id, Store.zone, Store.day_turns_at_min).where(Store.id.in_(where)))
    gathered = gather(session, (stay.person_id for stay in stays), clocks_of(stores, now), now)
    found = []
    for stay in stays:
        clock = gathered.clocks[stay.store_id]
        day_ends, now_ms = clock.ends_ms, to_ms(now)
        until = day_ends + int(HOLDS.total_seconds()) * 1_000
        stretches = course(gathered.known(stay), now_ms, day_ends)
        stretches += course(gathered.known(stay, next_day=True), day_ends, until)
        if any(stretch.word != NOT_HERE for stretch in stretches):
            found.append(_row_of(stay, clock.starts_ms, day_ends, stretches, until))
    return found


def _row_of(stay: Stay, day_starts: int, day_ends: int, stretches: list[Stretch], until: int) -> dict[str, Any]:
    """The first stretches, as many as there is room for; what comes after them is made when its time has come."""
    kept: list[Stretch] = []
    for stretch in stretches:
        if kept and (stretch.word, stretch.needs_ms) == kept[-1][1:]:
            continue
        asks_later = bool(kept) and stretch.needs_ms is not None and stretch.needs_ms != stretch.from_ms
        if len(kept) == STRETCHES or asks_later:
            until = stretch.from_ms
            break
        kept.append(stretch)
    row: dict[str, Any] = {
        "id": derived_id("board", stay.person_id, stay.store_id), "person_id": stay.person_id, "store_id": stay.store_id,
        "home_unit_id": stay.home_unit_id, "day_starts_at": instant(day_starts), "day_ends_at": instant(day_ends),
        "needs0": None if kept[0].needs_ms is None else instant(kept[0].needs_ms), "until": instant(until),
    }  # fmt: skip
    asking = [stretch.from_ms for stretch in kept if stretch.word in ("absent", "not_in_yet", ABSENT_OVER)]
    row["asks_from"] = instant(asking[0]) if asking else None
    for n in range(STRETCHES):
        row[f"word{n}"] = CODE[kept[n].word] if n < len(kept) else None
        if n:
            row[f"from{n}"] = instant(kept[n].from_ms) if n < len(kept) else None
    return row
