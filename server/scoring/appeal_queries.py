"""Appeals over scores as HQ reads them: those that wait, those that are over, and one with what it is about."""

from __future__ import annotations

from typing import NamedTuple

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from contract.moments import to_ms
from contract.score_reports import ScoreReportPage, ScoreReportQuery
from contract.scoring import AppealState, ScoreCardRow
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.paging import containing
from server.kernel.scope import whole
from server.kernel.sets import within
from server.people.model import Person
from server.scoring.appeals import spoke
from server.scoring.card_model import MANAGE, ScoreCard, ScoreFact
from server.scoring.card_rows import cards_by_id
from server.scoring.model_library import Metric
from server.scoring.report_model import ScoreReport
from server.scoring.report_queries import report
from server.stores.model import Store

MOST = 200


class AppealLine(NamedTuple):
    """An appeal in a list. `month` of the report or of the card, `day` of the card alone; `answered_by` is named to everybody who
    sees the appeal."""

    id: str
    person_id: str
    name: str
    store_id: str
    store: str
    card_id: str | None
    report_id: str | None
    month: str
    day: str
    reason: str
    at_ms: int
    state: AppealState
    answer: str
    answered_by: str
    answered_ms: int | None


class AppealCase(NamedTuple):
    """One appeal with what it is about: a card with all its words, or a report with its working. `why_not`: the code of why the
    reader may not decide; None where they may."""

    line: AppealLine
    card: ScoreCardRow | None
    report: ScoreReportPage | None
    metrics: dict[str, Metric]
    why_not: str | None


def appeals(
    session: ScopedSession, *, state: str = "", store_id: str | None = None, q: str = "", appeal_id: str | None = None
) -> list[AppealLine]:
    """Appeals over scores of the stores that the reader reads scores of, those that wait first, then the newest; at most MOST.
    `state`: open, upheld or dismissed; `q`: in names, stores and reasons."""
    answer = aliased(ScoreFact)
    asked = (
        sa.select(
            ScoreFact, Person.name, Store.name.label("store"), ScoreCard.month.label("of_card"), ScoreCard.day,
            ScoreReport.month.label("of_report"), answer.id.label("answer_id"), answer.text.label("said"), answer.upheld,
            answer.by_id.label("decider"), answer.at.label("decided"),
        )
        .join(Person, Person.id == ScoreFact.person_id)
        .join(Store, Store.id == ScoreFact.store_id)
        .outerjoin(ScoreCard, ScoreCard.id == ScoreFact.card_id)
        .outerjoin(ScoreReport, ScoreReport.id == ScoreFact.report_id)
        .outerjoin(answer, answer.answers == ScoreFact.id)
        .where(ScoreFact.kind == "appealed")
        .order_by(answer.id.is_not(None), ScoreFact.at.desc(), ScoreFact.id)
        .limit(MOST)
    )  # fmt: skip
    if state == "open":
        asked = asked.where(answer.id.is_(None))
    elif state in ("upheld", "dismissed"):
        asked = asked.where(answer.upheld.is_(state == "upheld"))
    if store_id is not None:
        asked = asked.where(ScoreFact.store_id == store_id)
    if appeal_id is not None:
        asked = asked.where(ScoreFact.id == appeal_id)
    for word in q.split():
        asked = asked.where(sa.or_(*(containing(one, word) for one in (Person.name, Store.name, ScoreFact.text))))
    rows = session.execute(asked).all()
    with whole(session) as everybody:  # who answered is said to whoever reads the appeal
        people = sorted({row.decider for row in rows if row.decider is not None})
        found = everybody.execute(sa.select(Person.id, Person.name).where(within(Person.id, people)))
        names = {row.id: row.name for row in found}
    return [
        AppealLine(
            id=row[0].id, person_id=row[0].person_id, name=row.name, store_id=row[0].store_id, store=row.store,
            card_id=row[0].card_id, report_id=row[0].report_id, month=row.of_card or row.of_report or "",
            day=row.day.isoformat() if row.day is not None else "", reason=row[0].text, at_ms=to_ms(row[0].at),
            state="open" if row.answer_id is None else "upheld" if row.upheld else "dismissed", answer=row.said or "",
            answered_by=names.get(row.decider, ""), answered_ms=to_ms(row.decided) if row.decided is not None else None,
        )
        for row in rows
    ]  # fmt: skip


def stores_with_appeals(session: ScopedSession) -> list[tuple[str, str]]:
    """(id, name) of the stores of which the reader sees an appeal, by name."""
    theirs = sa.select(ScoreFact.store_id).where(ScoreFact.kind == "appealed")
    asked = sa.select(Store.id, Store.name).where(Store.id.in_(theirs)).order_by(Store.name, Store.id)
    return [(row.id, row.name) for row in session.execute(asked)]


def appeal_case(session: ScopedSession, line: AppealLine) -> AppealCase:
    """An appeal that the reader sees, with its card or report."""
    card = cards_by_id(session.connection(), [line.card_id])[0] if line.card_id is not None else None
    of = report(session, ScoreReportQuery(report_id=line.report_id)) if line.report_id is not None else None
    codes = {mark.metric for mark in (*card.marks, *(one for change in card.changes for one in change.before))} if card else set()
    found = session.scalars(sa.select(Metric).where(Metric.code.in_(sorted(codes))))
    return AppealCase(line, card, of, {one.code: one for one in found}, _why_not(session, line))


def _why_not(session: ScopedSession, line: AppealLine) -> str | None:
    """Why the reader may not decide; the operation judges it again."""
    reader: Actor = session.info["actor"]
    if not reader.has_everywhere(MANAGE):
        return "console.score_appeals.not_yours"
    card = session.get(ScoreCard, line.card_id) if line.card_id is not None else None
    barred = spoke(session, card) if card is not None else {line.person_id}
    return "scoring.own_score" if reader.person_id is None or reader.person_id in barred else None
