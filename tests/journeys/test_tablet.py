"""The store's tablet with no network: three people and a phone within a minute; and what its code is worth to a cheat."""

from __future__ import annotations

import pytest

from mobile.core.views import Refused
from tests.journeys.conftest import LAKE, MALL
from tests.journeys.stage import Stage
from tests.mobile.field import Gadget, fix_at

PINS = {"李伟": "482913", "林静": "591847", "王芳": "736482"}
FRESH = "evidence.code_fresh"


def reasons_of(stage: Stage, punch_id: str) -> dict[str, int]:
    """The punch's reasons with their points, as HQ reads them."""
    punch = stage.desk("chen").get(f"/api/v1/punches/{punch_id}")["punch"]
    return {str(reason["code"]): int(reason["points_db"]) for reason in punch["reasons"]}


def without_network(*devices: Gadget) -> None:
    for device in devices:
        device.world.link.up = False


@pytest.mark.parametrize("how", ["typed", "scanned"])
def test_three_by_pin_and_a_fourth_by_the_tablets_code_all_offline(stage: Stage, shop: dict[str, str], how: str) -> None:
    tablet, phone = stage.tablet_of(shop["A"]), stage.phone_of(shop["张强"])
    phone.core.sync_once()
    tablet.core.sync_once()
    for name, pin in PINS.items():
        tablet.core.set_pin(pin, shop[name])
    without_network(tablet, phone)
    began = stage.pass_(minutes=3)
    kept = {}
    for name, pin in PINS.items():
        stage.pass_(seconds=12)
        assert not tablet.core.check_pin(shop[name], "000001").ok
        assert tablet.core.check_pin(shop[name], pin).ok
        kept[name] = tablet.core.punch(kind="in", person_id=shop[name], by_pin=True).punch_id
        # the PIN has opened one act of one person: the next one at the tablet opens nothing with it
        for other in PINS:
            with pytest.raises(Refused) as refused:
                tablet.core.punch(kind="in", person_id=shop[other], by_pin=True)
            assert refused.value.said.code == "client.pin_needed"
    stage.pass_(seconds=10)
    shown = tablet.core.store_code()
    phone.world.locator.now = None  # a basement: the code is all the proof there is
    code = shown.qr if how == "scanned" else f"{shown.digits[:3]} {shown.digits[3:]}"
    kept["张强"] = phone.core.punch(kind="in", code=code).punch_id
    assert stage.pass_() - began <= 60_000, "within a minute"
    assert {person.presence for person in tablet.core.floor().people if person.name in PINS} == {"present"}

    stage.pass_(minutes=200)
    tablet.world.link.up = phone.world.link.up = True
    for device in (phone, tablet, phone, tablet):
        device.core.sync_once()
    for name in PINS:
        assert "evidence.kiosk_pin" in reasons_of(stage, kept[name]), name
        assert stage.desk("chen").get(f"/api/v1/punches/{kept[name]}")["punch"]["by_kiosk"] is True
    fourth = reasons_of(stage, kept["张强"])
    assert fourth[FRESH] == 15 and "evidence.kiosk_pin" not in fourth
    line = phone.core.punch_line(kept["张强"])
    assert line is not None and line.proof == "phone_code" and line.grade == "exact"
    assert {person.presence for person in tablet.core.floor().people if person.name in kept} == {"present"}
    assert stage.sql("SELECT count(*) FROM punch") == [(4,)]


@pytest.mark.parametrize("how", ["typed", "scanned"])
def test_a_photo_of_the_code_is_worth_nothing(stage: Stage, shop: dict[str, str], how: str) -> None:
    """Twice by the same person, half a minute after it left the screen, an hour later, for another store, tomorrow's."""
    tablet_a, tablet_b = stage.tablet_of(shop["A"]), stage.tablet_of(shop["B"])
    phones = {name: stage.phone_of(shop[name]) for name in ("李伟", "林静", "王芳", "张强")}
    for device in stage.devices:
        device.core.sync_once()
        device.world.locator.now = fix_at(*MALL)
    tablet_b.world.locator.now = fix_at(*LAKE)
    without_network(*stage.devices)
    stage.pass_(minutes=5)
    stage.pass_(seconds=30 - (stage.pass_() // 1000) % 30)  # a code has just come up

    def read(tablet: Gadget) -> str:
        shown = tablet.core.store_code()
        return shown.qr if how == "scanned" else shown.digits

    photo, of_b = read(tablet_a), read(tablet_b)
    punch = {
        "honest": phones["李伟"].core.punch(kind="in", code=photo).punch_id,
        "twice": phones["李伟"].core.punch(kind="out", code=photo).punch_id,
        "of another store": phones["林静"].core.punch(kind="in", code=of_b).punch_id,
    }
    stage.pass_(seconds=30 + 31)  # 31 s after it left the screen
    punch["31 s late"] = phones["王芳"].core.punch(kind="in", code=photo).punch_id
    stage.pass_(minutes=60)
    punch["an hour late"] = phones["张强"].core.punch(kind="in", code=photo).punch_id
    for device in stage.devices:
        device.world.link.up = True
    for device in (*stage.devices, *stage.devices):
        device.core.sync_once()
    judged = {case: reasons_of(stage, punch_id) for case, punch_id in punch.items()}
    assert judged.pop("honest")[FRESH] == 15, "the control"
    for case, reasons in judged.items():
        assert FRESH not in reasons, case
        assert max(points for code, points in reasons.items() if code.startswith("evidence.code")) < 0, case


def test_a_code_of_a_stranger_to_the_tablets_key_is_never_a_proof(stage: Stage, shop: dict[str, str]) -> None:
    """Guessing: of a thousand guessed codes for one moment none is taken for another tablet's, or for none."""
    tablet, phone = stage.tablet_of(shop["A"]), stage.phone_of(shop["李伟"])
    tablet.core.sync_once()
    phone.core.sync_once()
    right = tablet.core.store_code()
    wrong = f"{(int(right.digits) + 1) % 1_000_000:06d}"
    forged = right.qr[:-4] + ("0000" if right.qr[-4:] != "0000" else "1111")
    for guess in (wrong, forged, "", "      ", "OP1:", "१२३४५६७", "x" * 120):
        stage.pass_(seconds=40)
        kept = phone.core.punch(kind="in", code=guess).punch_id
        phone.core.sync_once()
        assert FRESH not in reasons_of(stage, kept), guess
