"""A manager's score card on the tablet: five metrics lie there without a swipe, each is one touch, and 20 seconds are enough."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_id
from contract.metrics import ActivateMetric, DefineMetric, DefineScheme, RubricLevel, SetWeights, Weighed
from contract.scoring_turning import TurnPeriods
from server.kernel.actors import Actor
from tests.mobile.field import Field
from tests.server.scores_of import Scored
from tests.ui.driver import WINDOW, Driver
from tests.ui.hand import GOAL_S, Hand, score
from tests.ui.looks_hq import _open_desk
from tests.ui.outing import Outing, code_from_hq
from tests.ui.scripted_core import ScriptedCore

PIN = "482913"
LEVELS = (
    ("0", "不能上桌", "Cannot be served"), ("60", "勉强合格，顾客可能察觉", "Just passes, a guest may notice"),
    ("80", "符合标准，细节可改进", "Meets the standard, details to improve"),
    ("100", "无可挑剔，可作示范", "Nothing to improve, a model for others"),
)  # fmt: skip
METRICS: tuple[tuple[str, str, str, Any, str], ...] = (
    ("v_dish", "菜品质量", "Dish quality", "points", "90"), ("v_speed", "出菜速度", "Speed of dishes", "points", "80"),
    ("v_team", "团队协作", "Teamwork", "rubric", "80"), ("v_neat", "岗位整洁", "Tidy place of work", "yes_no", "1"),
    ("v_safe", "操作安全", "Safe work", "yes_no", "1"),
)  # fmt: skip
Dressed = Callable[..., tuple[Driver, ScriptedCore]]


class Kitchen:
    """Store A under Ma, who scores An by five metrics with definitions of the library's length."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.floor = Scored(folder, self.field.office)
        world = self.floor.world
        levels = [RubricLevel(points=points, text_zh=zh, text_en=en) for points, zh, en in LEVELS]
        for code, zh, en, kind, _ in METRICS:
            said = DefineMetric(
                metric_id=new_id(), code=code, name_zh=zh, name_en=en, kind=kind, source="manager", rhythm="shift",
                means_zh="色、香、味、温度和摆盘，由店长抽查打分", means_en="Looks, smell, taste, heat and plating, as tasted",
                levels=levels if kind == "rubric" else [],
            )  # fmt: skip
            world.must(said)
            world.must(ActivateMetric(metric_id=said.metric_id))
        scheme = DefineScheme(scheme_id=new_id(), code="v_all", name_zh="全员", name_en="All", store_id=self.floor.a)
        world.must(scheme)
        lines = [Weighed(metric=code, owner="store", weight="20") for code, *_ in METRICS]
        version = SetWeights(version_id=new_id(), scheme_id=scheme.scheme_id, from_day="2026-11-01", lines=lines, reason="r")
        world.must(version)
        world.must(TurnPeriods(), Actor.system())
        phone = self.field.phone_of(self.floor.ids["ma"])
        assert phone.core.sync_once().reached
        phone.core.set_pin(PIN)
        assert phone.core.sync_once().reached


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[Kitchen]:
    made = Kitchen(tmp_path)
    yield made
    made.field.close()


@pytest.mark.parametrize(("language", "give"), [("zh", "提交评分"), ("en", "Give the score")])
def test_a_card_of_five_metrics_is_eight_touches_no_swipe_and_less_than_20_seconds(
    kitchen: Kitchen, tmp_path: Path, language: str, give: str
) -> None:
    tablet = Outing(kitchen.field, "kiosk", tmp_path / "tablet", language)
    d = tablet.open()
    tablet.enrol(code_from_hq(kitchen.field, store_id=kitchen.floor.a))
    d.on("floor")
    tablet.synced()
    tablet.lose_signal()
    d.tap(d.page().ids.manager)
    d.on("manager")
    desk = d.app.model.screens["manager"]
    d.until(lambda: desk.state.step == "pin", "who manages here")
    d.settle()
    d.type_pin(PIN)
    d.until(lambda: desk.state.scores.board, "the desk")
    desk.tap_part("scores")
    d.settle()
    hand = Hand(d)
    score(hand, desk, kitchen.floor.ids["an"], [(code, value) for code, *_, value in METRICS], give)
    assert (hand.touches, hand.swipes) == (len(METRICS) + 3, 0), "the person, each metric, a phrase, given"
    assert hand.person_s(decisions=len(METRICS)) <= GOAL_S
    [sent] = tablet.ask(lambda core: core.scores.desk.board()).sent
    assert {one.metric: one.value for one in sent.marks} == {code: value for code, *_, value in METRICS} and sent.comment
    tablet.kill()


@pytest.mark.parametrize("scale", [1.0, 1.6])
def test_the_way_to_give_a_card_is_in_sight_however_long_it_is(dressed: Dressed, scale: float) -> None:
    driver, _ = dressed("kiosk", language="en", text_scale=scale)
    _open_desk(driver.app.model)
    desk = driver.app.model.screens["manager"]
    desk.tap_part("scores")
    desk.scores.tap_person("p1")
    driver.settle()
    page, give = driver.page().ids.open, driver.page().ids.give_bar.ids.give
    for place in (1.0, 0.5, 0.0):
        page.scroll_y = place
        driver.settle()
        left, foot = give.to_window(give.x, give.y)
        assert foot >= 0 and foot + give.height <= page.to_window(page.x, page.y)[1] and left + give.width <= WINDOW.width
    desk.scores.close()
    driver.settle()
    assert give.get_parent_window() is None, "and only where there is a card to give"


def test_a_hand_that_must_swipe_says_so(dressed: Dressed) -> None:
    """The control: at the largest text the same card is longer than the page, and the count says it."""
    driver, _ = dressed("kiosk", language="zh", text_scale=1.6)
    _open_desk(driver.app.model)
    desk = driver.app.model.screens["manager"]
    desk.tap_part("scores")
    driver.settle()
    hand = Hand(driver)
    hand.touch(lambda w: type(w).__name__ == "PersonToScore" and w.subject == "p1", lambda: desk.state.scores.form, "the person")
    driver.settle()
    hand.touch(lambda w: type(w).__name__ == "PhraseRow", lambda: desk.state.scores.comment, "a phrase")
    assert hand.touches == 2 and hand.swipes >= 1
