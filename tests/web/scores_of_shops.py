"""Shops that are scored: a lenient rater among linked ones, metrics that are flat or alike, a frozen review."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.growth import DefineIndicator, IndicatorValue, RecordValues
from contract.ids import derived_id, new_id
from contract.metrics import ActivateMetric, DefineMetric, DefineScheme, SetWeights, Weighed
from contract.people import Hire
from contract.score_quality import MakeScoreReview
from server.kernel.actors import Actor
from server.kernel.bulk import insert_many
from server.kernel.db import table_of
from server.kernel.perform import reading, writing
from server.people.model import Person
from server.scoring.card_model import ScoreCard
from server.scoring.model_library import Metric
from server.scoring.quality_queries import moved
from server.scoring.review_model import ScoreReview
from tests.web.company_of_shops import Shops

METRICS = {
    "shop_smile": ("微笑服务", "Smiling service"), "shop_tidy": ("陈列整洁", "Tidy displays"),
    "shop_clean": ("货架清洁", "Clean shelves"), "shop_present": ("到岗打卡", "Clocked in"),
}  # fmt: skip
SCHEME = derived_id("shops", "quality scheme")
OUTCOME = "shop_sales"


def scored_fairly(shops: Shops) -> dict[str, str]:
    """The pages of fairness and quality with something on them; made when first wanted."""
    company = shops.company
    month = moved(company.today().isoformat()[:7], -1)
    with reading(company.db, Actor.system()) as session:
        review_id = session.scalars(sa.select(ScoreReview.id)).first()
    if review_id is None:
        _made(shops, month)
        with reading(company.db, Actor.system()) as session:
            review_id = session.scalars(sa.select(ScoreReview.id)).one()
    asked = f"from_month={month}&to_month={month}"
    return {
        "score-raters": f"/console/scores/raters?{asked}",
        "score-beside": f"/console/scores/beside?{asked}",
        "score-quality": f"/console/scores/quality?{asked}&outcome={OUTCOME}",
        "score-compare": f"/console/scores/compare?indicator=shop_smile&{asked}",
        "score-suggested": f"/console/scores/suggested/{SCHEME}?{asked}&outcome={OUTCOME}",
        "score-reviews": "/console/scores/reviews",
        "score-review": f"/console/scores/reviews/{review_id}",
    }


def _made(shops: Shops, month: str) -> None:
    company, rng = shops.company, random.Random(11)
    _library(shops)
    stores = list(company.stores.values())[:6]
    with reading(company.db, Actor.system()) as session:
        heads = list(session.scalars(sa.select(Person.id).where(Person.active).order_by(Person.number)))[: len(stores)]
    cards: list[dict[str, Any]] = []
    values: list[IndicatorValue] = []
    first = date.fromisoformat(f"{month}-01")
    last = (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)
    for at, store in enumerate(stores):
        for number in range(6 if at else 4):
            person, able = new_id(), rng.gauss(76, 6)
            company.must(Hire(person_id=person, number=f"Q{at}{number:02d}", name=_NAMES[at * 6 + number], home_org="总部"))
            for where in {at, (at + 1) % len(stores)} if number < 2 else {at}:
                for day in (4, 11, 18, 25):
                    given = min(100.0, round(able + (13 if where == 1 else 0) + rng.gauss(0, 4)))
                    marks = {"shop_smile": given, "shop_tidy": 100.0 if where == 3 else float(round(rng.gauss(78, 6)))}
                    if where == 3:
                        marks["shop_smile"] = 100.0
                    on, late = first + timedelta(days=day), 5 if where == 4 else 0
                    cards.append(_card(heads[where], person, stores[where], on, marks, late))
            tidy, drawn = rng.gauss(0, 1), rng.gauss(0, 1)
            clean = 0.99 * tidy + 0.1 * rng.gauss(0, 1)
            for code, value in {
                "shop_smile": 76 + 7 * drawn, "shop_tidy": 78 + 6 * tidy, "shop_clean": 80 + 6 * clean, "shop_present": 100.0,
                OUTCOME: 52000 + 6000 * drawn + 4000 * rng.gauss(0, 1),
            }.items():
                values.append(IndicatorValue(
                    indicator=code, person_id=person, store_id=store, from_day=first.isoformat(), to_day=last.isoformat(),
                    value=f"{min(100.0, value) if code != OUTCOME else value:.2f}",
                ))  # fmt: skip
    with writing(company.db, Actor.system(), op_id=new_id(), now=company.now()) as session:
        insert_many(session.connection(), table_of(ScoreCard), cards)
    company.must(RecordValues(batch_id=new_id(), values=values, source="scores"))
    company.must(MakeScoreReview(from_month=moved(month, -2), to_month=month))


def _library(shops: Shops) -> None:
    company = shops.company
    company.must(DefineIndicator(indicator_id=new_id(), code=OUTCOME, name_zh="销售额", name_en="Sales", unit="元"))
    with reading(company.db, Actor.system()) as session:
        known = set(session.scalars(sa.select(Metric.code)))
    for code, (zh, en) in METRICS.items():
        if code in known:
            continue
        metric_id, how = new_id(), {"kind": "points", "source": "manager", "rhythm": "week"}
        company.must(DefineMetric(metric_id=metric_id, code=code, name_zh=zh, name_en=en, **how))  # type: ignore[arg-type]
        company.must(ActivateMetric(metric_id=metric_id))
    store = list(company.stores.values())[-1]  # the first one has the scheme of the reports
    company.must(DefineScheme(scheme_id=SCHEME, code="shop_quality", name_zh="样板店方案", name_en="Model shop", store_id=store))
    weights = zip(METRICS, ("40", "30", "20", "10"), strict=True)
    lines = [Weighed(metric=code, owner="store", weight=weight) for code, weight in weights]
    company.must(SetWeights(version_id=new_id(), scheme_id=SCHEME, from_day="2026-01-01", lines=lines, reason="开始"))


def _card(by: str, person: str, store: str, day: date, marks: dict[str, float], late: int) -> dict[str, Any]:
    at = datetime(day.year, day.month, day.day, 8, tzinfo=UTC) + timedelta(days=late)
    kept = [{"metric": code, "value": f"{value:g}", "points": f"{value:g}", "comment": ""} for code, value in marks.items()]
    return {
        "id": new_id(), "person_id": person, "store_id": store, "day": day, "month": f"{day:%Y-%m}", "rater": "manager",
        "rater_id": by, "given": kept, "comment": "", "photos": [], "at": at, "arrived_at": at, "op_id": new_id(), "marks": kept,
        "withdrawn": False, "facts": 0,
    }  # fmt: skip


_FAMILY, _GIVEN = "赵钱孙李周吴郑王冯陈褚卫", "敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英"
_NAMES = [f"{_FAMILY[one % len(_FAMILY)]}{_GIVEN[one % len(_GIVEN)]}{_GIVEN[one * 7 % len(_GIVEN)]}" for one in range(40)]
