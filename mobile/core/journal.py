"""The journal: what this device did, in order, chained and signed. Written before anybody says "kept"; never changed.

Everything about sending is a level, not an event: an entry is with the server when the server's receipt reaches it, and
backed up when its backup mark does. If either falls back, the entry waits again by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

import msgspec

from contract.ids import derived_id, new_id
from contract.moments import Stamp
from contract.refusals import FINAL
from contract.sealing import CHAIN_START, next_hash
from contract.sync import SCHEMA, JournalHead, OpResult, SignedOperation, WireOp, read_signed
from contract.wire import Malformed, Wire, decode, encode, name_of
from mobile.core.identity import Identity
from mobile.core.local_db import LocalDb, Row, Settings
from mobile.core.ports import Clocks
from mobile.core.seals import OWN, ScopeKeys
from mobile.core.views import Refused

RETENTION_MS: Final = 30 * 24 * 3600 * 1000
BATCH_BYTES: Final = 200 * 1024
_ENTRY_ROOM: Final = 16 * 1024  # what one more entry and its overlay may need on disk


@dataclass(frozen=True)
class Entry:
    """One journal entry without its content."""

    seq: int
    op: str
    type: str
    ent: str | None
    made_ms: int
    status: str | None
    seen: bool


@dataclass(frozen=True)
class Unsent:
    """A journal entry with its content, before the server has it."""

    seq: int
    bid: str
    made_ms: int
    signed: SignedOperation


class Journal:
    def __init__(self, db: LocalDb, keys: ScopeKeys, identity: Identity, app_version: str) -> None:
        self._db, self._keys, self._identity, self._app = db, keys, identity, app_version
        self._settings = Settings(db)

    def add(
        self,
        act: Wire,
        *,
        actor: str,
        clocks: Clocks,
        ent: str | None = None,
        also: Callable[[str, int], None] | None = None,
        room: int = 0,
    ) -> str:
        """Write an operation down. On the disk when this returns. `also` writes, in the same transaction, what goes with
        it: its overlay, its photo. Raises Refused("client.disk_full") before anything has been said."""
        self._db.need_space(_ENTRY_ROOM + room)
        op = new_id()
        with self._db.write():
            seq = self._append(
                op,
                name_of(type(act)),
                actor,
                ent,
                at=encode(stamp_of(clocks)),
                data=encode(act),
                bid=clocks.boot_id,
                made_ms=clocks.wall_ms,
            )
            if also is not None:
                also(op, seq)
        return op

    def say(self, act: Wire, *, actor: str, clocks: Clocks) -> str:
        """Inside a write: what the device itself has to say, without anybody having pressed anything."""
        op = new_id()
        self._append(
            op,
            name_of(type(act)),
            actor,
            None,
            at=encode(stamp_of(clocks)),
            data=encode(act),
            bid=clocks.boot_id,
            made_ms=clocks.wall_ms,
        )
        return op

    def _append(
        self,
        op: str,
        type_: str,
        actor: str,
        ent: str | None,
        *,
        at: bytes,
        data: bytes,
        bid: str,
        made_ms: int,
        supersedes: str | None = None,
    ) -> int:
        """The next link of the chain. Inside a write."""
        last, before = self._tail()
        seq = last + 1
        raw = encode(
            SignedOperation(
                v=1,
                op=op,
                dev=self._identity.device_id,
                seq=seq,
                type=type_,
                actor=actor,
                ent=ent,
                at=msgspec.Raw(at),
                data=msgspec.Raw(data),
                schema=SCHEMA,
                app=self._app,
                supersedes=supersedes,
            )
        )
        try:
            read_signed(raw)  # the server's judge: what it cannot read would lie in the chain for ever
        except Malformed as bad:
            raise Refused("client.does_not_fit", field=bad.field) from None
        digest = next_hash(before, raw)
        sealed = self._keys.seal(OWN, f"{op}|{seq}", raw)
        self._db.run(
            "INSERT INTO journal (seq, op, type, ent, bid, made_ms, size, hash, sig, sealed)"
            " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
            (seq, op, type_, ent, bid, made_ms, len(raw), digest, self._identity.signer.seal_op(digest), sealed),
        )
        self._db.run(
            "INSERT INTO chain (one, seq, hash, before_oldest) VALUES (1, ?, ?, ?)"
            " ON CONFLICT (one) DO UPDATE SET seq = excluded.seq, hash = excluded.hash",
            (seq, digest, before),
        )
        return seq

    def head(self) -> JournalHead:
        """How the journal stands, for the server."""
        seq, digest = self._tail()
        oldest = self._db.value("SELECT min(seq) FROM journal") or 0
        before: bytes | None = self._db.value("SELECT before_oldest FROM chain") if oldest else None
        return JournalHead(head=seq, hash=digest.hex(), oldest=oldest, before_oldest=None if before is None else before.hex())

    @property
    def device_id(self) -> str:
        """Whose journal this is."""
        return self._identity.device_id

    @property
    def last_seq(self) -> int:
        return self._tail()[0]

    @property
    def with_hq(self) -> int:
        """Up to here the server's last receipt reaches."""
        return self._settings.number("server_head")

    @property
    def backed_up(self) -> int:
        return self._settings.number("server_backed")

    @property
    def waiting(self) -> int:
        return max(0, self.last_seq - self.with_hq)

    def set_reach(self, head: int, backed: int) -> None:
        """Inside a write: what the server says it has. It may be less than before: then those entries wait again."""
        self._settings.put("server_head", head)
        self._settings.put("server_backed", backed)

    def batch(self, most_ops: int, most_bytes: int = BATCH_BYTES) -> tuple[list[WireOp], set[str]]:
        """The next run of entries for the server, and the boots they were made in. Only the last carries its signature:
        the chain binds those before it."""
        sent: list[WireOp] = []
        boots: set[str] = set()
        last_sig, weight = "", 0
        found = self._db.rows(
            "SELECT seq, op, sig, size, bid, sealed FROM journal WHERE seq > ? ORDER BY seq LIMIT ?",
            (self.with_hq, most_ops),
        )
        for seq, op, sig, size, bid, sealed in found:
            if sent and weight + size > most_bytes:
                break
            sent.append(WireOp(b=self._keys.unseal(OWN, f"{op}|{seq}", sealed).decode()))
            boots.add(bid)
            last_sig, weight = sig, weight + size
        if sent:
            sent[-1] = WireOp(b=sent[-1].b, s=last_sig)
        return sent, boots

    def hash_at(self, seq: int) -> bytes | None:
        """The chain's hash after entry `seq`; None where that is no longer known here."""
        if seq == 0:
            return CHAIN_START
        last, digest = self._tail()
        if seq == last:
            return digest
        found: bytes | None = self._db.value("SELECT hash FROM journal WHERE seq = ?", (seq,))
        if found is None and (oldest := self._db.value("SELECT min(seq) FROM journal")) and seq == oldest - 1:
            found = self._db.value("SELECT before_oldest FROM chain")
        return found

    def settle(self, result: OpResult, now_ms: int) -> None:
        """Inside a write: how an operation ended. Its overlay falls away once the server's own row speaks for it."""
        final = result.status in FINAL
        op: str | None = self._db.value("SELECT op FROM journal WHERE seq = ?", (result.seq,))
        if op is None or result.op not in names_at_the_server(self._identity.device_id, op, result.seq):
            op = result.op
        self._db.run(
            "UPDATE journal SET status = ?, settled_ms = coalesce(settled_ms, ?) WHERE op = ?",
            (result.status, now_ms if final else None, op),
        )
        if result.status in ("applied", "merged"):
            self._db.run("DELETE FROM overlay WHERE op = ?", (op,))

    def forget_old(self, now_ms: int) -> int:
        """Inside a write: let go of entries that ended long ago and that a backup of the server holds. A whole run from
        the oldest on, so that the chain before what is left stays one hash."""
        keep_from = self._db.value(
            "SELECT min(seq) FROM journal WHERE settled_ms IS NULL OR settled_ms > ? OR seq > ?",
            (now_ms - RETENTION_MS, self.backed_up),
        )
        last = self.last_seq if keep_from is None else keep_from - 1
        digest = self._db.value("SELECT hash FROM journal WHERE seq = ?", (last,))
        if digest is None:
            return 0
        self._db.run("UPDATE chain SET before_oldest = ?", (digest,))
        self._db.run("DELETE FROM overlay WHERE op IN (SELECT op FROM journal WHERE seq <= ?)", (last,))
        return self._db.run("DELETE FROM journal WHERE seq <= ?", (last,))

    def acknowledge(self, op: str) -> None:
        """Inside a write: the person has seen how it ended; what it would have looked like is no longer shown."""
        self._db.run("UPDATE journal SET seen = 1 WHERE op = ?", (op,))
        self._db.run("DELETE FROM overlay WHERE op = ? AND op IN (SELECT op FROM journal WHERE status = 'rejected')", (op,))

    def entry(self, op: str) -> Entry | None:
        found = self._db.row("SELECT seq, op, type, ent, made_ms, status, seen FROM journal WHERE op = ?", (op,))
        return None if found is None else _entry(found)

    def entries_of(self, ent: str) -> list[Entry]:
        found = self._db.rows("SELECT seq, op, type, ent, made_ms, status, seen FROM journal WHERE ent = ? ORDER BY seq", (ent,))
        return [_entry(row) for row in found]

    def needing_somebody(self) -> list[Entry]:
        """Refused, held or parked, and nobody has seen it yet."""
        found = self._db.rows(
            "SELECT seq, op, type, ent, made_ms, status, seen FROM journal"
            " WHERE status IN ('rejected', 'held', 'parked') AND seen = 0 ORDER BY seq"
        )
        return [_entry(row) for row in found]

    def boots(self) -> set[str]:
        """Boots in which something was made that may yet have to be sent (again)."""
        return {bid for (bid,) in self._db.rows("SELECT DISTINCT bid FROM journal")}

    def last_of(self, type_: str) -> bytes | None:
        """The newest operation of one type, as it was written."""
        found = self._db.row("SELECT seq, op, sealed FROM journal WHERE type = ? ORDER BY seq DESC LIMIT 1", (type_,))
        return None if found is None else self._keys.unseal(OWN, f"{found[1]}|{found[0]}", found[2])

    def unsent(self) -> list[Unsent]:
        """What the server has not got, opened."""
        found = self._db.rows("SELECT seq, op, bid, made_ms, sealed FROM journal WHERE seq > ? ORDER BY seq", (self.with_hq,))
        return [
            Unsent(seq, bid, made_ms, decode(self._keys.unseal(OWN, f"{op}|{seq}", sealed), SignedOperation))
            for seq, op, bid, made_ms, sealed in found
        ]

    def put_away(self, device_id: str) -> None:
        """Inside a write: this identity is over. Its entries are kept, apart, and a new chain begins."""
        self._db.run(
            "INSERT OR IGNORE INTO past_journal (dev, seq, op, hash, sig, sealed)"
            " SELECT ?, seq, op, hash, sig, sealed FROM journal",
            (device_id,),
        )
        for table in ("journal", "chain"):
            self._db.run(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
        self.set_reach(0, 0)

    def say_again(self, former: Unsent) -> tuple[str, int]:
        """Inside a write: what an earlier identity of this device did and could not hand in, said by the new one. The same
        act with the same id, so that it can count only once whatever became of the first."""
        op, said = new_id(), former.signed
        seq = self._append(
            op,
            said.type,
            said.actor,
            said.ent,
            at=bytes(said.at),
            data=bytes(said.data),
            bid=former.bid,
            made_ms=former.made_ms,
            supersedes=said.op,
        )
        return op, seq

    def erase(self) -> None:
        """Inside a write: this device was wiped and HQ has everything it did."""
        for table in ("journal", "past_journal", "overlay", "anchor"):
            self._db.run(f"DELETE FROM {table}")  # noqa: S608 - names from the line above
        self._keys.destroy(OWN)

    def _tail(self) -> tuple[int, bytes]:
        found = self._db.row("SELECT seq, hash FROM chain")
        return (0, CHAIN_START) if found is None else (found[0], found[1])


def names_at_the_server(device_id: str, op: str, seq: int) -> tuple[str, ...]:
    """The ids under which the server may have written an entry down: its own; that of a place in the chain where nothing could
    be read; that of one whose own id was taken already."""
    return op, derived_id("unreadable", device_id, str(seq)), derived_id("again", device_id, str(seq))


def _entry(row: Row) -> Entry:
    seq, op, type_, ent, made_ms, status, seen = row
    return Entry(seq, op, type_, ent, made_ms, status, bool(seen))


def stamp_of(clocks: Clocks) -> Stamp:
    return Stamp(wall=clocks.wall_ms, boot=clocks.boot_ms, bid=clocks.boot_id, tz=clocks.tz_min)
