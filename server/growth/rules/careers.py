"""Where somebody stands on a path: the month they are in, what of each stage is met, what stands before the next step."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from decimal import Decimal
from typing import Literal, NamedTuple

from contract.growth import Better, CareerItem, CareerStage, PathCondition, PathStage
from contract.messages import Language, say

When = Literal["past", "now", "later"]


class CourseFact(NamedTuple):
    """What is known of somebody and a course. `grade` in percent, by the quiz's policy."""

    title_zh: str
    title_en: str
    settled: bool = False
    passed: bool = False
    grade: int | None = None


class IndicatorFact(NamedTuple):
    """An indicator and somebody's newest value of it."""

    name_zh: str
    name_en: str
    unit: str
    better: Better
    value: Decimal | None = None


class Stands(NamedTuple):
    """Somebody on a path as of a day."""

    month: int
    stages: list[CareerStage]
    missing_zh: list[str]
    missing_en: list[str]


class StageFault(NamedTuple):
    """What is wrong with a path's stages, and where."""

    code: str
    field: str


def month_of(from_day: date, today: date) -> int:
    """Which month on the path it is, the first is 1; before the first day it is 0. A month ends on the day before the same day of
    the next month, or on its last day where that has no such day."""
    if today < from_day:
        return 0
    whole = (today.year - from_day.year) * 12 + today.month - from_day.month
    return whole + (1 if today.day >= min(from_day.day, _last_day(today)) else 0)


def _last_day(day: date) -> int:
    following = date(day.year + day.month // 12, day.month % 12 + 1, 1)
    return (following - date(day.year, day.month, 1)).days


def judge_stages(stages: Sequence[PathStage]) -> StageFault | None:
    """Stages follow each other without sharing a month, each by another name, and each condition says what its kind needs."""
    for number, stage in enumerate(stages):
        at = f"stages.{number}"
        if stage.to_month < stage.from_month or (number and stage.from_month <= stages[number - 1].to_month):
            return StageFault("growth.stages_wrong", f"{at}.from_month")
        if any(stage.key == other.key for other in stages[:number]) or len(set(stage.courses)) != len(stage.courses):
            return StageFault("growth.stages_wrong", f"{at}.key")
        for place, condition in enumerate(stage.conditions):
            if not _is_whole(condition):
                return StageFault("growth.condition_incomplete", f"{at}.conditions.{place}")
    return None


def _is_whole(one: PathCondition) -> bool:
    needed = {
        "months": ("months",), "course": ("course_id",), "exam": ("course_id", "percent"), "indicator": ("indicator", "line"),
    }  # fmt: skip
    said = {name for name in ("months", "course_id", "percent", "indicator", "line") if getattr(one, name) is not None}
    return said == set(needed[one.kind])


def standing(
    stages: Sequence[PathStage], month: int, courses: Mapping[str, CourseFact], indicators: Mapping[str, IndicatorFact]
) -> Stands:
    """All stages with what of them is met. `missing`: what is not, of the stage one is in and those before; who is past the last
    stage still lacks what they lack. Courses and indicators that are not named here count as not done, by their id or code."""
    found: list[CareerStage] = []
    missing: list[CareerItem] = []
    for stage in stages:
        when: When = "past" if month > stage.to_month else "later" if month < stage.from_month else "now"
        items = [_course(one, courses) for one in stage.courses]
        items += [_condition(one, stage, month, courses, indicators) for one in stage.conditions]
        found.append(
            CareerStage(
                key=stage.key, title_zh=stage.title_zh, title_en=stage.title_en, from_month=stage.from_month,
                to_month=stage.to_month, when=when, items=items,
            )
        )  # fmt: skip
        if when != "later":
            missing += [item for item in items if not item.met]
    return Stands(month, found, _titles(missing, "zh"), _titles(missing, "en"))


def _titles(items: Sequence[CareerItem], language: Language) -> list[str]:
    """By name, each once, as they come."""
    return list(dict.fromkeys(_title(item, language) for item in items))


def _title(item: CareerItem, language: Language) -> str:
    name = item.title_zh if language == "zh" else item.title_en
    if item.kind == "course":
        return say(language, "growth.missing.course", name=name)
    return say(language, f"growth.missing.{item.kind}", name=name, need=item.need, have=item.have or "–")


def _course(course_id: str, courses: Mapping[str, CourseFact]) -> CareerItem:
    fact = courses.get(course_id, CourseFact(course_id, course_id))
    return CareerItem(kind="course", met=fact.settled, course_id=course_id, title_zh=fact.title_zh, title_en=fact.title_en)


def _condition(
    one: PathCondition, stage: PathStage, month: int, courses: Mapping[str, CourseFact],
    indicators: Mapping[str, IndicatorFact],
) -> CareerItem:  # fmt: skip
    if one.kind == "months":
        spent = max(0, min(month, stage.to_month + 1) - stage.from_month)  # whole months in this stage
        need = one.months or 0
        title_zh, title_en = (say(language, "growth.months_here") for language in ("zh", "en"))
        return CareerItem(
            kind="months", met=spent >= need, title_zh=title_zh, title_en=title_en, have=str(spent), need=str(need)
        )  # fmt: skip
    if one.kind == "indicator":
        code = one.indicator or ""
        fact = indicators.get(code, IndicatorFact(code, code, "", "higher"))
        line = Decimal(one.line or "0")
        met = fact.value is not None and (fact.value >= line if fact.better == "higher" else fact.value <= line)
        have = "" if fact.value is None else f"{fact.value:f}{fact.unit}"
        sign = "≥" if fact.better == "higher" else "≤"
        return CareerItem(
            kind="indicator", met=met, title_zh=fact.name_zh, title_en=fact.name_en, have=have,
            need=f"{sign} {one.line}{fact.unit}",
        )  # fmt: skip
    if one.kind == "course":
        return _course(one.course_id or "", courses)
    known = courses.get(one.course_id or "", CourseFact(one.course_id or "", one.course_id or ""))
    met = known.passed and known.grade is not None and known.grade >= (one.percent or 0)
    have = "" if known.grade is None else f"{known.grade} %"
    return CareerItem(
        kind="exam", met=met, course_id=one.course_id, title_zh=known.title_zh, title_en=known.title_en, have=have,
        need=f"≥ {one.percent} %",
    )  # fmt: skip
