"""What the log costs: noting each operation and entering it afterwards, a proof at a million entries, comparing it all."""

from __future__ import annotations

import contextlib
import itertools
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from benches import fleet
from benches.machine import cpu_s
from contract.ids import new_id
from contract.merkle import is_consistent
from contract.sealing import Signer
from contract.stores import ChangeStore
from contract.sync import JournalHead, WireOp
from server.audit.sequencer import enter
from server.audit.verify import verify
from server.devices.chain import Chains
from server.kernel import feed, witness
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.intake import Parcel
from server.kernel.perform import DeviceFacts, perform
from server.kernel.tree import AuditHead, AuditLeaf, AuditTile, AuditTree, Tree, grow
from server.kernel.witness import FOLLOWERS, WATCHED, AuditPending
from server.sync.gate import Gate
from server.sync.together import Asking
from server.wiring import every_handler

SIGNER = Signer(bytes(32))
_leaf, _tile, _head, _tree, _pending = (table_of(m) for m in (AuditLeaf, AuditTile, AuditHead, AuditTree, AuditPending))


@contextlib.contextmanager
def _without_notes() -> Iterator[None]:
    """The kernel as if nothing were watched: no table has a key to note, and no line is written."""
    kept, watching, keys = feed.take_pending, dict(WATCHED), dict(witness._KEY_OF)
    feed.take_pending = lambda session: session.info.pop("witness", None) and None
    WATCHED.clear()
    witness._KEY_OF.clear()
    try:
        yield
    finally:
        feed.take_pending = kept
        WATCHED.update(watching)
        witness._KEY_OF.update(keys)


@contextlib.contextmanager
def _nobody_follows() -> Iterator[None]:
    """The log by itself: days to recompute and the board, which learn from it what changed, are not told."""
    kept = dict(FOLLOWERS)
    FOLLOWERS.clear()
    try:
        yield
    finally:
        FOLLOWERS.update(kept)


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds, ours and the database's, of one operation: with the log off (nothing is noted, nothing entered); with the
    log on, which is the operation, its note and entering it afterwards; and with those told who follow the log, which is the
    work of theirs and not of the log's."""

    off_ms: float
    on_ms: float
    told_ms: float

    @property
    def share(self) -> float:
        """What appending to the log adds to an operation, in percent of the operation without it."""
        return (self.on_ms / self.off_ms - 1) * 100


Operate = Callable[[], int]


def from_the_console(db: Database, *, times: int = 150) -> Operate:
    """Operations as the console performs them: each a transaction, no request around it. Answers how many there were."""
    [store_id] = fleet.build(db, phones=1).stores
    counted = itertools.count()

    def operate() -> int:
        for _ in range(times):
            operation = ChangeStore(store_id=store_id, address=f"Road {next(counted)}")
            outcome = perform(db, Actor.system(), operation, op_id=new_id(), now=datetime.now(UTC), secret=b"bench")
            if outcome.status != "applied":
                raise RuntimeError(outcome)
        return times

    return operate


def punches(db: Database, each: int, *, requests: int, devices: int = 16) -> Operate:
    """Punches as they come through the gate, so many with each request: intake and apply, without the request around them."""
    tablets = fleet.build(db, kiosks=devices, people_per_kiosk=max(10, each)).devices
    gate = Gate(db, Chains(), lambda: datetime.now(UTC), b"bench")

    def operate() -> int:
        for n in range(requests):
            tablet, now_ms = tablets[n % devices], int(time.time() * 1000)
            said = [tablet.operation(tablet.people[i % len(tablet.people)], now_ms) for i in range(each)]
            ops = [WireOp(b=one["b"]) for one in said[:-1]] + [WireOp(b=said[-1]["b"], s=tablet.signer.seal_op(tablet.head))]
            journal = JournalHead(head=tablet.seq, hash=tablet.head.hex(), oldest=1)
            facts = DeviceFacts(tablet.device_id, "kiosk", None, tablet.store_id, tablet.device_id, None)
            parcel = Parcel(tablet.device_id, ops, journal, [], lambda *_: ("", ""), None)
            _, done, _ = gate.pass_through(parcel, Asking(facts, None, 0))
            if done.counted() != {"applied": each}:
                raise RuntimeError(done.counted())
        return each * requests

    return operate


def appending(db: Database, database_pid: int, operate: Operate, *, rounds: int) -> Cost:
    """Blocks of operations with the log off, on, and on with its followers, in turn, so that what the machine does meanwhile
    falls on all alike."""

    def cpu_ms() -> float:
        return (time.process_time() + cpu_s(database_pid)) * 1000

    every_handler()
    operate()
    _enter_all(db)
    spent, done = dict.fromkeys(("off", "on", "told"), 0.0), dict.fromkeys(("off", "on", "told"), 0)
    for kind in ("off", "on", "told") * rounds:  # the last block has it on: `comparing` finds nothing that changed past the log
        began = cpu_ms()
        with _without_notes() if kind == "off" else contextlib.nullcontext():
            done[kind] += operate()
        if kind != "off":
            with _nobody_follows() if kind == "on" else contextlib.nullcontext():
                _enter_all(db)
        spent[kind] += cpu_ms() - began
    return Cost(*(spent[kind] / done[kind] for kind in ("off", "on", "told")))


def _enter_all(db: Database) -> None:
    while enter(db, SIGNER, datetime.now(UTC)).more:
        pass


@contextlib.contextmanager
def large_tree(db: Database, size: int) -> Iterator[None]:
    """A log of so many entries, made inside the database; it is emptied again at the end."""
    body = "convert_to('entry ' || i, 'UTF8')"
    with db.writing_engine.begin() as connection:
        _empty(connection)
        filled = f"SELECT i, {body}, sha256('\\x00'::bytea || {body}) FROM generate_series(0, :last) AS i"  # noqa: S608 - no input
        connection.execute(sa.text("INSERT INTO audit_leaf (idx, body, hash) " + filled), {"last": size - 1})
        grow(connection, 0, size)
        connection.execute(sa.update(_tree).values(size=size))
    with db.engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("VACUUM ANALYZE audit_leaf"))
    try:
        yield
    finally:
        with db.writing_engine.begin() as connection:
            _empty(connection)
            connection.execute(sa.update(_tree).values(size=0))


def _empty(connection: sa.Connection) -> None:
    for table in (_leaf, _tile, _head):
        connection.execute(sa.delete(table))


def proofs(db: Database, size: int, *, times: int = 300) -> list[float]:
    """Milliseconds of a consistency proof from any earlier size, read from the database each time; each proof is checked."""
    rng = random.Random(1)
    with db.glance() as connection:
        root = Tree(connection).root(size)
    spent = []
    for n in range(times + 20):
        first = rng.randrange(1, size) if n % 2 else size - rng.randrange(1, 2_000)
        started = time.perf_counter()
        with db.glance() as connection:
            found = Tree(connection).consistency(first, size)
        taken = (time.perf_counter() - started) * 1000
        with db.glance() as connection:
            if not is_consistent(first, size, Tree(connection).root(first), root, found):
                raise RuntimeError("a proof that does not hold")
        if n >= 20:
            spent.append(taken)
    return spent


def comparing(db: Database) -> float:
    """Entries and rows that are compared in a second."""
    _enter_all(db)
    started = time.perf_counter()
    with db.snapshot() as connection:
        report = verify(connection, SIGNER.public)
    # the bench's fleet is written straight into the tables, and the running server signs with its own key
    if any(one.what not in ("head_not_signed", "row_unknown") for one in report.found):
        raise RuntimeError(report.found[:3])
    return (report.size + report.rows) / (time.perf_counter() - started)
