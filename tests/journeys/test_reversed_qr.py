"""A phone and a tablet in a basement with no network: the tablet sees the phone, and days later HQ hears of it from both."""

from __future__ import annotations

from mobile.devices.desktop_qr import read_qr
from tests.journeys.conftest import MALL
from tests.journeys.stage import Stage
from tests.journeys.test_tablet import reasons_of, without_network
from tests.mobile.field import fix_at
from tests.ui.test_scan import photographed


def test_the_tablet_sees_the_phone_with_no_network_and_hq_joins_them(stage: Stage, shop: dict[str, str]) -> None:
    tablet, phone = stage.tablet_of(shop["A"]), stage.phone_of(shop["张强"])
    phone.core.sync_once()
    tablet.core.sync_once()
    without_network(tablet, phone)
    stage.pass_(minutes=3)
    phone.world.locator.now = fix_at(*MALL)
    punch_id = phone.core.punch(kind="in").punch_id
    stage.pass_(seconds=20)
    seen = read_qr(*photographed(phone.core.proofs.phone_code(punch_id).qr, noise=True))  # the tablet's camera
    assert seen is not None
    assert tablet.core.proofs.countersign(seen).name == "张强"
    stage.pass_(minutes=90)
    for device in (tablet, phone):
        device.world.link.up = True
        assert device.core.sync_once().complete
    assert reasons_of(stage, punch_id)["evidence.code_countersigned"] == 18
    phone.core.sync_once()
    line = phone.core.punch_line(punch_id)
    assert line is not None and (line.verdict, line.proof) == ("green", "phone_code")
