"""Figures of a month out of what the product knows itself: nobody types them. Recorded as values of indicators.

    punctuality             attendance   of the days worked as planned (present, late, early), the share on which nobody came late
    training_participation  training     of the courses due in the month, the share finished by its end; waived ones are not asked
    first_reply_in_time     tickets      of the tickets somebody holds that were filed in the month, the share answered in time
    ticket_rating           tickets      the mean rating of 1 to 5 of the tickets somebody held that were closed in the month

Shares are percent. Of whom nothing is known nothing is recorded. Said again it is the same values: the indicator, whom and the
days make a value's id.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from typing import NamedTuple
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from contract.growth import DefineIndicator, IndicatorValue
from contract.ids import derived_id
from contract.moments import COMPANY_ZONE
from contract.score_reports import AutomaticSource
from server.feedback.model import Ticket
from server.kernel.db import ScopedSession, table_of
from server.scoring.figures import days_of
from server.scoring.measuring import shown
from server.timesheets.model import WorkDay
from server.training.model import Task

WORKED = ("present", "late", "early")
_day, _task, _ticket = table_of(WorkDay), table_of(Task), table_of(Ticket)


class Automatic(NamedTuple):
    """A figure the product reckons itself. `counts`: (person, good, of how many) in a month; the value is `scale` x good / of."""

    code: str
    name_zh: str
    name_en: str
    unit: str
    source: AutomaticSource
    scale: int
    counts: Callable[[ScopedSession, str], Iterable[tuple[str, int, int]]]

    def indicator(self) -> DefineIndicator:
        """The indicator that holds it, where nobody has made one."""
        return DefineIndicator(
            indicator_id=derived_id("indicator", self.code), code=self.code, name_zh=self.name_zh, name_en=self.name_en,
            unit=self.unit, better="higher",
        )  # fmt: skip


def _moments(month: str) -> tuple[datetime, datetime]:
    """The first moment of a month of the company's calendar and the first after it, in UTC."""
    first, last = days_of(month)
    zone = ZoneInfo(COMPANY_ZONE)
    begins, ends = (datetime(one.year, one.month, one.day, tzinfo=zone) for one in (first, last + timedelta(days=1)))
    return begins.astimezone(UTC), ends.astimezone(UTC)


def _counted(condition: sa.ColumnElement[bool]) -> sa.ColumnElement[int]:
    return sa.func.coalesce(sa.func.sum(sa.case((condition, 1), else_=0)), 0)


def punctual_days(session: ScopedSession, month: str) -> list[tuple[str, int, int]]:
    """Of each person: days without lateness, days worked as planned."""
    first, last = days_of(month)
    asked = (
        sa.select(_day.c.person_id, _counted(_day.c.late_min == 0), sa.func.count())
        .where(_day.c.day.between(first, last), _day.c.state.in_(WORKED), _day.c.due_min > 0)
        .group_by(_day.c.person_id)
    )
    return [(row[0], int(row[1]), row[2]) for row in session.connection().execute(asked)]


def finished_courses(session: ScopedSession, month: str) -> list[tuple[str, int, int]]:
    """Of each person: courses due in the month that were finished by its end, all that were due."""
    first, last = days_of(month)
    _, ends = _moments(month)
    asked = (
        sa.select(_task.c.person_id, _counted(sa.and_(_task.c.state == "done", _task.c.done_at < ends)), sa.func.count())
        .where(_task.c.due_on.between(first, last), _task.c.state.in_(("open", "begun", "done")))
        .group_by(_task.c.person_id)
    )
    return [(row[0], int(row[1]), row[2]) for row in session.connection().execute(asked)]


def answered_in_time(session: ScopedSession, month: str) -> list[tuple[str, int, int]]:
    """Of each person who holds tickets: those first answered in time, all whose first answer was given or missed. A ticket
    belongs to the month it was filed in."""
    begins, ends = _moments(month)
    judged = sa.or_(_ticket.c.first_reply_at.is_not(None), _ticket.c.first_late)
    in_time = sa.and_(_ticket.c.first_reply_at.is_not(None), ~_ticket.c.first_late)
    asked = (
        sa.select(_ticket.c.holder_id, _counted(in_time), sa.func.count())
        .where(
            _ticket.c.holder_id.is_not(None), _ticket.c.filed_at >= begins, _ticket.c.filed_at < ends, judged,
            _ticket.c.first_target_min.is_not(None),
        )
        .group_by(_ticket.c.holder_id)
    )  # fmt: skip
    return [(row[0], int(row[1]), row[2]) for row in session.connection().execute(asked)]


def ratings(session: ScopedSession, month: str) -> list[tuple[str, int, int]]:
    """Of each person who held tickets that were closed and rated in the month: the sum of the ratings, how many."""
    begins, ends = _moments(month)
    asked = (
        sa.select(_ticket.c.holder_id, sa.func.sum(_ticket.c.rating), sa.func.count())
        .where(
            _ticket.c.holder_id.is_not(None), _ticket.c.rating.is_not(None), _ticket.c.closed_at >= begins,
            _ticket.c.closed_at < ends,
        )
        .group_by(_ticket.c.holder_id)
    )  # fmt: skip
    return [(row[0], int(row[1]), row[2]) for row in session.connection().execute(asked)]


AUTOMATIC: tuple[Automatic, ...] = (
    Automatic("punctuality", "准时率", "Punctuality", "%", "attendance", 100, punctual_days),
    Automatic("training_participation", "培训参与率", "Training participation", "%", "training", 100, finished_courses),
    Automatic("first_reply_in_time", "首次回复及时率", "First reply in time", "%", "tickets", 100, answered_in_time),
    Automatic("ticket_rating", "工单评分", "Ticket rating", "", "tickets", 1, ratings),
)
SOURCES: tuple[AutomaticSource, ...] = ("attendance", "training", "tickets")


def values_of(session: ScopedSession, one: Automatic, month: str) -> list[IndicatorValue]:
    """The values of a month, by person."""
    first, last = days_of(month)
    days = {"from_day": first.isoformat(), "to_day": last.isoformat()}
    return [
        IndicatorValue(indicator=one.code, person_id=person, value=shown(Fraction(one.scale * good, of)), n=of, **days)
        for person, good, of in sorted(one.counts(session, month))
    ]
