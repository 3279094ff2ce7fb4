"""What holds of rosters whatever is planned: both judges say the same, a tap breaks what it breaks, order does not matter.

Each property has a fault planted that it must find.
"""

from __future__ import annotations

import random
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import msgspec
import pytest
from hypothesis import HealthCheck, Phase, example, given, settings
from hypothesis import strategies as st

from contract.rostering.local_time import at_minute
from contract.rostering.presets import PRESETS
from contract.rostering.rules import Calendar, engine, judge_change, judge_line, setting_of
from contract.rostering.rules.line import Broken, Line
from contract.rostering.shapes import Away, Lack, Past, Placed, Profile, Skill, Stay, Worker
from tests.support.planted import instead
from tests.support.roster_cases import broken_of
from tests.support.roster_checker import what_is_broken

pytestmark = pytest.mark.fast
FAST = settings(
    max_examples=70, deadline=None, suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
)  # fmt: skip
ZONE = "Europe/Berlin"
# three weeks each with a month's border, and a night in which the clock changes
BEGINS = (date(2026, 3, 18), date(2026, 10, 16), date(2026, 7, 27))
DAYS = 20
TIMES = (
    (540, 1_020), (540, 1_080), (360, 840), (840, 1_320), (841, 1_321), (1_320, 1_800), (1_200, 1_620), (300, 780), (600, 840),
    (1_020, 1_260), (540, 1_140), (1_470, 1_800), (0, 120),
)  # fmt: skip
# one set of rules with limits that such lines reach exactly, just miss, or pass
TIGHT = Profile(code="tight", rules=[
    *(msgspec.structs.replace(setting_of(name), hard=True) for name in (
        "overlap", "skill_required", "dispatch_window", "approved_leave", "unavailable", "undesired", "nights_in_row_max",
        "break_rule", "protected_no_night", "protected_no_overtime", "clopen", "split_weekend", "single_day_off", "start_jitter",
        "contract_min_hours", "rest_between", "course_gate", "course_due",
    )),
    setting_of("store_open", before=0, after=30), setting_of("travel_time", unknown=45),
    setting_of("daily_max", max=480, overtime=60), setting_of("weekly_rest", min=1_440),
    setting_of("weekly_max", max=2_400, weeks=2, standard_only=1), setting_of("overtime_month_max", max=120),
    setting_of("cycle_max", months=1, standard=2_400, overtime=480, everybody=0), setting_of("part_time_max"),
    setting_of("consecutive_days_max", max=3), setting_of("night_max"), setting_of("weekends", free=1, weeks=2),
    setting_of("shift_length", min=180, max=540), setting_of("minor_rules", rest=720),
])  # fmt: skip
LOOSE = Profile(code="loose", rules=[
    setting_of("rest_between", min=600, on_call=1), setting_of("weekly_rest", min=2_100, on_call=1),
    setting_of("weekly_max", max=1_920, standard_only=0),
    setting_of("cycle_max", months=3, standard=3_000, overtime=0, everybody=1),
    setting_of("nights_in_row_max", max=1, least=60), setting_of("weekends", free=2, weeks=3),
    setting_of("overtime_month_max", max=0, day=420, week=1_500, standard_only=0), setting_of("daily_max", standard_only=0),
    setting_of("break_rule", after=300, min=20, after_2=480, min_2=40), setting_of("consecutive_days_max", max=1),
])  # fmt: skip


WAITS = [Lack(store_id="A", course="fire"), Lack(store_id="B", course="fire", blocks=False), Lack(store_id="C", blocks=False)]


def shift_on(begins: date, number: int, at: tuple[int, int], name: str, **more: Any) -> Placed:
    day = (begins + timedelta(days=number)).isoformat()
    starts_ms, ends_ms = (at_minute(day, minute, ZONE) for minute in at)
    pause = more.pop("pause", 0)
    return Placed(
        id=name, person_id="p", day=day, starts_min=at[0], ends_min=at[1], starts_ms=starts_ms, ends_ms=ends_ms,
        work_min=(ends_ms - starts_ms) // 60_000 - pause, **{"store_id": "A", **more},
    )  # fmt: skip


def away_on(begins: date, number: int, minute: int, lasts: int, kind: Any) -> Away:
    starts = at_minute((begins + timedelta(days=number)).isoformat(), minute, ZONE)
    return Away(kind=kind, starts_ms=starts, ends_ms=starts + lasts * 60_000)


def calendar_of(begins: date) -> Calendar:
    opens = [(480, 1_320)]
    return Calendar(
        begins.isoformat(), (begins + timedelta(days=DAYS - 1)).isoformat(), ZONE, day_kinds={"2026-03-31": "holiday"},
        open_week={"B": [opens, opens, [], opens, opens, [(600, 1_560)], []]}, open_days={("C", "2026-03-30"): [(540, 1_080)]},
        travel_min={("A", "B"): 60},
    )  # fmt: skip


@st.composite
def lines(draw: st.DrawFn) -> tuple[Worker, list[Placed], date]:
    begins = draw(st.sampled_from(BEGINS))
    drawn = draw(st.lists(st.tuples(
        st.integers(0, DAYS - 1), st.sampled_from(TIMES), st.sampled_from("AABC"), st.sampled_from((0, 0, 30, 45)),
        st.sampled_from(("", "", "", "oncall", "elsewhere")), st.sampled_from(("", "till", "food")),
    ), max_size=18))  # fmt: skip
    placed = [
        shift_on(
            begins, number, at, f"s{count}", store_id=store, pause=pause, on_call=kind == "oncall", role=role,
            state="elsewhere" if kind == "elsewhere" else "draft",
        )
        for count, (number, at, store, pause, kind, role) in enumerate(drawn)
    ]  # fmt: skip
    away = [
        away_on(begins, *one)
        for one in draw(st.lists(st.tuples(
            st.integers(0, DAYS - 1), st.sampled_from((0, 540, 840)), st.sampled_from((60, 480, 1_440)),
            st.sampled_from(("leave", "unavailable", "undesired", "desired")),
        ), max_size=3, unique_by=lambda one: one[:2]))
    ]  # fmt: skip
    middle = (begins + timedelta(days=7)).isoformat()
    late = at_minute(begins.isoformat(), 0, ZONE) - 120 * 60_000
    behind = Past(
        last_end_ms=late, days_in_row=2, nights_in_row=2, week_min=900, days_since_rest=2, month_overtime_min=100,
        period_min=1_200,
    )  # fmt: skip
    past = draw(st.sampled_from((Past(), behind)))
    worker = Worker(
        person_id="p", skills=[Skill(code="till", to_day=middle), Skill(code="food", from_day=middle)], away=away, past=past,
        stays=[Stay(store_id="A", from_day="2000-01-01"), Stay(store_id="B", from_day=begins.isoformat(), until=middle)],
        system=draw(st.sampled_from(("standard", "standard", "comprehensive", "flexible", "part_time"))),
        born_on=draw(st.sampled_from((None, "1990-01-01", "2008-07-30", "2010-03-25"))),
        protect=draw(st.sampled_from(([], [], ["pregnant"], ["no_night"]))),
        day_max_min=draw(st.sampled_from((None, None, 450))), week_max_min=draw(st.sampled_from((None, None, 1_200))),
        week_min_min=draw(st.sampled_from((None, 960))), lacks=draw(st.sampled_from(([], [], WAITS))),
    )  # fmt: skip
    return worker, placed, begins


# six days of eight hours from Monday 16 March: the sixth is overtime, the fourth to sixth are too many, and rest lacks nothing
PLAIN = (
    Worker(person_id="p", stays=[Stay(store_id="A", from_day="2000-01-01")]),
    [shift_on(date(2026, 7, 27), number, (540, 1_020), f"s{number}") for number in range(6)],
    date(2026, 7, 27),
)


@pytest.mark.slow
@FAST
@example(PLAIN, TIGHT)
@given(lines(), st.sampled_from((TIGHT, LOOSE, *PRESETS.values())))
def test_both_judges_say_the_same_rule_by_rule_and_by_how_much(line: Any, profile: Profile) -> None:
    worker, placed, begins = line
    calendar = calendar_of(begins)
    assert broken_of(judge_line(worker, placed, profile, calendar)) == what_is_broken(worker, placed, profile, calendar)


def test_a_rule_that_forgets_its_last_break_is_found() -> None:
    real = engine.JUDGES["consecutive_days_max"]

    def forgets(line: Line, params: Mapping[str, int]) -> Iterator[Broken]:
        return iter(list(real(line, params))[:-1])

    judges = {**engine.JUDGES, "consecutive_days_max": forgets}
    with instead(engine, "JUDGES", judges), pytest.raises((AssertionError, ExceptionGroup)):
        test_both_judges_say_the_same_rule_by_rule_and_by_how_much()
    assert broken_of(judge_line(*PLAIN[:2], TIGHT, calendar_of(PLAIN[2])))


@pytest.mark.slow
@FAST
@example(PLAIN, 6, (540, 1_020), "A", "s6", 0)
@given(
    lines(), st.integers(0, DAYS - 1), st.sampled_from(TIMES), st.sampled_from("AB"), st.sampled_from(("s0", "s1", "new")),
    st.integers(0, 3),
)  # fmt: skip
def test_a_tap_breaks_newly_what_the_second_judge_finds_after_it_and_not_before(
    line: Any, number: int, at: tuple[int, int], store: str, name: str, without: int
) -> None:
    worker, placed, begins = line
    calendar = calendar_of(begins)
    change = shift_on(begins, number, at, name, store_id=store) if without != 3 else None
    gone = {"s2"} if without >= 2 else set()
    after = [shift for shift in placed if shift.id not in gone and (change is None or shift.id != change.id)]
    if change is not None:
        after.append(change)
    known = what_is_broken(worker, placed, TIGHT, calendar)
    then = what_is_broken(worker, after, TIGHT, calendar)
    expected = {key: over for key, over in then.items() if over > known.get(key, 0)}
    assert broken_of(judge_change(worker, placed, change, sorted(gone), TIGHT, calendar)) == expected


def test_a_tap_that_is_blamed_for_what_was_broken_before_is_found() -> None:
    with instead(engine, "newly_broken", lambda before, after: list(after)), pytest.raises((AssertionError, ExceptionGroup)):
        test_a_tap_breaks_newly_what_the_second_judge_finds_after_it_and_not_before()
    worker, placed, begins = PLAIN
    change = shift_on(begins, 6, (540, 1_020), "s6")
    found = judge_change(worker, placed, change, (), TIGHT, calendar_of(begins))
    assert ("consecutive_days_max", "2026-08-02") in broken_of(found)
    assert ("consecutive_days_max", "2026-08-01") not in broken_of(found)


@FAST
@example(PLAIN, 1)
@given(lines(), st.integers(0, 1_000))
def test_the_order_in_which_shifts_are_given_does_not_matter(line: Any, seed: int) -> None:
    worker, placed, begins = line
    mixed = list(placed)
    random.Random(seed).shuffle(mixed)
    calendar = calendar_of(begins)
    assert judge_line(worker, mixed, TIGHT, calendar) == judge_line(worker, placed, TIGHT, calendar)


def test_a_line_that_is_not_put_in_order_is_found() -> None:
    with instead(engine, "Line", unordered), pytest.raises((AssertionError, ExceptionGroup)):
        test_the_order_in_which_shifts_are_given_does_not_matter()
    worker, placed, begins = PLAIN
    assert judge_line(worker, placed, TIGHT, calendar_of(begins))


def unordered(worker: Worker, placed: list[Placed], calendar: Calendar) -> Line:
    line = Line(worker, placed, calendar)
    line.shifts = list(placed)
    line.due = [shift for shift in placed if not shift.on_call]
    line.days = [day for shift in line.due for day in line.days if day.day == shift.day]
    return line


@FAST
@example(PLAIN, 5)
@given(lines(), st.integers(0, DAYS - 1))
def test_earlier_days_count_but_are_not_shown(line: Any, number: int) -> None:
    worker, placed, begins = line
    whole = calendar_of(begins)
    first = (begins + timedelta(days=number)).isoformat()
    placed = [*placed, shift_on(begins, 0, (420, 480), "first fact", on_call=True)]  # of the first day there is a fact of
    later = replace(whole, first_day=first)
    worker = msgspec.structs.replace(worker, past=Past(), week_min_min=None)
    shown = judge_line(worker, placed, TIGHT, later)
    dated = [verdict for verdict in shown if verdict.rule != "course_due"]  # the one rule that counts from the first day on
    before = [verdict for verdict in judge_line(worker, placed, TIGHT, whole) if verdict.rule != "course_due"]
    assert dated == [verdict for verdict in before if verdict.day >= first]
    due = {verdict.about: verdict.over for verdict in shown if verdict.rule == "course_due"}
    ours = [shift.store_id for shift in placed if shift.day >= first and shift.state != "elsewhere"]
    counted = {
        f"{lack.store_id}:{lack.course or 'record'}": ours.count(lack.store_id) for lack in worker.lacks if not lack.blocks
    }  # fmt: skip
    assert due == {about: n for about, n in counted.items() if n}


def test_a_first_day_that_forgets_what_was_before_it_is_found() -> None:
    real = engine.Line

    def forgetful(worker: Worker, placed: list[Placed], calendar: Calendar) -> Line:
        return real(worker, [shift for shift in placed if shift.day >= calendar.first_day], calendar)

    with instead(engine, "Line", forgetful), pytest.raises((AssertionError, ExceptionGroup)):
        test_earlier_days_count_but_are_not_shown()
    assert judge_line(*PLAIN[:2], TIGHT, calendar_of(PLAIN[2]))
