"""Counts of stores out of the rows that were written ahead of time (rows.py): the database counts, nobody is loaded.

Who was not seen is asked about with the devices, as `rules.heard` says. The worker does so every two seconds and keeps one
line for each store (BoardCount), so that a board only adds lines up; what is not wholly in a line is counted at the look.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.boards import STATES
from server.attendance.model import Punch
from server.boards.model import CODE, STRETCHES, BoardCount, BoardMark, BoardRow, BoardSum
from server.boards.rules import ABSENT_OVER, KIOSK_SILENT_AFTER, VISITOR_IN, VISITOR_OUT
from server.devices.model import Device, DeviceChain
from server.kernel.bulk import insert_many
from server.kernel.db import ScopedSession, table_of

# Goes up with every release that makes rows differently: they are then made anew.
VERSION = 3
NUMBERS = (*STATES, "visitors")
SUMMED = (*NUMBERS, "to_review")
BEHIND = timedelta(minutes=1)  # the worker looks every two seconds; not seen for so long, its counts are not believed
LAGS = timedelta(seconds=5)  # nobody waits at the look for a line that the worker counts anew this second
ASKS_A_SECOND = 2_500  # people; 16 microseconds of the database each (docs/concepts/today.md)
REVIEWS_OF = timedelta(days=31)
# A tablet that spoke since is looked up again so long before its store would be called silent.
_SEEN_HOLDS = KIOSK_SILENT_AFTER - timedelta(minutes=5)
_AT_ONCE = 2_000
_device, _chain, _mark, _row, _count, _sum = (
    table_of(m) for m in (Device, DeviceChain, BoardMark, BoardRow, BoardCount, BoardSum)
)
_WORKING = sa.and_(_device.c.id == _chain.c.device_id, _device.c.revoked_at.is_(None))
_SEEN = sa.func.max(sa.func.coalesce(_chain.c.last_seen_at, _device.c.enrolled_at), type_=BoardCount.seen_at.type)
# written out, not bound: only then does the database see that it is the condition of the index of open reviews
_COUNTED, _DOUBTFUL = Punch.state == sa.literal_column("'counted'"), Punch.verdict != sa.literal_column("'green'")
_CODES = {**{state: [CODE[state]] for state in STATES}, "visitors": [CODE[VISITOR_IN], CODE[VISITOR_OUT]]}
_ASKED = ("absent", "not_in_yet", "unknown")
_NOT_SEEN = [CODE["absent"], CODE["not_in_yet"], CODE[ABSENT_OVER]]
_STANDING = [code for name, codes in _CODES.items() if name not in _ASKED for code in codes]


def kept_at(session: ScopedSession, now: datetime) -> datetime | None:
    """When the worker last saw to it that the rows are true. None: they may not be counted, because other rules made them, not
    everybody's are there, or one of them has run out."""
    connection = session.connection()
    mark = connection.execute(sa.select(_mark.c.version, _mark.c.kept_at)).one_or_none()
    if mark is None or mark.version != VERSION:
        return None
    ran_out = connection.execute(sa.select(_row.c.id).where(_row.c.until <= now).limit(1)).first() is not None
    return None if ran_out else mark.kept_at


def is_large(session: ScopedSession, more_than: int) -> bool:
    """Whether the reader sees more rows than this."""
    return session.execute(sa.select(BoardRow.id).offset(more_than).limit(1)).first() is not None


def tallies(now: datetime, condition: Any) -> Any:
    """How many people are in which state by store, of the rows that meet the condition: `store_id` and each of NUMBERS."""
    standing = sa.select(BoardRow.store_id, _word_at(now).label("word")).where(condition).offset(0).subquery("standing")
    asked = _with_devices(now, condition).subquery("said")
    both = (
        sa.select(standing.c.store_id, standing.c.word).where(standing.c.word.in_(_STANDING)),
        sa.select(asked.c.store_id, asked.c.word),
    )
    return _by_store(sa.union_all(*both).subquery("words"), NUMBERS)


def _by_store(words: Any, names: Iterable[str]) -> Any:
    counts = (sa.func.count().filter(words.c.word.in_(_CODES[name])).label(name) for name in names)
    return sa.select(words.c.store_id, *counts).group_by(words.c.store_id)


def tablets() -> Any:
    """Of every store with a tablet: when one last synced (`last_sync`), and when one was last heard of (`seen`)."""
    return (
        sa.select(_device.c.store_id, sa.func.max(_chain.c.last_seen_at, type_=BoardCount.seen_at.type).label("last_sync"),
                  _SEEN.label("seen"))
        .join(_chain, _WORKING)
        .where(_device.c.store_id.is_not(None))
        .group_by(_device.c.store_id)
    )  # fmt: skip


def reviews(now: datetime) -> Any:
    """How many punches wait for a decision (`to_review`) by store, and when the oldest was made."""
    return (
        sa.select(Punch.store_id, sa.func.count().label("to_review"), sa.func.min(Punch.taken_at).label("oldest"))
        .where(_COUNTED, _DOUBTFUL, Punch.taken_at > now - REVIEWS_OF)
        .group_by(Punch.store_id)
    )


def asks_take(session: ScopedSession, now: datetime) -> timedelta:
    """How far apart the devices are asked: so many people were not seen that more often would keep the database busy."""
    waiting = sa.select(sa.func.count()).select_from(_row).where(_row.c.asks_from <= now)
    return min(timedelta(seconds=session.execute(waiting).scalar_one() / ASKS_A_SECOND), BEHIND / 2)


def moved(session: ScopedSession, now: datetime, *, asks: bool) -> set[str]:
    """The stores whose line is not true any more: the clock moved somebody, a silent tablet spoke, or (`asks`) a device has
    another thing to say to who was not seen."""
    seen = sa.select(_SEEN).select_from(_device).join(_chain, _WORKING).where(_device.c.store_id == _count.c.store_id)
    spoke = sa.and_(_count.c.seen_at <= now - _SEEN_HOLDS, _count.c.seen_at < seen.correlate(_count).scalar_subquery())
    found = set(session.execute(sa.select(_count.c.store_id).where(sa.or_(_count.c.until <= now, spoke))).scalars())
    if asks:
        asked = _by_store(_with_devices(now, sa.true()).subquery("said"), _ASKED).subquery("asked")
        differs = sa.or_(*(_count.c[name] != sa.func.coalesce(asked.c[name], 0) for name in _ASKED))
        others = sa.select(_count.c.store_id).outerjoin(asked, asked.c.store_id == _count.c.store_id).where(differs)
        found.update(session.execute(others).scalars())
    return found


def count_anew(session: ScopedSession, stores: Collection[str], now: datetime) -> None:
    """The lines of these stores, from their rows, and what all lines come to. The session reaches everything."""
    ordered = sorted(stores)
    for start in range(0, len(ordered), _AT_ONCE):
        _count_some(session, ordered[start : start + _AT_ONCE], now)
    connection = session.connection()
    connection.execute(sa.delete(_sum))
    connection.execute(sa.insert(_sum).from_select(["id", "stores", "staffed", *SUMMED], _all_lines()))


def _all_lines() -> Any:
    sums = (sa.func.coalesce(sa.func.sum(_count.c[name]), 0) for name in SUMMED)
    return sa.select(sa.literal(1), sa.func.count(), sa.func.count().filter(has_something(_count.c)), *sums).select_from(_count)


def has_something(line: Any) -> sa.ColumnElement[bool]:
    """A store that has anything to show: people, visitors, punches that wait, or a tablet."""
    return sa.or_(*(line[name] > 0 for name in SUMMED), line.seen_at.is_not(None))


def sums_of_all(session: ScopedSession, now: datetime, *, staffed: bool) -> Any:
    """What all lines come to as of the worker's last round, with how many tablets are silent now: `posted`, `stores`, `silent`,
    NUMBERS and `to_review`. None while nothing has been counted yet. Whoever does not see every line sees nothing here."""
    silent = sa.select(sa.func.count()).select_from(_count).where(_count.c.seen_at < now - KIOSK_SILENT_AFTER)
    posted = sum((getattr(BoardSum, name) for name in STATES[1:]), getattr(BoardSum, STATES[0]))
    numbers = [getattr(BoardSum, name) for name in SUMMED]
    stores = (BoardSum.staffed if staffed else BoardSum.stores).label("stores")
    asked = sa.select(*numbers, posted.label("posted"), stores, silent.scalar_subquery().label("silent"))
    return session.execute(asked).one_or_none()


def _count_some(session: ScopedSession, stores: list[str], now: datetime) -> None:
    connection = session.connection()
    turns = [getattr(BoardRow, f"from{n}") for n in range(1, STRETCHES)]
    turn = sa.case(*[(turn > now, turn) for turn in turns], else_=BoardRow.until)
    turning = sa.select(BoardRow.store_id, sa.func.min(turn, type_=BoardRow.until.type).label("until")).where(
        BoardRow.store_id.in_(stores)
    )
    until, words, waits, heard = (
        {row.store_id: row for row in session.execute(statement)}
        for statement in (
            turning.group_by(BoardRow.store_id), tallies(now, BoardRow.store_id.in_(stores)),
            reviews(now).where(Punch.store_id.in_(stores)), tablets().where(_device.c.store_id.in_(stores)),
        )
    )  # fmt: skip
    made = []
    for store_id in stores:
        mine = words[store_id]._mapping if store_id in words else {}
        holds = [now + timedelta(days=1)]
        holds += [until[store_id].until] if store_id in until else []
        holds += [waits[store_id].oldest + REVIEWS_OF] if store_id in waits else []
        made.append(
            {"store_id": store_id, "until": min(holds), **{name: mine.get(name, 0) for name in NUMBERS},
             "to_review": waits[store_id].to_review if store_id in waits else 0,
             "seen_at": heard[store_id].seen if store_id in heard else None}
        )  # fmt: skip
    connection.execute(sa.delete(_count).where(_count.c.store_id.in_(stores)))
    insert_many(connection, _count, made)


def _with_devices(now: datetime, condition: Any) -> Any:
    """Stores and words of those who were not seen, with what the devices have to say to it: `rules.heard`, in SQL."""
    word, needs = _word_at(now), _needs_at(now)
    tablet, its_chain = _device.alias("tablet"), _chain.alias("tablet_chain")
    phone, phones_chain = _device.alias("phone"), _chain.alias("phone_chain")
    told, phone_told = _told(tablet, its_chain), _told(phone, phones_chain)
    tablets_here = tablet.join(its_chain, sa.and_(tablet.c.id == its_chain.c.device_id, tablet.c.revoked_at.is_(None)))
    phones_of_them = phone.join(phones_chain, sa.and_(phone.c.id == phones_chain.c.device_id, phone.c.revoked_at.is_(None)))
    asked = (
        sa.select(
            BoardRow.store_id, word.label("word"),
            sa.case((BoardRow.day_ends_at <= now, BoardRow.day_ends_at), else_=BoardRow.day_starts_at).label("day_starts"),
            sa.func.max(sa.func.coalesce(its_chain.c.last_seen_at, tablet.c.enrolled_at)).label("seen"),
            sa.func.max(phone_told).label("last"),
            sa.func.min(told).filter(tablet.c.enrolled_at < needs, needs > told).label("tablet"),
            sa.func.min(phone_told).filter(phone.c.enrolled_at < needs, needs > phone_told).label("phone"),
        )
        .outerjoin(tablets_here, tablet.c.store_id == BoardRow.store_id)
        .outerjoin(phones_of_them, phone.c.person_id == BoardRow.person_id)
        .where(BoardRow.asks_from <= now, word.in_(_NOT_SEEN), condition)
        .group_by(BoardRow.id)
        .subquery("asked")
        .c
    )  # fmt: skip
    limit = sa.literal(now - KIOSK_SILENT_AFTER, BoardRow.until.type)
    unknown, absent, not_yet = (sa.literal(CODE[state], sa.SmallInteger) for state in ("unknown", "absent", "not_in_yet"))
    over = asked.word == CODE[ABSENT_OVER]
    said = sa.case(
        (sa.and_(sa.not_(over), asked.seen < limit), unknown),
        (sa.and_(asked.word == CODE["not_in_yet"], asked.seen.is_(None), asked.last < asked.day_starts), unknown),
        (asked.word == CODE["not_in_yet"], not_yet),
        (sa.or_(asked.tablet < limit, asked.phone < limit), unknown),
        (sa.and_(sa.not_(over), sa.or_(asked.tablet.is_not(None), asked.phone.is_not(None))), not_yet),
        else_=absent,
    )
    return sa.select(asked.store_id, said.label("word"))


def _told(device: Any, chain: Any) -> Any:
    """All that a device did before then is known; it holds nothing from before it was enrolled (devices.queries.heard_until)."""
    up_to = sa.case((chain.c.head_seq >= chain.c.reported_head, chain.c.last_seen_at), else_=chain.c.head_at)
    return sa.func.coalesce(up_to, device.c.enrolled_at)


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
