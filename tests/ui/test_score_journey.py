"""Story 2 by touches: four cards on the tablet's window, one with no signal, read and answered on the phone's; the month's report
there, line by line, in Chinese and in English; and a score that somebody edited in the database."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from contract.ids import new_id
from contract.moments import to_ms
from contract.scoring import ReplyToScore
from tests.mobile.field import Field
from tests.mobile.test_scores_with_hq import edit, verify
from tests.server.test_score_reports import Month, moment
from tests.ui.driver import Driver
from tests.ui.outing import Outing, code_from_hq

PIN = "482913"
EDITED = "与签名内容不一致"


class Kitchen(Month):
    """An cooks at A by 50/20/30 under Ma, who has a PIN; everybody's clock is the test's."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.at("2027-03-01T09:00+08:00")
        super().__init__(folder, self.field.office)
        phone = self.field.phone_of(self.ids["ma"])
        assert phone.core.sync_once().reached
        phone.core.set_pin(PIN)
        assert phone.core.sync_once().reached

    def at(self, text: str) -> None:
        self.field.time.true_ms = to_ms(moment(text))


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[Kitchen]:
    made = Kitchen(tmp_path)
    yield made
    made.field.close()


def _reach(driver: Driver, widget: Any, page: str = "page") -> Any:
    """Scroll until a finger can reach it."""
    driver.page().ids[page].scroll_to(widget, animate=False)
    driver.settle()
    return widget


def _tablet(kitchen: Kitchen, folder: Path) -> Outing:
    tablet = Outing(kitchen.field, "kiosk", folder, "zh")
    tablet.open()
    tablet.enrol(code_from_hq(kitchen.field, store_id=kitchen.a))
    tablet.driver.on("floor")
    tablet.synced()
    return tablet


def _phone(kitchen: Kitchen, folder: Path) -> Outing:
    phone = Outing(kitchen.field, "phone", folder, "zh")
    phone.open()
    phone.enrol(code_from_hq(kitchen.field, person_id=kitchen.ids["an"]))
    phone.choose_pin("481516")
    phone.driver.on("today")
    phone.synced()
    return phone


def _to_scores(tablet: Outing) -> Any:
    """The manager's desk, from the floor by its button and the PIN."""
    d = tablet.driver
    desk = d.app.model.screens["manager"]
    d.tap(d.page().ids.manager)
    d.on("manager")
    d.until(lambda: desk.state.step == "pin", "the PIN is asked for")
    d.settle()
    d.type_pin(PIN)
    d.until(lambda: desk.state.scores.board, "the desk")
    d.settle()
    d.tap(d.find(lambda w: type(w).__name__ == "Choice" and w.value == "scores", "scores"))
    d.settle()
    return desk


def _give(kitchen: Kitchen, tablet: Outing, day: str, value: str, comment: str, *, up: bool = True) -> None:
    """Ma scores An on the tablet's window at half past two; in the morning there was signal."""
    kitchen.at(f"{day}T09:00+08:00")
    tablet.find_signal()
    tablet.synced()
    kitchen.at(f"{day}T14:30+08:00")
    if not up:
        tablet.lose_signal()
    desk, d = _to_scores(tablet), tablet.driver
    d.tap(d.find(lambda w: type(w).__name__ == "PersonToScore" and w.words == "安宁", "An"))
    d.until(lambda: desk.state.scores.form, "her card")
    d.settle()
    metric = d.find(lambda w: type(w).__name__ == "WideMetric" and w.words == "菜品质量", "dish quality")
    entry = next(w for w in metric.walk() if type(w).__name__ == "Field")
    d.type_into(entry, value)
    d.until(lambda: desk.state.scores.values == {"dish_quality": value}, value)
    if comment:
        d.type_into(d.page().ids.score.ids.card.ids.comment, comment)
        d.until(lambda: desk.state.scores.comment == comment, comment)
    d.tap(d.page().ids.give_bar.ids.give)
    d.until(lambda: desk.state.scores.given, "the card is given")
    d.settle()
    assert d.shows("已给 安宁 评分")
    d.tap(d.page().ids.lock)
    d.on("floor")
    if up:
        tablet.synced()


def _facts(driver: Driver, rows: str) -> list[tuple[str, str]]:
    """What stands on the lines of a list of the phone's scores page."""
    return [(row.words, row.value) for row in reversed(driver.page().ids[rows].children)]


def _to_my_scores(phone: Outing) -> Any:
    """From wherever the start has led meanwhile: what it asked may be answered after its first page is there."""
    d = phone.driver
    here = lambda: d.app.model.navigator.here.screen
    d.until(lambda: phone.ask(lambda core: True) and here() == "today", "the start is over")
    d.settle()

    def at_me() -> bool:
        if here() != "me":
            d.app.model.navigator.switch("me")
        d.settle()
        return bool(here() == "me")

    d.until(at_me, "the page about me")
    d.tap(_reach(d, d.page().ids.scores))
    d.on("scores")
    return d.app.model.screens["scores"]


def _opens(driver: Driver, vm: Any, kind: str, test: Any) -> None:
    """A row of the phone's scores is tapped and what lies behind it is there."""
    row = driver.find(lambda w: type(w).__name__ == kind and test(w), kind)
    driver.tap(_reach(driver, row))
    driver.until(lambda: vm.state.card is not None or vm.state.report is not None, "it lies open")
    driver.settle()


def test_story_two_by_touches_ends_in_83_5_on_the_phone_line_by_line_in_both_languages(
    kitchen: Kitchen, tmp_path: Path
) -> None:
    tablet = _tablet(kitchen, tmp_path / "tablet")
    _give(kitchen, tablet, "2027-03-05", "88", "摆盘好")
    tablet.kill()

    phone = _phone(kitchen, tmp_path / "phone")
    vm, d = _to_my_scores(phone), phone.driver
    d.until(lambda: vm.state.page and vm.state.page.cards, "the card")
    d.settle()
    _opens(d, vm, "ScoreCardRow", lambda row: "88" in row.sub or "88" in row.words)
    assert d.shows("马超") and d.shows("摆盘好") and _facts(d, "marks") == [("菜品质量", "88 分")], d.texts()
    d.tap(_reach(d, d.page().ids.reply))
    d.type_into(_reach(d, d.page().ids.words), "谢谢，下次更好")
    d.tap(_reach(d, d.page().ids.send))
    d.until(lambda: vm.state.card.replies, "my answer")
    phone.synced()
    phone.kill()

    tablet.open()
    tablet.driver.on("floor")
    _give(kitchen, tablet, "2027-03-12", "92", "味道稳定")
    _give(kitchen, tablet, "2027-03-19", "90", "没信号时记的", up=False)
    _give(kitchen, tablet, "2027-03-26", "90", "")
    desk, d = _to_scores(tablet), tablet.driver
    first = next(one for one in desk.state.scores.board.sent if one.comment == "摆盘好")
    sent = d.find(lambda w: type(w).__name__ == "ScoreCardRow" and w.subject == first.card_id, "the first card")
    d.tap(_reach(d, sent, "list"))
    d.until(lambda: desk.state.scores.card, "it lies open")
    d.settle()
    assert d.shows("谢谢，下次更好"), d.texts()
    tablet.kill()

    for indicator, value in (("complaints", "5"), ("dishes", "200"), ("new_dishes", "3")):
        kitchen.said(indicator, value)
    kitchen.night()
    kitchen.at("2027-04-01T09:00+08:00")
    phone.open()
    phone.driver.on("today")
    phone.synced()
    vm, d = _to_my_scores(phone), phone.driver
    d.until(lambda: vm.state.page and vm.state.page.reports, "March's report")
    cards = {card.comment: card for card in vm.state.page.cards}
    assert cards["没信号时记的"].said.ms == to_ms(moment("2027-03-19T14:30+08:00")), "the offline card has the time it was said"
    d.settle()
    _opens(d, vm, "ReportRow", lambda row: "2027-03" in row.words)
    assert d.shows("综合得分 83.5") and _facts(d, "working") == [
        ("菜品质量", "90 分 × 50 % = 45"), ("客诉率", "2.5 / 目标 2 % = 80 分 × 20 % = 16"),
        ("新品研发", "3 / 目标 4道 = 75 分 × 30 % = 22.5"),
    ]  # fmt: skip
    d.app.model.preferences.tap_language("en")
    d.settle()
    assert d.shows("Composite 83.5") and _facts(d, "working") == [
        ("Dish quality", "90 points × 50 % = 45"), ("Complaint rate", "2.5 of 2 % = 80 points × 20 % = 16"),
        ("New dishes", "3 of 4道 = 75 points × 30 % = 22.5"),
    ]  # fmt: skip
    phone.kill()


def test_a_score_edited_in_the_database_is_named_by_verify_and_stands_on_the_phones_window(
    kitchen: Kitchen, tmp_path: Path
) -> None:
    kitchen.at("2027-03-05T14:30+08:00")
    cards = {value: kitchen.card(day, value) for day, value in (("2027-03-05", "88"), ("2027-03-04", "92"))}
    phone = _phone(kitchen, tmp_path / "phone")
    assert verify(kitchen) == []
    edit(kitchen, """UPDATE score_card SET marks = replace(marks, '"88"', '"98"') WHERE marks LIKE '%"88"%'""")
    assert verify(kitchen) == [("score_card", cards["88"])]
    for card_id in cards.values():  # anything that moves the rows brings them to the phone again
        kitchen.must(ReplyToScore(reply_id=new_id(), card_id=card_id, text="请看"), "ma")
    phone.synced()
    vm, d = _to_my_scores(phone), phone.driver
    d.until(lambda: vm.state.page and len(vm.state.page.cards) == 2, "both cards")
    d.settle()
    _opens(d, vm, "ScoreCardRow", lambda row: row.subject == cards["88"])
    assert _facts(d, "marks") == [("菜品质量", "98 分")] and d.shows(EDITED), "what is shown is not what was signed"
    d.press_back()
    _opens(d, vm, "ScoreCardRow", lambda row: row.subject == cards["92"])
    assert _facts(d, "marks") == [("菜品质量", "92 分")] and not d.shows(EDITED), "the control: the one that nobody edited"
    phone.kill()
