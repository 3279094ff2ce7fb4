"""A device in another language, written from docs/protocol.md alone, lives with the real server over real HTTP."""

from __future__ import annotations

import json
import random
import shutil
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.people import ClearPin
from contract.postings import EndPosting, PostEmployee
from server.attendance.model import Punch
from server.devices.model import CodeUse, Device, DeviceChain, DeviceScope
from server.kernel.actors import Actor
from server.kernel.ledger import OpLog, OpQuarantine
from server.kernel.perform import reading
from tests.protocol.live_server import AT_STORE_A, Live, serving

HERE = Path(__file__).parent
FIX = {"lat_e7": AT_STORE_A[0], "lng_e7": AT_STORE_A[1], "accuracy_dm": 150, "age_ms": 800, "mock": False, "source": "gps"}
HOUR_MS = 3_600_000


def node() -> str:
    found = shutil.which("node") or shutil.which("nodejs")
    assert found, "Node.js is needed: python tools/system_parts.py node"
    return found


class Stranger:
    """The stranger's process; killed and started again it goes on from its folder."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir()
        self._start()

    def _start(self) -> None:
        self.process = subprocess.Popen(
            [node(), str(HERE / "stranger_device.mjs"), str(self.folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )

    def ask(self, do: str, **more: Any) -> Any:
        assert self.process.stdin is not None and self.process.stdout is not None
        self.process.stdin.write(json.dumps({"do": do, **more}) + "\n")
        self.process.stdin.flush()
        said = json.loads(self.process.stdout.readline())
        assert "ok" in said, said
        return said["ok"]

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(timeout=10)
        for pipe in (self.process.stdin, self.process.stdout):
            if pipe is not None:
                pipe.close()

    def restart(self) -> None:
        self.kill()
        self._start()

    def sync(self) -> Any:
        said = self.ask("sync")
        assert said["reached"] and said["next"] == "rest", said
        return said

    def rows(self, entity: str) -> list[dict[str, Any]]:
        return [body for _, kind, _, _, body in self.ask("report")["rows"] if kind == entity]

    def results(self) -> dict[int, str]:
        return {row["seq"]: row["status"] for row in self.rows("op")}


@dataclass
class Field:
    """The server, its address, and 李伟's phone that is enrolled with it."""

    live: Live
    url: str
    phone: Stranger

    def pass_ms(self, ms: int) -> None:
        """Time passes for the server and the phone alike."""
        self.live.skew_ms += ms
        self.phone.ask("pass", ms=ms)

    def punch(self, kind: str = "in", **more: Any) -> dict[str, Any]:
        said: dict[str, Any] = self.phone.ask("punch", kind=kind, store=self.live.people.store_a, fix=FIX, **more)
        return said

    def stored(self) -> list[Punch]:
        with reading(self.live.db, Actor.system()) as session:
            return list(session.scalars(sa.select(Punch).order_by(Punch.taken_at, Punch.id)))

    def number_of(self, model: type) -> int:
        with reading(self.live.db, Actor.system()) as session:
            return session.scalar(sa.select(sa.func.count()).select_from(model)) or 0

    def visible_by_the_server(self) -> set[tuple[str, str]]:
        """What the feed says the phone should hold now: entity and id."""
        with self.live.db.engine.connect() as connection:
            found = connection.execute(
                sa.text("SELECT entity, pk FROM sync_change WHERE NOT gone AND scope IN :scopes").bindparams(
                    sa.bindparam("scopes", self.phone.ask("report")["scopes"], expanding=True)
                )
            )
            return {(entity, pk) for entity, pk in found}

    def held(self) -> set[tuple[str, str]]:
        return {(entity, pk) for _, entity, pk, _, _ in self.phone.ask("report")["rows"]}


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    live = Live(tmp_path)
    live.begin()
    phone = Stranger(tmp_path / "phone")
    with serving(live) as url:
        phone.ask("enrol", url=url, code=live.code(person=live.people.wei), hardware="stranger-1")
        yield Field(live, url, phone)
        phone.kill()


def test_it_enrols_and_sees_who_it_is_and_where_it_works(field: Field) -> None:
    field.phone.sync()
    assert [row["name"] for row in field.phone.rows("person")] == ["李伟"]
    assert [row["number"] for row in field.phone.rows("store")] == ["S-1"]
    assert field.held() == field.visible_by_the_server()


def test_enrolment_repeated_after_a_lost_answer_gives_the_same_device(tmp_path: Path) -> None:
    live = Live(tmp_path)
    live.begin()
    phone = Stranger(tmp_path / "phone")
    with serving(live) as url:
        code = live.code(person=live.people.wei)
        phone.ask("weather", next=["lose_answer"])
        said = json.dumps({"do": "enrol", "url": url, "code": code, "hardware": "stranger-1"})
        assert phone.process.stdin is not None and phone.process.stdout is not None
        phone.process.stdin.write(said + "\n")
        phone.process.stdin.flush()
        assert "failed" in json.loads(phone.process.stdout.readline())
        first = phone.ask("enrol", url=url, code=code, hardware="stranger-1")
        phone.sync()
        phone.kill()
    assert [row.id for row in live.rows(sa.select(Device.id))] == [first["device"]]


def test_punches_of_a_basement_arrive_once_with_their_true_time(field: Field) -> None:
    """No signal for three hours, a wall clock two hours slow: each punch is stored once, exactly."""
    field.phone.sync()
    field.phone.ask("set_wall", off_ms=-2 * HOUR_MS)
    true_ms = []
    for kind in ("in", "out", "in"):
        field.pass_ms(HOUR_MS)
        true_ms.append(field.live.now_ms())
        field.punch(kind, note="地下室")
    field.pass_ms(HOUR_MS)
    field.phone.restart()
    field.phone.sync()
    punches = field.stored()
    assert [punch.grade for punch in punches] == ["exact"] * 3
    for punch, truth in zip(punches, true_ms, strict=True):
        assert abs(punch.taken_at.timestamp() * 1000 - truth) < 2_000
    assert {punch.place for punch in punches} == {"inside"}
    assert field.phone.results() == {1: "applied", 2: "applied", 3: "applied"}


def test_a_boot_that_never_met_the_server_before_the_punch_is_exact_after_one_hello(field: Field) -> None:
    field.phone.sync()
    field.pass_ms(HOUR_MS)
    field.phone.ask("reboot")
    field.pass_ms(HOUR_MS)
    truth = field.live.now_ms()
    field.punch()
    field.pass_ms(HOUR_MS)
    said = field.phone.sync()
    assert len(said["requests"]) >= 2
    [punch] = field.stored()
    assert punch.grade == "exact"
    assert abs(punch.taken_at.timestamp() * 1000 - truth) < 2_000


def test_a_boot_that_never_met_the_server_at_all_gets_an_honest_interval(field: Field) -> None:
    field.phone.sync()
    field.phone.ask("reboot")
    field.pass_ms(HOUR_MS)
    truth = field.live.now_ms()
    field.punch()
    field.pass_ms(HOUR_MS)
    field.phone.ask("reboot")
    field.pass_ms(HOUR_MS)
    field.phone.sync()
    [punch] = field.stored()
    assert punch.grade == "unverified"
    assert punch.taken_low.timestamp() * 1000 <= truth <= punch.taken_high.timestamp() * 1000


@pytest.mark.parametrize("weather", ["lose_request", "lose_answer", "double", "portal", "truncate"])
def test_whatever_the_network_does_each_punch_is_there_once(field: Field, weather: str) -> None:
    field.phone.sync()
    for kind in ("in", "out"):
        field.pass_ms(60_000)
        field.punch(kind)
        field.phone.ask("weather", next=[weather] * 3)
        for _ in range(4):
            field.phone.ask("sync")
    field.phone.sync()
    assert len(field.stored()) == 2
    assert field.number_of(OpLog) >= 2
    assert field.number_of(OpQuarantine) == 0
    assert field.phone.results() == {1: "applied", 2: "applied"}


def test_a_request_the_network_held_back_for_minutes_changes_nothing(field: Field) -> None:
    """The held request says less than the server knows by then; it must not be taken for a clone, nor move any time."""
    field.phone.sync()
    field.phone.ask("weather", next=["hold"])
    field.phone.ask("sync")
    field.pass_ms(60_000)
    truth = field.live.now_ms()
    field.punch()
    field.pass_ms(600_000)
    assert field.phone.ask("deliver_held") == {"status": 200}
    field.pass_ms(600_000)
    field.phone.sync()
    [punch] = field.stored()
    assert punch.grade == "exact"
    assert abs(punch.taken_at.timestamp() * 1000 - truth) < 2_000
    assert field.phone.ask("report")["standing"] == "ok"


def test_killed_at_any_time_it_goes_on_where_it_was(field: Field) -> None:
    field.phone.sync()
    field.punch()
    field.phone.restart()
    field.phone.ask("weather", next=["lose_answer"])
    field.phone.ask("sync")
    field.phone.restart()
    field.phone.sync()
    assert len(field.stored()) == 1


def test_a_tiny_budget_pages_and_ends_with_the_same_rows(field: Field) -> None:
    field.phone.sync()
    for n in range(30):
        field.pass_ms(60_000)
        field.punch("in" if n % 2 == 0 else "out")
    field.phone.sync()
    whole = field.held()
    assert len(whole) > 60
    field.phone.ask("forge_standing")  # a standing the server never gave: everything is void, and comes again in pages
    field.phone.ask("set", what={"budget": 1_000})
    said = field.phone.sync()
    assert len(said["requests"]) >= 8
    assert field.held() == whole == field.visible_by_the_server()
    assert field.phone.ask("report")["unsound"] == 0


def test_a_standing_the_server_never_gave_is_reset_and_heals(field: Field) -> None:
    field.phone.sync()
    field.punch()
    field.phone.sync()
    field.phone.ask("forge_standing")
    field.phone.sync()
    assert field.held() == field.visible_by_the_server()


def test_a_lost_row_is_found_by_its_checksum_and_fetched_again(field: Field) -> None:
    field.punch()
    field.phone.sync()
    field.phone.ask("damage", entity="punch")
    assert field.held() != field.visible_by_the_server()
    field.phone.ask("set", what={"check": True})
    field.phone.sync()
    assert field.held() == field.visible_by_the_server()
    assert field.phone.ask("report")["unsound"] == 1


def test_what_is_up_to_date_costs_under_a_kilobyte_each_way(field: Field) -> None:
    field.punch()
    field.phone.sync()
    field.phone.sync()
    [request] = field.phone.sync()["requests"]
    assert request["bytes"] < 1_000 and request["answered"] < 1_000


def test_enrolling_another_device_does_not_make_the_others_start_over(field: Field, tmp_path: Path) -> None:
    """A new device moves no row of theirs; what they hold stands."""
    field.phone.sync()
    field.live.code(person=field.live.people.lin)
    said = field.phone.sync()
    assert len(said["requests"]) == 1 and said["requests"][0]["answered"] < 1_000


def test_a_server_restored_from_a_backup_gets_everything_again(field: Field, tmp_path: Path) -> None:
    field.phone.sync()
    field.punch("in")
    field.phone.sync()
    _copy(field.live, tmp_path / "backup.db")
    for kind in ("out", "in", "out"):
        field.pass_ms(60_000)
        field.punch(kind)
        field.phone.sync()
    assert len(field.stored()) == 4
    field.live.replace(tmp_path / "backup.db")
    assert len(field.stored()) == 1
    field.pass_ms(60_000)
    field.phone.sync()
    assert len(field.stored()) == 4
    assert field.held() == field.visible_by_the_server()


def test_what_a_backup_holds_is_said_in_every_receipt(field: Field) -> None:
    """Also in the receipt of a request that brings something new: else the third tick would go out again."""
    field.punch("in")
    field.phone.sync()
    with field.live.db.engine.begin() as connection:
        connection.execute(sa.update(DeviceChain).values(backed_seq=1))
    field.phone.sync()
    assert field.phone.ask("report")["reach"]["backed"] == 1
    field.punch("out")
    field.phone.ask("sync", most=1)
    assert field.phone.ask("report")["reach"] | {"serverMs": 0} == {"head": 2, "backed": 1, "serverMs": 0}


def test_entries_gone_on_both_sides_leave_a_note_and_stop_nothing(field: Field, tmp_path: Path) -> None:
    """The phone let go of what a restored server never had: the chain goes on from `before_oldest`."""
    field.phone.sync()
    _copy(field.live, tmp_path / "backup.db")
    for kind in ("in", "out"):
        field.punch(kind)
        field.phone.sync()
    field.phone.ask("forget", up_to=2)
    field.live.replace(tmp_path / "backup.db")
    field.punch("in")
    field.phone.sync()
    assert len(field.stored()) == 1
    assert field.phone.results()[3] == "applied"
    [note] = field.live.rows(sa.select(OpQuarantine.why, OpQuarantine.seq))
    assert tuple(note) == ("sync.chain_broken", 1)


def test_one_bad_operation_delays_no_other(field: Field) -> None:
    who = field.live.people
    field.phone.sync()
    field.punch("in")
    field.phone.ask("write", type="future.thing/9", data={"x": 1}, actor=who.wei)
    field.phone.ask("write", type="people.hire/1", data={"person_id": who.lin}, actor=who.wei)
    field.phone.ask("write", type="attendance.clock_in/1", data={"kind": "in"}, actor=who.wei, ent=who.posting_lin)
    field.punch("out")
    field.phone.sync()
    assert field.phone.results() == {1: "applied", 2: "held", 3: "rejected", 4: "rejected", 5: "applied"}


def test_a_pin_set_on_the_phone_reaches_the_tablet_and_its_code_proves_a_punch(field: Field, tmp_path: Path) -> None:
    """A stranger's tablet and a stranger's phone: the PIN's verifier, the rotating code typed and scanned, once each."""
    who = field.live.people
    field.live.do(ClearPin(person_id=who.lin, reason="new tablet"))
    tablet = Stranger(tmp_path / "tablet")
    tablet.ask("enrol", url=field.url, code=field.live.code(store=who.store_a), hardware="stranger-2")
    tablet.ask("pass", ms=field.live.skew_ms)
    vectors = json.loads((HERE.parents[1] / "docs" / "vectors" / "pins.json").read_text(encoding="utf-8"))
    verifier = vectors["verifiers"][0]["verifier"]
    field.phone.sync()
    field.phone.ask("write", type="people.set_pin/1", data={"person_id": who.wei, "verifier": verifier}, actor=who.wei)
    field.phone.sync()
    tablet.sync()
    people = {row["name"]: row.get("pin") for row in tablet.rows("person")}
    assert people == {"李伟": verifier, "林静": None}
    tablet.ask("punch", kind="in", store=who.store_a, person=who.lin, kiosk={"pin": True, "photo": False})
    code = tablet.ask("store_code")
    field.punch("in", code=code["digits"])
    field.punch("out", code=code["qr"])
    field.phone.sync()
    tablet.sync()
    tablet.kill()
    reasons = [{reason["code"] for reason in punch.reasons} for punch in field.stored() if not punch.by_kiosk]
    assert ["evidence.code_fresh" in found for found in reasons] == [True, False]
    assert "evidence.code_reused" in reasons[1]
    [by_kiosk] = [punch for punch in field.stored() if punch.by_kiosk]
    assert by_kiosk.person_id == who.lin and by_kiosk.verdict == "green"
    assert field.number_of(CodeUse) == 1


def test_a_transfer_takes_the_old_store_away_and_brings_the_new_one(field: Field) -> None:
    who = field.live.people
    field.phone.sync()
    field.punch()
    today = field.live.now().date().isoformat()
    field.live.do(EndPosting(posting_id=who.posting_wei, ends_on=today, reason="moves to S-2"))
    moved = PostEmployee(posting_id=who.partner, person_id=who.wei, store_id=who.store_b, starts_on=today)
    field.live.do(moved)
    field.pass_ms(24 * HOUR_MS)
    field.phone.sync()
    assert [row["number"] for row in field.phone.rows("store")] == ["S-2"]
    assert len(field.stored()) == 1
    field.phone.sync()
    [left] = field.live.rows(sa.select(DeviceScope.confirmed_at).where(DeviceScope.scope == f"store:{who.store_a}"))
    assert left.confirmed_at is not None


def test_a_photo_follows_its_punch_in_pieces(field: Field) -> None:
    field.phone.sync()
    field.phone.ask("set", what={"pieceBytes": 7})
    field.punch(photo="a photo of somebody at the counter")
    field.phone.ask("weather", next=["double"] * 20)
    field.phone.sync()
    [punch] = field.stored()
    blob = field.live.settings.data_dir / "blobs" / punch.photo[:2] / punch.photo
    assert blob.read_text() == "a photo of somebody at the counter"


def test_a_revoked_device_sends_what_it_still_has_and_forgets_everything(field: Field) -> None:
    field.phone.sync()
    field.punch()
    device = field.live.rows(sa.select(Device.id))[0].id
    field.live.revoke(device)
    field.phone.sync()
    report = field.phone.ask("report")
    assert report["standing"] == "retired" and report["rows"] == [] and report["scopes"] == []
    [punch] = field.stored()
    assert punch.verdict == "review"
    assert all(row.confirmed_at for row in field.live.rows(sa.select(DeviceScope.confirmed_at)))


def test_a_cloned_device_is_noticed_and_loses_nothing(field: Field, tmp_path: Path) -> None:
    """A copy of the phone's folder lives on beside it: the second branch is kept aside, and says so."""
    field.phone.sync()
    field.punch("in")
    field.phone.sync()
    field.phone.kill()
    shutil.copytree(field.phone.folder, tmp_path / "clone-store")
    field.phone._start()
    field.punch("out")
    field.phone.sync()
    clone = object.__new__(Stranger)
    clone.folder = tmp_path / "clone-store"
    clone._start()
    clone.ask("punch", kind="out", store=field.live.people.store_a, fix=FIX)
    clone.ask("sync")
    assert clone.ask("report")["standing"] == "forked"
    clone.kill()
    assert len(field.stored()) == 2
    assert field.number_of(OpQuarantine) == 1


def test_a_device_that_enrols_anew_says_again_what_it_could_not_hand_in(field: Field, tmp_path: Path) -> None:
    """The punch is older than the new chain: its interval must hold the truth, and a manager looks at it."""
    field.phone.sync()
    field.punch("in")
    field.phone.sync()
    shutil.copytree(field.phone.folder, tmp_path / "clone-store")
    field.punch("out")
    field.phone.sync()
    clone = object.__new__(Stranger)
    clone.folder = tmp_path / "clone-store"
    clone._start()
    before = field.live.now_ms()
    made = clone.ask("punch", kind="in", store=field.live.people.store_a, fix=FIX)
    after = field.live.now_ms()
    clone.ask("sync")
    field.live.skew_ms += 3 * HOUR_MS
    clone.ask("pass", ms=3 * HOUR_MS)
    code = field.live.code(person=field.live.people.wei)
    clone.ask("enrol_anew", url=field.url, code=code, hardware="stranger-3")
    clone.sync()
    assert clone.results() == {1: "applied"}
    clone.kill()
    [punch] = [punch for punch in field.stored() if punch.id == made["punch"]]
    assert punch.taken_low.timestamp() * 1000 <= after and before <= punch.taken_high.timestamp() * 1000
    assert punch.grade == "unverified" and punch.verdict == "review"


def test_an_entry_nobody_can_read_is_refused_in_its_place_though_its_answer_was_lost(field: Field) -> None:
    field.phone.sync()
    field.punch("in")
    field.phone.sync()
    field.phone.ask("write_unreadable", text="this is no JSON")
    field.punch("out")
    field.phone.ask("weather", next=["lose_answer"])
    field.phone.ask("sync")
    said = field.phone.sync()
    assert {request["status"] for request in said["requests"]} == {200}
    assert field.phone.results() == {1: "applied", 2: "rejected", 3: "applied"}


@pytest.mark.parametrize("seed", [7, 8])
def test_sixty_punches_through_a_lying_network_are_sixty_with_their_times(field: Field, seed: int) -> None:
    """Requests and answers lost, doubled, cut short, held back and delivered late; reboots, kills, a portal in between."""
    rng = random.Random(seed)
    field.phone.sync()
    truths = {}
    for _ in range(60):
        field.pass_ms(rng.randrange(60_000, 600_000))
        truth = field.live.now_ms()
        truths[field.punch(rng.choice(["in", "out"]))["punch"]] = truth
        tricks = rng.choices(["lose_request", "lose_answer", "double", "portal", "truncate", "hold", None], k=rng.randrange(4))
        field.phone.ask("weather", next=tricks)
        for _ in range(rng.randrange(3)):
            field.phone.ask("sync")
        if "hold" in tricks and rng.random() < 0.7:
            field.pass_ms(rng.randrange(1_000, 300_000))
            field.phone.ask("deliver_if_held")
        if rng.random() < 0.1:
            field.phone.ask("sync")
            field.phone.ask("reboot")
        if rng.random() < 0.1:
            field.phone.restart()
    field.phone.ask("weather", next=[])
    field.phone.sync()
    stored = {punch.id: punch for punch in field.stored()}
    assert stored.keys() == truths.keys()
    for punch_id, truth in truths.items():
        punch = stored[punch_id]
        assert punch.taken_low.timestamp() * 1000 - 2_000 <= truth <= punch.taken_high.timestamp() * 1000 + 2_000
        if punch.grade == "exact":
            assert abs(punch.taken_at.timestamp() * 1000 - truth) <= 30_000
    assert sum(punch.grade == "exact" for punch in stored.values()) >= 40
    assert set(field.phone.results().values()) == {"applied"}
    assert field.held() == field.visible_by_the_server()
    assert field.number_of(OpQuarantine) == 0


def test_the_same_life_on_postgresql(upgraded_postgres: str, tmp_path: Path) -> None:
    """Offline, a lost answer, a doubled request, pages: the other database gives the same."""
    live = Live(tmp_path, url=upgraded_postgres)
    live.begin()
    phone = Stranger(tmp_path / "phone")
    with serving(live) as url:
        phone.ask("enrol", url=url, code=live.code(person=live.people.wei), hardware="stranger-1")
        field = Field(live, url, phone)
        phone.sync()
        for n in range(12):
            field.pass_ms(HOUR_MS // 4)
            field.punch("in" if n % 2 == 0 else "out")
        phone.ask("weather", next=["lose_answer", "double"])
        phone.ask("sync")
        phone.sync()
        phone.ask("forge_standing")
        phone.ask("set", what={"budget": 1_000})
        phone.sync()
        assert [punch.grade for punch in field.stored()] == ["exact"] * 12
        assert field.held() == field.visible_by_the_server()
        phone.kill()


def _copy(live: Live, to: Path) -> None:
    """Last night's backup."""
    with closing(sqlite3.connect(live.db.url.database or "")) as now, closing(sqlite3.connect(to)) as then:
        now.backup(then)
