"""Which weights the past would suggest: non-negative least squares on standardised figures, drawn toward equal weights.

    w = argmin |y - X w|, w >= 0        X: points, y: outcome, both with mean 0 and deviation 1, a row per person
    suggested = k w / sum(w) + (1 - k) / m        k = n / (n + 10 m), m metrics, n people

(Lawson and Hanson, "Solving Least Squares Problems", 1974.) The shrinkage is that of a guess worth ten people per metric: with
fifty people and five metrics half of it is data. Weights are whole percents that sum to 100. Nothing is applied by this.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
from scipy import optimize

from server.scoring.quality.metrics import ENOUGH_PEOPLE, Figures, per_person

PEOPLE_PER_METRIC = 10


class Suggestion(NamedTuple):
    """`weights`: whole percents in order of `metrics`; `kept`: how much of it is data (0 to 1); `fit`: share of the outcome's
    variance that the data's own weights explain (0 to 1)."""

    metrics: list[str]
    weights: list[int]
    n: int
    kept: float
    fit: float


def suggest(figures: Sequence[Figures], metrics: Sequence[str]) -> Suggestion | None:
    """For these metrics, from the people who have figures of all of them and an outcome. None with fewer than twenty, or where
    nothing goes with the outcome."""
    codes = sorted(set(metrics))
    table, outcome = per_person([_only(one, codes) for one in figures], codes)
    whole = ~(np.isnan(table).any(axis=1) | np.isnan(outcome))
    n = int(whole.sum())
    if not codes or n < max(ENOUGH_PEOPLE, len(codes) + 2):
        return None
    x, y = table[whole] - table[whole].mean(axis=0), outcome[whole] - outcome[whole].mean()
    deviation, of_outcome = x.std(axis=0), float(y.std())
    if of_outcome == 0:
        return None
    x = np.divide(x, deviation, out=np.zeros_like(x), where=deviation > 1e-9)
    y = y / of_outcome
    found, left = optimize.nnls(x, y)
    if not found.sum() > 0:
        return None
    kept = n / (n + PEOPLE_PER_METRIC * len(codes))
    shares = kept * found / found.sum() + (1 - kept) / len(codes)
    return Suggestion(codes, whole_percents([float(share) for share in shares]), n, kept, 1 - float(left) ** 2 / n)


def _only(one: Figures, codes: Sequence[str]) -> Figures:
    return one._replace(points={code: one.points[code] for code in codes if code in one.points})


def whole_percents(shares: Sequence[float]) -> list[int]:
    """Shares of 1 as whole percents that sum to 100; what is left over goes to the largest remainders, first ones first."""
    exact = [share * 100 / sum(shares) for share in shares]
    floors = [int(one) for one in exact]
    order = sorted(range(len(exact)), key=lambda place: (floors[place] - exact[place], place))
    for place in order[: 100 - sum(floors)]:
        floors[place] += 1
    return floors
