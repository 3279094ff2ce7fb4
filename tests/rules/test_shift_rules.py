"""Whose plan counts and which instants its minutes are: worked out by hand, and for all of them."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.shifts import Break, DefineTemplate, Window, WorkRules
from server.shifts.rules import clock, days, judge
from server.shifts.rules.days import CalendarWord, Pattern, Template, Where, Worked, duty_on, template_on
from server.shifts.rules.said import Said, Spoken, chain, counting
from tests.support.planted import instead

pytestmark = pytest.mark.fast
SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
HOUR = 60
FORWARD, BACKWARD = date(2026, 3, 29), date(2026, 10, 25)  # Berlin: 02:00 becomes 03:00, 03:00 becomes 02:00
DAYS = st.dates(date(2024, 1, 1), date(2028, 12, 31))
ZONES = st.sampled_from([SHANGHAI, BERLIN, "America/New_York", "Australia/Lord_Howe", "Pacific/Auckland", "UTC"])


def shows(day: date, zone: str, minute: int) -> str:
    """What the clock on the wall shows at a minute of a business date."""
    return datetime.fromtimestamp(clock.at_minute(day, zone, minute) / 1000, ZoneInfo(zone)).strftime("%m-%d %H:%M %z")


def template(starts: int, ends: int, **more: object) -> Template:
    return Template("x", date(2000, 1, 1), "fixed", (Window(starts_min=starts, ends_min=ends),), **more)  # type: ignore[arg-type]


def elapsed(day: date, zone: str, starts: int, ends: int) -> list[int]:
    """Minutes of the windows of a day."""
    worked = [Worked(template(starts, ends))]
    duty = duty_on(day, Where(zone, 0), CalendarWord("working"), worked, {}, source="pattern")
    return [(window.ends_ms - window.starts_ms) // 60_000 for window in duty.windows]


def test_a_night_shift_goes_on_into_the_next_day() -> None:
    assert shows(date(2026, 11, 20), SHANGHAI, 22 * HOUR) == "11-20 22:00 +0800"
    assert shows(date(2026, 11, 20), SHANGHAI, 30 * HOUR) == "11-21 06:00 +0800"
    assert elapsed(date(2026, 11, 20), SHANGHAI, 22 * HOUR, 30 * HOUR) == [480]


def test_in_the_night_of_summer_time_seven_hours_pass_and_in_that_of_winter_time_nine() -> None:
    night = (22 * HOUR, 30 * HOUR)
    assert elapsed(FORWARD - timedelta(days=1), BERLIN, *night) == [420]
    assert elapsed(BACKWARD - timedelta(days=1), BERLIN, *night) == [540]
    assert elapsed(FORWARD, BERLIN, *night) == elapsed(BACKWARD, BERLIN, *night) == [480]


def test_a_window_that_begins_in_a_gap_begins_after_it() -> None:
    assert shows(FORWARD, BERLIN, 2 * HOUR + 30) == "03-29 03:00 +0200"
    assert elapsed(FORWARD, BERLIN, 2 * HOUR + 30, 6 * HOUR) == [180]
    assert elapsed(FORWARD, BERLIN, 1 * HOUR, 2 * HOUR + 30) == [60]
    assert elapsed(FORWARD, BERLIN, 2 * HOUR + 10, 2 * HOUR + 50) == [], "a window that never was is not there"
    assert shows(date(2026, 10, 4), "Australia/Lord_Howe", 2 * HOUR + 15) == "10-04 02:30 +1100", "half an hour's gap"


def test_a_time_that_the_clock_shows_twice_is_the_first_of_the_two() -> None:
    assert shows(BACKWARD, BERLIN, 2 * HOUR + 30) == "10-25 02:30 +0200"
    assert elapsed(BACKWARD, BERLIN, 1 * HOUR, 4 * HOUR) == [240]
    assert elapsed(BACKWARD, BERLIN, 2 * HOUR + 15, 2 * HOUR + 45) == [30]


@given(DAYS, ZONES, st.integers(0, 2_879), st.integers(1, 600))
@example(FORWARD, BERLIN, 150, 30)
@example(BACKWARD, BERLIN, 150, 30)
def test_a_later_minute_is_never_an_earlier_instant_and_all_are_whole_minutes(
    day: date, zone: str, minute: int, more: int
) -> None:
    one, other = clock.at_minute(day, zone, minute), clock.at_minute(day, zone, minute + more)
    assert one <= other and one % 60_000 == 0
    wall = datetime.fromtimestamp(one / 1000, ZoneInfo(zone)).replace(tzinfo=None)
    asked = datetime(day.year, day.month, day.day, tzinfo=UTC).replace(tzinfo=None) + timedelta(minutes=minute)
    assert wall == asked or (wall > asked and wall - asked <= timedelta(hours=1)), "what the clock shows, or the end of a gap"


def test_a_clock_that_forgets_the_gap_is_found() -> None:
    """The control: minutes added to the instant of midnight, as one would at first."""

    def naive(day: date, zone: str, minute: int) -> int:
        midnight = datetime(day.year, day.month, day.day, tzinfo=ZoneInfo(zone))
        return int(midnight.timestamp()) * 1000 + minute * 60_000

    with instead(days, "at_minute", naive):
        assert elapsed(FORWARD - timedelta(days=1), BERLIN, 22 * HOUR, 30 * HOUR) != [420]


THREE = Pattern(
    "three", date(2026, 1, 1), date(2026, 11, 16), ("early", "early", "late", "late", "night", "night", "", ""), "none"
)
OFFICE = Pattern("office", date(2026, 1, 1), date(2026, 1, 5), ("day",) * 5 + ("", ""))
SHOP = Pattern("shop", date(2026, 1, 1), date(2026, 1, 5), ("early",) * 6 + ("",), "none")


def test_a_rotation_of_three_shifts_goes_round_and_may_be_moved() -> None:
    week = [template_on(THREE, date(2026, 11, 16) + timedelta(days=n), "working") for n in range(10)]
    assert week == ["early", "early", "late", "late", "night", "night", "", "", "early", "early"]
    moved = [template_on(THREE, date(2026, 11, 16) + timedelta(days=n), "working", shifted_by=2) for n in range(4)]
    assert moved == ["late", "late", "night", "night"]
    assert template_on(THREE, date(2026, 11, 15), "weekend") == "", "the cycle was there before it was written down"


@given(DAYS, st.integers(0, 7), st.sampled_from(["working", "weekend", "holiday"]))
def test_a_cycle_comes_round_whatever_the_calendar_says_to_a_shop(day: date, shifted_by: int, kind: str) -> None:
    here = template_on(THREE, day, kind, shifted_by=shifted_by)  # type: ignore[arg-type]
    assert here == template_on(THREE, day + timedelta(days=len(THREE.cycle)), "working", shifted_by=shifted_by)
    assert here == template_on(THREE, day + timedelta(days=shifted_by), "working")


def test_holidays_are_off_and_a_make_up_day_is_worked_like_the_last_working_day() -> None:
    """2026: National Day from 1 to 7 October, made up for on Saturday 10 October (and Sunday 20 September)."""
    assert template_on(OFFICE, date(2026, 10, 1), "holiday") == ""
    assert template_on(OFFICE, date(2026, 10, 8), "working") == "day"
    assert template_on(OFFICE, date(2026, 10, 10), "working") == "day"
    assert template_on(OFFICE, date(2026, 10, 11), "weekend") == ""
    assert template_on(OFFICE, date(2026, 11, 20), "weekend") == "", "a Friday the company gives off"
    assert template_on(SHOP, date(2026, 10, 1), "holiday") == "early", "shops are open on holidays"
    six = Pattern("six", date(2026, 1, 1), date(2026, 1, 5), ("day",) * 5 + ("half", ""))
    assert template_on(six, date(2026, 10, 10), "working") == "half", "the cycle has its own word for a Saturday"
    assert template_on(six, date(2026, 9, 20), "working") == "half", "and a Sunday is worked like the last working day"


def spoken(*rows: tuple[int, int | None, str | None]) -> list[Spoken]:
    start = date(2026, 11, 1)
    return [
        Spoken(start + timedelta(days=first), start + timedelta(days=until) if until is not None else None, what)
        for first, until, what in rows
    ]


def test_what_begins_later_counts_and_what_ends_gives_way_to_what_was_said_before() -> None:
    said = spoken((0, None, "shop"), (10, 20, "three"), (15, None, "office"))
    on = [counting(said, date(2026, 11, 1) + timedelta(days=n)) for n in (0, 9, 10, 14, 15, 25)]
    assert [one.what for one in on if one is not None] == ["shop", "shop", "three", "three", "office", "office"]
    short = spoken((0, None, "shop"), (10, 20, "three"))
    assert [found.what for n in (9, 10, 19, 20) if (found := counting(short, date(2026, 11, 1) + timedelta(days=n)))] == [
        "shop", "three", "three", "shop",
    ]  # fmt: skip
    twice = spoken((0, None, "shop"), (0, None, "office"))
    assert (found := counting(twice, date(2026, 11, 3))) is not None and found.what == "office", "said again of the same day"
    assert counting(said, date(2026, 10, 31)) is None


ABOVE = {"store": ["region", "company"], "kitchen": ["company"], "region": ["company"]}


def above(unit: str) -> list[str]:
    return ABOVE.get(unit, [])


def test_the_store_is_nearest_then_its_region_then_home_and_the_company_last() -> None:
    assert chain(above, "store", "kitchen") == ["store", "region", "kitchen", "company"]
    assert chain(above, None, "kitchen") == ["kitchen", "company"]
    assert chain(above, "store", None) == ["store", "region", "company"]
    assert chain(above, None, None) == []


@given(st.sets(st.sampled_from(["person", "store", "region", "kitchen", "company"])))
def test_of_all_who_say_something_the_nearest_counts(who: set[str]) -> None:
    said = Said()
    for one in who:
        said.add("p" if one == "person" else None, one if one not in ("person",) else None, spoken((0, None, one))[0])
    found = said.of("p", chain(above, "store", "kitchen"), date(2026, 11, 5))
    order = [one for one in ("person", "store", "region", "kitchen", "company") if one in who]
    assert (found.what if found is not None else None) == (order[0] if order else None)


def test_somebody_may_be_without_a_pattern_where_their_unit_has_one() -> None:
    said = Said()
    said.add(None, "store", Spoken(date(2026, 1, 1), None, "shop"))
    said.add("p", None, Spoken(date(2026, 11, 10), date(2026, 11, 12), None))
    on = [said.of("p", ["store"], date(2026, 11, day)) for day in (9, 10, 12)]
    assert [one.what for one in on if one is not None] == ["shop", None, "shop"]


def test_windows_stand_by_the_clock_of_their_own_store_and_pauses_where_they_belong() -> None:
    split = Template(
        "split", date(2000, 1, 1), "windows",
        (Window(starts_min=600, ends_min=840), Window(starts_min=1020, ends_min=1260, store_id="berlin")),
        (Break(minutes=15, after_min=120), Break(minutes=30, starts_min=1080)),
    )  # fmt: skip
    where = Where(SHANGHAI, 300, "home")
    zones = {"home": SHANGHAI, "berlin": BERLIN}
    duty = duty_on(date(2026, 11, 20), where, CalendarWord("working"), [Worked(split)], zones, source="planned")
    first, second = duty.windows
    assert (first.store_id, second.store_id) == ("home", "berlin")
    assert datetime.fromtimestamp(first.starts_ms / 1000, UTC).hour == 2
    assert datetime.fromtimestamp(second.starts_ms / 1000, UTC).hour == 16, "17:00 in Berlin"
    assert [(one.minutes, one.starts_ms) for one in first.breaks] == [(15, None)]
    assert [(one.minutes, one.starts_ms) for one in second.breaks] == [(30, second.starts_ms + 3_600_000)]
    assert (duty.ends_ms - duty.starts_ms) == 86_400_000 and duty.source == "planned"
    assert datetime.fromtimestamp(duty.starts_ms / 1000, ZoneInfo(SHANGHAI)).hour == 5, "the business day turns at five"


def define(kind: str = "fixed", *windows: tuple[int, int], **more: object) -> str | None:
    """The refusal of a template, or None."""
    op = DefineTemplate(
        template_id="0197a5c0-1111-7222-8333-444455556666", code="x", name_zh="x", name_en="x", from_day="2026-01-01", kind=kind,  # type: ignore[arg-type]
        windows=[Window(starts_min=s, ends_min=e) for s, e in windows or ((540, 1080),)], **more,  # type: ignore[arg-type]
    )  # fmt: skip
    wrong = judge.judge_template(op)
    return wrong.code.removeprefix("shifts.") if wrong is not None else None


FLEX = {"required_min": 480, "core_starts_min": 600, "core_ends_min": 960}


@pytest.mark.parametrize(
    ("refused", "kind", "windows", "more"),
    [
        (None, "fixed", [(540, 1080)], {"breaks": [Break(minutes=60, starts_min=720)]}),
        (None, "fixed", [(1320, 1800)], {}),
        ("ends_before_start", "fixed", [(1080, 540)], {}),
        ("ends_before_start", "fixed", [(540, 540)], {}),
        ("longer_than_a_day", "fixed", [(300, 1800)], {}),
        ("one_window", "fixed", [(540, 720), (780, 1080)], {}),
        (None, "windows", [(780, 1080), (540, 720)], {}),
        ("windows_overlap", "windows", [(540, 800), (780, 1080)], {}),
        ("only_flexible", "fixed", [(540, 1080)], {"required_min": 480}),
        ("only_flexible", "on_call", [(540, 1080)], {"core_starts_min": 600, "core_ends_min": 660}),
        (None, "flexible", [(420, 1260)], FLEX),
        ("required_missing", "flexible", [(420, 1260)], {}),
        ("required_too_long", "flexible", [(420, 1260)], {**FLEX, "required_min": 900}),
        ("core_outside", "flexible", [(660, 1260)], FLEX),
        ("core_incomplete", "flexible", [(420, 1260)], {"required_min": 480, "core_starts_min": 600}),
        ("core_incomplete", "flexible", [(420, 1260)], {**FLEX, "core_ends_min": 600}),
        ("core_too_long", "flexible", [(420, 1260)], {**FLEX, "required_min": 300}),
        ("break_outside", "fixed", [(540, 1080)], {"breaks": [Break(minutes=60, starts_min=1050)]}),
        ("breaks_overlap", "fixed", [(540, 1080)], {"breaks": [Break(minutes=60, starts_min=n) for n in (700, 720)]}),
        ("break_too_long", "fixed", [(540, 600)], {"breaks": [Break(minutes=60)]}),
        ("break_too_long", "fixed", [(540, 1080)], {"breaks": [Break(minutes=0)]}),
    ],
)
def test_a_template_that_cannot_be_worked_is_refused(
    refused: str | None, kind: str, windows: list[tuple[int, int]], more: dict[str, object]
) -> None:
    assert define(kind, *windows, **more) == refused


def test_a_cycle_names_known_templates_and_no_day_runs_into_the_next() -> None:
    known = {"day": template(540, 1080), "night": template(1320, 1800), "dawn": template(300, 700)}

    def judged(*cycle: str) -> str | None:
        wrong = judge.judge_cycle(cycle, known.get)
        return wrong[0].code.removeprefix("shifts.") if wrong is not None else None

    assert judged("day", "day", "", "night", "night") is None
    assert judged("day", "dusk") == "template_unknown"
    assert judged("", "") == "nothing_worked"
    assert judged("night", "dawn", "") == "days_overlap", "06:00 is after 05:00"
    assert judged("dawn", "", "night") == "days_overlap", "the last day of the cycle runs into its first"
    assert judged("night", "", "dawn") is None


def test_rules_that_cannot_be_reckoned_with_are_refused() -> None:
    def judged(**body: object) -> str | None:
        wrong = judge.judge_rules(WorkRules(**body))  # type: ignore[arg-type]
        return wrong.code.removeprefix("shifts.") if wrong is not None else None

    assert judged() is None
    assert judged(night_starts_min=1320, night_ends_min=1300) == "night_backwards"
    assert judged(legal_breaks=[Break(minutes=30, after_min=360), Break(minutes=45, after_min=540)]) is None
    assert judged(legal_breaks=[Break(minutes=30, after_min=360), Break(minutes=20, after_min=540)]) == "legal_break"
    assert judged(legal_breaks=[Break(minutes=30, starts_min=700)]) == "legal_break"
    assert judged(rounding="down") == "rounding_without_step"
    assert judged(rounding="down", rounding_step_min=15) is None
