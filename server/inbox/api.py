"""The inbox over HTTP: one's own items and wishes; for HQ triggers, channels and what could not be sent."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from contract import wire
from contract.channels import (
    ChannelList,
    DeliveriesQuery,
    DeliveryPage,
    DropDeliveries,
    RetireChannel,
    RetryDeliveries,
    SetChannel,
    Subscribe,
    TestChannel,
    ToldRow,
    TriggerTable,
    Unsubscribe,
    WishNotices,
)
from contract.ids import is_id
from contract.inbox import InboxPage, InboxQuery, SeeItem, UnseeItem
from server.inbox import addresses, channel_queries, channel_service, queries, service
from server.inbox.targets import allowed_networks
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import OutcomeBody, actor, declare, do, document_refusals, outcome_response, outpost, reads, writes
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of

blueprint = Blueprint("inbox", __name__, url_prefix="/api/v1", description="What one must do, and what one should know")
assert service and channel_service  # importing them registers the handlers

writes(
    blueprint,
    {
        "/inbox/seen": (SeeItem, Permission.READ_OWN_INBOX),
        "/inbox/unseen": (UnseeItem, Permission.READ_OWN_INBOX),
        "/inbox/wish": (WishNotices, Permission.READ_OWN_INBOX),
        "/inbox/browsers/removed": (Unsubscribe, Permission.READ_OWN_INBOX),
        "/channels/tested": (TestChannel, Permission.MANAGE_CHANNELS),
        "/channels/retired": (RetireChannel, Permission.MANAGE_CHANNELS),
        "/deliveries/retried": (RetryDeliveries, Permission.MANAGE_CHANNELS),
        "/deliveries/dropped": (DropDeliveries, Permission.MANAGE_CHANNELS),
    },
)


def check_address(body: wire.Wire) -> None:
    """Refuse an address that leads where the server may not go. Asks the resolver, hence before the transaction."""
    allowed = allowed_networks(outpost().settings.private_targets)
    if isinstance(body, SetChannel) and body.url is not None:
        addresses.check_target(body.kind, body.url, allowed)
    if isinstance(body, Subscribe):
        addresses.check_target("webhook", body.endpoint, allowed)


def _writes_checked(path: str, operation: type, needs: Permission) -> None:
    declare("POST", f"/api/v1{path}", needs)

    def view(body: Any) -> Response:
        who = actor()
        who.must(needs)
        key = request.headers.get("Idempotency-Key")
        if key is not None and not is_id(key):
            raise Problem("wire.wrong_type", field="Idempotency-Key", want="uuid", got=key[:60])
        check_address(body)
        return outcome_response(do(who, body, op_id=key))

    view.__name__ = wire.name_of(operation).replace(".", "_").replace("/", "_v")
    documented: Any = blueprint.response(201, schema_of(OutcomeBody))(view)
    documented = blueprint.arguments(schema_of(operation), location="json")(documented)
    summary = (operation.__doc__ or "").split(".")[0]
    documented = blueprint.doc(security=[{"bearer": []}], summary=summary)(documented)
    blueprint.route(path, methods=["POST"])(document_refusals(blueprint, documented))


_writes_checked("/channels", SetChannel, Permission.MANAGE_CHANNELS)
_writes_checked("/inbox/browsers", Subscribe, Permission.READ_OWN_INBOX)


@reads(blueprint, "/inbox", needs=Permission.READ_OWN_INBOX, answers=InboxPage, asks=InboxQuery)
def inbox(session: ScopedSession, asked: InboxQuery) -> InboxPage:
    """One's own inbox, the newest first."""
    return queries.inbox_page(session, asked)


@reads(blueprint, "/inbox/wish", needs=Permission.READ_OWN_INBOX, answers=ToldRow)
def own_wish(session: ScopedSession) -> ToldRow:
    """How one wants to be told beside one's inbox."""
    return channel_queries.own_wish(session)


@reads(blueprint, "/triggers", needs=Permission.MANAGE_CHANNELS, answers=TriggerTable)
def triggers(session: ScopedSession) -> TriggerTable:
    """Every reason for an inbox item, with how often it was one."""
    return channel_queries.trigger_table(session, outpost().clock())


@reads(blueprint, "/channels", needs=Permission.MANAGE_CHANNELS, answers=ChannelList)
def channels(session: ScopedSession) -> ChannelList:
    """Ways out beside the inbox; their addresses are not said."""
    return channel_queries.channel_list(session)


@reads(blueprint, "/deliveries", needs=Permission.MANAGE_CHANNELS, answers=DeliveryPage, asks=DeliveriesQuery)
def deliveries(session: ScopedSession, asked: DeliveriesQuery) -> DeliveryPage:
    """What was to be sent beside the inbox, and how it went."""
    return channel_queries.delivery_page(session, asked)
