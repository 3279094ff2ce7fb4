"""Counts of many stores out of the rows that were written ahead of time (rows.py): the database counts, nobody is loaded.

What the devices have to say to it is asked here as `rules.heard` says: only for who was not seen.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

import sqlalchemy as sa

from contract.boards import STATES
from server.boards.model import CODE, STRETCHES, BoardMark, BoardRow
from server.boards.rows import VERSION
from server.boards.rules import ABSENT_OVER, KIOSK_SILENT_AFTER, VISITOR_IN, VISITOR_OUT
from server.devices.model import Device, DeviceChain
from server.kernel.db import ScopedSession, table_of

_device, _chain, _mark, _row = (table_of(m) for m in (Device, DeviceChain, BoardMark, BoardRow))
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


def counts_of(session: ScopedSession, now: datetime, narrowed: Any = None) -> dict[str, Mapping[str, int]]:
    """By store: how many are in which state, and visitors. `narrowed` may narrow the rows further than the session does.

    Two questions: those whom no device can change are counted as they stand, and those who were not seen with the devices.
    """
    counts: dict[str, dict[str, int]] = {}
    for words, statement in ((_AS_THEY_STAND, _as_they_stand(now)), (_ASKED, _with_devices(now))):
        found = statement if narrowed is None else narrowed(statement, BoardRow.store_id, BoardRow.person_id)
        names = [_NAMES[word] for word in words]
        inner = found.offset(0).subquery("said")  # the offset keeps the word from being computed once for each count
        of_words = [sa.func.count().filter(inner.c.word == word) for word in words]
        for store_id, *people in session.execute(
            sa.select(plain_id(session, inner.c.store_id), *of_words).where(inner.c.word.in_(words)).group_by(inner.c.store_id)
        ):
            mine = counts.setdefault(store_id, {})
            for name, count in zip(names, people, strict=True):
                if count:
                    mine[name] = mine.get(name, 0) + count
    return counts  # type: ignore[return-value]


_NAMES = {
    **{CODE[state]: state for state in STATES}, CODE[VISITOR_IN]: "visitors", CODE[VISITOR_OUT]: "visitors",
}  # fmt: skip
_NOT_SEEN = [CODE["absent"], CODE["not_in_yet"], CODE[ABSENT_OVER]]
_ASKED = [CODE["absent"], CODE["not_in_yet"], CODE["unknown"]]
_AS_THEY_STAND = [code for code in _NAMES if code not in _ASKED]


def _as_they_stand(now: datetime) -> Any:
    return sa.select(BoardRow.store_id, _word_at(now).label("word"))


def _with_devices(now: datetime) -> Any:
    kiosks = (
        sa.select(_device.c.store_id, sa.func.max(sa.func.coalesce(_chain.c.last_seen_at, _device.c.enrolled_at)).label("seen"))
        .where(_WORKING, _device.c.kind == "kiosk")
        .group_by(_device.c.store_id)
        .subquery("kiosks")
    )
    word = _word_at(now)
    said = _heard(word, _needs_at(now), kiosks.c.seen, now)
    found = sa.select(BoardRow.store_id, said.label("word")).outerjoin(kiosks, kiosks.c.store_id == BoardRow.store_id)
    return found.where(word.in_(_NOT_SEEN))


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


def _heard(word: Any, needs: Any, seen: Any, now: datetime) -> Any:
    """`rules.heard`, in SQL."""
    limit = now - KIOSK_SILENT_AFTER
    unknown, absent, not_yet = (sa.literal(CODE[state], sa.SmallInteger) for state in ("unknown", "absent", "not_in_yet"))
    over = word == CODE[ABSENT_OVER]
    day_starts = sa.case((BoardRow.day_ends_at <= now, BoardRow.day_ends_at), else_=BoardRow.day_starts_at)
    moment = sa.literal(limit, BoardRow.until.type)
    for_nobody_in = sa.case(
        (sa.or_(seen.is_not(None), sa.not_(_phone(sa.true()))), not_yet), (_phone(day_starts <= _TOLD), not_yet), else_=unknown
    )
    for_absent = sa.case(
        (_untold(needs, sa.and_(needs > _TOLD, moment > _TOLD)), unknown),
        (sa.and_(sa.not_(over), _untold(needs, needs > _TOLD)), not_yet),
        else_=absent,
    )
    return sa.case(
        (sa.and_(sa.not_(over), seen < moment), unknown),
        (word == CODE["not_in_yet"], for_nobody_in),
        else_=for_absent,
    )


def _last_told() -> Any:
    """What is known of the person's phones, at the latest; null: there is none."""
    mine = sa.select(sa.func.max(_TOLD)).select_from(_device).join(_chain, _WORKING)
    return mine.where(_device.c.person_id == BoardRow.person_id).correlate(_row).scalar_subquery()


def _phone(condition: Any) -> Any:
    """Whether a working phone of the person is so."""
    mine = _device.c.person_id == BoardRow.person_id
    phone = sa.select(1).select_from(_device).join(_chain, _WORKING).where(mine, condition)
    return sa.exists(phone.correlate(_row))


def _untold(needs: Any, condition: Any) -> Any:
    """Whether a tablet of the store, or a phone of the person, may hold something from before `needs` and is so."""
    at_store = _device.c.store_id == BoardRow.store_id
    tablet = sa.select(1).select_from(_device).join(_chain, _WORKING).where(at_store, _device.c.enrolled_at < needs, condition)
    return sa.or_(sa.exists(tablet.correlate(_row)), _phone(sa.and_(_device.c.enrolled_at < needs, condition)))
