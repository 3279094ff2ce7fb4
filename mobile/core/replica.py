"""The local copy of what this device may see: the last complete state, and pages of the next one waiting beside it.

Pages are staged; a reader sees the state before or the state after, never half of one. Cursors move in the transaction
that stores the page they stand for.
"""

from __future__ import annotations

import functools
from dataclasses import dataclass
from typing import Final, TypeVar, cast

import msgspec

from contract.sync import SUM_MODULUS, ScopeCursor, Standing, SyncResponse, mix, scopes_digest
from contract.wire import Malformed, Wire, decode
from mobile.core.local_db import LocalDb
from mobile.core.seals import ScopeKeys

W = TypeVar("W", bound=Wire)
_OPENED_MOST: Final = 20_000


@dataclass(frozen=True)
class Switched:
    """What became visible: op rows that arrived, scopes that went, scopes whose checksum did not fit."""

    results: tuple[bytes, ...] = ()
    dropped: frozenset[str] = frozenset()
    unsound: frozenset[str] = frozenset()


class Replica:
    def __init__(self, db: LocalDb, keys: ScopeKeys) -> None:
        self._db, self._keys = db, keys
        # rows that were opened since the last switch: a tablet's floor reads five thousand of them again and again
        self._opened: dict[tuple[str, str, str, int], Wire | None] = {}
        db.on_rollback(self._opened.clear)

    # what the device holds, for the server

    def cursors(self) -> dict[str, ScopeCursor]:
        found = self._db.rows("SELECT scope, pos, tag, snap, proj FROM cursor ORDER BY scope")
        return {scope: ScopeCursor(pos=pos, tag=tag, snap=snap, proj=proj) for scope, pos, tag, snap, proj in found}

    def standing(self) -> Standing | None:
        """The short form, where every scope is complete, all stand at one place, and none is about to go."""
        if self._db.value("SELECT count(*) FROM incoming_scope"):
            return None
        cursors = self.cursors()
        places = {(cursor.pos, cursor.tag, cursor.snap, cursor.proj) for cursor in cursors.values()}
        if len(places) != 1:
            return None
        pos, tag, snap, proj = places.pop()
        return None if snap is not None else Standing(pos=pos, tag=tag, scopes=scopes_digest(set(cursors)), proj=proj)

    def counts(self) -> tuple[int, int]:
        """(scopes, rows) a person may see."""
        scopes, rows = self._db.row("SELECT count(DISTINCT scope), count(*) FROM base") or (0, 0)
        return max(scopes, self._db.value("SELECT count(*) FROM cursor")), rows

    # what the server says

    def forget_standing(self) -> None:
        """Inside a write: the server lost its memory. The rows stay visible until the whole of the new state is here."""
        self._db.run("DELETE FROM cursor")
        self._db.run("DELETE FROM incoming_row")
        self._db.run("DELETE FROM incoming_scope")

    def stage(self, page: SyncResponse) -> bool:
        """Inside a write: keep a page beside what is visible, and move the cursors it stands for. False where the server
        counts other scopes than we do: then nothing may be switched to before the long form has cleared that up."""
        holed = self._take_back_drops(page)
        held = set(self.cursors())
        fresh = ({row[0] for row in page.rows} | set(page.cur) | set(page.clear) | set(page.sums)) - {*page.drop, *holed}
        for scope in {*page.clear, *(fresh - held - self._being_refilled())}:
            self._db.run("DELETE FROM incoming_row WHERE scope = ?", (scope,))
            self._db.run("INSERT OR REPLACE INTO incoming_scope (scope, fate) VALUES (?, 'clear')", (scope,))
        for scope in page.drop:
            self._db.run("DELETE FROM incoming_row WHERE scope = ?", (scope,))
            self._db.run("INSERT OR REPLACE INTO incoming_scope (scope, fate) VALUES (?, 'drop')", (scope,))
        for scope, entity, pk, rv, body in page.rows:
            if scope in holed:
                continue
            sealed = self._keys.seal(scope, _about(entity, pk, rv), bytes(body))
            self._stage_row(scope, entity, pk, rv, sealed)
        for scope, entity, pk, rv in page.gone:
            if scope in holed:
                continue
            self._stage_row(scope, entity, pk, rv, None)
        self._db.run_many(
            "INSERT OR REPLACE INTO cursor (scope, pos, tag, snap, proj) VALUES (?, ?, ?, ?, ?)",
            [(scope, cur.pos, cur.tag, cur.snap, cur.proj) for scope, cur in page.cur.items() if scope not in holed],
        )
        if holed:
            return False
        return page.at is None or self._stand_at(page.at, (held | fresh) - set(page.drop))

    def switch(self, sums: dict[str, tuple[int, int]]) -> Switched:
        """Inside a write: make the staged state the visible one, check it, and forget scopes that are no longer ours."""
        self._opened.clear()
        results = tuple(
            self._keys.unseal(scope, _about("op", pk, rv), sealed)
            for scope, pk, rv, sealed in self._db.rows(
                "SELECT scope, pk, rv, sealed FROM incoming_row WHERE entity = 'op' AND sealed IS NOT NULL ORDER BY rv"
            )
        )
        fates: dict[str, str] = dict(self._db.rows("SELECT scope, fate FROM incoming_scope"))
        dropped = {scope for scope, fate in fates.items() if fate == "drop"}
        for scope in fates:
            self._db.run("DELETE FROM base WHERE scope = ?", (scope,))
        for scope in dropped:
            self._db.run("DELETE FROM cursor WHERE scope = ?", (scope,))
        self._db.run(
            "DELETE FROM base WHERE (scope, entity, pk) IN (SELECT scope, entity, pk FROM incoming_row WHERE sealed IS NULL)"
        )
        self._db.run(
            "INSERT OR REPLACE INTO base (scope, entity, pk, rv, sealed)"
            " SELECT scope, entity, pk, rv, sealed FROM incoming_row WHERE sealed IS NOT NULL"
        )
        self._db.run("DELETE FROM incoming_row")
        self._db.run("DELETE FROM incoming_scope")
        ours = {scope for (scope,) in self._db.rows("SELECT scope FROM cursor")}
        left = (self._keys.scopes() | self._scopes_with_rows()) - ours
        for scope in left:
            self._db.run("DELETE FROM base WHERE scope = ?", (scope,))
            self._keys.destroy(scope)
        unsound = frozenset(scope for scope, said in sums.items() if scope in ours and self.checksum(scope) != said)
        for scope in unsound:
            self._db.run("DELETE FROM cursor WHERE scope = ?", (scope,))
        return Switched(results, frozenset(left | dropped), unsound)

    def erase(self) -> None:
        """Inside a write: forget everything that came from the server, keys first."""
        self._opened.clear()
        for scope in self._keys.scopes():
            self._keys.destroy(scope)
        for table in ("base", "incoming_row", "incoming_scope", "cursor", "pin_made", "pin_try"):
            self._db.run(f"DELETE FROM {table}")  # noqa: S608 - names from the line above

    def checksum(self, scope: str) -> tuple[int, int]:
        """(number of rows, sum of their mixes): the same on server and device, or one of them is wrong."""
        found = self._db.rows("SELECT entity, pk, rv FROM base WHERE scope = ?", (scope,))
        return len(found), sum(mix(*row) for row in found) % SUM_MODULUS

    # what a person may see

    def get(self, entity: str, pk: str, shape: type[W]) -> W | None:
        found = self._db.row("SELECT scope, rv, sealed FROM base WHERE entity = ? AND pk = ? LIMIT 1", (entity, pk))
        if found is None:
            return None
        scope, rv, sealed = found
        return self._open(scope, entity, pk, rv, sealed, shape)

    def all(self, entity: str, shape: type[W], *, scope: str | None = None) -> list[W]:
        sql, values = "SELECT scope, pk, rv, sealed FROM base WHERE entity = ?", [entity]
        if scope is not None:
            sql, values = f"{sql} AND scope = ?", [entity, scope]
        rows = (
            self._open(held, entity, pk, rv, sealed, shape)
            for held, pk, rv, sealed in self._db.rows(f"{sql} ORDER BY scope, pk", values)
        )
        return [row for row in rows if row is not None]

    def rows(self) -> dict[tuple[str, str, str], tuple[int, bytes]]:
        """Everything visible, opened: (scope, entity, pk) -> (rv, body). For diagnosis and for the sync model."""
        return {
            (scope, entity, pk): (rv, self._keys.unseal(scope, _about(entity, pk, rv), sealed))
            for scope, entity, pk, rv, sealed in self._db.rows("SELECT scope, entity, pk, rv, sealed FROM base")
        }

    def _open(self, scope: str, entity: str, pk: str, rv: int, sealed: bytes, shape: type[W]) -> W | None:
        known = (scope, entity, pk, rv)
        if known not in self._opened:
            if len(self._opened) >= _OPENED_MOST:
                self._opened.clear()
            row = read_row(self._keys.unseal(scope, _about(entity, pk, rv), sealed), shape)
            if row is not None and getattr(row, "id", pk) == "":  # a punch does not repeat its key
                row = msgspec.structs.replace(row, id=pk)
            self._opened[known] = row
        return cast("W | None", self._opened[known])

    def _take_back_drops(self, page: SyncResponse) -> set[str]:
        """Scopes that were to go and are ours again before they went: what we hold of them has a hole, and a page that does
        not send them from the start cannot mend it. They are asked for anew."""
        again = {row[0] for row in page.rows} | {row[0] for row in page.gone} | set(page.cur) | set(page.clear)
        back = {
            scope
            for (scope,) in self._db.rows("SELECT scope FROM incoming_scope WHERE fate = 'drop'")
            if scope in again and scope not in page.drop
        }
        for scope in back:
            self._db.run("DELETE FROM cursor WHERE scope = ?", (scope,))
            self._db.run("DELETE FROM incoming_scope WHERE scope = ?", (scope,))
        return back - set(page.clear)

    def _stand_at(self, at: Standing, scopes: set[str]) -> bool:
        if scopes_digest(scopes) != at.scopes:
            return False
        self._db.run_many(
            "INSERT OR REPLACE INTO cursor (scope, pos, tag, snap, proj) VALUES (?, ?, ?, NULL, ?)",
            [(scope, at.pos, at.tag, at.proj) for scope in scopes],
        )
        return True

    def _stage_row(self, scope: str, entity: str, pk: str, rv: int, sealed: bytes | None) -> None:
        self._db.run(
            "INSERT OR REPLACE INTO incoming_row (scope, entity, pk, rv, sealed) VALUES (?, ?, ?, ?, ?)",
            (scope, entity, pk, rv, sealed),
        )

    def _being_refilled(self) -> set[str]:
        return {scope for (scope,) in self._db.rows("SELECT scope FROM incoming_scope WHERE fate = 'clear'")}

    def _scopes_with_rows(self) -> set[str]:
        return {scope for (scope,) in self._db.rows("SELECT DISTINCT scope FROM base")}


@functools.cache
def open_to_more(shape: type[W]) -> type[W]:
    """The same shape, but fields that a newer server adds are passed over. They stay in the stored bytes."""
    wider = msgspec.defstruct(shape.__name__, [], bases=(shape,), frozen=True, kw_only=True, forbid_unknown_fields=False)
    return cast("type[W]", wider)


def read_row(raw: bytes, shape: type[W]) -> W | None:
    """A row as this release knows it; None where it does not fit: a row we cannot read is not shown, and stops nothing."""
    try:
        row: W = decode(raw, open_to_more(shape))
        return row
    except Malformed:
        return None


def _about(entity: str, pk: str, rv: int) -> str:
    return f"{entity}|{pk}|{rv}"
