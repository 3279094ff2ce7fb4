"""Signing heads, and keeping the newest outside of the database: who cuts the log there has the file against him."""

from __future__ import annotations

import os
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.audit import origin_of
from contract.merkle import Head, NotANote, open_head, sign_head
from contract.moments import to_ms
from contract.sealing import Signer
from server.kernel.db import table_of
from server.kernel.tree import AuditHead, Tree, latest_head

NEW_HEAD_EVERY = timedelta(seconds=20)
SIGNED_AGAIN_AFTER = timedelta(seconds=50)  # so that none is older than a minute
_head = table_of(AuditHead)


class HeadFile:
    """The newest head, in the data folder. Written anew, never appended to: readers see one whole note or none."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "audit-head.txt"

    def read(self) -> str | None:
        try:
            return self._file.read_text(encoding="utf-8")
        except FileNotFoundError:
            return None

    def write(self, note: str) -> None:
        self._file.parent.mkdir(parents=True, exist_ok=True)
        fresh = self._file.with_suffix(f".{os.getpid()}")
        fresh.write_text(note, encoding="utf-8")
        fresh.replace(self._file)


def due(head: Any, size: int, epoch: str, now: datetime) -> bool:
    """Whether a head is to be signed: `head` is the newest there is."""
    if size == 0:
        return False
    if head is None or head.epoch != epoch:
        return True
    age = now - head.made_at
    return bool(age >= SIGNED_AGAIN_AFTER or (head.size != size and age >= NEW_HEAD_EVERY))


def sign_if_due(connection: sa.Connection, signer: Signer, size: int, epoch: str, now: datetime) -> str | None:
    """The note of the head that was just signed and stored; None when the newest will do."""
    head = latest_head(connection)
    if not due(head, size, epoch, now):
        return None
    root = Tree(connection).root(size)
    note = sign_head(Head(origin_of(signer.public), size, root, epoch, to_ms(now)), signer)
    values = {"root": root, "epoch": epoch, "note": note, "made_at": now}
    if head is not None and head.size == size:
        connection.execute(sa.update(_head).where(_head.c.size == size).values(**values))
    else:
        connection.execute(sa.insert(_head).values(size=size, **values))
    return note


def lost_head(note: str | None, signer: Signer, epoch: str, size: int) -> str | None:
    """The head in the file, where it is of that history and longer than what came back from the backup."""
    if note is None:
        return None
    try:
        head = open_head(note, origin_of(signer.public), signer.public)
    except NotANote:
        return None
    return note if head.epoch == epoch and head.size > size else None
