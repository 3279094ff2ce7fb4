"""What somebody with every right on the database does to the log, as thoroughly as that can be done without the server's key."""

from __future__ import annotations

import json

import sqlalchemy as sa

from contract.merkle import leaf_hash
from server.kernel.db import Database, table_of
from server.kernel.tree import AuditHead, AuditLeaf, AuditTile, AuditTree, grow

_leaf, _tile, _tree, _head = (table_of(m) for m in (AuditLeaf, AuditTile, AuditTree, AuditHead))


def rebuild(connection: sa.Connection) -> None:
    """Leaf hashes, tiles and size as they would be had the leaves always been these; the heads that would tell are gone."""
    for row in connection.execute(sa.select(_leaf.c.idx, _leaf.c.body)).all():
        connection.execute(sa.update(_leaf).where(_leaf.c.idx == row.idx).values(hash=leaf_hash(bytes(row.body))))
    size = connection.scalar(sa.select(sa.func.count()).select_from(_leaf)) or 0
    connection.execute(sa.delete(_tile))
    grow(connection, 0, size)
    connection.execute(sa.update(_tree).values(size=size))
    connection.execute(sa.delete(_head))


def rewrite_entry(db: Database, index: int) -> None:
    """Entry `index` says that somebody else did it; everything that is computed from it is computed anew."""
    with db.writing_engine.begin() as connection:
        body = json.loads(bytes(connection.scalar(sa.select(_leaf.c.body).where(_leaf.c.idx == index)) or b"{}"))
        body["actor"] = "01970000-0000-7000-8000-000000000bad"
        said = json.dumps(body, separators=(",", ":")).encode()
        connection.execute(sa.update(_leaf).where(_leaf.c.idx == index).values(body=said))
        rebuild(connection)


def cut_log(db: Database, size: int) -> None:
    """Everything from entry `size` on never happened."""
    with db.writing_engine.begin() as connection:
        connection.execute(sa.delete(_leaf).where(_leaf.c.idx >= size))
        rebuild(connection)
