"""The one way in.

Console, API, sync (through apply.py), command line and importer all end here, and nothing else ends a transaction. An
operation's outcome is remembered with it, so a replay gets the first answer; a refusal undoes what it had written and is
remembered too; a bug is neither: everything rolls back and the caller may ask again.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import datetime
from types import SimpleNamespace
from typing import Any, NamedTuple

import sqlalchemy as sa
import structlog

from contract import wire
from contract.moments import TimeTaken, to_ms
from server.kernel import scope
from server.kernel.actors import Actor, Permission
from server.kernel.bulk import insert_many
from server.kernel.db import Base, Database, ScopedSession, table_of
from server.kernel.feed import mark_new, stamp
from server.kernel.ledger import OpLog
from server.kernel.problems import Problem
from server.kernel.witness import follow, note_row, note_settled, share

log = structlog.get_logger()


@dataclass(frozen=True)
class DeviceFacts:
    """What the kernel must know of a device whose operations it performs."""

    device_id: str
    kind: str
    person_id: str | None
    store_id: str | None
    hardware: str
    revoked_at: datetime | None
    head_seq: int = 0
    head_hash: bytes = bytes(32)
    # how far its wall clock is off, and since which exchange it has been off by just that
    wall_off_ms: int | None = None
    wall_off_since: datetime | None = None


@dataclass(frozen=True)
class Act:
    """The circumstances of one operation: its identity, whose it is, when it was done, what had to be left out."""

    op_id: str
    ent: str | None
    actor_id: str | None
    taken: TimeTaken
    received_at: datetime
    wall_ms: int | None = None
    boot_id: str | None = None
    garbled: tuple[str, ...] = ()
    seq: int | None = None


INSERTS = "inserts"


@dataclass
class Work:
    """What a handler gets: rows within its actor's reach, the circumstances, and a cache shared by the batch."""

    session: ScopedSession
    actor: Actor
    now: datetime
    act: Act
    secret: bytes
    device: DeviceFacts | None = None
    cache: dict[Any, Any] = field(default_factory=dict)
    wrote: bool = False

    def find(self, model: type, row_id: str | None, code: str, **facts: Any) -> Any:
        """The row, or the refusal `code`."""
        row = self.session.get(model, row_id) if row_id is not None else None
        if row is None:
            raise Problem(code, **(facts or {"id": row_id}))
        return row

    def add(self, row: Any) -> Any:
        self.wrote = True
        self.session.add(row)
        return row

    def insert(self, model: type[Base], values: dict[str, Any]) -> SimpleNamespace:
        """A new row without the ORM's bookkeeping, for what comes in by the thousand. The same guard, the same feed.

        It is written with its batch, at the latest before the next operation that needs it.
        """
        row = SimpleNamespace(**values)
        rule = scope.RULES.get(model)
        if rule is not None and not self.actor.is_system and not rule.writes(self.actor, row):
            raise Problem("access.out_of_scope", kind=model.__tablename__)
        self.wrote = True
        self.cache.setdefault(INSERTS, {}).setdefault(model, []).append(values)
        mark_new(self.session, model, row)
        note_row(self.session, model, values.get("id"))
        return row

    @contextmanager
    def with_system_reach(self) -> Iterator[ScopedSession]:
        """A sibling session in the same transaction that reaches every row: for what follows beyond the actor's own reach.

        Its users are few and each says why.
        """
        self.session.flush()
        self.wrote = True
        with ScopedSession(self.session.connection(), expire_on_commit=False, join_transaction_mode="rollback_only") as sibling:
            scope.bind(sibling, Actor.system())
            shared = self.session.info
            sibling.info.update(op_id=shared["op_id"], now=shared["now"], feed=shared.setdefault("feed", {}))
            sibling.info.update(cache=shared.get("cache"), reference_moved=shared.get("reference_moved", False))
            sibling.info["memo"] = shared.setdefault("memo", {})  # what this transaction has read of itself
            share(self.session, sibling)
            yield sibling
            sibling.flush()
            shared["reference_moved"] = shared.get("reference_moved", False) or sibling.info.get("reference_moved", False)


def write_inserts(session: ScopedSession, cache: dict[Any, Any]) -> dict[type, list[dict[str, Any]]]:
    """Write the rows that handlers gave to `Work.insert`, a statement for each table. Answers all that were born so far."""
    born: dict[type, list[dict[str, Any]]] = cache.setdefault("born", {})
    for model, rows in cache.pop(INSERTS, {}).items():
        insert_many(session.connection(), table_of(model), rows)
        born.setdefault(model, []).extend(rows)
    return born


class Handler(NamedTuple):
    """`touches` names the entity of an earlier operation that this one needs; `prepares` loads facts for a whole batch."""

    run: Callable[[Work, Any], Any]
    needs: Permission
    touches: Callable[[Any], str | None] | None
    prepares: Callable[[Sequence[tuple[Work, Any]]], None] | None
    again: Callable[[Work, Any], Any] | None


HANDLERS: dict[type, Handler] = {}


def handles(
    operation: type,
    *,
    needs: Permission,
    touches: Callable[[Any], str | None] | None = None,
    prepares: Callable[[Sequence[tuple[Work, Any]]], None] | None = None,
    again: Callable[[Work, Any], Any] | None = None,
) -> Callable[[Callable[[Work, Any], Any]], Callable[[Work, Any], Any]]:
    """Register the handler of an operation. `again` rebuilds an answer that must not be stored, for replays."""

    def register(run: Callable[[Work, Any], Any]) -> Callable[[Work, Any], Any]:
        if HANDLERS.setdefault(operation, Handler(run, needs, touches, prepares, again)).run is not run:
            raise RuntimeError(f"{operation.__name__} has two handlers")
        return run

    return register


@dataclass(frozen=True)
class Outcome:
    """How an operation ended."""

    op_id: str
    status: str
    code: str | None = None
    facts: dict[str, Any] = field(default_factory=dict)
    answer: Any = None
    field: str | None = None
    trace: str | None = None


@contextmanager
def writing(db: Database, actor: Actor, *, op_id: str, now: datetime) -> Iterator[ScopedSession]:
    """One transaction for one purpose: begun here, stamped and committed here, rolled back on any exception."""
    with ScopedSession(db.writing_engine, expire_on_commit=False) as session:
        scope.bind(session, actor)
        session.info.update(op_id=op_id, now=now, cache=db.reference)
        with session.begin():
            remembered = follow(session)
            try:
                yield session
                stamp(session)
            finally:
                remembered.pop("witness_of", None)


@contextmanager
def reading(db: Database, actor: Actor) -> Iterator[ScopedSession]:
    """A session to look with, on one snapshot. A write in it raises."""
    with ScopedSession(db.reading_engine) as session:
        scope.bind(session, actor)
        session.info["cache"] = db.reference
        yield session


def perform(db: Database, actor: Actor, operation: wire.Wire, *, op_id: str, now: datetime, secret: bytes) -> Outcome:
    """Perform one operation of a person or the system, in one transaction. Never raises Problem: it is in the outcome."""
    actor = actor.at(now)
    entry = _entry_of(actor, operation, op_id, now, secret)
    try:
        with writing(db, actor, op_id=op_id, now=now) as session:
            return _perform_in(session, actor, operation, entry, now, secret)
    except Problem as refused:
        problem = refused
    except sa.exc.IntegrityError as broken:
        log.info("integrity rule refused an operation", op_id=op_id, type=entry["type"], error=str(broken.orig))
        problem = Problem("operation.breaks_a_rule", type=entry["type"])
    # refused, or sent twice at once and the other copy, which was first, is what this one ran into
    known = _known_outcome(db, actor, operation, entry, now, secret)
    return known if known is not None else _remember_refusal(db, entry, problem, now)


def perform_many(
    db: Database, actor: Actor, operations: Sequence[tuple[str, wire.Wire]], *, now: datetime, secret: bytes
) -> list[Outcome]:
    """Perform several operations, each an (op_id, operation), in one transaction; on any exception, one by one.

    For importers: a transaction for each of three thousand rows is three thousand times waiting for the disk.
    """
    try:
        with writing(db, actor, op_id=operations[0][0] if operations else "", now=now) as session:
            outcomes = []
            for op_id, operation in operations:
                session.info["op_id"] = op_id
                entry = _entry_of(actor, operation, op_id, now, secret)
                outcomes.append(_perform_in(session, actor, operation, entry, now, secret))
            return outcomes
    except Exception as bad:  # whichever it was: each operation gets its own transaction and its own answer
        log.info("batch redone one by one", operations=len(operations), error=repr(bad))
    return [perform(db, actor, operation, op_id=op_id, now=now, secret=secret) for op_id, operation in operations]


def _entry_of(actor: Actor, operation: wire.Wire, op_id: str, now: datetime, secret: bytes) -> dict[str, Any]:
    """The operation's row in the log, but for how it ended."""
    known = wire.known_operation(type(operation))
    raw = wire.encode({k: v for k, v in wire.plain(operation).items() if k not in known.secret_fields})
    # the digest covers the secrets too, keyed, so that the same id with another password is not a replay
    digest = hashlib.blake2b(
        known.name.encode() + wire.encode(operation) + (actor.account_id or "").encode(),
        digest_size=32,
        key=secret[:64],
    ).digest()
    return {
        "op_id": op_id,
        "type": known.name,
        "actor_id": actor.person_id,
        "account_id": actor.account_id,
        "raw": raw,
        "hash": digest,
        "received_at": now,
    }


def _perform_in(
    session: ScopedSession, actor: Actor, operation: wire.Wire, entry: dict[str, Any], now: datetime, secret: bytes
) -> Outcome:
    handler = HANDLERS[type(operation)]
    op_id = entry["op_id"]
    now_ms = to_ms(now)
    work = Work(session, actor, now, Act(op_id, None, actor.person_id, TimeTaken(now_ms, now_ms, now_ms, "exact"), now), secret)
    past = session.connection().execute(sa.select(table_of(OpLog)).where(OpLog.op_id == op_id)).one_or_none()
    if past is not None:
        return _first_answer(work, handler, operation, past, entry["hash"])
    actor.must(handler.needs)
    answer = handler.run(work, operation)
    session.flush()
    write_inserts(session, work.cache)
    kept = wire.plain(answer) if answer is not None and handler.again is None else None
    session.connection().execute(sa.insert(table_of(OpLog)).values(**entry, status="applied", answer=kept, tries=1))
    note_settled(session, op_id)
    return Outcome(op_id, "applied", answer=wire.plain(answer) if answer is not None else None)


def _known_outcome(
    db: Database, actor: Actor, operation: wire.Wire, entry: dict[str, Any], now: datetime, secret: bytes
) -> Outcome | None:
    """The first answer of an operation that is already in the log; None when it is not."""
    with writing(db, actor, op_id=entry["op_id"], now=now) as session:
        past = session.connection().execute(sa.select(table_of(OpLog)).where(OpLog.op_id == entry["op_id"])).one_or_none()
        if past is None:
            return None
        now_ms = to_ms(now)
        act = Act(entry["op_id"], None, actor.person_id, TimeTaken(now_ms, now_ms, now_ms, "exact"), now)
        work = Work(session, actor, now, act, secret)
        return _first_answer(work, HANDLERS[type(operation)], operation, past, entry["hash"])


def _first_answer(work: Work, handler: Handler, operation: wire.Wire, past: Any, digest: bytes) -> Outcome:
    if bytes(past.hash) != digest:
        return Outcome(past.op_id, "rejected", "operation.id_reused")
    if past.status == "applied" and handler.again is not None:
        return Outcome(past.op_id, past.status, answer=wire.plain(handler.again(work, operation)))
    return Outcome(past.op_id, past.status, past.code, past.facts or {}, past.answer)


def _remember_refusal(db: Database, entry: dict[str, Any], problem: Problem, now: datetime) -> Outcome:
    facts = problem.facts
    with writing(db, Actor.system(), op_id=entry["op_id"], now=now) as session:
        taken = session.connection().execute(sa.select(OpLog.status).where(OpLog.op_id == entry["op_id"])).one_or_none()
        if taken is None:
            session.connection().execute(
                sa.insert(table_of(OpLog)).values(**entry, status="rejected", code=problem.code, facts=facts, tries=1)
            )
            note_settled(session, entry["op_id"])
    return Outcome(entry["op_id"], "rejected", problem.code, facts, field=problem.field)
