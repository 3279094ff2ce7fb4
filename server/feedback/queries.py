"""Questions about tickets: lists by every filter, one with its story, the kinds there are."""

from __future__ import annotations

from typing import Any

import msgspec
import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.functions import FunctionElement

from contract.approvals import FormField
from contract.desks import SetCategory
from contract.feedback import CategoryRow, TicketPage, TicketQuery, TicketStory
from contract.moments import instant
from server.feedback.model import ANSWER, Category, Ticket, TicketEvent, TicketWords, desks_of_person
from server.feedback.rows import category_row, events_by_id, tickets_by_id
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.paging import page_of
from server.kernel.problems import Problem
from server.kernel.sets import within
from server.org.queries import is_below
from server.stores.model import Store

COUNTED = 1_000  # more than so many are not counted: nobody works through them, and counting them costs more than the list
FEW = 2_000  # tickets with the words of a search that are found before all else
_words = table_of(TicketWords)
# as literals: a partial index is used only where the condition is written out as it stands there
_OPEN = sa.literal_column("ticket.state in ('open','waiting')", sa.Boolean)
_LATE = sa.literal_column("ticket.is_late and ticket.state <> 'closed'", sa.Boolean)
_UNRATED = sa.literal_column("ticket.state = 'closed' and ticket.rating is null and ticket.desk_id is not null", sa.Boolean)


def category_called(session: ScopedSession, code: str) -> Category | None:
    """The kind of this code, retired or not."""
    return session.scalars(sa.select(Category).where(Category.code == code)).one_or_none()


def store_of_id(session: ScopedSession, store_id: str) -> Store | None:
    """The store of this id, where it is one."""
    return session.get(Store, store_id)


def categories(session: ScopedSession, *, retired: bool = False) -> list[CategoryRow]:
    """The kinds of tickets that may be filed, or those that may be no more."""
    c = Category
    is_retired = c.retired_at.is_not(None) if retired else c.retired_at.is_(None)
    return [category_row(row) for row in session.scalars(sa.select(c).where(is_retired).order_by(c.position, c.code))]


def category_ops(session: ScopedSession) -> list[SetCategory]:
    """The kinds in use as the operations that would set them: what an editor begins with."""
    found = session.scalars(sa.select(Category).where(Category.retired_at.is_(None)).order_by(Category.position, Category.code))
    return [
        SetCategory(
            category_id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, hint_zh=row.hint_zh,
            hint_en=row.hint_en, icon=row.icon, fields=msgspec.convert(row.fields, list[FormField]),  # type: ignore[arg-type]
            priority=row.priority, store_sees=row.store_sees, answered=row.answered,  # type: ignore[arg-type]
            position=row.position, stores=row.stores, posts=row.posts,
        )
        for row in found
    ]  # fmt: skip


def tickets_page(session: ScopedSession, asked: TicketQuery) -> TicketPage:
    """Tickets the reader sees, narrowed by what is asked; how many there are, counted up to COUNTED."""
    narrow = conditions(session, asked)
    keys: list[Any] = {
        "moved": [Ticket.moved_at, Ticket.id], "filed": [Ticket.filed_at, Ticket.id], "due": [Ticket.due_at, Ticket.id],
    }[asked.sort]  # fmt: skip
    rows, following = page_of(
        session, sa.select(Ticket.id).where(*narrow), keys, limit=asked.limit, cursor=asked.cursor,
        descending=asked.sort != "due",
    )  # fmt: skip
    ids = [row[0] for row in rows]
    if asked.cursor is None and following is None:
        count = len(ids)
    else:
        some = sa.select(Ticket.id).where(*narrow).limit(COUNTED).subquery()
        count = session.execute(sa.select(sa.func.count()).select_from(some)).scalar_one()
    return TicketPage(items=tickets_by_id(session.connection(), ids), count=count, next_cursor=following)


def conditions(session: ScopedSession, asked: TicketQuery) -> list[sa.ColumnElement[bool]]:
    """What a list is narrowed to; who sees what is the model's."""
    t, found = Ticket, []
    found += _of_view(session.info["actor"], asked.view)
    for column, value in (
        (t.state, asked.state), (t.category, asked.category), (t.priority, asked.priority), (t.store_id, asked.store_id),
        (t.desk_id, asked.desk_id), (t.holder_id, asked.holder_id), (t.author_id, asked.author_id),
    ):  # fmt: skip
        if value is not None:
            found.append(column == value)
    if asked.open:
        found.append(_OPEN)
    if asked.unit_id is not None:
        found.append(is_below(session, t.unit_id, asked.unit_id))
    if words := asked.words.split()[:5]:
        found.append(_found_by(session, [_has(word) for word in words]))
    if asked.from_ms is not None:
        found.append(t.filed_at >= instant(asked.from_ms))
    if asked.until_ms is not None:
        found.append(t.filed_at < instant(asked.until_ms))
    return found


def _found_by(session: ScopedSession, holds: list[sa.ColumnElement[bool]]) -> sa.ColumnElement[bool]:
    """Tickets with these words. Where few have them, they are found first; where many do, each ticket of the list is asked, for a
    page of them is soon full: either alone takes seconds where the other takes a moment."""
    matching = sa.select(_words.c.id).where(*holds)
    few = list(session.connection().scalars(matching.limit(FEW + 1)))
    return within(Ticket.id, few) if len(few) <= FEW else Ticket.id.in_(matching)


class _Holds(FunctionElement[bool]):
    """Whether the first text holds the second, letter for letter; % and _ mean themselves."""

    type = sa.Boolean()
    inherit_cache = True


@compiles(_Holds)
def _holds(element: _Holds, compiler: Any, **options: Any) -> str:
    text, wanted = (compiler.process(each, **options) for each in element.clauses)
    return f"({'strpos' if compiler.dialect.name == 'postgresql' else 'instr'}({text}, {wanted}) > 0)"


def _has(word: str) -> sa.ColumnElement[bool]:
    """Whether a ticket's words, which are kept in lower case, hold this one."""
    return _Holds(_words.c.words, sa.literal(word.lower()))


def _of_view(actor: Actor, view: str) -> list[sa.ColumnElement[bool]]:
    t = Ticket
    if view == "mine":
        return [t.author_id == actor.person_id]
    if view == "to_answer":
        return [_OPEN, _to_answer(actor)]
    views: dict[str, list[sa.ColumnElement[bool]]] = {
        "unassigned": [t.holder_id.is_(None), _OPEN],
        "late": [_LATE],
        "waiting": [t.state == "waiting"],
        "unrated": [_UNRATED],
    }
    return views.get(view, [])


def _to_answer(actor: Actor) -> sa.ColumnElement[bool]:
    """At a desk of theirs, or at a store where they answer."""
    at_desk = Ticket.desk_id.in_(desks_of_person(actor.person_id))
    units = actor.stores_for(ANSWER)
    return sa.or_(at_desk, sa.and_(Ticket.store_sees, within(Ticket.unit_id, units))) if units else at_desk


def story(session: ScopedSession, ticket_id: str) -> TicketStory:
    """A ticket with its events, as far as the reader may read them. Raises Problem where it is not there for them."""
    found = session.scalars(sa.select(Ticket.id).where(Ticket.id == ticket_id)).one_or_none()
    if found is None:
        raise Problem("feedback.unknown", field="ticket_id", id=ticket_id)
    connection = session.connection()
    ids = list(session.scalars(sa.select(TicketEvent.id).where(TicketEvent.ticket_id == ticket_id)))
    return TicketStory(ticket=tickets_by_id(connection, [ticket_id])[0], events=events_by_id(connection, ids))
