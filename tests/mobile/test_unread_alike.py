"""One inbox: whatever is read or confirmed on one device, the phone, the store's tablet and the API count alike afterwards."""

from __future__ import annotations

from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa

from contract.announcements import NoticeBody, PublishNotice, SaveNotice
from contract.ids import new_id
from contract.inbox import SeeItem, UnseeItem
from mobile.viewmodels.own_page import OwnPageState
from mobile.viewmodels.tabs import TabsViewModel
from server.announcements import reaching
from server.announcements.model import Receipt
from tests.mobile.test_feedback_with_hq import PIN, Counter, counter, synced
from tests.server.world import SECRET
from tests.ui.scripted_core import AtOnce

assert counter  # a fixture


class Unread(NamedTuple):
    """What An is told to read: in all on her phone (page, tab) and by the API; of notices on her phone, on the tablet after her
    PIN, and by the API."""

    phone: int
    tab: int
    api: int
    phone_notices: int
    tablet_notices: int
    api_notices: int

    @property
    def alike(self) -> bool:
        return self.phone == self.tab == self.api and self.phone_notices == self.tablet_notices == self.api_notices


class Reader:
    """An, with three notices: one to confirm, two to read; and a ticket of hers that was solved."""

    def __init__(self, counter: Counter) -> None:
        self.counter, self.floor = counter, counter.floor
        self.notices = [self._send(confirm=n == 0) for n in range(3)]
        ticket = self.floor.file("an")
        self.floor.reply(ticket, "ma", "周五到货")
        self.sync()

    def _send(self, **more: Any) -> str:
        notice_id, floor = new_id(), self.floor
        body = NoticeBody(title_zh="新品周五上市", title_en="New tea on Friday", text_zh="请**细读**", **more)
        floor.must(SaveNotice(notice_id=notice_id, body=body), "he")
        floor.must(PublishNotice(notice_id=notice_id), "he")
        reaching.reach_all(floor.world.db, notice_id, floor.world.clock(), SECRET)
        return notice_id

    def sync(self) -> None:
        for _ in range(2):
            synced(self.counter.phone, self.counter.tablet)

    def api(self, **query: Any) -> Any:
        return self.floor.world.client("an").get("/api/v1/inbox", **query).json

    def at_the_tablet(self) -> Any:
        own = self.counter.tablet.core.own
        assert own.open(self.floor.ids["an"], PIN).ok
        return self.counter.tablet.core.hearing.own_notices

    def counts(self) -> Unread:
        phone = self.counter.phone.core
        tab = TabsViewModel(AtOnce(phone))
        tab.on_news()
        mine = OwnPageState(notices=phone.hearing.my_notices.home())
        there = OwnPageState(notices=self.at_the_tablet().home())
        notices = self.api(about="announcement")["items"]
        return Unread(phone.office.inbox().open, tab.state.inbox, self.api()["open"], mine.to_read, there.to_read, len(notices))


@pytest.fixture
def reader(counter: Counter) -> Reader:
    return Reader(counter)


def test_unread_counts_are_equal_on_phone_tablet_and_api_wherever_something_is_read(reader: Reader) -> None:
    before = reader.counts()
    assert before.alike and before.phone_notices == 3 and before.phone > 3, before
    to_confirm, first, _ = reader.notices
    phone = reader.counter.phone.core.hearing.my_notices
    phone.notice(first)
    reader.sync()
    assert reader.counts().alike and reader.counts().phone_notices == 2, "read on the phone"
    reader.at_the_tablet().confirm(to_confirm)
    reader.sync()
    assert reader.counts().alike and reader.counts().phone_notices == 1, "confirmed at the tablet"
    [item] = reader.api(about="announcement")["items"]
    reader.floor.must(SeeItem(item_id=item["id"]), "an")
    reader.sync()
    left = reader.counts()
    assert left.alike and left.api == before.api - 3 and left.tablet_notices == 0, "ticked at the console"
    reader.floor.must(UnseeItem(item_id=item["id"]), "an")
    reader.sync()
    again = reader.counts()
    assert again.phone == again.tab == again.api == left.api + 1 and again.tablet_notices == 0, "open again, but read"


def test_a_tick_on_the_phone_reads_the_notice_everywhere_and_hq_counts_one_reader_more(reader: Reader) -> None:
    [card] = [one for one in reader.counter.phone.core.office.inbox().notices if one.about_id == reader.notices[1]]
    for _ in range(2):
        reader.counter.phone.core.office.see(card.item_id)
        reader.sync()
    assert reader.counts().alike and reader.counts().tablet_notices == 2
    [read] = reader.floor.world.rows(sa.select(Receipt.read_at).where(
        Receipt.notice_id == reader.notices[1], Receipt.person_id == reader.floor.ids["an"]
    ))  # fmt: skip
    assert read is not None


def test_what_is_read_with_no_signal_counts_at_once_where_it_was_read_and_everywhere_afterwards(reader: Reader) -> None:
    before, phone = reader.counts(), reader.counter.phone
    phone.world.link.up = False
    phone.core.hearing.my_notices.notice(reader.notices[0])
    phone.core.hearing.my_notices.confirm(reader.notices[0])
    during = reader.counts()
    assert (during.phone, during.tab, during.phone_notices) == (before.phone - 1, before.tab - 1, 2)
    assert (during.api, during.tablet_notices) == (before.api, 3), "HQ has not heard of it: the counts differ, and are seen to"
    phone.world.link.up = True
    reader.sync()
    assert reader.counts().alike and reader.counts().api == before.api - 1
