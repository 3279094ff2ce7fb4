"""What a metric tells: whether it sets people apart, whether another one says the same, whether it goes with an outcome.

One figure per person and metric (the mean of their months, each month's own mean taken away first), so that n counts people and
nobody twice. Correlations are Pearson's with Fisher's interval (z = artanh r, variance 1 / (n - 3)); whether one with the outcome
is more than chance is asked of 4,999 shuffles of the outcome and held to all metrics together by Holm's steps (Scandinavian
Journal of Statistics 6, 1979). A relation is no proof of a cause, and pages say so.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from math import atanh, sqrt, tanh
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy import stats

Verdict = Literal["keep", "adjust", "retire", "too_few"]
Reason = Literal["no_discrimination", "redundant", "against", "drives", "no_relation", "fine", "too_few"]

ENOUGH_PEOPLE = 20
SAME_SHARE, LEAST_DEVIATION = 0.95, 1.0
REDUNDANT = 0.9
CHANCE = 0.01
SHUFFLES = 4_999


class Relation(NamedTuple):
    """A correlation with its 95 % interval. `chance`: after Holm; None where it was not asked."""

    r: float
    low: float
    high: float
    n: int
    chance: float | None = None


@dataclass
class MetricFinding:
    """What was found of one metric. `share_same`: of the commonest figure; `twins`: metrics that say the same; `outcome`: how it
    goes with the outcome, None without one or with too few people."""

    metric: str
    n: int
    mean: float
    deviation: float
    share_same: float
    share_full: float
    verdict: Verdict = "keep"
    reason: Reason = "fine"
    twins: dict[str, Relation] = field(default_factory=dict)
    outcome: Relation | None = None


class Figures(NamedTuple):
    """One person's points by metric, one month."""

    person: str
    month: str
    points: Mapping[str, float]
    outcome: float | None = None


def judge(figures: Sequence[Figures], *, with_outcome: bool) -> list[MetricFinding]:
    """All metrics by code. The order of the figures changes nothing; the shuffles are the same each time."""
    metrics = sorted({metric for one in figures for metric in one.points})
    table, outcome = per_person(figures, metrics)
    found = [_alone(metric, figures, table[:, place]) for place, metric in enumerate(metrics)]
    flat = {one.metric for one in found if one.reason in ("no_discrimination", "too_few")}
    lively = [place for place, metric in enumerate(metrics) if metric not in flat]
    _twins(found, table, lively)
    if with_outcome:
        _outcomes(found, table, outcome, lively)
    for one in found:
        _decide(one)
    return found


def per_person(figures: Sequence[Figures], metrics: Sequence[str]) -> tuple[Any, Any]:
    """(persons x metrics, outcome of each person): means over months of what differs from the month's mean; nan: unknown."""
    places = {metric: place for place, metric in enumerate(metrics)}
    ordered = sorted(figures, key=lambda one: (one.person, one.month))
    months, month = np.unique([one.month for one in ordered], return_inverse=True)
    people, person = np.unique([one.person for one in ordered], return_inverse=True)
    rows = np.full((len(ordered), len(metrics) + 1), np.nan)
    for number, one in enumerate(ordered):
        for metric, points in one.points.items():
            rows[number, places[metric]] = points
        if one.outcome is not None:
            rows[number, -1] = one.outcome
    whole = _means(rows, np.zeros(len(ordered), dtype=np.int64), 1)
    centred = rows - _means(rows, month, len(months))[month] + whole[0]
    held = _means(centred, person, len(people))
    return held[:, :-1], held[:, -1]


def _means(rows: Any, group: Any, groups: int) -> Any:
    known = ~np.isnan(rows)
    sums, counts = np.zeros((groups, rows.shape[1])), np.zeros((groups, rows.shape[1]))
    np.add.at(sums, group, np.where(known, rows, 0.0))
    np.add.at(counts, group, known)
    return np.divide(sums, counts, out=np.full_like(sums, np.nan), where=counts > 0)


def _alone(metric: str, figures: Sequence[Figures], column: Any) -> MetricFinding:
    points = np.array([one.points[metric] for one in figures if metric in one.points])
    people = int((~np.isnan(column)).sum())
    _, counts = np.unique(points.round(2), return_counts=True)
    found = MetricFinding(
        metric, people, float(points.mean()), float(points.std(ddof=1)) if len(points) > 1 else 0.0,
        float(counts.max() / len(points)), float((points >= 99.995).mean()),
    )  # fmt: skip
    if people < ENOUGH_PEOPLE:
        found.verdict, found.reason = "too_few", "too_few"
    elif found.share_same >= SAME_SHARE or found.deviation < LEAST_DEVIATION:
        found.verdict, found.reason = "retire", "no_discrimination"
    return found


def _twins(found: Sequence[MetricFinding], table: Any, lively: Sequence[int]) -> None:
    """Two say the same where even the lower end of the interval is 0.9 or more."""
    for at, one in enumerate(lively):
        for other in lively[at + 1 :]:
            relation = related(table[:, one], table[:, other])
            if relation is not None and relation.low >= REDUNDANT:
                found[one].twins[found[other].metric] = relation
                found[other].twins[found[one].metric] = relation


def _outcomes(found: Sequence[MetricFinding], table: Any, outcome: Any, lively: Sequence[int]) -> None:
    asked: list[tuple[int, Relation, float]] = []
    for place in lively:
        relation = related(table[:, place], outcome)
        if relation is not None:
            asked.append((place, relation, shuffled(table[:, place], outcome)))
    held = 0.0
    for rank, (place, relation, chance) in enumerate(sorted(asked, key=lambda one: (one[2], one[0]))):
        held = max(held, min(1.0, chance * (len(asked) - rank)))
        found[place].outcome = relation._replace(chance=held)


def related(one: Any, other: Any) -> Relation | None:
    """Pearson's correlation with Fisher's 95 % interval; None with fewer than twenty people who have both."""
    both = ~(np.isnan(one) | np.isnan(other))
    n = int(both.sum())
    if n < ENOUGH_PEOPLE:
        return None
    left, right = one[both] - one[both].mean(), other[both] - other[both].mean()
    size = sqrt(float(left @ left) * float(right @ right))
    if size == 0:
        return None
    r = max(-1.0, min(1.0, float(left @ right) / size))
    z, half = atanh(max(-0.999999, min(0.999999, r))), float(stats.norm.ppf(0.975)) / sqrt(n - 3)
    return Relation(r, tanh(z - half), tanh(z + half), n)


def shuffled(one: Any, outcome: Any, shuffles: int = SHUFFLES) -> float:
    """How often a shuffled outcome goes with the metric as much as the real one, either way; the real one counts as a shuffle."""
    both = ~(np.isnan(one) | np.isnan(outcome))
    left, right = one[both] - one[both].mean(), outcome[both] - outcome[both].mean()
    seen = abs(float(left @ right))
    rng = np.random.default_rng(len(left))
    as_much, done = 0, 0
    while done < shuffles:
        many = min(1_000, shuffles - done)
        mixed = rng.permuted(np.broadcast_to(right, (many, len(right))), axis=1)
        as_much += int((np.abs(mixed @ left) >= seen - 1e-9).sum())
        done += many
    return (as_much + 1) / (shuffles + 1)


def _decide(one: MetricFinding) -> None:
    if one.verdict in ("too_few", "retire"):
        return
    surely = one.outcome is not None and one.outcome.chance is not None and one.outcome.chance < CHANCE
    if one.twins:
        one.verdict, one.reason = "adjust", "redundant"
    elif surely and one.outcome is not None and one.outcome.r < 0:
        one.verdict, one.reason = "adjust", "against"
    elif one.outcome is not None:
        one.verdict, one.reason = "keep", "drives" if surely else "no_relation"
