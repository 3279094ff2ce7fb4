"""Growth as it is read over the API: indicators and values, rules, what training changed, people on their paths."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.growth import Better, PathRow, RecommendationRow, RuleWhen, WishFor
from contract.limits import Code, Id
from contract.wire import Wire

EffectVerdict = Literal["helps", "revise", "harms", "too_few"]
EffectReading = Literal["value", "points", "composite"]


class IndicatorRow(Wire, frozen=True, kw_only=True):
    """An indicator, how many values it has and the newest day of one."""

    id: str
    code: str
    name_zh: str
    name_en: str
    unit: str
    better: Better
    values: int
    newest: str | None


class Indicators(Wire, frozen=True, kw_only=True):
    """All indicators."""

    items: list[IndicatorRow]


class ValueQuery(Wire, frozen=True, kw_only=True):
    """Which values."""

    indicator: Code | None = None
    person_id: Id | None = None
    store_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=500)] = 100
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class ValueLine(Wire, frozen=True, kw_only=True):
    """A value with the name of whose it is; `batch_id` names the run that said it, of a file that of the log of imports."""

    indicator: str
    person_id: str | None
    store_id: str | None
    name: str
    from_day: str
    to_day: str
    value: str
    n: int | None
    source: str
    batch_id: str


class Values(Wire, frozen=True, kw_only=True):
    """Values, the newest first."""

    items: list[ValueLine]
    next_cursor: str | None = None


class RecommendationRule(Wire, frozen=True, kw_only=True):
    """A rule as it is set, and to how many it recommends now."""

    id: str
    code: str
    when: RuleWhen
    course_id: str
    title_zh: str
    title_en: str
    why_zh: str
    why_en: str
    active: bool
    people: int


class RecommendationRules(Wire, frozen=True, kw_only=True):
    """All rules, by code."""

    items: list[RecommendationRule]


class RecommendedQuery(Wire, frozen=True, kw_only=True):
    """What is recommended to whom; absent: to oneself."""

    person_id: Id | None = None
    store_id: Id | None = None


class Recommendations(Wire, frozen=True, kw_only=True):
    """Recommendations by person."""

    items: list[RecommendationRow]


class EffectQuery(Wire, frozen=True, kw_only=True):
    """What a course changed of an indicator: the last value before finishing against the last within `days` after it."""

    course_id: Id
    indicator: Code
    days: Annotated[int, Meta(ge=7, le=366)] = 30


class EffectPerson(Wire, frozen=True, kw_only=True):
    """One person's before and after, as decimal texts."""

    person_id: str
    name: str
    finished_on: str
    before: str
    after: str
    change: str


class EffectGroup(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The mean change of a group, with its 95 % interval by Student's t; without one where n is 1."""

    n: int
    before: str
    after: str
    change: str
    low: str | None = None
    high: str | None = None


class EffectInReports(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """The same of people's month reports, each in its newest revision: of the points that the indicator's line has there, or of
    the composite."""

    of: EffectReading
    taken: EffectGroup
    compared: EffectGroup | None = None
    difference: str | None = None
    difference_low: str | None = None
    difference_high: str | None = None
    verdict: EffectVerdict


class Effect(Wire, frozen=True, kw_only=True):
    """What a course changed. `reading`: values of the indicator, or, of a metric that has none of its own, its points in month
    reports; `reports`: what else those reports say of the same people, where they say it. `compared`: people of the same posts
    with values of the same time who did not take it; `difference`: the change less theirs. `verdict`: too_few (one person, or
    fewer than ten and a gain that chance may make: said aloud, with the change), helps, revise (no gain), harms."""

    course_id: str
    title_zh: str
    title_en: str
    indicator: str
    unit: str
    better: Better
    reading: EffectReading
    days: int
    taken: EffectGroup | None
    compared: EffectGroup | None
    difference: str | None
    difference_low: str | None
    difference_high: str | None
    verdict: EffectVerdict
    revise: bool
    without_values: int
    people: list[EffectPerson]
    reports: list[EffectInReports] = []


class EffectLine(Wire, frozen=True, kw_only=True):
    """A course in the overview: its strongest indicator."""

    course_id: str
    title_zh: str
    title_en: str
    indicator: str
    n: int
    change: str
    low: str | None
    high: str | None
    verdict: EffectVerdict
    revise: bool


class EffectsQuery(Wire, frozen=True, kw_only=True):
    """The overview over all courses that somebody with values has finished."""

    days: Annotated[int, Meta(ge=7, le=366)] = 30


class Effects(Wire, frozen=True, kw_only=True):
    """Courses, those to revise first."""

    items: list[EffectLine]


class CareerPaths(Wire, frozen=True, kw_only=True):
    """All paths."""

    items: list[PathRow]


class CareerQuery(Wire, frozen=True, kw_only=True):
    """Whose career; absent: one's own."""

    person_id: Id | None = None


class WishQuery(Wire, frozen=True, kw_only=True):
    """Who wishes what."""

    wish: WishFor | None = None
    path_id: Id | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 100
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class CareerLine(Wire, frozen=True, kw_only=True):
    """Somebody on HR's list: path, month, wish, and how much is missing."""

    person_id: str
    name: str
    path_zh: str
    path_en: str
    month: int
    wish: WishFor | None
    wished_ms: int | None
    missing: int
    promoted_on: str | None


class Careers(Wire, frozen=True, kw_only=True):
    """People with a path or a wish, the newest wish first."""

    items: list[CareerLine]
    next_cursor: str | None = None
