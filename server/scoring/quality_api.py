"""Fairness and quality of scores over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.score_quality import (
    CompareQuery,
    MakeScoreReview,
    MetricsQuality,
    QualityQuery,
    Raters,
    ScoreComparison,
    ScoreReviewAnswer,
    ScoreReviews,
    ScoresBeside,
    SetReviewRhythm,
    SuggestedWeights,
    WeightsQuery,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, outpost, reads, writes
from server.scoring import comparison, metric_quality, quality_queries, reviews

blueprint = Blueprint("score_quality", __name__, url_prefix="/api/v1", description="How fair scores are, and what metrics tell")
QUALITY = Permission.READ_QUALITY

writes(
    blueprint,
    {
        "/scoring/reviews": (MakeScoreReview, Permission.MANAGE_SCORING),
        "/scoring/review-rhythm": (SetReviewRhythm, Permission.MANAGE_SCORING),
    },
)


@reads(blueprint, "/scoring/quality/raters", needs=QUALITY, answers=Raters, asks=QualityQuery)
def raters(session: ScopedSession, asked: QualityQuery) -> Raters:
    """How severe raters are, with intervals, and what about their cards asks for a second look."""
    return quality_queries.raters(session, actor(), asked, outpost().clock())


@reads(blueprint, "/scoring/quality/people", needs=QUALITY, answers=ScoresBeside, asks=QualityQuery)
def people(session: ScopedSession, asked: QualityQuery) -> ScoresBeside:
    """Raw scores, and beside them what they would be had the average rater given them."""
    return quality_queries.scores_beside(session, actor(), asked, outpost().clock())


@reads(blueprint, "/scoring/quality/metrics", needs=QUALITY, answers=MetricsQuality, asks=QualityQuery)
def metrics(session: ScopedSession, asked: QualityQuery) -> MetricsQuality:
    """What each metric tells, with a verdict: keep, adjust, retire."""
    return metric_quality.metrics_quality(session, actor(), asked, outpost().clock())


@reads(blueprint, "/scoring/quality/weights", needs=QUALITY, answers=SuggestedWeights, asks=WeightsQuery)
def weights(session: ScopedSession, asked: WeightsQuery) -> SuggestedWeights:
    """Which weights the past would suggest for a scheme; nothing is changed by asking."""
    return metric_quality.suggested(session, actor(), asked, outpost().clock())


@reads(blueprint, "/scoring/comparison", needs=QUALITY, answers=ScoreComparison, asks=CompareQuery)
def compared(session: ScopedSession, asked: CompareQuery) -> ScoreComparison:
    """The same figure across stores, channels or posts; small groups are hidden."""
    return comparison.comparison(session, actor(), asked, outpost().clock())


@reads(blueprint, "/scoring/reviews", needs=QUALITY, answers=ScoreReviews)
def every_review(session: ScopedSession) -> ScoreReviews:
    """The reviews that were made."""
    return reviews.reviews(session)


@reads(blueprint, "/scoring/reviews/<review_id>", needs=QUALITY, answers=ScoreReviewAnswer)
def one_review(session: ScopedSession, review_id: str) -> ScoreReviewAnswer:
    """One review as it was frozen."""
    return reviews.review(session, review_id)
