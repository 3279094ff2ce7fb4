"""How severe raters are: a crossed random effects model, by REML, with what people who worked under several raters tell.

    points = metric + person + rater + (rater with this person) + rest

Persons, raters and what a rater thinks of one person are random, so estimates are shrunk as far as their data is thin (Henderson,
"Best linear unbiased estimation and prediction", Biometrics 31, 1975; the variances by restricted maximum likelihood, Patterson
and Thompson, Biometrika 58, 1971). It is done in two steps, so that 100,000 ratings take seconds: what metrics differ by is
estimated inside the cells of rater and person; then one mean per cell enters Henderson's equations, where persons are absorbed
(their block is diagonal) and the rest is as large as there are raters.

Raters can be compared only where people link them. Severity is told against the mean of the raters one is linked with; somebody
linked with nobody has none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, log, sqrt
from typing import Any, NamedTuple

import numpy as np
from scipy import linalg, optimize, sparse, stats
from scipy.sparse.csgraph import connected_components

LEVEL = 0.90
FEW_CELLS = 8  # with fewer cells of rater and person no variance is worth its name
_FLOOR, _CEILING = 1e-4, 1e4


class Ratings(NamedTuple):
    """Marks that count, one place each in four lists: who gave it, to whom, on what, and what it is worth (0 to 100)."""

    raters: Sequence[str]
    persons: Sequence[str]
    metrics: Sequence[str]
    points: Sequence[float]


class RaterEstimate(NamedTuple):
    """`severity`: points that this rater gives less than the mean of those it is linked with (minus: more); None where it is
    linked with nobody. `low`, `high`: the 90 % interval. `spread`: how far its people lie apart, against what is usual (1), with
    its interval; None with fewer than four people. `group`: who can be compared has the same number. `n`: marks."""

    rater: str
    n: int
    persons: int
    group: int
    raw_mean: float
    severity: float | None
    low: float | None
    high: float | None
    spread: float | None
    spread_low: float | None
    spread_high: float | None


class PersonEstimate(NamedTuple):
    """`raw`: the mean of the marks. `adjusted`: what it would be had the average rater of the group given them, with its 90 %
    interval; None where the raters are linked with nobody."""

    person: str
    n: int
    raters: int
    group: int
    raw: float
    adjusted: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True)
class Severity:
    """What was estimated. Deviations are in points. `groups`: how many sets of raters nobody links with each other."""

    raters: list[RaterEstimate]
    persons: list[PersonEstimate]
    groups: int
    rater_deviation: float
    person_deviation: float
    pair_deviation: float
    rest_deviation: float


@dataclass
class _Cells:
    """Ratings by cell of rater and person. `mean`: without what metrics differ by."""

    rater: Any
    person: Any
    n: Any
    mean: Any
    raw: Any
    rest: float  # variance of one mark inside a cell


@dataclass
class _Equations:
    """Henderson's equations with the persons absorbed; the first of `inverse` is the common mean."""

    fit: float  # twice the negative restricted log-likelihood
    solution: Any
    inverse: Any
    weights: Any
    seen: Any  # persons x (mean and raters)
    divided: Any


def estimate(ratings: Ratings) -> Severity | None:
    """All raters and persons in order of their ids; None with too few ratings to tell anything. Raises nothing on any finite
    points; the order of the ratings changes nothing."""
    if not len(ratings.points):
        return None
    raters, rater = np.unique(np.asarray(ratings.raters), return_inverse=True)
    persons, person = np.unique(np.asarray(ratings.persons), return_inverse=True)
    metrics, metric = np.unique(np.asarray(ratings.metrics), return_inverse=True)
    points = np.asarray(ratings.points, dtype=float)
    cells = _cells(rater, person, metric, points, len(persons), len(metrics))
    if len(cells.n) < FEW_CELLS or len(raters) < 2:
        return None
    variances = _variances(cells, len(raters), len(persons))
    found = _equations(cells, len(raters), len(persons), *variances)
    group, sizes = _groups(cells, len(raters), len(persons))
    return _told(cells, found, raters, persons, group, sizes, variances)


def _cells(rater: Any, person: Any, metric: Any, points: Any, persons: int, metrics: int) -> _Cells:
    """What metrics differ by is estimated inside cells, where rater and person are the same."""
    keys, cell, n = np.unique(rater.astype(np.int64) * persons + person, return_inverse=True, return_counts=True)
    counted = sparse.csr_matrix((np.ones(len(points)), (cell, metric)), shape=(len(keys), metrics))
    shares = sparse.diags(1 / n) @ counted
    crossed = np.diag(np.asarray(counted.sum(axis=0)).ravel()) - (counted.T @ shares).toarray()
    raw = np.bincount(cell, points) / n
    inside = points - raw[cell]
    effect, _, rank, _ = linalg.lstsq(crossed, np.bincount(metric, inside, minlength=metrics))
    left = inside - effect[metric] + (shares @ effect)[cell]
    free = len(points) - len(keys) - int(rank)
    rest = float(left @ left) / free if free >= FEW_CELLS else 0.0
    return _Cells(keys // persons, keys % persons, n, raw - shares @ effect, raw, rest)


def _variances(cells: _Cells, raters: int, persons: int) -> tuple[float, float, float]:
    """(of raters, of persons, of a rater with a person): where the restricted likelihood is largest."""
    whole = max(float(np.var(cells.mean)), 0.01)

    def unlikely(logs: Any) -> float:
        return _equations(cells, raters, persons, *(exp(one) for one in logs)).fit

    begin = [log(whole * share) for share in (0.2, 0.5, 0.3)]
    bounds = [(log(whole * _FLOOR), log(whole * _CEILING))] * 3
    found = optimize.minimize(
        unlikely, begin, method="Nelder-Mead", bounds=bounds, options={"xatol": 0.05, "fatol": 0.02, "maxfev": 200}
    )
    of_raters, of_persons, of_pairs = (exp(one) for one in found.x)
    return of_raters, of_persons, of_pairs


def _equations(cells: _Cells, raters: int, persons: int, of_raters: float, of_persons: float, of_pairs: float) -> _Equations:
    many = len(cells.n)
    spread = of_pairs + cells.rest / cells.n
    weights = 1 / spread
    columns = np.concatenate([np.zeros(many, dtype=np.int64), cells.rater + 1])
    design = sparse.csr_matrix((np.ones(2 * many), (np.tile(np.arange(many), 2), columns)), shape=(many, raters + 1))
    weighted = sparse.diags(weights) @ design
    held = sparse.csr_matrix((np.ones(many), (cells.person, np.arange(many))), shape=(persons, many))
    seen = (held @ weighted).tocsr()
    divided = np.bincount(cells.person, weights, minlength=persons) + 1 / of_persons
    absorbed = sparse.diags(1 / divided) @ seen
    matrix = (design.T @ weighted - seen.T @ absorbed).toarray()
    matrix[np.arange(1, raters + 1), np.arange(1, raters + 1)] += 1 / of_raters
    # the mean of the scores is taken away first: it changes no effect, and keeps the quadratic form from cancelling
    centred = cells.mean - float(np.average(cells.mean, weights=weights))
    pulled = np.bincount(cells.person, weights * centred, minlength=persons)
    right = weighted.T @ centred - absorbed.T @ pulled
    factor = linalg.cho_factor(matrix, lower=True)
    solution = linalg.cho_solve(factor, right)
    fit = (
        float(np.log(spread).sum() + np.log(divided).sum() + 2 * np.log(np.diag(factor[0])).sum())
        + persons * log(of_persons) + raters * log(of_raters)
        + float(centred @ (weights * centred) - pulled @ (pulled / divided) - right @ solution)
    )  # fmt: skip
    return _Equations(fit, solution, factor, spread, seen, divided)


def _groups(cells: _Cells, raters: int, persons: int) -> tuple[Any, Any]:
    """(group of each rater, how many raters each group has): linked by people who worked under several."""
    links = sparse.csr_matrix(
        (np.ones(len(cells.n)), (cells.rater, raters + cells.person)), shape=(raters + persons, raters + persons)
    )
    _, labels = connected_components(links, directed=False)
    _, group = np.unique(labels[:raters], return_inverse=True)
    return group, np.bincount(group)


def _told(
    cells: _Cells, found: _Equations, raters: Any, persons: Any, group: Any, sizes: Any, variances: tuple[float, float, float]
) -> Severity:  # fmt: skip
    inverse = linalg.cho_solve(found.inverse, np.eye(len(raters) + 1))
    centring = sparse.csr_matrix((1 / sizes[group], (np.arange(len(raters)), group)), shape=(len(raters), len(sizes)))
    members = sparse.csr_matrix((np.ones(len(raters)), (group, np.arange(len(raters)))), shape=(len(sizes), len(raters)))
    toward = (sparse.identity(len(raters)) - centring @ members).tocsr()
    generous = toward @ found.solution[1:]  # what a rater gives more than those it is linked with
    lines = toward @ inverse[1:, :]
    errors = (toward @ lines[:, 1:].T).T
    wide = float(stats.t.ppf((1 + LEVEL) / 2, len(raters) - 1))  # the variances are estimated too: a little wider than normal
    return Severity(
        raters=_raters(cells, raters, group, sizes, generous, wide * np.sqrt(np.diag(errors).clip(0)), variances),
        persons=_persons(cells, found, persons, group, sizes, generous, lines, errors, wide),
        groups=len(sizes), rater_deviation=sqrt(variances[0]), person_deviation=sqrt(variances[1]),
        pair_deviation=sqrt(variances[2]), rest_deviation=sqrt(cells.rest),
    )  # fmt: skip


def _raters(
    cells: _Cells, raters: Any, group: Any, sizes: Any, generous: Any, half: Any, variances: tuple[float, float, float]
) -> list[RaterEstimate]:  # fmt: skip
    people = np.bincount(cells.rater)
    marks = np.bincount(cells.rater, cells.n)
    raw = np.bincount(cells.rater, cells.n * cells.raw) / marks
    spreads = _spreads(cells, people, variances)
    found = []
    for place, rater in enumerate(raters):
        linked = sizes[group[place]] > 1
        severity, wide = -float(generous[place]), float(half[place])
        spread = spreads.get(place, (None, None, None))
        found.append(
            RaterEstimate(
                str(rater), int(marks[place]), int(people[place]), int(group[place]), float(raw[place]),
                severity if linked else None, severity - wide if linked else None, severity + wide if linked else None, *spread,
            )
        )  # fmt: skip
    return found


def _spreads(cells: _Cells, people: Any, variances: tuple[float, float, float]) -> dict[int, tuple[float, float, float]]:
    """How far a rater's people lie apart against what is usual: the logarithm of the ratio of variances is near normal with
    variance 2 / (people - 1), and is shrunk to the mean of all raters by how much of its spread is more than that."""
    mean = np.bincount(cells.rater, cells.mean) / people
    usual = variances[1] + variances[2] + cells.rest / cells.n
    squares = np.bincount(cells.rater, (cells.mean - mean[cells.rater]) ** 2 / usual)
    told = [place for place in range(len(people)) if people[place] >= 4]
    if not told:
        return {}
    free = np.array([people[place] - 1 for place in told], dtype=float)
    logs = np.log((squares[told] / free).clip(1e-6)) + 1 / free  # its mean is a little below that of the ratio itself
    noise = 2 / free
    middle = float(np.average(logs, weights=1 / noise))
    between = max(0.0, float(np.var(logs, ddof=1)) - float(noise.mean())) if len(told) > 1 else 0.0
    kept = between / (between + noise)
    shrunk = middle + kept * (logs - middle)
    of_middle = 1 / float((1 / noise).sum())
    half = stats.norm.ppf((1 + LEVEL) / 2) * np.sqrt(kept * noise + (1 - kept) ** 2 * of_middle)
    return {
        place: (exp(shrunk[at] / 2), exp((shrunk[at] - half[at]) / 2), exp((shrunk[at] + half[at]) / 2))
        for at, place in enumerate(told)
    }


def _persons(
    cells: _Cells, found: _Equations, persons: Any, group: Any, sizes: Any, generous: Any, lines: Any, errors: Any, wide: float
) -> list[PersonEstimate]:  # fmt: skip
    """The mean of a person's marks without what its raters give more. Its error has two parts that hang together: what is left
    in the marks, and what the severities are uncertain by, which were estimated from the same marks."""
    marks = np.bincount(cells.person, cells.n)
    raw = np.bincount(cells.person, cells.n * cells.raw) / marks
    share = cells.n / marks[cells.person]
    of_raters = sparse.csr_matrix((share, (cells.person, cells.rater)), shape=(len(persons), len(sizes[group])))
    more = of_raters @ generous
    left = np.bincount(cells.person, share**2 * found.weights)
    uncertain = np.asarray(of_raters.multiply(of_raters @ errors).sum(axis=1)).ravel()
    reach = of_raters @ lines  # persons x (mean and raters)
    mix = sparse.hstack([sparse.csr_matrix(np.ones((len(persons), 1))), of_raters]) - sparse.diags(1 / found.divided) @ found.seen
    together = np.asarray(mix.multiply(reach).sum(axis=1)).ravel()
    half = wide * np.sqrt((left + uncertain - 2 * together).clip(0))
    people = np.bincount(cells.person)
    first = np.zeros(len(persons), dtype=np.int64)
    first[cells.person] = group[cells.rater]
    told = []
    for place, person in enumerate(persons):
        linked = sizes[first[place]] > 1
        adjusted, around = float(raw[place] - more[place]), float(half[place])
        told.append(
            PersonEstimate(
                str(person), int(marks[place]), int(people[place]), int(first[place]), float(raw[place]),
                adjusted if linked else None, adjusted - around if linked else None, adjusted + around if linked else None,
            )
        )  # fmt: skip
    return told
