"""What is read of notices: those one steers, one's own, who has read them, whom one would reach."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from contract.announcements import (
    AudiencePreview,
    NoticeBody,
    NoticeLine,
    NoticePage,
    NoticeQuery,
    Reader,
    ReaderPage,
    ReaderQuery,
    To,
)
from contract.moments import to_ms
from contract.wire import convert
from server.announcements.audience import audience, may_reach, names_of
from server.announcements.model import OUT, PUBLISH, Announcement, Readers, Receipt
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import containing, page_of
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.kernel.sets import within
from server.org.queries import company_day, tree_on
from server.people.model import Person

_person = table_of(Person)
SHOWN_NAMES = 12


def _reader(session: ScopedSession) -> Actor:
    found: Actor = session.info["actor"]
    return found


def notices(session: ScopedSession, asked: NoticeQuery) -> NoticePage:
    """Notices the newest first: those that reached the reader, or those whose sending or readers are theirs to see."""
    reader = _reader(session)
    found = sa.select(Announcement)
    if asked.own:
        mine = sa.select(Receipt.notice_id).where(Receipt.person_id == reader.person_id)
        found = found.where(Announcement.id.in_(mine), Announcement.state.in_(OUT))
    elif not reader.may(PUBLISH):
        raise Problem("access.not_allowed", needs=PUBLISH.value)
    elif not reader.has_everywhere(PUBLISH):  # what only reached oneself is not among those one steers
        steered = sa.select(Readers.notice_id)
        found = found.where(sa.or_(Announcement.author_id == reader.person_id, Announcement.id.in_(steered)))
    if asked.state is not None:
        found = found.where(Announcement.state == asked.state)
    if asked.words.strip():
        found = found.where(containing(Announcement.words, asked.words.strip()))
    keys = [Announcement.made_at, Announcement.id]
    rows, following = page_of(session, found, keys, limit=asked.limit, cursor=asked.cursor, descending=True)
    return NoticePage(items=_lines(session, [row[0] for row in rows], asked.own), next_cursor=following)


def notice(session: ScopedSession, notice_id: str, *, own: bool = False) -> NoticeLine:
    """One of them. Raises Problem when it is not there for the reader."""
    row = session.get(Announcement, notice_id)
    if row is None:
        raise Problem("announcements.unknown", field="notice_id", id=notice_id)
    return _lines(session, [row], own)[0]


def _lines(session: ScopedSession, rows: Sequence[Announcement], own: bool) -> list[NoticeLine]:
    counts = _own_counts(session, rows) if own else _counts(session, rows)
    with whole(session) as everything:
        names = names_of(everything, {row.author_id for row in rows})
    lines = []
    for row in rows:
        body = convert(row.body, NoticeBody)
        of, read, confirmed = counts.get(row.id, (0, 0, 0))
        lines.append(NoticeLine(
            id=row.id, state=row.state, body=body, by_id=row.author_id, by_name=names.get(row.author_id, ("", ""))[0],  # type: ignore[arg-type]
            published_ms=to_ms(row.published_at) if row.published_at is not None else None,
            withdrawn_because=row.withdrawn_because or "", of=of, read=read, confirmed=confirmed,
            done=confirmed if body.confirm else read,
        ))  # fmt: skip
    return lines


def _counts(session: ScopedSession, rows: Sequence[Announcement]) -> dict[str, tuple[int, int, int]]:
    """Of how many, read, confirmed: of the people whose readers the asker may see."""
    r = Readers
    asked = (
        sa.select(r.notice_id, sa.func.sum(r.reached), sa.func.sum(r.seen), sa.func.sum(r.confirmed))
        .where(within(r.notice_id, [row.id for row in rows]))
        .group_by(r.notice_id)
    )
    return {row[0]: (row[1], row[2], row[3]) for row in session.execute(asked)}


def _own_counts(session: ScopedSession, rows: Sequence[Announcement]) -> dict[str, tuple[int, int, int]]:
    asked = sa.select(Receipt).where(
        within(Receipt.notice_id, [row.id for row in rows]), Receipt.person_id == _reader(session).person_id
    )
    return {
        one.notice_id: (1, int(one.read_at is not None), int(one.confirmed_at is not None)) for one in session.scalars(asked)
    }


def readers(session: ScopedSession, asked: ReaderQuery) -> ReaderPage:
    """Who got it and who has read it, by name, as far as the asker steers notices where they work."""
    reader = _reader(session)
    if not reader.may(PUBLISH):
        raise Problem("access.not_allowed", needs=PUBLISH.value)
    line = notice(session, asked.notice_id)
    r = Receipt
    found = (
        sa.select(r, _person.c.name, _person.c.number)
        .join(_person, _person.c.id == r.person_id)
        .where(r.notice_id == asked.notice_id)
    )
    if not reader.has_everywhere(PUBLISH):
        found = found.where(within(r.unit_id, reader.stores_for(PUBLISH)))
    if asked.missing:
        found = found.where((r.confirmed_at if line.body.confirm else r.read_at).is_(None))
    if asked.words.strip():
        words = asked.words.strip()
        found = found.where(sa.or_(containing(_person.c.name_key, words), containing(_person.c.number, words)))
    rows, following = page_of(session, found, [_person.c.name, r.id], limit=asked.limit, cursor=asked.cursor)
    with whole(session) as everything:
        units = tree_on(everything, company_day(_now(session))).units
    items = [_one(row, units) for row in rows]
    return ReaderPage(items=items, of=line.of, read=line.read, confirmed=line.confirmed, next_cursor=following)


def _one(row: Any, units: Any) -> Reader:
    got: Receipt = row[0]
    unit = units.get(got.unit_id)
    return Reader(
        person_id=got.person_id, name=row.name, staff_no=row.number, where=unit.name if unit is not None else "",
        reached_ms=to_ms(got.reached_at), read_ms=to_ms(got.read_at) if got.read_at is not None else None,
        confirmed_ms=to_ms(got.confirmed_at) if got.confirmed_at is not None else None,
        reminded_ms=to_ms(got.reminded_at) if got.reminded_at is not None else None,
    )  # fmt: skip


def preview(session: ScopedSession, to: To) -> AudiencePreview:
    """Whom it would reach now: how many, by store or department, the first names. Only for who may write to all of them."""
    reader, now = _reader(session), _now(session)
    with whole(session) as everything:
        if not may_reach(reader, everything, to, now):
            raise Problem("access.out_of_scope", kind="announcement")
        people = audience(everything, to, now)
        units = tree_on(everything, company_day(now)).units
        names = names_of(everything, sorted(people)[:500])
    by_unit = Counter(units[unit].name if unit in units else "" for unit in people.values())
    return AudiencePreview(
        count=len(people), by_unit=sorted(by_unit.items(), key=lambda one: (-one[1], one[0])),
        names=sorted(name for name, _ in names.values())[:SHOWN_NAMES],
    )  # fmt: skip


def _now(session: ScopedSession) -> Any:
    moment = _reader(session).now
    assert moment is not None
    return moment
