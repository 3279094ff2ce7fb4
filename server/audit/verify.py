"""Comparing the whole log with what is stored: every entry, every row it vouches for, every head that was ever signed.

Nothing here believes a stored hash: leaves are hashed from their bytes, rows are digested from their columns, roots are
computed from the leaves. What cannot be seen from inside, that everything was put back to an older state, heads from
elsewhere show: the file in the data folder, a note on paper, a tablet.
"""

from __future__ import annotations

import functools
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.audit import open_restart, origin_of
from contract.merkle import EMPTY_ROOT, Head, NotANote, fold, leaf_hash, node_hash, open_head
from server.audit.leaves import Leaf, digest, read_leaf
from server.audit.model import AuditErasure
from server.kernel.db import table_of
from server.kernel.tree import WIDTH, AuditHead, AuditLeaf, AuditRestart, AuditTile, AuditTree
from server.kernel.witness import WATCHED, AuditPending, Pending

MOST_FOUND = 1_000
_leaf, _tile, _tree, _head = (table_of(m) for m in (AuditLeaf, AuditTile, AuditTree, AuditHead))
_restart, _pending, _erasure = (table_of(m) for m in (AuditRestart, AuditPending, AuditErasure))
Progress = Callable[[int, int], None]


@dataclass(frozen=True)
class Found:
    """Something that does not fit. `what` is the end of a message key `audit.found.<what>`; the rest says where."""

    what: str
    leaf: int | None = None
    until: int | None = None
    op_id: str | None = None
    table: str | None = None
    row_id: str | None = None


@dataclass
class Report:
    """What a comparison found. `waiting`: operations and rows of the last second, not in the tree yet."""

    size: int = 0
    root: bytes = EMPTY_ROOT
    erased: int = 0
    waiting: int = 0
    rows: int = 0
    heads: int = 0
    found: list[Found] = field(default_factory=list)
    more: int = 0

    @property
    def is_clean(self) -> bool:
        return not self.found

    def add(self, what: str, **where: Any) -> None:
        if len(self.found) < MOST_FOUND:
            self.found.append(Found(what, **where))
        else:
            self.more += 1


@dataclass
class _Witnessed:
    """The last word of the log on a row."""

    leaf: int
    digest: str | None
    salt: bytes | None
    op_id: str | None


class _Roots:
    """Grows with the leaves; knows the root wherever it was asked for, and the hash over each full 256 leaves."""

    def __init__(self, sizes: set[int]) -> None:
        self._sizes, self._stack = sizes, list[bytes]()
        self.size, self.at = 0, dict[int, bytes]()
        self.levels: dict[int, list[bytes]] = defaultdict(list)
        if 0 in sizes:
            self.at[0] = EMPTY_ROOT

    def add(self, hashed: bytes) -> None:
        n = self.size
        level, found = 0, hashed
        self.levels[0].append(hashed)
        while n & 1:
            found = node_hash(self._stack.pop(), found)
            n, level = n >> 1, level + 1
            if level % 8 == 0:
                self.levels[level // 8].append(found)
        self._stack.append(found)
        self.size += 1
        if self.size in self._sizes:
            self.at[self.size] = fold(self._stack)

    @property
    def root(self) -> bytes:
        return fold(self._stack)


@functools.cache
def _all_of(of: sa.Table) -> sa.Select[Any]:
    """Always the same statement: the columns of another one would be matched to the compiled one's each time."""
    return sa.select(of)


def _op_of(table: str, key: str, row: Any) -> str | None:
    """The operation that a row itself names."""
    return key if table == "op_log" else getattr(row, "op_id", None)


class Verification:
    """One comparison, in one snapshot. `notes` are heads from elsewhere."""

    def __init__(self, connection: sa.Connection, public: bytes, notes: Sequence[str] = (), progress: Progress | None = None):
        self._connection, self._public, self._origin = connection, public, origin_of(public)
        self._notes, self._progress = notes, progress or (lambda done, of: None)
        self.report = Report()
        self._latest: dict[tuple[str, str], _Witnessed] = {}

    def run(self) -> Report:
        tree = self._connection.execute(sa.select(_tree)).one_or_none()
        heads = self._connection.execute(sa.select(_head).order_by(_head.c.size)).all()
        restarts = self._connection.execute(sa.select(_restart)).all()
        elsewhere = list(self._opened())
        self.report.heads = len(heads) + len(elsewhere)
        sizes = {row.size for row in (*heads, *restarts)} | {head.size for head in elsewhere}
        total = self._connection.scalar(sa.select(sa.func.count()).select_from(_leaf)) or 0
        waiting = self._waiting()
        roots = self._leaves(_Roots(sizes), total)
        self.report.size, self.report.root = roots.size, roots.root
        if tree is None or tree.size != roots.size:
            self.report.add("size_changed", leaf=roots.size)
        self._tiles(roots)
        self._heads(heads, roots)
        self._restarts(restarts, roots)
        self._elsewhere(elsewhere, restarts, roots)
        self._rows(waiting, total)
        return self.report

    # the tree

    def _leaves(self, roots: _Roots, total: int) -> _Roots:
        erased = set(self._connection.scalars(sa.select(_erasure.c.idx)))
        expected = 0
        for row in self._stream(sa.select(_leaf).order_by(_leaf.c.idx)):
            if row.idx > expected:
                self.report.add("leaf_missing", leaf=expected, until=row.idx - 1)
            expected = row.idx + 1
            body = bytes(row.body)
            hashed = leaf_hash(body)
            leaf = read_leaf(body)
            if hashed != bytes(row.hash) or leaf is None or leaf.n != row.idx or leaf.op != row.op_id:
                op_id = row.op_id or (leaf.op if leaf is not None else None)
                self.report.add("leaf_changed", leaf=row.idx, op_id=op_id)
            roots.add(hashed)
            if leaf is not None:
                self._remember(row.idx, leaf, None if row.salt is None else bytes(row.salt), row.idx in erased)
            if expected % 2_000 == 0:
                self._progress(expected, 2 * total)
        return roots

    def _remember(self, idx: int, leaf: Leaf, salt: bytes | None, is_erased: bool) -> None:
        if salt is None:
            if is_erased:
                self.report.erased += 1
            else:
                self.report.add("salt_missing", leaf=idx, op_id=leaf.op)
        for table, key, said in leaf.rows:
            self._latest[table, key] = _Witnessed(idx, said, salt, leaf.op)

    def _tiles(self, roots: _Roots) -> None:
        """Names the block of entries whose hashes are not what the tree was built from."""
        stored = {(row.level, row.idx): bytes(row.hashes) for row in self._connection.execute(sa.select(_tile))}
        for level, hashes in roots.levels.items():
            for index in range(0, len(hashes), WIDTH):
                ours, theirs = b"".join(hashes[index : index + WIDTH]), stored.pop((level, index // WIDTH), b"")
                has_no_tile = level == 0 and len(hashes) - index < WIDTH and not theirs
                if ours == theirs or has_no_tile:
                    continue
                first = next((n for n in range(0, len(ours), 32) if ours[n : n + 32] != theirs[n : n + 32]), len(ours))
                begin = (index + first // 32) * WIDTH**level
                self.report.add("tree_changed", leaf=begin, until=begin + WIDTH**level - 1)
        for level, index in stored:
            begin = index * WIDTH ** (level + 1)
            self.report.add("tree_changed", leaf=begin, until=begin + WIDTH ** (level + 1) - 1)

    def _heads(self, heads: Sequence[Any], roots: _Roots) -> None:
        good = 0
        for row in heads:
            try:
                head = open_head(row.note, self._origin, self._public)
            except NotANote:
                self.report.add("head_not_signed", leaf=row.size)
                continue
            if (head.size, head.root, head.epoch) != (row.size, bytes(row.root), row.epoch):
                self.report.add("head_not_signed", leaf=row.size)
            elif self._contradicts(head, roots, good):
                continue
            good = head.size

    def _contradicts(self, head: Head, roots: _Roots, good: int) -> bool:
        if head.size > roots.size:
            self.report.add("log_cut", leaf=roots.size, until=head.size - 1)
        elif roots.at[head.size] != head.root:
            self.report.add("tree_changed", leaf=good, until=head.size - 1)
        else:
            return False
        return True

    def _restarts(self, restarts: Sequence[Any], roots: _Roots) -> None:
        for row in restarts:
            try:
                said = open_restart(row.note, self._origin, self._public)
            except NotANote:
                self.report.add("restart_not_signed", leaf=row.size)
                continue
            stored = (row.from_epoch, row.to_epoch, row.size, bytes(row.root))
            if (said.from_epoch, said.to_epoch, said.size, said.root) != stored or roots.at.get(said.size) != said.root:
                self.report.add("restart_not_signed", leaf=row.size)

    def _opened(self) -> Iterator[Head]:
        for note in self._notes:
            try:
                yield open_head(note, self._origin, self._public)
            except NotANote:
                self.report.add("note_not_signed")

    def _elsewhere(self, heads: Sequence[Head], restarts: Sequence[Any], roots: _Roots) -> None:
        """A head from elsewhere must be in this tree, unless an announced restart says that it was cut there."""
        declared = {row.from_epoch: row.size for row in restarts}
        for head in heads:
            if head.size > declared.get(head.epoch, head.size):
                continue
            self._contradicts(head, roots, 0)

    # the rows

    def _waiting(self) -> set[tuple[str, str]]:
        """What was committed in the last second and is not in the tree yet."""
        waiting: set[tuple[str, str]] = set()
        adopting: set[str] = set()
        for row in self._connection.execute(sa.select(_pending)):
            try:
                note = msgspec.json.decode(row.body, type=Pending)
            except (msgspec.DecodeError, UnicodeDecodeError):
                self.report.add("note_changed")
                continue
            waiting.update(("op_log", op_id) for op_id in note.ops)
            waiting.update((table, key) for table, key, _ in note.rows)
            waiting.update(("history of", op_id) for op_id in note.changed)
            if note.adopt is not None:
                table = str(note.adopt.get("table"))
                only = bool(note.adopt.get("only"))
                adopting |= {table} if only else {name for name in WATCHED if table == "op_log" or name >= table}
        self.report.waiting = len(waiting)
        return waiting | {("all of", table) for table in adopting}

    def _rows(self, waiting: set[tuple[str, str]], total: int) -> None:
        for name in sorted(WATCHED):
            if ("all of", name) in waiting:
                self._latest = {where: said for where, said in self._latest.items() if where[0] != name}
                continue
            of = table_of(WATCHED[name])
            (column,) = of.primary_key.columns
            for row in self._readable(of):
                self._row(name, str(row._mapping[column.name]), row, waiting)
                self.report.rows += 1
                if self.report.rows % 2_000 == 0:
                    self._progress(total + min(self.report.rows, total), 2 * total)
        for (table, key), said in self._latest.items():
            if said.digest is not None and (table, key) not in waiting:
                op_id = key if table == "op_log" else said.op_id
                self.report.add("row_missing", leaf=said.leaf, op_id=op_id, table=table, row_id=key)

    def _readable(self, of: sa.Table) -> Iterator[Any]:
        """Every row of a table. One with a value that is none of its column's kind is passed over: what is left of it in the
        log then has no row."""
        try:
            yield from list(self._stream(_all_of(of)))
            return
        except (ValueError, TypeError, sa.exc.DBAPIError):
            (column,) = of.primary_key.columns
        as_stored = sa.type_coerce(column, sa.types.NullType())
        for (key,) in self._connection.execute(sa.select(as_stored)).all():
            try:
                yield self._connection.execute(sa.select(of).where(as_stored == key)).one()
            except (ValueError, TypeError, sa.exc.DBAPIError):
                continue

    def _row(self, table: str, key: str, row: Any, waiting: set[tuple[str, str]]) -> None:
        said = self._latest.pop((table, key), None)
        if (table, key) in waiting or (table == "history" and ("history of", row.op_id) in waiting):
            return
        if said is None:
            if not (table == "op_log" and row.status == "received"):
                self.report.add("row_unknown", op_id=_op_of(table, key, row), table=table, row_id=key)
        elif said.digest is None:
            self.report.add("row_unknown", leaf=said.leaf, op_id=said.op_id, table=table, row_id=key)
        elif said.salt is not None and digest(said.salt, table, row._mapping) != said.digest:
            self.report.add("row_changed", leaf=said.leaf, op_id=_op_of(table, key, row) or said.op_id, table=table, row_id=key)

    def _stream(self, statement: Any) -> Iterator[Any]:
        return iter(self._connection.execution_options(yield_per=1_000).execute(statement))


def verify(
    connection: sa.Connection, public: bytes, *, notes: Sequence[str] = (), progress: Progress | None = None
) -> Report:
    """Compare everything. O(n), reads only; `progress(done, of)` is told how far it is."""
    return Verification(connection, public, notes, progress).run()
