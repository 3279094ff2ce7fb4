"""What goes out beside the inbox, on the wire: HQ's channels, what people wish, what is still to be sent and what could not be.

A channel's address holds secrets (passwords, tokens): it is sealed before it is kept, never written to the operation log and
never handed out again; `shown` is what may be seen of it.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Annotated, Any, Literal
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import Meta

from contract.limits import BornId, Code, Id, Label, Reason, Zone
from contract.moments import day_starts_at
from contract.triggers import Group
from contract.wire import Wire, operation

ChannelKind = Literal["email", "webhook", "chat"]
Via = Literal["email", "webhook", "chat", "push"]
Language = Literal["zh", "en"]
DeliveryState = Literal["waiting", "sent", "dead", "dropped", "moot"]
Groups = Annotated[list[Group], Meta(max_length=20)]
Minute = Annotated[int, Meta(ge=0, le=1439, description="minutes after midnight")]
Target = Annotated[str, Meta(min_length=8, max_length=1000, pattern=r"^[\x21-\x7e]+$(?!\n)")]
Email = Annotated[str, Meta(max_length=254, pattern=r"^([A-Za-z0-9.!#$%&'*+/=?^_`{|}~-]{1,64}@[A-Za-z0-9.-]{1,189})?$(?!\n)")]
Endpoint = Annotated[str, Meta(min_length=12, max_length=800, pattern=r"^https?://[\x21-\x7e]+$(?!\n)")]
PushKey = Annotated[str, Meta(min_length=16, max_length=120, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
MOST_AT_ONCE = 200


@operation("inbox.set_channel/1", secret_fields=("url",))
class SetChannel(Wire, frozen=True, kw_only=True):
    """HQ sets up a channel, or changes it. `url` absent: as it was. `groups`: which triggers go over it; none: the channel rests.

    email     smtp://user:password@host:587/?from=a@b.c (STARTTLS), smtps:// (TLS from the start); each person's own address
    webhook   https://…: one POST for each item, for systems of the company
    chat      an Apprise address of a group's robot (dingtalk://, wecombot://, feishu://, lark://, …): one line for each matter

    `whole`: a webhook is sent the whole sentence too; otherwise it reads what a locked screen may show, as groups always do.
    """

    channel_id: BornId
    name: Label
    kind: ChannelKind
    url: Target | None = None
    groups: Groups = []
    language: Language = "zh"
    whole: bool = False


@operation("inbox.test_channel/1")
class TestChannel(Wire, frozen=True, kw_only=True):
    """Something harmless is sent over a channel now; how it went stands at the channel. Mail goes to `email`."""

    __test__ = False
    channel_id: Id
    test_id: BornId
    email: Email = ""


@operation("inbox.retire_channel/1")
class RetireChannel(Wire, frozen=True, kw_only=True):
    """Nothing goes over it any more; what waits is dropped. Its address is forgotten."""

    channel_id: Id
    reason: Reason


@operation("inbox.retry_deliveries/1")
class RetryDeliveries(Wire, frozen=True, kw_only=True):
    """Dead letters are tried anew, from the first try."""

    deliveries: Annotated[list[Id], Meta(min_length=1, max_length=MOST_AT_ONCE)]


@operation("inbox.drop_deliveries/1")
class DropDeliveries(Wire, frozen=True, kw_only=True):
    """Dead letters are not tried any more. The items stay in their receivers' inboxes."""

    deliveries: Annotated[list[Id], Meta(min_length=1, max_length=MOST_AT_ONCE)]
    reason: Reason


@operation("inbox.wish/1")
class WishNotices(Wire, frozen=True, kw_only=True):
    """How I want to be told beside my inbox: from the console or my phone; the later word counts.

    Quiet hours are both or neither, in `zone`; they may pass midnight. What is not urgent waits until they are over. `email`
    empty: no mail. `email_groups`, `push_groups` absent: what the table of triggers says.
    """

    language: Language
    zone: Zone = "Asia/Shanghai"
    quiet_from_min: Minute | None = None
    quiet_until_min: Minute | None = None
    email: Email = ""
    email_groups: Groups | None = None
    push_groups: Groups | None = None


@operation("inbox.subscribe/1", secret_fields=("endpoint", "p256dh", "auth"))
class Subscribe(Wire, frozen=True, kw_only=True):
    """This browser wants to be told: where its push service takes messages, and the keys they are sealed with (RFC 8291)."""

    endpoint: Endpoint
    p256dh: PushKey
    auth: PushKey


@operation("inbox.unsubscribe/1")
class Unsubscribe(Wire, frozen=True, kw_only=True):
    """That browser of mine is told nothing any more."""

    subscription_id: Id


# -- rows and questions ---------------------------------------------------------------------------------------------------


class ToldRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What somebody wishes, as they read it themselves."""

    language: Language = "zh"
    zone: str = "Asia/Shanghai"
    quiet_from_min: int | None = None
    quiet_until_min: int | None = None
    email: str = ""
    email_groups: list[Group] | None = None
    push_groups: list[Group] | None = None


class TriggerRow(Wire, frozen=True, kw_only=True):
    """A trigger, the channels its group goes over, and how often it was put in the last 30 days."""

    key: str
    number: str
    group: Group
    kinds: list[str]
    urgent: bool
    beside: list[str]
    channels: list[str]
    last_ms: int | None
    month: int


class TriggerTable(Wire, frozen=True, kw_only=True):
    """All triggers."""

    triggers: list[TriggerRow]


class ChannelRow(Wire, frozen=True, kw_only=True):
    """A channel. `test`: how the last test ended (`waiting`: it is being sent), with what the other side said."""

    id: str
    name: str
    kind: ChannelKind
    shown: str
    groups: list[Group]
    language: Language
    whole: bool
    retired_ms: int | None
    waiting: int
    dead: int
    sent_ms: int | None
    test: DeliveryState | None
    test_ms: int | None
    test_said: str


class ChannelList(Wire, frozen=True, kw_only=True):
    """All channels, those in use first."""

    channels: list[ChannelRow]


class DeliveriesQuery(Wire, frozen=True, kw_only=True):
    """What was to be sent, by state and channel, the newest first."""

    state: DeliveryState | None = None
    channel_id: Id | None = None
    trigger: Code | None = None
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class DeliveryRow(Wire, frozen=True, kw_only=True):
    """One message: for whom, over what, how often tried, what was said last. `trigger` empty: a test."""

    id: str
    trigger: str
    via: Via
    channel_id: str | None
    channel: str
    person_id: str | None
    person: str
    state: DeliveryState
    tries: int
    said: str
    born_ms: int
    due_ms: int
    ended_ms: int | None


class DeliveryPage(Wire, frozen=True, kw_only=True):
    """Some messages, how many there are in each state, and where the next page begins."""

    deliveries: list[DeliveryRow]
    counts: dict[str, int]
    next_cursor: str | None


# -- rules ----------------------------------------------------------------------------------------------------------------


def wish_fault(op: WishNotices) -> tuple[str, str] | None:
    """The field and the refusal of a wish that cannot be; None when it can."""
    try:
        ZoneInfo(op.zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        return "zone", "stores.zone_unknown"
    if (op.quiet_from_min is None) != (op.quiet_until_min is None) or (
        op.quiet_from_min is not None and op.quiet_from_min == op.quiet_until_min
    ):
        return "quiet_until_min", "channels.quiet_half"
    return None


def quiet_until(wish: Any, now: datetime) -> datetime | None:
    """When somebody's quiet hours that are now are over; None while they want to be told. `wish`: a ToldRow or its like."""
    begin, end = wish.quiet_from_min, wish.quiet_until_min
    if begin is None or end is None:
        return None
    local = now.astimezone(ZoneInfo(wish.zone))
    minute = local.hour * 60 + local.minute
    quiet = begin <= minute < end if begin < end else minute >= begin or minute < end
    if not quiet:
        return None
    day = local.date() + timedelta(days=1 if minute >= end else 0)
    return day_starts_at(day, wish.zone, day_turns_at_min=end)
