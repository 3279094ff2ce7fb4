"""Month reports as training effects read them: the newest revision of each, as it was frozen."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date
from decimal import Decimal

import sqlalchemy as sa

from server.growth import reported
from server.growth.reported import Reported
from server.kernel.db import ScopedSession
from server.kernel.sets import within
from server.scoring.model_library import Metric, SchemeLine
from server.scoring.report_model import ScoreReport, ScoreReportRevision
from server.scoring.reports import said_in


class FrozenReports:
    """The reader's reports, by the rule of who sees which."""

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


reported.are_asked_of(FrozenReports())
