"""Story 2 through a real server process and real devices: the chef's March and April, scored on the tablet, one card with no
signal; the report by the phone's core, over HTTP and cell by cell on its page of the console, with the same numbers."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.ids import new_id
from contract.scoring import ReplyToScore
from tests.journeys.kitchen import CHEF, PIN, SALES, Kitchen
from tests.journeys.report_cells import compare

# indicator, owner, weight, actual, target, points, what it adds; under the names: direction, source and of how many
WORKING = [
    ["菜品质量", "门店", "50", "90 分", "–", "90", "45"], ["客诉率", "门店", "20", "2.5%", "2%", "80", "16"],
    ["新品研发", "总部", "30", "3 道", "4 道", "75", "22.5"],
]  # fmt: skip
SMALL = ["越高越好 · 店长评分 · n = 4", "越低越好 · 公式 · n = 1", "越高越好 · ERP import · n = 1"]
REPS_WORKING = [
    ["顾客满意度", "门店", "40", "90 分", "–", "90", "36"], ["销售额", "总部", "30", "40000 CNY", "50000 CNY", "80", "24"],
    ["回款率", "总部", "15", "100%", "100%", "100", "15"], ["工作效率", "门店", "15", "70 分", "–", "70", "10.5"],
]  # fmt: skip


@pytest.fixture
def kitchen(tmp_path: Path) -> Iterator[Kitchen]:
    made = Kitchen(tmp_path)
    yield made
    made.stage.close()


def test_the_chefs_march_is_83_5_and_april_87_5_on_the_phone_at_the_console_and_over_http(kitchen: Kitchen) -> None:
    status, refused = kitchen.weigh("cook", CHEF, "50", "20", "20")
    assert status == 422 and refused["code"] == "scoring.weights_missing", refused
    assert refused["facts"]["missing"] == "10" and "10" in refused["message"]
    assert kitchen.weigh("cook", CHEF, "50", "20", "30")[0] == 201
    assert kitchen.weigh("rep", SALES, "40", "30", "15", "15")[0] == 201
    kitchen.sync()

    kitchen.score("2027-03-05", "88", "摆盘好")
    kitchen.score("2027-03-12", "92", "味道稳定")
    kitchen.sync()
    first = next(card for card in kitchen.phone.core.scores.mine.page().cards if card.marks[0].value == "88")
    assert (first.rater_name, first.comment) == ("吴店长", "摆盘好")
    kitchen.phone.core.scores.mine.reply(first.card_id, "谢谢，下次更好")
    offline = kitchen.score("2027-03-19", "90", "没信号时记的", up=False)
    said_ms = kitchen.tablet.core.now_ms()
    kitchen.stage.pass_(minutes=95)
    assert len(kitchen.phone.core.scores.mine.page().cards) == 2
    kitchen.tablet.world.link.up = True
    kitchen.score("2027-03-26", "90", "稳")
    kitchen.sync()
    cards = {card.card_id: card for card in kitchen.phone.core.scores.mine.page().cards}
    assert len(cards) == 4 and cards[offline].said.ms == said_ms and not any(card.differs for card in cards.values())
    assert kitchen.tablet.core.desk.open(kitchen.ids["吴店长"], PIN).ok
    sent = {card.card_id: card for card in kitchen.tablet.core.scores.desk.board().sent}
    assert [word.text for word in sent[first.card_id].replies] == ["谢谢，下次更好"]
    wrong = ReplyToScore(reply_id=new_id(), card_id=new_id(), text="?")
    assert kitchen.zhao.api("POST", "/api/v1/scoring/cards/replies", wrong)[1]["code"] == "scoring.card_unknown"

    kitchen.said("2027-03", "31", complaints="5", dishes="200", new_dishes="3")
    kitchen.night("2027-04-01")
    march = kitchen.on_phone("2027-03")
    working = [(line.actual, line.points, line.weight, line.adds) for line in march.lines]
    assert working == [("90", "90", "50", "45"), ("2.5", "80", "20", "16"), ("3", "75", "30", "22.5")]
    assert (march.composite, march.revision) == ("83.5", 1)
    page = kitchen.at_hq("2027-03")
    told = [(line["actual"], line["points"], line["weight"], line["adds"]) for line in page["row"]["lines"]]
    assert told == working and page["row"]["composite"] == "83.5" and page["row"]["lines"][2]["source"] == "ERP import"
    shown = compare(kitchen.console("2027-03"), WORKING, "83.5")
    assert shown.small == SMALL and shown.changes == []
    kitchen.is_told_once("2027-03")

    for day in ("09", "16", "23", "29"):
        kitchen.score(f"2027-04-{day}", "90", "")
    kitchen.sync()
    kitchen.said("2027-04", "30", complaints="4", dishes="200", new_dishes="3")
    kitchen.night("2027-05-01")
    april = kitchen.on_phone("2027-04")
    assert (april.composite, april.lines[1].adds) == ("87.5", "20")
    assert kitchen.phone.core.scores.mine.page().trend == (("2027-03", "83.5"), ("2027-04", "87.5"))
    assert kitchen.at_hq("2027-04")["row"]["composite"] == "87.5"
    lines = [WORKING[0], ["客诉率", "门店", "20", "2%", "2%", "100", "20"], WORKING[2]]
    compare(kitchen.console("2027-04"), lines, "87.5")
    kitchen.is_told_once("2027-03", "2027-04")
    # a late card: revision 2 says what changed, on the phone too
    kitchen.at("2027-05-03T10:00")
    kitchen.sync()
    assert kitchen.tablet.core.desk.open(kitchen.ids["吴店长"], PIN).ok
    kitchen.tablet.core.scores.desk.write(kitchen.ids["陈师傅"], {"dish_quality": "80"}, "补记")
    kitchen.tablet.core.scores.desk.give(kitchen.ids["陈师傅"], "2027-04-30")
    kitchen.sync()
    kitchen.night("2027-05-04")
    revised = kitchen.on_phone("2027-04")
    assert (revised.revision, revised.composite) == (2, "86.5")
    assert [(one.before, one.after) for one in revised.differences] == [("90", "88"), ("87.5", "86.5")]
    lines[0] = ["菜品质量", "门店", "50", "88 分", "–", "88", "44"]
    shown = compare(kitchen.console("2027-04"), lines, "86.5")
    assert shown.changes == ["菜品质量: 90 → 88", "综合得分: 87.5 → 86.5"] and len(shown.revisions) == 2
    first = kitchen.console("2027-04", revision=1)
    compare(first, [WORKING[0], ["客诉率", "门店", "20", "2%", "2%", "100", "20"], WORKING[2]], "87.5")
    kitchen.is_told_once("2027-03", "2027-04")
    told = "SELECT key FROM inbox_item WHERE receiver_id = ? AND trigger = 'N-21' ORDER BY key"
    keys = [key for (key,) in kitchen.stage.sql(told, kitchen.ids["陈师傅"].replace("-", ""))]
    assert keys == ["1", "1", "2"], "Chen of each report and of the revision, each once"


def test_the_sales_rep_has_85_5(kitchen: Kitchen) -> None:
    assert kitchen.weigh("rep", SALES, "40", "30", "15", "15")[0] == 201
    kitchen.sync()
    metrics = {one["metric"]["code"]: one["metric"] for one in kitchen.zhao.get("/api/v1/scoring/metrics")["items"]}
    marks, figures = {}, {}
    for (code, _), value in zip(SALES, ("90", "80", "100", "70"), strict=True):
        if metrics[code]["source"] == "manager":
            marks[code] = value
        else:
            target = metrics[code].get("target")
            figures[code] = value if target is None else str(int(target) * int(value) / 100)
    if marks:
        kitchen.score("2027-03-20", "", "", whom="薄荷", marks=marks)
        kitchen.sync()
    kitchen.said("2027-03", "31", "薄荷", **figures)
    kitchen.night("2027-04-01")
    row = kitchen.at_hq("2027-03", "薄荷")["row"]
    assert ([line["points"] for line in row["lines"]], row["composite"]) == (["90", "80", "100", "70"], "85.5")
    page = kitchen.console("2027-03", "薄荷")
    compare(page, REPS_WORKING, "85.5")
    with pytest.raises(AssertionError):
        compare(page.replace("24</strong>", "25</strong>"), REPS_WORKING, "85.5")
