"""Performing what devices did: everything that came in together in one transaction and, on any exception, ever smaller.

First each device by itself, then each operation in its own transaction. Never a savepoint per operation: more than 64
subtransactions overflow PostgreSQL's cache. Intake (intake.py) came first and is durable, so nothing received is lost to a
bug here.
"""

from __future__ import annotations

import secrets
import traceback
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa
import structlog

from contract import wire
from contract.moments import TimeTaken, to_ms
from contract.refusals import FINAL
from contract.sync import read_signed
from server.kernel.actors import Actor
from server.kernel.bulk import update_many
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.feed import mark
from server.kernel.intake import stamp_of
from server.kernel.ledger import OpLog
from server.kernel.perform import HANDLERS, Act, DeviceFacts, Outcome, Work, write_inserts, writing
from server.kernel.problems import Problem
from server.kernel.witness import note_settled

log = structlog.get_logger()
MAX_TRIES = 2


@dataclass(frozen=True)
class Batch:
    """One device's operations, in the order of its chain."""

    device: DeviceFacts
    entries: Sequence[Any]


@dataclass
class Done:
    """What was performed: how each operation ended, the rows that were born, and where the feed put them."""

    outcomes: list[tuple[Any, Outcome]] = field(default_factory=list)
    born: dict[type, list[dict[str, Any]]] = field(default_factory=dict)
    stamped: dict[tuple[str, str, str], int] = field(default_factory=dict)

    def counted(self) -> dict[str, int]:
        """How many ended in which status."""
        counted: dict[str, int] = {}
        for _, outcome in self.outcomes:
            counted[outcome.status] = counted.get(outcome.status, 0) + 1
        return counted


class _AskedAgain(Exception):
    """What came in together must be redone in smaller parts."""


def perform_fresh(db: Database, batches: Sequence[Batch], *, now: datetime, secret: bytes) -> Done:
    """Perform what has just been taken in, while it is still in memory. Another process may be doing the same for a device
    that sent twice: whoever settles first has performed it, the other one starts over and finds nothing left.
    """
    if not batches:
        return Done()
    try:
        return _perform_together(db, batches, now, secret)
    except Exception as bad:  # whatever it was, each device and then each operation gets its own chance
        log.warning("batch redone in parts", devices=len(batches), error=repr(bad))
    if len(batches) > 1:
        done = Done()
        for batch in batches:
            part = perform_fresh(db, [batch], now=now, secret=secret)
            done.outcomes += part.outcomes
            done.stamped.update(part.stamped)
            for model, rows in part.born.items():
                done.born.setdefault(model, []).extend(rows)
        return done
    return perform_open(db, batches[0].device, now=now, secret=secret)


def perform_open(
    db: Database, device: DeviceFacts, *, now: datetime, secret: bytes, statuses: tuple[str, ...] = ("received",)
) -> Done:
    """Perform whatever of a device is still open, one operation and one transaction at a time: after a batch has failed,
    after a process has died (one of these may have killed it), and for what is replayed after a repair.
    """
    done = Done()
    with writing(db, Actor.system(), op_id=device.device_id, now=now) as session:
        waiting = [entry.op_id for entry in _open_entries(session, device, statuses)]
    for op_id in waiting:
        done.outcomes += _perform_alone(db, device, op_id, statuses, now, secret)
    return done


def _perform_together(db: Database, batches: Sequence[Batch], now: datetime, secret: bytes) -> Done:
    first = batches[0].device
    actor = Actor.device(first.device_id, first.person_id)
    with writing(db, actor, op_id=first.device_id, now=now) as session:
        done = _perform_entries(session, batches, now, secret, alone=False)
    done.stamped = session.info.get("stamped", {})
    return done


_OPEN = (
    sa.select(table_of(OpLog))
    .where(OpLog.device_id == sa.bindparam("device_id"), OpLog.status.in_(sa.bindparam("statuses", expanding=True)))
    .order_by(OpLog.seq)
    .with_for_update()
)


def _open_entries(
    session: ScopedSession, device: DeviceFacts, statuses: tuple[str, ...], op_id: str | None = None
) -> list[Any]:
    found = _OPEN if op_id is None else _OPEN.where(OpLog.op_id == op_id)
    return list(session.connection().execute(found, {"device_id": device.device_id, "statuses": list(statuses)}).all())


def _perform_alone(
    db: Database, device: DeviceFacts, op_id: str, statuses: tuple[str, ...], now: datetime, secret: bytes
) -> list[tuple[Any, Outcome]]:
    """One operation in its own transaction; twice, then it is parked with a trace that leads to our log."""
    actor = Actor.device(device.device_id, device.person_id)
    trace = secrets.token_hex(6)
    for _ in range(MAX_TRIES):
        with writing(db, actor, op_id=op_id, now=now) as session:
            # counted before the attempt: an operation that kills the process is still counted
            entries = _open_entries(session, device, statuses, op_id)
            if not entries:
                return []
            tries = entries[0].tries + 1
            session.connection().execute(sa.update(table_of(OpLog)).where(OpLog.op_id == op_id).values(tries=tries))
        if tries > MAX_TRIES and "parked" not in statuses:
            break
        try:
            with writing(db, actor, op_id=op_id, now=now) as session:
                entries = _open_entries(session, device, statuses, op_id)
                if not entries:
                    return []
                return _perform_entries(session, [Batch(device, entries)], now, secret, alone=True).outcomes
        except (Problem, sa.exc.IntegrityError) as refused:
            problem = refused if isinstance(refused, Problem) else Problem("operation.breaks_a_rule", type=entries[0].type)
            return _settle_alone(db, device, op_id, statuses, now, Outcome(op_id, "rejected", problem.code, problem.facts))
        except Exception:
            log.error("operation failed", op_id=op_id, device_id=device.device_id, trace=trace, error=traceback.format_exc())
    return _settle_alone(db, device, op_id, statuses, now, Outcome(op_id, "parked", "operation.failed_here", trace=trace))


def _settle_alone(
    db: Database, device: DeviceFacts, op_id: str, statuses: tuple[str, ...], now: datetime, outcome: Outcome
) -> list[tuple[Any, Outcome]]:
    with writing(db, Actor.system(), op_id=op_id, now=now) as session:
        entries = _open_entries(session, device, statuses, op_id)
        if not entries:
            return []
        _settle(session, [(entries[0], outcome)], tries=0)
    return [(entries[0], outcome)]


def _perform_entries(
    session: ScopedSession, batches: Sequence[Batch], now: datetime, secret: bytes, *, alone: bool
) -> Done:
    cache: dict[Any, Any] = {}
    done = Done()
    read: list[tuple[Any, Work, Any, Outcome | None]] = []
    for batch in batches:
        actor = Actor.device(batch.device.device_id, batch.device.person_id)
        for entry in batch.entries:
            act, operation, refused = _read(entry)
            read.append((entry, Work(session, actor, now, act, secret, batch.device, cache), operation, refused))
    _prepare(read)
    for entry, work, operation, outcome in read:
        if outcome is None:
            # the batch has one session: devices all read alike, and what each may write is checked for each
            session.info.update(op_id=entry.op_id, actor=work.actor)
            outcome = _waits_or_fails_with(work, entry, operation, done.outcomes)
            if outcome is None:
                outcome = _run(work, entry, operation, alone=alone)
                if session.new or session.dirty or session.deleted:
                    session.flush()
        done.outcomes.append((entry, outcome))
    done.born = write_inserts(session, cache)
    settled = _settle(session, done.outcomes, tries=0 if alone else 1)
    if settled != len(done.outcomes):
        raise _AskedAgain
    return done


def _read(entry: Any) -> tuple[Act, Any, Outcome | None]:
    """The operation inside an entry, or the outcome that its form alone decides."""
    taken = TimeTaken(
        to_ms(entry.time_at), to_ms(entry.time_low), to_ms(entry.time_high), entry.time_grade or "unverified"
    )
    act = Act(entry.op_id, entry.ent, entry.actor_id, taken, entry.received_at, seq=entry.seq)
    if entry.code is not None and entry.status == "received":  # intake found it unreadable or out of place
        return act, None, Outcome(entry.op_id, "rejected", entry.code, entry.facts or {})
    try:
        signed = getattr(entry, "signed", None) or read_signed(bytes(entry.raw))
        stamp = stamp_of(signed)
        if signed.type not in wire.OPERATIONS:
            return act, None, Outcome(entry.op_id, "held", "operation.newer_than_server", {"type": signed.type})
        operation, garbled = wire.decode_operation(signed.type, bytes(signed.data))
    except wire.Malformed as bad:
        return act, None, Outcome(entry.op_id, "rejected", bad.code, {"field": bad.field, **bad.facts})
    act = Act(
        entry.op_id, signed.ent, signed.actor, taken, entry.received_at, stamp.wall if stamp else None,
        stamp.bid if stamp else None, garbled if stamp else (*garbled, "at"), entry.seq,
    )  # fmt: skip
    return act, operation, None


def _prepare(read: Sequence[tuple[Any, Work, Any, Outcome | None]]) -> None:
    by_shape: dict[type, list[tuple[Work, Any]]] = {}
    for _entry, work, operation, refused in read:
        if refused is None:
            by_shape.setdefault(type(operation), []).append((work, operation))
    for shape, group in by_shape.items():
        handler = HANDLERS.get(shape)
        if handler is not None and handler.prepares is not None:
            handler.prepares(group)


def _waits_or_fails_with(
    work: Work, entry: Any, operation: Any, settled: Sequence[tuple[Any, Outcome]]
) -> Outcome | None:
    """An operation on something whose making was refused fails with it; one on something parked waits. Nothing else does."""
    handler = HANDLERS.get(type(operation))
    if handler is None:
        return Outcome(entry.op_id, "rejected", "operation.unknown", {"type": entry.type})
    if _is_too_late(work, entry.type):
        return Outcome(entry.op_id, "rejected", "device.revoked")
    target = handler.touches(operation) if handler.touches else None
    if target is None:
        return None
    write_inserts(work.session, work.cache)
    made = next((outcome.status for past, outcome in settled if past.ent == target), None)
    if made is None:
        made = work.session.connection().execute(sa.select(OpLog.status).where(OpLog.ent == target).limit(1)).scalar()
    if made == "rejected":
        return Outcome(entry.op_id, "rejected", "operation.depends_on_refused", {"on": target})
    if made in ("parked", "held", "received"):
        return Outcome(entry.op_id, "held", "operation.waits_for_parked", {"on": target})
    return None


def _is_too_late(work: Work, name: str) -> bool:
    """A revoked device hands in its punches, for somebody to look at. Anything else it says counts only where it was surely
    done before: whoever found the phone must not choose a PIN with it."""
    revoked_at = work.device.revoked_at if work.device is not None else None
    if revoked_at is None or wire.OPERATIONS[name].evidence_fields:
        return False
    return work.act.taken.high_ms >= to_ms(revoked_at)


def _run(work: Work, entry: Any, operation: Any, *, alone: bool) -> Outcome:
    handler = HANDLERS[type(operation)]
    try:
        work.actor.must(handler.needs)
        status = handler.run(work, operation)
        return Outcome(entry.op_id, status if isinstance(status, str) and status in FINAL else "applied")
    except Problem as problem:
        if alone:
            raise
        if work.wrote or work.session.dirty:
            raise _AskedAgain from problem
        return Outcome(entry.op_id, "rejected", problem.code, problem.facts, field=problem.field)


_NOT_FINAL = ("received", "held", "parked")


def _settle(session: ScopedSession, settled: Sequence[tuple[Any, Outcome]], *, tries: int) -> int:
    """Write how operations ended, as results in their devices' own scopes. Answers how many were still open."""
    rows = []
    for entry, outcome in settled:
        mark(session, f"device:{entry.device_id}", "op", entry.op_id)
        rows.append(
            {
                "op_id": entry.op_id,
                "status": outcome.status,
                "code": outcome.code,
                "facts": msgspec.to_builtins(outcome.facts) if outcome.facts else None,
                "trace": outcome.trace,
                "tries": entry.tries + tries,
            }
        )
    note_settled(session, *(row["op_id"] for row in rows))
    only = ("status", _NOT_FINAL if tries == 0 else ("received",))
    return update_many(session.connection(), table_of(OpLog), "op_id", rows, only=only)
