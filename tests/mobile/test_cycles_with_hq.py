"""A performance cycle against the real server: goals from the tablet to the phone and back, the interview confirmed by both with
no signal, refused on the device where the server would."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.cycles import CloseCycle, Goal, MoveCycle, PlanAction
from contract.ids import new_id
from mobile.core import cycles
from mobile.core.cycles import CyclePage, CycleWords
from mobile.core.views import Refused
from tests.mobile.field import Field, Gadget
from tests.server.cycles_of import Cycled, five
from tests.support.planted import instead

PIN = "591847"
OPEN = [("11-18", "11-30")] * 5


class Shop:
    """Store A with An and her phone, Ma who manages it, its tablet; all five stages are open."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.floor = Cycled(folder, self.field.office, opened=False)
        self.floor.cycle = self.floor.opens(stages=five(*OPEN))
        self.tablet = self.field.tablet_of(self.floor.a)
        self.phone = self.field.phone_of(self.floor.ids["an"])
        for phone in (self.phone, self.field.phone_of(self.floor.ids["ma"])):
            synced(phone)
            phone.core.set_pin(PIN)
            synced(phone)
        synced(self.tablet, self.tablet)
        assert self.tablet.core.desk.open(self.floor.ids["ma"], PIN).ok

    @property
    def desk(self) -> CycleWords:
        return self.tablet.core.cycles.desk

    @property
    def mine(self) -> CycleWords:
        return self.phone.core.cycles.mine

    @property
    def part(self) -> str:
        return self.floor.part_of("an")

    def at_desk(self) -> CyclePage:
        return next(one for one in self.desk.pages() if one.part.id == self.part)

    def on_phone(self) -> CyclePage:
        [page] = self.mine.pages()
        return page


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def code_of(act: object) -> str:
    assert callable(act)
    with pytest.raises(Refused) as refused:
        act()
    return refused.value.said.code


def test_goals_set_at_the_tablet_with_no_signal_are_agreed_to_on_the_phone(shop: Shop) -> None:
    assert [one.part.person_name for one in shop.desk.pages()] == ["安娜", "安宁"], "the store's, not the other's"
    shop.tablet.world.link.up = False
    shop.desk.set_goals(shop.part, [Goal(id=new_id(), text="出品稳定"), Goal(id=new_id(), text=" ")])
    page = shop.at_desk()
    assert page.on_its_way is not None and page.part.goals.revision == 1 and page.stage("goals").lacks == ("agree_person",)
    shop.tablet.world.link.up = True
    synced(shop.tablet, shop.tablet, shop.phone)
    assert shop.at_desk().on_its_way is None and shop.at_desk().part.goals.manager == "马超"
    assert [one.text for one in shop.on_phone().part.goals.goals] == ["出品稳定"]
    shop.mine.agree(shop.part)
    assert shop.on_phone().stage("goals").state == "done"
    goal = shop.on_phone().part.goals.goals[0]
    shop.mine.track(shop.part, goal.id, 60, "进步")
    assert shop.on_phone().stage("tracking").lacks == ()
    synced(shop.phone, shop.phone, shop.tablet)
    assert shop.at_desk().stage("goals").state == shop.at_desk().stage("tracking").state == "done"
    assert [one.percent for one in shop.floor.seen().person.tracks] == [60]


def test_the_interview_is_written_at_the_tablet_and_confirmed_by_both(shop: Shop) -> None:
    assert code_of(lambda: shop.mine.confirm(shop.part)) == "cycles.no_note"
    assert code_of(lambda: shop.mine.record(shop.part, "好")) == "cycles.manager_only"
    shop.desk.record(shop.part, "表现稳定")
    shop.desk.confirm(shop.part)
    shop.desk.plan(shop.part, [PlanAction(id=new_id(), text="练习摆盘", due_on="2026-12-31")])
    assert shop.at_desk().stage("interview").lacks == ("confirm_person",)
    synced(shop.tablet, shop.tablet, shop.phone)
    page = shop.on_phone()
    assert (page.part.interview.note, page.part.interview.by) == ("表现稳定", "马超")
    assert any(item.about_id == shop.floor.cycle for item in shop.phone.core.office.inbox().to_dos)
    shop.phone.world.link.up = False
    shop.mine.confirm(shop.part)
    shop.mine.tick(shop.part, page.part.plan[0].id)
    assert shop.on_phone().stage("interview").state == "done"
    shop.phone.world.link.up = True
    synced(shop.phone, shop.phone, shop.tablet)
    talk = shop.floor.seen().person.interview
    assert talk.person_ms is not None and talk.manager_ms is not None
    assert shop.at_desk().part.plan[0].done_by == "安宁"


def test_before_a_stage_and_after_the_cycle_a_word_is_refused_here_already(shop: Shop) -> None:
    later = five(("11-25", "11-30"), *[("11-26", "12-01")] * 4)
    shop.floor.must(MoveCycle(cycle_id=shop.floor.cycle, stages=later, reason="r"), "he")
    synced(shop.tablet, shop.phone)
    goals = [Goal(id=new_id(), text="目标")]
    assert code_of(lambda: shop.mine.set_goals(shop.part, goals)) == "cycles.not_yet"
    with instead(cycles.CyclePage, "may", lambda *_: True):
        shop.mine.set_goals(shop.part, goals)
    synced(shop.phone, shop.phone)
    way = shop.on_phone().on_its_way
    assert way is not None and way.state == "refused", "the planted fault: the server refuses it all the same"
    shop.floor.must(CloseCycle(cycle_id=shop.floor.cycle, reason="r"), "he")
    synced(shop.tablet)
    assert code_of(lambda: shop.desk.record(shop.part, "好")) == "cycles.closed"
    assert code_of(lambda: shop.desk.agree(new_id())) == "cycles.part_unknown"
