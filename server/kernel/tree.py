"""The tree over the log: its leaves, the hashes that make every root and proof cheap, and the heads that were signed.

Hashes stand in tiles of 256, one row each: those of the leaves, of complete subtrees of 256, of 65,536 leaves and so on. A root
or a proof of any size is made from two statements at the most: the few tiles it needs, and the last leaves (less than 256),
which have no full tile yet.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from contract.merkle import HASH_BYTES, complete, consistency_ranges, fold, full_root, hashes_of, inclusion_ranges
from contract.sealing import b64
from contract.sync import TreeHeld, TreeSaid
from server.kernel.actors import Permission
from server.kernel.db import Base, Uuid, table_of
from server.kernel.scope import only_with

WIDTH_BITS = 8
WIDTH = 1 << WIDTH_BITS


class AuditLeaf(Base):
    """One entry: its bytes, and the salt that makes the row digests in them mean nothing once it is gone."""

    __tablename__ = "audit_leaf"
    idx: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    op_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    body: Mapped[bytes]
    salt: Mapped[bytes | None]
    hash: Mapped[bytes]


class AuditTile(Base):
    """Up to 256 hashes of one level side by side: level 0 holds leaves and only full tiles; level 1 roots of 256 leaves, level 2
    of 65,536, and so on, as far as there are any."""

    __tablename__ = "audit_tile"
    level: Mapped[int] = mapped_column(sa.Integer, primary_key=True, autoincrement=False)
    idx: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    hashes: Mapped[bytes]


class AuditTree(Base):
    """How large the tree is, and in which history of the server it grows. One row: whoever enters leaves holds its lock."""

    __tablename__ = "audit_tree"
    __table_args__ = (sa.CheckConstraint("id = 1", name="one_row"),)
    id: Mapped[int] = mapped_column(primary_key=True, autoincrement=False)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    epoch: Mapped[str] = mapped_column(sa.String(40))


class AuditHead(Base):
    """A signed head that was given out. Kept for ever."""

    __tablename__ = "audit_head"
    size: Mapped[int] = mapped_column(sa.BigInteger, primary_key=True, autoincrement=False)
    root: Mapped[bytes]
    epoch: Mapped[str] = mapped_column(sa.String(40))
    note: Mapped[str] = mapped_column(sa.Text)
    made_at: Mapped[datetime]


class AuditRestart(Base):
    """The server came back from a backup. `lost` is the newest head known from before that is no longer in the tree."""

    __tablename__ = "audit_restart"
    to_epoch: Mapped[str] = mapped_column(sa.String(40), primary_key=True)
    from_epoch: Mapped[str] = mapped_column(sa.String(40), unique=True)
    size: Mapped[int] = mapped_column(sa.BigInteger)
    root: Mapped[bytes]
    note: Mapped[str] = mapped_column(sa.Text)
    lost: Mapped[str | None] = mapped_column(sa.Text)
    made_at: Mapped[datetime]


for _model in (AuditLeaf, AuditTile, AuditTree, AuditHead, AuditRestart):
    only_with(_model, Permission.READ_AUDIT, Permission.VERIFY_AUDIT)

_leaf, _tile, _head, _restart = (table_of(m) for m in (AuditLeaf, AuditTile, AuditHead, AuditRestart))
_LEAVES = sa.select(_leaf.c.idx, _leaf.c.hash).where(_leaf.c.idx >= sa.bindparam("begin"), _leaf.c.idx < sa.bindparam("end"))
_TILE = sa.select(_tile.c.level, _tile.c.idx, _tile.c.hashes)
_LATEST = sa.select(_head).order_by(_head.c.size.desc()).limit(1)


class NoSuchTree(LookupError):
    """Hashes that must be there are not: the tree was cut or never was so large."""


class Tree:
    """Roots and proofs, out of what is stored. What was read once is kept: make one for a transaction, or for a request."""

    def __init__(self, connection: sa.Connection) -> None:
        self._connection = connection
        self._tiles: dict[tuple[int, int], bytes] = {}

    def read(self, level: int, index: int) -> bytes:
        """The hash of the complete subtree. Raises NoSuchTree."""
        row = level // WIDTH_BITS  # which tiles hold its parts
        first = index << (level - row * WIDTH_BITS)
        width = 1 << (level - row * WIDTH_BITS)
        tile = self.tile(row, first >> WIDTH_BITS)
        at = (first % WIDTH) * HASH_BYTES
        parts = tile[at : at + width * HASH_BYTES]
        if len(parts) != width * HASH_BYTES:
            raise NoSuchTree(f"level {level}, index {index}")
        return full_root(_hashes(parts))

    def tile(self, row: int, index: int) -> bytes:
        """The hashes of a tile as far as there are any; row 0 are the leaves themselves."""
        known = self._tiles.get((row, index))
        if known is None:
            self._load({(row, index)})
            known = self._tiles[row, index]
        return known

    def knows(self, row: int, index: int, hashes: bytes) -> None:
        """A tile that was just written."""
        self._tiles[row, index] = hashes

    def goes_on(self, size: int, hashes: Sequence[bytes]) -> None:
        """The leaves that were just stored after the first `size`."""
        first = size >> WIDTH_BITS
        run = (self._leaves(first)[: size % WIDTH * HASH_BYTES] if size % WIDTH else b"") + b"".join(hashes)
        for n in range(0, len(run), WIDTH * HASH_BYTES):
            self.knows(0, first + n // (WIDTH * HASH_BYTES), run[n : n + WIDTH * HASH_BYTES])

    def _load(self, wanted: set[tuple[int, int]]) -> None:
        """All of these tiles in one statement; leaves that are in no tile yet in another."""
        missing = wanted - self._tiles.keys()
        if not missing:
            return
        by_row: dict[int, list[int]] = {}
        for row, index in missing:
            by_row.setdefault(row, []).append(index)
        chosen = [sa.and_(_tile.c.level == row, _tile.c.idx.in_(found)) for row, found in sorted(by_row.items())]
        for row, index, hashes in self._connection.execute(_TILE.where(sa.or_(*chosen))):
            self._tiles[row, index] = bytes(hashes)
        for row, index in missing - self._tiles.keys():
            self._tiles[row, index] = self._leaves(index) if row == 0 else b""

    def _leaves(self, index: int) -> bytes:
        begin = index << WIDTH_BITS
        found = self._connection.execute(_LEAVES, {"begin": begin, "end": begin + WIDTH})
        hashes = {idx: bytes(one) for idx, one in found}
        run = []
        for idx in range(begin, begin + WIDTH):
            if idx not in hashes:
                break
            run.append(hashes[idx])
        return b"".join(run)

    def _prepare(self, ranges: list[tuple[int, int]]) -> None:
        nodes = [node for begin, end in ranges for node in complete(begin, end)]
        self._load({(level // WIDTH_BITS, (index << level % WIDTH_BITS) >> WIDTH_BITS) for level, index in nodes})

    def root(self, size: int) -> bytes:
        self._prepare([(0, size)])
        return fold([self.read(level, index) for level, index in complete(0, size)])

    def consistency(self, first: int, second: int) -> list[bytes]:
        """Raises ValueError when there is nothing to compare, NoSuchTree."""
        ranges = consistency_ranges(first, second)
        self._prepare(ranges)
        return hashes_of(ranges, self.read)

    def inclusion(self, index: int, size: int) -> list[bytes]:
        """Raises ValueError when there is no such leaf, NoSuchTree."""
        ranges = inclusion_ranges(index, size)
        self._prepare(ranges)
        return hashes_of(ranges, self.read)


def grow(connection: sa.Connection, size: int, fresh: int, hashes: Sequence[bytes] = ()) -> None:
    """Bring the tiles to what they are with so many leaves after the first `size`. The leaves are stored already; whoever has
    their hashes at hand gives them, so that they need not be read again."""
    tree = Tree(connection)
    if hashes and (size + fresh) >> WIDTH_BITS > size >> WIDTH_BITS:
        tree.goes_on(size, hashes)
    row, before, after = 1, size, size + fresh
    while after >> WIDTH_BITS:
        old, new = before >> WIDTH_BITS, after >> WIDTH_BITS
        if row == 1:
            for index in range(old, new):
                _put(connection, 0, index, tree.tile(0, index), is_new=True)
        for index in sorted({n >> WIDTH_BITS for n in range(old, new)}):
            begin, end = max(old, index << WIDTH_BITS), min(new, (index + 1) << WIDTH_BITS)
            known = tree.tile(row, index)[: (begin % WIDTH) * HASH_BYTES]
            tile = known + b"".join(full_root(_hashes(tree.tile(row - 1, n))) for n in range(begin, end))
            _put(connection, row, index, tile, is_new=begin % WIDTH == 0)
            tree.knows(row, index, tile)
        row, before, after = row + 1, old, new


def _hashes(tile: bytes) -> list[bytes]:
    return [tile[n : n + HASH_BYTES] for n in range(0, len(tile), HASH_BYTES)]


def _put(connection: sa.Connection, row: int, index: int, hashes: bytes, *, is_new: bool) -> None:
    if is_new:
        connection.execute(sa.insert(_tile).values(level=row, idx=index, hashes=hashes))
    else:
        where = sa.and_(_tile.c.level == row, _tile.c.idx == index)
        connection.execute(sa.update(_tile).where(where).values(hashes=hashes))


def latest_head(connection: sa.Connection) -> Any:
    """The newest signed head, or None."""
    return connection.execute(_LATEST).one_or_none()


def newer_head(connection: sa.Connection, held: TreeHeld) -> TreeSaid | None:
    """What a device that holds this head is told; None when there is nothing newer.

    Where no proof can be given (the tree was cut, another one stands here) the head goes out without: the device then has
    the server's own signature under two things that cannot both be true.
    """
    head = latest_head(connection)
    if head is None or (held.size == head.size and held.root == b64(bytes(head.root)) and held.epoch == head.epoch):
        return None
    restarts = _restarts_between(connection, held.epoch, head.epoch) if held.size else []
    first = min([held.size, *(one.size for one in restarts)])
    proof: list[bytes] = []
    if 0 < first <= head.size:
        try:
            proof = Tree(connection).consistency(first, head.size)
        except NoSuchTree:
            proof = []
    return TreeSaid(note=head.note, proof=[b64(one) for one in proof], restarts=[one.note for one in restarts])


def _restarts_between(connection: sa.Connection, held: str | None, now: str) -> list[Any]:
    """The announced restarts that lead from one history to another; none when they do not."""
    found: list[Any] = []
    at = held
    while at is not None and at != now and len(found) < 8:
        one = connection.execute(sa.select(_restart).where(_restart.c.from_epoch == at)).one_or_none()
        if one is None:
            return []
        found.append(one)
        at = one.to_epoch
    return found
