"""Planted metrics: the flat one, the two alike and the one that drives sales are found, and nothing else; weights; flags."""

from __future__ import annotations

from datetime import date

import numpy as np
import pytest

from benches.score_quality import of_cards, of_metrics
from server.scoring.quality import metrics, weights
from server.scoring.quality.flags import Card, chance_of, flags, severe
from server.scoring.quality.metrics import Figures, Relation
from tests.support.planted_scores import DRIVES, FLAT, MEASURED, TWINS, figures

SEEDS = 6


@pytest.mark.slow
def test_what_was_planted_is_found_and_nothing_else() -> None:
    found = of_metrics(SEEDS)
    assert (found.flat, found.twins, found.drives, found.heaviest) == (SEEDS,) * 4
    assert found.wrong == {}


def test_without_the_correction_for_many_metrics_chance_is_found_to_drive_sales(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: each metric judged for itself at 5 %, over the same seeds, must find what is not there."""
    monkeypatch.setattr(metrics, "SHUFFLES", 999)
    places = [place for place, one in enumerate(sorted(MEASURED)) if one not in (FLAT, DRIVES)]
    alone, held = 0, 0
    for seed in range(20):
        rows = figures(seed, people=60, months=1)
        table, outcome = metrics.per_person(rows, sorted(MEASURED))
        alone += sum(metrics.shuffled(table[:, place], outcome, 999) < 0.05 for place in places)
        judged = {one.metric: one.outcome for one in metrics.judge(rows, with_outcome=True)}
        found = [judged[sorted(MEASURED)[place]] for place in places]
        held += sum(one is not None and one.chance is not None and one.chance < metrics.CHANCE for one in found)
    assert alone >= 3 and held == 0


def test_a_season_that_moves_all_months_is_no_relation() -> None:
    """Two metrics that both rise in December are not one: each month's own mean is taken away first."""
    rows = [
        Figures(f"p{person}", f"2026-{month:02d}", {"a": month * 8.0 + (person * 7 % 11), "b": month * 8.0 + (person * 5 % 13)})
        for month in range(1, 9)
        for person in range(40)
    ]
    judged = metrics.judge(rows, with_outcome=False)
    assert [one.verdict for one in judged] == ["keep", "keep"] and not any(one.twins for one in judged)
    one, other = (np.array([row.points[name] for row in rows]) for name in ("a", "b"))
    naive = metrics.related(one, other)
    assert naive is not None and naive.r > 0.9


def test_a_metric_that_goes_against_the_outcome_is_to_be_adjusted() -> None:
    turned = [one._replace(outcome=-(one.outcome or 0.0)) for one in figures(1)]
    judged = {one.metric: one for one in metrics.judge(turned, with_outcome=True)}
    assert (judged[DRIVES].verdict, judged[DRIVES].reason) == ("adjust", "against")


def test_with_few_people_nothing_is_said() -> None:
    judged = metrics.judge(figures(1, people=12), with_outcome=True)
    assert {one.verdict for one in judged} == {"too_few"}
    assert weights.suggest(figures(1, people=12), MEASURED) is None


def test_fishers_interval_is_the_one_of_the_books() -> None:
    """r = 0.95 of 100: artanh 1.8318 -/+ 1.96 / sqrt(97), back: 0.927 and 0.966."""
    rng = np.random.default_rng(1)
    x = rng.standard_normal(100)
    y = rng.standard_normal(100)
    x -= x.mean()
    y -= y.mean() + x * (x @ (y - y.mean())) / (x @ x)
    y *= np.sqrt((x @ x) / (y @ y))
    found = metrics.related(x, 0.95 * x + np.sqrt(1 - 0.95**2) * y)
    assert found is not None
    assert (round(found.r, 3), round(found.low, 3), round(found.high, 3), found.n) == (0.95, 0.926, 0.966, 100)
    assert isinstance(found, Relation)


def test_suggested_weights_sum_to_100_and_lie_between_data_and_equal() -> None:
    found = weights.suggest(figures(2), [one for one in MEASURED if one != FLAT])
    assert found is not None
    assert sum(found.weights) == 100 and min(found.weights) >= 1 and found.n == 240
    assert max(zip(found.weights, found.metrics, strict=True))[1] == DRIVES
    assert found.kept == pytest.approx(240 / 310)
    thin = weights.suggest(figures(2, people=30), [one for one in MEASURED if one != FLAT])
    assert thin is not None and max(thin.weights) < max(found.weights)  # fewer people: nearer to equal


def test_two_alike_are_suggested_together_no_more_than_their_share() -> None:
    found = weights.suggest(figures(3), MEASURED)
    assert found is not None
    by = dict(zip(found.metrics, found.weights, strict=True))
    assert by[TWINS[0]] + by[TWINS[1]] < by[DRIVES]


def test_percents_are_whole_and_the_largest_remainders_win() -> None:
    assert weights.whole_percents([1.0, 1.0, 1.0]) == [34, 33, 33]
    assert weights.whole_percents([0.335, 0.335, 0.33]) == [34, 33, 33]


# -- flags ----------------------------------------------------------------------------------------------------------------


def card(rater: str, person: str, day: int, *points: float, late: int = 0) -> Card:
    return Card(rater, person, "s", date(2026, 4, day), late, points)


def kinds(cards: list[Card]) -> list[str]:
    return [flag.kind for flag in flags(cards)]


def test_honest_raters_are_left_alone() -> None:
    assert of_cards(20).wrong == {}


def test_five_stars_for_everybody() -> None:
    stars = [card("r", f"p{one % 4}", 1 + one, 100.0, 100.0) for one in range(12)]
    found = flags(stars)
    assert [(one.kind, one.figure, one.n) for one in found] == [("same", 1.0, 24)]
    assert kinds([*stars[:9], *(card("r", "p1", 20 + one, 60.0, 70.0) for one in range(3))]) == []  # three of four marks alike
    assert kinds([card("r", "p1", 1 + one, 100.0) for one in range(12)]) == []  # of one person it says nothing


def test_the_last_week_weighs() -> None:
    assert kinds([card("r", f"p{one % 3}", 24 + one % 7, float(60 + one)) for one in range(14)]) == ["recent"]
    assert kinds([card("r", f"p{one % 3}", 1 + 2 * one, float(60 + one)) for one in range(15)]) == []


def test_late_and_few() -> None:
    slow = [card("r", f"p{one % 2}", 1 + one, float(60 + one), late=5) for one in range(6)]
    assert kinds(slow) == ["late"]
    assert kinds([card("r", f"p{one}", 10, float(60 + one)) for one in range(5)]) == ["few"]


def test_lenient_and_strict_only_with_the_whole_interval() -> None:
    lenient = severe("r", -9.0, -12.0, -5.0, 40)
    assert lenient is not None and lenient.kind == "lenient"
    assert severe("r", -6.0, -9.0, -3.0, 40) is None
    strict = severe("r", 9.0, 5.0, 12.0, 40)
    assert strict is not None and strict.kind == "strict"
    assert severe("r", None, None, None, 40) is None


def test_the_chance_of_so_many_is_the_binomials() -> None:
    assert chance_of(3, 3, 0.5) == pytest.approx(0.125)
    assert chance_of(0, 5, 0.2) == pytest.approx(1.0)
    assert chance_of(8, 10, 0.5) == pytest.approx(56 / 1024)
    assert 0 < chance_of(600, 1000, 0.5) < 1e-8
