"""Month reports as devices and the console read them: the newest revision, with what each changed."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from typing import Any

import sqlalchemy as sa

from contract.moments import to_ms
from contract.score_reports import ReportText
from contract.scoring import ReportDifference, ScoreReportRow
from contract.wire import convert, decode
from server.kernel.db import table_of
from server.kernel.sets import within
from server.people.model import Person
from server.scoring.card_model import ScoreFact
from server.scoring.card_rows import appeals_of
from server.scoring.report_model import ScoreReport, ScoreReportRevision

_report, _revision, _fact = table_of(ScoreReport), table_of(ScoreReportRevision), table_of(ScoreFact)
_person = table_of(Person)
ERASED = "erased"


def reports_by_id(connection: sa.Connection, ids: Collection[str]) -> list[ScoreReportRow]:
    """These reports in their newest revision, with the differences of it and the appeals over them. Of an erased one the digest
    alone is left."""
    asked = (
        sa.select(_report, _revision.c.text, _revision.c.differences)
        .join(_revision, sa.and_(_revision.c.report_id == _report.c.id, _revision.c.revision == _report.c.revision))
        .where(within(_report.c.id, list(ids)))
        .order_by(_report.c.id)
    )
    rows = connection.execute(asked).all()
    facts: dict[str, list[Any]] = defaultdict(list)
    said = sa.select(_fact).where(within(_fact.c.report_id, list(ids))).order_by(_fact.c.at, _fact.c.number)
    for fact in connection.execute(said):
        facts[fact.report_id].append(fact)
    people = sorted({fact.by_id for several in facts.values() for fact in several})
    named = connection.execute(sa.select(_person.c.id, _person.c.name).where(within(_person.c.id, people)))
    names = {one.id: one.name for one in named}
    return [report_row(row, row.text, row.differences, facts[row.id], names) for row in rows]


def report_row(row: Any, text: str | None, changed: Any, facts: Collection[Any], names: dict[str, str]) -> ScoreReportRow:
    """One report as it is read. `row`: of the table; `text`, `changed`: of the revision."""
    said = decode(text.encode(), ReportText) if text is not None else None
    return ScoreReportRow(
        id=row.id, person_id=row.person_id, store_id=row.store_id, month=row.month,
        revision=said.revision if said is not None else row.revision, made_ms=to_ms(row.made_at),
        scheme_zh=said.scheme_zh if said is not None else row.scheme_zh,
        scheme_en=said.scheme_en if said is not None else row.scheme_en,
        composite=said.composite if said is not None else None, why=said.why if said is not None else ERASED,
        lines=said.lines if said is not None else [], differences=convert(changed, list[ReportDifference]),
        digest=row.digest, appeals=appeals_of(list(facts), names),
    )  # fmt: skip
