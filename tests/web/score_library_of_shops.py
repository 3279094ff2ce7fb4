"""Metrics and schemes in the shops of the pictures: a chef's scheme in two forms, one of sales, a store that sells online."""

from __future__ import annotations

import datetime as dt

from contract.growth import IndicatorValue, RecordValues
from contract.ids import derived_id, new_id
from contract.metrics import ActivateMetric, SetStoreChannel, SetWeights, Weighed
from contract.org import DefinePost
from server.kernel.actors import Actor
from server.kernel.perform import reading
from server.people.model import Person
from server.scoring import presets
from server.scoring.model_library import Scheme
from server.stores.model import Store
from tests.web.company_of_shops import Shops

CHEF, SALES = (derived_id("shops", "score post", code) for code in ("chef", "sales"))
WEIGHED = ("complaints", "dishes", "punctuality", "politeness", "training_participation", "hygiene")


def scored_by(shops: Shops) -> dict[str, str]:
    """The pages by their names in the pictures."""
    scheme_id, company = measured(shops), shops.company
    with reading(company.db, Actor.system()) as session:
        person = session.get_one(Person, next(iter(company.people.values()))).number
        store = session.get_one(Store, next(iter(company.stores.values()))).number
    month = company.today().isoformat()[:7]
    asked = f"unit=%25&person={person}&store={store}&month={month}"
    return {
        "score-metrics": "/console/scores/metrics",
        "score-metric": f"/console/scores/metrics/{derived_id('metric', 'dish_quality')}",
        "score-metric-new": "/console/scores/metrics/new",
        "score-formula": f"/console/scores/formula?formula=round(share(complaints,+dishes),+1)&{asked}",
        "score-schemes": "/console/scores/schemes",
        "score-scheme": f"/console/scores/schemes/{scheme_id}",
    }


def measured(shops: Shops) -> str:
    """The id of the chef's scheme; made when it is not there yet."""
    company = shops.company
    scheme_id = derived_id("scheme", "chef", CHEF)
    with reading(company.db, Actor.system()) as session:
        if session.get(Scheme, scheme_id) is not None:
            return scheme_id
    presets.ensure(company.db, company.now(), company.settings.secret)
    company.must(DefinePost(post_id=CHEF, code="chef", name_zh="驻店厨师", name_en="Store chef"))
    company.must(DefinePost(post_id=SALES, code="sales", name_zh="销售代表", name_en="Sales representative"))
    for code in WEIGHED:
        company.must(ActivateMetric(metric_id=derived_id("metric", code)))
    first = company.today().replace(day=1)
    for preset, post in zip(presets.scheme_presets()[:2], (CHEF, SALES), strict=True):
        with reading(company.db, Actor.system()) as session:
            steps = presets.to_take(session, preset, post_id=post, from_day="2026-01-01", reason="年度方案")
        for step in steps:
            company.must(step)
    following = (first + dt.timedelta(days=32)).replace(day=1).isoformat()
    lines = [
        Weighed(metric="dish_quality", owner="store", weight="45"),
        Weighed(metric="complaint_rate", owner="store", weight="25", target="1.8"),
        Weighed(metric="new_dishes", owner="hq", weight="30", missing="zero"),
    ]
    company.must(SetWeights(
        version_id=new_id(), scheme_id=scheme_id, from_day=following, lines=lines, reason="四季度更看重客诉",
    ))  # fmt: skip
    stores = list(company.stores.values())
    company.must(SetStoreChannel(store_id=stores[-1], channel="online"))
    person = next(iter(company.people.values()))
    days = {"from_day": first.isoformat(), "to_day": company.today().isoformat()}
    said = [
        IndicatorValue(indicator=code, person_id=person, value=value, n=int(value), **days)
        for code, value in (("complaints", "5"), ("dishes", "200"))
    ]
    company.must(RecordValues(batch_id=new_id(), values=said, source="POS 导入"))
    return scheme_id
