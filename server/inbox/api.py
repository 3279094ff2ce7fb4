"""The inbox over HTTP: one's own items."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.inbox import InboxPage, InboxQuery, SeeItem
from server.inbox import queries, service
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads, writes

blueprint = Blueprint("inbox", __name__, url_prefix="/api/v1", description="What one must do, and what one should know")
assert service  # importing it registers the handlers

writes(blueprint, {"/inbox/seen": (SeeItem, Permission.READ_OWN_INBOX)})


@reads(blueprint, "/inbox", needs=Permission.READ_OWN_INBOX, answers=InboxPage, asks=InboxQuery)
def inbox(session: ScopedSession, asked: InboxQuery) -> InboxPage:
    """One's own inbox, the newest first."""
    return queries.inbox_page(session, asked)
