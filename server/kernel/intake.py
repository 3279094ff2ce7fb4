"""Taking in what devices signed: durable, byte for byte, in its own transaction, before anything is judged.

Content and age are never a reason to refuse here. Only the chain is checked: a run must continue from the last entry the
server has, and the signature of its last entry must be the device's. What cannot take its place in the chain is kept in
quarantine. Several devices that call at the same moment are taken in together: one transaction, one commit.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Protocol

import msgspec
import sqlalchemy as sa

from contract import wire
from contract.ids import derived_id, new_id
from contract.moments import EARLIEST_MS, BootLine, Stamp, TimeTaken, instant, judge_time, to_ms
from contract.sealing import CHAIN_START, is_sealed, next_hash
from contract.sync import JournalHead, SignedOperation, WireOp, read_signed
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.ledger import OpLog, OpQuarantine
from server.kernel.perform import DeviceFacts, writing
from server.kernel.problems import Problem
from server.kernel.witness import note_row


@dataclass(frozen=True)
class ChainState:
    """What the server knows of a device and its chain, and when it last saw where the journal ended. `left_behind`: something
    up to that head was taken in and never performed.
    """

    facts: DeviceFacts
    public: bytes
    reported_head: int
    reported_at: datetime | None
    enrolled_at: datetime
    forked: bool
    backed_seq: int
    left_behind: bool


class ChainBook(Protocol):
    """The devices area owns the table of chains: it locks their rows, moves their heads, and says when one has forked."""

    def states(self, session: ScopedSession, device_ids: Sequence[str]) -> dict[str, ChainState]: ...

    def move(self, session: ScopedSession, heads: Sequence[Head], now: datetime) -> None: ...

    def fork(self, session: ScopedSession, device_id: str) -> None: ...


@dataclass(frozen=True)
class Head:
    """Where a chain now ends, and where the device's journal ended at `reported_at`; None when that is not proven."""

    device_id: str
    seq: int
    hash: bytes
    reported: int
    reported_at: datetime | None


@dataclass(frozen=True)
class Parcel:
    """What one device sent. `notarise(head, hash, backed)` gives the signed receipt that is stored with the new head;
    `departed` is the latest moment before which the request cannot have left.
    """

    device_id: str
    ops: list[WireOp]
    journal: JournalHead
    lines: list[BootLine]
    notarise: Any
    departed: datetime | None


@dataclass
class Entry:
    """A fresh row of the operation log, still in memory, with what has been read of it already."""

    op_id: str
    device_id: str
    seq: int
    type: str
    actor_id: str | None
    ent: str | None
    raw: bytes
    hash: bytes
    sig: str | None
    received_at: datetime
    status: str = "received"
    code: str | None = None
    facts: dict[str, Any] | None = None
    tries: int = 0
    time_at: datetime | None = None
    time_low: datetime | None = None
    time_high: datetime | None = None
    time_grade: str | None = None
    receipt: str | None = None
    receipt_sig: str | None = None
    signed: SignedOperation | None = None
    stamp: Stamp | None = None


_STORED = tuple(name for name in Entry.__dataclass_fields__ if name not in ("signed", "stamp"))


@dataclass(frozen=True)
class Taken:
    """How intake ended for one device. `need_from`: it must send from there; `forked`: its journal has two branches; `owed`:
    something taken in earlier may still wait to be performed, and comes before what is fresh.
    """

    state: ChainState
    head_seq: int
    head_hash: bytes
    fresh: list[Entry] = field(default_factory=list)
    owed: bool = False
    need_from: int | None = None
    forked: bool = False
    receipt: tuple[str, str] | None = None


class _Numbered(msgspec.Struct):  # the other fields are not looked at here
    seq: int


def take_in(
    db: Database, book: ChainBook, parcels: Sequence[Parcel], *, now: datetime, careful: bool = False
) -> dict[str, Taken | Problem]:
    """Write the new part of each device's run to the operation log and move its head.

    A run that was not signed by its device gives Problem("sync.bad_signature") for that device; nothing of it is taken.
    """
    if len({parcel.device_id for parcel in parcels}) != len(parcels):
        raise ValueError("one parcel for each device")
    taken: dict[str, Taken | Problem] = {}
    order = sorted(parcels, key=lambda parcel: parcel.device_id)  # sorted: two groups never wait for each other crosswise
    try:
        with writing(db, Actor.system(), op_id=order[0].device_id, now=now) as session:
            states = book.states(session, [parcel.device_id for parcel in order])
            for parcel in order:
                taken[parcel.device_id] = _take_one(session, book, states[parcel.device_id], parcel, now, careful)
            _store(session, book, order, taken, now)
        return taken
    except sa.exc.IntegrityError:
        # somebody used an operation id twice: look before each insert
        if careful and len(order) == 1:
            raise
        return {k: v for parcel in order for k, v in take_in(db, book, [parcel], now=now, careful=True).items()}


def _take_one(
    session: ScopedSession, book: ChainBook, chain: ChainState, parcel: Parcel, now: datetime, careful: bool
) -> Taken | Problem:
    head_seq, head_hash = chain.facts.head_seq, chain.facts.head_hash
    if chain.forked:
        quarantine(session, parcel.device_id, parcel.ops, "sync.chain_forked", now)
        return Taken(chain, head_seq, head_hash, forked=True)
    first = _first_seq(session, parcel, head_seq)
    if first is None:
        return Taken(chain, head_seq, head_hash, need_from=head_seq + 1)
    known = [op for n, op in enumerate(parcel.ops) if first + n <= head_seq]
    fresh = parcel.ops[len(known) :]
    if known and not _same_as_stored(session, parcel.device_id, first, known):
        quarantine(session, parcel.device_id, parcel.ops, "sync.chain_forked", now)
        book.fork(session, parcel.device_id)
        return Taken(chain, head_seq, head_hash, forked=True)
    if not fresh:
        return Taken(chain, head_seq, head_hash, owed=True)
    start, previous = head_seq, head_hash
    if not known and first > head_seq + 1:
        start, previous = first - 1, bytes.fromhex(parcel.journal.before_oldest or "")
        _note_gap(session, parcel.device_id, head_seq, first, previous, now)
    entries = [_read(parcel.device_id, seq, raw, hash_, sig, now) for seq, raw, hash_, sig in _chained(start, previous, fresh)]
    last = entries[-1]
    if last.sig is None or not is_sealed(chain.public, last.hash, last.sig):
        return Problem("sync.bad_signature", seq=last.seq)
    if careful:
        _give_way_to_taken_ids(session, entries)
    _put_times(chain, entries, parcel.lines, to_ms(now))
    last.receipt, last.receipt_sig = parcel.notarise(last.seq, last.hash, chain.backed_seq)
    return Taken(
        chain, last.seq, last.hash, fresh=entries, owed=bool(known) or chain.left_behind,
        receipt=(last.receipt or "", last.receipt_sig or ""),
    )  # fmt: skip


def _store(
    session: ScopedSession, book: ChainBook, parcels: Sequence[Parcel], taken: dict[str, Taken | Problem], now: datetime
) -> None:
    rows: list[dict[str, Any]] = []
    heads = []
    for parcel in parcels:
        one = taken[parcel.device_id]
        if isinstance(one, Taken) and one.fresh:
            rows += [{name: getattr(entry, name) for name in _STORED} for entry in one.fresh]
            chain = one.state
            reported, reported_at = chain.reported_head, chain.reported_at
            if parcel.departed is not None and (reported_at is None or parcel.departed > reported_at):
                reported, reported_at = max(one.head_seq, parcel.journal.head), parcel.departed
            heads.append(Head(parcel.device_id, one.head_seq, one.head_hash, reported, reported_at))
    insert_many(session.connection(), table_of(OpLog), rows)
    if heads:
        book.move(session, heads, now)


def quarantine(session: ScopedSession, device_id: str, ops: list[WireOp], why: str, now: datetime) -> None:
    """Keep operations that cannot take their place in a chain, each once: for HQ to adopt, never applied by themselves."""
    rows = {
        derived_id("aside", device_id, op.b): {
            "device_id": device_id, "seq": _seq_of(op), "raw": op.b.encode(), "sig": op.s, "why": why, "received_at": now,
        }
        for op in ops
    }  # fmt: skip
    kept = set(session.connection().scalars(sa.select(OpQuarantine.id).where(OpQuarantine.id.in_(list(rows)))))
    fresh = [{"id": row_id, **row} for row_id, row in rows.items() if row_id not in kept]
    insert_many(session.connection(), table_of(OpQuarantine), fresh)
    for row in fresh:
        note_row(session, OpQuarantine, row["id"])


def _seq_of(op: WireOp) -> int | None:
    try:
        return wire.decode(op.b, _Numbered).seq
    except wire.Malformed:
        return None


def _first_seq(session: ScopedSession, parcel: Parcel, head_seq: int) -> int | None:
    """The number of the run's first entry, or None when the run does not join what is known."""
    first = _seq_of(parcel.ops[0])
    if first is None or first < 1:
        # an entry nobody can read still has its place: where it lies already (its answer was lost), else the next
        raw = parcel.ops[0].b.encode()
        stored = sa.select(sa.func.max(OpLog.seq)).where(OpLog.device_id == parcel.device_id, OpLog.raw == raw)
        return session.connection().scalar(stored) or head_seq + 1
    if first <= head_seq + 1:
        return first
    return first if parcel.journal.oldest == first and parcel.journal.before_oldest is not None else None


def _chained(start: int, previous: bytes, ops: Iterable[WireOp]) -> Iterable[tuple[int, bytes, bytes, str | None]]:
    for seq, op in enumerate(ops, start + 1):
        raw = op.b.encode()
        previous = next_hash(previous, raw)
        yield seq, raw, previous, op.s


def _same_as_stored(session: ScopedSession, device_id: str, first: int, ops: list[WireOp]) -> bool:
    stored = session.connection().execute(
        sa.select(OpLog.seq, OpLog.raw, OpLog.hash, OpLog.erased_at).where(
            OpLog.device_id == device_id, OpLog.seq >= first - 1, OpLog.seq < first + len(ops)
        )
    )
    rows = {row.seq: row for row in stored}
    # an entry the server no longer has (its chain went on from `before_oldest`) cannot contradict
    return all(_is_entry(rows.get(first + n), rows.get(first + n - 1), op.b.encode()) for n, op in enumerate(ops))


def _is_entry(row: Any, before: Any, raw: bytes) -> bool:
    """Whether these are the bytes of a stored entry. Of one that had to be forgotten the chain still says what they were."""
    if row is None:
        return True
    if row.erased_at is None:
        return bytes(row.raw) == raw
    if before is None and row.seq > 1:
        return True
    return next_hash(bytes(before.hash) if before is not None else CHAIN_START, raw) == bytes(row.hash)


def _note_gap(session: ScopedSession, device_id: str, head_seq: int, first: int, before: bytes, now: datetime) -> None:
    """Remember where the chain goes on, and the hash it goes on from: without that nothing after it could be verified."""
    note = f"entries {head_seq + 1} to {first - 1} are gone on both sides\n{first} {before.hex()}".encode()
    note_id = new_id()
    note_row(session, OpQuarantine, note_id)
    session.connection().execute(
        sa.insert(table_of(OpQuarantine)).values(
            id=note_id, device_id=device_id, seq=head_seq + 1, sig=None, received_at=now, why="sync.chain_broken", raw=note
        )
    )


def _give_way_to_taken_ids(session: ScopedSession, entries: list[Entry]) -> None:
    """An operation whose id is used already keeps its place in the chain under another id, refused with the reason."""
    taken = set(
        session.connection().scalars(sa.select(OpLog.op_id).where(OpLog.op_id.in_([entry.op_id for entry in entries])))
    )
    for entry in entries:
        if entry.op_id in taken:
            entry.op_id = derived_id("again", entry.device_id, str(entry.seq))
            entry.code, entry.facts = "operation.id_reused", None
        taken.add(entry.op_id)


def _read(device_id: str, seq: int, raw: bytes, hash_: bytes, sig: str | None, now: datetime) -> Entry:
    """What can be read of an entry. One that cannot be read is still kept in its place, refused with the reason."""
    entry = Entry(
        derived_id("unreadable", device_id, str(seq)), device_id, seq, "?", None, None, raw, hash_, sig, now
    )  # fmt: skip
    try:
        if wire.too_deep(raw):
            raise wire.Malformed("", "wire.too_deep")
        signed = read_signed(raw)
    except wire.Malformed as bad:
        entry.code, entry.facts = bad.code, {"field": bad.field, **bad.facts}
        return entry
    if signed.seq != seq or signed.dev != device_id:
        entry.code, entry.facts = "sync.chain_broken", {"seq": signed.seq}
        return entry
    entry.op_id, entry.type, entry.actor_id, entry.ent, entry.signed = signed.op, signed.type, signed.actor, signed.ent, signed
    entry.stamp = stamp_of(signed)
    return entry


def _is_said_again(entry: Entry) -> bool:
    return entry.signed is not None and entry.signed.supersedes is not None


def stamp_of(signed: SignedOperation) -> Stamp | None:
    """The device's clocks at the operation; None when what it wrote there does not fit."""
    try:
        return wire.decode(bytes(signed.at), Stamp)
    except wire.Malformed:
        return None


def _put_times(chain: ChainState, entries: list[Entry], lines: list[BootLine], received_ms: int) -> None:
    """Each operation's interval, then what the order of the chain adds: no entry is before the one in front of it, and none
    is estimated to be.

    What an earlier identity of the device did and this one says again has no place in that order: it may be older than the
    chain itself. Its interval is as wide as it has to be, and never better than unverified.
    """
    floor = to_ms(chain.enrolled_at)
    seen_ms = to_ms(chain.reported_at) if chain.reported_at is not None else floor
    times: list[TimeTaken] = []
    low = floor
    for entry in entries:
        if _is_said_again(entry):
            again = judge_time(entry.stamp, lines, not_before_ms=EARLIEST_MS, received_ms=received_ms)
            times.append(replace(again, grade="unverified"))
            continue
        not_before = max(low, seen_ms if entry.seq > chain.reported_head else floor)
        time = judge_time(entry.stamp, lines, not_before_ms=not_before, received_ms=received_ms)
        low = time.low_ms
        times.append(time)
    high = received_ms
    for n in range(len(times) - 1, -1, -1):
        time = times[n]
        if time.grade != "exact" and time.high_ms > high >= time.low_ms and not _is_said_again(entries[n]):
            times[n] = time = judge_time(entries[n].stamp, (), not_before_ms=time.low_ms, received_ms=high)
        high = min(high, time.high_ms)
    before = 0
    for entry, time in zip(entries, times, strict=True):
        at = time.at_ms
        if not _is_said_again(entry):
            # within its interval, an estimate never comes before that of the entry in front: a clock may have been set back
            before = at = min(time.high_ms, max(at, before + 1))
        entry.time_at, entry.time_grade = instant(at), time.grade
        entry.time_low, entry.time_high = instant(time.low_ms), instant(time.high_ms)
