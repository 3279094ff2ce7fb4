"""What is told of notices: that one is there (N-18), and the reminder."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import sqlalchemy as sa

from contract.announcements import NoticeBody
from contract.inbox import ItemKind
from server.announcements.model import Announcement
from server.inbox.model import InboxItem
from server.inbox.service import NewItem, put_items
from server.kernel.perform import Work
from server.people.model import Person

PUBLISHED, AGAIN = "N-18", "N-18_remind"


def _facts(body: NoticeBody, by: str) -> dict[str, str]:
    return {"title_zh": body.title_zh or body.title_en, "title_en": body.title_en or body.title_zh, "by": by}


def _name(wide: Work, person: str) -> str:
    found = wide.session.get(Person, person)
    return found.name if found is not None else ""


def tell_readers(wide: Work, row: Announcement, body: NoticeBody, people: Sequence[str]) -> None:
    """Each of these gets it once: to be confirmed, something to do; else something to know."""
    kind: ItemKind = "to_do" if body.confirm else "notice"
    facts = _facts(body, _name(wide, row.author_id))
    put_items(wide, [NewItem(PUBLISHED, one, kind, "announcement", row.id, facts, "", row.until_at) for one in people])


def tell_again(wide: Work, row: Announcement, body: NoticeBody, people: Iterable[str], reminder: str, by: str) -> None:
    """The tap: once each for each reminder."""
    facts = _facts(body, _name(wide, by))
    put_items(wide, [NewItem(AGAIN, one, "notice", "announcement", row.id, facts, reminder) for one in people])


def close_for(wide: Work, notice_id: str, *, receiver: str | None = None, confirmed: bool = True) -> None:
    """It is read, confirmed, withdrawn or over: what was told of it is asked for no more. What is still to be confirmed stays."""
    asked = sa.select(InboxItem).where(
        InboxItem.about_id == notice_id, InboxItem.trigger.in_([PUBLISHED, AGAIN]), InboxItem.done_at.is_(None)
    )
    if receiver is not None:
        asked = asked.where(InboxItem.receiver_id == receiver)
    if not confirmed:
        asked = asked.where(InboxItem.kind == "notice")
    for item in wide.session.scalars(asked):
        item.done_at = wide.now
    wide.session.flush()
