"""A day at several stores in parts: they come to the day, and none tells of another store. Each property has its fault."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given

from contract.hours import DayRow
from contract.shifts import DutyRow, DutyWindow, WorkRules
from server.timesheets.rules import parts as part_rules
from server.timesheets.rules.day import Fact, Granted, PlannedDay, reckon
from server.timesheets.rules.parts import parts_of
from server.timesheets.rules.windows import Due
from tests.rules.test_day_properties import BEGIN, DAYS, FAST, NOW_MS, RULES, _duty, lives
from tests.support.planted import instead

pytestmark = pytest.mark.fast
# `contract.hours.DayRow`'s amounts: whole minutes that parts share
AMOUNTS = tuple(name for name in DayRow.__struct_fields__ if name.endswith("_min"))
SPLIT = (
    ["stores"] * DAYS,
    [
        Fact("a", BEGIN + 545, "in", "A"), Fact("b", BEGIN + 720, "out", "A"), Fact("c", BEGIN + 780, "in", "B"),
        Fact("d", BEGIN + 1_131, "out", "B"),
    ],
    [],
    RULES[1],
)  # fmt: skip


def split(kinds: list[str], facts: list[Fact], away: Any, rules: WorkRules) -> list[tuple[DayRow, list[DayRow]]]:
    """Each day of the week with its parts."""
    plan = [_duty(number, kind)._replace(rules=rules) for number, kind in enumerate(kinds)]
    dues: dict[str, list[Due]] = {}
    rows = reckon("p", plan, facts, away, wanted={one.duty.day for one in plan}, now_ms=NOW_MS, dues=dues)
    return [(row, parts_of(row, dues[row.day])) for row in rows]


@FAST
@example(SPLIT)
@given(lives())
def test_parts_of_a_day_add_up_to_the_day(life: Any) -> None:
    for row, parts in split(*life):
        assert len(parts) != 1
        for name in AMOUNTS if parts else ():
            assert sum(getattr(part, name) for part in parts) == getattr(row, name), (name, row, parts)
        for part in parts:
            classes = part.regular_min + part.overtime_normal_min + part.overtime_weekend_min + part.overtime_holiday_min
            assert part.worked_min == classes
            assert part.presence_min + part.rounded_min == part.worked_min + part.not_counted_min
        assert [one for part in parts for one in part.allowances] == (row.allowances if parts else [])


def test_parts_that_forget_a_remainder_are_found() -> None:
    with (
        instead(part_rules, "shared", lambda total, weights: [total * one // sum(weights) for one in weights]),
        pytest.raises(AssertionError),
    ):
        test_parts_of_a_day_add_up_to_the_day()
    assert len(split(*SPLIT)[0][1]) == 2


@FAST
@example(SPLIT)
@given(lives())
def test_no_part_tells_of_another_store(life: Any) -> None:
    for row, parts in split(*life):
        assert len({part.store_id for part in parts}) == len(parts)
        for part in parts:
            assert {span.store_id for span in part.spans} <= {part.store_id}
            assert {one.store_id for one in part.stores} <= {part.store_id}
            mine = {one for span in part.spans for one in (span.in_id, span.out_id)}
            mine |= {fact.id for fact in life[1] if fact.store_id == part.store_id}
            assert {step.facts["punch_id"] for step in part.steps if "punch_id" in step.facts} <= mine, (row, part)
            assert {step.facts["store_id"] for step in part.steps if "store_id" in step.facts} <= {part.store_id}


def test_parts_with_the_whole_working_are_found() -> None:
    with (
        instead(part_rules._Parts, "_steps", lambda self, n, amounts, state: self.row.steps),
        pytest.raises(AssertionError),
    ):
        test_no_part_tells_of_another_store()
    assert len(split(*SPLIT)[0][1]) == 2


def _at(hour: float) -> int:
    return (BEGIN + round(hour * 60)) * 60_000


def _two(rules: WorkRules = RULES[0], grants: tuple[Granted, ...] = (), **punched: tuple[float, float]) -> dict[str, DayRow]:
    """Due at A from nine to twelve and at B from one to five; who came and went where. The parts by store."""
    windows = [
        DutyWindow(starts_ms=_at(starts), ends_ms=_at(ends), store_id=store, kind="windows")
        for starts, ends, store in ((9, 12, "A"), (13, 17, "B"))
    ]
    duty = DutyRow(
        person_id="p", day="2026-03-25", zone="Europe/Berlin", starts_ms=_at(5), ends_ms=_at(29), windows=windows,
        day_kind="working",
    )  # fmt: skip
    facts = [
        Fact(f"{store} {kind}", BEGIN + round(hour * 60), kind, store)
        for store, times in punched.items() for kind, hour in zip(("in", "out"), times, strict=True)
    ]  # fmt: skip
    dues: dict[str, list[Due]] = {}
    planned = PlannedDay(duty, True, rules, grants=grants)
    [row] = reckon("p", [planned], facts, [], wanted={duty.day}, now_ms=NOW_MS, dues=dues)
    return {str(part.store_id): part for part in parts_of(row, dues[row.day])}


def test_each_store_has_its_window_its_lateness_and_its_minutes() -> None:
    found = _two(A=(9, 12), B=(13.25, 17))
    a, b = found["A"], found["B"]
    assert (a.state, a.due_min, a.worked_min, a.late_min, a.missing_min, a.flags) == ("present", 180, 180, 0, 0, [])
    assert (b.state, b.due_min, b.worked_min, b.late_min, b.missing_min, b.flags) == ("late", 240, 225, 15, 15, ["late"])
    assert [step.code for step in a.steps] == ["window_windows", "came", "went", "regular"]
    assert a.steps[-1].facts["amount_min"] == 180 and "late" in [step.code for step in b.steps]


def test_a_window_nobody_came_to_is_absent_in_its_own_part_only() -> None:
    found = _two(A=(9, 12))
    a, b = found["A"], found["B"]
    assert (a.state, a.missing_min, a.worked_min) == ("present", 0, 180)
    assert (b.state, b.missing_min, b.worked_min, b.spans) == ("absent", 240, 0, [])
    assert b.steps[-1].code == "absent" and "missed" in b.flags and "missed" not in a.flags


def test_overtime_and_what_nobody_granted_belong_to_the_store_where_the_day_ended() -> None:
    rules = WorkRules(overtime_needs_request=True)
    found = _two(rules, (Granted(60, lieu=True, request_id="r", number="1"),), A=(9, 12), B=(13, 18.5))
    a, b = found["A"], found["B"]
    # of 510 minutes 480 count: they are shared as presence is (480 * 180 / 510 = 169.4), as in the weekly statement
    assert (a.regular_min, a.overtime_normal_min, a.granted_min, a.not_granted_min) == (169, 0, 0, 0)
    assert (b.regular_min, b.overtime_normal_min, b.granted_min, b.not_granted_min, b.in_lieu_min) == (251, 60, 60, 30, 60)
    assert "not_granted" in b.flags and "not_granted" not in a.flags


def test_a_day_at_one_store_has_no_parts() -> None:
    assert _two(B=(9, 17)).keys() == {"A", "B"}, "due at A and seen at B: both are concerned"
    assert [parts for _, parts in split(["fixed"] * DAYS, SPLIT[1][:2], [], RULES[0]) if parts] == []
