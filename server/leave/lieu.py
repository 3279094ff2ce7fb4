"""Time off in lieu that was earned by overtime: a credit per day, as that day comes out, beside what the kind itself accrues."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime

import sqlalchemy as sa

from contract.ids import derived_id
from server.kernel.bulk import insert_many
from server.kernel.db import ScopedSession, table_of
from server.leave.balances import refresh_balances
from server.leave.model import LieuCredit
from server.leave.queries import today_of
from server.people.model import Person

_credit = table_of(LieuCredit)


def credit_days(session: ScopedSession, earned: Mapping[tuple[str, date], int], now: datetime) -> None:
    """Bring the credits of these days to what they earned, in minutes (0: nothing any more), and the balances of those people.

    Saying the same again changes nothing: a day has one credit. The session reaches everything.
    """
    connection = session.connection()
    for person_id, day in earned:
        connection.execute(sa.delete(_credit).where(_credit.c.person_id == person_id, _credit.c.day == day))
    fresh = [
        {"id": derived_id("lieu_credit", person_id, day.isoformat()), "person_id": person_id, "day": day, "minutes": minutes}
        for (person_id, day), minutes in sorted(earned.items())
        if minutes > 0
    ]
    insert_many(connection, _credit, fresh)
    for person_id in sorted({person_id for person_id, _ in earned}):
        person = session.get_one(Person, person_id)
        refresh_balances(session, person, today_of(session, person_id, now))
