"""Questions about triggers, channels and what is to be sent. Whose they are, is the session's rule."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import sqlalchemy as sa

from contract.channels import (
    ChannelList,
    ChannelRow,
    DeliveriesQuery,
    DeliveryPage,
    DeliveryRow,
    ToldRow,
    TriggerRow,
    TriggerTable,
)
from contract.moments import to_ms
from contract.triggers import TRIGGERS
from server.inbox.channels_model import Channel, Delivery, PushSubscription, Wish
from server.inbox.model import InboxItem
from server.kernel.db import ScopedSession
from server.kernel.paging import page_of
from server.kernel.scope import whole
from server.people.model import Person

MONTH = timedelta(days=30)


def trigger_table(session: ScopedSession, now: datetime) -> TriggerTable:
    """Every trigger with the channels of its group, when it was last put and how often in 30 days. Whose items, is not said."""
    counted = sa.select(
        InboxItem.trigger, sa.func.max(InboxItem.born_at), sa.func.count().filter(InboxItem.born_at >= now - MONTH)
    ).group_by(InboxItem.trigger)
    with whole(session) as every:
        found = {row[0]: row for row in every.execute(counted)}
    live = session.scalars(sa.select(Channel).where(Channel.retired_at.is_(None)).order_by(Channel.name)).all()
    rows = []
    for one in TRIGGERS:
        _, last, month = found.get(one.key, (one.key, None, 0))
        rows.append(
            TriggerRow(
                key=one.key, number=one.number, group=one.group, kinds=list(one.kinds), urgent=one.urgent,
                beside=list(one.beside), channels=[channel.name for channel in live if one.group in channel.groups],
                last_ms=to_ms(last) if last is not None else None, month=month,
            )
        )  # fmt: skip
    return TriggerTable(triggers=rows)


def trigger_log(session: ScopedSession, key: str, *, most: int = 100) -> list[tuple[datetime, str, str, bool, str]]:
    """The latest items of a trigger: when, for whom, which kind, whether it is over, who that is by id. What they say is their
    receivers' own."""
    found = (
        sa.select(InboxItem.born_at, Person.name, InboxItem.kind, InboxItem.done_at, Person.id)
        .join(Person, Person.id == InboxItem.receiver_id)
        .where(InboxItem.trigger == key)
        .order_by(InboxItem.born_at.desc(), InboxItem.id)
        .limit(most)
    )
    with whole(session) as every:
        return [(row[0], row[1], row[2], row[3] is not None, row[4]) for row in every.execute(found)]


def channel_list(session: ScopedSession) -> ChannelList:
    """Channels, those in use first, with how their last test went."""
    channels = session.scalars(sa.select(Channel).order_by(Channel.retired_at.is_not(None), Channel.name, Channel.id)).all()
    counted = sa.select(
        Delivery.channel_id,
        sa.func.count().filter(Delivery.state == "waiting"),
        sa.func.count().filter(Delivery.state == "dead", Delivery.trigger != ""),
        sa.func.max(Delivery.ended_at).filter(Delivery.state == "sent"),
    ).group_by(Delivery.channel_id)
    counts = {row[0]: row for row in session.execute(counted)}
    tested = sa.select(Delivery).where(Delivery.trigger == "").order_by(Delivery.born_at, Delivery.id)
    tests = {row.channel_id: row for row in session.scalars(tested)}
    none = (None, 0, 0, None)
    return ChannelList(channels=[_channel_row(one, counts.get(one.id, none), tests.get(one.id)) for one in channels])


def _channel_row(one: Channel, counts: Any, test: Delivery | None) -> ChannelRow:
    state: Any = test.state if test is not None else None
    kind: Any = one.kind
    language: Any = one.language
    return ChannelRow(
        id=one.id, name=one.name, kind=kind, shown=one.shown, groups=one.groups, language=language, whole=one.whole,
        retired_ms=_ms(one.retired_at), waiting=counts[1], dead=counts[2], sent_ms=_ms(counts[3]), test=state,
        test_ms=_ms(test.ended_at or test.born_at) if test is not None else None, test_said=test.said if test is not None else "",
    )  # fmt: skip


def _ms(moment: datetime | None) -> int | None:
    return to_ms(moment) if moment is not None else None


def delivery_page(session: ScopedSession, asked: DeliveriesQuery) -> DeliveryPage:
    """Messages, the newest first, and how many there are in each state."""
    found = (
        sa.select(Delivery, Channel.name, Person.name)
        .outerjoin(Channel, Channel.id == Delivery.channel_id)
        .outerjoin(Person, Person.id == Delivery.person_id)
    )
    for column, value in (
        (Delivery.state, asked.state), (Delivery.channel_id, asked.channel_id), (Delivery.trigger, asked.trigger)
    ):  # fmt: skip
        if value is not None:
            found = found.where(column == value)
    counts = {row[0]: row[1] for row in session.execute(sa.select(Delivery.state, sa.func.count()).group_by(Delivery.state))}
    rows, following = page_of(
        session, found, [Delivery.born_at, Delivery.id], limit=asked.limit, cursor=asked.cursor, descending=True
    )
    return DeliveryPage(deliveries=[_delivery_row(*row[:3]) for row in rows], counts=counts, next_cursor=following)


def _delivery_row(one: Any, channel: str | None, person: str | None) -> DeliveryRow:
    return DeliveryRow(
        id=one.id, trigger=one.trigger, via=one.via, channel_id=one.channel_id, channel=channel or "", person_id=one.person_id,
        person=person or "", state=one.state, tries=one.tries, said=one.said, born_ms=to_ms(one.born_at),
        due_ms=to_ms(one.due_at), ended_ms=_ms(one.ended_at),
    )  # fmt: skip


def wish_row(row: Any) -> ToldRow:
    """A wish as its owner reads it. `row` is a Wish or a row of its table."""
    return ToldRow(
        language=row.language, zone=row.zone, quiet_from_min=row.quiet_from_min, quiet_until_min=row.quiet_until_min,
        email=row.email, email_groups=row.email_groups, push_groups=row.push_groups,
    )  # fmt: skip


def own_wish(session: ScopedSession) -> ToldRow:
    """What the reader wishes; what counts for everybody when they have said nothing."""
    row = session.scalar(sa.select(Wish))
    return wish_row(row) if row is not None else ToldRow()


def own_browsers(session: ScopedSession) -> list[PushSubscription]:
    """The reader's own browsers that are told, the oldest first."""
    return list(session.scalars(sa.select(PushSubscription).order_by(PushSubscription.since)))
