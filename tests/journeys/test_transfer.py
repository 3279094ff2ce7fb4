"""A person moves from store A to store B while their phone is in a basement."""

from __future__ import annotations

from contract.ids import new_id
from contract.postings import EndPosting, PostEmployee
from tests.journeys.conftest import LAKE, MALL
from tests.journeys.stage import Stage
from tests.mobile.field import Gadget, fix_at


def disk_of(device: Gadget) -> bytes:
    """Every byte a thief would find: the database, its log, whatever else lies in the folder."""
    device.core.close()
    found = b"".join(file.read_bytes() for file in sorted(device.folder.rglob("*")) if file.is_file())
    device.restart()
    return found


def test_a_transfer_while_the_phone_is_offline_keeps_the_old_punches_and_leaves_nothing_behind(
    stage: Stage, shop: dict[str, str]
) -> None:
    phone, tablet_a, tablet_b = stage.phone_of(shop["李伟"]), stage.tablet_of(shop["A"]), stage.tablet_of(shop["B"])
    hq = stage.desk("chen")
    tablet_a.core.sync_once()
    tablet_a.core.set_pin("482913", shop["李伟"])
    for device in stage.devices:
        device.core.sync_once()
    scope = f"person:{shop['李伟']}"
    assert "李伟" in [person.name for person in tablet_a.core.floor().people]
    assert tablet_a.core.check_pin(shop["李伟"], "482913").ok
    assert tablet_a.core._parts.db.row("SELECT 1 FROM base WHERE scope = ?", (scope,)) is not None

    phone.world.link.up = False
    phone.world.locator.now = fix_at(*MALL)
    made_for_a = [phone.core.punch(kind="in").punch_id]
    stage.pass_(minutes=8 * 60)
    made_for_a.append(phone.core.punch(kind="out").punch_id)
    hq.do("/api/v1/postings/ended", EndPosting(posting_id=shop["posting of 李伟"], ends_on="2026-11-21", reason="needed there"))
    moved = PostEmployee(posting_id=new_id(), person_id=shop["李伟"], store_id=shop["B"], starts_on="2026-11-21")
    hq.do("/api/v1/postings", moved)
    stage.pass_(minutes=3 * 24 * 60)

    phone.world.link.up = True
    for _ in range(2):
        for device in stage.devices:
            device.core.sync_once()

    hq = stage.desk("chen")  # the session of three days ago is over
    # what was made for A counts at A, as ever
    punches = {line["punch"]["id"]: line["punch"] for line in hq.get("/api/v1/punches")["punches"]}
    assert [punches[one]["store_id"] for one in made_for_a] == [shop["A"]] * 2
    for one in made_for_a:  # "ask" at most: the tablet was awake and its code was not read
        assert punches[one]["place"] == "inside" and punches[one]["verdict"] in ("green", "ask")
        assert "evidence.not_posted_here" not in [reason["code"] for reason in punches[one]["reasons"]]
    # the phone: B and nothing of A; no keys of A either
    scopes = set(phone.core._parts.replica.cursors())
    assert f"store:{shop['B']}" in scopes and f"store:{shop['A']}" not in scopes
    assert phone.core._parts.keys.scopes() <= scopes
    assert not [key for key in phone.core._parts.replica.rows() if key[0] == f"store:{shop['A']}"]
    assert phone.core.today().store_id == shop["B"]
    # tablet A has dropped the person and says so; B has them
    assert "李伟" not in [person.name for person in tablet_a.core.floor().people]
    assert "李伟" in [person.name for person in tablet_b.core.floor().people]
    assert tablet_a.core._parts.db.row("SELECT 1 FROM base WHERE scope = ?", (scope,)) is None
    device_a = tablet_a.core._parts.identity.device_id
    [receipt] = stage.sql(
        "SELECT granted_at IS NOT NULL, dropped_at IS NOT NULL, confirmed_at IS NOT NULL FROM device_scope"
        " WHERE device_id = ? AND scope = ?",
        device_a.replace("-", ""), scope,
    )  # fmt: skip
    assert receipt == (1, 1, 1), "the purge receipt"
    status, page = hq.page(f"/console/devices/{device_a}")
    now, _, past = page.partition('id="history"')
    assert status == 200 and "李伟" not in now and "李伟" in past, "what it holds is one thing, who did what on it another"
    # and the next punch is B's
    phone.world.locator.now = fix_at(*LAKE)
    there = phone.core.punch(kind="in").punch_id
    phone.core.sync_once()
    [at_b] = [line["punch"] for line in hq.get("/api/v1/punches")["punches"] if line["punch"]["id"] == there]
    assert (at_b["store_id"], at_b["place"]) == (shop["B"], "inside") and at_b["verdict"] in ("green", "ask")
    assert "evidence.not_posted_here" not in [reason["code"] for reason in at_b["reasons"]]


def test_a_tablet_that_dropped_a_person_has_no_byte_of_them_left(stage: Stage, shop: dict[str, str]) -> None:
    tablet, scope = stage.tablet_of(shop["A"]), f"person:{shop['李伟']}"
    tablet.core.sync_once()
    db = tablet.core._parts.db
    sealed = [bytes(row[0]) for row in db.rows("SELECT sealed FROM base WHERE scope = ?", (scope,))]
    keys = [bytes(row[0]) for row in db.rows("SELECT wrapped FROM scope_key WHERE scope = ?", (scope,))]
    assert len(sealed) >= 2 and len(keys) == 1
    found = disk_of(tablet)
    assert all(row in found for row in (*sealed, *keys)), "the control: the search finds what is there"
    assert "李伟".encode() not in found, "and even then the name is sealed"
    moves = EndPosting(posting_id=shop["posting of 李伟"], ends_on="2026-11-21", reason="moves")
    stage.desk("chen").do("/api/v1/postings/ended", moves)
    stage.pass_(minutes=2 * 24 * 60)
    for _ in range(2):
        tablet.core.sync_once()
    left = disk_of(tablet)
    assert not [row for row in (*sealed, *keys) if row in left], "neither rows nor the key that opened them"
    assert "李伟".encode() not in left and shop["李伟"].encode() not in left
    assert "林静" in [person.name for person in tablet.core.floor().people], "the others are still there"
