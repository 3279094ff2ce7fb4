"""Photos of score cards for devices: on the phone of whom the card concerns, and at the desk of its store for who reads scores
there; written down as a look before they leave."""

from __future__ import annotations

import sqlalchemy as sa

from contract.ids import is_id
from server.kernel.actors import Actor
from server.kernel.http import Outpost
from server.kernel.perform import DeviceFacts, reading
from server.people.model import Account
from server.people.queries import actor_of_account
from server.scoring.card_model import READ, ScorePhoto
from server.sync.request_photos import Named


def named_for(found: Outpost, device: DeviceFacts, scopes: set[str], sha256: str, by: str) -> Named | None:
    """The card that names this photo and that the device may be shown it of; None where there is none. `by`: who sits at a
    tablet's desk, as it says."""
    with reading(found.db, Actor.system()) as session:
        asked = sa.select(ScorePhoto).where(ScorePhoto.photo == sha256).order_by(ScorePhoto.id)
        for row in session.scalars(asked).all():
            at_desk = f"desk:{row.store_id}" in scopes
            if device.kind == "phone" and device.person_id is not None:
                if at_desk or (row.person_id == device.person_id and f"private:{device.person_id}" in scopes):
                    return Named(row.card_id, row.person_id, device.person_id)
            elif at_desk and device.store_id == row.store_id and is_id(by):
                opened = sa.select(Account).where(Account.person_id == by, Account.disabled_at.is_(None))
                readers = [actor_of_account(session, one, found.clock()) for one in session.scalars(opened).all()]
                if any(one.has_everywhere(READ) or row.store_id in one.stores_for(READ) for one in readers):
                    return Named(row.card_id, row.person_id, by)
    return None
