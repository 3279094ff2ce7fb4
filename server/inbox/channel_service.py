"""What HQ does to channels and dead letters, and people to how they are told."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from contract.channels import (
    DropDeliveries,
    RetireChannel,
    RetryDeliveries,
    SetChannel,
    Subscribe,
    TestChannel,
    Unsubscribe,
    WishNotices,
    wish_fault,
)
from contract.ids import derived_id
from contract.moments import instant
from contract.wire import encode
from server.inbox import addresses, planning, webpush
from server.inbox.channels_model import Channel, Delivery, PushSubscription, Wish
from server.kernel.actors import Permission
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem

MOST_CHANNELS, MOST_BROWSERS = 20, 10


@handles(SetChannel, needs=Permission.MANAGE_CHANNELS)
def set_channel(work: Work, op: SetChannel) -> None:
    """Where an address leads was asked before (`addresses.check_target`), and is asked again whenever something is sent."""
    session = work.session
    channel = session.get(Channel, op.channel_id, with_for_update=True)
    if channel is not None and channel.retired_at is not None:
        raise Problem("channels.retired", id=op.channel_id)
    if channel is not None and channel.kind != op.kind:
        raise Problem("channels.kind_fixed", field="kind")
    if channel is None and op.url is None:
        raise Problem("channels.url_needed", field="url")
    others = list(session.scalars(sa.select(Channel).where(Channel.retired_at.is_(None), Channel.id != op.channel_id)))
    if op.kind == "email" and any(other.kind == "email" for other in others):
        raise Problem("channels.one_mail", field="kind")
    if len(others) >= MOST_CHANNELS:
        raise Problem("channels.too_many", most=MOST_CHANNELS)
    said: dict[str, Any] = {
        "name": op.name, "groups": sorted(set(op.groups)), "language": op.language, "whole": op.whole, "set_at": work.now,
    }  # fmt: skip
    if op.url is not None:
        said["shown"] = addresses.seen_of(op.kind, op.url)[:300]
        said["url"] = addresses.seal(work.secret, op.channel_id, "url", op.url, op_id=work.act.op_id)
    if channel is None:
        work.add(Channel(id=op.channel_id, kind=op.kind, retired_at=None, retired_because=None, **said))
        return
    for name, value in said.items():
        setattr(channel, name, value)


def _live(work: Work, channel_id: str) -> Channel:
    channel: Channel = work.find(Channel, channel_id, "channels.unknown")
    if channel.retired_at is not None:
        raise Problem("channels.retired", id=channel_id)
    return channel


@handles(TestChannel, needs=Permission.MANAGE_CHANNELS)
def test_channel(work: Work, op: TestChannel) -> None:
    """A message like any other, but that it is about nothing and waits for nobody."""
    channel = _live(work, op.channel_id)
    if channel.kind == "email" and not op.email:
        raise Problem("channels.email_needed", field="email")
    planning.write(work.session.connection(), [{
        "id": derived_id("delivery", channel.id, "test", op.test_id), "item_id": None, "person_id": None,
        "channel_id": channel.id, "subscription_id": None, "via": channel.kind, "lane": f"test {channel.id}",
        "trigger": "", "address": op.email, "urgent": True, "born_at": work.now, "due_at": work.now,
    }])  # fmt: skip


test_channel.__test__ = False  # type: ignore[attr-defined]


@handles(RetireChannel, needs=Permission.MANAGE_CHANNELS)
def retire_channel(work: Work, op: RetireChannel) -> str:
    """Retiring it twice changes nothing."""
    channel: Channel = work.find(Channel, op.channel_id, "channels.unknown")
    if channel.retired_at is not None:
        return "merged"
    channel.retired_at, channel.retired_because, channel.url = work.now, op.reason, ""
    waiting = sa.select(Delivery).where(Delivery.channel_id == channel.id, Delivery.state.in_(["waiting", "dead"]))
    for delivery in work.session.scalars(waiting):
        delivery.state, delivery.ended_at, delivery.claimed_until = "dropped", work.now, None
    return "applied"


def _dead(work: Work, ids: list[str]) -> list[Delivery]:
    found = list(work.session.scalars(sa.select(Delivery).where(Delivery.id.in_(ids)).with_for_update()))
    if len(found) != len(set(ids)) or any(one.state != "dead" for one in found):
        raise Problem("channels.not_dead")
    return found


@handles(RetryDeliveries, needs=Permission.MANAGE_CHANNELS)
def retry_deliveries(work: Work, op: RetryDeliveries) -> None:
    """They wait again, and are sent under the ids they had."""
    for one in _dead(work, op.deliveries):
        one.state, one.tries, one.due_at, one.ended_at, one.claimed_until = "waiting", 0, work.now, None, None


@handles(DropDeliveries, needs=Permission.MANAGE_CHANNELS)
def drop_deliveries(work: Work, op: DropDeliveries) -> None:
    """Why stands with what was said last."""
    for one in _dead(work, op.deliveries):
        one.state, one.said = "dropped", f"{op.reason} | {one.said}"[:500]


def _self(work: Work) -> str:
    who = work.device.person_id if work.device is not None else work.actor.person_id
    if who is None:
        raise Problem("channels.no_person")
    return who


@handles(WishNotices, needs=Permission.READ_OWN_INBOX)
def wish(work: Work, op: WishNotices) -> None:
    """The later word counts: of the same wish said before and heard later nothing is kept."""
    fault = wish_fault(op)
    if fault is not None:
        raise Problem(fault[1], field=fault[0], zone=op.zone)
    who = _self(work)
    said_at = instant(work.act.taken.at_ms)
    said: dict[str, Any] = {
        "language": op.language, "zone": op.zone, "quiet_from_min": op.quiet_from_min, "quiet_until_min": op.quiet_until_min,
        "email": op.email, "email_groups": op.email_groups, "push_groups": op.push_groups, "said_at": said_at,
    }  # fmt: skip
    with work.with_system_reach() as session:
        known = session.get(Wish, derived_id("wish", who), with_for_update=True)
        if known is None:
            session.add(Wish(id=derived_id("wish", who), person_id=who, **said))
        elif known.said_at <= said_at:
            for name, value in said.items():
                setattr(known, name, value)


def subscription_id(person_id: str, endpoint: str) -> str:
    """The id of a browser that tells one person."""
    return derived_id("push", person_id, endpoint)


@handles(Subscribe, needs=Permission.READ_OWN_INBOX)
def subscribe(work: Work, op: Subscribe) -> None:
    """Saying it again changes nothing; of very many browsers of one person the oldest is forgotten."""
    if webpush.keys_fault(op.p256dh, op.auth):
        raise Problem("channels.key_wrong", field="p256dh")
    who = _self(work)
    row_id = subscription_id(who, op.endpoint)
    kept = encode({"endpoint": op.endpoint, "p256dh": op.p256dh, "auth": op.auth}).decode()
    with work.with_system_reach() as session:
        mine = sa.select(PushSubscription).where(PushSubscription.person_id == who).order_by(PushSubscription.since)
        known = {row.id: row for row in session.scalars(mine)}
        sealed = addresses.seal(work.secret, row_id, "push", kept, op_id=work.act.op_id)
        if row_id in known:
            known[row_id].sealed = sealed
            return
        for row in list(known.values())[: max(0, len(known) + 1 - MOST_BROWSERS)]:
            session.delete(row)
        host = (urlsplit(op.endpoint).hostname or "")[:120]
        session.add(PushSubscription(id=row_id, person_id=who, sealed=sealed, host=host, since=work.now))


@handles(Unsubscribe, needs=Permission.READ_OWN_INBOX)
def unsubscribe(work: Work, op: Unsubscribe) -> str:
    """Another's browser is not there; saying it twice changes nothing."""
    who = _self(work)
    with work.with_system_reach() as session:
        row = session.get(PushSubscription, op.subscription_id)
        if row is None or row.person_id != who:
            return "merged"
        session.delete(row)
    return "applied"
