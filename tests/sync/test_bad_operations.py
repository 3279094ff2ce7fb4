"""A device that signs nonsense: every field of its operations and of its requests, on both databases. The server answers,
keeps every byte in its place, refuses with a reason, and never calls it its own fault."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.sealing import CHAIN_START, b64, head_of
from contract.sync import SyncResponse
from contract.wire import decode
from server.devices.verify import verify_chain
from server.kernel.db import table_of
from server.kernel.ledger import OpLog
from tests.server.bad_bodies import NASTY, fields, naughty_strings, replaced
from tests.server.world import migrate_url
from tests.support.company import Company
from tests.support.handset import Handset, new_handset

pytestmark = pytest.mark.slow


@pytest.fixture(params=["sqlite", "postgresql"])
def company(request: pytest.FixtureRequest, quick_folder: Path) -> Iterator[Company]:
    url = None
    if request.param == "postgresql":
        url = request.getfixturevalue("postgres_server").copy_of("migrated", migrate_url)
    made = Company(quick_folder / "server", url)
    if url is None:
        made.prepare()
    made.found(people=1, stores=1).post("p1", "A", made.today())
    yield made
    made.close()
    if url is not None:
        request.getfixturevalue("postgres_server").drop(url)


@dataclass
class Forger:
    """Holds a device's true key and writes what it likes."""

    device: Handset
    seq: int = 0
    head: bytes = CHAIN_START

    def operation(self, **more: Any) -> dict[str, Any]:
        """An honest clock-in, as JSON values."""
        company, clocks = self.device.company, self.device.world.clock.read()
        at = {"wall": clocks.wall_ms, "boot": clocks.boot_ms, "bid": clocks.boot_id, "tz": 480}
        fix = {"lat_e7": 311_774_276, "lng_e7": 1_215_272_106, "accuracy_dm": 200, "age_ms": 1_000}
        data = {"store_id": company.stores["A"], "kind": "in", "fix": fix, "code": "123456", "kiosk": {"pin": False},
                "photo": "0" * 64, "note": "n"}  # fmt: skip
        return {
            "v": 1, "op": new_id(), "dev": self.device.device_id, "seq": self.seq + 1, "type": "attendance.clock_in/1",
            "actor": company.people["p1"], "ent": new_id(), "base": 3, "at": at, "data": data, "schema": 1, "app": "0",
            "supersedes": new_id(), **more,
        }  # fmt: skip

    def request(self, ops: list[str]) -> dict[str, Any]:
        """An honest request that carries them, chained and signed."""
        head = head_of(self.head, [raw.encode() for raw in ops])
        sent: list[dict[str, str]] = [{"b": raw} for raw in ops]
        if sent:
            sent[-1]["s"] = self.device.parts.identity.signer.seal_op(head)
        clocks = self.device.world.clock.read()
        clock = {"wall": clocks.wall_ms, "boot": clocks.boot_ms, "bid": clocks.boot_id}
        seq = self.seq + len(ops)
        journal = {"head": seq, "hash": head.hex(), "oldest": 1, "before_oldest": CHAIN_START.hex()}
        return {
            "proto": 1, "nonce": new_id(), "dev": self.device.device_id, "app": "0", "schema": 1, "journal": journal,
            "ops": sent, "have": {}, "clock": clock, "budget": 4_000, "check": False,
        }  # fmt: skip

    def send(self, asked: Any) -> tuple[int, bytes]:
        body = json.dumps(asked).encode()
        signature = self.device.parts.identity.signer.sign_request("POST", "/api/v1/sync", body)
        headers = {"Outpost-Device": self.device.device_id, "Outpost-Signature": signature, "Content-Type": "application/json"}
        answer = self.device.company.answer("POST", "/api/v1/sync", body, headers)
        return answer.status, answer.body

    def hand_in(self, ops: list[str]) -> SyncResponse:
        """Send them and move on; they must have been taken."""
        status, body = self.send(self.request(ops))
        assert status == 200, body[:300]
        said = decode(body, SyncResponse)
        self.head, self.seq = head_of(self.head, [raw.encode() for raw in ops]), self.seq + len(ops)
        assert said.head == self.seq, f"the server stands at {said.head}, the journal at {self.seq}"
        return said


@pytest.fixture
def forger(company: Company) -> Iterator[Forger]:
    device = new_handset(company, "phone", person="p1")
    yield Forger(device)
    device.core.close()


def ended(company: Company) -> dict[str, int]:
    with company.db.snapshot() as connection:
        rows = connection.execute(sa.select(table_of(OpLog).c.status, sa.func.count()).group_by(table_of(OpLog).c.status)
                                  .where(table_of(OpLog).c.device_id.is_not(None)))  # fmt: skip
        return dict(rows.all())


def test_nonsense_in_any_field_of_an_operation_is_kept_and_never_our_fault(company: Company, forger: Forger) -> None:
    made = 0
    for at in list(fields(forger.operation())):
        ops = []
        for value in NASTY:
            sound = forger.operation(seq=forger.seq + len(ops) + 1)
            said = json.dumps(replaced(sound, at, value), ensure_ascii=True)
            ops.append(said)
        made += len(ops)
        forger.hand_in(ops)
        company.pass_ms(60_000)
    counted = ended(company)
    assert sum(counted.values()) == made
    assert counted.get("parked", 0) == 0 and counted.get("received", 0) == 0, counted
    assert counted["applied"] > 50 and counted["rejected"] > 50, counted
    assert verify_chain(company.db, forger.device.device_id, company.outpost.signer.public) == []


def test_what_is_no_json_is_kept_in_its_place_too(company: Company, forger: Forger) -> None:
    junk = ["", "{", "null", "[]", "1", '"', "[" * 60_000, '{"seq":2}', "\u0000", "李", "{}" * 10, '{"a":1e999}']
    honest = json.dumps(forger.operation(seq=len(junk) + 1))
    forger.hand_in([*junk, honest])
    assert ended(company) == {"rejected": len(junk), "applied": 1}
    assert verify_chain(company.db, forger.device.device_id, company.outpost.signer.public) == []


def test_naughty_strings_as_the_note_of_a_punch(company: Company, forger: Forger) -> None:
    strings = naughty_strings()
    for start in range(0, len(strings), 100):
        ops = []
        for said in strings[start : start + 100]:
            operation = forger.operation(seq=forger.seq + len(ops) + 1)
            ops.append(json.dumps(replaced(operation, ("data", "note"), said)))
        forger.hand_in(ops)
        company.pass_ms(60_000)
    assert ended(company) == {"applied": len(strings)}, "a note may cost itself, but never the punch"
    stored = {punch.note for punch in company.punches()}
    kept = [said for said in strings if "\u0000" not in said and len(said) <= 1_000 and said]
    assert sum(said in stored for said in kept) == len(kept)


def test_nonsense_in_any_field_of_a_request_is_answered(company: Company, forger: Forger) -> None:
    sound = forger.request([json.dumps(forger.operation())])
    sound["have"] = {"company": {"pos": 0, "tag": "", "snap": None, "proj": 1}}
    sound["clock"]["anchors"] = [{"id": "1.2", "bid": "b", "sent": 1, "got": 2}]
    for at in fields(sound):
        for value in NASTY:
            status, body = forger.send(replaced(sound, at, value))
            assert status < 500, f"{'.'.join(at)} = {value!r:.60}: {body[:200]!r}"
    assert ended(company).get("parked", 0) == 0


def test_a_forger_cannot_write_the_operation_of_another_key(company: Company, forger: Forger) -> None:
    asked = forger.request([json.dumps(forger.operation())])
    asked["ops"][-1]["s"] = b64(bytes(64))
    status, body = forger.send(asked)
    assert status == 401 and b"sync.bad_signature" in body
    assert ended(company) == {}
