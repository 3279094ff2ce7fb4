"""The days of a cycle's stages, what each lacks, and what a day tells: by facts alone."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from contract.cycles import OF, STAGES, Lack, Stage, StageDays, Standing, asked, lacks, months_between, stages_on, state_of
from server.kernel.problems import Problem
from server.scoring import cycle_rules
from server.scoring.cycle_rules import judge_months, judge_stages, notices_on
from tests.support.planted import instead

DAYS = (("10-01", "10-10"), ("10-11", "12-20"), ("12-21", "12-31"), ("12-28", "01-05"), ("01-06", "01-15"))


def five(*days: tuple[str, str]) -> list[StageDays]:
    """The stages of a last quarter."""
    def of(text: str) -> str:
        return f"{'2027' if text.startswith('01') else '2026'}-{text}"

    return [StageDays(stage=stage, from_day=of(a), until=of(b)) for stage, (a, b) in zip(STAGES, days or DAYS, strict=True)]


def known(**more: Any) -> Standing:
    """Somebody who has done everything, but for what is said."""
    return Standing(**{
        "goals": ["g1"], "agreed": frozenset({"person", "manager"}), "tracked": frozenset({"g1"}),
        "months": ["2026-10", "2026-11"], "scored": frozenset({"2026-10", "2026-11"}), "last_month": "2026-11",
        "self_assessed": True, "has_note": True, "confirmed": frozenset({"person", "manager"}), "actions": 1, **more,
    })  # fmt: skip


def test_who_has_done_everything_lacks_nothing_at_any_stage() -> None:
    assert [lacks(stage, known()) for stage in STAGES] == [[]] * 5


LACKING: list[tuple[Stage, dict[str, Any], list[Lack]]] = [
    ("goals", {"goals": []}, ["goals"]),
    ("goals", {"agreed": frozenset()}, ["agree_person", "agree_manager"]),
    ("goals", {"agreed": frozenset({"manager"})}, ["agree_person"]),
    ("tracking", {"goals": ["g1", "g2"]}, ["track"]),
    ("tracking", {"goals": []}, ["track"]),
    ("collection", {"scored": frozenset({"2026-11"})}, ["months"]),
    ("collection", {"months": []}, ["months"]),
    ("evaluation", {"self_assessed": False}, ["self"]),
    ("evaluation", {"scored": frozenset({"2026-10"}), "self_assessed": False}, ["self", "manager"]),
    ("interview", {"has_note": False, "confirmed": frozenset(), "actions": 0}, ["note", "plan"]),
    ("interview", {"confirmed": frozenset({"manager"})}, ["confirm_person"]),
    ("interview", {"confirmed": frozenset({"person"})}, ["confirm_manager"]),
    ("interview", {"actions": 0}, ["plan"]),
]


@pytest.mark.parametrize(("missing", "goals", "of_people"), [
    (["track"], [], []), (["track"], ["g1"], ["track"]), (["goals"], [], ["goals"]),
    (["self", "manager"], [], ["self", "manager"]),
])  # fmt: skip
def test_progress_is_asked_of_goals_that_are_set(missing: list[Lack], goals: list[str], of_people: list[Lack]) -> None:
    assert asked(missing, goals) == of_people


@pytest.mark.parametrize(("stage", "facts", "missing"), LACKING)
def test_what_a_stage_lacks_is_said_by_name(stage: Stage, facts: dict[str, Any], missing: list[Lack]) -> None:
    assert lacks(stage, known(**facts)) == missing
    assert set(missing) <= set(OF)


def test_a_stage_is_ahead_open_overdue_or_done_by_its_days() -> None:
    goals = five()[0]
    at = ("2026-09-30", "2026-10-01", "2026-10-10", "2026-10-11")
    assert [state_of(goals, ["goals"], day) for day in at] == ["ahead", "running", "running", "overdue"]
    assert [state_of(goals, [], day) for day in at] == ["ahead", "done", "done", "done"]
    assert [stages_on(five(), f"2026-{day}") for day in ("10-05", "12-29")] == [["goals"], ["collection", "evaluation"]]
    assert stages_on(five(), "2027-01-16") == []


def test_a_day_tells_that_a_stage_is_open_that_it_ends_in_three_days_and_that_it_is_over() -> None:
    def told(day: str) -> list[tuple[str, str]]:
        return [(one.stage, one.what) for one in notices_on("c", five(), date.fromisoformat(day))]

    assert told("2026-09-30") == []
    assert told("2026-10-01") == told("2026-10-06") == [("goals", "open")]
    assert told("2026-10-07") == told("2026-10-10") == [("goals", "open"), ("goals", "near")]
    assert told("2026-10-11") == [("goals", "late"), ("tracking", "open")]
    with instead(cycle_rules, "NEAR_DAYS", 2):
        assert told("2026-10-07") == [("goals", "open")], "the planted fault is seen"


def code_of(judge: Any, *given: Any) -> tuple[str, str | None]:
    with pytest.raises(Problem) as refused:
        judge(*given)
    return refused.value.code, refused.value.field


def test_stages_out_of_order_days_that_are_none_and_ends_before_beginnings_are_refused_by_name() -> None:
    judge_stages(five())
    turned = [*five()[1:], five()[0]]
    assert code_of(judge_stages, turned) == ("cycles.stages_order", "stages")
    early = five(("10-05", "10-10"), ("10-04", "12-20"), *DAYS[2:])
    assert code_of(judge_stages, early) == ("cycles.stages_order", "stages.1.from_day")
    assert code_of(judge_stages, five(("10-10", "10-01"), *DAYS[1:])) == ("cycles.stage_days", "stages.0.until")
    assert code_of(judge_stages, five(("10-01", "10-32"), *DAYS[1:])) == ("shifts.no_such_day", "stages.0.until")


def test_months_go_forward_and_at_most_a_year() -> None:
    judge_months("2026-02", "2027-01")
    assert months_between("2026-11", "2027-02") == ["2026-11", "2026-12", "2027-01", "2027-02"]
    assert code_of(judge_months, "2026-02", "2026-01")[0] == "cycles.months_order"
    assert code_of(judge_months, "2026-01", "2027-01")[0] == "cycles.months_many"
