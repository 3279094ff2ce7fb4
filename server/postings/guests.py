"""Whose guest somebody is, from which instant to which: `person_store` mirrors the postings, whoever changes them and why.

What a host may read of a person (people/readers.py) hangs on it, so it is kept where nobody can forget it: with each flush that
writes a posting, in the same transaction. It says nothing that the posting does not say, so it has no history of its own.
"""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy import event

from server.kernel.db import ScopedSession
from server.people.model import PersonStore
from server.postings.model import Posting


@event.listens_for(ScopedSession, "after_flush")
def mirror(session: ScopedSession, _context: Any) -> None:
    """Write for each posting of this flush from when to when its person is a guest."""
    born = [row for row in session.new if isinstance(row, Posting)]
    moved = [row for row in session.dirty if isinstance(row, Posting) and session.is_modified(row)]
    gone = [row.id for row in session.deleted if isinstance(row, Posting)]
    if not (born or moved or gone):
        return
    connection = session.connection()
    if born:
        connection.execute(sa.insert(PersonStore), [_stay(row) for row in born])
    for row in moved:
        connection.execute(sa.update(PersonStore).where(PersonStore.id == row.id).values(**_stay(row)))
    if gone:
        connection.execute(sa.delete(PersonStore).where(PersonStore.id.in_(gone)))


def _stay(row: Posting) -> dict[str, Any]:
    return {
        "id": row.id, "person_id": row.person_id, "store_id": row.store_id, "from_at": row.starts_at, "until_at": row.ends_at,
    }  # fmt: skip
