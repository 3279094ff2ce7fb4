"""What the log costs: noting it in each operation, entering it afterwards, a proof at a million entries, comparing it all."""

from __future__ import annotations

import contextlib
import random
import statistics
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

import sqlalchemy as sa

from benches import fleet
from benches.machine import cpu_s
from contract.ids import new_id
from contract.merkle import is_consistent
from contract.sealing import Signer
from contract.stores import ChangeStore
from server.audit import watched
from server.audit.sequencer import enter
from server.audit.verify import verify
from server.kernel import feed, witness
from server.kernel.actors import Actor
from server.kernel.db import Database, table_of
from server.kernel.perform import perform
from server.kernel.tree import AuditHead, AuditLeaf, AuditTile, AuditTree, Tree, grow
from server.kernel.witness import WATCHED, AuditPending
from server.stores import service

HANDLERS = service, watched
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


@dataclass(frozen=True)
class Cost:
    """Milliseconds of an operation without and with its note; CPU milliseconds, ours and the database's, of an operation and
    of entering it afterwards."""

    without_ms: float
    with_ms: float
    operation_cpu_ms: float
    entering_cpu_ms: float

    @property
    def share(self) -> float:
        """What the note adds to an operation, in percent."""
        return (self.with_ms / self.without_ms - 1) * 100


def appending(db: Database, database_pid: int, *, times: int = 300) -> Cost:
    """Alternating operations on one connection, then all of those that were noted entered at once."""

    def cpu_ms() -> float:
        return (time.process_time() + cpu_s(database_pid)) * 1000

    [store_id] = fleet.build(db, phones=1).stores
    _enter_all(db)
    taken: dict[bool, list[float]] = {False: [], True: []}
    began = cpu_ms()
    for n in range(times * 2 + 40):
        noted = n % 2 == 0
        with contextlib.nullcontext() if noted else _without_notes():
            operation = ChangeStore(store_id=store_id, address=f"Road {n}")
            started = time.perf_counter()
            outcome = perform(db, Actor.system(), operation, op_id=new_id(), now=datetime.now(UTC), secret=b"bench")
            spent = time.perf_counter() - started
        if outcome.status != "applied":
            raise RuntimeError(outcome)
        if n >= 40:
            taken[noted].append(spent * 1000)
    between = cpu_ms()
    entered = _enter_all(db)
    entering, operation = (cpu_ms() - between) / max(1, entered), (between - began) / (times * 2 + 40)
    return Cost(statistics.median(taken[False]), statistics.median(taken[True]), operation, entering)


def _enter_all(db: Database) -> int:
    done = 0
    while step := enter(db, SIGNER, datetime.now(UTC)).notes:
        done += step
    return done


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
