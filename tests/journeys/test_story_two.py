"""Story 2 through a real server process and real devices: the chef's March and April, scored on the tablet, one card with no
signal; the report by the phone's core and over HTTP with the same numbers, March's also on its page of the console."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id, new_id
from contract.metrics import ActivateMetric, DefineScheme, SetWeights, Weighed
from contract.moments import to_ms
from contract.org import ChangeUnit, DefinePost
from contract.postings import PostEmployee
from contract.scoring import ReplyToScore
from mobile.core.views_scores import ReportView
from server.scoring import presets
from tests.journeys.stage import Stage
from tests.journeys.test_hq_sees import text_of
from tests.server.world import SECRET

PIN = "482913"
CHEF = (("dish_quality", "store"), ("complaint_rate", "store"), ("new_dishes", "hq"))
SALES = (("satisfaction", "store"), ("sales", "hq"), ("collection", "hq"), ("efficiency", "store"))


class Kitchen:
    """Chen cooks and Bo sells at store A under Wu, who scores on its tablet; Zhao is HR."""

    def __init__(self, folder: Path) -> None:
        self.stage = Stage(folder)
        assert self.stage.time is not None
        self.stage.time.true_ms = to_ms(datetime.fromisoformat("2027-03-01T09:00+08:00"))
        office = self.stage.office
        office.clock.now = self.stage.time()
        presets.ensure(office.db, office.clock(), SECRET)
        self.store = office.open_store("A 店", "SH-1")
        self.ids = {name: office.hire(name) for name in ("陈师傅", "薄荷", "吴店长", "赵敏")}
        self.posts = {code: derived_id("story two", code) for code in ("cook", "rep")}
        for code, post_id in self.posts.items():
            office.must(DefinePost(post_id=post_id, code=code, name_zh=code, name_en=code))
        for name, code in (("陈师傅", "cook"), ("薄荷", "rep")):
            office.must(PostEmployee(
                posting_id=new_id(), person_id=self.ids[name], store_id=self.store, starts_on="2027-03-01",
                post_id=self.posts[code],
            ))  # fmt: skip
        office.must(ChangeUnit(unit_id=self.store, from_day="2027-03-01", manager_id=self.ids["吴店长"]))
        office.account(self.ids["吴店长"], "wu", "store_manager", self.store)
        office.account(self.ids["赵敏"], "zhao", "hr")
        self.stage.open_doors()
        self.zhao = self.stage.desk("zhao")
        for code in ("complaints", "dishes", *(code for code, _ in CHEF + SALES)):
            self.zhao.do("/api/v1/scoring/metrics/activated", ActivateMetric(metric_id=derived_id("metric", code)))
        self.schemes = {code: self._scheme(code) for code in ("cook", "rep")}
        self.tablet = self.stage.tablet_of(self.store)
        self.phone = self.stage.phone_of(self.ids["陈师傅"])
        self.managers = self.stage.phone_of(self.ids["吴店长"])
        self.sync()
        self.managers.core.set_pin(PIN)
        self.sync()

    def _scheme(self, code: str) -> str:
        said = DefineScheme(scheme_id=new_id(), code=f"s-{code}", name_zh=code, name_en=code, post_id=self.posts[code])
        self.zhao.do("/api/v1/scoring/schemes", said)
        return said.scheme_id

    def weigh(self, code: str, lines: tuple[tuple[str, str], ...], *weights: str) -> tuple[int, Any]:
        told = [
            Weighed(metric=metric, owner=owner, weight=weight)  # type: ignore[arg-type]
            for (metric, owner), weight in zip(lines, weights, strict=True)
        ]
        said = SetWeights(
            version_id=new_id(), scheme_id=self.schemes[code], from_day="2027-03-01", lines=told, reason="年度方案"
        )
        return self.zhao.api("POST", "/api/v1/scoring/schemes/weights", said)

    def at(self, moment: str) -> None:
        """It is this o'clock in Shanghai; whoever stays signed in at HQ signs in anew."""
        assert self.stage.time is not None
        self.stage.time.true_ms = to_ms(datetime.fromisoformat(f"{moment}+08:00"))
        self.zhao = self.stage.desk("zhao")

    def sync(self) -> None:
        for _ in range(2):
            for device in (self.tablet, self.phone, self.managers):
                assert device.core.sync_once().reached

    def score(
        self, day: str, value: str, comment: str, *, whom: str = "陈师傅", marks: dict[str, str] | None = None, up: bool = True
    ) -> str:
        """Wu gives a card on the tablet at half past two; `up`: whether there is signal then. In the morning there was."""
        self.at(f"{day}T09:00")
        self.sync()
        self.at(f"{day}T14:30")
        self.tablet.world.link.up = up
        assert self.tablet.core.desk.open(self.ids["吴店长"], PIN).ok
        desk, person = self.tablet.core.scores.desk, self.ids[whom]
        desk.write(person, marks or {"dish_quality": value}, comment)
        return desk.give(person)

    def said(self, month: str, last: str, who: str = "陈师傅", **values: str) -> None:
        """HQ's figures of a month, as the ERP's list says them."""
        for code, value in values.items():
            one = IndicatorValue(
                indicator=code, person_id=self.ids[who], from_day=f"{month}-01", to_day=f"{month}-{last}", value=value
            )
            self.zhao.do("/api/v1/growth/values", RecordValues(batch_id=new_id(), values=[one], source="ERP import"))

    def night(self, day: str) -> None:
        """The night's work of the server, twice: what is done is not done again."""
        self.at(f"{day}T00:20")
        for _ in range(2):
            self.stage.outpost("worker", "--once")
        self.at(f"{day}T09:00")

    def on_phone(self, month: str) -> ReportView:
        self.sync()
        return next(one for one in self.phone.core.scores.mine.page().reports if one.month == month)

    def at_hq(self, month: str, who: str = "陈师傅") -> dict[str, Any]:
        [line] = self.zhao.get(f"/api/v1/scoring/reports?month={month}&person_id={self.ids[who]}")["items"]
        page: dict[str, Any] = self.zhao.get(f"/api/v1/scoring/reports/one?report_id={line['id']}")
        return page


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
    shown = text_of(kitchen.zhao.page(f"/console/scores/reports/{page['row']['id']}")[1])
    assert all(number in shown for number in ("83.5", "45", "16", "22.5", "2.5"))
    for desk in (kitchen.zhao, kitchen.stage.desk("wu")):
        items = desk.get("/api/v1/inbox?limit=200")["items"]
        assert sum(item["trigger"] == "score_reports" for item in items) == 1, "told once, though the night ran twice"

    for day in ("09", "16", "23", "29"):
        kitchen.score(f"2027-04-{day}", "90", "")
    kitchen.sync()
    kitchen.said("2027-04", "30", complaints="4", dishes="200", new_dishes="3")
    kitchen.night("2027-05-01")
    april = kitchen.on_phone("2027-04")
    assert (april.composite, april.lines[1].adds) == ("87.5", "20")
    assert kitchen.phone.core.scores.mine.page().trend == (("2027-03", "83.5"), ("2027-04", "87.5"))
    assert kitchen.at_hq("2027-04")["row"]["composite"] == "87.5"
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
