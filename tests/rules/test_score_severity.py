"""Planted severities are recovered, their intervals hold as often as they say, and a planted fault in the estimator is found."""

from __future__ import annotations

import statistics
from collections.abc import Callable

import pytest

from benches.score_quality import Found, of_raters
from server.scoring.quality import severity
from server.scoring.quality.flags import severe
from server.scoring.quality.severity import Ratings, Severity, estimate
from tests.support.planted_scores import scores

pytestmark = pytest.mark.slow

SEEDS = 12


def holds(found: Found) -> list[str]:
    """What is wrong with an estimator, in words; nothing for one that does its work."""
    wrong = []
    if not 0.84 <= statistics.fmean(found.intervals) <= 0.96:
        wrong.append(f"{statistics.fmean(found.intervals):.0%} of the 90 % intervals of raters hold")
    if not 0.84 <= statistics.fmean(found.people) <= 0.97:
        wrong.append(f"{statistics.fmean(found.people):.0%} of the 90 % intervals of people hold")
    if statistics.pstdev(found.errors) > 1.2:
        wrong.append(f"severities are off by {statistics.pstdev(found.errors):.1f} points")
    if found.lenient < found.seeds:
        wrong.append(f"the lenient rater is missed {found.seeds - found.lenient} times")
    if sum(found.wrong.values()) > 1:
        wrong.append(f"others are flagged {sum(found.wrong.values())} times")
    return wrong


def test_planted_severities_are_recovered_and_the_lenient_one_is_named() -> None:
    assert holds(of_raters(SEEDS)) == []


def _blind(change: Callable[[tuple[float, float, float]], tuple[float, float, float]]) -> Callable[[Ratings], Severity | None]:
    """The estimator with other variances than the likelihood says."""
    right = severity._variances

    def faulty(ratings: Ratings) -> Severity | None:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr(severity, "_variances", lambda *cells: change(right(*cells)))
            return estimate(ratings)

    return faulty


def test_an_estimator_that_takes_people_for_alike_is_found_out() -> None:
    faulty = _blind(lambda found: (found[0], 0.01, found[2]))
    assert any("intervals of raters" in one for one in holds(of_raters(6, faulty)))


def test_an_estimator_that_does_not_shrink_and_forgets_the_pairs_is_found_out() -> None:
    faulty = _blind(lambda found: (1e4, found[1], 0.01))
    assert holds(of_raters(6, faulty))


def test_the_naive_way_calls_managers_of_good_people_lenient() -> None:
    world = scores(3, raters=12, people_each=4, moved=0.6, rater_sd=0.5, person_sd=9.0)
    told = estimate(world.ratings)
    assert told is not None
    middle = statistics.fmean(world.generous.values())
    raw = statistics.fmean(one.raw_mean for one in told.raters)
    naive = [abs((one.raw_mean - raw) - (world.generous[one.rater] - middle)) for one in told.raters]
    ours = [abs(-(one.severity or 0.0) - (world.generous[one.rater] - middle)) for one in told.raters]
    assert statistics.fmean(ours) * 2 < statistics.fmean(naive)


def test_raters_that_nobody_links_are_not_compared() -> None:
    world = scores(5, raters=12, islands=3, moved=0.7)
    told = estimate(world.ratings)
    assert told is not None and told.groups == 3
    for group in range(3):
        own = [one.severity for one in told.raters if one.group == group]
        assert abs(statistics.fmean(one for one in own if one is not None)) < 1e-9  # told against those one is linked with
    alone = scores(5, raters=8, moved=0.0)
    apart = estimate(alone.ratings)
    assert apart is not None and apart.groups == 8
    assert all(one.severity is None and one.low is None for one in apart.raters)
    assert all(one.adjusted is None for one in apart.persons)


def test_few_marks_are_shrunk_and_their_interval_is_wide() -> None:
    world = scores(9, raters=10, people_each=10, moved=0.5)
    said = world.ratings
    kept = [at for at, rater in enumerate(said.raters) if rater != "r000" or said.persons[at].endswith("-00")]
    told = estimate(Ratings(
        [said.raters[at] for at in kept], [said.persons[at] for at in kept], [said.metrics[at] for at in kept],
        [said.points[at] for at in kept],
    ))  # fmt: skip
    assert told is not None
    wide = {one.rater: (one.high or 0.0) - (one.low or 0.0) for one in told.raters}
    assert wide["r000"] > 1.3 * statistics.median(wide.values())


def test_the_order_of_ratings_changes_nothing() -> None:
    world = scores(2, raters=8, people_each=6, moved=0.5)
    said = world.ratings
    turned = Ratings(said.raters[::-1], said.persons[::-1], said.metrics[::-1], said.points[::-1])
    one, other = estimate(world.ratings), estimate(turned)
    assert one is not None and other is not None
    assert [round(each.severity or 0.0, 6) for each in one.raters] == [round(each.severity or 0.0, 6) for each in other.raters]


def test_a_rater_who_sees_no_difference_between_people_has_a_small_spread() -> None:
    world = scores(4, raters=12, people_each=15, moved=0.4, person_sd=8.0)
    level = [75.0 if rater == "r003" else point for rater, point in zip(world.ratings.raters, world.ratings.points, strict=True)]
    told = estimate(world.ratings._replace(points=level))
    assert told is not None
    spread = {one.rater: one.spread or 1.0 for one in told.raters}
    assert spread["r003"] < 0.3 and min(value for rater, value in spread.items() if rater != "r003") > 0.5


def test_too_little_says_nothing() -> None:
    assert estimate(Ratings([], [], [], [])) is None
    assert estimate(Ratings(["a"] * 9, [f"p{n}" for n in range(9)], ["m"] * 9, [50.0] * 9)) is None


def test_everybody_the_same_is_no_severity() -> None:
    world = scores(1, raters=6, people_each=5, moved=0.8)
    told = estimate(world.ratings._replace(points=[100.0] * len(world.ratings.points)))
    assert told is not None
    assert all(one.severity is None or abs(one.severity) < 1e-6 for one in told.raters)
    assert not any(severe(one.rater, one.severity, one.low, one.high, one.n) for one in told.raters)
