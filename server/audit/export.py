"""The log as a file that anybody can check with the public key alone: `tools/check_audit.py` needs nothing of ours.

One JSON object a line: first what this is, then every entry, then the heads and the announced restarts. The entries are the
bytes that were hashed; whoever got a single operation's bytes and salt can also see that they belong to its entry.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import IO, Any, NamedTuple

import sqlalchemy as sa

from contract.audit import origin_of
from contract.merkle import key_line
from contract.moments import to_ms
from contract.sealing import b64
from server.kernel.db import table_of
from server.kernel.tree import AuditHead, AuditLeaf, AuditRestart

_leaf, _head, _restart = (table_of(m) for m in (AuditLeaf, AuditHead, AuditRestart))


class Exported(NamedTuple):
    size: int
    heads: int


def export(connection: sa.Connection, public: bytes, now: datetime, to: IO[str]) -> Exported:
    """Write the whole log. Personal content is not in it: entries name operations by id and hold salted digests."""
    size = heads = 0
    for kind, line in _lines(connection, public, now):
        size, heads = size + (kind == "leaf"), heads + (kind == "head")
        to.write(json.dumps({"kind": kind, **line}, ensure_ascii=True, separators=(",", ":")) + "\n")
    return Exported(size, heads)


def _lines(connection: sa.Connection, public: bytes, now: datetime) -> Iterator[tuple[str, dict[str, Any]]]:
    origin = origin_of(public)
    yield "log", {"form": "outpost-audit-1", "origin": origin, "key": key_line(origin, public), "exported_ms": to_ms(now)}
    for row in connection.execution_options(yield_per=1_000).execute(sa.select(_leaf).order_by(_leaf.c.idx)):
        yield "leaf", {"n": row.idx, "body": b64(bytes(row.body))}
    for row in connection.execute(sa.select(_head).order_by(_head.c.size)):
        yield "head", {"note": row.note}
    for row in connection.execute(sa.select(_restart).order_by(_restart.c.made_at)):
        yield "restart", {"note": row.note, "lost": row.lost}
