"""What an entry of the log is: an operation with its outcome, and a salted digest of each row it wrote.

    digest(row) = SHA-256(salt || JSON [table, {column: value, ...}])     columns by name, without those that are null
    leaf        = JSON {v, n, kind, op, type, ..., rows: [[table, key, digest or null], ...]}

Nobody can guess a row from its digest without the salt, which is random and stands beside the leaf, not in it. When an
operation must be forgotten its salt goes; leaf, tree and proofs stay what they were. A null digest: the row was deleted.
"""

from __future__ import annotations

import hashlib
import os
from typing import Any

import msgspec

SALT_BYTES = 16
_ENCODE = msgspec.json.Encoder(order="deterministic").encode


class Leaf(msgspec.Struct, omit_defaults=True, kw_only=True):
    """The bytes of an entry. `n` is its number, so that no two can change places.

    kind: `op` (an operation that ended), `rows` (rows that were written by no operation of their own, or were there before
    the log), `restart` (the server came back from a backup: facts say from where to where).
    """

    v: int
    n: int
    kind: str
    op: str | None = None
    type: str | None = None
    device: str | None = None
    seq: int | None = None
    actor: str | None = None
    account: str | None = None
    at: str | None = None
    status: str | None = None
    code: str | None = None
    rows: list[tuple[str, str, str | None]] = []
    facts: dict[str, Any] = {}


def new_salt() -> bytes:
    return os.urandom(SALT_BYTES)


def digest(salt: bytes, table: str, row: Any) -> str:
    """The digest of a row, 64 hex. A column that is null is as one that is not there: a release may add one."""
    said = _ENCODE([table, {name: value for name, value in row.items() if value is not None}])
    return hashlib.sha256(salt + said).hexdigest()


def leaf_bytes(leaf: Leaf) -> bytes:
    return _ENCODE(leaf)


def read_leaf(body: bytes) -> Leaf | None:
    """The entry in its bytes; None when somebody has made something else of them."""
    try:
        return msgspec.json.decode(body, type=Leaf)
    except (msgspec.DecodeError, UnicodeDecodeError):
        return None


def leaf_of(n: int, entry: Any, rows: list[tuple[str, str, str | None]]) -> Leaf:
    """The entry of an operation, from its row in the log."""
    return Leaf(
        v=1,
        n=n,
        kind="op",
        op=entry["op_id"],
        type=entry["type"],
        device=entry["device_id"],
        seq=entry["seq"],
        actor=entry["actor_id"],
        account=entry["account_id"],
        at=entry["received_at"].isoformat(),
        status=entry["status"],
        code=entry["code"],
        rows=rows,
    )
