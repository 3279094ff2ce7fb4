"""Rows that were there before the log, or that a migration rewrote, enter it by themselves.

A migration asks for it with a row in `audit_pending`: {"adopt": {"table": "op_log", "after": ""}} takes everything, from the
operations on; {"adopt": {"table": "punch", "after": "", "only": true}} takes one table anew.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from server.audit.leaves import Leaf, digest, leaf_of, new_salt
from server.kernel.db import among, table_of
from server.kernel.ledger import OpLog
from server.kernel.tree import AuditLeaf
from server.kernel.witness import WATCHED, Pending

OPS_AT_ONCE, ROWS_AT_ONCE, ROWS_IN_A_LEAF = 300, 600, 100
_op, _leaf = table_of(OpLog), table_of(AuditLeaf)


def rows_by_key(connection: sa.Connection, table: str, keys: list[str]) -> dict[str, Any]:
    """Rows of a watched table, by key."""
    (column,) = table_of(WATCHED[table]).primary_key.columns
    found = rows_among(connection, column, [int(key) for key in keys] if _is_number(column) else keys)
    return {str(row[column.name]): row for row in found}


def rows_among(connection: sa.Connection, column: sa.Column[Any], keys: list[Any]) -> list[dict[str, Any]]:
    """The rows of a column's table where it has one of these values: plain dicts, which are a third of the price of mappings."""
    names = column.table.c.keys()
    chosen = sa.select(column.table).where(among(column, connection.dialect.name))
    return [dict(zip(names, row, strict=True)) for row in connection.execute(chosen, {"keys": keys}).all()]


def _is_number(column: sa.Column[Any]) -> bool:
    return column.type.python_type is int


def next_leaves(connection: sa.Connection, n: int, asked: Pending) -> tuple[list[tuple[Leaf, bytes]], dict[str, Any] | None]:
    """The next part of what is to be adopted, from entry `n` on; and what remains, None when that was all."""
    wish = asked.adopt or {}
    table, after, only = str(wish.get("table", "")), str(wish.get("after", "")), bool(wish.get("only"))
    while True:
        if table == "op_log":
            leaves, last = _operations(connection, n, after)
        else:
            leaves, last = _rows(connection, n, table, after)
        if last is not None:
            return leaves, {"table": table, "after": last, "only": only}
        following = None if only else _after(table)
        if following is None:
            return leaves, None
        table, after = following, ""
        if leaves:
            return leaves, {"table": table, "after": after, "only": only}


def _after(table: str) -> str | None:
    rest = sorted(set(WATCHED) - {"op_log"})
    later = rest if table == "op_log" else [name for name in rest if name > table]
    return later[0] if later else None


def _operations(connection: sa.Connection, n: int, after: str) -> tuple[list[tuple[Leaf, bytes]], str | None]:
    """Each in the order of its id, which is about the order in which they were made."""
    is_new = ~sa.exists().where(_leaf.c.op_id == _op.c.op_id)
    chosen = sa.select(_op).where(_op.c.status != "received", is_new).order_by(_op.c.op_id).limit(OPS_AT_ONCE)
    found = connection.execute(chosen.where(_op.c.op_id > after) if after else chosen).mappings().all()
    leaves: list[tuple[Leaf, bytes]] = []
    for entry in found:
        salt = new_salt()
        rows: list[tuple[str, str, str | None]] = [("op_log", entry["op_id"], digest(salt, "op_log", entry))]
        leaves.append((leaf_of(n + len(leaves), entry, rows), salt))
    return leaves, found[-1]["op_id"] if len(found) == OPS_AT_ONCE else None


def _rows(connection: sa.Connection, n: int, table: str, after: str) -> tuple[list[tuple[Leaf, bytes]], str | None]:
    if table not in WATCHED:
        return [], None
    of = table_of(WATCHED[table])
    (column,) = of.primary_key.columns
    chosen = sa.select(of).order_by(column).limit(ROWS_AT_ONCE)
    if after:
        chosen = chosen.where(column > (int(after) if _is_number(column) else after))
    found = connection.execute(chosen).mappings().all()
    leaves: list[tuple[Leaf, bytes]] = []
    for begin in range(0, len(found), ROWS_IN_A_LEAF):
        salt = new_salt()
        part = found[begin : begin + ROWS_IN_A_LEAF]
        rows: list[tuple[str, str, str | None]] = [(table, str(row[column.name]), digest(salt, table, row)) for row in part]
        leaves.append((Leaf(v=1, n=n + len(leaves), kind="rows", rows=rows, facts={"adopted": table}), salt))
    return leaves, str(found[-1][column.name]) if len(found) == ROWS_AT_ONCE else None
