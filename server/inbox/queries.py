"""Questions about somebody's own inbox. Whose it is, is the session's rule."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa

from contract.inbox import InboxPage, InboxQuery, ItemRow
from contract.moments import to_ms
from server.inbox.model import InboxItem
from server.kernel.db import ScopedSession
from server.kernel.paging import page_of


def inbox_page(session: ScopedSession, asked: InboxQuery) -> InboxPage:
    """The reader's own items, the newest first."""
    found = sa.select(InboxItem)
    if asked.done:
        found = found.where(InboxItem.done_at.is_not(None))
    elif asked.open:
        found = found.where(InboxItem.done_at.is_(None))
    for column, value in ((InboxItem.kind, asked.kind), (InboxItem.about, asked.about)):
        if value is not None:
            found = found.where(column == value)
    rows, following = page_of(
        session, found, [InboxItem.born_at, InboxItem.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    return InboxPage(items=[item_row(row[0]) for row in rows], open=open_count(session), next_cursor=following)


def open_count(session: ScopedSession) -> int:
    """How many of the reader's items are open."""
    found = sa.select(sa.func.count()).select_from(InboxItem).where(InboxItem.done_at.is_(None))
    return session.scalar(found) or 0


def open_by_kind(session: ScopedSession) -> dict[str, int]:
    """How many of the reader's items are open, by kind: what phone, tablet and console count alike."""
    found = sa.select(InboxItem.kind, sa.func.count()).where(InboxItem.done_at.is_(None)).group_by(InboxItem.kind)
    return {"to_do": 0, "notice": 0} | {row[0]: row[1] for row in session.execute(found)}


def item_row(row: Any) -> ItemRow:
    """An item as its receiver reads it. `row` is an InboxItem or a row of its table."""
    return ItemRow(
        id=row.id,
        trigger=row.trigger,
        kind=row.kind,
        about=row.about,
        about_id=row.about_id,
        facts=row.facts,
        born_ms=to_ms(row.born_at),
        due_ms=to_ms(row.due_at) if row.due_at is not None else None,
        seen_ms=to_ms(row.seen_at) if row.seen_at is not None else None,
        done_ms=to_ms(row.done_at) if row.done_at is not None else None,
    )
