"""What courses changed of indicators and month reports, over the people the reader may see: each with the colleagues who can be
compared."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.growth import Better
from contract.growth_views import (
    Effect,
    EffectGroup,
    EffectInReports,
    EffectLine,
    EffectPerson,
    EffectQuery,
    EffectReading,
    Effects,
    EffectsQuery,
    EffectVerdict,
)
from contract.moments import instant
from server.growth import reported
from server.growth.model import Indicator, IndicatorValue
from server.growth.rules import effect as rules
from server.growth.who import posts_on
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.learning.model import Progress
from server.learning.queries import Title, standings, titles
from server.org.queries import company_day
from server.people.model import Person


class _What(NamedTuple):
    """Something that is read of people again and again. `key`: of its readings in the book."""

    key: str
    code: str
    unit: str
    better: Better
    reading: EffectReading = "value"


@dataclass
class _Book:
    """What effects are made of. `readings`: by what is read, then person; `finished`, `begun`: by course."""

    readings: dict[str, dict[str, list[rules.Reading]]] = field(default_factory=dict)
    finished: dict[str, dict[str, date]] = field(default_factory=dict)
    begun: dict[str, set[str]] = field(default_factory=dict)
    posts: Mapping[str, list[tuple[date, date | None, str]]] = field(default_factory=dict)


POINTS = _What("points", "", "", "higher", "points")
COMPOSITE = _What("composite", reported.COMPOSITE, "", "higher", "composite")


class _Measured(NamedTuple):
    """What a course changed of one indicator, in exact figures."""

    what: _What
    taken: dict[str, tuple[date, rules.Pair]]
    compared: dict[str, rules.Pair]
    change: rules.Interval
    difference: rules.Interval | None
    verdict: EffectVerdict
    places: int

    @property
    def revise(self) -> bool:
        return self.verdict in ("revise", "harms")


def effect(session: ScopedSession, asked: EffectQuery) -> Effect:
    """One course and one indicator, or a metric of month reports that has no values of its own; and what month reports say of
    the same people. Raises Problem where there is no such one."""
    title = titles(session, [asked.course_id]).get(asked.course_id)
    if title is None:
        raise Problem("learning.course_unknown", field="course_id", id=asked.course_id)
    what = _named(session, asked.indicator)
    finishers = set(session.scalars(sa.select(Progress.person_id).where(
        Progress.course_id == asked.course_id, Progress.settled_at.is_not(None)
    )))  # fmt: skip
    has_reports = reported.people(session) if finishers else set()
    book = _read(session, [what], [asked.course_id], has_reports)
    if not book.readings.get(what.key) and what.code in reported.metrics(session):
        what = POINTS._replace(code=what.code)
    _read_reports(session, book, asked.course_id, what, has_reports)
    found = _measure(book, asked.course_id, what, asked.days)
    named: dict[str, Any] = {
        "course_id": asked.course_id, "title_zh": title.zh or title.en, "title_en": title.en or title.zh, "indicator": what.code,
        "unit": what.unit, "better": what.better, "reading": what.reading, "days": asked.days,
        "reports": _in_reports(book, asked, what),
    }  # fmt: skip
    if found is None:
        return Effect(
            **named, taken=None, compared=None, difference=None, difference_low=None, difference_high=None, verdict="too_few",
            revise=False, without_values=len(finishers), people=[],
        )  # fmt: skip
    names = _names(session, found.taken)
    places = found.places
    return Effect(
        **named, **_groups(found), verdict=found.verdict, revise=found.revise,
        without_values=len(finishers - set(found.taken)),
        people=[
            EffectPerson(
                person_id=person_id, name=names.get(person_id, ""), finished_on=day.isoformat(),
                before=rules.told(pair.before, places), after=rules.told(pair.after, places),
                change=rules.told(pair.change, places),
            )
            for person_id, (day, pair) in sorted(found.taken.items(), key=lambda one: (names.get(one[0], ""), one[0]))
        ],
    )  # fmt: skip


def _named(session: ScopedSession, code: str) -> _What:
    indicator = session.scalars(sa.select(Indicator).where(Indicator.code == code)).one_or_none()
    if indicator is not None:
        return _of(indicator)
    if code in reported.metrics(session):
        return POINTS._replace(code=code)
    raise Problem("growth.indicator_unknown", field="indicator", indicator=code)


def _of(indicator: Indicator) -> _What:
    return _What(indicator.id, indicator.code, indicator.unit, indicator.better)  # type: ignore[arg-type]


def _groups(found: _Measured) -> dict[str, Any]:
    """Both groups and their difference, as they are told."""
    more, places, compared = found.difference, found.places, list(found.compared.values())
    return {
        "taken": _group([pair for _, pair in found.taken.values()], places),
        "compared": _group(compared, places) if compared else None,
        "difference": rules.told(more.mean, places) if more is not None else None,
        "difference_low": _told(more.low, places) if more is not None else None,
        "difference_high": _told(more.high, places) if more is not None else None,
    }


def _read_reports(
    session: ScopedSession, book: _Book, course_id: str, what: _What, has_reports: Collection[str]
) -> None:
    """The reports of whoever finished the course and of whoever may be compared with them: nobody who has only begun it."""
    finished = book.finished.get(course_id, {})
    posts = {_post_on(book, one, day) for one, day in finished.items()}
    others = {
        one for one in has_reports if one not in book.begun.get(course_id, set())
        and any(_post_on(book, one, day) in posts for day in {*finished.values()})
    }  # fmt: skip
    if not finished.keys() & has_reports:
        return
    for one in reported.of(session, (finished.keys() & has_reports) | others, what.code):
        for key, value in ((POINTS.key, one.points), (COMPOSITE.key, one.composite)):
            if value is not None:
                reading = rules.Reading(one.from_day, one.to_day, value)
                book.readings.setdefault(key, {}).setdefault(one.person_id, []).append(reading)


def _in_reports(book: _Book, asked: EffectQuery, what: _What) -> list[EffectInReports]:
    """What reports say beside what is asked: the points of its line, the composite."""
    found = []
    for beside in (POINTS, COMPOSITE):
        said = None if beside.code == what.code or beside.key == what.key else _measure(book, asked.course_id, beside, asked.days)
        if said is not None:
            found.append(EffectInReports(of=beside.reading, **_groups(said), verdict=said.verdict))
    return found


def effects(session: ScopedSession, asked: EffectsQuery) -> Effects:
    """All courses that somebody with values has finished, each by the indicator that says most: where more than chance is seen,
    else of most people, else of the largest change. Those to revise come first."""
    indicators = [_of(one) for one in session.scalars(sa.select(Indicator).order_by(Indicator.code))]
    book = _read(session, indicators, None)
    named = titles(session, sorted(book.finished))
    lines = []
    for course_id, title in named.items():
        measured = [_measure(book, course_id, one, asked.days) for one in indicators]
        found = [one for one in measured if one is not None]
        if found:
            best = max(found, key=lambda one: (one.verdict in ("helps", "harms"), len(one.taken), abs(one.change.mean)))
            lines.append(_line(course_id, title, best))
    return Effects(items=sorted(lines, key=lambda line: (not line.revise, line.title_zh, line.course_id)))


def _line(course_id: str, title: Title, best: _Measured) -> EffectLine:
    return EffectLine(
        course_id=course_id, title_zh=title.zh or title.en, title_en=title.en or title.zh, indicator=best.what.code,
        n=len(best.taken), change=rules.told(best.change.mean, best.places), low=_told(best.change.low, best.places),
        high=_told(best.change.high, best.places), verdict=best.verdict, revise=best.revise,
    )  # fmt: skip


def _read(
    session: ScopedSession, indicators: Sequence[_What], courses: Collection[str] | None, also: Collection[str] = ()
) -> _Book:
    """Values as far as the reader sees them; standings and posts of whose they are, and of these others."""
    book = _Book()
    held = sorted(one.key for one in indicators if one.reading == "value")
    asked = sa.select(
        IndicatorValue.indicator_id, IndicatorValue.person_id, IndicatorValue.from_day, IndicatorValue.to_day,
        IndicatorValue.value,
    ).where(IndicatorValue.person_id.is_not(None), within(IndicatorValue.indicator_id, held))  # fmt: skip
    people: set[str] = set(also)
    for indicator_id, whose, from_day, to_day, value in session.execute(asked):
        person_id = str(whose)
        people.add(person_id)
        reading = rules.Reading(from_day, to_day, Decimal(value))
        book.readings.setdefault(indicator_id, {}).setdefault(person_id, []).append(reading)
    for (person_id, course_id), one in standings(session, sorted(people), courses).items():
        if one.settled_ms is not None:
            book.finished.setdefault(course_id, {})[person_id] = company_day(instant(one.settled_ms))
        if one.begun_ms is not None or one.settled_ms is not None:
            book.begun.setdefault(course_id, set()).add(person_id)
    book.posts = posts_on(session, sorted(people))
    return book


def _measure(book: _Book, course_id: str, what: _What, days: int) -> _Measured | None:
    """None where nobody who finished has a value before and after."""
    readings = book.readings.get(what.key, {})
    taken: dict[str, tuple[date, rules.Pair]] = {}
    for person_id, day in book.finished.get(course_id, {}).items():
        pair = rules.pair_of(readings.get(person_id, ()), day, days)
        if pair is not None:
            taken[person_id] = (day, pair)
    if not taken:
        return None
    compared = _compared(book, course_id, readings, taken, days)
    changes, others = [pair.change for _, pair in taken.values()], [pair.change for pair in compared.values()]
    change = rules.interval_of(changes)
    difference = rules.difference_of(changes, others) if others else None
    judged = difference if difference is not None and difference.low is not None else change
    verdict = rules.judge(judged, len(taken), what.better)
    every = [value for _, pair in taken.values() for value in pair] + [value for pair in compared.values() for value in pair]
    return _Measured(what, taken, compared, change, difference, verdict, rules.places_of(every))


def _compared(
    book: _Book, course_id: str, readings: Mapping[str, list[rules.Reading]], taken: Mapping[str, tuple[date, rules.Pair]],
    days: int,
) -> dict[str, rules.Pair]:  # fmt: skip
    """People of the posts that those who took it had (people without a post with people without one) who have not even begun it:
    before and after the day by which half of that post's had finished."""
    by_post: dict[str | None, list[date]] = {}
    for person_id, (day, _) in taken.items():
        by_post.setdefault(_post_on(book, person_id, day), []).append(day)
    middle = {post: rules.middle_day(finished) for post, finished in by_post.items()}
    found: dict[str, rules.Pair] = {}
    for person_id in sorted(set(readings) - book.begun.get(course_id, set())):
        for post, day in middle.items():
            if _post_on(book, person_id, day) == post:
                pair = rules.pair_of(readings[person_id], day, days)
                if pair is not None:
                    found.setdefault(person_id, pair)
    return found


def _post_on(book: _Book, person_id: str, day: date) -> str | None:
    """The post somebody had on a day: a posting's before that of their home."""
    for from_day, until, post_id in book.posts.get(person_id, ()):
        if from_day <= day and (until is None or day < until):
            return post_id
    return None


def _group(pairs: Sequence[rules.Pair], places: int) -> EffectGroup:
    change = rules.interval_of([pair.change for pair in pairs])
    return EffectGroup(
        n=len(pairs), before=rules.told(rules.mean([pair.before for pair in pairs]), places),
        after=rules.told(rules.mean([pair.after for pair in pairs]), places), change=rules.told(change.mean, places),
        low=_told(change.low, places), high=_told(change.high, places),
    )  # fmt: skip


def _told(value: Decimal | None, places: int) -> str | None:
    return rules.told(value, places) if value is not None else None


def _names(session: ScopedSession, people: Collection[str]) -> dict[str, str]:
    rows = session.execute(sa.select(Person.id, Person.name).where(within(Person.id, sorted(people))))
    return {row.id: row.name for row in rows}
