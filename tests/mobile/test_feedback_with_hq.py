"""A photo ticket made without signal, against the real server: once, two hops, stars; a kind that HQ ends."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.desks import RetireCategory
from contract.feedback import CloseTicket, ResolveTicket
from contract.ids import new_id
from contract.tickets import ON_DEVICES_DAYS
from server.feedback.model import Category, Ticket, TicketEvent
from server.feedback.turning import turn_what_is_due
from tests.mobile.field import Field, Gadget
from tests.mobile.tickets_here import a_png
from tests.server.tickets_of import DESIGN, Floor
from tests.server.world import SECRET

PIN = "591847"


class Counter:
    """Store A with An and her phone, Ma who manages it, the store's tablet; the design desk answers at the console."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.floor = Floor(folder, world=self.field.office)
        self.tablet = self.field.tablet_of(self.floor.a)
        self.phone = self.field.phone_of(self.floor.ids["an"])
        for phone in (self.phone, self.field.phone_of(self.floor.ids["ma"])):
            synced(phone)
            phone.core.set_pin(PIN)
            synced(phone)
        synced(self.tablet, self.tablet)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def test_a_photo_ticket_made_offline_arrives_once_hops_twice_and_gets_its_stars(counter: Counter) -> None:
    phone, tablet, floor = counter.phone, counter.tablet, counter.floor
    mine, desk = phone.core.hearing.mine, tablet.core.hearing.desk
    phone.world.link.up = False
    assert "customer" in {one.code for one in mine.home().categories}
    name, _ = mine.add_photo(a_png())
    mine.write("customer", "客户要 XL 码", photos=[name])
    ticket_id = mine.send()
    assert mine.home().open[0].on_its_way is not None
    phone.world.link.up = True
    synced(phone, phone, phone)
    rows = floor.world.rows(sa.select(Ticket).where(Ticket.id == ticket_id))
    assert len(rows) == 1
    synced(tablet)
    tablet.world.link.up = False
    assert tablet.core.desk.open(floor.ids["ma"], PIN).ok
    [card] = [card for card in desk.home().open if card.ticket_id == ticket_id]
    assert card.text == "客户要 XL 码" and not card.is_mine
    desk.reply(ticket_id, "马上问设计部")
    desk.pass_on(ticket_id, DESIGN, "要新尺码")
    tablet.world.link.up = True
    synced(tablet, phone)
    floor.must(ResolveTicket(event_id=new_id(), ticket_id=ticket_id, text="周五到货"), "de")
    synced(phone)
    page = mine.ticket(ticket_id)
    assert page is not None and page.card.due == "rate" and page.card.on_its_way is None
    assert page.hops[0].kind == "author" and page.hops[0].name.zh == "安宁" and page.hops[-1].name.en == "Design"
    assert len({(hop.kind, hop.name) for hop in page.hops}) == len(page.hops), "solved where it was, not passed on once more"
    assert page.first_reply_min is not None and {"replied", "passed", "resolved"} <= {one.kind for one in page.story}
    mine.close(ticket_id, 5, "谢谢")
    synced(phone)
    [card] = [card for card in mine.home().closed if card.ticket_id == ticket_id]
    assert card.rating == 5 and card.on_its_way is None
    events = floor.world.rows(sa.select(TicketEvent.id).where(TicketEvent.ticket_id == ticket_id))
    assert len(events) == len(set(events)), "each event once"


def test_what_was_closed_a_month_ago_leaves_phone_and_tablet_and_a_word_on_its_way_is_not_lost(counter: Counter) -> None:
    phone, tablet, floor = counter.phone, counter.tablet, counter.floor
    mine = phone.core.hearing.mine
    mine.write("customer", "客户要 XL 码")
    gone = mine.send()
    mine.write("customer", "客户要 S 码")
    stays = mine.send()
    synced(phone, phone)
    for one in (gone, stays):
        floor.must(ResolveTicket(event_id=new_id(), ticket_id=one, text="到货"), "he")
        floor.must(CloseTicket(event_id=new_id(), ticket_id=one, rating=4, text=""), "an")
    synced(phone, tablet)
    assert {card.ticket_id for card in mine.home().closed} == {gone, stays}
    phone.world.link.up = False
    mine.reopen(stays, "又缺了")
    counter.field.time.true_ms += ON_DEVICES_DAYS * 86_400_000
    assert turn_what_is_due(floor.world.db, floor.world.clock(), SECRET) == 2
    phone.world.link.up = True
    synced(phone, phone, phone, tablet, tablet)
    home = mine.home()
    assert [card.ticket_id for card in home.open] == [stays] and home.closed == () and mine.ticket(gone) is None
    page = mine.ticket(stays)
    assert page is not None and page.card.on_its_way is None and "reopened" in {one.kind for one in page.story}
    assert {"filed", "resolved", "closed"} <= {one.kind for one in page.story}, "all its story came back with it"
    assert tablet.core.desk.open(floor.ids["ma"], PIN).ok
    there = tablet.core.hearing.desk.home()
    assert [card.ticket_id for card in (*there.open, *there.closed)] == [stays]


def test_a_kind_that_hq_ended_meanwhile_takes_what_was_filed_before_and_is_offered_no_more(counter: Counter) -> None:
    phone, floor = counter.phone, counter.floor
    mine = phone.core.hearing.mine
    phone.world.link.up = False
    mine.write("suggestion", "放一把椅子")
    ticket_id = mine.send()
    [category_id] = floor.world.rows(sa.select(Category.id).where(Category.code == "suggestion"))
    floor.world.must(RetireCategory(category_id=category_id, reason="合并"))
    phone.world.link.up = True
    synced(phone, phone)
    [card] = [card for card in mine.home().open if card.ticket_id == ticket_id]
    assert card.on_its_way is None and card.number
    assert "suggestion" not in {one.code for one in mine.home().categories}
