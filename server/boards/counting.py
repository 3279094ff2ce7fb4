"""Counts of many stores out of the rows that were written ahead of time (rows.py): the database counts, nobody is loaded.

What the devices have to say to it is asked at each look, as `rules.heard` says: only for who was not seen.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.boards import STATES
from server.boards.model import CODE, STRETCHES, BoardCount, BoardMark, BoardRow
from server.boards.rules import ABSENT_OVER, KIOSK_SILENT_AFTER, VISITOR_IN, VISITOR_OUT
from server.devices.model import Device, DeviceChain
from server.kernel.actors import Actor, Permission
from server.kernel.bulk import insert_many
from server.kernel.db import ScopedSession, table_of

# Goes up with every release that makes rows differently: they are then made anew.
VERSION = 1
_device, _chain, _mark, _row, _count = (table_of(m) for m in (Device, DeviceChain, BoardMark, BoardRow, BoardCount))
_READ = msgspec.json.Decoder(dict[str, int]).decode
# All that a device did before then is known; it can hold nothing from before it was enrolled (devices.queries.heard_until).
_TOLD = sa.func.coalesce(
    sa.case((_chain.c.head_seq >= _chain.c.reported_head, _chain.c.last_seen_at), else_=_chain.c.head_at), _device.c.enrolled_at
)
_WORKING = sa.and_(_device.c.id == _chain.c.device_id, _device.c.revoked_at.is_(None))


def rows_are_true(session: ScopedSession, now: datetime) -> bool:
    """Whether the rows may be counted: made by these rules, for everybody, and none of them has run out."""
    connection = session.connection()
    if connection.execute(sa.select(_mark.c.version)).scalar_one_or_none() != VERSION:
        return False
    return connection.execute(sa.select(_row.c.id).where(_row.c.until <= now).limit(1)).first() is None


def is_large(session: ScopedSession, more_than: int) -> bool:
    """Whether there are more rows than this."""
    return session.connection().execute(sa.select(_row.c.id).offset(more_than).limit(1)).first() is not None


def plain_id(session: ScopedSession, column: Any) -> Any:
    """An id as text: of ten thousand rows the driver's UUID objects alone would take as long as everything else."""
    return sa.cast(column, sa.Text) if session.get_bind().dialect.name == "postgresql" else column


def counts_of(session: ScopedSession, now: datetime, narrowed: Any = None) -> dict[str, dict[str, int]]:
    """By store: how many are in which state, and visitors. `narrowed` may narrow the rows further than the session does.

    Those whom no device can change are counted already (BoardCount), but for stores where somebody's word has changed since;
    those who were not seen are few, and asked about with the devices.
    """
    actor: Actor = session.info["actor"]
    counts: dict[str, dict[str, int]] = {}
    if narrowed is None and actor.has_everywhere(Permission.READ_BOARD):
        kept = sa.select(plain_id(session, _count.c.store_id), _count.c.counts).where(_count.c.until > now)
        counts = {store_id: _READ(said) for store_id, said in session.connection().execute(kept)}
        moved = sa.select(_count.c.store_id).where(_count.c.until <= now)
        standing = as_they_stand(now).where(BoardRow.store_id.in_(moved))
    else:
        standing = as_they_stand(now)
        standing = standing if narrowed is None else narrowed(standing, BoardRow.store_id, BoardRow.person_id)
    for words, found in ((_AS_THEY_STAND, standing), (_ASKED, _with_devices(now, narrowed))):
        for store_id, mine in counted(session, found, words):
            known = counts.setdefault(store_id, {})
            for name, count in mine.items():
                known[name] = known.get(name, 0) + count
    return counts


def counted(session: ScopedSession, statement: Any, words: list[int]) -> Iterator[tuple[str, dict[str, int]]]:
    """Of a statement of stores and words: how many have each of these words, by store and name."""
    names = [_NAMES[word] for word in words]
    inner = statement.offset(0).subquery("said")  # the offset keeps the word from being computed once for each count
    of_words = [sa.func.count().filter(inner.c.word == word) for word in words]
    grouped = sa.select(plain_id(session, inner.c.store_id), *of_words).where(inner.c.word.in_(words)).group_by(inner.c.store_id)
    for store_id, *people in session.execute(grouped):
        mine: dict[str, int] = {}
        for name, count in zip(names, people, strict=True):
            if count:
                mine[name] = mine.get(name, 0) + count
        yield store_id, mine


def count_anew(session: ScopedSession, stores: Collection[str], now: datetime) -> None:
    """The counts of these stores, from their rows. The session reaches everything."""
    connection = session.connection()
    here = BoardRow.store_id.in_(stores)
    turns = [getattr(BoardRow, f"from{n}") for n in range(1, STRETCHES)]
    next_turn = sa.case(*[(turn > now, turn) for turn in turns], else_=BoardRow.until)
    moves = sa.select(plain_id(session, BoardRow.store_id), sa.func.min(next_turn, type_=BoardRow.until.type)).where(here)
    counts = dict(counted(session, as_they_stand(now).where(here), _AS_THEY_STAND))
    made = [
        {"store_id": store_id, "until": until, "counts": msgspec.json.encode(counts.get(store_id, {})).decode()}
        for store_id, until in session.execute(moves.group_by(BoardRow.store_id))
    ]
    connection.execute(sa.delete(_count).where(_count.c.store_id.in_(stores)))
    insert_many(connection, _count, made)


_NAMES = {
    **{CODE[state]: state for state in STATES}, CODE[VISITOR_IN]: "visitors", CODE[VISITOR_OUT]: "visitors",
}  # fmt: skip
_NOT_SEEN = [CODE["absent"], CODE["not_in_yet"], CODE[ABSENT_OVER]]
_ASKED = [CODE["absent"], CODE["not_in_yet"], CODE["unknown"]]
_AS_THEY_STAND = [code for code in _NAMES if code not in _ASKED]


def as_they_stand(now: datetime) -> Any:
    """Stores and words, devices not asked."""
    return sa.select(BoardRow.store_id, _word_at(now).label("word"))


def _with_devices(now: datetime, narrowed: Any) -> Any:
    """The same of those who were not seen, with what the devices have to say to it: `rules.heard`, in SQL."""
    kiosks = (
        sa.select(_device.c.store_id, sa.func.max(sa.func.coalesce(_chain.c.last_seen_at, _device.c.enrolled_at)).label("seen"))
        .where(_WORKING, _device.c.kind == "kiosk")
        .group_by(_device.c.store_id)
        .subquery("kiosks")
    )
    word, needs = _word_at(now), _needs_at(now)
    is_absent = word != CODE["not_in_yet"]
    tablet, phone = _device.c.store_id == BoardRow.store_id, _device.c.person_id == BoardRow.person_id
    found = (
        sa.select(
            BoardRow.store_id, word.label("word"), kiosks.c.seen,
            sa.case((BoardRow.day_ends_at <= now, BoardRow.day_ends_at), else_=BoardRow.day_starts_at).label("day_starts"),
            sa.case((sa.and_(sa.not_(is_absent), kiosks.c.seen.is_(None)), _told(sa.func.max, phone))).label("last"),
            sa.case((is_absent, _told(sa.func.min, tablet, needs))).label("tablet"),
            sa.case((is_absent, _told(sa.func.min, phone, needs))).label("phone"),
        )
        .outerjoin(kiosks, kiosks.c.store_id == BoardRow.store_id)
        .where(BoardRow.asks_from <= now, word.in_(_NOT_SEEN))
    )  # fmt: skip
    if narrowed is not None:
        found = narrowed(found, BoardRow.store_id, BoardRow.person_id)
    asked = found.offset(0).subquery("asked").c
    limit = sa.literal(now - KIOSK_SILENT_AFTER, BoardRow.until.type)
    unknown, absent, not_yet = (sa.literal(CODE[state], sa.SmallInteger) for state in ("unknown", "absent", "not_in_yet"))
    over = asked.word == CODE[ABSENT_OVER]
    said = sa.case(
        (sa.and_(sa.not_(over), asked.seen < limit), unknown),
        (sa.and_(asked.word == CODE["not_in_yet"], asked.last < asked.day_starts), unknown),
        (asked.word == CODE["not_in_yet"], not_yet),
        (sa.or_(asked.tablet < limit, asked.phone < limit), unknown),
        (sa.and_(sa.not_(over), sa.or_(asked.tablet.is_not(None), asked.phone.is_not(None))), not_yet),
        else_=absent,
    )
    return sa.select(asked.store_id, said.label("word"))


def _told(least: Any, whose: Any, needs: Any = None) -> Any:
    """Until when these devices have told everything; with `needs` only of those that may hold something from before then."""
    found = sa.select(least(_TOLD)).select_from(_device).join(_chain, _WORKING).where(whose)
    if needs is not None:
        found = found.where(_device.c.enrolled_at < needs, needs > _TOLD)
    return found.correlate(_row).scalar_subquery()


def _word_at(now: datetime) -> Any:
    """The word that counts at a moment."""
    words = [getattr(BoardRow, f"word{n}") for n in range(STRETCHES)]
    begins = [getattr(BoardRow, f"from{n}") for n in range(1, STRETCHES)]
    whens = [(begin <= now, word) for begin, word in zip(reversed(begins), reversed(words[1:]), strict=True)]
    return sa.case(*whens, else_=words[0])


def _needs_at(now: datetime) -> Any:
    """Since when the devices must have been heard of: since the stretch began; of the first one, as it says."""
    begins = [getattr(BoardRow, f"from{n}") for n in range(STRETCHES - 1, 0, -1)]
    return sa.case(*[(begin <= now, begin) for begin in begins], else_=BoardRow.needs0)
