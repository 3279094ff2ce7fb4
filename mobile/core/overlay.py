"""What our own operations will look like until the server has answered them, laid over the server's rows and sealed like them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Generic, TypeVar

from contract.wire import Wire, encode
from mobile.core.answers import answer_to
from mobile.core.journal import Entry, Journal
from mobile.core.local_db import LocalDb
from mobile.core.replica import Replica, read_row
from mobile.core.seals import OWN, ScopeKeys
from mobile.core.views import Said
from mobile.core.views_hq import Act, OnItsWay

W = TypeVar("W", bound=Wire)


@dataclass(frozen=True)
class Laid(Generic[W]):
    """One thing laid over the rows, by which entry of the journal."""

    pk: str
    row: W
    entry: Entry

    @property
    def counts(self) -> bool:
        """Not refused: it may still come true."""
        return self.entry.status != "rejected"


class Overlay:
    def __init__(self, db: LocalDb, keys: ScopeKeys, journal: Journal, replica: Replica) -> None:
        self._db, self._keys, self._journal, self._replica = db, keys, journal, replica

    def keep(self, op: str, entity: str, pk: str, owner: str, row: Wire) -> None:
        """Inside the write of its operation. `owner` is the scope whose end it does not survive."""
        self._db.run(
            "INSERT INTO overlay (op, entity, pk, owner, sealed) VALUES (?, ?, ?, ?, ?)",
            (op, entity, pk, owner, self._keys.seal(OWN, f"{op}|{entity}|{pk}", encode(row))),
        )

    def all(self, entity: str, shape: type[W]) -> list[Laid[W]]:
        """In the order in which they were done."""
        found = []
        for op, pk, sealed in self._db.rows("SELECT op, pk, sealed FROM overlay WHERE entity = ?", (entity,)):
            row = read_row(self._keys.unseal(OWN, f"{op}|{entity}|{pk}", sealed), shape)
            entry = self._journal.entry(op)
            if row is not None and entry is not None:
                found.append(Laid(pk, row, entry))
        return sorted(found, key=lambda laid: laid.entry.seq)

    def latest(self, entity: str, shape: type[W]) -> dict[str, Laid[W]]:
        """By key, the last word on each."""
        return {laid.pk: laid for laid in self.all(entity, shape)}

    def on_its_way(self, entry: Entry, act: Act) -> OnItsWay:
        """How far an operation has come, for people."""
        if entry.status == "rejected":
            return OnItsWay(entry.op, act, "refused", self.answer_to(entry))
        return OnItsWay(entry.op, act, "with_hq" if entry.seq <= self._journal.with_hq else "kept")

    def answer_to(self, entry: Entry) -> Said:
        """Why the server refused it."""
        result = answer_to(self._replica, self._journal.device_id, entry)
        if result is None or result.code is None:
            return Said("client.no_reason", {})
        return Said(result.code, dict(result.facts))

    def moved(self, op: str, to_op: str) -> None:
        """Inside a write: the same act is now said by another operation."""
        for entity, pk, owner, sealed in self._db.rows("SELECT entity, pk, owner, sealed FROM overlay WHERE op = ?", (op,)):
            text = self._keys.unseal(OWN, f"{op}|{entity}|{pk}", sealed)
            self._db.run(
                "INSERT INTO overlay (op, entity, pk, owner, sealed) VALUES (?, ?, ?, ?, ?)",
                (to_op, entity, pk, owner, self._keys.seal(OWN, f"{to_op}|{entity}|{pk}", text)),
            )

    def keep_only(self, ops: set[str]) -> None:
        """Inside a write: everything else laid over the server's rows belongs to an identity that is over."""
        for (op,) in self._db.rows("SELECT DISTINCT op FROM overlay"):
            if op not in ops:
                self._db.run("DELETE FROM overlay WHERE op = ?", (op,))
