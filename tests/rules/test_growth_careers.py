"""Months, stages, and what stands before the next step."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract.growth import PathCondition, PathStage
from server.growth.rules import careers
from server.growth.rules.careers import CourseFact, IndicatorFact
from tests.support.planted import instead


def stage(key: str, first: int, last: int, *courses: str, conditions: list[PathCondition] | None = None) -> PathStage:
    return PathStage(
        key=key, title_zh=f"阶段{key}", title_en=f"Stage {key}", from_month=first, to_month=last, courses=list(courses),
        conditions=conditions or [],
    )  # fmt: skip


SALES = [
    stage("one", 1, 3, "c1", "c2", conditions=[PathCondition(kind="months", months=3)]),
    stage("two", 4, 6, "c3", conditions=[
        PathCondition(kind="exam", course_id="c3", percent=80), PathCondition(kind="indicator", indicator="s", line="70"),
    ]),
    stage("three", 7, 12, "c4"),
]  # fmt: skip
COURSES = {
    "c1": CourseFact("产品", "Products", settled=True), "c2": CourseFact("服务", "Service"),
    "c3": CourseFact("销售", "Selling", settled=True, passed=True, grade=75), "c4": CourseFact("管理", "Managing"),
}  # fmt: skip
SATISFIED = {"s": IndicatorFact("满意度", "Satisfaction", "分", "higher", Decimal("65"))}


def test_in_month_four_stage_two_is_now_and_what_stage_one_lacks_is_still_missing() -> None:
    found = careers.standing(SALES, 4, COURSES, SATISFIED)
    assert [(one.key, one.when) for one in found.stages] == [("one", "past"), ("two", "now"), ("three", "later")]
    assert found.missing_zh == ["课程“服务”", "考试“销售”≥ 80 %（目前 75 %）", "满意度 ≥ 70分（目前 65分）"]
    assert found.missing_en == ['Course "Service"', 'Exam "Selling" ≥ 80 % (now 75 %)', "Satisfaction ≥ 70分 (now 65分)"]
    assert [item.met for item in found.stages[0].items] == [True, False, True], "three months in it are over"


def test_months_in_a_stage_are_whole_ones_and_do_not_grow_beyond_it() -> None:
    have = [careers.standing(SALES, month, {}, {}).stages[0].items[-1].have for month in (0, 1, 2, 4, 9)]
    assert have == ["0", "0", "1", "3", "3"]


def test_an_indicator_that_should_be_low_is_met_below_its_line() -> None:
    asked = [stage("a", 1, 2, conditions=[PathCondition(kind="indicator", indicator="c", line="2.5")])]
    for value, met in (("2.5", True), ("2.4", True), ("2.6", False)):
        facts = {"c": IndicatorFact("投诉率", "Complaints", "%", "lower", Decimal(value))}
        assert careers.standing(asked, 1, {}, facts).stages[0].items[0].met is met, value
    assert careers.standing(asked, 1, {}, {}).stages[0].items[0].met is False, "never measured is not met"


def test_who_is_past_the_last_stage_lacks_what_they_lack() -> None:
    found = careers.standing(SALES, 30, COURSES, SATISFIED)
    assert {one.when for one in found.stages} == {"past"} and "课程“管理”" in found.missing_zh
    assert careers.standing(SALES, 0, COURSES, SATISFIED).missing_zh == [], "before the first day nothing is missing yet"


@pytest.mark.parametrize(
    ("joined", "day", "month"),
    [
        ("2026-01-15", "2026-01-14", 0), ("2026-01-15", "2026-01-15", 1), ("2026-01-15", "2026-02-14", 1),
        ("2026-01-15", "2026-02-15", 2), ("2026-01-15", "2026-04-15", 4), ("2026-01-31", "2026-02-27", 1),
        ("2026-01-31", "2026-02-28", 2), ("2026-01-31", "2026-03-30", 2), ("2026-01-31", "2026-03-31", 3),
        ("2025-12-01", "2026-12-01", 13), ("2024-02-29", "2025-02-28", 13),
    ],
)  # fmt: skip
def test_a_month_turns_on_the_day_one_joined(joined: str, day: str, month: int) -> None:
    assert careers.month_of(date.fromisoformat(joined), date.fromisoformat(day)) == month


@settings(max_examples=100)
@given(joined=st.dates(date(2020, 1, 1), date(2030, 1, 1)), days=st.integers(0, 800))
@example(joined=date(2026, 1, 31), days=28)
def test_months_never_run_backwards_and_turn_once_in_each_month(joined: date, days: int) -> None:
    today, tomorrow = joined + timedelta(days=days), joined + timedelta(days=days + 1)
    assert 0 <= careers.month_of(joined, tomorrow) - careers.month_of(joined, today) <= 1
    assert days // 31 + 1 <= careers.month_of(joined, today) <= days // 28 + 1


def test_a_month_that_has_no_such_day_and_is_left_out_is_found() -> None:
    """The control: who joined on the 31st waits until a month has one."""
    with instead(careers, "_last_day", lambda _day: 31):
        assert careers.month_of(date(2026, 1, 31), date(2026, 2, 28)) == 1
    assert careers.month_of(date(2026, 1, 31), date(2026, 2, 28)) == 2


def test_stages_that_cross_or_conditions_that_say_too_little_are_refused() -> None:
    wrong = {
        "stages.0.from_month": [stage("a", 3, 2)],
        "stages.1.from_month": [stage("a", 1, 3), stage("b", 3, 6)],
        "stages.1.key": [stage("a", 1, 3), stage("a", 4, 6)],
        "stages.0.key": [stage("a", 1, 3, "c", "c")],
        "stages.0.conditions.0": [stage("a", 1, 3, conditions=[PathCondition(kind="exam", course_id="c")])],
        "stages.0.conditions.1": [
            stage("a", 1, 3, conditions=[
                PathCondition(kind="months", months=1), PathCondition(kind="course", course_id="c", months=2),
            ])
        ],
    }  # fmt: skip
    assert careers.judge_stages(SALES) is None
    for field, stages in wrong.items():
        fault = careers.judge_stages(stages)
        assert fault is not None and fault.field == field, field
