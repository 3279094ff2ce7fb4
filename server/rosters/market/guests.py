"""An accepted loan makes somebody the store's guest for that one business day: `person_store` mirrors it as it mirrors postings.

So everything that hangs on being a guest follows and ends by itself: which scopes phones and tablets hold, whose punch is of
somebody who belongs there, what a host may read.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from contract.moments import day_starts_at
from server.kernel.db import ScopedSession, table_of
from server.kernel.feed import mark
from server.people.model import PersonStore
from server.rosters.market.loan_model import ShiftLoan
from server.stores.model import Store

_stay, _store = table_of(PersonStore), table_of(Store)


@event.listens_for(ScopedSession, "after_flush")
def mirror(session: ScopedSession, _context: Any) -> None:
    """Write for each loan of this flush whether its person is a guest, and tell devices of the stay as of a posting."""
    loans = [row for row in [*session.new, *session.dirty] if isinstance(row, ShiftLoan)]
    for loan in loans:
        connection = session.connection()
        connection.execute(sa.delete(_stay).where(_stay.c.id == loan.id))
        if loan.state == "accepted":
            connection.execute(sa.insert(_stay), [_day_of(connection, loan)])
        was = sa.inspect(loan).attrs.state.history.deleted
        if loan.state == "accepted" or "accepted" in was:
            mark(session, f"person:{loan.person_id}", "posting", loan.id, gone=loan.state != "accepted")


def _day_of(connection: sa.Connection, loan: ShiftLoan) -> dict[str, Any]:
    """The business day of the store, from its turn to the next."""
    store = connection.execute(sa.select(_store.c.zone, _store.c.day_turns_at_min).where(_store.c.id == loan.store_id)).one()
    ends = [
        day_starts_at(day, store.zone, day_turns_at_min=store.day_turns_at_min)
        for day in (loan.day, loan.day + timedelta(days=1))
    ]
    return {
        "id": loan.id, "person_id": loan.person_id, "store_id": loan.store_id, "from_at": ends[0], "until_at": ends[1],
    }  # fmt: skip
