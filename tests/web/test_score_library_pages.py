"""Metrics and schemes at the console: from draft to active, a formula tried, 50/20/20 refused, a preset taken."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id, new_id
from contract.org import DefinePost
from server.people.model import Person
from server.scoring import presets
from server.scoring.model_library import Metric, Scheme, SchemeLine, ScoreChannel
from server.stores.model import Store
from tests.server.growth_of import Growing
from tests.server.scoring_of import CHEF, SCHEME, active, chef_scheme, metric, weigh
from tests.server.world import PASSWORD, SECRET, World
from tests.web.visitor import Visitor, seen

METRICS, SCHEMES = "/console/scores/metrics", "/console/scores/schemes"


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Growing]:
    made = Growing(World.on_sqlite(tmp_path))
    yield made
    made.world.close()


def visitor(shop: Growing, login: str = "qian", language: str = "en") -> Visitor:
    found = Visitor(shop.world.app).speak(language)
    found.sign_in(login, PASSWORD)
    return found


def metric_id(shop: Growing, code: str) -> str:
    [found] = shop.world.rows(sa.select(Metric.id).where(Metric.code == code))
    return str(found)


def test_an_empty_company_is_told_what_each_page_is_for(shop: Growing) -> None:
    hr = visitor(shop)
    for page, says in ((METRICS, "No such metric"), (SCHEMES, "No schemes yet"), ("/console/scores/formula", "Figures to name")):
        answer = hr.get(page)
        assert answer.status_code == 200 and says in seen(answer), page


def test_a_metric_goes_from_a_draft_to_one_that_counts_and_is_retired(shop: Growing) -> None:
    hr, new = visitor(shop), f"{METRICS}/new"
    given = {
        "code": "smile", "name_zh": "微笑", "name_en": "Smile", "kind": "rubric", "direction": "higher", "gathered": "mean",
        "source": "manager", "rhythm": "", "l0_points": "100", "l0_zh": "始终微笑", "l0_en": "Always smiles",
    }  # fmt: skip
    assert hr.send(new, METRICS, **{**given, "l0_points": "101"}).status_code == 422
    assert hr.send(new, METRICS, **given).status_code == 303
    smile = metric_id(shop, "smile")
    page = f"{METRICS}/{smile}"
    refused = hr.send(page, f"{page}/activate")
    assert refused.status_code == 422 and "has no rhythm and cannot be activated" in seen(refused)
    assert hr.send(page, METRICS, metric_id=smile, **{**given, "rhythm": "day"}).status_code == 303
    refused = hr.send(page, f"{page}/activate")
    assert "needs at least two levels" in seen(refused)
    whole = {**given, "rhythm": "day", "l1_points": "0", "l1_zh": "无", "l1_en": "Never"}
    assert hr.send(page, METRICS, metric_id=smile, **whole).status_code == 303
    assert hr.send(page, f"{page}/activate").status_code == 303
    shown = seen(hr.get(page))
    assert "Active" in shown and "Always smiles" in shown
    assert hr.send(page, f"{page}/retire", reason="").status_code == 422
    assert hr.send(page, f"{page}/retire", reason="不再使用").status_code == 303
    assert "不再使用" in seen(hr.get(page))
    assert shop.world.row(Metric, smile).state == "retired"


def test_the_library_is_filtered_searched_and_taken_along(shop: Growing) -> None:
    presets.ensure(shop.world.db, shop.world.clock(), SECRET)
    hr = visitor(shop)
    assert "First response" in seen(hr.get(f"{METRICS}?q=response")) and "Sales talk" not in seen(hr.get(f"{METRICS}?q=response"))
    assert "Punctuality" in seen(hr.get(f"{METRICS}?source=attendance"))
    assert "Politeness" not in seen(hr.get(f"{METRICS}?source=attendance"))
    assert "No such metric" in seen(hr.get(f"{METRICS}?state=active"))
    assert "新品研发" in seen(visitor(shop, language="zh").get(f"{METRICS}?area=innovation"))
    table = hr.get(f"{METRICS}?format=csv").text
    assert table.count("\n") > 50 and "complaint_rate" in table


def test_a_wrong_formula_is_said_where_it_was_typed(shop: Growing) -> None:
    hr, new = visitor(shop), f"{METRICS}/new"
    given = {"code": "rate", "name_zh": "率", "name_en": "Rate", "kind": "number", "direction": "lower", "gathered": "mean",
             "source": "formula", "rhythm": "month", "unit": "%"}  # fmt: skip
    wrong = hr.send(new, METRICS, **given, formula="share(complaints, ")
    assert wrong.status_code == 422 and "ends too early, at character 18" in seen(wrong)
    assert 'value="share(complaints,"' in wrong.text  # what was typed stays


def test_a_formula_is_tried_on_somebody_s_month_with_its_working(shop: Growing) -> None:
    active(shop.world, metric("complaints", source="import", unit=""), metric("dishes", source="import", unit=""))
    month = {"from_day": "2026-11-01", "to_day": "2026-11-30"}
    said = [IndicatorValue(indicator=code, person_id=shop.li, value=value, **month)
            for code, value in (("complaints", "5"), ("dishes", "200"))]  # fmt: skip
    shop.world.must(RecordValues(batch_id=new_id(), values=said, source="POS"))
    hr = visitor(shop)
    person, store = shop.world.row(Person, shop.li), shop.world.row(Store, shop.store)
    asked = {"person": person.number, "store": store.number, "month": "2026-11", "unit": "%"}

    def tried(formula: str, **more: str) -> str:
        return seen(hr.get("/console/scores/formula", query_string={"formula": formula, **asked, **more}))

    shown = tried("round(share(complaints, dishes), 1)")
    assert "2.5 %" in shown and "share(complaints, dishes)" in shown and "POS" in shown
    assert "there is no result" in tried("share(complaints, dishes)", month="2026-10")
    assert "gives 1, the metric is in %" in tried("complaints / dishes")
    assert "is not expected there" in tried("1 $ 2")
    assert hr.get("/console/scores/formula?formula=1&store=nowhere&month=x").status_code == 200


def test_weights_of_50_20_20_are_refused_and_what_was_typed_stays(shop: Growing) -> None:
    chef_scheme(shop.world)
    hr, page = visitor(shop), f"{SCHEMES}/{SCHEME}"
    typed: dict[str, str] = {"from_day": "2026-11-01", "reason": "年度方案"}
    for n, (code, owner) in enumerate((("dish_quality", "store"), ("complaint_rate", "store"), ("new_dishes", "hq"))):
        typed |= {f"m{n}_metric": code, f"m{n}_owner": owner, f"m{n}_missing": "spread"}
    typed |= {"m0_weight": "50", "m1_weight": "20", "m2_weight": "20"}
    refused = hr.send(page, f"{page}/weights", **typed)
    assert refused.status_code == 422 and "Weights must sum to 100: 10 missing" in seen(refused) and "90 / 100" in seen(refused)
    assert not shop.world.rows(sa.select(SchemeLine.id))
    assert hr.send(page, f"{page}/weights", **{**typed, "m2_weight": "thirty"}).status_code == 422
    assert hr.send(page, f"{page}/weights", **{**typed, "m2_weight": "30"}).status_code == 303
    shown = seen(hr.get(page))
    assert "In force" in shown and "年度方案" in shown and "It is whole" in shown
    listed = seen(hr.get(SCHEMES))
    assert "Metric dish_quality 50 · Metric complaint_rate 20 · Metric new_dishes 30" in listed


def test_a_preset_is_taken_once_with_its_metrics(shop: Growing) -> None:
    presets.ensure(shop.world.db, shop.world.clock(), SECRET)
    hr = visitor(shop)
    assert "There is no post chef" in seen(hr.get(SCHEMES))
    assert hr.send(SCHEMES, f"{SCHEMES}/take", preset="chef", from_day="2026-11-01").status_code == 422
    shop.world.must(DefinePost(post_id=CHEF, code="chef", name_zh="厨师", name_en="Chef"))
    assert hr.send(SCHEMES, f"{SCHEMES}/take", preset="chef", from_day="soon").status_code == 422
    assert not shop.world.rows(sa.select(Scheme))  # nothing is half taken
    assert hr.send(SCHEMES, f"{SCHEMES}/take", preset="chef", from_day="2026-11-01").status_code == 303
    [scheme] = shop.world.rows(sa.select(Scheme))
    assert scheme.post_id == CHEF and sorted(shop.world.rows(sa.select(SchemeLine.hundredths))) == [2000, 3000, 5000]
    assert shop.world.row(Metric, derived_id("metric", "dish_quality")).state == "active"
    assert hr.send(SCHEMES, f"{SCHEMES}/take", preset="nothing", from_day="2026-11-01").status_code == 422


def test_a_scheme_is_made_and_ended_and_a_store_sells_online(shop: Growing) -> None:
    hr = visitor(shop)
    store = shop.world.row(Store, shop.store)
    given = {"code": "jingan", "name_zh": "静安", "name_en": "Jing'an", "store": store.number, "post": "", "channel": ""}
    assert hr.send(SCHEMES, SCHEMES, **{**given, "channel": "online"}).status_code == 422
    assert hr.send(SCHEMES, SCHEMES, **given).status_code == 303
    [scheme] = shop.world.rows(sa.select(Scheme))
    page = f"{SCHEMES}/{scheme.id}"
    assert "No weights yet" in seen(hr.get(page)) and "静安店" in seen(hr.get(page))
    early = hr.send(page, f"{page}/retire", until="2026-01-01", reason="r")
    assert early.status_code == 422 and "The earliest day is 2026-11-01" in seen(early)
    assert hr.send(page, f"{page}/retire", until="2026-12-01", reason="改版").status_code == 303
    assert "Ended on" in seen(hr.get(SCHEMES))
    assert hr.send(SCHEMES, "/console/scores/channels", store=store.number, channel="online").status_code == 303
    assert shop.world.row(ScoreChannel, shop.store).channel == "online"
    assert hr.get(f"{SCHEMES}/{new_id()}").status_code == 404 and hr.get(f"{METRICS}/{new_id()}").status_code == 404


def test_a_store_s_manager_reads_and_changes_nothing(shop: Growing) -> None:
    chef_scheme(shop.world)
    assert weigh(shop.world, "50", "20", "30").status == "applied"
    wu = visitor(shop, "wu")
    page = wu.get(f"{SCHEMES}/{SCHEME}")
    assert page.status_code == 200 and "Set weights" not in seen(page) and "In force" in seen(page)
    assert wu.get(METRICS).status_code == 200 and wu.get(f"{METRICS}/new").status_code == 403
