"""Story 2's company: Chen cooks and Bo sells at store A under Wu, who scores on its tablet; Zhao is HR. A real server process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any

from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id, new_id
from contract.metrics import ActivateMetric, DefineScheme, SetWeights, Weighed
from contract.moments import to_ms
from contract.org import ChangeUnit, DefinePost
from contract.postings import PostEmployee
from mobile.core.views_scores import ReportView
from server.scoring import presets
from tests.journeys.stage import Stage
from tests.server.world import SECRET, World

PIN = "482913"
CHEF = (("dish_quality", "store"), ("complaint_rate", "store"), ("new_dishes", "hq"))
SALES = (("satisfaction", "store"), ("sales", "hq"), ("collection", "hq"), ("efficiency", "store"))


class Kitchen:
    """Chen cooks and Bo sells at store A under Wu, who scores on its tablet; Zhao is HR."""

    def __init__(self, folder: Path, before: Callable[[World], None] = lambda office: None) -> None:
        """`before`: what the office has done besides when the doors open."""
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
        before(office)
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

    def console(self, month: str, who: str = "陈师傅", revision: int | None = None) -> str:
        """The report's page as Zhao's browser is given it."""
        report = self.at_hq(month, who)["row"]["id"]
        status, page = self.zhao.page(f"/console/scores/reports/{report}{f'?revision={revision}' if revision else ''}")
        assert status == 200, page[:500]
        return page

    def is_told_once(self, *months: str) -> None:
        """Zhao and Wu have one line of news for the reports of each of these months, and none besides."""
        for desk in (self.zhao, self.stage.desk("wu")):
            items = desk.get("/api/v1/inbox?limit=200")["items"]
            told = sorted(item["facts"]["month"] for item in items if item["trigger"] == "score_reports")
            assert told == sorted(months), (desk.login, told)
