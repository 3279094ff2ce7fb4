"""Random edits by somebody with every right on the database: bytes changed, rows removed, swapped, forged, tails cut."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from server.audit.verify import Found, Report
from server.kernel.db import table_of
from server.kernel.ledger import OpLog
from server.kernel.tree import AuditHead, AuditLeaf, AuditTile, AuditTree
from server.kernel.witness import WATCHED
from tests.support.cooked_books import rebuild

_op, _leaf, _tile, _tree, _head = (table_of(m) for m in (OpLog, AuditLeaf, AuditTile, AuditTree, AuditHead))


@dataclass(frozen=True)
class Edit:
    """What was done, and whether something that was found names it."""

    what: str
    names: Callable[[Found], bool]

    def is_named_in(self, report: Report) -> bool:
        return any(self.names(one) for one in report.found)


def at_row(table: str, key: Any) -> Callable[[Found], bool]:
    return lambda found: found.table == table and found.row_id == str(key)


def at_leaf(index: int) -> Callable[[Found], bool]:
    def names(found: Found) -> bool:
        return found.leaf is not None and found.leaf <= index <= (found.leaf if found.until is None else found.until)

    return names


def another(value: Any, rng: random.Random) -> Any:
    """A value of the same kind that is not this one: in bytes and texts a single bit or letter differs."""
    if isinstance(value, bool):
        return not value
    if isinstance(value, int):
        return value ^ (1 << rng.randrange(8))
    if isinstance(value, bytes):
        if not value:
            return b"\x00"
        place = rng.randrange(len(value))
        return value[:place] + bytes([value[place] ^ (1 << rng.randrange(8))]) + value[place + 1 :]
    if isinstance(value, datetime):
        return value + timedelta(microseconds=rng.choice((-1, 1, 1_000_000)))
    if isinstance(value, date):
        return value + timedelta(days=rng.choice((-1, 1)))
    if isinstance(value, str):
        if len(value) == 36 and value.count("-") == 4:
            return new_id()
        place = rng.randrange(len(value) + 1)
        return value[:place] + ("x" if value[place : place + 1] != "x" else "y") + value[place + 1 :]
    if isinstance(value, dict):
        return {**value, "forged": rng.random()}
    return [*value, "forged"] if isinstance(value, list) else "forged"


class Superuser:
    """Edits one database through one connection; whoever called takes them back."""

    def __init__(self, connection: sa.Connection, seed: int) -> None:
        self._connection, self._rng = connection, random.Random(seed)
        self._tables = [name for name in sorted(WATCHED) if self._count(table_of(WATCHED[name])) > 0]
        # half of all edits are to operations, as whoever wants to change the past would begin there
        self._tables += ["op_log"] * len(self._tables)

    def edit(self) -> Edit:
        doing = self._rng.choice(
            (self.change, self.change, self.change, self.change, self.remove, self.remove, self.forge, self.swap_operations,
             self.swap_leaves, self.change_leaf, self.remove_leaf, self.drop_salt, self.cut_tail, self.rewrite, self.change_head,
             self.change_tile, self.spoil)
        )  # fmt: skip
        return doing() or self.change_row("op_log")

    def change(self) -> Edit | None:
        return self.change_row(self._rng.choice(self._tables))

    def change_row(self, table: str) -> Edit:
        of = table_of(WATCHED[table])
        (key,) = of.primary_key.columns
        row = self._row(of)
        fixed = {key.name} | {fk.parent.name for fk in of.foreign_keys}
        free = [name for name in row if name not in fixed and row[name] is not None]
        if not free:
            return self.change_row("op_log")
        column = self._rng.choice(free)
        value = another(row[column], self._rng)
        self._connection.execute(sa.update(of).where(key == row[key.name]).values({column: value}))
        return Edit(f"{table}.{column} of {row[key.name]}", at_row(table, row[key.name]))

    def spoil(self) -> Edit | None:
        """Something that is no value of its column at all: SQLite takes it."""
        table = self._rng.choice(self._tables)
        of = table_of(WATCHED[table])
        (key,) = of.primary_key.columns
        row = self._row(of)
        kinds = (sa.JSON, sa.Date)
        columns = [c.name for c in of.columns if isinstance(c.type, kinds) and row[c.name] is not None]
        if not columns:
            return None
        garbage = sa.update(of).where(key == row[key.name]).values({self._rng.choice(columns): sa.literal_column("'{no'")})
        self._connection.execute(garbage)
        return Edit(f"{table} {row[key.name]}: no value at all", at_row(table, row[key.name]))

    def remove(self) -> Edit:
        table = self._rng.choice(self._tables)
        of = table_of(WATCHED[table])
        (key,) = of.primary_key.columns
        row = self._row(of)
        self._connection.execute(sa.delete(of).where(key == row[key.name]))
        return Edit(f"{table} without {row[key.name]}", at_row(table, row[key.name]))

    def forge(self) -> Edit:
        row = {**self._row(_op), "op_id": new_id(), "device_id": None, "seq": None}
        self._connection.execute(sa.insert(_op).values(**row))
        return Edit(f"an operation nobody did: {row['op_id']}", at_row("op_log", row["op_id"]))

    def swap_operations(self) -> Edit | None:
        """Two operations change places in time: an order that looks like nothing was touched."""
        one, other = self._row(_op), self._row(_op)
        if one["received_at"] == other["received_at"]:
            return None
        for row, moment in ((one, other["received_at"]), (other, one["received_at"])):
            self._connection.execute(sa.update(_op).where(_op.c.op_id == row["op_id"]).values(received_at=moment))
        return Edit(f"{one['op_id']} and {other['op_id']} swapped", at_row("op_log", one["op_id"]))

    def swap_leaves(self) -> Edit | None:
        one, other = self._row(_leaf), self._row(_leaf)
        if one["idx"] == other["idx"]:
            return None
        for row, into in ((one, other), (other, one)):
            values = {name: row[name] for name in ("op_id", "body", "salt", "hash")}
            self._connection.execute(sa.update(_leaf).where(_leaf.c.idx == into["idx"]).values(**values))
        return Edit(f"entries {one['idx']} and {other['idx']} swapped", at_leaf(one["idx"]))

    def change_leaf(self) -> Edit:
        row = self._row(_leaf)
        column = self._rng.choice(("body", "hash"))
        value = another(row[column], self._rng)
        self._connection.execute(sa.update(_leaf).where(_leaf.c.idx == row["idx"]).values({column: value}))
        return Edit(f"entry {row['idx']}: {column}", at_leaf(row["idx"]))

    def remove_leaf(self) -> Edit:
        index = self._row(_leaf)["idx"]
        self._connection.execute(sa.delete(_leaf).where(_leaf.c.idx == index))
        return Edit(f"entry {index} removed", at_leaf(index))

    def drop_salt(self) -> Edit:
        index = self._row(_leaf)["idx"]
        self._connection.execute(sa.update(_leaf).where(_leaf.c.idx == index).values(salt=None))
        return Edit(f"entry {index} without its salt", at_leaf(index))

    def cut_tail(self) -> Edit:
        """The newest entries, their operations and every head go, and all that is computed is computed anew."""
        size = self._count(_leaf)
        left = self._rng.randrange(1, size)
        gone = list(self._connection.scalars(sa.select(_leaf.c.op_id).where(_leaf.c.idx >= left, _leaf.c.op_id.is_not(None))))
        self._connection.execute(sa.delete(_op).where(_op.c.op_id.in_(gone)))
        self._connection.execute(sa.delete(_leaf).where(_leaf.c.idx >= left))
        rebuild(self._connection)
        return Edit(f"cut from {size} to {left}", lambda found: found.what == "log_cut" and found.leaf == left)

    def rewrite(self) -> Edit:
        """An entry says something else, and every hash above it is made to fit."""
        row = self._row(_leaf)
        body = row["body"].replace(b'"v":1', b'"v":2')
        self._connection.execute(sa.update(_leaf).where(_leaf.c.idx == row["idx"]).values(body=body))
        rebuild(self._connection)
        return Edit(f"entry {row['idx']} rewritten", at_leaf(row["idx"]))

    def change_head(self) -> Edit:
        row = self._row(_head)
        column = self._rng.choice(("root", "epoch", "note"))
        value = another(row[column], self._rng)
        self._connection.execute(sa.update(_head).where(_head.c.size == row["size"]).values({column: value}))
        return Edit(f"head {row['size']}: {column}", lambda found: found.what == "head_not_signed" and found.leaf == row["size"])

    def change_tile(self) -> Edit | None:
        if not self._count(_tile):
            return None
        row = self._row(_tile)
        value = another(row["hashes"], self._rng)
        where = sa.and_(_tile.c.level == row["level"], _tile.c.idx == row["idx"])
        self._connection.execute(sa.update(_tile).where(where).values(hashes=value))
        return Edit(f"tile {row['level']} {row['idx']}", lambda found: found.what == "tree_changed")

    def _row(self, table: sa.Table) -> dict[str, Any]:
        place = self._rng.randrange(self._count(table))
        found = self._connection.execute(sa.select(table).order_by(*table.primary_key.columns).offset(place).limit(1)).one()
        return dict(found._mapping)

    def _count(self, table: sa.Table) -> int:
        return self._connection.scalar(sa.select(sa.func.count()).select_from(table)) or 0
