"""The secret address of a calendar on a phone: made with no signal, answered by HQ, renewed, ended, and known here alone."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from contract.ids import new_id
from contract.shift_market import OpenFeed
from contract.shift_market_rows import FeedRow
from mobile.core.calendar_feed import KEPT
from server.rosters.market.feed_api import token_hash
from tests.mobile.field import Field, Gadget
from tests.server.market_of import MONDAY, Shop


class Town:
    """The shop of the market's tests with one phone, Li Wei's."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.shop = Shop(self.field.office)
        self.shop.shift(self.shop.li, MONDAY + timedelta(days=1))
        self.li = self.field.phone_of(self.shop.li)
        synced(self.li)

    def reads(self, address: str) -> int:
        """What a calendar is answered there."""
        path = "/calendar/" + address.rpartition("/")[2]
        return int(self.shop.world.app.test_client().get(path).status_code)


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.field.close()


def synced(device: Gadget) -> None:
    assert device.core.sync_once().reached
    assert device.core.sync_once().reached


def test_an_address_is_made_with_no_signal_answers_once_hq_has_heard_and_ends_when_it_is_ended(town: Town) -> None:
    calendar, link = town.li.core.calendar, town.li.world.link
    link.up = False
    assert calendar.page().state == "none"
    address = calendar.open("zh")
    page = calendar.page()
    assert (page.state, page.address, page.ready) == ("open", address, False) and town.reads(address) == 404
    link.up = True
    synced(town.li)
    page = calendar.page()
    assert (page.state, page.address, page.ready, page.on_its_way) == ("open", address, True, None)
    assert town.reads(address) == 200 and town.li.core.sync_state().needs_you == ()
    second = calendar.open("en")
    assert calendar.page().address == second != address
    synced(town.li)
    assert (town.reads(address), town.reads(second)) == (404, 200)
    calendar.revoke()
    assert calendar.page().state == "none"
    synced(town.li)
    assert town.reads(second) == 404 and calendar.page().state == "none"


def test_the_token_is_sealed_on_the_phone_and_never_leaves_it(town: Town) -> None:
    core = town.li.core
    address = core.calendar.open("zh")
    token = address.rpartition("/")[2].removesuffix(".ics")
    kept = core._parts.settings.get(KEPT) or ""
    assert token not in kept and kept
    with core._parts.db.read():
        raw = b"".join(bytes(sealed) for (sealed,) in core._parts.db.rows("SELECT sealed FROM journal"))
        [entry] = core._parts.overlay.latest("calendar_feed", FeedRow).values()
    assert token.encode() not in raw and token not in str(entry) and len(token) >= 43


def test_an_address_made_elsewhere_is_not_known_here_and_can_be_renewed(town: Town) -> None:
    other = "x" * 43
    town.shop.must(town.shop.li, OpenFeed(feed_id=new_id(), token_hash=token_hash(other), language="zh"))
    synced(town.li)
    page = town.li.core.calendar.page()
    assert (page.state, page.address) == ("elsewhere", "")
    mine = town.li.core.calendar.open("zh")
    synced(town.li)
    assert (town.reads(f"/{other}.ics"), town.reads(mine)) == (404, 200)


def test_a_refused_address_is_said_and_needs_its_person(town: Town) -> None:
    core = town.li.core
    town.li.world.link.up = False
    core.calendar.open("zh")
    with core._parts.db.read():
        [feed_id] = core._parts.overlay.latest("calendar_feed", FeedRow)
    town.shop.must(town.shop.min, OpenFeed(feed_id=feed_id, token_hash=token_hash("y" * 43), language="zh"))
    town.li.world.link.up = True
    synced(town.li)
    [matter] = core.sync_state().needs_you
    page = core.calendar.page()
    assert matter.said.code == "operation.already_exists" and page.state == "none"
    assert page.on_its_way is not None and page.on_its_way.state == "refused"
