"""Notices beside the inbox: the table of triggers, HQ's channels with their test, dead letters, and one's own wishes."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.channels import (
    DeliveriesQuery,
    DeliveryRow,
    DropDeliveries,
    RetireChannel,
    RetryDeliveries,
    SetChannel,
    Subscribe,
    TestChannel,
    Unsubscribe,
    WishNotices,
)
from contract.ids import is_id, new_id
from contract.moments import instant, to_ms
from contract.triggers import BY_KEY, GROUPS
from server.inbox import channel_queries
from server.inbox.api import check_address
from server.inbox.channels_model import Channel
from server.inbox.webpush import public_of, server_key, unpadded
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv

STATES = ("dead", "waiting", "sent", "dropped", "moot")
KINDS = ("email", "webhook", "chat")

TRIGGERS = (
    Column("trigger", lambda row: f"{row['number'] or '~'} {row['key']}", always=True),
    Column("event", lambda row: row["event"], always=True),
    Column("receivers", lambda row: row["receivers"]),
    Column("group", lambda row: row["group_name"]),
    Column("channels", lambda row: ", ".join(row["channels"])),
    Column("quiet", lambda row: "" if row["urgent"] else "1"),
    Column("last_put", lambda row: row["last_ms"] or 0),
    Column("last_30", lambda row: row["month"], number=True),
)
SHOWN, MOST_OUT = 100, 10_000  # lines of a page, of a file
LOG = (
    Column("since", lambda line: line[0].isoformat(timespec="seconds"), always=True),
    Column("person", lambda line: line[1], always=True),
    Column("kind", lambda line: line[2]),
    Column("over", lambda line: "1" if line[3] else ""),
)
DELIVERIES = (
    Column("event", lambda row: row["event"], always=True),
    Column("person", lambda row: row["person"]),
    Column("channel", lambda row: row["channel"]),
    Column("state", lambda row: row["state"]),
    Column("tries", lambda row: row["tries"], number=True),
    Column("said_last", lambda row: row["said"]),
    Column("since", lambda row: row["since"]),
)


@page("/notifications", needs=Permission.MANAGE_CHANNELS)
def notifications(look: Look) -> Response:
    """Every reason for an inbox item: event, receivers, channels, quiet hours, how often."""
    rows = []
    for one in channel_queries.trigger_table(look.session, look.now).triggers:
        trigger = BY_KEY[one.key]
        rows.append({
            **wire.plain(one), "event": look.t(trigger.event_key), "receivers": look.t(trigger.receivers_key),
            "group_name": look.t(f"console.trigger_group.{one.group}"), "lock": look.t(trigger.lock_key),
        })  # fmt: skip
    asked = request.args
    found = [
        row for row in rows
        if (not asked.get("group") or row["group"] == asked["group"])
        and contains(asked.get("q", ""), row["key"], row["number"], row["event"], row["receivers"])
    ]  # fmt: skip
    listed = table("triggers", TRIGGERS, found, sort="trigger")
    if wants_csv():
        return csv_answer(look, listed)
    return show("notifications.html", look, table=listed, groups=_groups(look), moment_of=instant)


def _groups(look: Look) -> list[tuple[str, str]]:
    return [(group, look.t(f"console.trigger_group.{group}")) for group in GROUPS]


@page("/notifications/triggers/<key>", needs=Permission.MANAGE_CHANNELS)
def trigger_log(look: Look, key: str) -> Response:
    """When this happened, and for whom; what their items say is their own."""
    trigger = BY_KEY.get(key)
    if trigger is None:
        raise Problem("access.not_found", id=key[:60])
    most = MOST_OUT if wants_csv() else SHOWN
    lines = channel_queries.trigger_log(look.session, key, most=most)
    listed = table("trigger-log", LOG, lines, sort="-since")
    if wants_csv():
        return csv_answer(look, listed, about=lambda line: str(line[4]))
    sent = channel_queries.delivery_page(look.session, DeliveriesQuery(trigger=key, limit=100)).deliveries
    return show(
        "trigger.html", look, trigger=trigger, lines=lines, sent=sent, section="console.notifications", moment_of=instant,
        table=listed,
    )  # fmt: skip


# -- channels -------------------------------------------------------------------------------------------------------------


@page("/notifications/channels", needs=Permission.MANAGE_CHANNELS)
def channels(look: Look) -> Response:
    """HQ's channels."""
    return _channels(look)


def _channels(look: Look, *, status: int = 200, problem: Any = None) -> Response:
    return show(
        "channels.html", look, status=status, channels=channel_queries.channel_list(look.session).channels, problem=problem,
        kinds=[(kind, look.t(f"console.channels.kind_{kind}")) for kind in KINDS], groups=_groups(look), given=request.form,
        moment_of=instant,
    )  # fmt: skip


def _again(who: Actor, wrong: Problem | wire.Malformed) -> Response:
    with looking(who) as look:
        return _channels(look, status=form_status(wrong), problem=sentence_of(wrong))


@action("/notifications/channels", needs=Permission.MANAGE_CHANNELS)
def set_channel(who: Actor) -> Response:
    """A channel is set up, or says otherwise. Its address is typed again to be changed; it is never shown."""
    given = request.form
    known = given.get("channel_id", "")
    body: dict[str, Any] = {
        "channel_id": known if is_id(known) else new_id(), "name": given.get("name", "").strip(), "kind": given.get("kind", ""),
        "groups": given.getlist("groups"), "language": given.get("language", "zh"), "whole": given.get("whole") == "1",
    }  # fmt: skip
    if given.get("url", "").strip():
        body["url"] = given["url"].strip()
    try:
        if is_id(known):
            with looking(who) as look:
                kept = look.session.scalar(sa.select(Channel.kind).where(Channel.id == known))
                body["kind"] = kept or body["kind"]
        operation = wire.convert(body, SetChannel)
        check_address(operation)
        perform_form(who, operation)
    except (Problem, wire.Malformed) as wrong:
        return _again(who, wrong)
    return done("console.channels", "channel_set")


@action("/notifications/channels/<channel_id>/test", needs=Permission.MANAGE_CHANNELS)
def send_test(who: Actor, channel_id: str) -> Response:
    """Something harmless goes out now; the list says how it went."""
    try:
        body = {"channel_id": channel_id, "test_id": new_id(), "email": request.form.get("email", "").strip()}
        perform_form(who, wire.convert(body, TestChannel))
    except (Problem, wire.Malformed) as wrong:
        return _again(who, wrong)
    return done("console.channels", "channel_tested")


@action("/notifications/channels/<channel_id>/retire", needs=Permission.MANAGE_CHANNELS)
def retire_channel(who: Actor, channel_id: str) -> Response:
    """Nothing goes over it any more."""
    try:
        perform_form(who, wire.convert({"channel_id": channel_id, "reason": request.form.get("reason", "")}, RetireChannel))
    except (Problem, wire.Malformed) as wrong:
        return _again(who, wrong)
    return done("console.channels", "channel_retired")


# -- what was to be sent --------------------------------------------------------------------------------------------------


@page("/notifications/deliveries", needs=Permission.MANAGE_CHANNELS)
def deliveries(look: Look) -> Response:
    """What waits, what went out, and dead letters, which somebody has to decide about."""
    state: Any = request.args.get("state", "dead")
    state = state if state in STATES else None
    found = channel_queries.delivery_page(
        look.session, DeliveriesQuery(state=state, limit=SHOWN, cursor=None if wants_csv() else request.args.get("cursor"))
    )  # fmt: skip
    lines, following = found.deliveries, found.next_cursor
    while wants_csv() and following is not None and len(lines) < MOST_OUT:
        more = channel_queries.delivery_page(look.session, DeliveriesQuery(state=state, limit=SHOWN, cursor=following))
        lines, following = [*lines, *more.deliveries], more.next_cursor
    listed = table("deliveries", DELIVERIES, [_as_line(look, one) for one in lines], sort="-since")
    if wants_csv():
        return csv_answer(look, listed, about=lambda row: str(row["person_id"] or ""))
    return show(
        "deliveries.html", look, lines=lines, counts=found.counts, state=state, states=STATES, following=following,
        moment_of=instant, table=listed,
    )  # fmt: skip


def _as_line(look: Look, one: DeliveryRow) -> dict[str, Any]:
    """A message as a line of a file; its words are its receiver's own."""
    return {
        "event": look.t(f"inbox.{one.trigger}.event") if one.trigger else look.t("console.deliveries.a_test"),
        "person": one.person, "person_id": one.person_id, "channel": one.channel or look.t(f"console.deliveries.via_{one.via}"),
        "state": look.t(f"console.deliveries.state_{one.state}"), "tries": one.tries, "said": one.said,
        "since": instant(one.born_ms).isoformat(timespec="seconds"),
    }  # fmt: skip


def _picked() -> list[str]:
    return [one for one in request.form.getlist("deliveries") if is_id(one)]


@action("/notifications/deliveries/retry", needs=Permission.MANAGE_CHANNELS)
def retry_deliveries(who: Actor) -> Response:
    """They are tried anew."""
    perform_form(who, wire.convert({"deliveries": _picked()}, RetryDeliveries))
    return done("console.deliveries", "deliveries_retried")


@action("/notifications/deliveries/drop", needs=Permission.MANAGE_CHANNELS)
def drop_deliveries(who: Actor) -> Response:
    """They are not tried any more."""
    body = {"deliveries": _picked(), "reason": request.form.get("reason", "")}
    perform_form(who, wire.convert(body, DropDeliveries))
    return done("console.deliveries", "deliveries_dropped")


# -- one's own wishes -----------------------------------------------------------------------------------------------------


@page("/told", needs=Permission.READ_OWN_INBOX)
def told(look: Look) -> Response:
    """How I want to be told beside my inbox."""
    return _told(look)


def _told(look: Look, *, status: int = 200, problem: Any = None) -> Response:
    wish = channel_queries.own_wish(look.session)
    groups = [
        {"key": group, "name": look.t(f"console.trigger_group.{group}"),
         "email": _on(wish.email_groups, group, "email"), "push": _on(wish.push_groups, group, "push")}
        for group in GROUPS
    ]  # fmt: skip
    key = unpadded(public_of(server_key(outpost().settings.secret)))
    return show(
        "told.html", look, status=status, wish=wish, groups=groups, problem=problem, push_key=key,
        browsers=channel_queries.own_browsers(look.session), clock_of=_clock, stamp=to_ms(look.now),
    )  # fmt: skip


def _on(chosen: Any, group: str, beside: Any) -> bool:
    if chosen is not None:
        return group in chosen
    return any(beside in trigger.beside for trigger in BY_KEY.values() if trigger.group == group)


def _clock(minute: int | None) -> str:
    return "" if minute is None else f"{minute // 60:02}:{minute % 60:02}"


def _minute(name: str) -> int | None:
    hour, colon, minute = request.form.get(name, "").partition(":")
    if not (colon and hour.isdecimal() and minute[:2].isdecimal() and len(hour) <= 2):
        return None
    return int(hour) * 60 + int(minute[:2])


@action("/told", needs=Permission.READ_OWN_INBOX)
def wish(who: Actor) -> Response:
    """Language, quiet hours, mail, what comes over which way."""
    given = request.form
    body = {
        "language": given.get("language", "zh"), "zone": given.get("zone", "").strip() or "Asia/Shanghai",
        "quiet_from_min": _minute("quiet_from"), "quiet_until_min": _minute("quiet_until"),
        "email": given.get("email", "").strip(), "email_groups": given.getlist("email_groups"),
        "push_groups": given.getlist("push_groups"),
    }  # fmt: skip
    try:
        perform_form(who, wire.convert(body, WishNotices))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _told(look, status=form_status(wrong), problem=sentence_of(wrong))
    return done("console.told", "wish_kept")


@action("/told/browsers", needs=Permission.READ_OWN_INBOX)
def subscribe(who: Actor) -> Response:
    """This browser wants to be told (console/push.js fills the form)."""
    try:
        operation = wire.convert({name: request.form.get(name, "") for name in ("endpoint", "p256dh", "auth")}, Subscribe)
        check_address(operation)
        perform_form(who, operation)
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _told(look, status=form_status(wrong), problem=sentence_of(wrong))
    return done("console.told", "browser_told")


@action("/told/browsers/<browser_id>/remove", needs=Permission.READ_OWN_INBOX)
def unsubscribe(who: Actor, browser_id: str) -> Response:
    """That browser is told nothing any more."""
    perform_form(who, Unsubscribe(subscription_id=browser_id))
    return done("console.told", "browser_removed")
