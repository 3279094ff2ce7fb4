"""The facts that count for hours: punches as they were decided, without what was rejected or replaced, and corrections."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from server.attendance.correction_model import PunchCorrection
from server.attendance.model import Punch
from server.kernel.db import ScopedSession

PEOPLE_AT_ONCE = 5_000  # a statement's parameters are limited: 32,766 on SQLite, 65,535 on PostgreSQL


class CountedFact(NamedTuple):
    """One "came" or "left" that counts. Instants are aware.

    `at` is the decided time where one was decided, and `taken_low`..`taken_high` then are that time too. `source`: punch,
    request, vouch or hq. `verdict`: of a punch that nobody has decided on, what it is worth (green, ask, review); else green.
    `received_at`: when the server had it (of a correction: when it was made).
    """

    id: str
    person_id: str
    store_id: str
    kind: str
    at: datetime
    taken_low: datetime
    taken_high: datetime
    received_at: datetime
    source: str
    verdict: str


def counted_facts(
    session: ScopedSession, person_ids: Sequence[str] | None, from_at: datetime, to_at: datetime
) -> list[CountedFact]:
    """What counts of these people (None: of everybody in the session's reach) with `from_at <= at < to_at`, in no order.

    A punch is replaced where the session reaches the correction that replaces it: who counts hours reads with the system's reach.
    Two statements for every 5,000 people: punches and corrections.
    """
    if person_ids is None:
        return _found(session, None, from_at, to_at)
    wanted = list(dict.fromkeys(person_ids))
    parts = (wanted[start : start + PEOPLE_AT_ONCE] for start in range(0, len(wanted), PEOPLE_AT_ONCE))
    return [fact for part in parts for fact in _found(session, part, from_at, to_at)]


class MinuteFact(NamedTuple):
    """A fact that counts as hours need it: its instant and when the server had it as epoch minutes, floored.

    `doubtful`: a punch that is to be reviewed and that nobody has decided on.
    """

    person_id: str
    id: str
    at_min: int
    kind: str
    store_id: str
    received_min: int
    source: str
    doubtful: bool


def minute_facts(session: ScopedSession, person_ids: Sequence[str], from_at: datetime, to_at: datetime) -> list[MinuteFact]:
    """What counts of these people with `from_at <= at < to_at`, in no order. Whoever asks gets the same: hours are computed of
    it. One statement for every 5,000 people."""
    connection = session.connection()
    minute = _pg_minute if connection.dialect.name == "postgresql" else _sqlite_minute
    at = sa.func.coalesce(Punch.decided_taken_at, Punch.taken_at, type_=Punch.taken_at.type)
    made = PunchCorrection
    found: list[MinuteFact] = []
    for start in range(0, len(person_ids), PEOPLE_AT_ONCE):
        people = person_ids[start : start + PEOPLE_AT_ONCE]
        punches = sa.select(
            Punch.person_id, Punch.id, minute(at), sa.func.coalesce(Punch.decided_kind, Punch.kind), Punch.store_id,
            minute(Punch.received_at), sa.literal("punch"), sa.and_(Punch.state == "counted", Punch.verdict == "review"),
        ).where(Punch.person_id.in_(people), *_that_count(from_at, to_at))  # fmt: skip
        corrections = sa.select(
            made.person_id, made.id, minute(made.at), made.kind, made.store_id, minute(made.made_at), made.source, sa.false(),
        ).where(made.person_id.in_(people), made.withdrawn_at.is_(None), made.at >= from_at, made.at < to_at)  # fmt: skip
        found += map(MinuteFact._make, connection.execute(sa.union_all(punches, corrections)).all())
    return found


def _pg_minute(moment: Any) -> sa.ColumnElement[int]:
    # a double holds the microseconds of this millennium without rounding one up to the next minute
    seconds = sa.func.date_part(sa.literal_column("'epoch'"), moment, type_=sa.Double())
    return sa.cast(sa.func.floor(seconds / sa.literal_column("60")), sa.BigInteger)


def _sqlite_minute(moment: Any) -> sa.ColumnElement[int]:
    # the fraction is cut off first: strftime would round 59.9999 s up to the next minute
    whole = sa.func.substr(moment, sa.literal_column("1"), sa.literal_column("19"))
    return sa.cast(sa.func.strftime(sa.literal_column("'%s'"), whole), sa.BigInteger) // 60


def _found(session: ScopedSession, people: list[str] | None, from_at: datetime, to_at: datetime) -> list[CountedFact]:
    punches, corrections = _punches(from_at, to_at), _corrections(from_at, to_at)
    if people is not None:
        punches = punches.where(Punch.person_id.in_(people))
        corrections = corrections.where(PunchCorrection.person_id.in_(people))
    # the system reaches every row: without the ORM between, a month of everybody is read in half the time
    reader = session.connection() if session.info["actor"].is_system else session
    return [CountedFact._make(row) for statement in (punches, corrections) for row in reader.execute(statement)]


def _punches(from_at: datetime, to_at: datetime) -> sa.Select[Any]:
    decided = Punch.decided_taken_at
    return sa.select(
        Punch.id, Punch.person_id, Punch.store_id,
        sa.func.coalesce(Punch.decided_kind, Punch.kind),
        sa.func.coalesce(decided, Punch.taken_at, type_=Punch.taken_at.type),
        sa.func.coalesce(decided, Punch.taken_low, type_=Punch.taken_at.type),
        sa.func.coalesce(decided, Punch.taken_high, type_=Punch.taken_at.type),
        Punch.received_at,
        sa.literal("punch"),
        sa.case((Punch.state == "counted", Punch.verdict), else_="green"),
    ).where(*_that_count(from_at, to_at))  # fmt: skip


def _that_count(from_at: datetime, to_at: datetime) -> list[sa.ColumnElement[bool]]:
    decided = Punch.decided_taken_at
    replaced = sa.select(PunchCorrection.replaces).where(
        PunchCorrection.replaces == Punch.id, PunchCorrection.withdrawn_at.is_(None)
    )
    return [
        Punch.state != "rejected",
        # written out so that each half has its index
        sa.or_(
            sa.and_(decided.is_(None), Punch.taken_at >= from_at, Punch.taken_at < to_at),
            sa.and_(decided.is_not(None), decided >= from_at, decided < to_at),
        ),
        ~replaced.exists(),
    ]


def _corrections(from_at: datetime, to_at: datetime) -> sa.Select[Any]:
    made = PunchCorrection
    return sa.select(
        made.id, made.person_id, made.store_id, made.kind, made.at, made.at, made.at, made.made_at, made.source,
        sa.literal("green"),
    ).where(made.withdrawn_at.is_(None), made.at >= from_at, made.at < to_at)  # fmt: skip
