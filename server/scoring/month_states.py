"""Months as HQ looks after them: until when each is scored, what reports it has, by store, and when it was last looked at."""

from __future__ import annotations

from collections import Counter
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from typing import Any, Literal, NamedTuple

import sqlalchemy as sa

from contract.composite import plain, rounded
from contract.moments import to_ms
from server.kernel.db import ScopedSession
from server.org.queries import company_day
from server.scoring.card_model import ScoreFact, ScorePeriod
from server.scoring.card_rules import default_close, end_of, month_of
from server.scoring.month_end import month_before
from server.scoring.report_model import HUNDREDTHS, ScoreReport, ScoreRun
from server.stores.model import Store

MOST = 24


class MonthState(NamedTuple):
    """A month: it still `runs`, is over and `open` for late scores, or `closed`. `closes_on`: the last day of the company's
    calendar on which it is scored; `reason`: why HQ moved it."""

    month: str
    state: Literal["runs", "open", "closed"]
    closes_on: date
    reason: str
    reports: int
    revised: int
    without: int
    open_appeals: int
    looked_ms: int | None


class StoreMonth(NamedTuple):
    """A store's reports of a month. `mean`: of the composites, to one decimal; `newest_ms`: when the last was made or revised."""

    store_id: str
    store: str
    reports: int
    without: int
    revised: int
    open_appeals: int
    mean: str | None
    newest_ms: int


def months(session: ScopedSession, now: datetime) -> list[MonthState]:
    """Months that HQ said something of, that have reports, the one that runs and the one before it; the newest first."""
    today = company_day(now)
    said = {row.month: row for row in session.scalars(sa.select(ScorePeriod))}
    made = {row.month: row for row in session.execute(_counted(ScoreReport.month).group_by(ScoreReport.month))}
    looked = sa.select(ScoreRun.month, sa.func.max(ScoreRun.ran_at)).where(ScoreRun.kind == "reports").group_by(ScoreRun.month)
    seen = {row[0]: row[1] for row in session.execute(looked)}
    waiting = Counter(month for month, _ in _waiting(session))
    known = {*made, *(month for month in said if month <= month_of(today)), month_of(today), month_before(today)}
    found = []
    for month in sorted(known, reverse=True)[:MOST]:
        period, counted = said.get(month), made.get(month)
        closes = period.closes_on if period is not None else default_close(month)
        over = month < month_of(today)
        state: Literal["runs", "open", "closed"] = "closed" if now >= end_of(closes) else "open" if over else "runs"
        found.append(MonthState(
            month=month, state=state, closes_on=closes, reason=period.reason if period is not None else "",
            reports=counted.reports if counted else 0, revised=counted.revised if counted else 0,
            without=counted.reports - counted.known if counted else 0, open_appeals=waiting[month],
            looked_ms=to_ms(seen[month]) if month in seen else None,
        ))  # fmt: skip
    return found


def stores_in(session: ScopedSession, month: str) -> list[StoreMonth]:
    """What each store has of a month, by name."""
    asked = _counted(Store.id, Store.name).join(Store, Store.id == ScoreReport.store_id).where(ScoreReport.month == month)
    waiting = Counter(store_id for of, store_id in _waiting(session) if of == month)
    return [
        StoreMonth(
            store_id=row.id, store=row.name, reports=row.reports, without=row.reports - row.known, revised=row.revised,
            open_appeals=waiting[row.id], mean=_mean(row.whole, row.known), newest_ms=to_ms(row.newest),
        )
        for row in session.execute(asked.group_by(Store.id, Store.name).order_by(Store.name, Store.id))
    ]  # fmt: skip


def _counted(*by: Any) -> Any:
    revised = sa.func.sum(sa.case((ScoreReport.revision > 1, 1), else_=0))
    return sa.select(
        *by, sa.func.count().label("reports"), sa.func.count(ScoreReport.hundredths).label("known"), revised.label("revised"),
        sa.func.sum(ScoreReport.hundredths).label("whole"), sa.func.max(ScoreReport.made_at).label("newest"),
    ).select_from(ScoreReport)  # fmt: skip


def _waiting(session: ScopedSession) -> list[tuple[str, str]]:
    """(month, store) of each appeal over a report that nobody has answered."""
    answered = sa.select(ScoreFact.answers).where(ScoreFact.answers.is_not(None))
    asked = sa.select(ScoreReport.month, ScoreReport.store_id).join(ScoreFact, ScoreFact.report_id == ScoreReport.id)
    found = session.execute(asked.where(ScoreFact.kind == "appealed", ScoreFact.id.not_in(answered)))
    return [(row.month, row.store_id) for row in found]


def _mean(whole: int | None, known: int) -> str | None:
    return plain(rounded(Fraction(int(whole), known * HUNDREDTHS), Decimal("0.1"))) if known and whole is not None else None
