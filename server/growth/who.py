"""Whom a rule finds now: by post, by the newest value of an indicator (what only month reports know: by the newest of those), by
how a quiz went; later areas add kinds of rules. Asked
of the tables themselves, past any scope: what is recommended to somebody must not depend on who happens to look."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Mapping
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.growth import RuleWhen
from server.growth import reported
from server.growth.model import Indicator, IndicatorValue
from server.growth.rules import recommending
from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.learning.model import Progress
from server.learning.queries import audience_of, standings, titles
from server.org.model import HomeStay, Post
from server.org.queries import company_day
from server.people.model import Person, PersonStore
from server.postings.model import Posting

_value, _indicator, _person = table_of(IndicatorValue), table_of(Indicator), table_of(Person)
_stay, _home, _posting, _post = table_of(PersonStore), table_of(HomeStay), table_of(Posting), table_of(Post)
_progress = table_of(Progress)


Facts = dict[str, dict[str, str]]  # person -> the facts of the reason
Finder = Callable[[ScopedSession, RuleWhen, Collection[str] | None, datetime], Facts]
# a code and a field where a rule's `when` names something there is not
Check = Callable[[ScopedSession, RuleWhen], recommending.RuleFault | None]


class Kind(NamedTuple):
    """A kind of rule: whom it finds, and whether what it names is there."""

    find: Finder
    check: Check


ADDED: dict[str, Kind] = {}


def add_kind(kind: str, find: Finder, check: Check) -> None:
    """A kind of rule that a later area knows how to answer (feedback: tickets)."""
    ADDED[kind] = Kind(find, check)


class Newest(NamedTuple):
    """The newest value somebody is judged by, with its last and first day."""

    to_day: date
    from_day: date
    value: Decimal


def found_by_rule(
    session: ScopedSession, when: RuleWhen, course_id: str, people: Collection[str] | None, now: datetime
) -> dict[str, dict[str, str]]:
    """person -> the facts of the reason, of everybody (None) or these people, to whom the course is to be recommended now: the
    rule holds, the course is open and for them, and they have not settled it."""
    title = titles(session, [course_id]).get(course_id)
    if title is None or not title.is_open:
        return {}
    finders: dict[str, Finder] = {"post": _by_post, "indicator": _by_indicator, "quiz": _by_quiz}
    find = finders[when.kind] if when.kind in finders else ADDED[when.kind].find
    found = find(session, when, people, now)
    if not found:
        return {}
    settled = {
        person_id for (person_id, _), one in standings(session, list(found), [course_id]).items() if one.settled_ms is not None
    }
    left = set(found) - settled
    left &= audience_of(session, course_id, company_day(now), among=sorted(left))
    active = session.connection().execute(sa.select(_person.c.id).where(within(_person.c.id, sorted(left)), _person.c.active))
    return {person_id: found[person_id] for person_id in sorted(active.scalars())}


def _by_post(session: ScopedSession, when: RuleWhen, people: Collection[str] | None, now: datetime) -> dict[str, dict[str, str]]:
    row = session.connection().execute(sa.select(_post.c.name_zh, _post.c.name_en).where(_post.c.id == when.post_id)).first()
    if row is None:
        return {}
    facts = {"post_zh": row.name_zh, "post_en": row.name_en}
    at_home = sa.select(_home.c.person_id).where(_home.c.post_id == when.post_id, *_on(_home.c.from_day, _home.c.until, now))
    posted = sa.select(_posting.c.person_id).where(
        _posting.c.post_id == when.post_id, *_at(_posting.c.starts_at, _posting.c.ends_at, now)
    )
    found: dict[str, dict[str, str]] = {}
    for asked, column in ((at_home, _home.c.person_id), (posted, _posting.c.person_id)):
        narrowed = asked if people is None else asked.where(within(column, people))
        found |= dict.fromkeys(session.connection().execute(narrowed).scalars(), facts)
    return found


def _by_indicator(
    session: ScopedSession, when: RuleWhen, people: Collection[str] | None, now: datetime
) -> dict[str, dict[str, str]]:
    asked = sa.select(_indicator).where(_indicator.c.code == when.indicator)
    indicator = session.connection().execute(asked).first()
    reckoned = reported.newest(session, when.indicator or "", people)
    named, values = indicator or reckoned, {} if reckoned is None else dict(reckoned.values)
    if indicator is not None:
        told = newest_values(session, indicator.id, people, now)
        values |= {person_id: one.value for person_id, one in told.items()}
    return {} if named is None else _past_the_line(when, named.name_zh, named.name_en, named.unit, values)


def _past_the_line(when: RuleWhen, name_zh: str, name_en: str, unit: str, values: Mapping[str, Decimal]) -> Facts:
    line = when.below if when.below is not None else when.above
    named = {"indicator_zh": name_zh, "indicator_en": name_en, "line": f"{line}{unit}"}
    return {
        person_id: {**named, "value": f"{value:f}{unit}"}
        for person_id, value in values.items()
        if recommending.is_past_the_line(when, value)
    }


def newest_values(
    session: ScopedSession, indicator_id: str, people: Collection[str] | None, now: datetime
) -> dict[str, Newest]:
    """person -> the newest value of an indicator that counts for them: their own; without one that of a store they work at."""
    own = sa.select(_value.c.person_id, sa.func.max(_value.c.to_day)).where(_value.c.person_id.is_not(None))
    shops = sa.select(_value.c.store_id, sa.func.max(_value.c.to_day)).where(_value.c.person_id.is_(None))
    if people is not None:
        own = own.where(within(_value.c.person_id, people))
    by_person = _newest(session, own, indicator_id, _value.c.person_id)
    by_store = _newest(session, shops, indicator_id, _value.c.store_id)
    found: dict[str, Newest] = {}
    if by_store:
        for person_id, store_id in at_stores(session, sorted(by_store), people, now):
            one = by_store[store_id]
            found[person_id] = max(found.get(person_id, one), one)
    return found | by_person


def _newest(session: ScopedSession, last: Any, indicator_id: str, whose: Any) -> dict[str, Newest]:
    """Of the rows of each one's last day the one of fewest days."""
    last = last.where(_value.c.indicator_id == indicator_id).group_by(whose).subquery()
    key, day = last.c
    asked = sa.select(whose, _value.c.to_day, _value.c.from_day, _value.c.value).where(
        _value.c.indicator_id == indicator_id, whose == key, _value.c.to_day == day
    )
    if whose.name == "store_id":
        asked = asked.where(_value.c.person_id.is_(None))
    found: dict[str, Newest] = {}
    for an_id, to_day, from_day, value in session.connection().execute(asked):
        one = Newest(to_day, from_day, Decimal(value))
        found[an_id] = max(found.get(an_id, one), one)
    return found


def working_at(session: ScopedSession, stores: Collection[str], now: datetime) -> set[str]:
    """Who works at one of these stores at a moment: posted or lent there, or at home in it."""
    return {person_id for person_id, _ in at_stores(session, stores, None, now)}


def at_stores(
    session: ScopedSession, stores: Collection[str], people: Collection[str] | None, now: datetime
) -> Iterable[tuple[str, str]]:
    """(person, store) of everybody (None) or these people who work at one of these stores at a moment."""
    posted = sa.select(_stay.c.person_id, _stay.c.store_id).where(
        within(_stay.c.store_id, stores), *_at(_stay.c.from_at, _stay.c.until_at, now)
    )
    at_home = sa.select(_home.c.person_id, _home.c.unit_id).where(
        within(_home.c.unit_id, stores), *_on(_home.c.from_day, _home.c.until, now)
    )
    for asked, column in ((posted, _stay.c.person_id), (at_home, _home.c.person_id)):
        narrowed = asked if people is None else asked.where(within(column, people))
        yield from ((person_id, store_id) for person_id, store_id in session.connection().execute(narrowed))


def _by_quiz(session: ScopedSession, when: RuleWhen, people: Collection[str] | None, _now: datetime) -> dict[str, dict[str, str]]:
    quiz_id = when.quiz_course_id or ""
    title = titles(session, [quiz_id]).get(quiz_id)
    if title is None:
        return {}
    asked = sa.select(_progress.c.person_id, _progress.c.failed, _progress.c.passed_at, _progress.c.grade).where(
        _progress.c.course_id == quiz_id, _progress.c.grade.is_not(None)
    )
    if people is not None:
        asked = asked.where(within(_progress.c.person_id, people))
    named = {"quiz_zh": title.zh or title.en, "quiz_en": title.en or title.zh, "line": f"{when.percent_below}"}
    return {
        row.person_id: {**named, "percent": str(row.grade)}
        for row in session.connection().execute(asked)
        if recommending.did_badly(when, failed=row.failed, passed=row.passed_at is not None, grade=row.grade)
    }


def posts_on(session: ScopedSession, people: Collection[str]) -> Mapping[str, list[tuple[date, date | None, str]]]:
    """person -> (from a day, up to a day, post) of their postings and homes that have one, postings first."""
    found: dict[str, list[tuple[date, date | None, str]]] = {}
    for table, first, until in (
        (_posting, _posting.c.starts_on, _posting.c.ends_on),
        (_home, _home.c.from_day, _home.c.until),
    ):
        asked = sa.select(table.c.person_id, first, until, table.c.post_id).where(
            within(table.c.person_id, people), table.c.post_id.is_not(None)
        )
        for person_id, from_day, to_day, post_id in session.connection().execute(asked):
            found.setdefault(person_id, []).append((from_day, to_day, post_id))
    return found


def _at(first: Any, until: Any, now: datetime) -> tuple[Any, Any]:
    return first <= now, sa.or_(until.is_(None), until > now)


def _on(first: Any, until: Any, now: datetime) -> tuple[Any, Any]:
    day = company_day(now)
    return first <= day, sa.or_(until.is_(None), until > day)


