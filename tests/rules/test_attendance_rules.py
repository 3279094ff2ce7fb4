"""What a store code proves, and what becomes of a punch: what is not known precisely is never held against anybody."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from contract.datums import Wgs84
from contract.evidence import DEFAULT
from contract.geo import Circle, Polygon, fix_from_reading
from contract.moments import TimeTaken, instant
from contract.store_code import STEP_MS, code_for, qr_text, step_of, time_shown
from server.attendance.rules import (
    MOST_STEPS,
    Circumstances,
    CodeRead,
    Earlier,
    Tablet,
    doubted,
    fence_of,
    is_in_future,
    judge,
    narrowed,
    read_store_code,
    reasons_as_data,
    storable,
    wall_was_off,
)

NOON = 1_767_240_000_000 // STEP_MS * STEP_MS
MINUTE, HOUR = 60_000, 3_600_000
HERE = Tablet("0197a5c0-1111-7222-8333-444455556666", bytes(range(32)))
THERE = Tablet("0197a5c0-1111-7222-8333-444455556667", bytes(range(1, 33)))
SHOP = Wgs84(31.230416, 121.473701)


def exact(at_ms: int = NOON) -> TimeTaken:
    return TimeTaken(at_ms, at_ms - 200, at_ms + 200, "exact")


def between(low_ms: int, high_ms: int) -> TimeTaken:
    return TimeTaken(high_ms, low_ms, high_ms, "unverified")


def shown(at_ms: int, tablet: Tablet = HERE, *, typed: bool = False) -> str:
    made = code_for if typed else qr_text
    return made(tablet.code_key, tablet.device_id, step_of(at_ms))


def read(text: str | None, taken: TimeTaken, *tablets: Tablet, used: dict[str, list[int]] | None = None) -> CodeRead:
    return read_store_code(text, tablets or (HERE,), taken, used or {})  # type: ignore[arg-type]


# store codes


@pytest.mark.parametrize(
    ("made_after_ms", "counts"),
    [(0, "fresh"), (29_000, "fresh"), (59_000, "fresh"), (61_000, "late"), (9 * MINUTE, "late"), (12 * MINUTE, "invalid"),
     (-31_000, "late"), (-3 * MINUTE, "invalid")],
)  # fmt: skip
@pytest.mark.parametrize("typed", [True, False])
def test_a_code_is_fresh_for_a_step_or_two_then_late_then_nothing(made_after_ms: int, counts: str, typed: bool) -> None:
    found = read(shown(NOON, typed=typed), exact(NOON + made_after_ms))
    assert found.counts == counts
    assert found.device_id == (None if counts == "invalid" else HERE.device_id)


@pytest.mark.parametrize(
    ("text", "counts"), [(None, "none"), ("", "none"), ("  ", "none"), ("hello", "invalid"), ("12345", "invalid")]
)
def test_what_is_no_code_is_none_or_invalid(text: str | None, counts: str) -> None:
    assert read(text, exact()) == CodeRead(counts)


def test_a_code_counts_once_and_says_which_step_it_was() -> None:
    step = step_of(NOON)
    first = read(shown(NOON), exact())
    assert (first.counts, first.step) == ("fresh", step)
    assert read(shown(NOON), exact(), used={HERE.device_id: [step]}).counts == "reused"
    assert read(shown(NOON), exact(), used={THERE.device_id: [step]}).counts == "fresh"
    assert read(shown(NOON), exact(), used={HERE.device_id: [step - 1, step + 1]}).counts == "fresh"


def test_any_tablet_of_the_store_may_have_shown_it_and_none_of_another_store() -> None:
    assert read(shown(NOON, THERE), exact(), HERE, THERE).device_id == THERE.device_id
    assert read(shown(NOON, THERE), exact(), HERE).counts == "invalid"
    assert read_store_code(shown(NOON), (), exact(), {}).counts == "none"


def test_what_a_tablet_showed_before_it_was_revoked_counts_and_nothing_after() -> None:
    revoked = Tablet(HERE.device_id, HERE.code_key, until_ms=NOON)
    assert read(shown(NOON - MINUTE), exact(NOON - MINUTE), revoked).counts == "fresh"
    assert read(shown(NOON + MINUTE), exact(NOON + MINUTE), revoked).counts == "invalid"


def test_digits_in_an_interval_of_more_than_a_day_prove_nothing_and_blame_nobody() -> None:
    wide = between(NOON - (MOST_STEPS + 2) * STEP_MS, NOON)
    assert read("123456", wide).counts == "none"
    assert read(shown(NOON - HOUR, typed=True), wide).counts == "none"
    assert read(shown(NOON - HOUR), wide).counts == "fresh"


@given(st.integers(0, 20 * HOUR), st.integers(0, 20 * HOUR), st.booleans())
def test_a_code_that_was_shown_while_the_punch_was_made_is_fresh_however_wide_the_interval(
    before: int, after: int, typed: bool
) -> None:
    taken = between(NOON - before, NOON + min(after, 20 * HOUR - before if before < 20 * HOUR else 0))
    found = read(shown(NOON, typed=typed), taken)
    assert found.counts == "fresh"
    if not typed:
        narrow = narrowed(taken, found.shown_ms)
        assert narrow.low_ms <= NOON <= narrow.high_ms
        assert taken.low_ms <= narrow.low_ms and narrow.high_ms <= taken.high_ms


def test_an_exact_time_needs_no_narrowing() -> None:
    assert read(shown(NOON), exact()).shown_ms is None


# the interval


def test_what_a_code_shows_narrows_an_interval_and_keeps_the_moment_inside() -> None:
    found = read(shown(NOON), between(NOON - HOUR, NOON + HOUR))
    assert found.shown_ms == time_shown(step_of(NOON))
    narrow = narrowed(between(NOON - HOUR, NOON + HOUR), found.shown_ms)
    assert (narrow.low_ms, narrow.high_ms, narrow.grade) == (*time_shown(step_of(NOON)), "bounded")
    assert narrow.low_ms <= narrow.at_ms <= narrow.high_ms


def test_what_does_not_meet_the_interval_leaves_it_alone() -> None:
    taken = between(NOON, NOON + HOUR)
    assert narrowed(taken, None) is taken
    assert narrowed(taken, (NOON - HOUR, NOON - 1)) is taken


@given(st.integers(0, HOUR), st.integers(-HOUR, HOUR), st.integers(0, HOUR))
def test_narrowing_never_widens(width: int, at: int, shown_for: int) -> None:
    taken = between(NOON, NOON + width)
    narrow = narrowed(taken, (NOON + at, NOON + at + shown_for))
    assert taken.low_ms <= narrow.low_ms <= narrow.at_ms <= narrow.high_ms <= taken.high_ms


# judging


def around(*, earlier: Earlier | None = None, code: str = "none") -> Circumstances:
    return Circumstances(
        fence=Circle(SHOP, 150), posted_here=True, device="bound", same_hardware_other_person=False, tablet_alive=False,
        code=CodeRead(code), earlier=earlier,
    )  # fmt: skip


def said(taken: TimeTaken, *, wall_ms: int | None = NOON, earlier: Earlier | None = None) -> set[str]:
    fix = fix_from_reading(SHOP.lat, SHOP.lng, 12.0, age_ms=500)
    _, verdict = judge(fix, around(earlier=earlier), taken, wall_ms=wall_ms, kiosk="none", garbled=())
    return {reason.code for reason in verdict.reasons}


BEIJING = Earlier(fix_from_reading(39.9042, 116.4074, 12.0, age_ms=500), NOON - HOUR)


def test_a_thousand_kilometres_in_an_hour_is_said() -> None:
    assert any("travel" in code for code in said(exact(), earlier=BEIJING))


def test_the_way_may_have_taken_as_long_as_the_intervals_allow() -> None:
    """The earlier punch at its earliest, this one at its latest: a wide interval is not haste."""
    assert not any("travel" in code for code in said(between(NOON, NOON + 12 * HOUR), earlier=BEIJING))
    long_ago = Earlier(BEIJING.fix, NOON - 12 * HOUR)
    assert not any("travel" in code for code in said(exact(), earlier=long_ago))


def test_a_wall_clock_is_held_against_nobody_where_it_may_be_right() -> None:
    wrong = NOON - 9 * HOUR
    assert said(exact(), wall_ms=wrong) - said(exact(), wall_ms=NOON)
    an_hour = between(NOON - HOUR, NOON)
    assert said(an_hour, wall_ms=NOON - HOUR // 2) == said(an_hour, wall_ms=NOON)
    ten_hours = between(NOON - 10 * HOUR, NOON)
    assert said(ten_hours, wall_ms=wrong) == said(ten_hours, wall_ms=NOON)
    assert said(exact(), wall_ms=None) == said(exact(), wall_ms=NOON)


@pytest.mark.parametrize(
    ("before_ms", "points"), [(None, -8), (0, -8), (-9 * HOUR, 0), (-9 * HOUR + 60_001, -8), (-9 * HOUR + 60_000, 0)]
)
def test_a_clock_that_was_off_by_the_same_before_costs_nothing(before_ms: int | None, points: int) -> None:
    known = replace(around(), wall_off_before_ms=before_ms)
    fix = fix_from_reading(SHOP.lat, SHOP.lng, 12.0, age_ms=500)
    _, verdict = judge(fix, known, exact(), wall_ms=NOON - 9 * HOUR, kiosk="none", garbled=())
    told = {reason.code: reason.points_db for reason in verdict.reasons}
    assert told["evidence.clock_off"] == points
    # judged anew, it is what it was
    again = wall_was_off(reasons_as_data(verdict), NOON - 9 * HOUR, exact().at_ms)
    assert again == (None if points else NOON - 9 * HOUR - exact().at_ms)
    _, open_time = judge(fix, known, between(NOON - HOUR, NOON), wall_ms=NOON - 9 * HOUR, kiosk="none", garbled=())
    assert {reason.points_db for reason in open_time.reasons if reason.code == "evidence.clock_off"} == {-8}


def test_a_shared_phone_is_said_once_and_costs_once() -> None:
    reasons, score = doubted([], 100) or ([], 0)
    assert [reason["code"] for reason in reasons] == ["evidence.device_shared"]
    assert score == 100 + DEFAULT.device_shared
    assert doubted(reasons, score) is None


def test_reasons_are_kept_as_data() -> None:
    fix = fix_from_reading(SHOP.lat, SHOP.lng, 12.0, age_ms=500)
    place, verdict = judge(fix, around(), exact(), wall_ms=NOON, kiosk="none", garbled=("note",))
    assert place.verdict == "inside"
    kept = reasons_as_data(verdict)
    assert [reason["code"] for reason in kept] == [reason.code for reason in verdict.reasons]
    assert all(reason.keys() == {"code", "points_db", "facts"} for reason in kept)


# small things


def test_a_fence_is_a_circle_or_the_polygon_that_was_drawn() -> None:
    assert fence_of(312304160, 1214737010, 150, None) == Circle(Wgs84.from_e7(312304160, 1214737010), 150.0)
    corners = [(0, 0), (0, 10_000), (10_000, 10_000)]
    drawn = fence_of(0, 0, None, corners)
    assert isinstance(drawn, Polygon) and len(drawn.points) == 3


@pytest.mark.parametrize(("claimed", "kept"), [(None, None), (5, 5), (2**63, 2**62), (-(2**70), -(2**62)), (2**62, 2**62)])
def test_a_claimed_number_is_held_inside_its_column(claimed: int | None, kept: int | None) -> None:
    assert storable(claimed) == kept


def test_the_future_begins_after_the_blur_of_an_exact_time() -> None:
    assert not is_in_future(instant(NOON + 30_000), instant(NOON))
    assert is_in_future(instant(NOON + 30_001), instant(NOON))
