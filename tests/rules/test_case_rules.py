"""What many punches show together: every planted cheat is found, and honest people who look suspicious are left alone."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Sequence
from dataclasses import fields, replace
from typing import Any

import pytest

from server.attendance import rules_cases as rules
from server.attendance.rules_cases import DEFAULT, Found, Limits, Trace
from simulation.crowd import DAY, HOUR, MINUTE, SECOND, Crowd, make_crowd

pytestmark = pytest.mark.slow

MONDAY = 1_780_243_200_000
SHANGHAI, BEIJING = (312_304_000, 1_214_737_000), (399_087_000, 1_163_975_000)
SHOWN_BY = {
    "buddy holds two phones": "pairs", "code passed on": "code_relay", "same point every day": "same_coordinates",
    "code from afar": "code_relay", "one phone for two": "one_phone", "two cities": "travel",
}  # fmt: skip
MOST_FALSE_ALARMS = 1.0  # cases per 1,000 weeks of an honest person


def punch(person: str, at_ms: int, kind: str = "in", **more: Any) -> Trace:
    number = f"{person}-{at_ms}-{kind}-{more.get('store_id', 's')}"
    known = {
        "punch_id": number, "person_id": person, "store_id": "s", "hardware": f"phone of {person}", "kind": kind,
        "at_ms": at_ms, "low_ms": at_ms, "high_ms": at_ms, "day": f"{(at_ms - MONDAY) // DAY:03d}", "by_kiosk": False,
    }  # fmt: skip
    return Trace(**{**known, **more})


def days(
    count: int, gap: Callable[[int], int], wander: Callable[[int], int] = lambda day: day * 173 % 25 * MINUTE
) -> list[Trace]:
    """Two people who come and leave together: a's time wanders from day to day, b is `gap` away from a."""
    made = []
    for day in range(count):
        for kind, hour in (("in", 9), ("out", 18)):
            at_ms = MONDAY + day * DAY + hour * HOUR + wander(day)
            made += [punch("a", at_ms, kind), punch("b", at_ms + gap(day), kind)]
    return sorted(made, key=lambda trace: trace.at_ms)


def every_finding(crowd: Crowd, limits: Limits = DEFAULT) -> list[Found]:
    """All rules over a crowd."""
    names = {field.name for field in fields(Trace)}
    traces = [
        Trace(low_ms=made.at_ms, high_ms=made.at_ms, **{n: getattr(made, n) for n in names - {"low_ms", "high_ms"}})
        for made in crowd.punches
    ]
    stores: dict[str, list[Trace]] = defaultdict(list)
    people: dict[str, list[Trace]] = defaultdict(list)
    phones: dict[str, list[Trace]] = defaultdict(list)
    for trace in traces:
        stores[trace.store_id].append(trace)
        people[trace.person_id].append(trace)
        phones[trace.hardware].append(trace)
    found = [f for of in stores.values() for rule in (rules.pairs, rules.followers) for f in rule(of, limits)]
    alone = (rules.codes_from_afar, rules.same_coordinates, rules.travel)
    found += [f for of in people.values() for rule in alone for f in rule(of, limits)]
    return found + [f for of in phones.values() for f in rules.one_phone(of, limits)]


def false_alarms(crowds: Sequence[Crowd], limits: Limits = DEFAULT) -> float:
    """Cases about honest people only, per 1,000 weeks of an honest person."""
    wrong = sum(set(found.people) <= crowd.honest for crowd in crowds for found in every_finding(crowd, limits))
    return 1_000 * wrong / sum(crowd.person_weeks for crowd in crowds)


@pytest.fixture(scope="module")
def crowds() -> list[Crowd]:
    return [make_crowd(seed, 500) for seed in (1, 2, 3)]


def test_every_planted_pair_twin_and_relay_is_found_with_all_its_people(crowds: list[Crowd]) -> None:
    planted = Counter(dict.fromkeys(SHOWN_BY, 0))
    for crowd in crowds:
        found = every_finding(crowd)
        for kind, groups in crowd.cheats.items():
            for group in groups:
                shown = [f for f in found if f.kind == SHOWN_BY[kind] and set(group) <= set(f.people)]
                assert shown, (kind, group)
                planted[kind] += 1
    assert all(planted.values()), planted


def test_honest_people_are_left_alone(crowds: list[Crowd]) -> None:
    assert false_alarms(crowds) <= MOST_FALSE_ALARMS


@pytest.mark.parametrize(
    "careless",
    [
        Limits(same_order=0.5, together_share=0.3, together_share_each_kind=0.2),  # accuses friends who come together
        Limits(far_days=1),  # accuses whoever's receiver was wrong once
        Limits(precise_m=500.0, same_point_days=1, same_point_share=0.0),  # accuses a network's fixed positions
    ],
)
def test_the_measure_of_false_alarms_finds_careless_limits(crowds: list[Crowd], careless: Limits) -> None:
    assert false_alarms(crowds, careless) > MOST_FALSE_ALARMS


# pairs


def test_two_phones_always_within_seconds_in_one_order_are_a_case_with_its_figures() -> None:
    [found] = rules.pairs(days(10, lambda day: 7 * SECOND))
    assert (found.kind, found.people) == ("pairs", ("a", "b"))
    assert found.facts == {"times": 20, "chances": 20, "seconds": 20, "gap_s": 7, "same_order": 20}
    assert len(found.punch_ids) == 40


@pytest.mark.parametrize(
    ("innocent", "traces"),
    [
        ("they change who is first", days(10, lambda day: (7 if day % 2 else -7) * SECOND)),
        ("they are often minutes apart", days(10, lambda day: (7 if day % 2 else 400) * SECOND)),
        ("their shift begins on the second, every day", days(10, lambda day: 7 * SECOND, lambda day: 0)),
        ("there are too few days to say", days(3, lambda day: 7 * SECOND)),
        ("only coming together", [t for t in days(20, lambda day: 7 * SECOND) if t.kind == "in"]),
    ],
)
def test_what_shifts_and_habits_explain_is_no_pair(innocent: str, traces: list[Trace]) -> None:
    assert rules.pairs(traces) == [], innocent


def test_a_queue_is_no_pair_however_often_the_same_two_stand_beside_each_other() -> None:
    traces = days(10, lambda day: 7 * SECOND)
    queue = [replace(t, punch_id="q" + t.punch_id, person_id="c", at_ms=t.at_ms + 30 * SECOND) for t in traces[::2]]
    assert rules.pairs(sorted([*traces, *queue], key=lambda t: t.at_ms)) == []


def test_one_tablet_for_all_makes_no_pairs() -> None:
    traces = [replace(t, by_kiosk=True, hardware="tablet") for t in days(10, lambda day: 12 * SECOND)]
    assert rules.pairs(traces) == []


def test_two_phones_that_are_surely_apart_are_not_in_one_hand() -> None:
    def at(trace: Trace) -> Trace:
        off = 40_000 if trace.person_id == "b" else 0  # 440 m
        return replace(trace, position=(SHANGHAI[0] + off, SHANGHAI[1]), accuracy_m=10.0)

    traces = days(10, lambda day: 7 * SECOND)
    assert rules.pairs([at(t) for t in traces]) == []
    assert rules.pairs([replace(at(t), accuracy_m=200.0) for t in traces]) != []


# one phone


def _phone(*people: str) -> list[Trace]:
    return [punch(person, MONDAY + n * DAY, hardware="one") for n, person in enumerate(people)]


def test_a_phone_that_goes_back_and_forth_is_a_case_and_one_that_was_handed_on_is_none() -> None:
    assert rules.one_phone(_phone("a", "a", "b", "b", "b")) == []
    [found] = rules.one_phone(_phone("a", "b", "a"))
    assert (found.people, found.facts) == (("a", "b"), {"people": 2, "switches": 2, "days": 3})
    assert rules.one_phone([replace(t, by_kiosk=True) for t in _phone("a", "b", "a", "b")]) == []


# the same point


def _at_point(count: int, *, moves: int = 0, accuracy_m: float = 10.0) -> list[Trace]:
    return [
        punch("a", MONDAY + day * DAY, position=(SHANGHAI[0] + day * moves, SHANGHAI[1]), accuracy_m=accuracy_m)
        for day in range(count)
    ]


def test_the_same_point_to_the_last_digit_day_after_day_is_a_case() -> None:
    [found] = rules.same_coordinates(_at_point(6))
    assert (found.people, found.facts) == (("a",), {"days": 6, "of_days": 6, "times": 6})


@pytest.mark.parametrize("honest", [_at_point(3), _at_point(20, moves=1), _at_point(20, accuracy_m=800.0)])
def test_few_days_a_true_receiver_and_a_networks_position_are_none(honest: list[Trace]) -> None:
    assert rules.same_coordinates(honest) == []


# two places


def _hop(minutes: int, **more: Any) -> list[Trace]:
    there = punch("a", MONDAY + minutes * MINUTE, position=BEIJING, accuracy_m=30.0, store_id="t", **more)
    return [punch("a", MONDAY, position=SHANGHAI, accuracy_m=30.0), there]


def test_shanghai_and_beijing_within_half_an_hour_are_a_case_and_by_train_they_are_none() -> None:
    [found] = rules.travel(_hop(30))
    assert (found.people, found.store_id, found.facts["times"]) == (("a",), "t", 1)
    assert found.facts["distance_km"] == 1067 and found.facts["speed_kmh"] == pytest.approx(2134, abs=2)
    assert rules.travel(_hop(5 * 60)) == []


def test_a_time_that_is_not_sure_accuses_nobody_of_haste() -> None:
    first, later = _hop(30)
    assert rules.travel([first, replace(later, high_ms=MONDAY + 6 * HOUR)]) == []


# codes that travel


def _relayed(count: int, gap: Callable[[int], int]) -> list[Trace]:
    made = [replace(t, code=("tablet", t.at_ms // 30_000)) for t in days(count, gap)]
    return [replace(t, code=("tablet", (t.at_ms - gap(0)) // 30_000)) if t.person_id == "b" else t for t in made]


def test_whoever_always_has_the_code_of_the_same_colleague_moments_later_is_a_case() -> None:
    [found] = rules.followers(_relayed(8, lambda day: 40 * SECOND))
    assert (found.kind, found.people) == ("code_relay", ("a", "b"))
    assert found.facts == {"how": "follows", "times": 16, "chances": 16, "gap_s": 40}
    assert rules.followers(_relayed(3, lambda day: 40 * SECOND)) == []


def test_three_who_read_one_code_stood_in_a_queue() -> None:
    traces = _relayed(8, lambda day: 40 * SECOND)
    third = [replace(t, punch_id="q" + t.punch_id, person_id="c", hardware="c") for t in traces if t.person_id == "a"]
    assert rules.followers(sorted([*traces, *third], key=lambda t: t.at_ms)) == []


def test_a_good_code_from_far_away_on_three_days_is_a_case_and_one_wild_fix_is_none() -> None:
    far = [punch("a", MONDAY + day * DAY, code=("tablet", day), far_m=4_000 + day) for day in range(3)]
    [found] = rules.codes_from_afar(far)
    assert found.facts == {"how": "far", "times": 3, "days": 3, "distance_m": 4_000}
    assert rules.codes_from_afar(far[:1]) == []
    assert rules.codes_from_afar([replace(t, far_m=400) for t in far]) == []


# what they share


def test_the_chance_of_so_many_is_the_tail_of_the_binomial() -> None:
    assert (
        rules.at_least(2, 2, 0.5) == 0.25 and rules.at_least(1, 2, 0.5) == 0.75 and rules.at_least(0, 9, 0.3) == pytest.approx(1)
    )


def test_a_case_names_at_most_so_many_punches_and_these_are_the_newest() -> None:
    [found] = rules.pairs(days(10, lambda day: 7 * SECOND), replace(DEFAULT, traces=6))
    assert found.punch_ids == tuple(t.punch_id for t in days(10, lambda day: 7 * SECOND)[-6:])
