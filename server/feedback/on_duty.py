"""Who of a desk is on duty, who belongs to it, and when it works: asked by receivers of news, clocks and pages."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta
from functools import cache
from zoneinfo import ZoneInfo

import msgspec
import sqlalchemy as sa

from contract.worktime import DayKind, WorkHours
from server.feedback.desks_model import Desk, DeskHours, DeskPerson, DeskTurn
from server.kernel.db import ScopedSession
from server.kernel.scope import whole
from server.org.calendar import is_listed, public_day
from server.org.queries import company_day, company_days
from server.people.model import Person
from server.people.rights import holders_of

_FIRST_YEAR, _LAST_YEAR = 2004, 2100
_SAID: dict[str, DayKind] = {"working": "workday", "holiday": "holiday", "weekend": "weekend"}


def hours_of(session: ScopedSession, desk_id: str) -> WorkHours:
    """The working hours of a desk as they are now."""
    asked = sa.select(DeskHours.body).join(Desk, Desk.hours_id == DeskHours.id).where(Desk.id == desk_id)
    return msgspec.convert(session.execute(asked).scalar_one(), WorkHours)


def hours_of_desks(session: ScopedSession) -> dict[str, WorkHours]:
    """The working hours of every desk, retired ones too."""
    asked = sa.select(Desk.id, DeskHours.body).join(DeskHours, Desk.hours_id == DeskHours.id)
    return {row.id: msgspec.convert(row.body, WorkHours) for row in session.execute(asked)}


def calendar_of(session: ScopedSession) -> Mapping[str, DayKind]:
    """The days that are not what their weekday says: the public calendar, over it the company's word."""
    return {**_public(), **{day.isoformat(): _SAID[kind] for day, kind in company_days(session).items()}}


@cache
def _public() -> dict[str, DayKind]:
    found: dict[str, DayKind] = {}
    for year in filter(is_listed, range(_FIRST_YEAR, _LAST_YEAR)):
        day = date(year, 1, 1)
        while day.year == year:
            kind = public_day(day).kind
            if kind == "holiday" or (kind == "working") == (day.weekday() >= 5):
                found[day.isoformat()] = _SAID[kind]
            day += timedelta(days=1)
    return found


def members(session: ScopedSession, desk_id: str) -> list[str]:
    """Everybody of a desk who is with us."""
    asked = (
        sa.select(DeskPerson.person_id)
        .join(Person, Person.id == DeskPerson.person_id)
        .where(DeskPerson.desk_id == desk_id, Person.active)
        .order_by(DeskPerson.person_id)
    )
    with whole(session) as everything:
        return list(everything.scalars(asked))


def on_duty(session: ScopedSession, desk_id: str, now: datetime) -> list[str]:
    """Who answers at a desk now: whose turn it is by the day of the desk's own clock; where no turn fits, all its people; where
    it has none, HR. The answer is the same whoever asks."""
    day = now.astimezone(ZoneInfo(hours_of(session, desk_id).zone)).date()
    people = members(session, desk_id)
    asked = sa.select(DeskTurn.person_id, DeskTurn.weekdays).where(
        DeskTurn.desk_id == desk_id, DeskTurn.from_day <= day, DeskTurn.to_day >= day
    )
    turns = {row.person_id for row in session.execute(asked) if not row.weekdays or day.weekday() in row.weekdays}
    return [one for one in people if one in turns] or people or holders_of(session, "hr", None, company_day(now))


def desks_of(session: ScopedSession, person_id: str) -> list[str]:
    """The desks somebody answers at."""
    asked = (
        sa.select(DeskPerson.desk_id)
        .join(Desk, Desk.id == DeskPerson.desk_id)
        .where(DeskPerson.person_id == person_id, Desk.retired_at.is_(None))
        .order_by(Desk.code)
    )
    return list(session.scalars(asked))
