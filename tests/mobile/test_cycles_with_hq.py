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
from mobile.core.papers import CyclePaper
from mobile.core.views import Refused
from tests.mobile.field import Field, Gadget
from tests.server.cycles_of import Cycled, five
from tests.server.scores_of import DISH, TEAM
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


DAY_MS = 86_400_000


def test_once_the_month_is_over_both_evaluate_that_month_and_what_was_begun_of_it_lies_apart(shop: Shop) -> None:
    """On the 2nd of December the cycle of November is evaluated, while cards about December go on."""
    later = five(*OPEN[:3], ("11-28", "12-05"), ("11-28", "12-10"))
    shop.floor.must(MoveCycle(cycle_id=shop.floor.cycle, stages=later, reason="r"), "he")
    shop.field.time.true_ms += 12 * DAY_MS
    synced(shop.tablet, shop.tablet, shop.phone)
    assert shop.tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    an, desk, mine = shop.floor.ids["an"], shop.tablet.core.scores.desk, shop.phone.core.scores.mine
    assert shop.at_desk().month == shop.on_phone().month == "2026-11"
    assert shop.on_phone().stage("evaluation").lacks == ("self", "manager")

    mine.write("2026-11", {DISH: "70", TEAM: ""}, "还行")
    begun = mine.form("2026-11")
    assert [one.value for one in begun.metrics if one.code == DISH] == ["70"] and begun.comment == "还行"
    assert not any(one.value for one in mine.form("2026-12").metrics), "of another month nothing is begun"
    mine.assess({DISH: "70"}, "还行", "2026-11")
    assert shop.on_phone().stage("evaluation").lacks == ("manager",) and mine.form("2026-11").comment == ""

    desk.write(an, {DISH: "60"}, "今天")
    desk.write(an, {DISH: "90"}, "十一月", "2026-11")
    assert (desk.form(an).comment, desk.form(an, "2026-11").comment) == ("今天", "十一月")
    assert desk.form(an, "2026-11").day == "2026-11-30" and desk.form(an).day == "2026-12-02"
    desk.give(an, month="2026-11")
    assert desk.form(an).comment == "今天" and "manager" not in shop.at_desk().stage("evaluation").lacks
    synced(shop.phone, shop.phone, shop.tablet, shop.tablet)
    seen = shop.floor.seen().person
    assert seen.assessed == seen.scored == ["2026-11"]
    [mark] = shop.at_desk().detail.marks
    assert (mark.own, mark.manager, mark.n) == ("70", "90", 1), "side by side, the own word not in the manager's"
    assert code_of(lambda: mine.form("2026-10")) in ("scoring.month_closed", "scoring.not_posted")


def test_what_is_being_written_is_kept_on_the_disk_until_it_is_sent_and_each_goal_has_its_own(shop: Shop) -> None:
    shop.desk.set_goals(shop.part, [Goal(id=new_id(), text="出品稳定"), Goal(id=new_id(), text="带新人")])
    first, second = (one.id for one in shop.at_desk().part.goals.goals)
    shop.desk.write(shop.part, "note", CyclePaper(text="谈到一半", day="2026-11-19"))
    shop.desk.write(shop.part, f"track|{first}", CyclePaper(text="过半", percent="50"))
    shop.tablet.core.desk.close()
    assert code_of(lambda: shop.desk.paper(shop.part, "note")) == "client.pin_needed"
    assert shop.tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    note = shop.desk.paper(shop.part, "note")
    assert note is not None and (note.text, note.day) == ("谈到一半", "2026-11-19")
    assert shop.desk.paper(shop.part, f"track|{second}") is None
    shop.desk.track(shop.part, first, 50, "过半")
    shop.desk.record(shop.part, "谈完了", "2026-11-19")
    assert shop.desk.paper(shop.part, "note") is None and shop.desk.paper(shop.part, f"track|{first}") is None
    assert [one.percent for one in shop.at_desk().detail.goals] == [50, None]
