"""Story 3 on the shop floor: a customer's wish filed with a photo and no signal, two hops, answered while the customer is there;
the steam iron; a notice that 17 of 20 have read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from contract.announcements import NoticeBody, PublishNotice, ReadNotice, RemindReaders, SaveNotice, To
from contract.desks import RuleBody, SetDesk, SetRule
from contract.feedback import PassOn, ReplyToTicket, ResolveTicket
from contract.ids import derived_id, new_id
from contract.org import ChangeUnit
from contract.worktime import SetWorkHours, WorkHours, WorkWindow
from server.announcements import reaching
from server.feedback import desks, service
from server.feedback.routing import GENERAL_DESK
from server.kernel.actors import Actor
from tests.journeys.stage import Stage
from tests.journeys.test_hq_sees import text_of
from tests.mobile.tickets_here import a_png
from tests.server.world import SECRET

DESIGN, REPAIR = derived_id("desk", "design"), derived_id("desk", "repair")
DAILY = WorkHours(week=[[WorkWindow(from_min=9 * 60, until_min=22 * 60)]] * 7, follows_calendar=False)
PIN = "482913"


class Mall:
    """Store B with its manager He and 张强; 赵 at HR's desk, 沈 at design, 顾 repairs; twenty are posted, here and elsewhere."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder)
        office = self.stage.office
        self.at("10:30")
        assert self.stage.time is not None
        office.clock.now = self.stage.time()
        desks.ensure(office.db, office.clock(), SECRET)
        service.ensure(office.db, office.clock(), SECRET)
        self.store, other = office.open_store("B 店", "SH-2"), office.open_store("C 店", "SH-3")
        self.ids = {name: office.hire(name) for name in ("张强", "何经理", "赵敏", "沈青", "顾平")}
        since = (office.clock() - timedelta(days=20)).date().isoformat()
        office.post(self.ids["张强"], self.store, since)
        self.others = [office.hire(f"员工{n:02d}") for n in range(19)]
        for number, person in enumerate(self.others):
            office.post(person, self.store if number < 7 else other, since)
        office.must(ChangeUnit(unit_id=self.store, from_day=since, manager_id=self.ids["何经理"]))
        office.account(self.ids["何经理"], "he", "store_manager", self.store)
        office.account(self.ids["赵敏"], "zhao", "hr")
        for name, login in (("沈青", "shen"), ("顾平", "gu")):
            office.account(self.ids[name], login, "employee")
        hours = new_id()
        office.must(SetWorkHours(hours_id=hours, name="门店时间", hours=DAILY))
        for desk, code, name in ((GENERAL_DESK, "HR", "赵敏"), (DESIGN, "design", "沈青"), (REPAIR, "repair", "顾平")):
            office.must(SetDesk(
                desk_id=desk, code=code, name_zh=code, name_en=code, hours_id=hours, people=[self.ids[name]]
            ))  # fmt: skip
        rule = RuleBody(categories=["equipment"], desk_id=REPAIR, first_reply_min=60, resolve_min=24 * 60)
        office.must(SetRule(rule_id=new_id(), name="设备", position=1, body=rule, reason="报修"))
        self.stage.open_doors()
        self.phone = self.stage.phone_of(self.ids["张强"])
        assert self.phone.core.sync_once().reached
        self.phone.core.set_pin(PIN)
        assert self.phone.core.sync_once().reached
        self.zhao, self.shen, self.gu = (self.stage.desk(login) for login in ("zhao", "shen", "gu"))

    def at(self, clock: str) -> None:
        """Let time pass until the store's clock shows this."""
        now = datetime.fromtimestamp(self.stage.pass_() / 1000, UTC) + timedelta(hours=8)
        then = now.replace(hour=int(clock[:2]), minute=int(clock[3:]), second=0, microsecond=0)
        then += timedelta(days=1) if then < now else timedelta()
        self.stage.pass_(seconds=(then - now).total_seconds())

    def sync(self) -> None:
        for _ in range(3):
            assert self.phone.core.sync_once().reached


@pytest.fixture
def mall(tmp_path: Path) -> Iterator[Mall]:
    made = Mall(tmp_path)
    yield made
    made.stage.close()


def test_a_wish_is_answered_while_the_customer_is_there_and_17_of_20_have_read_the_policy(mall: Mall) -> None:
    mine, phone = mall.phone.core.hearing.mine, mall.phone
    phone.world.link.up = False
    name, _ = mine.add_photo(a_png())
    mine.write("customer", "客户有特殊需求：要定制尺码", photos=[name])
    wish = mine.send()
    mine.write("equipment", "熨斗坏了")
    iron = mine.send()
    assert all(card.on_its_way is not None for card in mine.home().open)
    mall.at("10:33")
    phone.world.link.up = True
    mall.sync()
    mall.sync()
    stories = {one["id"]: one for one in mall.zhao.get("/api/v1/tickets?view=all")["items"]}
    assert set(stories) == {wish, iron}, "each exactly once"
    assert stories[wish]["desk_en"] == "HR" and stories[iron]["desk_en"] == "repair"
    open_items = {item["about_id"] for item in mall.zhao.get("/api/v1/inbox")["items"] if item["trigger"] == "N-16"}
    assert wish in open_items and iron not in open_items
    assert {wish, iron} <= {item["about_id"] for item in mall.stage.desk("he").get("/api/v1/inbox")["items"]}

    mall.at("10:38")
    mall.zhao.do("/api/v1/tickets/passed-on", PassOn(event_id=new_id(), ticket_id=wish, desk_id=DESIGN, note="定制"))
    mall.at("10:45")
    said = ReplyToTicket(event_id=new_id(), ticket_id=wish, text="可以，周五到店")
    mall.shen.do("/api/v1/tickets/replies", said)
    mall.sync()
    page = mine.ticket(wish)
    assert page is not None and page.first_reply_min == 12 and "可以，周五到店" in {one.text for one in page.story}
    assert [(hop.kind, hop.worked_min) for hop in page.hops if hop.kind == "desk"][:1] == [("desk", 5)], "HR had it five minutes"
    mall.shen.do("/api/v1/tickets/resolved", ResolveTicket(event_id=new_id(), ticket_id=wish, text="已下单"))
    mall.at("10:46")
    mall.sync()
    mine.close(wish, 5, "谢谢")
    mall.sync()
    told = mall.zhao.get(f"/api/v1/tickets/story?ticket_id={wish}")
    assert told["ticket"]["rating"] == 5 and told["ticket"]["state"] == "closed"
    desk_hops = [hop for hop in told["ticket"]["hops"] if hop["kind"] == "desk"]
    assert [hop["name_en"] for hop in desk_hops] == ["HR", "design"] and len(told["ticket"]["photos"]) == 1
    kinds = [event["kind"] for event in told["events"]]
    assert [kinds.count(kind) for kind in ("filed", "passed", "replied", "resolved", "closed")] == [1] * 5

    mall.at("09:30")  # the next day
    mall.zhao = mall.stage.desk("zhao")
    mall.gu.do("/api/v1/tickets/resolved", ResolveTicket(event_id=new_id(), ticket_id=iron, text="换了新的"))
    mall.sync()
    mine.close(iron, 4, "")
    mall.sync()
    assert mall.zhao.get(f"/api/v1/tickets/story?ticket_id={iron}")["ticket"]["state"] == "closed"

    _policy(mall)


def _policy(mall: Mall) -> None:
    """HR's notice: 17 of 20, three names, one tap; read on the phone without signal."""
    notice, office = new_id(), mall.stage.office
    body = NoticeBody(title_zh="总部新政策", text_zh="自**下月**起", to=To(posted=True))
    mall.zhao.do("/api/v1/announcements", SaveNotice(notice_id=notice, body=body))
    assert mall.zhao.do("/api/v1/announcements/published", PublishNotice(notice_id=notice))["answer"]["people"] == 20
    assert mall.stage.time is not None
    office.clock.now = mall.stage.time()
    reaching.reach_all(office.db, notice, office.clock(), SECRET)
    mall.sync()
    mall.phone.world.link.up = False
    [card] = mall.phone.core.hearing.my_notices.home()
    assert card.notice_id == notice
    mall.phone.core.hearing.my_notices.notice(notice)
    mall.phone.world.link.up = True
    mall.sync()
    for person in mall.others[:16]:
        office.must(ReadNotice(notice_id=notice), Actor.person(person, new_id(), [("employee", None)]))
    readers = mall.zhao.get(f"/api/v1/announcements/readers?notice_id={notice}&missing=true")
    assert (readers["of"], readers["read"]) == (20, 17)
    assert [one["name"] for one in readers["items"]] == ["员工16", "员工17", "员工18"]
    assert "20 人中 17 人已看" in text_of(mall.zhao.page(f"/console/announcements/{notice}")[1])
    tapped = mall.zhao.do("/api/v1/announcements/reminders", RemindReaders(reminder_id=new_id(), notice_id=notice))
    assert tapped["answer"] == {"reminded": 3}
