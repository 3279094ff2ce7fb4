"""Performing what devices did: a batch in one transaction and, on any exception, one transaction per operation.

Never a savepoint per operation: more than 64 subtransactions overflow PostgreSQL's cache. Intake (intake.py) came first and
is durable, so nothing received is lost to a bug here.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from contract import wire
from contract.moments import Stamp, TimeTaken, to_ms
from contract.refusals import FINAL
from contract.sync import SignedOperation
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.feed import mark
from server.kernel.ledger import OpLog
from server.kernel.perform import HANDLERS, Act, DeviceFacts, Outcome, Work, writing
from server.kernel.problems import Problem

log = structlog.get_logger()
MAX_TRIES = 2

_OPEN = (
    sa.select(table_of(OpLog))
    .where(OpLog.device_id == sa.bindparam("device_id"), OpLog.status.in_(sa.bindparam("statuses", expanding=True)))
    .order_by(OpLog.seq)
    .with_for_update()
)
_SETTLE = (
    sa.update(table_of(OpLog))
    .where(table_of(OpLog).c.op_id == sa.bindparam("settled_id"))
    .values({name: sa.bindparam(name) for name in ("status", "code", "facts", "trace", "tries")})
)


class _AskedAgain(Exception):
    """A refusal came after writes: the batch must be redone one operation at a time."""


def apply_received(
    db: Database,
    device: DeviceFacts,
    *,
    now: datetime,
    secret: bytes,
    fresh: int | None = None,
    statuses: tuple[str, ...] = ("received",),
) -> dict[str, int]:
    """Perform a device's open operations, in order: all in one transaction, and on any exception one by one.

    `fresh` is how many of them have just come in. More than that were left behind by an earlier process, which one of them
    may have killed: then it goes one by one at once. Answers how many ended in which status.
    """
    counted: dict[str, int] = {}
    actor = Actor.device(device.device_id, device.person_id)
    try:
        with writing(db, actor, op_id=device.device_id, now=now) as session:
            entries = _open_entries(session, device, statuses)
            if fresh is not None and len(entries) > fresh:
                raise _AskedAgain
            for outcome in _perform_entries(session, actor, device, entries, now, secret):
                counted[outcome.status] = counted.get(outcome.status, 0) + 1
        return counted
    except Exception as bad:  # whatever it was, each operation gets its own chance below and its own trace
        log.warning("batch redone one by one", device_id=device.device_id, error=repr(bad))
        counted.clear()
    with writing(db, actor, op_id=device.device_id, now=now) as session:
        waiting = [entry.op_id for entry in _open_entries(session, device, statuses)]
    for op_id in waiting:
        alone = _perform_alone(db, actor, device, op_id, statuses, now, secret)
        if alone is not None:
            counted[alone.status] = counted.get(alone.status, 0) + 1
    return counted


def _open_entries(session: ScopedSession, device: DeviceFacts, statuses: tuple[str, ...], op_id: str | None = None) -> list[Any]:
    found = _OPEN if op_id is None else _OPEN.where(OpLog.op_id == op_id)
    return list(session.connection().execute(found, {"device_id": device.device_id, "statuses": list(statuses)}).all())


def _perform_alone(
    db: Database, actor: Actor, device: DeviceFacts, op_id: str, statuses: tuple[str, ...], now: datetime, secret: bytes
) -> Outcome | None:
    """One operation in its own transaction; twice, then it is parked with a trace that leads to our log."""
    trace = secrets.token_hex(6)
    for _ in range(MAX_TRIES):
        with writing(db, actor, op_id=op_id, now=now) as session:
            # counted before the attempt: an operation that kills the process is still counted
            entries = _open_entries(session, device, statuses, op_id)
            if not entries:
                return None
            tries = entries[0].tries + 1
            session.connection().execute(sa.update(table_of(OpLog)).where(OpLog.op_id == op_id).values(tries=tries))
        if tries > MAX_TRIES and "parked" not in statuses:
            break
        try:
            with writing(db, actor, op_id=op_id, now=now) as session:
                entries = _open_entries(session, device, statuses, op_id)
                if not entries:
                    return None
                [outcome] = list(_perform_entries(session, actor, device, entries, now, secret, alone=True))
            return outcome
        except Problem as problem:
            with writing(db, actor, op_id=op_id, now=now) as session:
                outcome = Outcome(op_id, "rejected", problem.code, problem.facts)
                _settle(session, device, entries[0], outcome, tries)
            return outcome
        except Exception:
            log.error("operation failed", op_id=op_id, device_id=device.device_id, trace=trace, error=traceback.format_exc())
    with writing(db, actor, op_id=op_id, now=now) as session:
        entries = _open_entries(session, device, statuses, op_id)
        if not entries:
            return None
        outcome = Outcome(op_id, "parked", "operation.failed_here", trace=trace)
        _settle(session, device, entries[0], outcome, entries[0].tries)
    return outcome


def _perform_entries(
    session: ScopedSession,
    actor: Actor,
    device: DeviceFacts,
    entries: list[Any],
    now: datetime,
    secret: bytes,
    *,
    alone: bool = False,
) -> Iterator[Outcome]:
    cache: dict[Any, Any] = {}
    acts = [(entry, *_read(entry)) for entry in entries]
    _prepare(session, actor, device, acts, now, secret, cache)
    settled: list[tuple[Any, Outcome]] = []
    for entry, act, operation, refused in acts:
        outcome = refused
        if outcome is None:
            session.info["op_id"] = entry.op_id
            work = Work(session, actor, now, act, secret, device, cache)
            outcome = _waits_or_fails_with(session, work, entry, operation, settled)
            if outcome is None:
                outcome = _run(work, entry, operation, alone=alone)
        settled.append((entry, outcome))
        yield outcome
    session.flush()
    for entry, _ in settled:
        _mark_result(session, entry)
    if settled:
        session.connection().execute(_SETTLE, [_settled(e, o, e.tries if alone else e.tries + 1) for e, o in settled])


def _read(entry: Any) -> tuple[Act, Any, Outcome | None]:
    """The operation inside an entry, or the outcome that its form alone decides."""
    taken = TimeTaken(to_ms(entry.time_at), to_ms(entry.time_low), to_ms(entry.time_high), entry.time_grade or "unverified")
    if entry.code is not None and entry.status == "received":  # intake found it unreadable or out of place
        act = Act(entry.op_id, entry.ent, entry.actor_id, taken, entry.received_at, seq=entry.seq)
        return act, None, Outcome(entry.op_id, "rejected", entry.code, entry.facts or {})
    try:
        signed = wire.decode(bytes(entry.raw), SignedOperation)
        stamped = _stamp_of(signed)
        act = Act(entry.op_id, signed.ent, signed.actor, taken, entry.received_at, stamped[0], stamped[1], (), entry.seq)
        if signed.type not in wire.OPERATIONS:
            return act, None, Outcome(entry.op_id, "held", "operation.newer_than_server", {"type": signed.type})
        operation, garbled = wire.decode_operation(signed.type, bytes(signed.data))
        if stamped[0] is None:
            garbled = (*garbled, "at")
        return Act(**{**act.__dict__, "garbled": garbled}), operation, None
    except wire.Malformed as bad:
        act = Act(entry.op_id, entry.ent, entry.actor_id, taken, entry.received_at, seq=entry.seq)
        return act, None, Outcome(entry.op_id, "rejected", bad.code, {"field": bad.field, **bad.facts})


def _stamp_of(signed: SignedOperation) -> tuple[int | None, str | None]:
    try:
        found = wire.decode(bytes(signed.at), Stamp)
        return found.wall, found.bid
    except wire.Malformed:
        return None, None


def _prepare(
    session: ScopedSession,
    actor: Actor,
    device: DeviceFacts,
    acts: list[Any],
    now: datetime,
    secret: bytes,
    cache: dict[Any, Any],
) -> None:
    by_shape: dict[type, list[tuple[Act, Any]]] = {}
    for _entry, act, operation, refused in acts:
        if refused is None:
            by_shape.setdefault(type(operation), []).append((act, operation))
    for shape, group in by_shape.items():
        handler = HANDLERS.get(shape)
        if handler is not None and handler.prepares is not None:
            handler.prepares(Work(session, actor, now, group[0][0], secret, device, cache), group)


def _waits_or_fails_with(
    session: ScopedSession, work: Work, entry: Any, operation: Any, settled: list[tuple[Any, Outcome]]
) -> Outcome | None:
    """An operation on something whose making was refused fails with it; one on something parked waits. Nothing else does."""
    handler = HANDLERS.get(type(operation))
    if handler is None:
        return Outcome(entry.op_id, "rejected", "operation.unknown", {"type": entry.type})
    target = handler.touches(operation) if handler.touches else None
    if target is None:
        return None
    made = next((outcome.status for past, outcome in settled if past.ent == target), None)
    if made is None:
        made = session.connection().execute(sa.select(OpLog.status).where(OpLog.ent == target).limit(1)).scalar()
    if made == "rejected":
        return Outcome(entry.op_id, "rejected", "operation.depends_on_refused", {"on": target})
    if made in ("parked", "held", "received"):
        return Outcome(entry.op_id, "held", "operation.waits_for_parked", {"on": target})
    return None


def _run(work: Work, entry: Any, operation: Any, *, alone: bool) -> Outcome:
    handler = HANDLERS[type(operation)]
    dirty = len(work.session.dirty)
    try:
        work.actor.must(handler.needs)
        status = handler.run(work, operation)
        return Outcome(entry.op_id, status if isinstance(status, str) and status in FINAL else "applied")
    except Problem as problem:
        if alone:
            raise
        if work.wrote or len(work.session.dirty) != dirty:
            raise _AskedAgain from problem
        return Outcome(entry.op_id, "rejected", problem.code, problem.facts, field=problem.field)


def _settled(entry: Any, outcome: Outcome, tries: int) -> dict[str, Any]:
    return {
        "settled_id": entry.op_id,
        "status": outcome.status,
        "code": outcome.code,
        "facts": msgspec.to_builtins(outcome.facts) if outcome.facts else None,
        "trace": outcome.trace,
        "tries": tries,
    }


def _mark_result(session: ScopedSession, entry: Any) -> None:
    mark(session, f"device:{entry.device_id}", "op", entry.op_id)


def _settle(session: ScopedSession, device: DeviceFacts, entry: Any, outcome: Outcome, tries: int) -> None:
    _mark_result(session, entry)
    session.connection().execute(_SETTLE, [_settled(entry, outcome, tries)])
