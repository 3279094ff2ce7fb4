"""A seeded crowd of honest people with the phone errors that are published, for the promise that they are left in peace.

Medians: van Diggelen and Enge 2015 (open sky), Zandbergen 2009 and 2012 (Wi-Fi 74 m, cell 600 m). The mixes and the tails
are a judgment, to be fitted again on field data; see docs/concepts/evidence.md.
"""

from __future__ import annotations

import math
import random
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, replace

from contract.datums import Wgs84
from contract.evidence import DEFAULT, PunchFacts, Travel, Weights, judge_punch
from contract.geo import Circle, Fence, Fix, Place, fix_from_reading, place_of

SHOP = Wgs84(31.230416, 121.473701)
FENCE = Circle(SHOP, 150)
STORE_RADIUS_M = 40.0
_LAT_DEG, _LNG_DEG = 1 / 110_860, 1 / 95_280

Judge = Callable[[Fix | None, Fence | None], Place]


@dataclass(frozen=True)
class Source:
    """One way a phone finds itself: how often, how wrong, how heavy the tail, how honest about it."""

    share: float
    median_m: float
    tail_share: float
    tail_times: float
    reported: float


SURROUNDINGS: dict[str, tuple[tuple[Source, ...], float]] = {
    "open street": ((Source(1.0, 4, 0.02, 5, 1.0),), 0.00),
    "urban canyon": ((Source(0.85, 15, 0.08, 4, 0.7), Source(0.15, 74, 0.05, 3, 0.6)), 0.01),
    "mall ground floor": (
        (Source(0.35, 15, 0.10, 4, 0.7), Source(0.60, 60, 0.08, 3, 0.6), Source(0.05, 600, 0.05, 2, 1.0)),
        0.03,
    ),
    "mall basement": (
        (Source(0.05, 25, 0.10, 4, 0.7), Source(0.55, 74, 0.10, 3, 0.6), Source(0.40, 600, 0.10, 2, 0.9)),
        0.25,
    ),
}


def fix_at(rng: random.Random, surroundings: str, east_m: float, north_m: float, *, brand: float = 1.0) -> Fix | None:
    """What a phone standing there would say; None where it finds nothing. A brand of 0.7 boasts, one of 1.4 is modest."""
    sources, without = SURROUNDINGS[surroundings]
    if rng.random() < without:
        return None
    drawn, source = rng.random(), sources[-1]
    for candidate in sources:
        if drawn < candidate.share:
            source = candidate
            break
        drawn -= candidate.share
    median_m = source.median_m * (source.tail_times if rng.random() < source.tail_share else 1.0)
    off_m = median_m / 1.17741 * math.sqrt(-2 * math.log(1 - rng.random()))
    turn = rng.random() * 2 * math.pi
    accuracy_m = max(3.0, 1.5096 * source.median_m / 1.17741 * source.reported * brand * rng.uniform(0.7, 1.4))
    return fix_from_reading(
        SHOP.lat + (north_m + off_m * math.sin(turn)) * _LAT_DEG,
        SHOP.lng + (east_m + off_m * math.cos(turn)) * _LNG_DEG,
        accuracy_m,
        age_ms=1_000,
        mock=False,
    )


@dataclass(frozen=True)
class Crowd:
    """Where honest people work and what their store has. A tablet may be `shown` and read, and yet not `heard` by HQ."""

    surroundings: str
    tablet_shown: bool = True
    tablet_heard: bool = True
    brand: float = 1.0
    judge: Judge = place_of


def honest_facts(rng: random.Random, crowd: Crowd) -> PunchFacts:
    """Somebody who stands in the store, with the small misfortunes honest people have."""
    away_m, turn = STORE_RADIUS_M * math.sqrt(rng.random()), rng.random() * 2 * math.pi
    fix = fix_at(rng, crowd.surroundings, away_m * math.cos(turn), away_m * math.sin(turn), brand=crowd.brand)
    code_read = rng.random() < 0.90
    far_jump = Travel(distance_m=900_000, accuracies_m=(10, 10), elapsed_s=1_800)  # from a bad cell fix
    return PunchFacts(
        place=crowd.judge(fix, FENCE),
        code="fresh" if crowd.tablet_shown and code_read else "none",
        store_wifi_seen=rng.random() < 0.60,
        device="bound" if rng.random() < 0.97 else "unknown",
        wall_off_anchor_s=7_200 if rng.random() < 0.01 else 3,
        mock=rng.random() < 0.001,
        travel=far_jump if rng.random() < 0.002 else None,
        tablet_alive_that_hour=crowd.tablet_heard,
    )


def with_one_more_proof(rng: random.Random, crowd: Crowd, asked: PunchFacts) -> PunchFacts:
    """What the ten seconds after "one more proof, please" bring: a new fix, and the code if it was not read."""
    away_m, turn = STORE_RADIUS_M * math.sqrt(rng.random()), rng.random() * 2 * math.pi
    fix = fix_at(rng, crowd.surroundings, away_m * math.cos(turn), away_m * math.sin(turn), brand=crowd.brand)
    again = crowd.judge(fix, FENCE)
    better = max(asked.place, again, key=lambda place: -1 if place.p_inside_pm is None else place.p_inside_pm)
    read_now = crowd.tablet_shown and rng.random() < 0.90
    return replace(asked, place=better, code="fresh" if read_now else asked.code)


def shares(crowd: Crowd, count: int, *, seed: int = 7, weights: Weights = DEFAULT) -> dict[str, float]:
    """The part of `count` honest punches that ends green, ask or review, and green after one more proof."""
    rng = random.Random(seed)
    seen: Counter[str] = Counter()
    for _ in range(count):
        facts = honest_facts(rng, crowd)
        first = judge_punch(facts, weights).verdict
        seen[first] += 1
        second = judge_punch(with_one_more_proof(rng, crowd, facts), weights).verdict if first == "ask" else first
        seen["green in the end"] += second == "green"
    return {name: seen[name] / count for name in ("green", "ask", "review", "green in the end")}
