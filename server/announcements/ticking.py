"""A notice that somebody ticks in the inbox is read: unread is the same number in the inbox, on phones and on tablets. What is to
be confirmed is no notice to tick, but a to-do."""

from __future__ import annotations

import sqlalchemy as sa

from server.announcements import reaching
from server.announcements.model import Announcement, Receipt
from server.announcements.service import body_of
from server.announcements.telling import close_for
from server.inbox.events import ItemTicked
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.postings.life import with_reach


@reacts_to(ItemTicked)
def read_by_tick(work: Work, event: ItemTicked) -> None:
    """From the tick on it counts as read, once and for good: an item that is opened again was read all the same."""
    if event.about != "announcement":
        return
    with with_reach(work) as wide:
        asked = sa.select(Receipt).where(Receipt.notice_id == event.about_id, Receipt.person_id == event.receiver_id)
        receipt = wide.session.scalars(asked.with_for_update().execution_options(populate_existing=True)).one_or_none()
        row = wide.session.get(Announcement, event.about_id)
        if receipt is None or row is None or receipt.read_at is not None or body_of(row).confirm:
            return
        receipt.read_at = work.now
        wide.session.flush()
        reaching.count(wide, row.id, [receipt.unit_id])
        close_for(wide, row.id, receiver=event.receiver_id)
