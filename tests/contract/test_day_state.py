"""Now and next: what somebody's day is at a moment, and what their next tap is. The clock times are a store's wall."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

import pytest

from contract import day_state
from contract.day_state import NOW_WORDS, next_action, state_now
from contract.shifts import DutyBreak, DutyRow, DutyWindow
from tests.support.planted import instead

pytestmark = pytest.mark.fast
ZONE = ZoneInfo("Asia/Shanghai")


def at(clock: str, day: int = 2) -> int:
    hour, minute = clock.split(":")
    return int(datetime(2026, 3, day, int(hour), int(minute), tzinfo=ZONE).timestamp()) * 1_000


def duty(*windows: str, day: int = 2, **more: Any) -> DutyRow:
    """`windows`: "09:00-18:00", after midnight with a +; `more` is said of each."""
    found = []
    for text in windows:
        starts, ends = text.split("-")
        ends_ms = at(ends[1:], day + 1) if ends.startswith("+") else at(ends, day)
        found.append(DutyWindow(starts_ms=at(starts, day), ends_ms=ends_ms, **more))
    return DutyRow(
        person_id="p", day=f"2026-03-{day:02}", zone="Asia/Shanghai", starts_ms=at("05:00", day), ends_ms=at("05:00", day + 1),
        windows=found,
    )  # fmt: skip


NINE = duty("09:00-18:00", grace_min=5)


@pytest.mark.parametrize(
    ("now", "facts", "word", "late", "early"),
    [
        ("08:30", {}, "not_due", 0, 0),
        ("09:05", {}, "not_in_yet", 0, 0),  # within grace 5
        ("09:06", {}, "absent", 0, 0),  # every device has reported
        ("09:30", {"silent_since_ms": at("09:12")}, "unknown", 0, 0),  # the tablet is silent since 9:12
        ("20:00", {"silent_since_ms": at("18:00")}, "absent", 0, 0),  # it had told all of the shift
        ("10:00", {"first_in_ms": at("08:55"), "open_since_ms": at("08:55")}, "present", 0, 0),
        ("10:00", {"first_in_ms": at("09:05"), "open_since_ms": at("09:05")}, "present", 0, 0),
        ("10:00", {"first_in_ms": at("09:20"), "open_since_ms": at("09:20")}, "late", 20, 0),
        ("17:45", {"first_in_ms": at("09:00"), "last_out_ms": at("17:40")}, "early", 0, 20),
        ("18:10", {"first_in_ms": at("09:00"), "last_out_ms": at("18:00")}, "left", 0, 0),
        ("18:10", {"first_in_ms": at("09:20"), "last_out_ms": at("18:00")}, "left", 20, 0),
        ("10:00", {"leave": [(at("09:00"), at("18:00"))]}, "on_leave", 0, 0),
        ("10:00", {"leave": [(at("09:00"), at("11:00"))]}, "on_leave", 0, 0),
        ("11:03", {"leave": [(at("09:00"), at("11:00"))]}, "not_in_yet", 0, 0),
        ("11:06", {"leave": [(at("09:00"), at("11:00"))]}, "absent", 0, 0),
        ("12:00", {"leave": [(at("09:00"), at("11:00"))], "open_since_ms": at("11:10")}, "late", 10, 0),
    ],
)
def test_one_word_says_what_the_day_is_now(now: str, facts: dict[str, Any], word: str, late: int, early: int) -> None:
    found = state_now(NINE, now_ms=at(now), **facts)
    assert (found.word, found.late_min, found.early_min) == (word, late, early)
    assert (found.silent_since_ms is not None) == (word == "unknown")
    assert found.word in NOW_WORDS


def test_without_a_plan_nobody_is_late_absent_or_not_due() -> None:
    assert state_now(None, now_ms=at("23:00")).word == "not_in_yet"
    assert state_now(None, now_ms=at("11:00"), first_in_ms=at("10:59"), open_since_ms=at("10:59")).word == "present"
    assert state_now(None, now_ms=at("11:00"), first_in_ms=at("10:00"), last_out_ms=at("10:30")).word == "left"
    assert state_now(None, now_ms=at("11:00"), silent_since_ms=at("09:12")).word == "unknown"
    assert state_now(None, now_ms=at("11:00"), leave=[(at("09:00"), at("18:00"))]).word == "on_leave"


def test_off_on_call_and_flexible_are_not_due_like_a_fixed_shift() -> None:
    assert state_now(duty(), now_ms=at("12:00")).word == "off"
    assert state_now(duty("18:00-22:00", kind="on_call"), now_ms=at("19:00")).word == "not_due"
    core = {"kind": "flexible", "required_min": 480, "core_starts_ms": at("10:00"), "core_ends_ms": at("15:00")}
    flexible = duty("07:00-20:00", **core)
    assert state_now(flexible, now_ms=at("09:59")).word == "not_in_yet"
    assert state_now(flexible, now_ms=at("10:01")).word == "absent"
    assert state_now(flexible, now_ms=at("12:00"), first_in_ms=at("10:20"), open_since_ms=at("10:20")).late_min == 20
    assert state_now(flexible, now_ms=at("16:00"), first_in_ms=at("09:00"), last_out_ms=at("15:00")).word == "left"
    free = duty("07:00-20:00", kind="flexible", required_min=480)
    assert state_now(free, now_ms=at("12:00"), first_in_ms=at("11:30"), open_since_ms=at("11:30")).word == "present"
    assert state_now(free, now_ms=at("12:01")).word == "absent"  # 12:00 + 480 is the end of the window


def test_between_two_windows_somebody_has_left_and_not_gone_early() -> None:
    two = duty("09:00-12:00", "14:00-18:00")
    facts: dict[str, Any] = {"first_in_ms": at("09:00"), "last_out_ms": at("12:00")}
    assert state_now(two, now_ms=at("13:00"), **facts).word == "left"
    assert state_now(two, now_ms=at("14:01"), **facts) == ("early", 0, 240, None)


def test_after_leave_until_noon_work_is_due_when_the_pause_ends() -> None:
    paused = duty("09:00-18:00", breaks=[DutyBreak(minutes=60, starts_ms=at("12:00"))])
    leave = [(at("09:00"), at("12:00"))]
    assert state_now(paused, now_ms=at("12:30"), leave=leave).word == "not_due"
    assert state_now(paused, now_ms=at("13:01"), leave=leave).word == "absent"


YESTERDAY, TODAY, TOMORROW = (duty("09:00-18:00", day=day) for day in (1, 2, 3))
WEEK = (YESTERDAY, TODAY, TOMORROW)


@pytest.mark.parametrize(
    ("open_since", "now", "kind", "day", "forgotten"),
    [
        (None, at("08:50"), "in", "2026-03-02", False),
        (at("08:55"), at("18:01"), "out", "2026-03-02", False),
        (at("08:55"), at("23:59"), "out", "2026-03-02", False),  # overtime: six hours after the shift
        (at("09:00", 1), at("08:55"), "in", "2026-03-02", True),  # yesterday's clock-out was forgotten
        (at("09:00", 1), at("01:00"), "in", None, True),  # 1:00 is more than six hours after 18:00
        (None, at("19:00"), "in", "2026-03-02", False),  # came back after the shift
    ],
)
def test_the_next_tap_is_proposed_from_the_shift_and_the_open_stretch(
    open_since: int | None, now: int, kind: str, day: str | None, forgotten: bool
) -> None:
    found = next_action(WEEK, open_since, now)
    assert (found.kind, found.day, found.forgotten_ms is not None) == (kind, day, forgotten)


def test_a_night_ends_on_the_next_day_and_the_next_shift_begins_with_an_in() -> None:
    nights = (duty("22:00-+06:00", day=1), duty("22:00-+06:00"))
    assert next_action(nights, at("22:00", 1), at("06:05")).kind == "out"
    assert next_action(nights, at("22:00", 1), at("06:05")).day == "2026-03-01"
    found = next_action(nights, at("22:00", 1), at("21:55"))
    assert (found.kind, found.day, found.forgotten_ms) == ("in", "2026-03-02", at("22:00", 1))
    close = (duty("22:00-+06:00", day=1), duty("14:00-22:00"))
    assert next_action(close, at("22:00", 1), at("09:59")).kind == "out"
    assert next_action(close, at("22:00", 1), at("10:01")).kind == "in"  # nearer to 14:00 than to 6:00


def test_two_windows_of_a_day_are_left_once_at_one_store_and_apart_at_two() -> None:
    one = duty("09:00-12:00", "14:00-18:00")
    assert next_action([one], at("09:00"), at("18:00")).kind == "out"
    there, over = duty("09:00-12:00", store_id="A").windows[0], duty("13:00-17:00", store_id="B").windows[0]
    two = DutyRow(
        person_id="p", day="2026-03-02", zone="Asia/Shanghai", starts_ms=at("05:00"), ends_ms=at("05:00", 3),
        windows=[there, over],
    )  # fmt: skip
    found = next_action([two], at("09:00"), at("12:45"))
    assert found.window is not None
    assert (found.kind, found.window.store_id, found.forgotten_ms) == ("in", "B", at("09:00"))


def test_without_a_plan_a_stretch_runs_for_sixteen_hours() -> None:
    assert next_action([], at("08:00"), at("23:59")).kind == "out"
    assert next_action([], at("08:00"), at("00:01", 3)) == ("in", None, None, at("08:00"))
    assert next_action([], None, at("08:00")).kind == "in"


def test_a_proposal_that_only_flips_the_last_punch_is_found() -> None:
    flips = lambda duties, since, now, **more: day_state.NextAction("in" if since is None else "out")
    with instead(day_state, "next_action", flips):
        assert day_state.next_action(WEEK, at("09:00", 1), at("08:55")).kind == "out"
    assert day_state.next_action(WEEK, at("09:00", 1), at("08:55")).kind == "in"
