"""Tickets, their events and kinds as devices and the API read them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from datetime import datetime
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.approvals import FormField
from contract.feedback import CategoryRow, Hop, TicketEventRow, TicketRow
from contract.moments import to_ms
from server.feedback.desks_model import Desk
from server.feedback.model import Category, Ticket, TicketEvent, TicketPhoto
from server.kernel.db import table_of
from server.kernel.sets import within
from server.people.model import Person
from server.stores.model import Store

_ticket, _event, _photo, _category = (table_of(one) for one in (Ticket, TicketEvent, TicketPhoto, Category))
_person, _store, _desk = table_of(Person), table_of(Store), table_of(Desk)
_FIELDS = list[FormField]
_GOES_OUT = [column for column in _ticket.c if column.key not in ("fix", "scopes", "inner_scopes", "rule_id", "device_id")]


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment is not None else None


def tickets_by_id(connection: sa.Connection, ids: Collection[str]) -> list[TicketRow]:
    """Tickets as they stand, in the order of their ids as given."""
    author, holder = _person.alias("author"), _person.alias("holder")
    asked = (
        sa.select(
            *_GOES_OUT, author.c.name.label("author_name"), holder.c.name.label("holder_name"),
            _store.c.name.label("store_name"), _desk.c.name_zh.label("desk_zh"), _desk.c.name_en.label("desk_en"),
        )
        .join(author, author.c.id == _ticket.c.author_id)
        .outerjoin(holder, holder.c.id == _ticket.c.holder_id)
        .outerjoin(_store, _store.c.id == _ticket.c.store_id)
        .outerjoin(_desk, _desk.c.id == _ticket.c.desk_id)
        .where(within(_ticket.c.id, list(ids)))
    )  # fmt: skip
    found = {row.id: row for row in connection.execute(asked)}
    states = _photo_states(connection, {photo for row in found.values() for photo in row.photos})
    return [_ticket_row(found[one], states) for one in ids if one in found]


def _photo_states(connection: sa.Connection, photos: Collection[str]) -> dict[str, tuple[str, str | None, str | None]]:
    """How far each photo is, by its hash: the same bytes are judged once for all that name them."""
    if not photos:
        return {}
    asked = sa.select(_photo.c.photo, _photo.c.state, _photo.c.code, _photo.c.shown).where(_photo.c.photo.in_(sorted(photos)))
    return {row.photo: (row.state, row.code, row.shown) for row in connection.execute(asked.distinct())}


def _missing(photos: Iterable[str], states: dict[str, tuple[str, str | None, str | None]]) -> list[str]:
    return [one for one in photos if states.get(one, ("awaited", None, None))[0] == "awaited"]


def _shown(photos: Iterable[str], states: dict[str, tuple[str, str | None, str | None]]) -> dict[str, str]:
    return {one: states[one][2] or "" for one in photos if one in states and states[one][2] is not None}


def _faults(photos: Iterable[str], states: dict[str, tuple[str, str | None, str | None]]) -> dict[str, str]:
    return {one: states[one][1] or "" for one in photos if one in states and states[one][0] == "refused"}


def _ticket_row(row: Any, states: dict[str, tuple[str, str | None, str | None]]) -> TicketRow:
    return TicketRow(
        id=row.id, number=row.number, category=row.category, category_zh=row.category_zh, category_en=row.category_en,
        icon=row.icon, store_id=row.store_id, store_name=row.store_name or "", author_id=row.author_id,
        author_name=row.author_name, state=row.state, priority=row.priority, text=row.text, form=row.form,
        labels=msgspec.convert(row.labels, _FIELDS), photos=row.photos, spot=row.spot, desk_id=row.desk_id,
        desk_zh=row.desk_zh or "", desk_en=row.desk_en or "", holder_id=row.holder_id, holder_name=row.holder_name or "",
        hops=[_hop(one) for one in row.hops], filed_ms=to_ms(row.filed_at), arrived_ms=to_ms(row.arrived_at),
        first_reply_ms=_ms(row.first_reply_at), first_reply_min=row.first_reply_min, first_due_ms=_ms(row.first_due_at),
        first_late=row.first_late, resolved_ms=_ms(row.resolved_at), resolve_min=row.resolve_min,
        resolve_due_ms=_ms(row.resolve_due_at), late=row.late, paused_ms=_ms(row.paused_at), pause_reason=row.pause_reason,
        rating=row.rating, closed_ms=_ms(row.closed_at), events=row.events, moved_ms=to_ms(row.moved_at),
        watchers=row.watchers, may_answer=row.may_answer, store_sees=row.store_sees, marks=row.marks,
        photos_missing=_missing(row.photos, states), photo_faults=_faults(row.photos, states),
        photos_shown=_shown(row.photos, states),
    )  # fmt: skip


def _hop(one: dict[str, Any]) -> Hop:
    return Hop(
        kind=one["kind"], name_zh=one["name_zh"], name_en=one["name_en"], from_ms=one["from_ms"], until_ms=one["until_ms"],
        worked_min=one["worked_min"],
    )  # fmt: skip


def events_by_id(
    connection: sa.Connection, ids: Collection[str], *, but_inner_of: str | None = None
) -> list[TicketEventRow]:  # fmt: skip
    """Events, by ticket and number. `but_inner_of`: without the internal ones of this person's own tickets."""
    by, person = _person.alias("by_person"), _person.alias("named")
    asked = (
        sa.select(
            _event, by.c.name.label("by_name"), person.c.name.label("person_name"), _desk.c.name_zh.label("desk_zh"),
            _desk.c.name_en.label("desk_en"),
        )
        .outerjoin(by, by.c.id == _event.c.by_id)
        .outerjoin(person, person.c.id == _event.c.person_id)
        .outerjoin(_desk, _desk.c.id == _event.c.desk_id)
        .where(within(_event.c.id, list(ids)))
        .order_by(_event.c.ticket_id, _event.c.number)
    )  # fmt: skip
    if but_inner_of is not None:
        asked = asked.where(sa.or_(sa.not_(_event.c.internal), _event.c.author_id != but_inner_of))
    rows = connection.execute(asked).all()
    states = _photo_states(connection, {photo for row in rows for photo in row.photos})
    return [
        TicketEventRow(
            id=row.id, ticket_id=row.ticket_id, number=row.number, kind=row.kind, by_id=row.by_id, by_name=row.by_name or "",
            at_ms=to_ms(row.at), arrived_ms=to_ms(row.arrived_at), text=row.text, form=row.form, photos=row.photos,
            internal=row.internal, desk_zh=row.desk_zh or "", desk_en=row.desk_en or "", person_name=row.person_name or "",
            priority=row.priority, rating=row.rating, over=row.over_ids, photos_missing=_missing(row.photos, states),
            photo_faults=_faults(row.photos, states), photos_shown=_shown(row.photos, states),
        )
        for row in rows
    ]  # fmt: skip


def categories_by_id(connection: sa.Connection, ids: Sequence[str]) -> list[CategoryRow]:
    """Kinds of tickets that may be filed; what is retired is not among them."""
    c = _category.c
    asked = sa.select(_category).where(within(c.id, list(ids)), c.retired_at.is_(None))
    return [category_row(row) for row in connection.execute(asked.order_by(c.position, c.code))]


def category_row(row: Any) -> CategoryRow:
    """A kind of ticket out of its row."""
    return CategoryRow(
        id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, hint_zh=row.hint_zh, hint_en=row.hint_en,
        icon=row.icon, fields=msgspec.convert(row.fields, _FIELDS), priority=row.priority, answered=row.answered,
        position=row.position,
    )  # fmt: skip
