"""Fairness and quality of scores on the wire: severity of raters, what metrics tell, comparisons, and the frozen review of both.

Estimates are told as decimals in text, rounded; they are read beside raw scores and never instead of them. Nothing of this is
handed to devices.
"""

from __future__ import annotations

from typing import Literal

from contract.limits import Code, Day, Id, Reason
from contract.scoring import MonthText
from contract.wire import Wire, operation

ReviewRhythm = Literal["quarter", "half"]
RaterFlagKind = Literal["lenient", "strict", "same", "recent", "late", "few"]
MetricVerdict = Literal["keep", "adjust", "retire", "too_few"]
MetricReason = Literal["no_discrimination", "redundant", "against", "drives", "no_relation", "fine", "too_few"]
CompareBy = Literal["store", "channel", "post"]
# why nothing is estimated: the library is not on this machine, or there are too few marks or people
NoEstimate = Literal["", "no_library", "too_few"]


@operation("scoring.set_review_rhythm/1")
class SetReviewRhythm(Wire, frozen=True, kw_only=True):
    """How often metrics and raters are reviewed: each quarter or each half of a year."""

    rhythm: ReviewRhythm
    reason: Reason


@operation("scoring.make_review/1")
class MakeScoreReview(Wire, frozen=True, kw_only=True):
    """Freeze the review of some whole months (one to twelve). Made once for the same months; made by itself when a quarter's or
    half year's last month is closed."""

    from_month: MonthText
    to_month: MonthText


class QualityQuery(Wire, frozen=True, kw_only=True):
    """Months, both included, twelve at most; without them the last three. `outcome`: an indicator that metrics should go with."""

    from_month: MonthText | None = None
    to_month: MonthText | None = None
    outcome: Code | None = None


class RaterFlag(Wire, frozen=True, kw_only=True):
    """What asks for a second look, with what was seen, from where on it is flagged, and of how many."""

    kind: RaterFlagKind
    figure: str
    line: str
    n: int


class RaterLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A rater. `severity`: points given less than the mean of those linked with them (minus: more), with the 90 % interval;
    absent where nobody links them. `spread`: how far their people lie apart, 1 is usual. `group`: same number, comparable."""

    rater_id: str
    name: str = ""
    n: int
    people: int
    group: int = 0
    raw_mean: str
    severity: str | None = None
    low: str | None = None
    high: str | None = None
    spread: str | None = None
    spread_low: str | None = None
    spread_high: str | None = None
    flags: list[RaterFlag] = []


class Raters(Wire, frozen=True, kw_only=True):
    """All raters of some months. `groups`: how many sets of raters nobody links with each other."""

    from_month: str
    to_month: str
    why: NoEstimate
    ratings: int
    groups: int
    items: list[RaterLine]


class ScoreBeside(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A person's mean of all marks, and what it would be had the average rater given them, with the 90 % interval."""

    person_id: str
    name: str = ""
    n: int
    raters: int
    raw: str
    adjusted: str | None = None
    low: str | None = None
    high: str | None = None


class ScoresBeside(Wire, frozen=True, kw_only=True):
    """Raw and adjusted scores side by side. The raw ones are what counts."""

    from_month: str
    to_month: str
    why: NoEstimate
    items: list[ScoreBeside]


class MetricTwin(Wire, frozen=True, kw_only=True):
    """Another metric that says the same: the correlation with its 95 % interval, of n people."""

    metric: str
    r: str
    low: str
    high: str
    n: int


class MetricOutcome(Wire, frozen=True, kw_only=True):
    """How a metric goes with the outcome. `chance`: of as much by accident, after Holm's correction for all metrics."""

    r: str
    low: str
    high: str
    n: int
    chance: str


class MetricLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A metric: people, mean and deviation of its points, shares (0 to 1) of the commonest figure and of 100, the verdict."""

    metric: str
    name_zh: str
    name_en: str
    n: int
    mean: str
    deviation: str
    share_same: str
    share_full: str
    verdict: MetricVerdict
    reason: MetricReason
    twins: list[MetricTwin] = []
    outcome: MetricOutcome | None = None


class MetricsQuality(Wire, frozen=True, kw_only=True):
    """All metrics with figures in some months."""

    from_month: str
    to_month: str
    outcome: str
    why: NoEstimate
    items: list[MetricLine]


class WeightsQuery(Wire, frozen=True, kw_only=True):
    """For which scheme, by which outcome, from which months."""

    scheme_id: Id
    outcome: Code
    from_month: MonthText | None = None
    to_month: MonthText | None = None


class SuggestedWeight(Wire, frozen=True, kw_only=True):
    """What a metric weighs now and what the past would suggest, of 100."""

    metric: str
    name_zh: str
    name_en: str
    now: str
    suggested: int


class SuggestedWeights(Wire, frozen=True, kw_only=True):
    """Suggested weights, applied by nobody but HQ. `kept`: the share that is data, the rest is equal weights; `fit`: the share of
    the outcome's variance that the data's own weights explain; `n`: people."""

    scheme_id: str
    outcome: str
    from_month: str
    to_month: str
    why: NoEstimate
    n: int
    kept: str
    fit: str
    items: list[SuggestedWeight]


class CompareQuery(Wire, frozen=True, kw_only=True):
    """What of whom is compared: the composite or a metric's figure, by store, channel or post, over months (the last one)."""

    indicator: Code = "composite"
    by: CompareBy = "store"
    from_month: MonthText | None = None
    to_month: MonthText | None = None


class CompareLine(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A group: how many people, the mean of their own means, its 95 % interval. Without `mean`: hidden, for it is small, or
    because with the others known a small one would be too; then without `n` as well."""

    group_id: str
    name_zh: str
    name_en: str
    channel: str = ""
    n: int | None = None
    mean: str | None = None
    low: str | None = None
    high: str | None = None


class ScoreComparison(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """All groups, the highest mean first, hidden ones last; and the whole."""

    indicator: str
    unit: str
    better: str
    by: CompareBy
    from_month: str
    to_month: str
    items: list[CompareLine]
    n: int | None = None
    mean: str | None = None


class ReviewText(Wire, frozen=True, kw_only=True):
    """What a review freezes, as canonical JSON: raters with a flag and metrics with their verdicts, with all figures; without
    names, which are looked up when it is read. `appeals`, `upheld`, `corrections`, `replies`: what was said over cards.
    `reports`: figures of the composite made; `courses_after`: of the people below 60 points, how many were given a course in the
    months after (`low_people`): whether results are used."""

    from_month: str
    to_month: str
    made_ms: int
    why: NoEstimate
    cards: int
    ratings: int
    raters_seen: int
    groups: int
    outcome: str
    raters: list[RaterLine]
    metrics: list[MetricLine]
    appeals: int
    upheld: int
    corrections: int
    replies: int
    reports: int
    low_people: int
    courses_after: int


class ScoreReviewLine(Wire, frozen=True, kw_only=True):
    """A review that was made."""

    id: str
    from_month: str
    to_month: str
    made_on: Day
    digest: str
    flagged: int
    metrics: int


class ScoreReviews(Wire, frozen=True, kw_only=True):
    """All reviews, the newest first, and how often one is made."""

    rhythm: ReviewRhythm
    items: list[ScoreReviewLine]


class ScoreReviewAnswer(Wire, frozen=True, kw_only=True):
    """One review, with the names of today."""

    id: str
    digest: str
    text: ReviewText
