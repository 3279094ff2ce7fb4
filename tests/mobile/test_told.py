"""How somebody wants to be told, said on their phone: kept with no signal, heard by HQ, the later of two words counts."""

from __future__ import annotations

from datetime import datetime

import msgspec
import pytest

from contract import wire
from contract.channels import ToldRow, WishNotices, quiet_until
from mobile.core.told import WISH
from mobile.core.views import Refused
from tests.mobile.devices_here import Device
from tests.mobile.hq_rows import PRIVATE, hq_says
from tests.mobile.test_feedback import written
from tests.mobile.test_feedback_with_hq import Counter, counter, synced

assert counter  # a fixture
NIGHT = ToldRow(language="en", quiet_from_min=22 * 60, quiet_until_min=7 * 60, email="an@example.com", email_groups=["notices"])


def test_a_wish_is_kept_with_no_signal_and_outlives_the_app(phone: Device) -> None:
    phone.set_up()
    phone.world.link.up = False
    told = phone.core.hearing.told
    assert told.page().wish == ToldRow() and told.page().on_its_way is None
    told.say(NIGHT)
    phone.restart()
    page = phone.core.hearing.told.page()
    assert page.wish == NIGHT and page.on_its_way is not None and page.on_its_way.state == "kept"
    [said] = written(phone, WishNotices)
    assert (said.quiet_from_min, said.quiet_until_min, said.email_groups, said.push_groups) == (1_320, 420, ["notices"], None)


def test_what_was_said_at_the_console_is_shown_until_the_phone_says_otherwise(phone: Device) -> None:
    phone.set_up()
    console = ToldRow(language="en", zone="Europe/Berlin", email="li@example.com")
    hq_says(phone, (PRIVATE, WISH, "w1", console))
    phone.world.link.up = False
    told = phone.core.hearing.told
    assert told.page().wish == console
    told.say(msgspec.structs.replace(told.page().wish, email=""))
    assert told.page().wish == msgspec.structs.replace(console, email=""), "the zone of the console stays"


@pytest.mark.parametrize(
    ("wish", "code"),
    [
        (ToldRow(quiet_from_min=600), "channels.quiet_half"),
        (ToldRow(quiet_from_min=600, quiet_until_min=600), "channels.quiet_half"),
        (ToldRow(zone="Mars/Olympus"), "stores.zone_unknown"),
        (ToldRow(email="an at example"), "client.email_wrong"),
    ],
)
def test_a_wish_that_cannot_be_is_refused_before_it_is_signed(phone: Device, wish: ToldRow, code: str) -> None:
    phone.set_up()
    with pytest.raises(Refused) as refused:
        phone.core.hearing.told.say(wish)
    assert refused.value.said.code == code and not written(phone, WishNotices)
    assert phone.core.hearing.told.page().wish == ToldRow()


def test_hq_hears_the_wish_of_a_phone_and_the_console_reads_the_same(counter: Counter) -> None:
    phone = counter.phone
    phone.world.link.up = False
    phone.core.hearing.told.say(NIGHT)
    phone.world.link.up = True
    synced(phone, phone)
    page = phone.core.hearing.told.page()
    assert page.wish == NIGHT and page.on_its_way is None
    assert wire.convert(counter.floor.world.client("an").get("/api/v1/inbox/wish").json, ToldRow) == NIGHT
    night = datetime.fromisoformat("2026-06-01T23:30:00+08:00")
    assert quiet_until(page.wish, night) == datetime.fromisoformat("2026-06-02T07:00:00+08:00")
    counter.field.time.true_ms += 60_000
    counter.floor.must(WishNotices(language="zh", email=""), "an")
    synced(phone)
    assert phone.core.hearing.told.page().wish == ToldRow(), "the later word counts, wherever it was said"
