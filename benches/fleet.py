"""A fleet of devices for benches: real keys and chains, requests signed before the clock starts.

Rows that a bench only needs to be there (stores, people, filler) are put in directly; everything that is measured goes
through the real endpoints.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import to_ms
from contract.sealing import CHAIN_START, Signer, next_hash
from contract.sync import Standing, scopes_digest
from server.devices.model import Device, DeviceChain, EnrolCode
from server.kernel.db import Base, Database, table_of
from server.people.model import Person
from server.postings.model import Posting
from server.stores.model import FenceVersion, Partner, Store


def _insert(connection: sa.Connection, model: type[Base], rows: list[dict[str, Any]]) -> None:
    for start in range(0, len(rows), 2_000):
        connection.execute(sa.insert(table_of(model)), rows[start : start + 2_000])


@dataclass
class BenchDevice:
    """A device as the load generator knows it: its key, its chain, and where it stands in the feed."""

    device_id: str
    kind: str
    people: list[str]
    store_id: str
    signer: Signer
    seq: int = 0
    head: bytes = CHAIN_START
    standing: dict[str, Any] | None = None
    boot0_ms: int = 0

    def operation(self, person_id: str, now_ms: int, *, kind: str = "in") -> dict[str, str]:
        """One signed ClockIn with a fix inside the fence."""
        self.seq += 1
        body = {
            "v": 1, "op": new_id(), "dev": self.device_id, "seq": self.seq, "type": "attendance.clock_in/1",
            "actor": person_id, "ent": new_id(),
            "at": {"wall": now_ms, "boot": now_ms - self.boot0_ms, "bid": "bench-boot", "tz": 480},
            "data": {
                "store_id": self.store_id, "kind": kind,
                "fix": {"lat_e7": 311774276, "lng_e7": 1215272106, "accuracy_dm": 180, "age_ms": 900, "mock": False},
                **({"kiosk": {"pin": True}} if self.kind == "kiosk" else {}),
            },
            "schema": 1, "app": "bench",
        }  # fmt: skip
        raw = json.dumps(body, separators=(",", ":")).encode()
        self.head = next_hash(self.head, raw)
        return {"b": raw.decode(), "s": ""}

    def request(self, ops: list[dict[str, str]], now_ms: int, *, nonce: str, check: bool = False) -> bytes:
        """A whole HTTP request, signed. Only the last operation carries a signature."""
        sent = [{"b": op["b"]} for op in ops]
        if sent:
            sent[-1]["s"] = self.signer.seal_op(self.head)
        body = {
            "proto": 1, "nonce": nonce, "dev": self.device_id, "app": "bench", "schema": 1,
            "journal": {"head": self.seq, "hash": self.head.hex(), "oldest": 1 if self.seq else 0},
            "ops": sent, "clock": {"wall": now_ms, "boot": now_ms - self.boot0_ms, "bid": "bench-boot"},
            "budget": 2_000_000, "check": check,
        }  # fmt: skip
        if self.standing is not None:
            body.update(self.standing)
        raw = json.dumps(body, separators=(",", ":")).encode()
        head = (
            "POST /api/v1/sync HTTP/1.1\r\nHost: bench\r\nContent-Type: application/json\r\nAccept-Encoding: gzip\r\n"
            f"Outpost-Device: {self.device_id}\r\n"
            f"Outpost-Signature: {self.signer.sign_request('POST', '/api/v1/sync', raw)}\r\n"
            f"Content-Length: {len(raw)}\r\n\r\n"
        )
        return head.encode() + raw


@dataclass
class Fleet:
    """Stores, people and devices in a database."""

    devices: list[BenchDevice] = field(default_factory=list)
    stores: list[str] = field(default_factory=list)


def build(db: Database, *, phones: int = 0, kiosks: int = 0, people_per_kiosk: int = 30, now: datetime | None = None) -> Fleet:
    """A fleet posted since last month. Phones have one person each, kiosks `people_per_kiosk`."""
    now = now or datetime.now(UTC)
    fleet = Fleet()
    rows: dict[type[Base], list[dict[str, Any]]] = {m: [] for m in (Partner, Store, FenceVersion, Person, Posting)}
    partner = new_id()
    rows[Partner].append({"id": partner, "name": f"Bench {partner[-6:]}"})
    devices: list[dict[str, Any]] = []
    chains: list[dict[str, Any]] = []
    codes: list[dict[str, Any]] = []
    for n in range(phones + kiosks):
        kind = "phone" if n < phones else "kiosk"
        store_id = _store(rows, partner, now)
        people = [_person(rows, store_id, now) for _ in range(1 if kind == "phone" else people_per_kiosk)]
        signer = Signer(n.to_bytes(4, "big") + store_id.replace("-", "").encode()[:28])
        device = BenchDevice(new_id(), kind, people, store_id, signer, boot0_ms=to_ms(now) - 86_400_000)
        fleet.devices.append(device)
        fleet.stores.append(store_id)
        whose = {"person_id": people[0] if kind == "phone" else None, "store_id": store_id if kind == "kiosk" else None}
        code = {"id": new_id(), "code_hash": new_id(), "kind": kind, "issued_at": now, "expires_at": now, **whose}
        codes.append(code)
        devices.append(
            {"id": device.device_id, "kind": kind, "label": f"bench {n}", "alg": "ed25519", "public": signer.public,
             "code_key": bytes(32) if kind == "kiosk" else None, "hardware": device.device_id, "enrolled_at": now,
             "enrolled_with": code["id"], "app": "bench", **whose}
        )  # fmt: skip
        chains.append(
            {"device_id": device.device_id, "head_seq": 0, "head_hash": CHAIN_START, "reported_head": 0, "reported_at": now}
        )
    with db.writing_engine.begin() as connection:
        for model in (Partner, Store, FenceVersion, Person, Posting):
            _insert(connection, model, rows[model])
        _insert(connection, EnrolCode, codes)
        _insert(connection, Device, devices)
        _insert(connection, DeviceChain, chains)
        connection.execute(sa.text("UPDATE sync_feed SET reference = reference + 1"))
        _feed(connection, rows)
    return fleet


def _store(rows: dict[type[Base], list[dict[str, Any]]], partner: str, now: datetime) -> str:
    store_id = new_id()
    place = {"lat_e7": 311774276, "lng_e7": 1215272106, "radius_m": 100, "points": None, "datum_entered": "wgs84", "entered": {}}
    rows[Store].append(
        {"id": store_id, "number": store_id[-12:], "name": f"Bench store {store_id[-6:]}", "partner_id": partner,
         "zone": "Asia/Shanghai", "day_turns_at_min": 300, "city": "Shanghai", "address": "", "has_kiosk": False,
         "opened_at": now, **place}
    )  # fmt: skip
    rows[FenceVersion].append({"id": new_id(), "store_id": store_id, "valid_from": datetime(2020, 1, 1, tzinfo=UTC), **place})
    return store_id


def _person(rows: dict[type[Base], list[dict[str, Any]]], store_id: str, now: datetime) -> str:
    person_id = new_id()
    rows[Person].append(
        {"id": person_id, "number": person_id[-12:], "name": "Bench Person", "name_key": "bench", "home_org": "HQ",
         "active": True, "hired_at": now}
    )  # fmt: skip
    rows[Posting].append(
        {"id": new_id(), "person_id": person_id, "store_id": store_id, "starts_on": date(2026, 1, 1), "ends_on": None,
         "starts_at": now - timedelta(days=30), "ends_at": None}
    )  # fmt: skip
    return person_id


def _feed(connection: sa.Connection, rows: dict[type[Base], list[dict[str, Any]]]) -> None:
    """Change rows for what was put in directly, as `stamp` would have written them."""
    from contract.sync import mix
    from server.kernel.feed import SyncChange, SyncTx

    pos = connection.execute(sa.text("SELECT pos FROM sync_feed")).scalar_one()
    changes = []
    for scope, entity, pk in _keys(rows):
        pos += 1
        changes.append({"scope": scope, "entity": entity, "pk": pk, "pos": pos, "gone": False, "mix": mix(entity, pk, pos)})
    _insert(connection, SyncChange, changes)
    _insert(connection, SyncTx, [{"pos_end": pos, "tag": f"bench{pos}", "stamped_at": datetime.now(UTC)}])
    connection.execute(sa.text("UPDATE sync_feed SET pos = :pos, tag = :tag"), {"pos": pos, "tag": f"bench{pos}"})


def _keys(rows: dict[type[Base], list[dict[str, Any]]]) -> Iterable[tuple[str, str, str]]:
    for store in rows[Store]:
        yield f"store:{store['id']}", "store", store["id"]
    for person in rows[Person]:
        yield f"person:{person['id']}", "person", person["id"]
    for posting in rows[Posting]:
        yield f"person:{posting['person_id']}", "posting", posting["id"]


def stand(db: Database, device: BenchDevice) -> None:
    """Put a device at the end of the feed, as if its first sync were over."""
    with db.engine.connect() as connection:
        pos, tag, epoch = connection.execute(sa.text("SELECT pos, tag, epoch FROM sync_feed")).one()
    scopes = {f"device:{device.device_id}", "company", *(f"person:{p}" for p in device.people), f"store:{device.store_id}"}
    standing = Standing(pos=pos, tag=tag, scopes=scopes_digest(scopes))
    device.standing = {"epoch": epoch, "at": {"pos": pos, "tag": tag, "scopes": standing.scopes, "proj": 1}}
