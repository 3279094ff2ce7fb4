"""C15: the same punches under every kind of rule; the tests of the field that concern the core; how long it takes."""

from __future__ import annotations

import time
from datetime import date
from typing import Any

import pytest

from contract.hours import DayRow
from contract.shifts import WorkRules
from server.timesheets.rules import day as day_rules
from server.timesheets.rules import pairing
from server.timesheets.rules.period import sum_days
from tests.rules.hand_worked import Case, _case
from tests.support.planted import instead

pytestmark = pytest.mark.fast
# One person, one day: came at 9:20 to A, went over to B in the afternoon, left at 18:20.
PUNCHES = "punch in 09:20 A, out 12:00 A, in 13:00 B, out 18:20 B"


def _under(*lines: str) -> DayRow:
    case: Case = _case("\n".join(["c15 | the same punches", "# 160 + 320 = 480", *lines, PUNCHES, "= present"]))
    return case.days()["2026-03-02"]


def test_c15_the_same_punches_are_late_under_fixed_and_not_under_flexible() -> None:
    fixed = _under("shift fixed 09:00-18:00 punched=60")
    assert (fixed.state, fixed.late_min, fixed.worked_min) == ("late", 20, 480 - 20)  # the 20 after 18:00 are no overtime
    flexible = _under("shift flexible 07:00-20:00 required=480 core=10:00-12:00")
    assert (flexible.state, flexible.late_min, flexible.worked_min, flexible.missing_min) == ("present", 0, 480, 0)


def test_c15_the_same_punches_are_two_windows_under_a_timetable() -> None:
    row = _under("shift windows 09:00-12:00 13:00-18:00")
    # 9:20-12:00 is 160 of 180, 13:00-18:00 is 300 of 300
    assert (row.state, row.late_min, row.due_min, row.regular_min, row.missing_min) == ("late", 20, 480, 460, 20)
    assert [step.code for step in row.steps][:2] == ["window_windows", "window_windows"]


def test_c15_the_same_punches_are_two_store_totals_with_one_person_total() -> None:
    row = _under("shift windows 09:00-12:00@A 13:00-18:20@B")
    assert [(store.store_id, store.minutes) for store in row.stores] == [("A", 160), ("B", 320)]
    assert row.worked_min == 160 + 320
    assert "elsewhere" not in row.flags


def test_c15_grace_and_zones_decide_with_the_shift() -> None:
    assert _under("rules grace_in_min=20", "shift fixed 09:00-18:00 punched=60").state == "present"
    assert _under("rules grace_in_min=19", "shift fixed 09:00-18:00 punched=60").state == "late"
    berlin = _under("on 2026-03-02 zone=Europe/Berlin", "shift fixed 09:00-18:00 punched=60")
    assert berlin.late_min == 20  # nine o'clock is the store's nine o'clock


def test_c15_a_night_shift_counts_on_its_start_day() -> None:
    case = _case("n | a night\n# 480\nshift fixed 22:00-+06:00\npunch in 22:00 A, out +06:00 A\n= present")
    rows = case.days()
    assert (rows["2026-03-02"].worked_min, rows["2026-03-03"].worked_min) == (480, 0)


def test_field_6_1_a_night_until_six_and_a_shift_from_five_are_said_to_conflict() -> None:
    rows = _case("c | conflict\n# 8 h each\nshift fixed 22:00-+06:00\nnext shift fixed 05:00-13:00\n= absent").days()
    assert "overlapping" in rows["2026-03-03"].flags
    apart = _case("c | apart\n# 8 h each\nshift fixed 22:00-+06:00\nnext shift fixed 06:00-14:00\n= absent").days()
    assert "overlapping" not in apart["2026-03-03"].flags


@pytest.mark.parametrize(
    ("day", "zone", "elapsed"),
    [
        ("2026-03-28", "Europe/Berlin", 420), ("2026-10-24", "Europe/Berlin", 540),
        ("2026-03-07", "America/New_York", 420), ("2026-10-31", "America/New_York", 540),
    ],
)  # fmt: skip
def test_field_6_10_a_dst_night_pays_elapsed_minutes_and_weekly_overtime_is_unchanged_by_a_second_run(
    day: str, zone: str, elapsed: int
) -> None:
    case = _case(
        f"dst | a night\n# elapsed\non {day} zone={zone}\nshift fixed 22:00-+06:00\npunch in 22:00 A, out +07:00 A\n= present"
    )

    def week() -> Any:
        rows = list(case.days().values())
        first = date.fromisoformat(min(row.day for row in rows))
        return sum_days(
            rows, WorkRules(week_min=400), person_id="p", number="1", name="n", from_day=first,
            to_day=date.fromordinal(first.toordinal() + 8), working_days=(),
        )  # fmt: skip

    first = week()
    assert (first.regular_min, first.overtime_normal_min) == (elapsed, 60)
    assert first.overtime_period_min == elapsed - 400
    assert week() == first


def test_pain_4_a_forgotten_clock_out_flips_nothing_on_the_next_day() -> None:
    case = _case(
        "p4 | forgotten\n# 480\nshift fixed 09:00-17:00\nnext shift fixed 09:00-17:00\n"
        "punch in 09:00 A, in +09:00 A, out +17:00 A\n= present"
    )
    rows = case.days()
    assert (rows["2026-03-02"].flags, rows["2026-03-03"].flags) == (["assumed_out"], [])
    assert rows["2026-03-03"].worked_min == 480
    # with every punch taken for the opposite of the one before, the next day begins with an "out"
    real = pairing.pair

    def flipping(plan: Any, facts: Any, now_min: int) -> Any:
        return real(plan, [fact._replace(kind="in" if n % 2 == 0 else "out") for n, fact in enumerate(facts)], now_min)

    with instead(day_rules, "pair", flipping):
        assert case.days()["2026-03-03"].worked_min != 480


def test_the_working_can_be_followed_line_by_line() -> None:
    row = _under("shift fixed 09:00-18:00 punched=60", "rules grace_in_min=5")
    told = [(step.code, {key: value for key, value in step.facts.items() if key.endswith("_min")}) for step in row.steps]
    assert told == [
        ("window_fixed", {}), ("came", {}), ("went", {}), ("came", {}), ("went", {}), ("presence", {"presence_min": 480}),
        ("break_punched", {"pause_min": 60, "planned_min": 60}), ("late", {"late_min": 20, "grace_min": 5}),
        ("overtime_short", {"amount_min": 20, "after_min": 30}), ("regular", {"amount_min": 460}),
        ("missing", {"amount_min": 20}),
    ]  # fmt: skip
    assert [step.facts["punch_id"] for step in row.steps if step.code in ("came", "went")] == ["f00", "f01", "f02", "f03"]


def test_a_plain_day_is_worked_out_in_well_under_a_tenth_of_a_millisecond() -> None:
    case = _case(
        "speed | a plain day\n# 480\nshift fixed 09:00-18:00 pause=60\npunch in 08:58 A, out 18:40 A\n= present"
    )
    case.days()
    taken = []
    for _ in range(5):
        begin = time.perf_counter()
        for _ in range(40):
            case.days()
        taken.append((time.perf_counter() - begin) / 40 / len(case.plan))
    assert min(taken) < 300e-6  # measured 40 µs a day on an idle core; the bound is wide for a busy one
