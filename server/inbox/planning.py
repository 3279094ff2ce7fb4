"""What is to go out with new items, written in their transaction: nothing is sent of what was not committed, and nothing that was
committed is forgotten. Who is told over what follows from the table of triggers, HQ's channels and people's own wishes."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from contract.triggers import BY_KEY, Trigger
from server.inbox.channels_model import Channel, Delivery, PushSubscription, Wish
from server.kernel.bulk import insert_missing
from server.kernel.db import table_of
from server.kernel.perform import Work

_channel, _wish, _push, _delivery = (table_of(model) for model in (Channel, Wish, PushSubscription, Delivery))
_AT_ONCE = 500


def plan(work: Work, items: Sequence[dict[str, Any]], urgent: Collection[str]) -> None:
    """Write the messages of these new items (rows of inbox_item). `urgent`: ids of those that wait for nobody's quiet hours."""
    connection = work.session.connection()
    channels = connection.execute(sa.select(_channel).where(_channel.c.retired_at.is_(None))).all()
    receivers = sorted({item["receiver_id"] for item in items})
    browsers: dict[str, list[Any]] = {}
    for row in _of(connection, _push, receivers):
        browsers.setdefault(row.person_id, []).append(row)
    by_mail = next((channel for channel in channels if channel.kind == "email"), None)
    if not channels and not browsers:
        return
    wishes = {row.person_id: row for row in _of(connection, _wish, receivers)}
    rows = []
    for item in items:
        trigger = BY_KEY[item["trigger"]]
        wish = wishes.get(item["receiver_id"])
        common = {
            "trigger": trigger.key, "urgent": trigger.urgent or item["id"] in urgent, "born_at": work.now, "due_at": work.now,
            "item_id": item["id"], "person_id": item["receiver_id"], "channel_id": None, "subscription_id": None, "address": "",
        }  # fmt: skip
        for channel in channels:
            if trigger.group not in channel.groups or channel.kind == "email":
                continue
            # a group is told of a matter once, whoever of its people it concerns
            about = (item["trigger"], item["about_id"], item["key"]) if channel.kind == "chat" else (item["id"],)
            said_once = derived_id("delivery", channel.id, *about)
            lane = f"{channel.kind} {channel.id}"
            rows.append({**common, "id": said_once, "via": channel.kind, "channel_id": channel.id, "lane": lane})
        if by_mail is not None and wish is not None and wish.email and trigger.group in by_mail.groups and _wants(wish, trigger):
            rows.append({
                **common, "id": derived_id("delivery", by_mail.id, item["id"]), "via": "email", "channel_id": by_mail.id,
                "lane": f"email {by_mail.id}", "address": wish.email,
            })  # fmt: skip
        if not _pushed(wish, trigger):
            continue
        rows += [
            {**common, "id": derived_id("delivery", browser.id, item["id"]), "via": "push", "subscription_id": browser.id,
             "lane": f"push {browser.host}"}
            for browser in browsers.get(item["receiver_id"], ())
        ]  # fmt: skip
    write(connection, rows)


def write(connection: sa.Connection, rows: Iterable[dict[str, Any]]) -> None:
    """Messages that wait, each once."""
    waits = {"state": "waiting", "tries": 0, "said": "", "claimed_until": None, "ended_at": None}
    fresh = {row["id"]: {**row, **waits} for row in rows}
    insert_missing(connection, _delivery, list(fresh.values()))


def _wants(wish: Any, trigger: Trigger) -> bool:
    return trigger.group in wish.email_groups if wish.email_groups is not None else "email" in trigger.beside


def _pushed(wish: Any, trigger: Trigger) -> bool:
    if wish is None or wish.push_groups is None:
        return "push" in trigger.beside
    return trigger.group in wish.push_groups


def _of(connection: sa.Connection, table: sa.Table, people: Sequence[str]) -> Iterable[Any]:
    for start in range(0, len(people), _AT_ONCE):
        yield from connection.execute(sa.select(table).where(table.c.person_id.in_(people[start : start + _AT_ONCE])))
