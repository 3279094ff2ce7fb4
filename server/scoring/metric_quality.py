"""What metrics tell over some months, and which weights the past would suggest for a scheme.

Figures are indicator values of the metric's code, one person and month (what managers scored is recorded so too), told in points
by contract/composite.py as the month report tells them. The outcome is another indicator: a person's own value, else that of the
store they were measured at.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from datetime import datetime
from fractions import Fraction
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.composite import exact, points_of
from contract.metrics import Weighed
from contract.score_quality import (
    MetricLine,
    MetricOutcome,
    MetricsQuality,
    MetricTwin,
    NoEstimate,
    QualityQuery,
    SuggestedWeight,
    SuggestedWeights,
    WeightsQuery,
)
from server.growth.model import Indicator, IndicatorValue
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.org.queries import company_day
from server.scoring.model_library import Metric, Scheme, SchemeLine, SchemeWeights
from server.scoring.quality.library import available
from server.scoring.quality_queries import Window, stores_read, told, window_asked

_value, _indicator, _metric = table_of(IndicatorValue), table_of(Indicator), table_of(Metric)
OUTCOME = "sales"  # the indicator that metrics are held against until somebody asks for another


class Measure(NamedTuple):
    """A metric as its figures are told in points."""

    code: str
    name_zh: str
    name_en: str
    kind: Any
    lower: bool
    target: Fraction | None


def metrics_quality(session: ScopedSession, actor: Actor, asked: QualityQuery, now: datetime) -> MetricsQuality:
    """All metrics with figures. Raises Problem for an outcome that is no indicator, and for months that are none."""
    window = window_asked(asked.from_month, asked.to_month, now)
    with whole(session) as everything:
        outcome = outcome_asked(everything, asked.outcome)
        why, items = lines_of(everything, window, outcome, stores_read(actor))
    return MetricsQuality(from_month=window.first, to_month=window.last, outcome=outcome, why=why, items=items)


def outcome_asked(session: ScopedSession, code: str | None) -> str:
    """The code of the outcome: the one asked for, else sales where there is such an indicator, else none."""
    known = session.connection().execute(sa.select(_indicator.c.id).where(_indicator.c.code == (code or OUTCOME))).first()
    if known is None and code:
        raise Problem("growth.indicator_unknown", field="outcome", indicator=code)
    return code or (OUTCOME if known is not None else "")


def lines_of(
    session: ScopedSession, window: Window, outcome: str, stores: Collection[str] | None = None
) -> tuple[NoEstimate, list[MetricLine]]:
    """(why not, a line for each metric): what is to be retired first, then what is to be adjusted."""
    if not available():
        return "no_library", []
    from server.scoring.quality.metrics import judge

    measures = measures_of(session)
    figures = figures_of(session, window, measures, outcome, stores)
    if not figures:
        return "too_few", []
    order = {"retire": 0, "adjust": 1, "keep": 2, "too_few": 3}
    lines = [_line(one, measures[one.metric]) for one in judge(figures, with_outcome=bool(outcome))]
    return "", sorted(lines, key=lambda line: (order[line.verdict], line.metric))


def _line(one: Any, measure: Measure) -> MetricLine:
    outcome = one.outcome
    return MetricLine(
        metric=one.metric, name_zh=measure.name_zh, name_en=measure.name_en, n=one.n, mean=told(one.mean),
        deviation=told(one.deviation), share_same=told(one.share_same, 2), share_full=told(one.share_full, 2),
        verdict=one.verdict, reason=one.reason,
        twins=[
            MetricTwin(metric=code, r=told(twin.r, 2), low=told(twin.low, 2), high=told(twin.high, 2), n=twin.n)
            for code, twin in sorted(one.twins.items())
        ],
        outcome=None if outcome is None else MetricOutcome(
            r=told(outcome.r, 2), low=told(outcome.low, 2), high=told(outcome.high, 2), n=outcome.n,
            chance=told(outcome.chance or 0.0, 4),
        ),
    )  # fmt: skip


def measures_of(session: ScopedSession) -> dict[str, Measure]:
    """Every metric that is active or retired, by code."""
    asked = sa.select(
        _metric.c.code, _metric.c.name_zh, _metric.c.name_en, _metric.c.kind, _metric.c.direction, _metric.c.target
    ).where(_metric.c.state != "draft")
    return {
        row.code: Measure(
            row.code, row.name_zh, row.name_en, row.kind, row.direction == "lower", exact(row.target) if row.target else None
        )
        for row in session.connection().execute(asked)
    }


def figures_of(
    session: ScopedSession, window: Window, measures: Mapping[str, Measure], outcome: str, stores: Collection[str] | None
) -> list[Any]:
    """People's points by month, of the metrics named, with the outcome. The outcome itself is no metric then."""
    from server.scoring.quality.metrics import Figures

    points: dict[tuple[str, str], dict[str, float]] = {}
    own: dict[tuple[str, str], float] = {}
    at: dict[tuple[str, str], str] = {}
    of_stores: dict[tuple[str, str], float] = {}
    for row in _values(session, window, sorted({*measures, outcome} - {""})):
        month = row.to_day.isoformat()[:7]
        if row.person_id is None:
            if row.code == outcome:
                of_stores[str(row.store_id), month] = float(exact(row.value))
            continue
        if stores is not None and (row.store_id is None or str(row.store_id) not in stores):
            continue
        whose = (str(row.person_id), month)
        if row.store_id is not None:
            at[whose] = str(row.store_id)
        if row.code == outcome:
            own[whose] = float(exact(row.value))
        else:
            points.setdefault(whose, {})[row.code] = _points(measures[row.code], exact(row.value))
    found = []
    for (person, month), marks in sorted(points.items()):
        result = own.get((person, month), of_stores.get((at.get((person, month), ""), month)))
        found.append(Figures(person, month, marks, result))
    return found


def _points(measure: Measure, actual: Fraction) -> float:
    return float(points_of(measure.kind, lower=measure.lower, actual=actual, target=measure.target))


def _values(session: ScopedSession, window: Window, codes: Sequence[str]) -> list[Any]:
    first, end = window.days
    asked = (
        sa.select(_indicator.c.code, _value.c.person_id, _value.c.store_id, _value.c.to_day, _value.c.value)
        .join(_indicator, _indicator.c.id == _value.c.indicator_id)
        .where(_indicator.c.code.in_(codes), _value.c.from_day >= first, _value.c.to_day < end)
        .order_by(_value.c.to_day, _value.c.from_day.desc(), _value.c.id)
    )
    return list(session.connection().execute(asked))


def suggested(session: ScopedSession, actor: Actor, asked: WeightsQuery, now: datetime) -> SuggestedWeights:
    """What the past would suggest for the metrics a scheme weighs now. Nothing is changed. Raises Problem."""
    window = window_asked(asked.from_month, asked.to_month, now, months=6)
    with whole(session) as everything:
        outcome = outcome_asked(everything, asked.outcome)
        now_weighed = {one.metric: one.weight for one in lines_now(everything, asked.scheme_id, now)}
        measures = {code: one for code, one in measures_of(everything).items() if code in now_weighed and code != outcome}
        why: NoEstimate = "" if available() else "no_library"
        found: Any = None
        if not why:
            from server.scoring.quality.weights import suggest

            found = suggest(figures_of(everything, window, measures, outcome, stores_read(actor)), sorted(measures))
            why = "" if found is not None else "too_few"
    weights = dict(zip(found.metrics, found.weights, strict=True)) if found is not None else {}
    return SuggestedWeights(
        scheme_id=asked.scheme_id, outcome=outcome, from_month=window.first, to_month=window.last, why=why,
        n=found.n if found is not None else 0, kept=told(found.kept, 2) if found is not None else "0",
        fit=told(found.fit, 2) if found is not None else "0",
        items=[
            SuggestedWeight(
                metric=code, name_zh=measures[code].name_zh, name_en=measures[code].name_en, now=now_weighed[code],
                suggested=weights.get(code, 0),
            )
            for code in now_weighed if code in measures
        ],
    )  # fmt: skip


def lines_now(session: ScopedSession, scheme_id: str, now: datetime) -> list[Weighed]:
    """The scheme's lines in force today (before its first day: of its first), in their order. Raises Problem."""
    if session.get(Scheme, scheme_id) is None:
        raise Problem("scoring.scheme_unknown", field="scheme_id", id=scheme_id)
    versions = list(session.scalars(
        sa.select(SchemeWeights).where(SchemeWeights.scheme_id == scheme_id).order_by(SchemeWeights.from_day)
    ))  # fmt: skip
    if not versions:
        return []
    begun = [one for one in versions if one.from_day <= company_day(now)]
    version = begun[-1] if begun else versions[0]
    lines = session.execute(
        sa.select(Metric.code, SchemeLine.hundredths, SchemeLine.owner, SchemeLine.target, SchemeLine.missing)
        .join(Metric, Metric.id == SchemeLine.metric_id)
        .where(SchemeLine.weights_id == version.id)
        .order_by(SchemeLine.place)
    )
    return [
        Weighed(
            metric=row.code, owner=row.owner, weight=told(row.hundredths / 100, 2), target=row.target, missing=row.missing
        )
        for row in lines
    ]  # fmt: skip
