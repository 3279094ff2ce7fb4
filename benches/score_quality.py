"""What the analysis of scores finds of planted truths, over many seeds: what it misses, what it finds that is not there, how
often its intervals hold, and how long 100,000 ratings take."""

from __future__ import annotations

import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from server.scoring.quality import flags, metrics, severity, weights
from tests.support import planted_scores as planted

Estimator = Callable[[severity.Ratings], severity.Severity | None]


@dataclass
class Found:
    """Counts over seeds. `intervals`, `people`: (held, all); `wrong`: what was flagged and not planted, by what it is."""

    seeds: int = 0
    lenient: int = 0
    flat: int = 0
    twins: int = 0
    drives: int = 0
    heaviest: int = 0
    wrong: dict[str, int] = field(default_factory=dict)
    intervals: list[bool] = field(default_factory=list)
    people: list[bool] = field(default_factory=list)
    errors: list[float] = field(default_factory=list)

    def mistaken(self, what: str) -> None:
        self.wrong[what] = self.wrong.get(what, 0) + 1


def of_raters(seeds: int, estimate: Estimator = severity.estimate, lenient: float = 12.0) -> Found:
    """Severities drawn anew for each seed must be recovered; one rater who gives so much more must be flagged, and nobody who
    lies within the line."""
    found = Found(seeds=seeds)
    for seed in range(seeds):
        _recovered(found, planted.scores(seed), estimate)
        world = planted.scores(10_000 + seed, lenient=lenient)
        told = estimate(world.ratings)
        named = [] if told is None else _flagged(told)
        found.lenient += ("r000", "lenient") in named
        middle = statistics.fmean(world.generous.values())
        for rater, kind in named:
            if abs(world.generous[rater] - middle) < flags.SEVERE_POINTS:  # who really is beyond the line is no mistake
                found.mistaken(kind)
    return found


def _flagged(told: severity.Severity) -> list[tuple[str, str]]:
    judged = [flags.severe(one.rater, one.severity, one.low, one.high, one.n) for one in told.raters]
    return [(flag.rater, flag.kind) for flag in judged if flag is not None]


def _recovered(found: Found, world: planted.Planted, estimate: Estimator) -> None:
    told = estimate(world.ratings)
    if told is None:
        raise RuntimeError("planted ratings are enough for an estimate")
    middle = {
        group: statistics.fmean(world.generous[one.rater] for one in told.raters if one.group == group)
        for group in {one.group for one in told.raters}
    }
    hard = statistics.fmean(one.adjusted - world.able[one.person] - middle[one.group] for one in told.persons if one.adjusted)
    for one in told.raters:
        if one.severity is not None and one.low is not None and one.high is not None:
            truth = middle[one.group] - world.generous[one.rater]
            found.errors.append(one.severity - truth)
            found.intervals.append(one.low <= truth <= one.high)
    for person in told.persons:
        if person.low is not None and person.high is not None:
            truth = world.able[person.person] + middle[person.group] + hard
            found.people.append(person.low <= truth <= person.high)


def of_metrics(seeds: int) -> Found:
    """The flat one, the two alike and the one that drives the outcome are each found, and nothing else is."""
    found = Found(seeds=seeds)
    for seed in range(seeds):
        rows = planted.figures(seed)
        judged = {one.metric: one for one in metrics.judge(rows, with_outcome=True)}
        found.flat += judged[planted.FLAT].reason == "no_discrimination"
        found.twins += all(judged[one].reason == "redundant" for one in planted.TWINS)
        found.drives += judged[planted.DRIVES].reason == "drives"
        for metric, one in judged.items():
            if metric != planted.FLAT and one.verdict == "retire":
                found.mistaken("no_discrimination")
            if one.twins and metric not in planted.TWINS:
                found.mistaken("redundant")
            chance = one.outcome.chance if one.outcome is not None else None
            if metric != planted.DRIVES and chance is not None and chance < metrics.CHANCE:
                found.mistaken("outcome")
        suggested = weights.suggest(rows, planted.MEASURED)
        if suggested is not None:
            found.heaviest += suggested.metrics[suggested.weights.index(max(suggested.weights))] == planted.DRIVES
    return found


def of_cards(seeds: int) -> Found:
    """Honest raters' cards: whatever is flagged is a mistake."""
    found = Found(seeds=seeds)
    for seed in range(seeds):
        for flag in flags.flags(planted.cards(seed)):
            found.mistaken(flag.kind)
    return found


def measure(seeds: int = 200, stores: int = 500) -> dict[str, Any]:
    """Everything, and the estimate of some 100,000 ratings by as many raters as there are stores."""
    raters, judged, honest = of_raters(seeds), of_metrics(seeds), of_cards(seeds)
    large = planted.scores(1, raters=stores, people_each=20, cards=2)
    begun = time.perf_counter()
    severity.estimate(large.ratings)
    return {
        "seeds": seeds, "lenient": raters.lenient, "severity_wrong": raters.wrong, "raters": len(raters.intervals),
        "bias": statistics.fmean(raters.errors), "error": statistics.pstdev(raters.errors),
        "coverage": statistics.fmean(raters.intervals), "people_coverage": statistics.fmean(raters.people),
        "flat": judged.flat, "twins": judged.twins, "drives": judged.drives, "heaviest": judged.heaviest,
        "metrics_wrong": judged.wrong, "honest_wrong": honest.wrong, "honest_raters": 30 * seeds,
        "ratings": len(large.ratings.points), "estimate_s": time.perf_counter() - begun,
    }  # fmt: skip


if __name__ == "__main__":
    for name, value in measure().items():
        print(f"{name:18} {value}")
