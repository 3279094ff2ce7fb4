"""A cycle by touches: one's own word on the phone with no signal, up to the console; both confirmations; the manager's desk."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from tests.mobile.field import Field, Gadget
from tests.server.cycles_of import Cycled, five
from tests.server.scores_of import DISH
from tests.server.world import PASSWORD
from tests.ui.driver import Driver
from tests.ui.looks_hq import _open_desk
from tests.ui.outing import Outing, code_from_hq
from tests.ui.scripted_core import ScriptedCore
from tests.web.visitor import Visitor

PIN = "482913"
OPEN = [("11-18", "11-30")] * 5
Dressed = Callable[..., tuple[Driver, ScriptedCore]]


class Shop:
    """Store A under Ma, An works there; a cycle over November with all five stages open."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.floor = Cycled(folder, self.field.office, opened=False)
        self.floor.cycle = self.floor.opens(stages=five(*OPEN))

    def with_pin(self, who: str) -> None:
        """Somebody has chosen a PIN on a phone of theirs."""
        phone = self.field.phone_of(self.floor.ids[who])
        synced(phone)
        phone.core.set_pin(PIN)
        synced(phone)

    def console(self, who: str) -> str:
        """An's part as somebody reads it at the console."""
        visitor = Visitor(self.floor.world.app).speak("zh")
        visitor.sign_in(who, PASSWORD)
        return str(visitor.get(f"/console/cycles/parts/{self.floor.part_of('an')}").text)


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    made = Shop(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def _reach(driver: Any, widget: Any, page: str = "page") -> Any:
    """Scroll until a thumb can reach it."""
    driver.page().ids[page].scroll_to(widget, animate=False)
    driver.settle()
    return widget


def _tap(driver: Any, name: str) -> None:
    driver.tap(_reach(driver, driver.page().ids.sheet.ids[name]))


def _language(outing: Outing) -> None:
    outing.ask(lambda core: core.set_language("zh"))
    outing.driver.app.model.preferences.tap_language("zh")
    outing.synced()


def test_ones_own_word_survives_a_killed_app_with_no_signal_and_reaches_the_console(shop: Shop, tmp_path: Path) -> None:
    shop.with_pin("ma")
    tablet = shop.field.tablet_of(shop.floor.a)
    an = Outing(shop.field, "phone", tmp_path / "an")
    an.open()
    an.enrol(code_from_hq(shop.field, person_id=shop.floor.ids["an"]))
    an.choose_pin("481516")
    an.driver.on("today")
    _language(an)
    an.lose_signal()
    d = an.driver
    d.app.model.navigator.switch("me")
    d.on("me")
    d.tap(_reach(d, d.page().ids.scores))
    d.on("scores")
    d.until(lambda: d.app.model.screens["scores"].state.page, "my scores")
    d.settle()
    d.tap(_reach(d, d.page().ids.cycle))
    d.on("cycle")
    d.wait_for("十一月考核")
    assert d.shows("自评，2026年11月30日前")
    _tap(d, "assess")
    eighty = d.find(lambda w: type(w).__name__ == "Choice" and w.value == "80", "80 points")
    d.tap(_reach(d, eighty))
    d.until(lambda: d.app.model.screens["cycle"].state.values == {DISH: "80"}, "80 points are entered")
    an.ask(lambda core: None)
    d = an.restart()
    d.on("today")
    an.ask(lambda core: None)  # whatever the start has asked is answered
    d.settle()
    d.app.model.preferences.tap_language("zh")
    vm = d.app.model.screens["cycle"]
    d.app.model.navigator.go("cycle", shop.floor.cycle)
    d.on("cycle")
    d.until(lambda: vm.state.page, "my part")
    d.settle()
    _tap(d, "assess")
    d.until(lambda: vm.state.values == {DISH: "80"}, "what was entered before the app was killed")
    d.settle()
    _tap(d, "send")
    d.until(lambda: vm.state.page is not None and "self" not in vm.state.page.stage("evaluation").lacks, "it counts here already")
    assert shop.floor.seen().person.assessed == [], "and is not with HQ yet"
    an.find_signal()
    an.synced()
    assert shop.floor.seen().person.assessed == ["2026-11"]
    assert "80" in shop.console("ma") and "本人自评" not in _lacking(shop.console("ma")), "the console shows it"

    synced(tablet, tablet)
    assert tablet.core.desk.open(shop.floor.ids["ma"], PIN).ok
    desk, part = tablet.core.cycles.desk, shop.floor.part_of("an")
    [page] = [one for one in desk.pages() if one.part.id == part]
    assert [(one.metric, one.own, one.manager) for one in page.detail.marks] == [(DISH, "80", "")], "the manager sees it"
    desk.record(part, "表现稳定")
    desk.confirm(part)
    synced(tablet, tablet)
    an.synced()
    d.until(lambda: vm.state.page is not None and vm.state.page.part.interview.revision, "the note")
    an.lose_signal()
    d.settle()
    _tap(d, "confirm")
    d.until(lambda: vm.state.page.detail.confirmed, "my word")
    d.settle()
    assert d.shows("已保存，待发送") and vm.state.page.detail.confirmed_manager is not None
    assert shop.floor.seen().person.interview.person_ms is None
    an.find_signal()
    an.synced()
    talk = shop.floor.seen().person.interview
    assert talk.person_ms is not None and talk.manager_ms is not None and "表现稳定" in shop.console("he")
    an.kill()


def _lacking(page: str) -> str:
    """What the console's page of a part says is still needed of the evaluation."""
    return page[page.index("评估") : page.index("面谈与改进")] if "面谈与改进" in page else page


def test_the_manager_writes_the_note_makes_the_plan_and_scores_the_month_on_the_tablet(shop: Shop, tmp_path: Path) -> None:
    shop.with_pin("ma")
    outing = Outing(shop.field, "kiosk", tmp_path / "tablet")
    d = outing.open()
    outing.enrol(code_from_hq(shop.field, store_id=shop.floor.a))
    d.on("floor")
    _language(outing)
    outing.lose_signal()
    d.tap(d.page().ids.manager)
    d.on("manager")
    manager = d.app.model.screens["manager"]
    d.until(lambda: manager.state.step in ("who", "pin"), "who manages here")
    d.settle()
    d.type_pin(PIN)
    d.until(lambda: manager.state.cycles.pages, "the desk")
    d.settle()
    d.tap(d.find(lambda w: type(w).__name__ == "Choice" and w.value == "scores", "scores"))
    d.settle()
    d.tap(d.page().ids.scores.ids.cycles)
    d.settle()
    d.tap(d.find(lambda w: type(w).__name__ == "CyclePersonRow" and w.words == "安宁", "An on the board"))
    d.settle()
    sheet = d.page().ids.score.ids.sheet
    d.tap(_reach(d, sheet.ids.write_note, "open"))
    d.until(lambda: manager.state.cycles.mode == "note", "the note")
    d.settle()
    d.type_into(_reach(d, sheet.ids.words, "open"), "表现稳定")
    d.tap(_reach(d, sheet.ids.send, "open"))
    d.until(lambda: manager.state.cycles.page.part.interview.revision == 1, "the note is kept")
    d.settle()
    d.tap(_reach(d, sheet.ids.confirm, "open"))
    d.until(lambda: manager.state.cycles.page.detail.confirmed_manager, "Ma's word")
    d.settle()
    d.tap(_reach(d, sheet.ids.make_plan, "open"))
    d.until(lambda: manager.state.cycles.mode == "plan", "the plan")
    d.settle()
    line = d.find(lambda w: type(w).__name__ == "Field" and w.words == "措施 1", "the first line")
    d.type_into(_reach(d, line, "open"), "练习摆盘")
    d.tap(_reach(d, sheet.ids.send, "open"))
    d.until(lambda: len(manager.state.cycles.page.part.plan) == 1, "the plan is kept")
    d.settle()
    d.tap(_reach(d, sheet.ids.score, "open"))
    d.until(lambda: manager.state.scores.form, "the card about the month")
    d.settle()
    assert d.shows("2026-11 评估")
    d.tap(_reach(d, d.find(lambda w: type(w).__name__ == "Choice" and w.value == "90", "90 points"), "open"))
    d.until(lambda: manager.state.scores.values == {DISH: "90"}, "90 points")
    d.settle()
    d.tap(d.page().ids.give_bar.ids.give)
    d.until(lambda: manager.state.scores.given, "the card is given")
    d.until(lambda: _evaluated(manager), "and the month is evaluated")
    outing.find_signal()
    outing.synced()
    seen = shop.floor.seen().person
    assert seen.interview.note == "表现稳定" and seen.interview.manager_ms is not None and seen.scored == ["2026-11"]
    assert [one.text for one in seen.plan] == ["练习摆盘"]
    outing.kill()


def _evaluated(manager: Any) -> bool:
    [page] = [one for one in manager.state.cycles.pages if one.part.person_name == "安宁"]
    return "manager" not in page.stage("evaluation").lacks and page.detail.marks[0].manager == "90"


def test_a_tap_on_a_goal_on_a_tick_and_on_another_cycle_each_do_one_thing(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="en")
    driver.app.model.navigator.go("cycle")
    driver.on("cycle")
    vm, mine = driver.app.model.screens["cycle"], core.cycles.mine
    assert driver.shows("Second quarter") and driver.shows("Agree to the goals, by 10 May 2026")
    assert driver.shows("weighs 50") and driver.shows("target 90") and driver.shows("75 %")
    driver.tap(_reach(driver, driver.page().ids.sheet.ids.agree))
    ticks = driver.page().ids.sheet.ids.plan.children
    driver.tap(_reach(driver, next(one for one in ticks if one.item_id == "a1")))
    driver.tap(_reach(driver, next(one for one in ticks if one.item_id == "a2")))
    assert mine.said == [("agree", "t1"), ("tick", "a1", False), ("tick", "a2", True)]
    driver.tap(_reach(driver, next(one for one in driver.page().ids.sheet.ids.goals.children if one.subject == "g1")))
    driver.settle()
    assert vm.state.goal_id == "g1" and driver.page().ids.page.scroll_y == 1, "read from its first line"
    driver.tap(driver.find(lambda w: type(w).__name__ == "Choice" and w.value == "100", "done"))
    _tap(driver, "send")
    assert mine.said[3:] == [("track", "g1", 100, "")]
    driver.settle()
    driver.tap(_reach(driver, driver.page().ids.others.children[0]))
    driver.settle()
    assert driver.shows("First quarter") and not driver.shows("Up to you now")


def test_the_desk_says_who_is_overdue_and_why_hq_refused(dressed: Dressed) -> None:
    driver, _ = dressed("kiosk", language="en")
    _open_desk(driver.app.model)
    manager = driver.app.model.screens["manager"]
    manager.tap_part("scores")
    driver.settle()
    assert driver.shows("3 overdue")
    driver.tap(driver.page().ids.scores.ids.cycles)
    driver.settle()
    assert driver.shows("5 people, 3 overdue, 1 done") and driver.page().ids.parts.value == "scores"
    rows = list(reversed(driver.page().ids.scores.ids.board.ids.people.children))
    assert [row.words for row in rows][:2] == ["赵敏", "刘洋"] and rows[0].chip == "Goals: Overdue"
    driver.tap(rows[1])
    driver.settle()
    assert driver.shows("The goals were changed meanwhile: look at them again")
    driver.tap(driver.page().ids.scores.ids.to_scores)
    driver.settle()
    assert manager.state.part == "scores" and not manager.state.cycles.part_id
