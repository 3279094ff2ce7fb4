"""Notices, receipts and how far each is at a store, as devices read them; and which notices a device holds."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from contract import wire
from contract.announcements import NoticeBody, NoticeRow, ReadersRow, ReceiptRow
from contract.moments import to_ms
from server.announcements.files import carried
from server.announcements.model import Announcement, Readers, Receipt
from server.kernel.db import table_of
from server.kernel.perform import DeviceFacts
from server.kernel.sets import within
from server.people.model import Person
from server.sync.registry import Bodies, projects

_notice, _receipt, _readers, _person = table_of(Announcement), table_of(Receipt), table_of(Readers), table_of(Person)
MOST_NAMED = 50
KEPT_MS = 30 * 86_400_000  # so long a notice that was withdrawn still says so


@projects("announcement")
def notices(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """What notices say. Of one that was withdrawn: that it was, and why."""
    asked = sa.select(_notice, _person.c.name.label("by_name")).join(_person, _person.c.id == _notice.c.author_id)
    found = {}
    for row in connection.execute(asked.where(within(_notice.c.id, ids))):
        body, gone = wire.convert(row.body, NoticeBody), row.withdrawn_at is not None
        found[row.id] = wire.encode(NoticeRow(
            id=row.id, title_zh=body.title_zh, title_en=body.title_en, text_zh="" if gone else body.text_zh,
            text_en="" if gone else body.text_en, by_name=row.by_name, confirm=body.confirm, urgent=body.urgent,
            published_ms=to_ms(row.published_at), until_ms=to_ms(row.until_at) if row.until_at is not None else None,
            withdrawn_ms=to_ms(row.withdrawn_at) if gone else None, withdrawn_because=row.withdrawn_because or "",
            attachments=[] if gone else body.attachments,
        ))  # fmt: skip
    return found


@projects("announcement_receipt")
def receipts(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """That somebody is to read a notice, and whether they have."""
    return {
        row.id: wire.encode(ReceiptRow(
            id=row.id, notice_id=row.notice_id, person_id=row.person_id, reached_ms=to_ms(row.reached_at),
            read_ms=to_ms(row.read_at) if row.read_at is not None else None,
            confirmed_ms=to_ms(row.confirmed_at) if row.confirmed_at is not None else None,
            reminded_ms=to_ms(row.reminded_at) if row.reminded_at is not None else None,
        ))
        for row in connection.execute(sa.select(_receipt).where(within(_receipt.c.id, ids)))
    }  # fmt: skip


@projects("announcement_readers")
def how_far(connection: sa.Connection, ids: Sequence[str], _device: DeviceFacts) -> Bodies:
    """Of how many at a store, how many have read (with must-confirm: confirmed), and the names of the rest."""
    r, q = _readers.c, _receipt.c
    found = {}
    asked = sa.select(_readers, _notice.c.body).join(_notice, _notice.c.id == r.notice_id).where(within(r.id, ids))
    for row in connection.execute(asked).all():
        must = wire.convert(row.body, NoticeBody).confirm
        missing = q.confirmed_at if must else q.read_at
        rest = connection.execute(
            sa.select(q.person_id, _person.c.name)
            .join(_person, _person.c.id == q.person_id)
            .where(q.notice_id == row.notice_id, q.unit_id == row.unit_id, missing.is_(None))
            .order_by(_person.c.name, q.person_id)
            .limit(MOST_NAMED)
        ).all()
        found[row.id] = wire.encode(ReadersRow(
            id=row.id, notice_id=row.notice_id, store_id=row.unit_id, of=row.reached,
            done=row.confirmed if must else row.seen, rest=[one.name for one in rest], rest_ids=[one.person_id for one in rest],
        ))  # fmt: skip
    return found


def held_by(connection: sa.Connection, people: Sequence[str]) -> dict[str, list[tuple[str, int | None]]]:
    """The notices that have reached people and are out, or were withdrawn: (notice, until when in epoch ms), by person."""
    found: dict[str, list[tuple[str, int | None]]] = {person: [] for person in people}
    asked = (
        sa.select(_receipt.c.person_id, _notice.c.id, _notice.c.until_at, _notice.c.withdrawn_at)
        .join(_notice, _notice.c.id == _receipt.c.notice_id)
        .where(within(_receipt.c.person_id, people), _notice.c.state.in_(("published", "withdrawn")), _receipt.c.over.is_(False))
    )
    for row in connection.execute(asked):
        until = to_ms(row.until_at) if row.until_at is not None else None
        if row.withdrawn_at is not None:
            until = min(until or 2**53, to_ms(row.withdrawn_at) + KEPT_MS)
        found[row.person_id].append((row.id, until))
    return found


def attached(connection: sa.Connection, notices: Sequence[str], sha256: str) -> str | None:
    """What kind of file one of these notices carries under this hash; None where none does."""
    asked = sa.select(_notice.c.body).where(within(_notice.c.id, notices), _notice.c.withdrawn_at.is_(None))
    bodies = (wire.convert(row.body, NoticeBody) for row in connection.execute(asked))
    return next((kind for kind in (carried(body, sha256) for body in bodies) if kind is not None), None)
