"""Lists of growth: indicators and their values, rules, what is recommended, paths, and who stands where and wishes what."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from contract.growth import CareerRow, PathRow, PathStage, RecommendationRow, RuleWhen
from contract.growth_views import (
    CareerLine,
    CareerPaths,
    Careers,
    IndicatorRow,
    Indicators,
    Recommendations,
    RecommendedQuery,
    ValueLine,
    ValueQuery,
    Values,
    WishQuery,
)
from contract.growth_views import RecommendationRule as RuleLine
from contract.growth_views import RecommendationRules as RuleLines
from contract.ids import derived_id
from contract.moments import to_ms
from contract.wire import convert, decode
from server.growth import recommending, who
from server.growth.model import (
    Career,
    CareerPath,
    Indicator,
    IndicatorValue,
    PathMember,
    Promotion,
    Recommendation,
    RecommendationRule,
)
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.paging import page_of
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.learning.model import Course
from server.learning.queries import titles
from server.people.model import Person
from server.stores.model import Store

MOST_PREVIEWED = 50


def indicators(session: ScopedSession) -> Indicators:
    """All indicators by code, with how many values of each the reader sees."""
    counted = sa.select(IndicatorValue.indicator_id, sa.func.count(), sa.func.max(IndicatorValue.to_day))
    known = {row[0]: (row[1], row[2]) for row in session.execute(counted.group_by(IndicatorValue.indicator_id))}
    rows = []
    for one in session.scalars(sa.select(Indicator).order_by(Indicator.code)):
        values, newest = known.get(one.id, (0, None))
        rows.append(
            IndicatorRow(
                id=one.id, code=one.code, name_zh=one.name_zh, name_en=one.name_en, unit=one.unit,
                better=one.better, values=values, newest=newest.isoformat() if newest is not None else None,  # type: ignore[arg-type]
            )
        )  # fmt: skip
    return Indicators(items=rows)


def values(session: ScopedSession, asked: ValueQuery) -> Values:
    """Values the reader may see, the newest first."""
    found = (
        sa.select(IndicatorValue, Indicator.code, Person.name.label("person"), Store.name.label("store"))
        .join(Indicator, Indicator.id == IndicatorValue.indicator_id)
        .outerjoin(Person, Person.id == IndicatorValue.person_id)
        .outerjoin(Store, Store.id == IndicatorValue.store_id)
    )
    if asked.indicator is not None:
        found = found.where(Indicator.code == asked.indicator)
    if asked.person_id is not None:
        found = found.where(IndicatorValue.person_id == asked.person_id)
    if asked.store_id is not None:
        found = found.where(IndicatorValue.store_id == asked.store_id)
    keys = (IndicatorValue.to_day, IndicatorValue.id)
    rows, cursor = page_of(session, found, keys, limit=asked.limit, cursor=asked.cursor, descending=True)
    lines = []
    for row in rows:
        value: IndicatorValue = row[0]
        lines.append(
            ValueLine(
                indicator=row.code, person_id=value.person_id, store_id=value.store_id,
                name=(row.person if value.person_id is not None else row.store) or "", from_day=value.from_day.isoformat(),
                to_day=value.to_day.isoformat(), value=value.value, n=value.n, source=value.source,
                batch_id=value.batch_id,
            )
        )  # fmt: skip
    return Values(items=lines, next_cursor=cursor)


def rules(session: ScopedSession) -> RuleLines:
    """All rules by code, and to how many of the people the reader sees each recommends its course now."""
    rows = session.scalars(sa.select(RecommendationRule).order_by(RecommendationRule.code)).all()
    named = titles(session, sorted({row.course_id for row in rows}))
    people = recommending.counted(session, [row.id for row in rows])
    return RuleLines(
        items=[
            RuleLine(
                id=row.id, code=row.code, when=recommending.when_of(row), course_id=row.course_id,
                title_zh=named[row.course_id].zh or named[row.course_id].en,
                title_en=named[row.course_id].en or named[row.course_id].zh, why_zh=row.why_zh, why_en=row.why_en,
                active=row.active, people=people.get(row.id, 0),
            )
            for row in rows
        ]
    )  # fmt: skip


def would_recommend(session: ScopedSession, when: RuleWhen, course_id: str, now: datetime) -> tuple[int, list[str]]:
    """To how many a rule would recommend its course now, and the first of them by name, as far as the reader may know them."""
    found = who.found_by_rule(session, when, course_id, None, now)
    asked = sa.select(Person.name).where(within(Person.id, sorted(found))).order_by(Person.name_key).limit(MOST_PREVIEWED)
    return len(found), list(session.scalars(asked))


def recommended(session: ScopedSession, asked: RecommendedQuery) -> Recommendations:
    """What is recommended to somebody, to those who work at a store, or (neither) to oneself."""
    reader: Actor = session.info["actor"]
    found = sa.select(Recommendation, RecommendationRule.code, RecommendationRule.kind).join(
        RecommendationRule, RecommendationRule.id == Recommendation.rule_id
    )
    if asked.store_id is not None:
        people = who.working_at(session, [asked.store_id], reader.now) if reader.now is not None else set()
        found = found.where(within(Recommendation.person_id, sorted(people)))
    if asked.person_id is not None or asked.store_id is None:
        found = found.where(Recommendation.person_id == (asked.person_id or reader.person_id))
    rows = session.execute(found.order_by(Recommendation.person_id, Recommendation.since, Recommendation.id)).all()
    named = titles(session, sorted({row[0].course_id for row in rows}))
    return Recommendations(
        items=[
            RecommendationRow(
                id=row.id, person_id=row.person_id, course_id=row.course_id, title_zh=named[row.course_id].zh,
                title_en=named[row.course_id].en, rule=code, kind=kind,  # type: ignore[arg-type]
                why_zh=row.why_zh, why_en=row.why_en,
                since_ms=to_ms(row.since),
            )
            for row, code, kind in rows
        ]
    )  # fmt: skip


def paths(session: ScopedSession) -> CareerPaths:
    """All paths by code."""
    rows = session.scalars(sa.select(CareerPath).order_by(CareerPath.code))
    return CareerPaths(
        items=[
            PathRow(
                id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, target_post_id=row.target_post_id,
                stages=convert(row.stages, list[PathStage]),
            )
            for row in rows
        ]
    )  # fmt: skip


def career(session: ScopedSession, person_id: str | None) -> CareerRow:
    """Where somebody stands; of whom nothing is known yet, an empty row. Raises Problem of somebody the reader cannot see."""
    reader: Actor = session.info["actor"]
    wanted = person_id or reader.person_id
    if wanted is None or session.get(Person, wanted) is None:
        raise Problem("people.unknown", id=wanted)
    row = session.scalars(sa.select(Career).where(Career.person_id == wanted)).one_or_none()
    return decode(row.body, CareerRow) if row is not None else CareerRow(id=derived_id("career", wanted), person_id=wanted)


def careers(session: ScopedSession, asked: WishQuery) -> Careers:
    """People with a path or a wish, the newest wish first; `path_id`: who follows it or wishes for it."""
    found = sa.select(Career, Person.name).join(Person, Person.id == Career.person_id).where(Person.active)
    if asked.wish is not None:
        found = found.where(Career.wish == asked.wish)
    if asked.path_id is not None:
        found = found.where(sa.or_(Career.path_id == asked.path_id, Career.wish_path_id == asked.path_id))
    keys = (Career.wished_ms, Career.person_id)
    rows, cursor = page_of(session, found, keys, limit=asked.limit, cursor=asked.cursor, descending=True)
    lines = []
    for row in rows:
        body = decode(row[0].body, CareerRow)
        lines.append(
            CareerLine(
                person_id=body.person_id, name=row.name, path_zh=body.name_zh, path_en=body.name_en, month=body.month,
                wish=body.wish, wished_ms=body.wished_ms, missing=len(body.missing_zh), promoted_on=body.promoted_on,
            )
        )  # fmt: skip
    return Careers(items=lines, next_cursor=cursor)


def open_courses(session: ScopedSession) -> list[tuple[str, str, str]]:
    """(id, Chinese title, English title) of the courses one may begin, as far as the reader sees them, by title."""
    asked = sa.select(Course.id, Course.title_zh, Course.title_en).where(Course.number > 0, Course.retired_at.is_(None))
    return sorted(((row[0], row[1] or row[2], row[2] or row[1]) for row in session.execute(asked)), key=lambda one: one[1:])


def memberships(session: ScopedSession, person_id: str) -> list[tuple[PathMember, CareerPath]]:
    """The paths somebody follows or followed, the newest first."""
    asked = sa.select(PathMember, CareerPath).join(CareerPath, CareerPath.id == PathMember.path_id)
    rows = session.execute(asked.where(PathMember.person_id == person_id).order_by(PathMember.from_day.desc()))
    return [(row[0], row[1]) for row in rows]


def promotions(session: ScopedSession, person_id: str) -> list[tuple[Promotion, CareerPath]]:
    """Somebody's promotions with what was missing then, the newest first."""
    asked = sa.select(Promotion, CareerPath).join(CareerPath, CareerPath.id == Promotion.path_id)
    rows = session.execute(asked.where(Promotion.person_id == person_id).order_by(Promotion.from_day.desc()))
    return [(row[0], row[1]) for row in rows]
