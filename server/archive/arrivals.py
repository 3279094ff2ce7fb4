"""What the archive tells an arrival card: the identity number, masked before it leaves here, and that it changed."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from flask import current_app, has_app_context
from sqlalchemy import event

from server.archive.model import Basics, PersonKey
from server.kernel import sealed
from server.kernel.db import ScopedSession
from server.kernel.feed import mark
from server.kernel.fields import mask_id_number
from server.postings.known_past import knows_id_numbers
from server.postings.model import Arrival, desks_of


@knows_id_numbers
def masked_id_numbers(connection: sa.Connection, person_ids: Sequence[str]) -> dict[str, str]:
    """The masked numbers of those whose number is known. Outside a server, where no key can be opened, nobody's."""
    if not has_app_context() or not person_ids:
        return {}
    secret: bytes = current_app.extensions["outpost"].settings.secret
    asked = (
        sa.select(Basics.person_id, Basics.sealed, PersonKey.wrapped_key)
        .join(PersonKey, PersonKey.person_id == Basics.person_id)
        .where(Basics.person_id.in_(person_ids), PersonKey.wrapped_key.is_not(None))
    )
    found: dict[str, str] = {}
    for row in connection.execute(asked):
        if kept := row.sealed.get("id_number"):
            key = sealed.unwrapped(secret, row.person_id, row.wrapped_key)
            found[row.person_id] = mask_id_number(sealed.unseal(key, row.person_id, "id_number", kept))
    return found


@event.listens_for(ScopedSession, "after_flush")
def mark_cards(session: ScopedSession, _context: Any) -> None:
    """A number was recorded, or its key destroyed: the cards that show it read differently now."""
    people = {row.person_id for row in (*session.new, *session.dirty, *session.deleted) if isinstance(row, Basics | PersonKey)}
    if not people:
        return
    shown = (Arrival.id, Arrival.store_id, Arrival.home_manager_id, Arrival.host_manager_id, Arrival.over_at)
    for row in session.connection().execute(sa.select(*shown).where(Arrival.person_id.in_(people))):
        for scope in desks_of(row):
            mark(session, scope, "arrival", row.id)
