"""Where people stand on their paths, and what they wish, made anew of what there is: the row on devices and on HR's list."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date, datetime
from typing import Any, NamedTuple

import msgspec
import sqlalchemy as sa

from contract.growth import CareerRow, PathStage
from contract.ids import derived_id, new_id
from contract.moments import to_ms
from contract.wire import convert
from server.growth.model import Career, CareerPath, CareerWish, Indicator, PathMember, Promotion
from server.growth.rules import careers
from server.growth.who import newest_values
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession, table_of
from server.kernel.perform import Work, reading, writing
from server.kernel.sets import within
from server.learning.queries import standings, titles
from server.org.queries import company_day
from server.people.model import Person
from server.postings.life import with_reach

AT_ONCE = 200  # people in one transaction of the daily look
_ENCODE = msgspec.json.Encoder(order="deterministic")
_career, _member, _wish = table_of(Career), table_of(PathMember), table_of(CareerWish)


class _Facts(NamedTuple):
    """What the careers of some people follow from."""

    members: dict[str, PathMember]
    wishes: dict[str, CareerWish]
    promoted: dict[str, date]
    paths: dict[str, CareerPath]
    stages: dict[str, list[PathStage]]
    courses: dict[str, dict[str, careers.CourseFact]]
    indicators: dict[str, dict[str, careers.IndicatorFact]]


def stages_of(path: CareerPath) -> list[PathStage]:
    """A path's stages as they are on the wire."""
    found: list[PathStage] = convert(path.stages, list[PathStage])
    return found


def refresh(work: Work, people: Collection[str]) -> int:
    """Make the careers of these people what they are now. Answers how many are others than before.

    Reaches beyond the actor: what follows of an attempt or a value is not for them to see.
    """
    if not people:
        return 0
    with with_reach(work) as wide:
        return refresh_some(wide.session, sorted(people), wide.now)


def refresh_some(session: ScopedSession, people: Sequence[str], now: datetime) -> int:
    """The same; `session` reaches every row."""
    rows = careers_now(session, people, now)
    held = {row.person_id: row for row in session.scalars(sa.select(Career).where(within(Career.person_id, people)))}
    changed = 0
    for person_id in people:
        row, was = rows.get(person_id), held.get(person_id)
        if row is None:
            if was is not None:
                session.delete(was)
                changed += 1
            continue
        values = _columns(row[0], row[1])
        if was is None:
            session.add(Career(id=row[0].id, person_id=person_id, **values))
        elif was.body != values["body"]:
            for name, value in values.items():
                setattr(was, name, value)
        else:
            continue
        changed += 1
    session.flush()
    return changed


def _columns(row: CareerRow, wish_path_id: str | None) -> dict[str, Any]:
    return {
        "path_id": row.path_id, "month": row.month, "missing": len(row.missing_zh), "wish": row.wish,
        "wish_path_id": wish_path_id, "wished_ms": row.wished_ms or 0, "body": _ENCODE.encode(row).decode(),
    }  # fmt: skip


def careers_now(session: ScopedSession, people: Sequence[str], now: datetime) -> dict[str, tuple[CareerRow, str | None]]:
    """person -> where they stand, and the path their wish names; without those who follow none, wish nothing and were never
    promoted."""
    facts = _gather(session, people, now)
    today = company_day(now)
    found: dict[str, tuple[CareerRow, str | None]] = {}
    for person_id in people:
        member, wish = facts.members.get(person_id), facts.wishes.get(person_id)
        promoted = facts.promoted.get(person_id)
        if member is None and wish is None and promoted is None:
            continue
        row = CareerRow(
            id=derived_id("career", person_id), person_id=person_id, promoted_on=promoted.isoformat() if promoted else None
        )
        if wish is not None:
            row = msgspec.structs.replace(row, wish=wish.wish, wish_note=wish.note, wished_ms=to_ms(wish.said_at))
        if member is not None:
            path = facts.paths[member.path_id]
            stands = careers.standing(
                facts.stages[path.id], careers.month_of(member.from_day, today), facts.courses.get(person_id, {}),
                facts.indicators.get(person_id, {}),
            )  # fmt: skip
            row = msgspec.structs.replace(
                row, path_id=path.id, name_zh=path.name_zh, name_en=path.name_en, month=stands.month, stages=stands.stages,
                missing_zh=stands.missing_zh, missing_en=stands.missing_en,
            )  # fmt: skip
        found[person_id] = (row, wish.path_id if wish is not None else None)
    return found


def _gather(session: ScopedSession, people: Sequence[str], now: datetime) -> _Facts:
    today = company_day(now)
    members: dict[str, PathMember] = {}
    running = sa.or_(PathMember.until.is_(None), PathMember.until > today)
    asked = sa.select(PathMember).where(within(PathMember.person_id, people), running).order_by(PathMember.from_day.desc())
    for member in session.scalars(asked):
        members[member.person_id] = member  # of one that ends and one to come: the one that runs, which begins first
    wishes: dict[str, CareerWish] = {}
    said = sa.select(CareerWish).where(within(CareerWish.person_id, people)).order_by(CareerWish.said_at, CareerWish.id)
    for wish in session.scalars(said):
        wishes[wish.person_id] = wish
    last = sa.select(Promotion.person_id, sa.func.max(Promotion.from_day)).where(within(Promotion.person_id, people))
    promoted = {row[0]: row[1] for row in session.execute(last.group_by(Promotion.person_id))}
    ids = {member.path_id for member in members.values()}
    paths = {path.id: path for path in session.scalars(sa.select(CareerPath).where(within(CareerPath.id, sorted(ids))))}
    stages = {path_id: stages_of(path) for path_id, path in paths.items()}
    on_paths = sorted(members)
    courses = _courses(session, on_paths, [one for kept in stages.values() for one in kept])
    indicators = _indicators(session, on_paths, [one for kept in stages.values() for one in kept], now)
    return _Facts(members, wishes, promoted, paths, stages, courses, indicators)


def _courses(
    session: ScopedSession, people: Sequence[str], stages: Sequence[PathStage]
) -> dict[str, dict[str, careers.CourseFact]]:
    ids = {course_id for stage in stages for course_id in stage.courses}
    ids |= {one.course_id for stage in stages for one in stage.conditions if one.course_id is not None}
    if not ids:
        return {}
    named, stand = titles(session, sorted(ids)), standings(session, people, sorted(ids))
    found: dict[str, dict[str, careers.CourseFact]] = {}
    for person_id in people:
        for course_id, title in named.items():
            one = stand.get((person_id, course_id))
            found.setdefault(person_id, {})[course_id] = careers.CourseFact(
                title.zh or title.en, title.en or title.zh, one is not None and one.settled_ms is not None,
                one is not None and one.passed_ms is not None, one.grade if one is not None else None,
            )  # fmt: skip
    return found


def _indicators(
    session: ScopedSession, people: Sequence[str], stages: Sequence[PathStage], now: datetime
) -> dict[str, dict[str, careers.IndicatorFact]]:
    codes = {one.indicator for stage in stages for one in stage.conditions if one.indicator is not None}
    found: dict[str, dict[str, careers.IndicatorFact]] = {}
    for indicator in session.scalars(sa.select(Indicator).where(Indicator.code.in_(sorted(codes)))) if codes else ():
        newest = newest_values(session, indicator.id, people, now)
        for person_id in people:
            value = newest[person_id].value if person_id in newest else None
            found.setdefault(person_id, {})[indicator.code] = careers.IndicatorFact(
                indicator.name_zh, indicator.name_en, indicator.unit, indicator.better, value  # type: ignore[arg-type]
            )
    return found


def followers(session: ScopedSession, people: Collection[str] | None = None) -> list[str]:
    """Who has or should have a career row: whoever follows a path, or has one. Of everybody or of these people."""
    asked = [sa.select(_member.c.person_id), sa.select(_career.c.person_id), sa.select(_wish.c.person_id)]
    if people is not None:
        asked = [one.where(within(one.selected_columns[0], people)) for one in asked]
    first, *others = asked
    return sorted(session.connection().execute(first.union(*others)).scalars())


def keep_careers(db: Database, now: datetime) -> int:
    """Once a day, in small transactions: months turn by themselves. Answers how many careers are others now; asking again changes
    nothing."""
    with reading(db, Actor.system()) as session:
        people = followers(session)
        today_active = set(session.scalars(sa.select(Person.id).where(within(Person.id, people), Person.active)))
    changed = 0
    for start in range(0, len(people), AT_ONCE):
        part = [one for one in people[start : start + AT_ONCE] if one in today_active]
        with writing(db, Actor.system(), op_id=new_id(), now=now) as session:
            changed += refresh_some(session, part, now)
    return changed
