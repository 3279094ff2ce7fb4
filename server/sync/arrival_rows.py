"""Arrivals as the host's tablets and both managers' own phones read them."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.fields import view_of
from server.kernel.perform import DeviceFacts
from server.kernel.scope import bind
from server.people.rights import rulebook
from server.postings.cards import narrowed, whole_cards
from server.sync.registry import Bodies, projects


@projects("arrival")
def arrivals(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Cards by id, with what a host reads of somebody who is still to come: less than that is never told, and more is not
    needed for a welcome."""
    with ScopedSession(connection, join_transaction_mode="rollback_only") as session:
        bind(session, Actor.system())
        view = view_of(rulebook(session).fields, [("store_manager", "host_before")])
        cards = whole_cards(session, ids)
    return {posting_id: wire.encode(narrowed(card, view)) for posting_id, card in cards.items()}
