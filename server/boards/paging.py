"""A page of the board of many stores: the database adds up, orders and cuts; only the page's rows come here.

What a reader sees of a store as a whole is its line (BoardCount). Of other stores they see some people: those whom their units
lend, or, of a unit that is asked for, those who are at home there; these few are counted at the look.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.boards import STATES, BoardTotals, StoreToday, TodayBoard
from contract.moments import to_ms
from server.attendance.model import Punch
from server.boards.counting import BEHIND, LAGS, NUMBERS, SUMMED, reviews, sums_of_all, tablets, tallies
from server.boards.floors import COUNTS, STORE, Floor, Wanted, Within, add_kiosks, by_code_point, comparable_in, in_words
from server.boards.gathering import clocks_of
from server.boards.model import BoardCount, BoardRow
from server.boards.rules import KIOSK_SILENT_AFTER
from server.kernel import sets
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession, table_of
from server.stores.model import Partner, Store

_line = table_of(BoardCount)


class _Parts(NamedTuple):
    """What a store's numbers are read from: tables or sub-selects, by store."""

    counts: Any
    reviews: Any
    tablets: Any
    seen: Any


def counted_board(
    session: ScopedSession, now: datetime, kept: datetime, wanted: Wanted, within: Within | None
) -> TodayBoard:  # fmt: skip
    """The board out of rows that the worker last saw to at `kept`. Is it behind, devices are asked at the look and the board
    says as of when people's days are known."""
    fresh = now - kept < BEHIND
    searched = in_words(session, wanted)
    found, parts = _stores(session, now, wanted, within, fresh=fresh)
    numbers = {name: sa.func.coalesce(parts.counts.c[name], 0) for name in NUMBERS}
    posted = sum((parts.counts.c[name] for name in STATES[1:]), parts.counts.c[STATES[0]])
    numbers |= {"posted": sa.func.coalesce(posted, 0), "to_review": sa.func.coalesce(parts.reviews.c.to_review, 0)}
    shown: sa.ColumnElement[bool] = sa.true()
    if wanted.state == "staffed":
        some = (numbers["posted"], numbers["visitors"], numbers["to_review"])
        shown = sa.or_(*(number > 0 for number in some), parts.seen.is_not(None))
    elif wanted.state:
        shown = numbers[wanted.state] > 0
    found = found.where(shown, *searched)
    silent = sa.func.count().filter(parts.seen < now - KIOSK_SILENT_AFTER)
    sums = [sa.func.coalesce(sa.func.sum(number), 0).label(name) for name, number in numbers.items()]
    sums += [sa.func.count().label("stores"), silent.label("silent")]
    everything = session.info["actor"].has_everywhere(Permission.READ_STORES) and not searched
    is_all = everything and fresh and parts.counts is _line is parts.reviews
    totals = sums_of_all(session, now, staffed=bool(wanted.state)) if is_all and wanted.state in ("", "staffed") else None
    if totals is None:
        of_all = sa.select(*sums).select_from(_line).where(shown) if is_all else found.with_only_columns(*sums)
        totals = session.execute(of_all).one()
    page = found.with_only_columns(*STORE, *(numbers[name].label(name) for name in COUNTS))
    if is_all and wanted.sort in numbers:
        plain = {**{name: _line.c[name] for name in SUMMED}, "posted": posted}[wanted.sort]
        page = page.where(_on_this_page(session, numbers[wanted.sort], plain, shown, wanted))
    page = page.order_by(*_order(session, wanted, numbers, parts)).offset(wanted.after).limit(wanted.limit)
    rows = session.execute(page).all()
    return TodayBoard(
        as_of_ms=to_ms(now if fresh else kept),
        totals=BoardTotals(**{name: int(count) for name, count in totals._mapping.items()}),
        stores=_rows(session, rows, now),
        next_after=str(wanted.after + wanted.limit) if wanted.after + wanted.limit < totals.stores else None,
    )


def _on_this_page(
    session: ScopedSession, number: sa.ColumnElement[int], plain: sa.ColumnElement[int], shown: sa.ColumnElement[bool],
    wanted: Wanted,
) -> sa.ColumnElement[bool]:  # fmt: skip
    """Which lines can be on a page ordered by a number, or before it: up to the number of the page's last line. To join and sort
    the names of all other stores is what grew with the company (docs/figures.md)."""
    turned = sa.desc(plain) if wanted.descending else sa.asc(plain)
    asked = sa.select(plain).select_from(_line).where(shown).order_by(turned).offset(wanted.after + wanted.limit - 1)
    last = session.execute(asked.limit(1)).scalar_one_or_none()
    if last is None:
        return sa.true()  # the page reaches the end
    if wanted.descending:  # above nothing no store is without a line: said plainly, lines are looked up before names
        return plain >= last if last > 0 else number >= last
    return number <= last


def _rows(session: ScopedSession, rows: list[Any] | Any, now: datetime) -> list[StoreToday]:
    clocks = clocks_of(rows, now)
    floors = {row.id: Floor(row, clocks[row.id]) for row in rows}
    for row in rows:
        floors[row.id].take({name: getattr(row, name) for name in NUMBERS})
        floors[row.id].to_review = row.to_review
    add_kiosks(session, floors)
    return [floor.row(now) for floor in floors.values()]


def _order(session: ScopedSession, wanted: Wanted, numbers: dict[str, Any], parts: _Parts) -> list[Any]:
    """By a count, a word or the last sync, then by number; what has none comes last either way."""
    words = {"number": Store.number, "city": Store.city, "partner": Partner.name}
    turned = sa.desc if wanted.descending else sa.asc
    last = turned(by_code_point(session, Store.number))
    if wanted.sort in numbers:
        return [turned(numbers[wanted.sort]), last]
    if wanted.sort == "last_sync_ms":
        return [parts.tablets.c.last_sync.is_(None), turned(parts.tablets.c.last_sync), last]
    text = words.get(wanted.sort, Store.name)
    return [text == "", turned(comparable_in(session, text)), last]


def _stores(
    session: ScopedSession, now: datetime, wanted: Wanted, within: Within | None, *, fresh: bool
) -> tuple[Any, _Parts]:  # fmt: skip
    """The stores that are asked for, joined with what their numbers are read from."""
    actor: Actor = session.info["actor"]
    counts = _counts(session, now, within, fresh=fresh)
    heard = tablets().subquery("tablets") if wanted.sort == "last_sync_ms" or not fresh else None
    line = sa.alias(_line, "line") if counts is not _line else _line
    open_reviews: Any = line
    if not fresh or within is not None or not actor.has_everywhere(Permission.READ_PUNCHES):
        waiting = reviews(now)
        waiting = waiting if within is None else waiting.where(within.condition(Punch.store_id, Punch.person_id))
        open_reviews = waiting.subquery("waiting")
    found = sa.select(Store.id).select_from(Store).join(Partner, Partner.id == Store.partner_id)
    for part in dict.fromkeys((counts, line, open_reviews, heard)):
        if part is not None:
            found = found.outerjoin(part, part.c.store_id == Store.id)
    if within is not None:
        found = found.where(sa.or_(sets.within(Store.id, within.stores), counts.c.store_id.is_not(None)))
    return found, _Parts(counts, open_reviews, heard, line.c.seen_at if heard is None else heard.c.seen)


def _counts(session: ScopedSession, now: datetime, within: Within | None, *, fresh: bool) -> Any:
    """`store_id` and NUMBERS of each store, of the people whom the reader sees: the table of lines itself, where it says all."""
    actor: Actor = session.info["actor"]
    everywhere = actor.has_everywhere(Permission.READ_BOARD)
    narrow = sa.true() if within is None else within.condition(BoardRow.store_id, BoardRow.person_id)
    if not fresh:
        return tallies(now, narrow).subquery("counts")
    late = BoardCount.until <= now - LAGS
    is_late = session.execute(sa.select(BoardCount.store_id).where(late).limit(1)).first() is not None
    if everywhere and within is None and not is_late:
        return _line
    lines = sa.select(BoardCount.store_id, *(getattr(BoardCount, name) for name in NUMBERS))
    some: list[Any] = []
    if is_late:
        lines = lines.where(sa.not_(late))
        some.append(BoardRow.store_id.in_(sa.select(BoardCount.store_id).where(late)))
    places = None if everywhere else actor.stores_for(Permission.READ_BOARD)
    if within is not None:
        full = within.stores if places is None else places & within.stores
        by_home = BoardRow.person_id.in_(within.at_home)
    elif places is not None:
        full, by_home = places, sets.within(BoardRow.home_unit_id, places)
    if within is not None or places is not None:
        lines = lines.where(sets.within(BoardCount.store_id, full))
        theirs = sa.and_(by_home, ~sets.within(BoardRow.store_id, full))
        if session.execute(sa.select(BoardRow.id).where(theirs).limit(1)).first() is not None:
            some.append(theirs)
    if not some:
        return lines.subquery("counts")
    people = tallies(now, sa.and_(sa.or_(*some), narrow)).subquery("people")
    return sa.union_all(lines, sa.select(people)).subquery("counts")
