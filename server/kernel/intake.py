"""Taking in what a device signed: durable, byte for byte, in its own transaction, before anything is judged.

Content and age are never a reason to refuse here. Only the chain is checked: the run must continue from the last entry the
server has, and the signature of its last entry must be the device's. What cannot take its place in the chain is kept in
quarantine.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from contract import wire
from contract.ids import derived_id, new_id
from contract.moments import BootLine, Stamp, TimeTaken, instant, judge_time, to_ms
from contract.sealing import is_sealed, next_hash
from contract.sync import JournalHead, SignedOperation, WireOp
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.ledger import OpLog, OpQuarantine
from server.kernel.perform import writing
from server.kernel.problems import Problem


@dataclass(frozen=True)
class ChainState:
    """What the server knows of a device's chain, and when it last saw where the journal ended."""

    device_id: str
    public: bytes
    head_seq: int
    head_hash: bytes
    reported_head: int
    reported_at: datetime | None
    enrolled_at: datetime
    forked: bool


@dataclass(frozen=True)
class Taken:
    """How intake ended. `need_from`: the device must send from there; `forked`: the journal has two branches."""

    head_seq: int
    head_hash: bytes
    fresh: int = 0
    need_from: int | None = None
    forked: bool = False


@dataclass(frozen=True)
class _Entry:
    seq: int
    raw: bytes
    hash: bytes
    sig: str | None


def take_in(
    db: Database,
    device_id: str,
    lock: Any,
    ops: list[WireOp],
    journal: JournalHead,
    lines: list[BootLine],
    *,
    now: datetime,
) -> Taken:
    """Write the new part of a run to the operation log and move the chain's head. `lock(session)` gives a ChainState with
    its row locked, `lock.move(session, ...)` writes the new head: the devices area owns that table.

    Raises Problem("sync.bad_signature") when the run was not signed by the device; nothing of it is then taken.
    """
    with writing(db, Actor.device(device_id, None), op_id=device_id, now=now) as session:
        chain: ChainState = lock.state(session, device_id)
        first = _first_seq(ops, chain, journal)
        if first is None:
            return Taken(chain.head_seq, chain.head_hash, need_from=chain.head_seq + 1)
        known = [op for n, op in enumerate(ops) if first + n <= chain.head_seq]
        fresh = ops[len(known) :]
        if known and not _same_as_stored(session, device_id, first, known):
            return _fork(session, lock, chain, ops, now)
        if not fresh:
            return Taken(chain.head_seq, chain.head_hash)
        start, previous = chain.head_seq, chain.head_hash
        if not known and first > chain.head_seq + 1:
            previous = bytes.fromhex(journal.before_oldest or "")
            start = first - 1
            _note_gap(session, chain, first, now)
        entries = list(_chained(start, previous, fresh))
        last = entries[-1]
        if last.sig is None or not is_sealed(chain.public, last.hash, last.sig):
            raise Problem("sync.bad_signature", seq=last.seq)
        _store(session, chain, entries, lines, now)
        lock.move(session, device_id, last.seq, last.hash, now)
        return Taken(last.seq, last.hash, fresh=len(entries))


def keep_aside(db: Database, device_id: str, ops: list[WireOp], why: str, *, now: datetime) -> None:
    """Operations of a device whose chain has forked: kept for HQ to adopt, never applied by themselves."""
    with writing(db, Actor.device(device_id, None), op_id=device_id, now=now) as session:
        _quarantine(session, device_id, ops, why, now)


def _quarantine(session: ScopedSession, device_id: str, ops: list[WireOp], why: str, now: datetime) -> None:
    rows = {
        derived_id("aside", device_id, op.b): {
            "device_id": device_id, "seq": _seq_of(op), "raw": op.b.encode(), "sig": op.s, "why": why, "received_at": now,
        }
        for op in ops
    }  # fmt: skip
    kept = set(session.connection().scalars(sa.select(OpQuarantine.id).where(OpQuarantine.id.in_(list(rows)))))
    fresh = [{"id": row_id, **row} for row_id, row in rows.items() if row_id not in kept]
    if fresh:
        session.connection().execute(sa.insert(table_of(OpQuarantine)), fresh)


def _seq_of(op: WireOp) -> int | None:
    try:
        return wire.decode(op.b, _Numbered).seq
    except wire.Malformed:
        return None


def _first_seq(ops: list[WireOp], chain: ChainState, journal: JournalHead) -> int | None:
    """The number of the run's first entry, or None when the run does not join what is known."""
    try:
        first = wire.decode(ops[0].b.encode("utf-8", "surrogatepass"), _Numbered).seq
    except wire.Malformed:
        # an entry nobody can read still has its place: the only one it can have is the next
        return chain.head_seq + 1
    if first <= chain.head_seq + 1:
        return first
    oldest_held = journal.oldest
    rebased = oldest_held == first and journal.before_oldest is not None and oldest_held > chain.head_seq + 1
    return first if rebased else None


class _Numbered(msgspec.Struct):  # other fields are not looked at here
    seq: int


def _chained(start: int, previous: bytes, ops: Iterable[WireOp]) -> Iterable[_Entry]:
    for seq, op in enumerate(ops, start + 1):
        raw = op.b.encode()
        previous = next_hash(previous, raw)
        yield _Entry(seq, raw, previous, op.s)


def _same_as_stored(session: ScopedSession, device_id: str, first: int, ops: list[WireOp]) -> bool:
    stored = session.connection().execute(
        sa.select(OpLog.seq, OpLog.raw).where(OpLog.device_id == device_id, OpLog.seq >= first, OpLog.seq < first + len(ops))
    )
    raws = {seq: bytes(raw) for seq, raw in stored}
    # an entry the server no longer has (restored from a rebased chain) cannot contradict
    return all(raws.get(first + n) in (None, op.b.encode()) for n, op in enumerate(ops))


def _fork(session: ScopedSession, lock: Any, chain: ChainState, ops: list[WireOp], now: datetime) -> Taken:
    """Two branches of one journal: a restored or cloned tablet. The second is kept, and the device must enrol anew."""
    _quarantine(session, chain.device_id, ops, "sync.chain_forked", now)
    lock.fork(session, chain.device_id)
    return Taken(chain.head_seq, chain.head_hash, forked=True)


def _note_gap(session: ScopedSession, chain: ChainState, first: int, now: datetime) -> None:
    session.connection().execute(
        sa.insert(table_of(OpQuarantine)).values(
            id=new_id(),
            device_id=chain.device_id,
            seq=chain.head_seq + 1,
            sig=None,
            received_at=now,
            why="sync.chain_broken",
            raw=f"entries {chain.head_seq + 1} to {first - 1} are gone on both sides".encode(),
        )
    )


def _store(session: ScopedSession, chain: ChainState, entries: list[_Entry], lines: list[BootLine], now: datetime) -> None:
    read = [_read(chain.device_id, entry) for entry in entries]
    times = _times(chain, read, lines, to_ms(now))
    taken_ids = set(session.connection().scalars(sa.select(OpLog.op_id).where(OpLog.op_id.in_([r["op_id"] for r in read]))))
    rows = []
    seen: set[str] = set()
    for entry, fields, time in zip(entries, read, times, strict=True):
        fields = {key: value for key, value in fields.items() if key != "stamp"}
        if fields["op_id"] in taken_ids or fields["op_id"] in seen:
            fields.update(op_id=derived_id("again", chain.device_id, str(entry.seq)), code="operation.id_reused", facts=None)
        seen.add(fields["op_id"])
        rows.append(
            {
                **fields,
                "device_id": chain.device_id,
                "seq": entry.seq,
                "raw": entry.raw,
                "hash": entry.hash,
                "sig": entry.sig,
                "received_at": now,
                "time_at": instant(time.at_ms),
                "time_low": instant(time.low_ms),
                "time_high": instant(time.high_ms),
                "time_grade": time.grade,
                "tries": 0,
            }
        )
    session.connection().execute(sa.insert(table_of(OpLog)), rows)


def _read(device_id: str, entry: _Entry) -> dict[str, Any]:
    """What can be read of an entry; one that cannot be read is still kept in its place, refused with the reason."""
    refused = {
        "op_id": derived_id("unreadable", device_id, str(entry.seq)),
        "type": "?",
        "actor_id": None,
        "ent": None,
        "stamp": None,
        "code": None,
        "facts": None,
    }
    try:
        if wire.too_deep(entry.raw):
            raise wire.Malformed("", "wire.too_deep")
        signed = wire.decode(entry.raw, SignedOperation)
    except wire.Malformed as bad:
        return {**refused, "status": "received", "code": bad.code, "facts": {"field": bad.field, **bad.facts}}
    if signed.seq != entry.seq or signed.dev != device_id:
        return {**refused, "status": "received", "code": "sync.chain_broken", "facts": {"seq": signed.seq}}
    try:
        stamp = wire.decode(bytes(signed.at), Stamp)
    except wire.Malformed:
        stamp = None
    return {
        "op_id": signed.op,
        "type": signed.type,
        "actor_id": signed.actor,
        "ent": signed.ent,
        "stamp": stamp,
        "status": "received",
        "code": None,
        "facts": None,
    }


def _times(chain: ChainState, read: list[dict[str, Any]], lines: list[BootLine], received_ms: int) -> list[TimeTaken]:
    """Each operation's interval, then what the order of the chain adds: no entry is before the one in front of it."""
    floor = to_ms(chain.enrolled_at)
    seen_ms = to_ms(chain.reported_at) if chain.reported_at is not None else floor
    times: list[TimeTaken] = []
    low = floor
    for n, fields in enumerate(read, chain.head_seq + 1):
        not_before = max(low, seen_ms if n > chain.reported_head else floor)
        time = judge_time(fields["stamp"], lines, not_before_ms=not_before, received_ms=received_ms)
        low = time.low_ms
        times.append(time)
    high = received_ms
    for n in range(len(times) - 1, -1, -1):
        time = times[n]
        if time.high_ms > high >= time.low_ms:
            times[n] = (
                judge_time(read[n]["stamp"], (), not_before_ms=time.low_ms, received_ms=high) if time.grade != "exact" else time
            )
        high = min(high, times[n].high_ms)
    return times
