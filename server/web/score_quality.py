"""How fair scores are and what metrics tell: raters, raw beside adjusted scores, metrics with verdicts, weights, reviews."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.metrics import SetWeights, Weighed
from contract.score_quality import MakeScoreReview, QualityQuery, SetReviewRhythm, WeightsQuery
from server.growth.model import Indicator
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.scoring import metric_quality, quality_queries, reviews
from server.scoring.model_library import Scheme
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv

QUALITY = Permission.READ_QUALITY
SECTION = "console.score_raters"
_Form = Problem | wire.Malformed | None


def _number(text: str | None) -> Decimal | None:
    return Decimal(text) if text is not None else None


def _interval(row: Any) -> str:
    return f"{row.low} … {row.high}" if row.low is not None else ""


RATERS = (
    Column("q_rater", lambda row: row.name, always=True),
    Column("q_flags", lambda row: " ".join(flag.kind for flag in row.flags), always=True),
    Column("q_severity", lambda row: _number(row.severity), number=True),
    Column("q_interval", _interval),
    Column("q_raw", lambda row: Decimal(row.raw_mean), number=True),
    Column("q_spread", lambda row: _number(row.spread), number=True),
    Column("q_people", lambda row: row.people, number=True),
    Column("q_n", lambda row: row.n, number=True),
    Column("q_group", lambda row: row.group, hidden=True, number=True),
    Column("q_first", lambda row: (not row.flags, float(row.severity or 1e9)), hidden=True),
)
BESIDE = (
    Column("q_person", lambda row: row.name, always=True),
    Column("q_raw", lambda row: Decimal(row.raw), always=True, number=True),
    Column("q_adjusted", lambda row: _number(row.adjusted), always=True, number=True),
    Column("q_interval", _interval),
    Column("q_change", lambda row: Decimal(row.adjusted) - Decimal(row.raw) if row.adjusted is not None else None, number=True),
    Column("q_raters", lambda row: row.raters, number=True),
    Column("q_n", lambda row: row.n, number=True),
)
METRICS = (
    Column("q_metric", lambda row: row.metric, always=True),
    Column("q_verdict", lambda row: ("retire", "adjust", "keep", "too_few").index(row.verdict), always=True),
    Column("q_why", lambda row: row.reason),
    Column("q_mean", lambda row: Decimal(row.mean), number=True),
    Column("q_deviation", lambda row: Decimal(row.deviation), number=True),
    Column("q_same", lambda row: Decimal(row.share_same), number=True),
    Column("q_twins", lambda row: " ".join(f"{twin.metric} {twin.r}" for twin in row.twins)),
    Column("q_outcome", lambda row: _number(row.outcome.r) if row.outcome else None, number=True),
    Column("q_n", lambda row: row.n, number=True),
)


def asked() -> QualityQuery:
    """The months and the outcome that the address asks for; what is not one is not asked."""
    given = {name: request.args.get(name) or None for name in ("from_month", "to_month", "outcome")}
    try:
        return wire.decode(wire.encode({k: v for k, v in given.items() if v is not None}), QualityQuery)
    except wire.Malformed:
        return QualityQuery()


def months(look: Look, wanted: QualityQuery) -> tuple[str, str]:
    """The span shown in the filters."""
    window = quality_queries.window_asked(wanted.from_month, wanted.to_month, look.now)
    return window.first, window.last


@page("/scores/raters", needs=QUALITY)
def score_raters(look: Look) -> Response:
    wanted = asked()
    found = quality_queries.raters(look.session, look.actor, wanted, look.now)
    lines = [row for row in found.items if contains(request.args.get("q", ""), row.name)]
    if request.args.get("show") == "flagged":
        lines = [row for row in lines if row.flags]
    rows = table("raters", RATERS, lines, sort="q_first")
    if wants_csv():
        return csv_answer(look, rows, about=lambda row: row.rater_id)
    reach = max((abs(float(one)) for row in found.items for one in (row.low, row.high) if one is not None), default=1.0)
    return show(
        "score_raters.html", look, found=found, table=rows, section=SECTION, reach=max(5.0, reach),
        flagged=sum(bool(row.flags) for row in found.items),
    )  # fmt: skip


@page("/scores/beside", needs=QUALITY)
def score_beside(look: Look) -> Response:
    found = quality_queries.scores_beside(look.session, look.actor, asked(), look.now)
    lines = [row for row in found.items if contains(request.args.get("q", ""), row.name)]
    rows = table("scores-beside", BESIDE, lines, sort="q_person")
    if wants_csv():
        return csv_answer(look, rows, about=lambda row: row.person_id)
    return show("score_beside.html", look, found=found, table=rows, section=SECTION)


@page("/scores/quality", needs=QUALITY)
def score_quality(look: Look) -> Response:
    found = metric_quality.metrics_quality(look.session, look.actor, asked(), look.now)
    lines = [row for row in found.items if contains(request.args.get("q", ""), row.metric, row.name_zh, row.name_en)]
    if request.args.get("show"):
        lines = [row for row in lines if row.verdict == request.args["show"]]
    rows = table("metrics-quality", METRICS, lines, sort="q_verdict")
    if wants_csv():
        return csv_answer(look, rows)
    return show(
        "score_quality.html", look, found=found, table=rows, section=SECTION, outcomes=outcomes(look), schemes=schemes(look),
        names={row.metric: row.name_zh if look.language == "zh" else row.name_en for row in found.items},
    )  # fmt: skip


def outcomes(look: Look) -> list[tuple[str, str]]:
    """(code, name) of everything that is measured."""
    rows = look.session.scalars(sa.select(Indicator).order_by(Indicator.code))
    return [(row.code, row.name_zh if look.language == "zh" else row.name_en) for row in rows]


def schemes(look: Look) -> list[tuple[str, str]]:
    """(id, name) of the schemes that have not ended."""
    rows = look.session.scalars(sa.select(Scheme).where(Scheme.until.is_(None)).order_by(Scheme.code))
    return [(row.id, row.name_zh if look.language == "zh" else row.name_en) for row in rows]


# -- suggested weights ----------------------------------------------------------------------------------------------------


@page("/scores/suggested/<scheme_id>", needs=QUALITY)
def score_suggested(look: Look, scheme_id: str) -> Response:
    return _suggested(look, scheme_id, None)


def _suggested(look: Look, scheme_id: str, wrong: _Form) -> Response:
    scheme = look.session.get(Scheme, scheme_id)
    if scheme is None:
        raise Problem("access.not_found", id=scheme_id)
    wanted = asked()
    outcome = metric_quality.outcome_asked(look.session, wanted.outcome)
    question = WeightsQuery(scheme_id=scheme_id, outcome=outcome, from_month=wanted.from_month, to_month=wanted.to_month)
    found = metric_quality.suggested(look.session, look.actor, question, look.now) if outcome else None
    return show(
        "score_suggested.html", look, found=found, section=SECTION, outcomes=outcomes(look), typed=request.form,
        name=scheme.name_zh if look.language == "zh" else scheme.name_en, scheme_id=scheme_id, outcome=outcome,
        problem=sentence_of(wrong) if wrong else None, status=form_status(wrong) if wrong else 200,
        may_set=look.actor.has_everywhere(Permission.MANAGE_SCORING),
    )  # fmt: skip


@action("/scores/suggested/<scheme_id>", needs=Permission.MANAGE_SCORING)
def accept_weights(who: Actor, scheme_id: str) -> Response:
    """HQ takes the weights, as suggested or as it changed them, from a day on."""
    with reading(outpost().db, who) as session:
        lines = metric_quality.lines_now(session, scheme_id, outpost().clock())
    try:
        weighed = [
            Weighed(metric=one.metric, owner=one.owner, weight=given, target=one.target, missing=one.missing)
            for one in lines
            if (given := request.form.get(f"weight.{one.metric}", one.weight).strip()) not in ("", "0")
        ]
        body = {
            "version_id": born_of_form("weights"), "scheme_id": scheme_id, "from_day": request.form.get("from_day", ""),
            "lines": weighed, "reason": request.form.get("reason", "").strip(),
        }  # fmt: skip
        perform_form(who, wire.decode(wire.encode(body), SetWeights))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _suggested(look, scheme_id, wrong)
    return done("console.score_suggested", "weights_taken", scheme_id=scheme_id)


# -- reviews --------------------------------------------------------------------------------------------------------------


@page("/scores/reviews", needs=QUALITY)
def score_reviews(look: Look) -> Response:
    return _reviews(look, None)


def _reviews(look: Look, wrong: _Form) -> Response:
    found = reviews.reviews(look.session)
    last = quality_queries.moved(f"{look.now:%Y-%m}", -1)
    return show(
        "score_reviews.html", look, found=found, section=SECTION, problem=sentence_of(wrong) if wrong else None,
        status=form_status(wrong) if wrong else 200, first=quality_queries.moved(last, -2), last=last,
        may_set=look.actor.has_everywhere(Permission.MANAGE_SCORING),
    )  # fmt: skip


@page("/scores/reviews/<review_id>", needs=QUALITY)
def score_review(look: Look, review_id: str) -> Response:
    found = reviews.review(look.session, review_id)
    if wants_csv():
        return csv_answer(look, table("score-review", RATERS, found.text.raters, sort="q_first"), about=lambda row: row.rater_id)
    metrics = found.text.metrics
    return show(
        "score_review.html", look, found=found, text=found.text, section=SECTION,
        names={row.metric: row.name_zh if look.language == "zh" else row.name_en for row in metrics},
        to_change=[row for row in metrics if row.verdict in ("retire", "adjust")],
        counts={key: sum(row.verdict == key for row in metrics) for key in ("keep", "adjust", "retire", "too_few")},
    )  # fmt: skip


@action("/scores/reviews/make", needs=Permission.MANAGE_SCORING)
def make_review(who: Actor) -> Response:
    """Of months that HQ names, beside those that are made by themselves."""
    first, last = (request.form.get(name, "") for name in ("from_month", "to_month"))
    return _said(who, MakeScoreReview, {"from_month": first, "to_month": last}, "review_made")


@action("/scores/reviews/rhythm", needs=Permission.MANAGE_SCORING)
def set_rhythm(who: Actor) -> Response:
    """Each quarter or each half year from now on."""
    body = {"rhythm": request.form.get("rhythm", ""), "reason": request.form.get("reason", "").strip()}
    return _said(who, SetReviewRhythm, body, "rhythm_set")


def _said(who: Actor, shape: Any, body: dict[str, str], what: str) -> Response:
    try:
        outcome = perform_form(who, wire.decode(wire.encode(body), shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _reviews(look, wrong)
    answer = outcome.answer or {}
    if "review_id" in answer:
        return done("console.score_review", what, review_id=answer["review_id"])
    return done("console.score_reviews", what)
