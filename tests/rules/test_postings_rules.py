"""Judgments about postings: days, overlaps, what may begin, go on, end; what is due when; which tick counts."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from server.postings import rules
from server.postings.rules import Tick
from tests.support.planted import instead

DAY = date(2026, 11, 20)
NOON = datetime(2026, 11, 20, 4, tzinfo=UTC)
days = st.dates(date(2026, 1, 1), date(2027, 12, 31))
ends = st.none() | days


@pytest.mark.parametrize(
    ("text", "day"),
    [("2026-11-20", DAY), ("2026-02-30", None), ("1999-12-31", None), ("2101-01-01", None), ("next week", None), ("", None)],
)
def test_a_day_is_one_that_a_calendar_has_and_somebody_plans_for(text: str, day: date | None) -> None:
    assert rules.day_of(text) == day


def stretch(starts_on: date, ends_on: date | None) -> set[date]:
    last = ends_on or date(2028, 6, 1)
    return {starts_on + timedelta(days=n) for n in range(max(0, (last - starts_on).days))}


@given(days, ends, days, ends)
@example(DAY, DAY + timedelta(days=1), DAY + timedelta(days=1), DAY + timedelta(days=2))
def test_two_stretches_overlap_when_they_share_a_day_and_only_then(a: date, b: date | None, c: date, d: date | None) -> None:
    if (b is not None and b <= a) or (d is not None and d <= c):
        return
    assert rules.overlap(a, b, c, d) == bool(stretch(a, b) & stretch(c, d))


def test_an_overlap_that_counts_the_last_day_would_be_found() -> None:
    """The control: ends that are taken for the last day worked."""
    with instead(rules, "overlap", lambda a, b, c, d: (d is None or d >= a) and (b is None or b >= c)):
        with pytest.raises(AssertionError):
            test_two_stretches_overlap_when_they_share_a_day_and_only_then()


@pytest.mark.parametrize(
    ("starts_on", "ends_on", "refused"),
    [
        (DAY, None, None),
        (DAY, DAY + timedelta(days=1), None),
        (DAY - timedelta(days=1), None, ("postings.in_the_past", "starts_on")),
        (DAY, DAY, ("postings.ends_before_start", "ends_on")),
        (DAY + timedelta(days=3), DAY, ("postings.ends_before_start", "ends_on")),
    ],
)
def test_what_is_asked_for_begins_today_at_the_earliest_and_ends_after_it(
    starts_on: date, ends_on: date | None, refused: tuple[str, str] | None
) -> None:
    assert rules.may_begin(starts_on, ends_on, DAY) == refused


def test_an_end_moves_forward_and_not_back() -> None:
    assert rules.may_end(DAY, None, DAY) == "postings.ends_before_start"
    assert rules.may_end(DAY, DAY + timedelta(days=5), DAY + timedelta(days=5)) == "postings.already_ended"
    assert rules.may_end(DAY, DAY + timedelta(days=5), DAY + timedelta(days=4)) is None


def test_only_what_has_an_end_and_is_not_over_goes_on_longer() -> None:
    later = DAY + timedelta(days=9)
    assert rules.may_extend(None, later, DAY) == "postings.has_no_end"
    assert rules.may_extend(DAY, later, DAY) == "postings.is_over"
    assert rules.may_extend(later, later, DAY) == "postings.not_longer"
    assert rules.may_extend(later, later + timedelta(days=1), DAY) is None


def test_a_return_is_a_day_to_come_before_the_end() -> None:
    later = DAY + timedelta(days=9)
    assert rules.may_return(DAY, DAY, later, DAY) == "postings.is_over"
    assert rules.may_return(DAY, later, DAY, DAY) == "postings.in_the_past"
    assert rules.may_return(DAY, later, later, DAY) == "postings.already_ended"
    assert rules.may_return(DAY, None, later, DAY) is None


def test_before_during_and_after_leave_no_moment_out() -> None:
    begins, over = NOON, NOON + timedelta(days=3)
    moments = [begins - timedelta(seconds=1), begins, over - timedelta(seconds=1), over]
    assert [rules.stage_of(begins, over, moment) for moment in moments] == ["coming", "running", "running", "over"]
    assert rules.stage_of(begins, None, over) == "running"


moments = st.integers(0, 60 * 24).map(lambda hours: NOON + timedelta(hours=hours))


@given(moments, st.none() | moments, st.lists(moments, max_size=30))
@example(NOON, NOON + timedelta(days=9), [NOON + timedelta(days=8), NOON + timedelta(days=8, hours=1)])
def test_whoever_looks_however_often_lets_each_turn_happen_once_and_in_order(
    starts_at: datetime, ends_at: datetime | None, looks: list[datetime]
) -> None:
    if ends_at is not None and ends_at <= starts_at:
        return
    ends_on = ends_at.date() if ends_at is not None else None
    begun, near_for, over, seen = False, None, False, []
    for now in sorted(looks):
        due = rules.turns_due(starts_at, ends_at, ends_on, begun=begun, near_for=near_for, over=over, now=now)
        for what in due:
            seen.append(what)
            begun, over = begun or what == "begun", over or what == "over"
            near_for = ends_on if what == "near" else near_for
        assert not rules.turns_due(starts_at, ends_at, ends_on, begun=begun, near_for=near_for, over=over, now=now)
    assert len(seen) == len(set(seen)) and seen == [turn for turn in ("begun", "near", "over") if turn in seen]
    if looks and ends_at is not None and max(looks) >= ends_at:
        assert seen[0] == "begun" and seen[-1] == "over"


def test_a_turn_that_is_due_again_and_again_would_be_found() -> None:
    """The control: a rule that forgets what was told; the example beside the search looks twice at a posting near its end."""
    real = rules.turns_due
    with instead(rules, "turns_due", lambda *a, **k: real(*a, **{**k, "near_for": None})), pytest.raises(AssertionError):
        test_whoever_looks_however_often_lets_each_turn_happen_once_and_in_order()


def test_a_leaver_stays_to_the_end_of_the_day_and_what_was_to_come_never_does() -> None:
    tomorrow = DAY + timedelta(days=1)
    assert rules.end_of_leaver(DAY, None, DAY) == tomorrow
    assert rules.end_of_leaver(tomorrow, None, DAY) is None
    assert rules.end_of_leaver(DAY - timedelta(days=9), tomorrow, DAY) is None


@given(st.lists(st.tuples(moments, st.integers(0, 9), st.booleans()), min_size=1, max_size=6), st.randoms())
def test_the_word_said_last_counts_in_whatever_order_words_arrive(said: list[tuple[datetime, int, bool]], dice) -> None:
    ticks = [Tick(at, f"{n}-{k}", "somebody", done, "") for k, (at, n, done) in enumerate(said)]
    first = rules.latest_tick(ticks)
    dice.shuffle(ticks)
    assert rules.latest_tick(ticks) == first and first is not None
    assert first.said_at == max(tick.said_at for tick in ticks)


def test_no_word_is_no_tick() -> None:
    assert rules.latest_tick([]) is None
