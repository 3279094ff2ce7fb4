"""What holds of days whatever happened on them. Each property has a fault planted that it must find."""

from __future__ import annotations

import random
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contract.hours import DayRow
from contract.shifts import Break, DutyBreak, DutyRow, DutyWindow, WorkRules
from server.timesheets.rules import day as day_rules
from server.timesheets.rules import nights, pairing
from server.timesheets.rules.day import Away, Fact, PlannedDay, reckon
from tests.support.planted import instead

pytestmark = pytest.mark.fast
ZONE = ZoneInfo("Europe/Berlin")
FIRST = datetime(2026, 3, 25, tzinfo=ZONE)  # the clocks change on the fifth day
DAYS = 7
BEGIN = int(FIRST.timestamp()) // 60
NOW_MS = (BEGIN + 30 * 1_440) * 60_000
FAST = settings(max_examples=120, deadline=None, suppress_health_check=[HealthCheck.too_slow])
KINDS = ("none", "off", "fixed", "night", "flexible", "windows", "stores", "on_call")
RULES = (
    WorkRules(),
    WorkRules(grace_in_min=5, grace_out_min=5, late_from="grace", rounding="nearest", rounding_step_min=15),
    WorkRules(legal_breaks=[Break(minutes=30, after_min=360), Break(minutes=45, after_min=540)], counts_before_shift=True),
    WorkRules(system="comprehensive", overtime_step_min=30, auto_close="never"),
)


def _ms(day: datetime, minutes: int) -> int:
    wall = day + timedelta(minutes=minutes)
    return int(wall.timestamp()) * 1_000


def _duty(number: int, kind: str) -> PlannedDay:
    day = FIRST + timedelta(days=number)
    hour = 60
    shapes: dict[str, list[tuple[int, int, str | None]]] = {
        "fixed": [(9 * hour, 18 * hour, None)], "night": [(22 * hour, 30 * hour, None)],
        "flexible": [(7 * hour, 20 * hour, None)], "windows": [(9 * hour, 12 * hour, None), (14 * hour, 18 * hour, None)],
        "stores": [(9 * hour, 12 * hour, "A"), (13 * hour, 17 * hour, "B")], "on_call": [(18 * hour, 30 * hour, None)],
    }  # fmt: skip
    windows = [
        DutyWindow(
            starts_ms=_ms(day, starts), ends_ms=_ms(day, ends), store_id=store,
            kind={"night": "fixed", "stores": "windows"}.get(kind, kind),  # type: ignore[arg-type]
            required_min=480 if kind == "flexible" else None,
            breaks=[DutyBreak(minutes=60, after_min=240)] if kind == "fixed" else [],
        )
        for starts, ends, store in shapes.get(kind, [])
    ]  # fmt: skip
    duty = DutyRow(
        person_id="p", day=day.date().isoformat(), zone="Europe/Berlin", starts_ms=_ms(day, 300), ends_ms=_ms(day, 1_740),
        windows=windows, day_kind="weekend" if day.weekday() > 4 else "working",
    )  # fmt: skip
    return PlannedDay(duty, kind != "none", WorkRules())


def days(kinds: list[str], facts: list[Fact], away: list[Away], rules: WorkRules) -> list[DayRow]:
    plan = [_duty(number, kind)._replace(rules=rules) for number, kind in enumerate(kinds)]
    return reckon("p", plan, facts, away, wanted={one.duty.day for one in plan}, now_ms=NOW_MS)


@st.composite
def lives(draw: st.DrawFn) -> tuple[list[str], list[Fact], list[Away], WorkRules]:
    """A week of somebody: what was planned, what was punched, when there was leave."""
    kinds = draw(st.lists(st.sampled_from(KINDS), min_size=DAYS, max_size=DAYS))
    punches = draw(
        st.lists(
            st.tuples(st.integers(300, DAYS * 1_440 - 1), st.sampled_from(("in", "out")), st.sampled_from("AB")), max_size=24
        )
    )
    facts = [Fact(f"f{number}", BEGIN + at, kind, store) for number, (at, kind, store) in enumerate(punches)]
    stretches = draw(st.lists(st.tuples(st.integers(0, DAYS * 1_440), st.integers(30, 1_440)), max_size=2))
    away = [Away(BEGIN + starts, BEGIN + starts + long) for starts, long in stretches]
    return kinds, facts, away, draw(st.sampled_from(RULES))


PLAIN = (
    ["fixed"] * DAYS,
    [
        Fact("a", BEGIN + 540, "in", "A"), Fact("b", BEGIN + 1_080, "out", "A"), Fact("c", BEGIN + 1_440 + 540, "in", "A"),
        Fact("d", BEGIN + 1_440 + 1_130, "out", "A"),
    ],
    [],
    RULES[0],
)  # fmt: skip


@FAST
@example(PLAIN, 1)
@given(lives(), st.integers(0, 1_000))
def test_the_order_in_which_facts_arrive_never_matters(life: Any, seed: int) -> None:
    kinds, facts, away, rules = life
    shuffled = random.Random(seed).sample(facts, len(facts))
    assert days(kinds, shuffled, list(reversed(away)), rules) == days(kinds, facts, away, rules)


def test_a_pairing_that_took_facts_as_they_come_is_found() -> None:
    with instead(pairing, "_in_time", lambda fact: 0), pytest.raises(AssertionError):
        test_the_order_in_which_facts_arrive_never_matters()
    assert days(*PLAIN)[0].worked_min == 480


@FAST
@example(PLAIN)
@given(lives())
def test_computing_a_day_again_gives_the_same_day(life: Any) -> None:
    first = days(*life)
    assert days(*life) == first
    kinds, facts, away, rules = life
    plan = [_duty(number, kind)._replace(rules=rules) for number, kind in enumerate(kinds)]
    alone = [
        reckon("p", plan[max(0, n - 2) : n + 3], facts, away, wanted={plan[n].duty.day}, now_ms=NOW_MS)[0] for n in range(DAYS)
    ]
    assert alone == first  # one day computed with its neighbours, or within its week


def test_a_day_that_remembered_the_one_computed_before_is_found() -> None:
    seen: list[int] = []
    real = day_rules.length

    def remembers(pieces: Any) -> int:
        seen.append(1)
        return real(pieces) + (len(seen) > 40)

    with instead(day_rules, "length", remembers), pytest.raises(AssertionError):
        test_computing_a_day_again_gives_the_same_day()
    assert seen


def explained(row: DayRow) -> int:
    """The presence that does not count, added up from the lines of the working as a person would."""
    total = 0
    for step in row.steps:
        facts = step.facts
        if step.code in ("break_fixed", "break_automatic", "break_by_law"):
            total += facts["pause_min"]
        elif step.code in ("before_shift", "during_leave", "overtime_short"):
            total += facts["amount_min"]
        elif step.code in ("overtime_unasked", "overtime_outside"):
            total += facts["amount_min"] - facts["granted_min"]
        elif step.code == "overtime_step":
            total += facts["amount_min"] % facts["step_min"]
    return total


@FAST
@example(PLAIN)
@given(lives())
def test_minutes_are_conserved(life: Any) -> None:
    for row in days(*life):
        classes = row.regular_min + row.overtime_normal_min + row.overtime_weekend_min + row.overtime_holiday_min
        assert row.worked_min == classes
        assert row.presence_min + row.rounded_min == row.worked_min + row.not_counted_min
        assert row.not_counted_min == explained(row)
        assert row.presence_min == sum(span.minutes for span in row.spans)  # no paid punched pauses in these lives
        assert min(row.worked_min, row.due_min, row.leave_min, row.missing_min, row.forgiven_min, row.not_counted_min) >= 0
        assert row.night_min <= row.worked_min
        assert row.leave_min + row.missing_min + row.forgiven_min <= row.due_min
        if row.due_min and row.state != "unknown" and life[3].system == "standard":
            assert row.due_min == row.regular_min + row.leave_min + row.missing_min + row.forgiven_min
        for one, other in zip(row.spans, row.spans[1:], strict=False):
            assert one.out_ms is None or one.out_ms <= other.in_ms


def test_a_minute_of_overtime_that_nobody_was_there_for_is_found() -> None:
    real = day_rules.grant

    def one_more(over: Any, planned: PlannedDay, beyond: Any) -> None:
        real(over, planned, beyond)
        over.counted += 1

    with instead(day_rules, "grant", one_more), pytest.raises(AssertionError):
        test_minutes_are_conserved()
    assert days(*PLAIN)[1].overtime_normal_min == 50


@FAST
@example(PLAIN, 6, 700, "in")
@given(lives(), st.integers(0, DAYS - 1), st.integers(300, 1_439), st.sampled_from(("in", "out")))
def test_adding_a_fact_never_changes_an_unrelated_day(life: Any, number: int, minute: int, kind: str) -> None:
    kinds, facts, away, rules = life
    more = [*facts, Fact("new", BEGIN + number * 1_440 + minute, kind, "A")]
    before, after = days(kinds, facts, away, rules), days(kinds, more, away, rules)
    far = [n for n in range(DAYS) if abs(n - number) > 2]
    assert [after[n] for n in far] == [before[n] for n in far]


def test_a_next_action_flipped_from_the_last_punch_is_found() -> None:
    """The way others do it: every second punch is an "out", whatever it says."""
    real = pairing.pair

    def flipping(plan: Any, facts: Any, now_min: int) -> Any:
        ordered = sorted(facts, key=lambda fact: (fact.at_min, fact.id))
        return real(plan, [fact._replace(kind="in" if n % 2 == 0 else "out") for n, fact in enumerate(ordered)], now_min)

    with instead(day_rules, "pair", flipping):
        kinds, facts, away, rules = PLAIN
        late = [fact._replace(at_min=fact.at_min + 4 * 1_440) for fact in facts]
        more = [*facts, *late, Fact("new", BEGIN + 700, "in", "A")]
        assert days(kinds, [*facts, *late], away, rules)[5] != days(kinds, more, away, rules)[5]
    assert days(kinds, [*facts, *late], away, rules)[5] == days(kinds, more, away, rules)[5]


@FAST
@example(PLAIN)
@given(lives())
def test_the_totals_of_stores_are_the_total_of_the_person(life: Any) -> None:
    for row in days(*life):
        if row.worked_min and (row.stores or row.presence_min):
            assert sum(store.minutes for store in row.stores) == row.worked_min
        assert all(store.minutes >= 0 for store in row.stores)


def test_a_store_that_rounds_for_itself_is_found() -> None:
    def each_for_itself(minutes: int, by_store: dict[str, int]) -> list[tuple[str, int]]:
        whole = sum(by_store.values())
        return [(store, minutes * share // whole - 1) for store, share in by_store.items()]

    with instead(day_rules, "shared_out", each_for_itself), pytest.raises(AssertionError):
        test_the_totals_of_stores_are_the_total_of_the_person()
    assert nights.shared_out(100, {"A": 1, "B": 1, "C": 1}) == [("A", 34), ("B", 33), ("C", 33)]
