"""Business days around their turn, in zones with and without summer time; and what is believed of the time of an offline act."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from contract.moments import (
    DRIFT_PER_MILLION,
    EARLIEST_MS,
    LATEST_MS,
    NARROW_MS,
    Anchor,
    BootLine,
    Stamp,
    TimeTaken,
    business_date,
    day_starts_at,
    instant,
    judge_time,
    line_of,
    to_ms,
)

NOON = 1_767_240_000_000
MINUTE, HOUR = 60_000, 3_600_000
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York")

# business days


@pytest.mark.parametrize(
    ("zone", "local", "turns_at_min", "day"),
    [
        ("Asia/Shanghai", "2026-11-21 04:59:59", 300, "2026-11-20"),
        ("Asia/Shanghai", "2026-11-21 05:00:00", 300, "2026-11-21"),
        ("Asia/Shanghai", "2026-11-21 00:00:00", 0, "2026-11-21"),
        ("Asia/Shanghai", "2026-11-20 23:59:59", 0, "2026-11-20"),
        ("Asia/Shanghai", "2026-11-21 23:58:59", 1439, "2026-11-20"),
        ("Asia/Shanghai", "2026-11-21 23:59:00", 1439, "2026-11-21"),
        ("Asia/Shanghai", "2026-01-01 02:10:00", 300, "2025-12-31"),
        ("Europe/Berlin", "2026-03-29 01:59:59", 120, "2026-03-28"),
        ("Europe/Berlin", "2026-03-29 03:00:00", 120, "2026-03-29"),
        ("America/New_York", "2026-11-01 01:30:00", 120, "2026-10-31"),
        ("America/New_York", "2026-11-01 02:00:00", 120, "2026-11-01"),
    ],
)
def test_a_punch_belongs_to_the_day_that_has_not_turned_yet(zone: str, local: str, turns_at_min: int, day: str) -> None:
    moment = datetime.fromisoformat(local).replace(tzinfo=ZoneInfo(zone))
    assert business_date(moment, zone, day_turns_at_min=turns_at_min) == date.fromisoformat(day)
    assert business_date(moment.astimezone(UTC), zone, day_turns_at_min=turns_at_min) == date.fromisoformat(day)


def test_the_same_moment_is_another_business_day_elsewhere() -> None:
    moment = datetime(2026, 11, 20, 21, 30, tzinfo=UTC)
    days = [business_date(moment, zone, day_turns_at_min=300).day for zone in ZONES]
    assert days == [21, 20, 20]


@pytest.mark.parametrize(
    ("zone", "day", "turns_at_min", "begins"),
    [
        ("Asia/Shanghai", "2026-11-21", 300, "2026-11-20T21:00:00"),
        ("Europe/Berlin", "2026-03-29", 300, "2026-03-29T03:00:00"),
        ("Europe/Berlin", "2026-10-25", 300, "2026-10-25T04:00:00"),
        ("Europe/Berlin", "2026-03-28", 300, "2026-03-28T04:00:00"),
        ("America/New_York", "2026-03-08", 300, "2026-03-08T09:00:00"),
        ("America/New_York", "2026-11-01", 300, "2026-11-01T10:00:00"),
    ],
)
def test_a_business_day_begins_where_the_page_says(zone: str, day: str, turns_at_min: int, begins: str) -> None:
    began = day_starts_at(date.fromisoformat(day), zone, day_turns_at_min=turns_at_min)
    assert began == datetime.fromisoformat(begins).replace(tzinfo=UTC)


@given(
    st.sampled_from(ZONES), st.dates(date(2020, 1, 2), date(2099, 1, 1)), st.sampled_from([0, 240, 300, 720, 1439])
)  # fmt: skip
def test_a_day_begins_with_its_first_moment_and_the_one_before_belongs_to_yesterday(zone: str, day: date, turns: int) -> None:
    began = day_starts_at(day, zone, day_turns_at_min=turns)
    assert business_date(began, zone, day_turns_at_min=turns) == day
    assert business_date(began - timedelta(milliseconds=1), zone, day_turns_at_min=turns) == day - timedelta(days=1)


@given(st.sampled_from(ZONES), st.integers(EARLIEST_MS, LATEST_MS), st.sampled_from([0, 240, 300, 720, 1439]))
def test_every_moment_lies_in_its_own_business_day(zone: str, at_ms: int, turns: int) -> None:
    moment = instant(at_ms)
    day = business_date(moment, zone, day_turns_at_min=turns)
    began = day_starts_at(day, zone, day_turns_at_min=turns)
    ends = day_starts_at(day + timedelta(days=1), zone, day_turns_at_min=turns)
    assert began <= moment < ends
    assert timedelta(hours=23) <= ends - began <= timedelta(hours=25)


# milliseconds and instants


@given(st.integers(EARLIEST_MS, LATEST_MS))
def test_milliseconds_come_back_from_instants(at_ms: int) -> None:
    assert to_ms(instant(at_ms)) == at_ms


@pytest.mark.parametrize(
    ("ms", "held"),
    [(0, EARLIEST_MS), (-(2**62), EARLIEST_MS), (4_294_967_296_000, LATEST_MS), (2**62, LATEST_MS), (EARLIEST_MS, EARLIEST_MS)],
)
def test_a_garbled_clock_stays_storable(ms: int, held: int) -> None:
    assert to_ms(instant(ms)) == held


def test_a_wall_time_without_a_zone_is_no_moment() -> None:
    with pytest.raises(ValueError, match="zone"):
        to_ms(datetime(2026, 1, 1))
    assert to_ms(datetime(2026, 1, 1, 8, tzinfo=ZoneInfo("Asia/Shanghai"))) == to_ms(datetime(2026, 1, 1, tzinfo=UTC))


# lines of a boot


@pytest.mark.parametrize(
    ("sent", "got", "line"),
    [
        (1_000, 1_400, BootLine("b", NOON - 1_400, NOON - 1_000, 1_400)),
        (0, 0, BootLine("b", NOON, NOON, 0)),
        (1_000, 999, None),
        (-1, 5, None),
        (0, 10 * MINUTE + 1, None),
    ],
)
def test_an_exchange_proves_a_line_unless_it_contradicts_itself(sent: int, got: int, line: BootLine | None) -> None:
    assert line_of(Anchor(id="x", bid="b", sent=sent, got=got), NOON) == line


# judging


EXCHANGE = BootLine("b", NOON - 10_200, NOON - 10_000, 10_200)  # at boot 10.0-10.2 s it was noon
RECEIVED = NOON + 6 * HOUR


def stamp(boot: int, wall: int = NOON, bid: str = "b") -> Stamp:
    return Stamp(wall=wall, boot=boot, bid=bid, tz=480)


def judged(at: Stamp | None, *lines: BootLine, not_before: int = NOON - HOUR, proven: tuple[int, int] | None = None) -> TimeTaken:
    return judge_time(at, lines, not_before_ms=not_before, received_ms=RECEIVED, proven=proven)


def test_an_act_on_an_anchored_boot_is_exact_whatever_the_wall_clock_says() -> None:
    for wall in (NOON, 0, NOON - 90 * 86_400_000, NOON + 90 * 86_400_000):
        taken = judged(stamp(10_000 + HOUR, wall), EXCHANGE)
        assert taken.grade == "exact"
        assert abs(taken.at_ms - (NOON + HOUR)) < 500


def test_an_anchor_that_came_after_the_act_proves_it_as_well() -> None:
    late = BootLine("b", NOON - 10_200, NOON - 10_000, 5 * HOUR)
    taken = judged(stamp(10_000 + HOUR), late)
    assert taken.grade == "exact" and taken.low_ms <= NOON + HOUR <= taken.high_ms


def test_where_only_one_direction_is_known_the_act_is_not_later_than_that() -> None:
    one_sided = BootLine("b", None, NOON - 10_000, 10_000)
    taken = judged(stamp(10_000 + HOUR, NOON + HOUR), one_sided)
    assert taken.low_ms == NOON - HOUR and NOON + HOUR <= taken.high_ms <= NOON + HOUR + 500
    assert taken.grade == "unverified" and taken.at_ms == NOON + HOUR


def test_another_boots_anchor_proves_nothing() -> None:
    taken = judged(stamp(10_000 + HOUR, bid="other"), EXCHANGE)
    assert (taken.low_ms, taken.high_ms, taken.grade) == (NOON - HOUR, RECEIVED, "unverified")


def test_a_boot_clock_that_contradicts_the_chain_proves_nothing() -> None:
    for boot in (10_000 - 2 * HOUR, 10_000 + 7 * HOUR):
        taken = judged(stamp(boot), EXCHANGE)
        assert (taken.low_ms, taken.high_ms, taken.grade) == (NOON - HOUR, RECEIVED, "unverified")


def test_without_clocks_the_chain_alone_says_when() -> None:
    assert judged(None) == TimeTaken(RECEIVED, NOON - HOUR, RECEIVED, "unverified")
    narrow = judge_time(None, [EXCHANGE], not_before_ms=RECEIVED - 10 * MINUTE, received_ms=RECEIVED)
    assert narrow == TimeTaken(RECEIVED - 5 * MINUTE, RECEIVED - 10 * MINUTE, RECEIVED, "bounded")


def test_a_store_code_narrows_an_unknown_time_to_bounded_and_not_to_exact() -> None:
    taken = judged(stamp(5, bid="other"), proven=(NOON, NOON + 30_000))
    assert (taken.low_ms, taken.high_ms, taken.grade) == (NOON, NOON + 30_000, "bounded")
    outside = judged(stamp(5, bid="other"), proven=(NOON - 9 * HOUR, NOON - 8 * HOUR))
    assert (outside.low_ms, outside.high_ms) == (NOON - HOUR, RECEIVED)


@pytest.mark.parametrize(("wall", "shown"), [(NOON, NOON), (NOON - 9 * HOUR, NOON - HOUR), (NOON + 99 * HOUR, RECEIVED)])
def test_the_wall_clock_picks_the_moment_inside_the_interval_and_never_its_ends(wall: int, shown: int) -> None:
    taken = judged(stamp(5, wall, bid="other"))
    assert (taken.at_ms, taken.low_ms, taken.high_ms) == (shown, NOON - HOUR, RECEIVED)


def test_a_quarter_of_an_hour_is_bounded_and_a_millisecond_more_is_not() -> None:
    for width, grade in ((NARROW_MS, "bounded"), (NARROW_MS + 1, "unverified"), (60_000, "exact"), (60_001, "bounded")):
        assert judged(stamp(5, bid="other"), not_before=RECEIVED - width).grade == grade


@st.composite
def honest_lives(draw: st.DrawFn) -> tuple[int, Stamp, list[BootLine], int, int]:
    """(true time, stamp, lines, last seen, received) of a phone whose quartz keeps what quartzes keep."""
    booted = NOON
    rate = draw(st.integers(-DRIFT_PER_MILLION + 5, DRIFT_PER_MILLION - 5))

    def boot_at(true_ms: int) -> int:
        return (true_ms - booted) * (1_000_000 + rate) // 1_000_000

    acted = booted + draw(st.integers(0, 72 * HOUR))
    lines = []
    for _ in range(draw(st.integers(0, 4))):
        asked = booted + draw(st.integers(0, 72 * HOUR))
        heard = asked + draw(st.integers(0, 2_000))
        answered = heard + draw(st.integers(0, 2_000))
        line = line_of(Anchor(id="x", bid="b", sent=boot_at(asked), got=boot_at(answered)), heard)
        assert line is not None
        lines.append(replace(line, low_ms=None) if draw(st.booleans()) and draw(st.booleans()) else line)
    seen = acted - draw(st.integers(0, 99 * HOUR))
    received = acted + draw(st.integers(0, 99 * HOUR))
    wall = acted + draw(st.integers(-99 * HOUR, 99 * HOUR))
    return acted, Stamp(wall=wall, boot=boot_at(acted), bid="b", tz=0), lines, seen, received


@settings(max_examples=400)
@given(honest_lives())
def test_of_an_honest_phone_the_truth_lies_in_the_interval_and_the_moment_shown_too(
    life: tuple[int, Stamp, list[BootLine], int, int],
) -> None:
    acted, at, lines, seen, received = life
    taken = judge_time(at, lines, not_before_ms=seen, received_ms=received)
    assert taken.low_ms <= acted <= taken.high_ms
    assert taken.low_ms <= taken.at_ms <= taken.high_ms
    if taken.grade == "exact":
        assert abs(taken.at_ms - acted) <= 30_000


@given(honest_lives(), st.integers(0, 4))
def test_more_anchors_never_make_an_interval_wider(life: tuple[int, Stamp, list[BootLine], int, int], kept: int) -> None:
    _, at, lines, seen, received = life
    few = judge_time(at, lines[:kept], not_before_ms=seen, received_ms=received)
    all_ = judge_time(at, lines, not_before_ms=seen, received_ms=received)
    assert few.low_ms <= all_.low_ms <= all_.high_ms <= few.high_ms


@given(
    st.builds(Stamp, wall=st.integers(-(2**60), 2**60), boot=st.integers(-(2**60), 2**60), bid=st.just("b"), tz=st.just(0)),
    st.lists(
        st.builds(
            BootLine, bid=st.just("b"), low_ms=st.none() | st.integers(-(2**60), 2**60), high_ms=st.integers(-(2**60), 2**60),
            at_boot_ms=st.integers(-(2**60), 2**60),
        ),
        max_size=3,
    ),
    st.integers(0, 2**42), st.integers(0, 2**42),
)  # fmt: skip
def test_whatever_a_liar_says_the_interval_stays_between_last_seen_and_received(
    at: Stamp, lines: list[BootLine], seen: int, received: int
) -> None:
    taken = judge_time(at, lines, not_before_ms=seen, received_ms=received)
    assert min(seen, received) <= taken.low_ms <= taken.at_ms <= taken.high_ms <= received
