"""What can be done to inboxes. Other areas put items and close them; a receiver only ever says that they have read one."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.ids import derived_id
from contract.inbox import About, ItemKind, SeeItem, UnseeItem
from contract.triggers import declared
from server.inbox.events import ItemTicked
from server.inbox.model import InboxItem
from server.inbox.planning import plan
from server.kernel.actors import Permission
from server.kernel.bulk import insert_missing
from server.kernel.db import table_of
from server.kernel.events import tell
from server.kernel.feed import mark_new
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.sets import within


def item_id_of(trigger: str, receiver_id: str, about_id: str, key: str = "") -> str:
    """The id of the one item there can be for these."""
    return derived_id("inbox", trigger, receiver_id, about_id, key)


class NewItem(NamedTuple):
    """An item that is to be in somebody's inbox (see `put_item`). `urgent`: what goes out beside the inbox does not wait for
    anybody's quiet hours, whatever its trigger says."""

    trigger: str
    receiver_id: str
    kind: ItemKind
    about: About
    about_id: str
    facts: dict[str, Any]
    key: str = ""
    due_at: datetime | None = None
    urgent: bool = False


def put_items(work: Work, items: Sequence[NewItem]) -> None:
    """Put many items, each once, in two statements: for what happens to a thousand people at the same minute.

    Raises LookupError for a trigger or kind that contract/triggers.py does not declare.
    """
    for key, kind in {(item.trigger, item.kind) for item in items}:
        declared(key, kind)
    by_id = {item_id_of(item.trigger, item.receiver_id, item.about_id, item.key): item for item in items}
    if not by_id:
        return
    table = table_of(InboxItem)
    work.session.flush()
    work.wrote = True
    connection = work.session.connection()
    ids = sorted(by_id)
    there: set[str] = set()
    for start in range(0, len(ids), 500):
        there.update(connection.scalars(sa.select(table.c.id).where(table.c.id.in_(ids[start : start + 500]))))
    fresh = [_values(work, item_id, by_id[item_id]) for item_id in ids if item_id not in there]
    if not fresh:
        return
    insert_missing(connection, table, fresh)
    for values in fresh:
        mark_new(work.session, InboxItem, InboxItem(**values))
    plan(work, fresh, {item_id for item_id, item in by_id.items() if item.urgent})


def _values(work: Work, item_id: str, item: NewItem) -> dict[str, Any]:
    values = item._asdict()
    del values["urgent"]
    return {**values, "id": item_id, "born_at": work.now, "seen_at": None, "done_at": None}


def put_item(
    work: Work,
    *,
    trigger: str,
    receiver_id: str,
    kind: ItemKind,
    about: About,
    about_id: str,
    facts: dict[str, Any],
    key: str = "",
    due_at: datetime | None = None,
    urgent: bool = False,
) -> str:
    """Put an item into somebody's inbox, once: the same trigger, receiver, matter and `key` again change nothing.

    `facts` are those of the sentence `inbox.<trigger>.<kind>`; they are what the receiver may know. Answers the item's id. The
    receiver need not be in the actor's reach.
    """
    put_items(work, [NewItem(trigger, receiver_id, kind, about, about_id, facts, key, due_at, urgent)])
    return item_id_of(trigger, receiver_id, about_id, key)


def close_items(
    work: Work,
    about_id: str | Collection[str],
    *,
    triggers: Iterable[str] | None = None,
    receiver_id: str | None = None,
    key: str | None = None,
    kind: ItemKind = "to_do",
) -> int:
    """What was to be done about a matter (or several) is done, by whomever: the open to-dos go. Notices stay until they are read,
    but for those (`kind` notice) that say how far something has come once it has come farther.

    `triggers`, `receiver_id` and the beginning of their `key` narrow it. Answers how many were closed.
    """
    about = InboxItem.about_id == about_id if isinstance(about_id, str) else within(InboxItem.about_id, about_id)
    with work.with_system_reach() as session:
        found = sa.select(InboxItem).where(about, InboxItem.kind == kind, InboxItem.done_at.is_(None))
        if triggers is not None:
            found = found.where(InboxItem.trigger.in_(list(triggers)))
        if receiver_id is not None:
            found = found.where(InboxItem.receiver_id == receiver_id)
        if key is not None:
            found = found.where(InboxItem.key.startswith(key, autoescape=True))
        items = session.scalars(found).all()
        for item in items:
            item.done_at = work.now
        return len(items)


@handles(SeeItem, needs=Permission.READ_OWN_INBOX)
def see_item(work: Work, op: SeeItem) -> str:
    """A notice that was read is done; a to-do stays. Reading twice changes nothing; another's item is not there."""
    reader = work.device.person_id if work.device is not None else work.actor.person_id
    with work.with_system_reach() as session:
        item = session.get(InboxItem, op.item_id, with_for_update=True)
        if item is None or reader is None or item.receiver_id != reader:
            raise Problem("inbox.unknown", id=op.item_id)
        if item.seen_at is not None:
            return "merged"
        item.seen_at = work.now
        if item.kind == "notice":
            item.done_at = work.now
        ticked = ItemTicked(item.about, item.about_id, reader) if item.kind == "notice" else None
    if ticked is not None:
        tell(work, ticked)
    return "applied"


@handles(UnseeItem, needs=Permission.READ_OWN_INBOX)
def unsee_item(work: Work, op: UnseeItem) -> str:
    """A notice is open again; what a to-do asks for is not undone by this."""
    with work.with_system_reach() as session:
        item = session.get(InboxItem, op.item_id, with_for_update=True)
        if item is None or work.actor.person_id is None or item.receiver_id != work.actor.person_id:
            raise Problem("inbox.unknown", id=op.item_id)
        if item.kind != "notice" or item.seen_at is None:
            return "merged"
        item.seen_at = item.done_at = None
    return "applied"
