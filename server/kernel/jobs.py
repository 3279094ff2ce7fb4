"""Work for later: rows written in the transaction that asks for them, done by workers that claim them for a while.

A claim runs out, so a dead worker delays a job and never loses it; hence every job must be safe to do twice. Timed work is
the same row with a later `due_at`: when it is done, its next time is set in the same transaction. Why no scheduler and no
queue library: docs/decisions/0003.
"""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog
from sqlalchemy.orm import Mapped, mapped_column

from contract.ids import derived_id, new_id
from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Database, ScopedSession, id_column, table_of
from server.kernel.perform import Work, writing
from server.kernel.scope import only_with

log = structlog.get_logger()

CLAIM_FOR = timedelta(minutes=10)
FIRST_PAUSE_S, LONGEST_PAUSE_S = 5, 3600
MAX_TRIES = 20


class Job(Base):
    """One piece of work. `key` makes a second row for the same thing impossible; `failed_at` is set when we gave up."""

    __tablename__ = "job"
    __table_args__ = (
        sa.UniqueConstraint("kind", "key"),
        sa.Index(
            "ix_job_due",
            "due_at",
            sqlite_where=sa.text("failed_at is null"),
            postgresql_where=sa.text("failed_at is null"),
        ),
    )
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(60))
    key: Mapped[str] = mapped_column(sa.String(120))
    facts: Mapped[dict[str, Any]]
    due_at: Mapped[datetime]
    claimed_until: Mapped[datetime | None]
    tries: Mapped[int] = mapped_column(default=0, server_default="0")
    last_error: Mapped[str | None] = mapped_column(sa.String(2000))
    last_done_at: Mapped[datetime | None]
    failed_at: Mapped[datetime | None]


only_with(Job, Permission.READ_OPERATIONS, Permission.REPLAY_OPERATIONS)


class Chore(NamedTuple):
    """How a kind of job is done. `every`: it comes back, this long after it was due."""

    run: Callable[[Any, dict[str, Any]], None]
    every: Callable[[Any], timedelta] | None


CHORES: dict[str, Chore] = {}


def does(kind: str, *, every: Callable[[Any], timedelta] | None = None) -> Callable[..., Any]:
    """Register how a kind of job is done: fn(outpost, facts), outside any transaction, safe to do twice."""

    def register(run: Callable[[Any, dict[str, Any]], None]) -> Callable[[Any, dict[str, Any]], None]:
        CHORES[kind] = Chore(run, every)
        return run

    return register


def ask_for(work: Work, kind: str, *, key: str | None = None, facts: dict[str, Any] | None = None) -> None:
    """Write a job in the transaction of an operation: it starts if, and only if, that commits. The same key asks once."""
    key = key or new_id()
    job_id = derived_id("job", kind, key)
    if work.session.get(Job, job_id) is None:
        work.add(Job(id=job_id, kind=kind, key=key, facts=facts or {}, due_at=work.now, tries=0))


@dataclass(frozen=True)
class Claim:
    """A job that is ours until the claim runs out."""

    id: str
    kind: str
    facts: dict[str, Any]
    due_at: datetime
    until: datetime
    tries: int


def claim_one(db: Database, now: datetime) -> Claim | None:
    """Take the job that is due longest, for CLAIM_FOR. None when nothing is due or others have it."""
    job = table_of(Job)
    free = sa.or_(job.c.claimed_until.is_(None), job.c.claimed_until <= now)
    due = (
        sa.select(job)
        .where(job.c.due_at <= now, job.c.failed_at.is_(None), free)
        .order_by(job.c.due_at)
        .limit(1)
        .with_for_update(skip_locked=True)
    )
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        row = session.connection().execute(due).one_or_none()
        if row is None:
            return None
        until = now + CLAIM_FOR
        # counted before the attempt: a job that kills its worker is still counted
        session.connection().execute(sa.update(job).where(job.c.id == row.id).values(claimed_until=until, tries=row.tries + 1))
    return Claim(row.id, row.kind, row.facts, row.due_at, until, row.tries + 1)


def run_due(outpost: Any, *, limit: int = 50) -> int:
    """Do what is due, one after the other; answers how many were taken. `outpost` is kernel.http.Outpost."""
    taken = 0
    while taken < limit:
        claim = claim_one(outpost.db, outpost.clock())
        if claim is None:
            break
        taken += 1
        chore = CHORES.get(claim.kind)
        try:
            if chore is None:
                raise LookupError(f"nobody here does {claim.kind!r}")
            chore.run(outpost, claim.facts)
        except Exception:
            log.error("a job failed", kind=claim.kind, job=claim.id, tries=claim.tries, error=traceback.format_exc())
            _put_off(outpost, claim, traceback.format_exc()[-2000:], comes_back=chore is not None and chore.every is not None)
            continue
        _finish(outpost, claim, chore.every(outpost) if chore.every else None)
    return taken


def _mine(session: ScopedSession, claim: Claim) -> sa.ColumnElement[bool]:
    job = table_of(Job)
    return sa.and_(job.c.id == claim.id, job.c.claimed_until == claim.until)


def _finish(outpost: Any, claim: Claim, every: timedelta | None) -> None:
    now = outpost.clock()
    job = table_of(Job)
    with writing(outpost.db, Actor.system(), op_id=claim.id, now=now) as session:
        if every is None:
            session.connection().execute(sa.delete(job).where(_mine(session, claim)))
            return
        # times that passed while nobody worked are not made up for
        again = claim.due_at + every if claim.due_at + every > now else now + every
        session.connection().execute(
            sa.update(job)
            .where(_mine(session, claim))
            .values(due_at=again, claimed_until=None, tries=0, last_error=None, last_done_at=now)
        )


def _put_off(outpost: Any, claim: Claim, error: str, *, comes_back: bool) -> None:
    """A growing pause; after MAX_TRIES a one-time job is left for people to look at, a timed one tries for ever."""
    now = outpost.clock()
    job = table_of(Job)
    pause = min(LONGEST_PAUSE_S, FIRST_PAUSE_S * 2 ** min(claim.tries - 1, 12))
    gave_up = claim.tries >= MAX_TRIES and not comes_back
    with writing(outpost.db, Actor.system(), op_id=claim.id, now=now) as session:
        session.connection().execute(
            sa.update(job)
            .where(_mine(session, claim))
            .values(
                due_at=now + timedelta(seconds=pause),
                claimed_until=None,
                last_error=error,
                failed_at=now if gave_up else None,
            )
        )


def plan_timed_work(outpost: Any) -> None:
    """See that every timed kind has its one row. Called when a worker starts."""
    now = outpost.clock()
    with writing(outpost.db, Actor.system(), op_id=new_id(), now=now) as session:
        for kind, chore in CHORES.items():
            if chore.every is not None and session.get(Job, derived_id("job", kind, "timed")) is None:
                row = Job(id=derived_id("job", kind, "timed"), kind=kind, key="timed", facts={}, due_at=now, tries=0)
                session.add(row)


class Worker(threading.Thread):
    """Does due jobs until told to stop. A daemon: a killed server loses no job, its claim runs out."""

    def __init__(self, outpost: Any, *, pause_s: float = 2.0) -> None:
        super().__init__(name="jobs", daemon=True)
        self._outpost, self._pause_s = outpost, pause_s
        self._stopped = threading.Event()

    def run(self) -> None:
        planned = False
        while not self._stopped.is_set():
            try:
                if not planned:
                    plan_timed_work(self._outpost)
                    planned = True
                run_due(self._outpost)
            except Exception:
                log.error("the worker goes on after a failure", error=traceback.format_exc())
            self._stopped.wait(self._pause_s)

    def stop(self, timeout_s: float = 10.0) -> None:
        self._stopped.set()
        self.join(timeout_s)
