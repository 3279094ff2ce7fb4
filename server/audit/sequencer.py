"""Entering what was committed into the tree, about a second later: in the order it was noted, each exactly once.

One transaction takes the notes away, stores their leaves, lets the tiles grow and moves the size, so a crash leaves either
all of it or none. Whoever holds the row of the tree enters; another process that comes at the same time finds it locked and
goes away. No writer of operations ever waits for this: on PostgreSQL it touches nothing they touch, on SQLite it holds the
file for as long as MOST_OPS operations take.
"""

from __future__ import annotations

import threading
import traceback
from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa
import structlog

from contract.audit import Restart, origin_of, sign_restart
from contract.ids import new_id
from contract.merkle import leaf_hash
from contract.moments import to_ms
from contract.sealing import Signer
from server.audit import adopt
from server.audit.heads import HeadFile, due, lost_head, sign_if_due
from server.audit.leaves import Leaf, digest, leaf_bytes, leaf_of, new_salt
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import Database, among, table_of
from server.kernel.feed import SyncFeed
from server.kernel.http import Outpost
from server.kernel.ledger import History, OpLog
from server.kernel.perform import writing
from server.kernel.tree import AuditLeaf, AuditRestart, AuditTree, Tree, grow, latest_head
from server.kernel.witness import FOLLOWERS, WATCHED, AuditPending, Pending

log = structlog.get_logger()
MOST_OPS, MOST_NOTES = 400, 200
_tree, _leaf, _pending, _restart = (table_of(m) for m in (AuditTree, AuditLeaf, AuditPending, AuditRestart))
_op, _history = table_of(OpLog), table_of(History)
_LOCK = sa.select(_tree.c.size, _tree.c.epoch).where(_tree.c.id == 1).with_for_update(skip_locked=True)
_EPOCH = sa.select(table_of(SyncFeed).c.epoch).where(table_of(SyncFeed).c.id == 1)
_NOTES = sa.select(_pending.c.id, _pending.c.body).order_by(_pending.c.id).limit(MOST_NOTES)
_ANY = sa.select(_pending.c.id).limit(1)
_read_note = msgspec.json.Decoder(Pending).decode


class Entered(NamedTuple):
    """What one step did: how many notes are done with, the size of the tree, the head if one was signed, and whether the step
    left notes behind because it had enough."""

    notes: int
    size: int
    head: str | None = None
    more: bool = False


def enter(db: Database, signer: Signer, now: datetime, *, known_head: str | None = None) -> Entered:
    """One step. `known_head` is the newest head that is known from elsewhere (the file): what a restart has lost."""
    with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
        connection = session.connection()
        tree = connection.execute(_LOCK).one_or_none()
        if tree is None:  # somebody else is at it
            return Entered(0, 0)
        size, epoch = tree.size, connection.execute(_EPOCH).scalar_one()
        leaves: list[tuple[Leaf, bytes]] = []
        if tree.epoch != epoch and size > 0:
            leaves.append(_restarted(connection, signer, tree, epoch, now, known_head))
        notes, rest, more = _take(connection)
        leaves += _leaves_of(connection, size + len(leaves), [note for _, note in notes])
        done = [note_id for note_id, _ in notes]
        if not notes and rest is not None:
            note_id, asked = rest
            adopted, remaining = adopt.next_leaves(connection, size + len(leaves), asked)
            leaves += adopted
            done = _put_back(connection, note_id, remaining)
        if leaves:
            _store(connection, size, leaves)
        if leaves or tree.epoch != epoch:
            size += len(leaves)
            connection.execute(sa.update(_tree).where(_tree.c.id == 1).values(size=size, epoch=epoch))
        if done:
            connection.execute(sa.delete(_pending).where(among(_pending.c.id, connection.dialect.name)), {"keys": done})
        head = sign_if_due(connection, signer, size, epoch, now)
        return Entered(len(notes) + (rest is not None and not notes), size, head, more or rest is not None)


def _take(connection: sa.Connection) -> tuple[list[tuple[int, Pending]], tuple[int, Pending] | None, bool]:
    """The notes of this step; the first one that asks for old rows, which waits until there is nothing newer: what has a note
    of its own is not old; and whether there may be more than one step takes."""
    notes: list[tuple[int, Pending]] = []
    asks: tuple[int, Pending] | None = None
    found = 0
    waiting = connection.execute(_NOTES).all()
    for note_id, body in waiting:
        note = _read_note(body)
        if note.adopt is not None:
            asks = asks or (note_id, note)
            continue
        notes.append((note_id, note))
        found += len(note.ops) + len(note.rows)
        if found >= MOST_OPS:
            break
    return notes, asks, len(waiting) == MOST_NOTES or found >= MOST_OPS


def _put_back(connection: sa.Connection, note_id: int, remaining: dict[str, Any] | None) -> list[int]:
    if remaining is None:
        return [note_id]
    body = msgspec.json.encode(Pending(adopt=remaining)).decode()
    connection.execute(sa.update(_pending).where(_pending.c.id == note_id).values(body=body))
    return []


def _leaves_of(connection: sa.Connection, n: int, notes: Iterable[Pending]) -> list[tuple[Leaf, bytes]]:
    """A leaf for each operation, in the order they were noted, and one for each that wrote rows without being one."""
    order: dict[str, None] = {}
    written: dict[str, dict[tuple[str, str], None]] = defaultdict(dict)
    keys: dict[str, dict[str, None]] = defaultdict(dict)
    changed: dict[str, None] = {}
    for note in notes:
        order.update(dict.fromkeys(note.ops))
        for table, key, op_id in note.rows:
            order.setdefault(op_id)
            written[op_id][table, key] = None
            keys[table][key] = None
        changed.update(dict.fromkeys(note.changed))
        for op_id in note.changed:
            order.setdefault(op_id)
    if not order:
        return []
    entries: dict[str, Any] = {row["op_id"]: row for row in adopt.rows_among(connection, _op.c.op_id, list(order))}
    found = {table: adopt.rows_by_key(connection, table, list(wanted)) for table, wanted in keys.items() if table in WATCHED}
    for table in found.keys() & FOLLOWERS.keys():
        for tell in FOLLOWERS[table]:
            tell(connection, list(found[table].values()))
    changes: dict[str, list[Any]] = defaultdict(list)
    if changed:
        for row in sorted(adopt.rows_among(connection, _history.c.op_id, list(changed)), key=lambda row: row["id"]):
            changes[row["op_id"]].append(row)
    leaves: list[tuple[Leaf, bytes]] = []
    for op_id in order:
        salt, entry = new_salt(), entries.get(op_id)
        rows: list[tuple[str, str, str | None]] = []
        if entry is not None:
            rows.append(("op_log", op_id, digest(salt, "op_log", entry)))
        for table, key in written.get(op_id, ()):
            stored = found.get(table, {}).get(key)
            if (table, key) != ("op_log", op_id) and table in WATCHED:
                rows.append((table, key, None if stored is None else digest(salt, table, stored)))
        rows += [("history", str(past["id"]), digest(salt, "history", past)) for past in changes.get(op_id, ())]
        if not rows:
            continue
        n_here = n + len(leaves)
        leaf = leaf_of(n_here, entry, rows) if entry is not None else Leaf(v=1, n=n_here, kind="rows", op=op_id, rows=rows)
        leaves.append((leaf, salt))
    return leaves


def _restarted(
    connection: sa.Connection, signer: Signer, tree: Any, epoch: str, now: datetime, known_head: str | None
) -> tuple[Leaf, bytes]:
    """The server came back from a backup: the log says so itself, and the signed announcement goes to every device."""
    root = Tree(connection).root(tree.size)
    restart = Restart(origin_of(signer.public), tree.epoch, epoch, tree.size, root, to_ms(now))
    lost = lost_head(known_head, signer, tree.epoch, tree.size)
    connection.execute(
        sa.insert(_restart).values(
            to_epoch=epoch, from_epoch=tree.epoch, size=tree.size, root=root, note=sign_restart(restart, signer), lost=lost,
            made_at=now,
        )
    )  # fmt: skip
    log.warning("the log goes on after a restore", size=tree.size, from_epoch=tree.epoch, to_epoch=epoch)
    facts = {"from": tree.epoch, "to": epoch, "root": root.hex(), "lost": lost or ""}
    return Leaf(v=1, n=tree.size, kind="restart", at=now.isoformat(), facts=facts), new_salt()


def _store(connection: sa.Connection, size: int, leaves: list[tuple[Leaf, bytes]]) -> None:
    rows = []
    for leaf, salt in leaves:
        body = leaf_bytes(leaf)
        rows.append({"idx": leaf.n, "op_id": leaf.op, "body": body, "salt": salt, "hash": leaf_hash(body)})
    insert_many(connection, _leaf, rows)
    grow(connection, size, len(leaves), [row["hash"] for row in rows])


def is_due(out: Outpost) -> bool:
    """Whether there is anything to enter or to sign: two or three small reads."""
    with out.db.glance() as connection:
        if connection.execute(_ANY).first() is not None:
            return True
        tree = connection.execute(sa.select(_tree.c.size, _tree.c.epoch)).one()
        epoch = connection.execute(_EPOCH).scalar_one()
        return tree.epoch != epoch or due(latest_head(connection), tree.size, epoch, out.clock())


def catch_up(out: Outpost, *, most: int = 1_000) -> int:
    """Enter everything that waits, in steps. Answers how many notes were done."""
    file = HeadFile(out.settings.data_dir)
    done = 0
    while most > 0:
        most -= 1
        step = enter(out.db, out.signer, out.clock(), known_head=file.read())
        if step.head is not None:
            file.write(step.head)
        done += step.notes
        if not step.more:
            break
    return done


class Sequencer(threading.Thread):
    """Looks every second. One in each process: the row of the tree lets one of them in at a time."""

    def __init__(self, out: Outpost, *, pause_s: float = 1.0) -> None:
        super().__init__(name="sequencer", daemon=True)
        self._out, self._pause_s = out, pause_s
        self._stopped = threading.Event()

    def run(self) -> None:
        while not self._stopped.is_set():
            try:
                if is_due(self._out):
                    catch_up(self._out)
            except Exception:
                log.error("the sequencer goes on after a failure", error=traceback.format_exc())
            self._stopped.wait(self._pause_s)

    def stop(self, timeout_s: float = 10.0) -> None:
        self._stopped.set()
        self.join(timeout_s)
