"""Arrival cards: who comes to a store, what may be known of them there, and what both sides have handed over.

A card never holds pay. The identity number reaches it masked, courses and scores through `known_past`; the field rules say
which of it the reader may see.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.moments import to_ms
from contract.postings import ArrivalRow, ArrivalsPage, ArrivalsQuery, ChecklistItem
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession
from server.kernel.fields import FieldView
from server.kernel.paging import page_of
from server.kernel.scope import whole
from server.org.model import Post
from server.people.model import Person
from server.people.readers import views_of
from server.postings import handover
from server.postings.known_past import Past, past_of
from server.postings.model import Arrival, HandOverItem, Posting
from server.postings.queries import stage_is
from server.stores.model import Store


def arrivals_page(session: ScopedSession, asked: ArrivalsQuery) -> ArrivalsPage:
    """Arrivals by their first day, the latest first, narrowed by what is asked and by who asks."""
    reader: Actor = session.info["actor"]
    found = sa.select(Arrival.id).join(Posting, Posting.id == Arrival.id)
    if asked.store_id is not None:
        found = found.where(Arrival.store_id == asked.store_id)
    if asked.stage is not None and reader.now is not None:
        found = found.where(stage_is(asked.stage, reader.now))
    if asked.open:
        open_items = sa.select(HandOverItem.posting_id).where(HandOverItem.done_at.is_(None))
        found = found.where(Arrival.id.in_(open_items))
    rows, following = page_of(
        session, found, [Posting.starts_at, Posting.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    ids = [row[0] for row in rows]
    cards = cards_for(session, ids)
    return ArrivalsPage(items=[cards[posting_id] for posting_id in ids], next_cursor=following)


def one_card(session: ScopedSession, posting_id: str) -> ArrivalRow | None:
    """One card, if the reader may know of it."""
    found = session.scalars(sa.select(Arrival.id).where(Arrival.id == posting_id)).one_or_none()
    return cards_for(session, [posting_id])[posting_id] if found is not None else None


def sides_for(session: ScopedSession, posting_id: str, reader: Actor) -> set[str]:
    """For which sides of a posting the reader may tick: a page shows those boxes only. `TickItem` judges again."""
    if reader.person_id is None or reader.now is None:
        return set()
    with whole(session) as everything:
        arrival = everything.get(Arrival, posting_id)
        posting = everything.get(Posting, posting_id)
        if arrival is None or posting is None:
            return set()
        return handover.sides_spoken_for(everything, posting, arrival, reader.person_id, reader.now)


def cards_for(session: ScopedSession, posting_ids: Sequence[str]) -> dict[str, ArrivalRow]:
    """These cards as the session's reader may see them."""
    reader: Actor = session.info["actor"]
    cards = whole_cards(session, posting_ids)
    views = views_of(session, reader, {card.person_id for card in cards.values()})
    return {posting_id: narrowed(card, views[card.person_id]) for posting_id, card in cards.items()}


def narrowed(card: ArrivalRow, view: FieldView) -> ArrivalRow:
    """The card without what the field rules hide from its reader."""
    shown = view.mode("id_number") != "hidden"
    return msgspec.structs.replace(
        card,
        person_name=view.show("name", card.person_name) or "",
        person_number=view.show("number", card.person_number) or "",
        home_unit=view.show("home_org", card.home_unit) or "",
        post_zh=view.show("post", card.post_zh),
        post_en=view.show("post", card.post_en),
        id_number=card.id_number if shown else None,
        courses=view.show("training", card.courses) or [],
        last_score=view.show("performance", card.last_score),
    )


def whole_cards(session: ScopedSession, posting_ids: Iterable[str]) -> dict[str, ArrivalRow]:
    """These cards with everything a card can hold; who may see how much of it is for the caller to say."""
    ids = list(posting_ids)
    with whole(session) as everything:
        rows = everything.execute(
            sa.select(Arrival, Posting, Person, Store.name, Post.name_zh, Post.name_en)
            .join(Posting, Posting.id == Arrival.id)
            .join(Person, Person.id == Arrival.person_id)
            .join(Store, Store.id == Arrival.store_id)
            .outerjoin(Post, Post.id == Posting.post_id)
            .where(Arrival.id.in_(ids))
        ).all()
        items = everything.scalars(
            sa.select(HandOverItem)
            .where(HandOverItem.posting_id.in_(ids))
            .order_by(HandOverItem.direction, HandOverItem.position, HandOverItem.id)
        ).all()
        named = {row[0].home_manager_id for row in rows} | {row[0].host_manager_id for row in rows}
        names = _names(everything, named | {item.done_by for item in items})
        past = past_of(everything.connection(), sorted({row[0].person_id for row in rows}))
        found = {}
        for arrival, posting, person, store_name, post_zh, post_en in rows:
            mine = [item for item in items if item.posting_id == arrival.id]
            known = past[arrival.person_id]
            found[arrival.id] = _card(arrival, posting, person, store_name, (post_zh, post_en), names, known, mine)
    return found


def _names(session: ScopedSession, person_ids: set[str | None]) -> dict[str | None, str]:
    wanted = sorted(person_id for person_id in person_ids if person_id is not None)
    found = session.execute(sa.select(Person.id, Person.name).where(Person.id.in_(wanted)))
    return {person_id: name for person_id, name in found}  # noqa: C416 - rows, not pairs


def _card(
    arrival: Arrival,
    posting: Posting,
    person: Person,
    store_name: str,
    post: tuple[str | None, str | None],
    names: Mapping[str | None, str],
    past: Past,
    items: Sequence[HandOverItem],
) -> ArrivalRow:
    return ArrivalRow(
        id=arrival.id,
        person_id=person.id,
        person_name=person.name,
        person_number=person.number,
        home_unit=person.home_org,
        store_id=arrival.store_id,
        store_name=store_name,
        starts_on=posting.starts_on.isoformat(),
        ends_on=posting.ends_on.isoformat() if posting.ends_on else None,
        starts_ms=to_ms(posting.starts_at),
        ends_ms=to_ms(posting.ends_at) if posting.ends_at else None,
        home_manager_id=arrival.home_manager_id,
        home_manager=names.get(arrival.home_manager_id),
        host_manager_id=arrival.host_manager_id,
        host_manager=names.get(arrival.host_manager_id),
        post_zh=post[0],
        post_en=post[1],
        id_number=past.id_number,
        courses=past.courses,
        last_score=past.last_score,
        items=[item_row(item, names) for item in items],
    )


def item_row(item: Any, names: Mapping[str | None, str]) -> ChecklistItem:
    """A line of a hand-over list. Both sides see both sides' lines."""
    return ChecklistItem(
        id=item.id,
        direction=item.direction,
        side=item.side,
        title_zh=item.title_zh,
        title_en=item.title_en,
        done_ms=to_ms(item.done_at) if item.done_at is not None else None,
        done_by=names.get(item.done_by) if item.done_by is not None else None,
        note=item.note,
    )
