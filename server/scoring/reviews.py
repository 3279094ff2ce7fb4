"""The review of raters and metrics, each quarter or half year: made once for the same months, frozen, told to HR.

What takes seconds is estimated before the operation begins and kept (quality_queries), so that no write waits for it.
"""

from __future__ import annotations

import hashlib
from datetime import datetime, timedelta
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.ids import derived_id
from contract.moments import COMPANY_ZONE, day_starts_at, to_ms
from contract.score_quality import (
    MakeScoreReview,
    RaterLine,
    ReviewRhythm,
    ReviewText,
    ScoreReviewAnswer,
    ScoreReviewLine,
    ScoreReviews,
    SetReviewRhythm,
)
from server.growth.model import Indicator, IndicatorValue
from server.inbox.service import NewItem, put_items
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession, table_of
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.org.queries import company_day
from server.people.queries import holders_of
from server.scoring.card_model import ScoreCard, ScoreFact, ScorePeriod
from server.scoring.comparison import COMPOSITE
from server.scoring.metric_quality import lines_of, outcome_asked
from server.scoring.quality_queries import Window, given, moved, names_of, rater_lines, severity_of, window_asked
from server.scoring.review_model import ReviewRule, ScoreReview
from server.training.model import Task

CLOSES_ON = 10  # the day of the next month after which a month is closed, where nobody said otherwise
LOW = 60  # of 100: below it a composite asks for something to be done
RULE_ID = derived_id("score review rule")
_MONTHS: dict[ReviewRhythm, int] = {"quarter": 3, "half": 6}
_SORTED = msgspec.json.Encoder(order="sorted")
_card, _fact, _period = table_of(ScoreCard), table_of(ScoreFact), table_of(ScorePeriod)
_value, _indicator, _task = table_of(IndicatorValue), table_of(Indicator), table_of(Task)


@handles(SetReviewRhythm, needs=Permission.MANAGE_SCORING)
def set_review_rhythm(work: Work, op: SetReviewRhythm) -> None:
    """From now on; reviews that were made stay."""
    rule = work.session.get(ReviewRule, RULE_ID, with_for_update=True)
    if rule is None:
        work.add(ReviewRule(id=RULE_ID, rhythm=op.rhythm, reason=op.reason, set_at=work.now))
        return
    rule.rhythm, rule.reason, rule.set_at = op.rhythm, op.reason, work.now


@handles(MakeScoreReview, needs=Permission.MANAGE_SCORING)
def make_score_review(work: Work, op: MakeScoreReview) -> dict[str, Any]:
    """Once: the same months again answer the review there is. Refused for months that have not ended."""
    window = window_asked(op.from_month, op.to_month, work.now)
    if window.days[1] > company_day(work.now):
        raise Problem("scoring.month_not_over", field="to_month", month=window.last)
    review_id = derived_id("score review", window.first, window.last)
    if work.session.get(ScoreReview, review_id) is not None:
        return {"review_id": review_id, "made": False}
    with whole(work.session) as everything:
        text = text_of(everything, window, work.now)
        told = set(holders_of(everything, "hr", None, company_day(work.now)))
    raw = _SORTED.encode(text)
    flagged = sum(bool(line.flags) for line in text.raters)
    work.add(ScoreReview(
        id=review_id, from_month=window.first, to_month=window.last, text=raw.decode(), digest=hashlib.sha256(raw).hexdigest(),
        flagged=flagged, metrics=sum(line.verdict in ("retire", "adjust") for line in text.metrics), made_at=work.now,
    ))  # fmt: skip
    facts = {
        "from_month": window.first, "to_month": window.last, "raters": flagged,
        "metrics": sum(line.verdict in ("retire", "adjust") for line in text.metrics),
    }  # fmt: skip
    put_items(work, [NewItem("score_review", one, "notice", "score_review", review_id, facts) for one in sorted(told)])
    return {"review_id": review_id, "made": True}


def text_of(session: ScopedSession, window: Window, now: datetime) -> ReviewText:
    """What a review of these months says, by everything there is now."""
    found = given(session, window)
    why, estimate = severity_of(found)
    outcome = outcome_asked(session, None)
    no_metrics, metrics = lines_of(session, window, outcome)
    lines = rater_lines(found, estimate)
    said = _said(session, window)
    low, after = _used(session, window)
    return ReviewText(
        from_month=window.first, to_month=window.last, made_ms=to_ms(now), why=why if why == "no_library" else no_metrics or why,
        cards=len(found.cards), ratings=found.marks, raters_seen=len(lines), groups=estimate.groups if estimate else 0,
        outcome=outcome, raters=[line for line in lines if line.flags], metrics=metrics, appeals=said.get("appealed", 0),
        upheld=said.get("upheld", 0), corrections=said.get("corrected", 0), replies=said.get("replied", 0),
        reports=_composites(session, window), low_people=low, courses_after=after,
    )  # fmt: skip


def _said(session: ScopedSession, window: Window) -> dict[str, int]:
    """How much was said over the cards of these months, by kind; `upheld`: appeals that were right."""
    counted = (
        sa.select(_fact.c.kind, sa.func.count().label("n"), sa.func.sum(sa.case((_fact.c.upheld, 1), else_=0)).label("upheld"))
        .join(_card, _card.c.id == _fact.c.card_id)
        .where(_card.c.month >= window.first, _card.c.month <= window.last)
        .group_by(_fact.c.kind)
    )
    rows = list(session.connection().execute(counted))
    return {row.kind: row.n for row in rows} | {"upheld": sum(row.upheld or 0 for row in rows)}


def _of_composite(window: Window) -> list[Any]:
    first, end = window.days
    return [
        _indicator.c.code == COMPOSITE, _value.c.from_day >= first, _value.c.to_day < end, _value.c.person_id.is_not(None)
    ]  # fmt: skip


def _composites(session: ScopedSession, window: Window) -> int:
    asked = sa.select(sa.func.count()).select_from(_value).join(_indicator, _indicator.c.id == _value.c.indicator_id)
    return session.connection().scalar(asked.where(*_of_composite(window))) or 0


def _used(session: ScopedSession, window: Window) -> tuple[int, int]:
    """(people whose mean composite is below 60, those of them who were given a course since)."""
    asked = (
        sa.select(_value.c.person_id)
        .join(_indicator, _indicator.c.id == _value.c.indicator_id)
        .where(*_of_composite(window))
        .group_by(_value.c.person_id)
        .having(sa.func.avg(sa.cast(_value.c.value, sa.Double)) < LOW)
    )
    people = [str(one) for one in session.connection().scalars(asked)]
    given_one = sa.select(sa.func.count(sa.distinct(_task.c.person_id))).where(
        within(_task.c.person_id, people), _task.c.assigned_at >= _moment(window)
    )
    return len(people), session.connection().scalar(given_one) or 0 if people else 0


def _moment(window: Window) -> datetime:
    return day_starts_at(window.days[0], COMPANY_ZONE, day_turns_at_min=0)


# -- as time goes on ------------------------------------------------------------------------------------------------------


@does("make_score_reviews", every=lambda server: timedelta(hours=6))
def make_score_reviews(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that HR finds the review of a quarter the morning after its last month was closed; made once."""
    now = server.clock()
    with reading(server.db, Actor.system()) as session:
        window = due(session, now)
        if window is None:
            return
        severity_of(given(session, window))  # kept, so that the write below does not wait for it
    wanted = MakeScoreReview(from_month=window.first, to_month=window.last)
    op_id = derived_id("make score review", window.first, window.last)
    perform(server.db, Actor.system(), wanted, op_id=op_id, now=now, secret=server.settings.secret)


def due(session: ScopedSession, now: datetime) -> Window | None:
    """The newest quarter or half year whose last month is closed, if there is no review of it and anything to review."""
    months = _MONTHS[rhythm_of(session)]
    this = company_day(now).isoformat()[:7]
    begun = moved(this, -((int(this[5:]) - 1) % months))
    window = Window(moved(begun, -months), moved(begun, -1))
    if not _closed(session, window.last, now):
        window = Window(moved(window.first, -months), moved(window.last, -months))
    if session.get(ScoreReview, derived_id("score review", window.first, window.last)) is not None:
        return None
    anything = sa.select(_card.c.id).where(_card.c.month >= window.first, _card.c.month <= window.last).limit(1)
    return window if session.connection().execute(anything).first() is not None else None


def _closed(session: ScopedSession, month: str, now: datetime) -> bool:
    closes_at = session.connection().scalar(sa.select(_period.c.closes_at).where(_period.c.month == month))
    if closes_at is not None:
        return bool(closes_at <= now)
    return company_day(now).isoformat() > f"{moved(month, 1)}-{CLOSES_ON:02d}"


def rhythm_of(session: ScopedSession) -> ReviewRhythm:
    """How often: each quarter until somebody says otherwise."""
    rule = session.get(ReviewRule, RULE_ID)
    return "half" if rule is not None and rule.rhythm == "half" else "quarter"


# -- read -----------------------------------------------------------------------------------------------------------------


def reviews(session: ScopedSession) -> ScoreReviews:
    """All that were made, the newest first."""
    rows = session.scalars(sa.select(ScoreReview).order_by(ScoreReview.to_month.desc(), ScoreReview.from_month.desc()))
    return ScoreReviews(
        rhythm=rhythm_of(session),
        items=[
            ScoreReviewLine(
                id=row.id, from_month=row.from_month, to_month=row.to_month, made_on=company_day(row.made_at).isoformat(),
                digest=row.digest, flagged=row.flagged, metrics=row.metrics,
            )
            for row in rows
        ],
    )  # fmt: skip


def review(session: ScopedSession, review_id: str) -> ScoreReviewAnswer:
    """One of them as it was frozen, with the names raters have today. Raises Problem where there is no such one."""
    row = session.get(ScoreReview, review_id)
    if row is None:
        raise Problem("scoring.review_unknown", id=review_id)
    text = msgspec.json.decode(row.text, type=ReviewText)
    with whole(session) as everything:
        names = names_of(everything, [line.rater_id for line in text.raters])
    named: list[RaterLine] = [msgspec.structs.replace(line, name=names.get(line.rater_id, "")) for line in text.raters]
    return ScoreReviewAnswer(id=row.id, digest=row.digest, text=msgspec.structs.replace(text, raters=named))
