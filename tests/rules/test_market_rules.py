"""The market by facts alone: whose word about a week counts, who comes first, when a manager is asked."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from contract.rostering.local_time import at_minute
from contract.rostering.shapes import Verdict
from contract.shift_market import WeekStretch
from server.rosters import rules_market
from server.rosters.rules_market import Hand, Weeks, Wish, asks_manager, counting, forbids, rank, stretches, travel_min
from tests.support.planted import instead

SHANGHAI, BERLIN = "Asia/Shanghai", "Europe/Berlin"
SOFT, DESIRED = Verdict(rule="undesired", level="soft", points=20), Verdict(rule="desired", level="soft", points=-10)
REST = Verdict(rule="rest_between", level="hard", overridable=True, points=300)
OVERLAP = Verdict(rule="overlap", level="hard", points=1_000)


def week(from_day: str, until: str | None = None, said: int = 0, **stretch: Any) -> Weeks:
    return Weeks(from_day, until, said, [WeekStretch(weekday=0, **stretch)] if stretch is not None else [])


def test_of_words_about_a_day_the_one_that_begins_last_counts_and_of_two_the_one_said_last() -> None:
    old, new, passing = week("2026-11-02"), week("2026-11-16", said=1), week("2026-11-23", "2026-11-30")
    assert counting([new, old, passing], "2026-11-15") is old
    assert counting([new, old, passing], "2026-11-23") is passing
    assert counting([new, old, passing], "2026-11-30") is new, "an end is the first day it does not count"
    assert counting([week("2026-11-16", said=0), new], "2026-11-20") is new
    assert counting([old], "2026-11-01") is None


def test_a_stretch_past_midnight_reaches_into_the_next_day_by_the_clock_of_the_place() -> None:
    night = week("2026-03-01", from_min=22 * 60, to_min=30 * 60)
    (away,) = stretches([night], [], "2026-03-28", "2026-03-30", lambda _day: BERLIN)[-1:]
    assert (away.starts_ms, away.ends_ms) == (at_minute("2026-03-30", 1_320, BERLIN), at_minute("2026-03-31", 360, BERLIN))
    sunday = Weeks("2026-03-01", None, 0, [WeekStretch(weekday=5, from_min=22 * 60, to_min=30 * 60)])
    (short,) = stretches([sunday], [], "2026-03-28", "2026-03-28", lambda _day: BERLIN)
    assert (short.ends_ms - short.starts_ms) == 7 * 3_600_000, "the night in which an hour is missing"


def test_a_wish_stands_beside_the_week_on_its_own_day_only() -> None:
    wish = Wish("2026-11-23", "desired", 480, 960)
    found = stretches([week("2026-11-01")], [wish], "2026-11-23", "2026-11-24", lambda _day: SHANGHAI)
    assert sorted(one.kind for one in found) == ["desired", "unavailable"]
    assert stretches([], [wish], "2026-11-24", "2026-11-30", lambda _day: SHANGHAI) == []


def test_the_nearest_comes_first_then_who_costs_least_and_unknown_places_last() -> None:
    hands = [
        Hand("1", "远", [], 9_000), Hand("2", "近而贵", [SOFT], 500), Hand("3", "近", [], 500), Hand("4", "不知", [], None),
        Hand("5", "超时", [REST], 100), Hand("6", "冲突", [OVERLAP, REST], 0),
    ]  # fmt: skip
    ranked = rank(hands)
    assert [one.name for one in ranked.free] == ["近", "近而贵", "远", "不知"]
    assert [one.name for one in ranked.beyond] == ["超时"] and [one.name for one in ranked.cannot] == ["冲突"]


verdicts = st.lists(st.sampled_from([SOFT, DESIRED, REST, OVERLAP]), max_size=3)
distances = st.none() | st.integers(0, 10_000)
crowd = st.lists(st.builds(Hand, st.uuids().map(str), st.text(max_size=3), verdicts, distances), max_size=8)


@given(crowd)
@example([Hand("1", "", [OVERLAP], 5), Hand("2", "", [], 5)])
def everybody_stands_in_one_list(hands: list[Hand]) -> None:
    ranked = rules_market.rank(hands)
    together = [*ranked.free, *ranked.beyond, *ranked.cannot]
    assert sorted(one.person_id for one in together) == sorted(one.person_id for one in hands)
    assert all(forbids(one.verdicts) is None for one in ranked.free)
    assert all(forbids(one.verdicts) is not None and forbids(one.verdicts, override=True) is None for one in ranked.beyond)
    assert all(forbids(one.verdicts, override=True) is not None for one in ranked.cannot)
    for some in (ranked.free, ranked.beyond, ranked.cannot):
        known = [one.distance_m for one in some if one.distance_m is not None]
        assert known == sorted(known) and all(one.distance_m is None for one in some[len(known) :])


def test_everybody_stands_in_exactly_one_list_nearest_first() -> None:
    everybody_stands_in_one_list()
    assert rank([]).free == []


def test_a_ranking_that_takes_whoever_comes_is_found() -> None:
    """The control."""
    with instead(rules_market, "rank", lambda hands: rules_market.Ranked(free=list(hands))), pytest.raises(AssertionError):
        everybody_stands_in_one_list()
    assert rank([Hand("1", "", [OVERLAP])]).free == []


@pytest.mark.parametrize(("approval", "said", "asked"), [
    ("never", [SOFT, REST], False), ("when_costly", [], False), ("when_costly", [DESIRED], False), ("when_costly", [SOFT], True),
    ("when_costly", [REST], True), ("always", [], True),
])  # fmt: skip
def test_a_manager_is_asked_when_it_costs_something_or_always_or_never(approval: Any, said: list[Verdict], asked: bool) -> None:
    assert asks_manager(approval, said) is asked


def test_a_way_is_counted_in_whole_five_minutes_and_the_next_room_in_none() -> None:
    assert [travel_min(metres) for metres in (None, 0, 1, 2_000, 25_000)] == [None, 0, 15, 15, 75]
