"""What many punches show together and none by itself: pure functions from traces to findings. Nobody is punished by them.

A finding is a reason for a person to look. Each names the facts, the punches they come from, and is made so that what honest
people do every day does not look like it; docs/concepts/cases.md says what honest behaviour each rule was weighed against.
Thresholds are data (`Limits`). All times are epoch milliseconds.
"""

from __future__ import annotations

import math
from bisect import bisect_left, bisect_right
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

from contract.datums import Wgs84
from contract.geo import geodesic_m

DAY_MS: Final = 86_400_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Trace:
    """A punch, as far as the rules look at it. `position` is where the phone said it was, as degrees * 1e7; a punch on a tablet
    has none of its own. `far_m`: surely so far outside the fence. `code`: (tablet, half minute) of the store code it carried."""

    punch_id: str
    person_id: str
    store_id: str
    hardware: str
    kind: str
    at_ms: int
    low_ms: int
    high_ms: int
    day: str
    by_kiosk: bool
    position: tuple[int, int] | None = None
    accuracy_m: float = 0.0
    far_m: int = 0
    code: tuple[str, int] | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Something to look at. `people` in a fixed order, `facts` are what the sentence `case.<kind>` names."""

    kind: str
    people: tuple[str, ...]
    store_id: str
    facts: dict[str, int | str]
    punch_ids: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """The thresholds, for one month of punches."""

    together_s: int = 20
    queue_s: int = 60  # somebody third this near makes it a queue, which explains itself
    together_least: int = 8
    together_each_kind: int = 3
    together_share: float = 0.8
    together_share_each_kind: float = 0.7
    same_order: float = 0.9
    chance_most: float = 1e-6
    chance_floor: float = 0.05

    follows_s: int = 90
    follows_least: int = 8
    follows_each_kind: int = 2
    follows_floor: float = 0.15
    same_shift_min: int = 30

    same_point_days: int = 4
    same_point_share: float = 0.5
    precise_m: float = 60.0

    switches: int = 2

    travel_kmh: int = 1000
    travel_near_kmh: int = 350
    travel_near_km: int = 300
    travel_least_km: int = 20

    far_m: int = 1000
    far_days: int = 3

    traces: int = 100


DEFAULT: Final = Limits()


# two phones that go together


def pairs(of_store: Sequence[Trace], limits: Limits = DEFAULT) -> list[Found]:
    """Two phones in one store that are used within seconds of each other, alone, in the same order, coming and going.

    `of_store` are all punches of one store and month, in order of time. A tablet's queue is never looked at; nor is a moment at
    which a third person punched nearby. What shifts explain is taken off: the same two people's times of different days, where
    their shifts began alike, say how often they would come so close by chance.
    """
    together: dict[tuple[str, str], dict[tuple[str, str], tuple[Trace, Trace]]] = defaultdict(dict)
    for index, one in enumerate(of_store):
        if one.by_kiosk:
            continue
        for other in _within(of_store, index, limits.together_s):
            alike = other.kind == one.kind and not other.by_kiosk
            if alike and other.person_id != one.person_id and other.hardware != one.hardware:
                together[_pair(one, other)].setdefault((one.kind, one.day), (one, other))
    likely = {pair: list(met.values()) for pair, met in together.items() if len(met) >= limits.together_least}
    if not likely:
        return []
    found = []
    by_person = _of_people(of_store, {person for pair in likely for person in pair})
    crowd = [trace.at_ms for trace in of_store]
    for pair, met in sorted(likely.items()):
        alone = [two for two in met if not _in_a_queue(of_store, crowd, two, limits) and not _surely_apart(*two)]
        chances = _chances(by_person[pair[0]], by_person[pair[1]], of_store, crowd, limits)
        base = _by_chance(by_person[pair[0]], by_person[pair[1]], limits.together_s, limits)
        if _is_together(alone, chances, base, limits):
            found.append(_pair_found(pair, alone, chances, limits))
    return found


def _pair_found(pair: tuple[str, str], alone: Sequence[tuple[Trace, Trace]], chances: Counter[str], limits: Limits) -> Found:
    gaps = sorted(abs(two[1].at_ms - two[0].at_ms) for two in alone)
    return Found(
        kind="pairs",
        people=pair,
        store_id=alone[0][0].store_id,
        facts={
            "times": len(alone),
            "chances": chances.total(),
            "seconds": limits.together_s,
            "gap_s": round(gaps[len(gaps) // 2] / 1000),
            "same_order": _in_order(alone),
        },
        punch_ids=_newest([trace for two in alone for trace in two], limits),
    )


def _is_together(alone: Sequence[tuple[Trace, Trace]], chances: Counter[str], base: float, limits: Limits) -> bool:
    times = Counter(two[0].kind for two in alone)
    if times.total() < limits.together_least or times.total() < limits.together_share * chances.total():
        return False
    for kind in ("in", "out"):
        if times[kind] < max(limits.together_each_kind, limits.together_share_each_kind * chances[kind]):
            return False
    if _in_order(alone) < limits.same_order * len(alone):
        return False
    return at_least(times.total(), chances.total(), max(base, limits.chance_floor)) <= limits.chance_most


# codes that travel


def followers(of_store: Sequence[Trace], limits: Limits = DEFAULT) -> list[Found]:
    """Somebody whose phone carries, nearly always, the code that the same colleague's phone carried moments before.

    Whoever stands at the tablet reads what it shows then; to read the same half minute as one colleague, always after them and
    never with anybody else, coming and going, is what passing a code on looks like.
    """
    coded: dict[tuple[str, int], list[Trace]] = defaultdict(list)
    for trace in of_store:
        if trace.code is not None and not trace.by_kiosk:
            coded[trace.code].append(trace)
    after: dict[tuple[str, str], list[tuple[Trace, Trace]]] = defaultdict(list)
    uses: Counter[tuple[str, str]] = Counter()
    for same in coded.values():
        if len({trace.person_id for trace in same}) > 2:
            continue  # a queue: everybody reads what the tablet shows just then
        for trace in same:
            uses[trace.person_id, trace.kind] += 1
        first, last = same[0], next((trace for trace in same if trace.person_id != same[0].person_id), None)
        if last is not None and first.hardware != last.hardware and last.at_ms - first.at_ms <= limits.follows_s * 1000:
            after[first.person_id, last.person_id].append((first, last))
    found = []
    for (leader, follower), met in sorted(after.items()):
        if len(met) < limits.follows_least:
            continue
        kinds = Counter(two[1].kind for two in met)
        chances = uses[follower, "in"] + uses[follower, "out"]
        backwards = len(after.get((follower, leader), ()))
        enough = all(kinds[kind] >= limits.follows_each_kind for kind in ("in", "out"))
        if not enough or len(met) < limits.together_share * chances or len(met) < limits.same_order * (len(met) + backwards):
            continue
        times = _of_people(of_store, {leader, follower})
        base = max(limits.follows_floor, _by_chance(times[leader], times[follower], limits.follows_s, limits))
        if at_least(len(met), chances, base) > limits.chance_most:
            continue
        facts: dict[str, int | str] = {"how": "follows", "times": len(met), "chances": chances, "gap_s": _median_gap_s(met)}
        traces = _newest([trace for two in met for trace in two], limits)
        who = (leader, follower)
        found.append(Found(kind="code_relay", people=who, store_id=met[0][0].store_id, facts=facts, punch_ids=traces))
    return found


def codes_from_afar(of_person: Sequence[Trace], limits: Limits = DEFAULT) -> list[Found]:
    """A good code of the store, on a phone that was surely far from it, on several days."""
    far = [trace for trace in of_person if trace.code is not None and not trace.by_kiosk and trace.far_m >= limits.far_m]
    days = {trace.day for trace in far}
    if len(days) < limits.far_days:
        return []
    facts: dict[str, int | str] = {
        "how": "far", "times": len(far), "days": len(days), "distance_m": min(trace.far_m for trace in far),
    }  # fmt: skip
    return [
        Found(
            kind="code_relay", people=(far[0].person_id,), store_id=far[-1].store_id, facts=facts,
            punch_ids=_newest(far, limits),
        )
    ]  # fmt: skip


# one phone, one point, one person in two places


def one_phone(of_phone: Sequence[Trace], limits: Limits = DEFAULT) -> list[Found]:
    """A phone that goes back and forth between people. Handed on once, for good, is what happens to every second phone."""
    mine = [trace for trace in of_phone if not trace.by_kiosk]
    at_switch = [index for index, (one, other) in enumerate(pairwise(mine)) if one.person_id != other.person_id]
    if len(at_switch) < limits.switches:
        return []
    around = sorted({index for at in at_switch for index in (at, at + 1)})
    facts: dict[str, int | str] = {
        "people": len({trace.person_id for trace in mine}), "switches": len(at_switch),
        "days": len({mine[index].day for index in around}),
    }  # fmt: skip
    people = tuple(sorted({trace.person_id for trace in mine}))
    traces = _newest([mine[index] for index in around], limits)
    return [Found(kind="one_phone", people=people, store_id=mine[at_switch[-1]].store_id, facts=facts, punch_ids=traces)]


def same_coordinates(of_person: Sequence[Trace], limits: Limits = DEFAULT) -> list[Found]:
    """The same point to the last digit, a centimetre, day after day. A receiver never says the same twice; an app that makes
    positions up does. A blurred fix is left out: cells and Wi-Fi have fixed positions in their makers' lists."""
    precise = [
        trace for trace in of_person
        if not trace.by_kiosk and trace.position is not None and 0 < trace.accuracy_m <= limits.precise_m
    ]  # fmt: skip
    days_at: dict[tuple[int, int], set[str]] = defaultdict(set)
    for trace in precise:
        assert trace.position is not None
        days_at[trace.position].add(trace.day)
    if not days_at:
        return []
    point, days = max(days_at.items(), key=lambda item: (len(item[1]), item[0]))
    all_days = len({trace.day for trace in precise})
    if len(days) < limits.same_point_days or len(days) < limits.same_point_share * all_days:
        return []
    there = [trace for trace in precise if trace.position == point]
    facts: dict[str, int | str] = {"days": len(days), "of_days": all_days, "times": len(there)}
    return [
        Found(
            kind="same_coordinates", people=(there[0].person_id,), store_id=there[-1].store_id, facts=facts,
            punch_ids=_newest(there, limits),
        )
    ]  # fmt: skip


def travel(of_person: Sequence[Trace], limits: Limits = DEFAULT) -> list[Found]:
    """Two places, one person, too little time. For a punch on a tablet the place is the store's (`position` filled in so).

    The way is the true one over the earth less twice both blurs; the time is the longest that can have passed.
    """
    placed = [trace for trace in of_person if trace.position is not None]
    hops: list[tuple[Trace, Trace]] = []
    most_kmh = most_km = 0
    for one, other in pairwise(placed):
        assert one.position is not None and other.position is not None
        if max(abs(one.position[0] - other.position[0]), abs(one.position[1] - other.position[1])) < 1_000_000:
            continue  # a tenth of a degree: 11 km at most
        elapsed_s = max(1.0, (other.high_ms - one.low_ms) / 1000)
        if elapsed_s > DAY_MS / 1000:
            continue
        way_m = geodesic_m(Wgs84.from_e7(*one.position), Wgs84.from_e7(*other.position))
        surely_km = (way_m - 2.0 * (one.accuracy_m + other.accuracy_m)) / 1000
        kmh = surely_km * 3600 / elapsed_s
        is_near = surely_km <= limits.travel_near_km
        if surely_km >= limits.travel_least_km and kmh > (limits.travel_near_kmh if is_near else limits.travel_kmh):
            hops.append((one, other))
            most_kmh, most_km = max(most_kmh, round(kmh)), max(most_km, round(surely_km))
    if not hops:
        return []
    facts: dict[str, int | str] = {"times": len(hops), "speed_kmh": most_kmh, "distance_km": most_km}
    traces = _newest([trace for hop in hops for trace in hop], limits)
    last = hops[-1][1]
    return [Found(kind="travel", people=(last.person_id,), store_id=last.store_id, facts=facts, punch_ids=traces)]


# what they share


@dataclass(slots=True)
class Times:
    """One person's punches by phone in a store: by kind and day, the first of each."""

    at: dict[tuple[str, str], Trace] = field(default_factory=dict)


def at_least(times: int, chances: int, each: float) -> float:
    """How likely so many of so many chances are, when each has this probability: the upper tail of the binomial."""
    if chances < times:
        return 0.0
    return math.fsum(math.comb(chances, n) * each**n * (1.0 - each) ** (chances - n) for n in range(times, chances + 1))


def _within(traces: Sequence[Trace], index: int, seconds: int) -> Iterable[Trace]:
    last_ms = traces[index].at_ms + seconds * 1000
    for later in range(index + 1, len(traces)):
        if traces[later].at_ms > last_ms:
            return
        yield traces[later]


def _pair(one: Trace, other: Trace) -> tuple[str, str]:
    return min(one.person_id, other.person_id), max(one.person_id, other.person_id)


def _of_people(traces: Sequence[Trace], wanted: set[str]) -> dict[str, Times]:
    found = {person: Times() for person in wanted}
    for trace in traces:
        if trace.person_id in wanted and not trace.by_kiosk:
            found[trace.person_id].at.setdefault((trace.kind, trace.day), trace)
    return found


def _in_a_queue(traces: Sequence[Trace], at: Sequence[int], two: tuple[Trace, Trace], limits: Limits) -> bool:
    first = bisect_left(at, two[0].at_ms - limits.queue_s * 1000)
    last = bisect_right(at, two[1].at_ms + limits.queue_s * 1000)
    own = {two[0].person_id, two[1].person_id}
    return any(traces[index].person_id not in own for index in range(first, last))


def _surely_apart(one: Trace, other: Trace) -> bool:
    """Two phones whose precise fixes lie apart were not in one hand."""
    if one.position is None or other.position is None:
        return False
    north_m = (one.position[0] - other.position[0]) * 0.011_1
    east_m = (one.position[1] - other.position[1]) * 0.011_1 * math.cos(math.radians(one.position[0] / 1e7))
    return math.hypot(north_m, east_m) > 2.0 * (one.accuracy_m + other.accuracy_m) + 10.0


def _chances(one: Times, other: Times, traces: Sequence[Trace], at: Sequence[int], limits: Limits) -> Counter[str]:
    """On how many comings and goings both used their phones there, queues left out."""
    counted: Counter[str] = Counter()
    for key in one.at.keys() & other.at.keys():
        two = sorted((one.at[key], other.at[key]), key=lambda trace: trace.at_ms)
        near = two[1].at_ms - two[0].at_ms <= limits.together_s * 1000
        if not (near and _in_a_queue(traces, at, (two[0], two[1]), limits)):
            counted[key[0]] += 1
    return counted


def _by_chance(one: Times, other: Times, seconds: int, limits: Limits) -> float:
    """How often their times of different days lie so close, where their shifts began alike: what the shifts explain."""
    near = compared = 0
    span_ms, shift_ms = seconds * 1000, limits.same_shift_min * 60_000
    for (kind, day), mine in one.at.items():
        for (their_kind, their_day), theirs in other.at.items():
            my_own = one.at.get((kind, their_day))
            if their_kind != kind or their_day == day or my_own is None:
                continue
            if _of_day_apart_ms(mine, my_own) <= shift_ms:
                compared += 1
                near += _of_day_apart_ms(mine, theirs) <= span_ms
    return near / compared if compared >= 5 else 0.0


def _of_day_apart_ms(one: Trace, other: Trace) -> int:
    apart = abs(one.at_ms - other.at_ms) % DAY_MS
    return min(apart, DAY_MS - apart)


def _in_order(met: Sequence[tuple[Trace, Trace]]) -> int:
    """How often the one who was first more often was first."""
    first = Counter(two[0].person_id for two in met)
    return max(first.values(), default=0)


def _median_gap_s(met: Sequence[tuple[Trace, Trace]]) -> int:
    gaps = sorted(two[1].at_ms - two[0].at_ms for two in met)
    return round(gaps[len(gaps) // 2] / 1000)


def _newest(traces: Iterable[Trace], limits: Limits) -> tuple[str, ...]:
    """The punches in order of time, each once; where there are too many, the newest."""
    ordered = sorted({trace.punch_id: trace for trace in traces}.values(), key=lambda trace: (trace.at_ms, trace.punch_id))
    return tuple(trace.punch_id for trace in ordered[-limits.traces :])
