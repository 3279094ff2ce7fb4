"""Growth in the shops of the pictures: satisfaction before and after a course, rules, a path, wishes, a promotion."""

from __future__ import annotations

import datetime as dt

from contract.courses import Card, CourseBody, PublishVersion, SaveDraft
from contract.growth import (
    DefineIndicator,
    DefinePath,
    IndicatorValue,
    JoinPath,
    PathCondition,
    PathStage,
    RecordPromotion,
    RecordValues,
    RuleWhen,
    SayWish,
    SetRecommendation,
)
from contract.ids import derived_id, new_id
from contract.imports import ColumnMeant, TakeValues
from contract.learning import RecordCard
from contract.wire import Wire
from server.growth.model import CareerPath
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from tests.web.company_of_shops import Shops

PATH = derived_id("shops", "growth path")
SERVICE, PRODUCTS, LEADING = (derived_id("shops", f"growth course {n}") for n in range(3))
TITLES = {
    SERVICE: ("客户服务技巧", "Customer service skills"), PRODUCTS: ("产品知识进阶", "Product knowledge advanced"),
    LEADING: ("带班入门", "Leading a shift"),
}  # fmt: skip
LEARNERS = {"刘洋": ("55", "74"), "陈静": ("58", "71"), "杨帆": ("61", "80"), "苏婉": ("52", "70")}
OTHERS = {"韩雪": ("57", "60"), "马超": ("63", "61"), "林娜": ("60", "64")}


def _by(shops: Shops, person_id: str, operation: Wire, role: str = "employee") -> None:
    company = shops.company
    who = Actor.person(person_id, new_id(), [(role, None)])
    done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done


def _stage(key: str, zh: str, en: str, first: int, last: int, courses: list[str], *conditions: PathCondition) -> PathStage:
    return PathStage(
        key=key, title_zh=zh, title_en=en, from_month=first, to_month=last, courses=courses, conditions=list(conditions)
    )


def _file(person_id: str, today: dt.date) -> TakeValues:
    """A month's complaints out of a file of the ERP."""
    last = today.replace(day=1) - dt.timedelta(days=1)
    value = IndicatorValue(
        indicator="complaint_share", person_id=person_id, from_day=last.replace(day=1).isoformat(), to_day=last.isoformat(),
        value="1.2",
    )  # fmt: skip
    columns = {"员工编号": "person", "统计月份": "month", "投诉率(%)": "value:complaint_share"}
    return TakeValues(
        batch_id=new_id(), values=[value], source="ERP", file="投诉 2026-10.xlsx", sha256="0" * 64, headings="0" * 64, lines=3,
        left_out=2, columns=[ColumnMeant(heading=heading, meaning=meaning) for heading, meaning in columns.items()],
    )  # fmt: skip


def grown(shops: Shops) -> dict[str, str]:
    """The pages of growth with something on them; made when first wanted."""
    company = shops.company
    somebody = company.people["刘洋"]
    found = {
        "growth-effects": "/console/growth/effects",
        "growth-effect": f"/console/growth/effects/{SERVICE}?indicator=satisfaction",
        "growth-rules": f"/console/growth/rules?rule={derived_id('shops', 'low')}",
        "growth-indicators": "/console/growth/indicators",
        "growth-imports": "/console/growth/imports",
        "growth-paths": f"/console/growth/paths?path={PATH}",
        "growth-people": "/console/growth/people",
        "growth-person": f"/console/growth/people/{somebody}",
        "growth-preview": f"/console/growth/rules/preview?kind=indicator&indicator=satisfaction&line=65&course={PRODUCTS}",
    }
    with reading(company.db, Actor.system()) as session:
        if session.get(CareerPath, PATH) is not None:
            return found
    today = company.today()
    for course_id, (zh, en) in TITLES.items():
        card = Card(key="one", kind="text", zh="先听完，再回答。", en="Listen first.")
        body = CourseBody(title_zh=zh, title_en=en, cards=[card])
        version = derived_id("shops", course_id)
        draft = SaveDraft(course_id=course_id, version_id=version, code=f"g-{course_id[-6:]}", body=body)
        _by(shops, somebody, draft, "hr")
        _by(shops, somebody, PublishVersion(version_id=version, reason="首次发布"), "hr")
    named = {"name_zh": "顾客满意度", "name_en": "Customer satisfaction"}
    company.must(DefineIndicator(indicator_id=derived_id("shops", "satisfaction"), code="satisfaction", **named))
    named = {"name_zh": "投诉率", "name_en": "Complaints", "unit": "%", "better": "lower"}
    company.must(DefineIndicator(indicator_id=derived_id("shops", "complaints"), code="complaint_share", **named))  # type: ignore[arg-type]
    values = []
    for number, said in enumerate((0, 1)):
        last = today + dt.timedelta(days=-1 if said == 0 else 14)
        for name, pair in {**LEARNERS, **OTHERS}.items():
            if name in company.people:
                values.append(
                    IndicatorValue(
                        indicator="satisfaction", person_id=company.people[name], value=pair[number], n=40 + number,
                        from_day=(last - dt.timedelta(days=13)).isoformat(), to_day=last.isoformat(),
                    )
                )  # fmt: skip
    company.must(RecordValues(batch_id=new_id(), values=values, source="顾客问卷"))
    company.must(_file(company.people["刘洋"], today))
    for name in LEARNERS:
        if name in company.people:
            read = RecordCard(
                event_id=new_id(), course_id=SERVICE, version_id=derived_id("shops", SERVICE), card="one", event="finished"
            )
            _by(shops, company.people[name], read)
    low = RuleWhen(kind="indicator", indicator="satisfaction", below="62")
    company.must(SetRecommendation(rule_id=derived_id("shops", "low"), code="low", when=low, course_id=PRODUCTS))
    company.must(
        DefinePath(
            path_id=PATH, code="sales", name_zh="门店销售", name_en="Sales", reason="与各店长商定",
            stages=[
                _stage("one", "入门", "Beginner", 1, 3, [SERVICE], PathCondition(kind="months", months=3)),
                _stage(
                    "two", "独立", "On one's own", 4, 6, [PRODUCTS],
                    PathCondition(kind="indicator", indicator="satisfaction", line="80"),
                ),
                _stage("three", "带班", "Leading", 7, 12, [LEADING]),
            ],
        )
    )  # fmt: skip
    for name, days in (("刘洋", 110), ("陈静", 40)):
        since = (today - dt.timedelta(days=days)).isoformat()
        company.must(JoinPath(member_id=new_id(), person_id=company.people[name], path_id=PATH, from_day=since))
    _by(shops, somebody, SayWish(wish_id=new_id(), wish="promotion", path_id=PATH, note="想带一个班组。"))
    _by(shops, company.people["杨帆"], SayWish(wish_id=new_id(), wish="other_store", note="离家近一点。"))
    promoted = RecordPromotion(
        promotion_id=new_id(), person_id=somebody, path_id=PATH, from_day=today.isoformat(), reason="业绩突出"
    )
    company.must(promoted)
    return found
