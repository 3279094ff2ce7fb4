"""The journal: written before it is said, chained, signed, never changed, kept until it is safe elsewhere."""

from __future__ import annotations

import json

import pytest

from contract.attendance import ClockIn
from contract.moments import Stamp
from contract.sealing import CHAIN_START, Signer, is_sealed, next_hash
from contract.sync import OpResult, SignedOperation
from contract.wire import decode
from mobile.core.journal import RETENTION_MS
from mobile.core.local_db import LocalDb
from mobile.core.views import Refused
from tests.mobile.devices_here import AT_THE_STORE, DAY_MS, STORE, WEI, Device


def result(device: Device, seq: int, status: str = "applied", **more: object) -> tuple[str, str, str, int, OpResult]:
    """The row by which the server says how an operation ended."""
    op = json.loads(device.server.ops[seq - 1])["op"]
    said = OpResult(op=op, seq=seq, status=status, **more)  # type: ignore[arg-type]
    return (device.own_scope, "op", op, 1000 + seq, said)


def test_an_operation_says_what_was_done_by_whom_and_what_the_clocks_showed(phone: Device) -> None:
    core = phone.set_up()
    phone.world.locator.now = AT_THE_STORE
    clocks = phone.world.clock.read()
    kept = core.punch(kind="in", note="早上好")
    core.sync_once()
    signed = decode(phone.server.ops[0], SignedOperation)
    assert (signed.seq, signed.type, signed.actor, signed.ent) == (1, "attendance.clock_in/1", WEI, kept.punch_id)
    assert list(json.loads(phone.server.ops[0])) == list(SignedOperation.__struct_fields__)
    assert decode(bytes(signed.at), Stamp) == Stamp(
        wall=clocks.wall_ms, boot=clocks.boot_ms, bid=clocks.boot_id, tz=clocks.tz_min
    )
    assert decode(bytes(signed.data), ClockIn) == ClockIn(store_id=STORE, kind="in", fix=AT_THE_STORE, note="早上好")


def test_the_signature_of_the_last_entry_vouches_for_all_before_it(phone: Device) -> None:
    core = phone.set_up()
    for _ in range(5):
        core.punch()
    ops, _ = core._parts.journal.batch(200)
    digest = CHAIN_START
    for op in ops:
        digest = next_hash(digest, op.b.encode())
    assert [op.s is not None for op in ops] == [False] * 4 + [True]
    public = phone.server.public
    assert is_sealed(public, digest, ops[-1].s or "")
    assert core._parts.journal.head().hash == digest.hex()
    tampered = CHAIN_START
    for op in ops:
        tampered = next_hash(tampered, op.b.replace('"in"', '"out"', 1).encode())
    assert not is_sealed(public, tampered, ops[-1].s or "")


def test_what_is_on_disk_survives_the_app_and_goes_out_in_the_order_of_the_taps(phone: Device) -> None:
    core = phone.set_up()
    phone.world.link.up = False
    kinds = []
    for _ in range(7):
        phone.world.clock.pass_s(60)
        kinds.append(core.punch().kind)
        core = phone.restart()
    phone.world.link.up = True
    core.sync_once()
    assert [json.loads(raw)["seq"] for raw in phone.server.ops] == list(range(1, 8))
    assert [json.loads(raw)["data"]["kind"] for raw in phone.server.ops] == kinds == ["in", "out"] * 3 + ["in"]


def test_entries_are_sealed_on_the_device(phone: Device) -> None:
    core = phone.set_up()
    core.punch(note="a note nobody else reads")
    db = core._parts.db
    assert b"a note nobody else reads" not in raw_store(db)
    db.empty_log()
    assert b"a note nobody else reads" not in raw_store(db)
    assert b"a note nobody else reads" in (core._parts.journal.last_of("attendance.clock_in/1") or b"")


def raw_store(db: LocalDb) -> bytes:
    files = (db.path, db.path.with_name(db.path.name + "-wal"))
    return b"".join(file.read_bytes() for file in files if file.exists())


def test_a_large_journal_goes_out_in_runs_that_join(phone: Device) -> None:
    core = phone.set_up()
    for _ in range(230):
        core.punch(kind="in", note="n" * 900)
    outcome = core.sync_once()
    assert outcome.sent == 230 == len(phone.server.ops)
    runs = [len(asked.ops) for asked in phone.server.asked if asked.ops]
    assert len(runs) >= 2 and max(runs) <= 200
    assert max(sum(len(op.b) for op in asked.ops) for asked in phone.server.asked) <= 210 * 1024


def test_entries_are_let_go_only_long_after_the_end_and_only_when_backed_up(phone: Device) -> None:
    core = phone.set_up()
    core.punch()
    core.punch()
    core.sync_once()
    phone.server.pages.append({"rows": [result(phone, 1), result(phone, 2)]})
    core.sync_once()
    phone.world.clock.pass_ms(RETENTION_MS + DAY_MS)
    core.sync_once()
    assert core.sync_state().oldest == 1, "no backup of the server holds them"
    phone.server.backed = 1
    core.sync_once()
    assert core.sync_state().oldest == 2, "the second is in no backup yet"
    assert core._parts.journal.head().before_oldest == next_hash(CHAIN_START, phone.server.ops[0]).hex()
    phone.server.backed = 2
    core.sync_once()
    assert core.sync_state().oldest == 0
    core.punch()
    core.sync_once()
    assert len(phone.server.ops) == 3 and core.sync_state().with_hq == 3
    assert core._parts.journal.head().before_oldest is not None


def test_an_entry_without_a_final_answer_is_kept_however_old(phone: Device) -> None:
    core = phone.set_up()
    core.punch()
    core.punch()
    core.sync_once()
    phone.server.backed = 2
    phone.server.pages.append({"rows": [result(phone, 1, "parked", trace="t-1"), result(phone, 2)]})
    core.sync_once()
    phone.world.clock.pass_ms(3 * RETENTION_MS)
    core.sync_once()
    assert core.sync_state().oldest == 1


def test_what_does_not_fit_the_contract_is_refused_before_it_is_signed(phone: Device) -> None:
    core = phone.set_up()
    with pytest.raises(Refused) as refused:
        core.punch(note="x" * 2000)
    assert refused.value.said.code == "client.does_not_fit" and refused.value.said.facts == {"field": "note"}
    assert core.sync_state().journal_head == 0


def test_another_devices_key_signs_nothing_here(phone: Device) -> None:
    core = phone.set_up()
    core.punch()
    head = bytes.fromhex(core._parts.journal.head().hash)
    ops, _ = core._parts.journal.batch(1)
    assert is_sealed(phone.server.public, head, ops[0].s or "")
    assert not is_sealed(Signer(b"x" * 32).public, head, ops[0].s or "")
