"""The real client core against the real server: the main line of the product, from a basement to HQ's rows."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.devices import Revoke
from contract.ids import new_id
from contract.moments import to_ms
from contract.postings import EndPosting
from mobile.core.ports import NoSignal
from server.attendance.model import Punch
from server.kernel.ledger import OpLog
from tests.mobile.field import Field, Gadget, fix_at

MALL = (31.2304, 121.4737)


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


@pytest.fixture
def shop(field: Field) -> dict[str, str]:
    """Li Wei and three others are posted to store A; there is a store B."""
    office = field.office
    a = office.open_store("豫园店", lat=MALL[0], lng=MALL[1])
    b = office.open_store("西湖店", lat=30.25, lng=120.16)
    ids = {"A": a, "B": b}
    for name in ("李伟", "林静", "王芳", "张强"):
        ids[name] = office.hire(name)
        ids[f"posting of {name}"] = office.post(ids[name], a)
    return ids


def punches(field: Field) -> list[Punch]:
    return field.office.rows(sa.select(Punch).order_by(Punch.taken_at, Punch.id))


def converged(field: Field, device: Gadget) -> None:
    """What a device shows is what a device that starts from nothing is given."""
    run = device.core._parts.run
    held = device.core._parts.replica.rows()
    run._checked_at = None
    with device.core._parts.db.write():
        device.core._parts.replica.forget_standing()
    assert device.core.sync_once().complete
    assert device.core._parts.replica.rows() == held
    assert device.core.sync_state().healed == 0


def test_a_punch_made_in_a_basement_reaches_hq_once_with_its_true_time(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    core = phone.core
    assert core.sync_once().complete
    assert core.today().person_name == "李伟" and core.today().store_id == shop["A"]
    phone.world.link.up = False
    phone.world.locator.now = fix_at(*MALL)
    field.time.true_ms += 2 * 3_600_000
    made_at = field.time.true_ms
    preview = core.preview()
    kept = core.punch(kind="in")
    core = phone.restart()
    field.time.true_ms += 3 * 3_600_000
    assert not core.sync_once().reached
    phone.world.link.up = True
    core.sync_once()
    [punch] = punches(field)
    assert punch.id == kept.punch_id and punch.person_id == shop["李伟"] and punch.store_id == shop["A"]
    assert punch.grade == "exact" and abs(to_ms(punch.taken_at) - made_at) < 1000
    assert punch.verdict == preview.verdict == "green"
    line = core.punch_line(kept.punch_id)
    assert line is not None and line.verdict == "green" and line.state == "with_hq" and line.status == "applied"
    assert core._parts.db.value("SELECT count(*) FROM overlay") == 0
    converged(field, phone)


def test_the_preview_and_the_verdict_are_the_same_judgment(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    places = [
        None,
        fix_at(*MALL),
        fix_at(MALL[0] + 0.003, MALL[1], 8),
        fix_at(*MALL, mock=True),
        fix_at(0, 0),
        fix_at(*MALL, age_ms=7_200_000),
        fix_at(*MALL, accuracy_m=900),
    ]
    for place in places:
        field.time.true_ms += 3_600_000
        phone.world.locator.now = place
        kept = phone.core.punch()
        phone.core.sync_once()
        row = next(punch for punch in punches(field) if punch.id == kept.punch_id)
        assert (row.place, row.verdict) == (kept.preview.place, kept.preview.verdict), place
        assert [reason["code"] for reason in row.reasons] == [said.code for said in kept.preview.reasons], place


def test_three_people_at_the_tablet_and_a_phone_that_reads_its_code_all_offline(field: Field, shop: dict[str, str]) -> None:
    tablet, phone = field.tablet_of(shop["A"]), field.phone_of(shop["张强"])
    tablet.core.sync_once()
    phone.core.sync_once()
    for name, pin in (("李伟", "482913"), ("林静", "591847"), ("王芳", "736482")):
        tablet.core.set_pin(pin, shop[name])
    tablet.core.sync_once()
    tablet.world.link.up = phone.world.link.up = False
    field.time.true_ms += 600_000
    for name, pin in (("李伟", "482913"), ("林静", "591847"), ("王芳", "736482")):
        assert tablet.core.check_pin(shop[name], pin).ok
        tablet.core.punch(kind="in", person_id=shop[name], by_pin=True)
        field.time.true_ms += 15_000
    code = tablet.core.store_code()
    kept = phone.core.punch(kind="in", code=code.qr)
    assert {person.name: person.presence for person in tablet.core.floor().people} == {
        "李伟": "present",
        "林静": "present",
        "王芳": "present",
        "张强": "not_in_yet",
    }
    field.time.true_ms += 3_600_000
    tablet.world.link.up = phone.world.link.up = True
    tablet.core.sync_once()
    phone.core.sync_once()
    found = {punch.person_id: punch for punch in punches(field)}
    assert len(found) == 4
    for name in ("李伟", "林静", "王芳"):
        assert "evidence.kiosk_pin" in [reason["code"] for reason in found[shop[name]].reasons]
    codes = [reason["code"] for reason in found[shop["张强"]].reasons]
    assert "evidence.code_fresh" in codes
    line = phone.core.punch_line(kept.punch_id)
    assert line is not None and line.proof == "phone_code"
    tablet.core.sync_once()
    assert {person.presence for person in tablet.core.floor().people} == {"present"}
    converged(field, tablet)
    converged(field, phone)


def test_a_pin_set_on_the_phone_works_at_the_store_tablet(field: Field, shop: dict[str, str]) -> None:
    tablet, phone = field.tablet_of(shop["A"]), field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.core.set_pin("482913")
    phone.core.sync_once()
    tablet.core.sync_once()
    assert tablet.core.check_pin(shop["李伟"], "482913").ok
    assert phone.core._parts.pages.verifier(shop["李伟"]) is not None


@pytest.mark.parametrize("reboot", ["never", "before the punch", "after the punch"])
def test_a_clock_set_two_hours_back_never_lies_silently(field: Field, shop: dict[str, str], reboot: str) -> None:
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.world.link.up = False
    phone.world.clock.wall_off_ms = -2 * 3_600_000
    field.time.true_ms += 3_600_000
    if reboot == "before the punch":
        phone.world.clock.reboot()
        phone.restart()
    made_at = field.time.true_ms
    kept = phone.core.punch(kind="in")
    if reboot == "after the punch":
        phone.world.clock.reboot()
        phone.restart()
    field.time.true_ms += 4 * 3_600_000
    phone.world.link.up = True
    phone.core.sync_once()
    [punch] = punches(field)
    assert punch.id == kept.punch_id
    assert punch.grade == "exact" and abs(to_ms(punch.taken_at) - made_at) <= 30_000


def test_two_reboots_with_no_signal_give_an_honest_interval(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.world.link.up = False
    phone.world.clock.reboot()
    phone.restart()
    field.time.true_ms += 3_600_000
    made_at = field.time.true_ms
    phone.core.punch(kind="in")
    phone.world.clock.reboot()
    phone.restart()
    field.time.true_ms += 3_600_000
    phone.world.link.up = True
    phone.core.sync_once()
    [punch] = punches(field)
    assert punch.grade != "exact"
    assert to_ms(punch.taken_low) <= made_at <= to_ms(punch.taken_high)


def test_a_person_who_moves_while_offline_keeps_their_punches_and_loses_the_old_store(field: Field, shop: dict[str, str]) -> None:
    office = field.office
    phone, tablet_a, tablet_b = field.phone_of(shop["李伟"]), field.tablet_of(shop["A"]), field.tablet_of(shop["B"])
    for device in field.devices:
        device.core.sync_once()
    assert "李伟" in [person.name for person in tablet_a.core.floor().people]
    phone.world.link.up = False
    phone.world.locator.now = fix_at(*MALL)
    phone.core.punch(kind="in")
    office.must(EndPosting(posting_id=shop["posting of 李伟"], ends_on="2026-11-21", reason="moves"))
    office.post(shop["李伟"], shop["B"], starts_on="2026-11-21")
    field.time.true_ms += 3 * 86_400_000
    phone.world.link.up = True
    for device in field.devices:
        device.core.sync_once()
        device.core.sync_once()
    [punch] = punches(field)
    assert punch.store_id == shop["A"] and punch.verdict == "green"
    scopes = set(phone.core._parts.replica.cursors())
    assert f"store:{shop['B']}" in scopes and f"store:{shop['A']}" not in scopes
    assert not [key for key in phone.core._parts.replica.rows() if key[0] == f"store:{shop['A']}"]
    assert phone.core._parts.keys.scopes() <= scopes
    assert "李伟" not in [person.name for person in tablet_a.core.floor().people]
    assert "李伟" in [person.name for person in tablet_b.core.floor().people]
    assert phone.core.today().store_id == shop["B"]
    for device in field.devices:
        converged(field, device)


def test_the_same_request_three_times_and_lost_answers_make_one_punch(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.core.punch(kind="in")
    left = [3]

    def lossy(through, *request):  # type: ignore[no-untyped-def]
        if left[0]:
            left[0] -= 1
            through(*request)
            through(*request)
            raise NoSignal("lost")
        return through(*request)

    phone.world.link.weather = lossy
    for _ in range(4):
        phone.core.sync_once()
    assert len(punches(field)) == 1
    assert phone.core.sync_state().waiting == 0


def test_an_old_request_that_arrives_late_does_no_harm(field: Field, shop: dict[str, str]) -> None:
    """The network held a copy back and delivers it after newer ones."""
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    held_back = phone.world.link.sent[-1]
    headers = {}

    def remember(through, method, path, body, sent_headers):  # type: ignore[no-untyped-def]
        headers.update(sent_headers)
        return through(method, path, body, sent_headers)

    phone.world.link.weather = remember
    phone.core.sync_once()
    held_back = phone.world.link.sent[-1]
    late_headers = dict(headers)
    phone.core.punch(kind="in")
    phone.core.sync_once()
    field.carry(*held_back, late_headers)
    phone.core.punch(kind="out")
    phone.core.sync_once()
    assert phone.core.sync_state().standing == "ok"
    assert len(punches(field)) == 2


def test_a_restored_server_is_noticed_and_gets_back_what_it_lost(field: Field, shop: dict[str, str]) -> None:
    phone, tablet = field.phone_of(shop["李伟"]), field.tablet_of(shop["A"])
    for device in field.devices:
        device.core.sync_once()
    phone.core.punch(kind="in")
    phone.core.sync_once()
    backup = field.backup()
    field.time.true_ms += 3_600_000
    phone.core.punch(kind="out")
    tablet.core.punch(kind="in", person_id=shop["林静"])
    for device in field.devices:
        device.core.sync_once()
    assert len(punches(field)) == 3
    field.restore(backup)
    assert len(punches(field)) == 1
    field.time.true_ms += 3_600_000
    for device in field.devices:
        device.core.sync_once()
        device.core.sync_once()
    assert len(punches(field)) == 3
    for device in field.devices:
        assert device.core.sync_state().standing == "ok" and device.core.sync_state().waiting == 0
        converged(field, device)


def test_a_lost_tablet_hands_in_its_work_and_forgets(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    tablet.core.sync_once()
    tablet.core.punch(kind="in", person_id=shop["李伟"])
    device_id = tablet.core._parts.identity.device_id
    field.office.must(Revoke(device_id=device_id, reason="left in a taxi"))
    tablet.core.sync_once()
    assert tablet.core.enrolment is None
    assert tablet.core.sync_state().rows == 0 and tablet.core._parts.keys.scopes() == set()
    assert len(field.office.rows(sa.select(OpLog).where(OpLog.device_id == device_id))) == 1
    assert tablet.last_asked.have == {}
    assert tablet.core._parts.identity.is_retired


def test_a_refused_operation_delays_nothing_and_shows_its_reason(field: Field, shop: dict[str, str]) -> None:
    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.core.punch(kind="in")
    bad = phone.core.punch(kind="in", store_id=new_id())
    good = phone.core.punch(kind="out")
    phone.core.sync_once()
    assert {punch.kind for punch in punches(field)} == {"in", "out"}
    [need] = phone.core.sync_state().needs_you
    assert need.said.code == "stores.unknown" and need.seq == 2
    line = phone.core.punch_line(bad.punch_id)
    assert line is not None and line.status == "rejected"
    fine = phone.core.punch_line(good.punch_id)
    assert fine is not None and fine.status == "applied"


def test_a_photo_follows_its_punch_in_pieces(field: Field, shop: dict[str, str]) -> None:
    tablet = field.tablet_of(shop["A"])
    tablet.core.sync_once()
    photo = bytes(range(256)) * 700
    tablet.core.punch(kind="in", person_id=shop["李伟"], photo=photo)
    assert tablet.core.sync_state().photos == 1
    tablet.core.sync_once()
    sent = [body for method, _, body in tablet.world.link.sent if method == "PUT"]
    assert b"".join(sent) == photo and len(sent) == 3
    assert tablet.core.sync_state().photos == 0
    [punch] = punches(field)
    assert punch.photo is not None
    stored = field.office.settings.data_dir / "blobs" / punch.photo[:2] / punch.photo
    assert stored.read_bytes() == photo


def test_a_manager_who_decides_is_seen_on_the_phone(field: Field, shop: dict[str, str]) -> None:
    from contract.attendance import ReviewPunch

    phone = field.phone_of(shop["李伟"])
    phone.core.sync_once()
    phone.world.locator.now = fix_at(*MALL, mock=True)
    kept = phone.core.punch(kind="in")
    phone.core.sync_once()
    corrected = field.time.true_ms - 300_000
    field.office.must(
        ReviewPunch(punch_id=kept.punch_id, decision="correct", corrected_ms=corrected, reason="seen by the manager")
    )
    phone.core.sync_once()
    line = phone.core.punch_line(kept.punch_id)
    assert line is not None and line.decided == "corrected" and line.taken_at_ms == corrected
