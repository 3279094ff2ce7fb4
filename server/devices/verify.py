"""Whether a device's chain in the operation log is still what the device signed and the notary stamped.

Anybody with the database can change bytes; nobody can change them so that this does not see it: each entry's hash holds all
entries before it, the device signed the hashes, and the server signed where the chain stood and when. What a database
alone cannot show, that its newest part was cut off together with its receipts, the device shows at its next sync.

Of an entry that had to be forgotten the bytes are gone: its hash stands in for them, and what follows, the device's signatures
and the server's receipts still hold that hash.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import sqlalchemy as sa

from contract import wire
from contract.ids import derived_id
from contract.sealing import CHAIN_START, is_sealed, is_signed, next_hash
from contract.sync import read_signed
from server.devices.model import Device, DeviceChain
from server.kernel.db import Database, table_of
from server.kernel.ledger import OpLog, OpQuarantine

_op, _device, _head, _aside = (table_of(m) for m in (OpLog, Device, DeviceChain, OpQuarantine))
GAP = "sync.chain_broken"


@dataclass(frozen=True)
class Broken:
    """Something that does not fit: where in the chain, and what. `what` is one of the words below."""

    seq: int
    what: str


@dataclass(frozen=True)
class _Stamp:
    head: int
    head_hash: str


def verify_chain(db: Database, device_id: str, server_key: bytes) -> list[Broken]:
    """Everything that does not fit in this device's chain; empty when all is as it was signed. O(n), reads only."""
    with db.snapshot() as connection:
        public = connection.scalar(sa.select(_device.c.public).where(_device.c.id == device_id))
        if public is None:
            return [Broken(0, "device_unknown")]
        stamps = list(_stamps(connection, device_id, server_key))
        broken = [found for found in stamps if isinstance(found, Broken)]
        noted = {found.head: found.head_hash for found in stamps if isinstance(found, _Stamp)}
        gaps = _gaps(connection, device_id)
        entries = connection.execute(sa.select(_op).where(_op.c.device_id == device_id).order_by(_op.c.seq)).all()
        head = connection.execute(sa.select(_head.c.head_seq, _head.c.head_hash).where(_head.c.device_id == device_id)).one()
    broken += _walk(device_id, bytes(public), entries, noted, gaps)
    last_seq, last_hash = (entries[-1].seq, bytes(entries[-1].hash)) if entries else (0, CHAIN_START)
    if (head.head_seq, bytes(head.head_hash)) != (last_seq, last_hash):
        broken.append(Broken(last_seq + 1, "head_not_reached"))
    broken += [Broken(at, "notarised_entry_missing") for at in noted if at > last_seq]
    return sorted(broken, key=lambda found: (found.seq, found.what))


def verify_all(db: Database, server_key: bytes) -> tuple[int, int, dict[str, list[Broken]]]:
    """Every device's chain: how many chains and operations there are, and what does not fit, by device."""
    with db.snapshot() as connection:
        devices = list(connection.scalars(sa.select(_device.c.id).order_by(_device.c.id)))
        operations = connection.scalar(sa.select(sa.func.count()).where(_op.c.device_id.is_not(None))) or 0
    found = {device_id: verify_chain(db, device_id, server_key) for device_id in devices}
    return len(devices), operations, {device_id: broken for device_id, broken in found.items() if broken}


def _walk(device_id: str, public: bytes, entries: Any, noted: dict[int, str], gaps: dict[int, bytes]) -> Iterator[Broken]:
    expected, previous, sealed_upto = 1, CHAIN_START, 0
    for entry in entries:
        raw, stored = bytes(entry.raw), bytes(entry.hash)
        if entry.seq != expected:
            if entry.seq in gaps:
                previous = gaps[entry.seq]
            else:
                yield Broken(expected, "entry_missing")
        forgotten = entry.erased_at is not None and raw == b""
        previous = stored if forgotten else next_hash(previous, raw)
        if previous != stored:
            yield Broken(entry.seq, "bytes_changed")
            previous = stored  # go on from what is written, so that one change is one finding
        if entry.seq in noted and noted[entry.seq] != stored.hex():
            yield Broken(entry.seq, "not_what_was_notarised")
        if entry.sig is not None:
            if not is_sealed(public, stored, entry.sig):
                yield Broken(entry.seq, "not_signed_by_device")
            sealed_upto = entry.seq
        if not forgotten and (said := _columns_lie(device_id, entry, raw)) is not None:
            yield Broken(entry.seq, said)
        expected = entry.seq + 1
    if entries and sealed_upto != entries[-1].seq:
        yield Broken(entries[-1].seq, "end_not_signed")


def _columns_lie(device_id: str, entry: Any, raw: bytes) -> str | None:
    """What is looked up by (id, type, person, entity) must be what was signed."""
    try:
        signed = read_signed(raw) if not wire.too_deep(raw) else None
    except wire.Malformed:
        signed = None
    if signed is None or signed.seq != entry.seq or signed.dev != device_id:
        return None if entry.op_id == derived_id("unreadable", device_id, str(entry.seq)) else "columns_changed"
    again = derived_id("again", device_id, str(entry.seq))
    honest = (signed.type, signed.actor, signed.ent) == (entry.type, entry.actor_id, entry.ent)
    return None if honest and entry.op_id in (signed.op, again) else "columns_changed"


def _stamps(connection: sa.Connection, device_id: str, server_key: bytes) -> Iterator[_Stamp | Broken]:
    rows = connection.execute(
        sa.select(_op.c.seq.label("head_seq"), _op.c.receipt, _op.c.receipt_sig.label("sig"))
        .where(_op.c.device_id == device_id, _op.c.receipt.is_not(None))
        .order_by(_op.c.seq)
    )
    for row in rows:
        lines = row.receipt.split("\n")
        if not is_signed(server_key, row.receipt.encode(), row.sig) or len(lines) != 9 or lines[1] != device_id:
            yield Broken(row.head_seq, "receipt_not_ours")
        elif lines[5] != str(row.head_seq):
            yield Broken(row.head_seq, "receipt_moved")
        else:
            yield _Stamp(row.head_seq, lines[6])


def _gaps(connection: sa.Connection, device_id: str) -> dict[int, bytes]:
    """Places where a restored server had to go on past entries that nobody has any more: number -> hash before it."""
    found = connection.scalars(sa.select(_aside.c.raw).where(_aside.c.device_id == device_id, _aside.c.why == GAP))
    gaps: dict[int, bytes] = {}
    for raw in found:
        first, _, before = bytes(raw).decode().rpartition("\n")[2].partition(" ")
        if first.isdigit() and len(before) == 64:
            gaps[int(first)] = bytes.fromhex(before)
    return gaps
