"""The reader's own inbox: what is to be done, what is to be known."""

from __future__ import annotations

from typing import Any

from flask import Response, request, url_for

from contract.inbox import InboxQuery, ItemRow, SeeItem, facts_in, sentence_key
from contract.moments import instant
from server.inbox import queries
from server.kernel.actors import Actor, Permission
from server.web.shell import Look, action, go, page, perform_form, show

WEEKS = "weeks_confirm"


@page("/inbox", needs=Permission.READ_OWN_INBOX)
def inbox(look: Look) -> Response:
    """Open items, or all of them."""
    every = request.args.get("show") == "all"
    found = queries.inbox_page(look.session, InboxQuery(open=not every, limit=100, cursor=request.args.get("cursor")))
    return show(
        "inbox.html", look, lines=found.items, open=found.open, every=every, following=found.next_cursor,
        sentence=lambda item: sentence(look, item), address=lambda item: address_of(look, item), moment_of=instant, now=look.now,
    )  # fmt: skip


def sentence(look: Look, item: ItemRow) -> str:
    """What the item says, in the reader's language."""
    told: dict[str, Any] = facts_in(item.facts, look.language)
    text = look.t(sentence_key(item.trigger, item.kind), **told)
    return text + (look.t("console.inbox.for_whom", who=told["for_whom"]) if told.get("for_whom") else "")


def address_of(look: Look, item: ItemRow) -> str | None:
    """Where the matter is seen; None where the reader has no page for it."""
    told = facts_in(item.facts, look.language)
    if item.about == "day" and look.may(Permission.READ_HOURS) and told.get("person_id"):
        return url_for("console.timesheet_day", person_id=told["person_id"], day=told["day"])
    if item.about == "statement" and look.may(Permission.READ_STATEMENTS):
        if item.trigger == WEEKS:  # one item for all the weeks of a store or of the company
            return url_for("console.statements", week=told["week"], state="open")
        return url_for("console.statement", statement_id=item.about_id)
    if item.about == "closing" and look.may(Permission.READ_STATEMENTS):
        return url_for("console.month", closing_id=item.about_id)
    if item.about in ("shift", "swap", "absence", "loan") and look.may(Permission.PLAN_SHIFTS):
        return url_for("console.roster_market")
    if item.about == "recommendation" and look.actor.person_id is not None:
        return url_for("console.growth_person", person_id=look.actor.person_id)
    if item.about == "request":
        return url_for("console.request_page", request_id=item.about_id)
    if item.about == "person":
        return url_for("console.person", person_id=item.about_id)
    if item.about == "punch":
        return url_for("console.punch", punch_id=item.about_id)
    if item.about == "appeal":
        return url_for("console.appeals", appeal=item.about_id) if item.kind == "to_do" else None
    return url_for("console.me") if item.about == "delegation" else None


@action("/inbox/<item_id>/seen", needs=Permission.READ_OWN_INBOX)
def see_item(who: Actor, item_id: str) -> Response:
    """A notice was read."""
    perform_form(who, SeeItem(item_id=item_id))
    return go(url_for("console.inbox"))
