"""The demo's growth: what is measured at the first store, the two ready rules that recommend, three paths. By operations."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from contract.growth import (
    DefineIndicator,
    DefinePath,
    IndicatorValue,
    JoinPath,
    PathCondition,
    PathStage,
    RecordValues,
    RuleWhen,
    SetRecommendation,
)
from contract.ids import derived_id
from contract.wire import Wire
from server.growth.model import CareerPath
from server.growth.who import working_at
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import reading
from server.learning.model import Course
from server.stores.model import Store

SERVICE, PRODUCTS, ADVANCED, COMPLAINTS, HYGIENE = "service-201", "product-101", "product-201", "complaints-101", "hygiene-101"
LINE = "60"
VALUES = ("55", "72", "64", "81", "58", "77")  # of the first store's people, in the order of their ids
PATHS = (
    ("sales", "门店销售", "Sales", (HYGIENE,), (PRODUCTS,), (SERVICE,)),
    ("store-manager", "店长", "Store manager", (SERVICE,), (COMPLAINTS,), (ADVANCED,)),
    ("region-manager", "区域经理", "Region manager", (COMPLAINTS,), (ADVANCED,), (HYGIENE,)),
)
STAGES = (("one", "入门", "Beginner", 1, 3), ("two", "独立", "On one's own", 4, 6), ("three", "带人", "Leading others", 7, 12))
As = Callable[[str, Wire, str], object]


def grow(db: Database, stores: Sequence[Store], now: datetime, today: date, hr_id: str, do_as: As) -> None:
    """All of it, once. `do_as(person, operation, op_id)` performs and fails loudly."""
    with reading(db, Actor.system()) as session:
        if session.scalars(sa.select(CareerPath.id).limit(1)).first() is not None:
            return
        course = {row.code: row.id for row in session.scalars(sa.select(Course).where(Course.number > 0))}
        people = sorted(working_at(session, [stores[0].id], now))

    def does(operation: Wire, *name: str) -> None:
        do_as(hr_id, operation, derived_id("demo", "growth", *name))

    satisfied = DefineIndicator(
        indicator_id=derived_id("demo", "satisfaction"), code="satisfaction", name_zh="顾客满意度",
        name_en="Customer satisfaction",
    )  # fmt: skip
    does(satisfied, "indicator")
    low = RuleWhen(kind="indicator", indicator="satisfaction", below=LINE)
    failed = RuleWhen(kind="quiz", quiz_course_id=course[PRODUCTS])
    for code, when, about in (("satisfaction-low", low, SERVICE), ("product-failed", failed, ADVANCED)):
        rule_id = derived_id("demo", "rule", code)
        does(SetRecommendation(rule_id=rule_id, code=code, when=when, course_id=course[about]), "rule", code)
    first = (today.replace(day=1) - timedelta(days=1)).replace(day=1)
    last = today.replace(day=1) - timedelta(days=1)
    values = [
        IndicatorValue(
            indicator="satisfaction", person_id=person, from_day=first.isoformat(), to_day=last.isoformat(), value=value, n=40
        )
        for person, value in zip(people, VALUES, strict=False)
    ]
    if values:
        does(RecordValues(batch_id=_born("values"), values=values, source="顾客问卷"), "values")
    for code, zh, en, *courses in PATHS:
        stages = [_stage(number, [course[one] for one in those]) for number, those in enumerate(courses)]
        path = DefinePath(
            path_id=derived_id("demo", "path", code), code=code, name_zh=zh, name_en=en, stages=stages, reason="demo"
        )
        does(path, "path", code)
    for number, person in enumerate(people[:2]):
        since = (today - timedelta(days=100 - 60 * number)).isoformat()
        sales = derived_id("demo", "path", "sales")
        joins = JoinPath(member_id=_born(f"member {number}"), person_id=person, path_id=sales, from_day=since)
        does(joins, "member", str(number))


def _stage(number: int, courses: list[str]) -> PathStage:
    key, zh, en, first, last = STAGES[number]
    conditions = [PathCondition(kind="months", months=last - first + 1)]
    if number:
        conditions.append(PathCondition(kind="indicator", indicator="satisfaction", line="70"))
    return PathStage(
        key=key, title_zh=zh, title_en=en, from_month=first, to_month=last, courses=courses, conditions=conditions
    )


def _born(name: str) -> str:
    """An id as a console gives birth to one, derived from what it names."""
    found = derived_id("demo", "growth", name)
    return f"{found[:14]}7{found[15:]}"
