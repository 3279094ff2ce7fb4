"""Months that open and close: by themselves on the 10th of the next, or as HQ says."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id, new_id
from contract.scoring import SetPeriod
from contract.scoring_turning import TurnPeriods
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.postings.life import with_reach
from server.scoring import card_rules as rules
from server.scoring.card_model import MANAGE, ScorePeriod

FAR = timedelta(days=730)  # from today: nobody means more
AHEAD, BACK = 1, 2  # months that devices know of, beside the one that runs


def period_of(session: ScopedSession, month: str) -> ScorePeriod | None:
    """What HQ, or time, said of a month."""
    return session.scalars(sa.select(ScorePeriod).where(ScorePeriod.month == month)).one_or_none()


def closes_at(session: ScopedSession, month: str) -> datetime:
    """The first moment at which a month is no longer scored."""
    period = period_of(session, month)
    return period.closes_at if period is not None else rules.end_of(rules.default_close(month))


def must_be_open(session: ScopedSession, month: str, at: datetime) -> None:
    """Raises Problem where the month was closed at the moment something was said."""
    if at >= closes_at(session, month):
        raise Problem("scoring.month_closed", month=month)


@handles(SetPeriod, needs=MANAGE)
def set_period(work: Work, op: SetPeriod) -> None:
    """Until when a month is scored. Never before it is over; open again as long as somebody says why."""
    if work.device is not None or not work.actor.has_everywhere(MANAGE):
        raise Problem("access.not_allowed", needs=Permission.MANAGE_SCORING.value)
    try:
        closes = date.fromisoformat(op.closes_on)
    except ValueError:
        raise Problem("wire.invalid", field="closes_on") from None
    if closes > company_day(work.now) + FAR:
        raise Problem("scoring.closes_too_late", field="closes_on", day=(company_day(work.now) + FAR).isoformat())
    if rules.month_of(closes) < op.month or rules.month_of(closes + timedelta(days=1)) == op.month:
        raise Problem("scoring.closes_too_early", field="closes_on", month=op.month)
    with with_reach(work) as wide:
        _put(wide, op.month, closes, op.reason)


def _put(wide: Work, month: str, closes: date, reason: str) -> None:
    period, ends = period_of(wide.session, month), rules.end_of(closes)
    if period is None:
        period = wide.add(ScorePeriod(id=derived_id("score period", month), month=month))
    period.closes_on, period.closes_at, period.reason, period.set_at = closes, ends, reason, wide.now
    period.state = "closed" if wide.now >= ends else "open"
    wide.wrote = True
    wide.session.flush()


def _around(today: date) -> list[str]:
    count = today.year * 12 + today.month - 1
    return [f"{one // 12:04}-{one % 12 + 1:02}" for one in range(count - BACK, count + AHEAD + 1)]


@handles(TurnPeriods, needs=Permission.REPLAY_OPERATIONS)
def turn_periods(work: Work, op: TurnPeriods) -> dict[str, int]:
    """The system's alone: months that begin to matter are there, those past their end are closed. Answers how many moved."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    moved = 0
    for month in _around(company_day(work.now)):
        if period_of(work.session, month) is None:
            _put(work, month, rules.default_close(month), "")
            moved += 1
    late = sa.select(ScorePeriod).where(ScorePeriod.state == "open", ScorePeriod.closes_at <= work.now)
    for period in work.session.scalars(late).all():
        period.state, work.wrote, moved = "closed", True, moved + 1
    return {"moved": moved}


def _to_turn(session: ScopedSession, now: datetime) -> bool:
    there = set(session.scalars(sa.select(ScorePeriod.month)))
    late = sa.select(ScorePeriod.id).where(ScorePeriod.state == "open", ScorePeriod.closes_at <= now).limit(1)
    return bool(set(_around(company_day(now))) - there) or session.execute(late).first() is not None


@does("turn_score_periods", every=lambda server: timedelta(minutes=30))
def turn(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that tablets know of a month before it begins, and that it is closed."""
    now = server.clock()
    with reading(server.db, Actor.system()) as session:
        due = _to_turn(session, now)
    if due:
        perform(server.db, Actor.system(), TurnPeriods(), op_id=new_id(), now=now, secret=server.settings.secret)
