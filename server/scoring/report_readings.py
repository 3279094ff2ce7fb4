"""Month reports as training reads them: effects of courses see the reader's, rules that recommend see everybody's; the newest
revision of each, as it was frozen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from server.growth import recommending, reported
from server.growth.model import RecommendationRule
from server.growth.reported import Measured, Reported
from server.kernel.db import ScopedSession, table_of
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.scope import whole
from server.kernel.sets import within
from server.scoring.events import ReportsWritten
from server.scoring.model_library import Metric, SchemeLine
from server.scoring.report_model import ScoreReport, ScoreReportRevision
from server.scoring.reports import said_in

_report, _revision, _metric = table_of(ScoreReport), table_of(ScoreReportRevision), table_of(Metric)

RECKONED = ("formula", "attendance", "training", "tickets")  # sources of metrics that a report reckons by itself


class FrozenReports:
    """The reader's reports, by the rule of who sees which; and of everybody what a rule goes by."""

    def metrics(self, session: ScopedSession) -> dict[str, tuple[str, str]]:
        asked = sa.select(Metric.code, Metric.name_zh, Metric.name_en).join(SchemeLine, SchemeLine.metric_id == Metric.id)
        return {code: (zh, en) for code, zh, en in session.execute(asked.distinct().order_by(Metric.code))}

    def people(self, session: ScopedSession) -> set[str]:
        return set(session.scalars(sa.select(ScoreReport.person_id).distinct()))

    def of(self, session: ScopedSession, people: Collection[str], metric: str) -> list[Reported]:
        newest = sa.and_(
            ScoreReportRevision.report_id == ScoreReport.id, ScoreReportRevision.revision == ScoreReport.revision
        )
        asked = sa.select(ScoreReportRevision).join(ScoreReport, newest).where(within(ScoreReport.person_id, sorted(people)))
        found = []
        for row in session.scalars(asked.order_by(ScoreReportRevision.id)):
            said = said_in(row)
            if said is None:  # erased: nothing is said of that month any more
                continue
            points = next((line.points for line in said.lines if line.metric == metric), None)
            found.append(Reported(
                row.person_id, date.fromisoformat(said.from_day), date.fromisoformat(said.to_day),
                None if said.composite is None else Decimal(said.composite), None if points is None else Decimal(points),
            ))  # fmt: skip
        return found

    def newest(self, session: ScopedSession, metric: str, people: Collection[str] | None) -> Measured | None:
        """Of somebody who was at two stores in their newest month: what it came to where they were last. What is scored or comes
        from HQ has values of its own."""
        connection = session.connection()
        named = connection.execute(sa.select(_metric).where(_metric.c.code == metric, _metric.c.source.in_(RECKONED))).first()
        if named is None:
            return None
        whom = () if people is None else (within(_report.c.person_id, sorted(people)),)
        month = sa.func.max(_report.c.month).label("month")
        last = sa.select(_report.c.person_id, month).where(*whom).group_by(_report.c.person_id).subquery()
        asked = (
            sa.select(_revision.c.text, _report.c.person_id)
            .join(_report, sa.and_(_revision.c.report_id == _report.c.id, _revision.c.revision == _report.c.revision))
            .join(last, sa.and_(last.c.person_id == _report.c.person_id, last.c.month == _report.c.month))
            .order_by(_report.c.id)
        )
        values: dict[str, tuple[str, Decimal]] = {}
        for row in connection.execute(asked):
            said = said_in(row)
            line = None if said is None else next((one for one in said.lines if one.metric == metric), None)
            if said is None or line is None or line.actual is None:
                continue
            if row.person_id not in values or values[row.person_id][0] < said.to_day:
                values[row.person_id] = said.to_day, Decimal(line.actual)
        unit = "" if named.unit == "points" else named.unit
        found = {person_id: value for person_id, (_, value) in values.items()}
        return Measured(named.name_zh, named.name_en, unit, found)


reported.are_asked_of(FrozenReports())


@reacts_to(ReportsWritten)
def follow_reports(work: Work, event: ReportsWritten) -> None:
    """Rules that go by what reports reckon look at these people again."""
    with whole(work.session) as everything:
        known = set(everything.scalars(sa.select(Metric.code).where(Metric.source.in_(RECKONED))))
        asked = sa.select(RecommendationRule).where(
            RecommendationRule.kind == "indicator", RecommendationRule.active.is_(sa.true())
        )
        rules = [row.id for row in everything.scalars(asked) if row.when.get("indicator") in known]
    if rules:
        recommending.turn(work, event.people, rules)
