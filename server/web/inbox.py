"""The reader's own inbox: what is to be done, what is to be known."""

from __future__ import annotations

from typing import Any, get_args

from flask import Response, request, url_for

from contract.ids import is_id
from contract.inbox import About, InboxQuery, ItemRow, SeeItem, UnseeItem, facts_in, sentence_key
from contract.moments import instant
from server.inbox import queries
from server.kernel.actors import Actor, Permission
from server.scoring.cycle_notices import TEAM as CYCLE_TEAM
from server.scoring.cycle_parts import part_id_of
from server.web.shell import Look, action, go, page, perform_form, show

WEEKS, REPORTS = "weeks_confirm", "score_reports"


SHOWN = ("open", "to_do", "notice", "done", "all")
ABOUT: tuple[str, ...] = get_args(About)


@page("/inbox", needs=Permission.READ_OWN_INBOX)
def inbox(look: Look) -> Response:
    """What is open, to do, new or done; of one matter, when asked. A link of a mail (`item`) leads on to its matter."""
    asked = request.args
    chosen = asked.get("show", "open")
    chosen = chosen if chosen in SHOWN else "open"
    about: Any = asked.get("about") if asked.get("about") in ABOUT else None
    kind: Any = chosen if chosen in ("to_do", "notice") else None
    query = InboxQuery(
        open=chosen != "all", done=chosen == "done", kind=kind, about=about, limit=100, cursor=asked.get("cursor")
    )  # fmt: skip
    found = queries.inbox_page(look.session, query)
    counts = queries.open_by_kind(look.session)
    return show(
        "inbox.html", look, lines=found.items, open=found.open, chosen=chosen, shown=SHOWN, abouts=ABOUT, about=about,
        counts={"open": found.open, **counts}, following=found.next_cursor, marked=asked.get("item"), undo=_undo(),
        sentence=lambda item: sentence(look, item), address=lambda item: address_of(look, item), moment_of=instant, now=look.now,
    )  # fmt: skip


def _undo() -> str | None:
    """The notice that was just read, for taking that back."""
    given = request.args.get("read", "")
    return given if is_id(given) else None


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
    if item.about == "cycle":
        return _cycle_of(look, item)
    if item.about == "request":
        return url_for("console.request_page", request_id=item.about_id)
    if item.about == "score" and look.may(Permission.OWN_SCORES):
        return url_for("console.score_card", card_id=item.about_id)
    if item.about == "score_appeal" and look.may(Permission.READ_SCORES):
        return url_for("console.score_appeals", appeal=item.about_id)
    if item.about == "score_report" and look.may(Permission.OWN_SCORES):
        if item.trigger == REPORTS:  # one item for all the reports of a store or of the company
            return url_for("console.score_reports", month=told["month"])
        return url_for("console.score_report", report_id=item.about_id)
    if item.about == "score_review" and look.may(Permission.READ_QUALITY):
        return url_for("console.score_review", review_id=item.about_id)
    if item.about == "person":
        return url_for("console.person", person_id=item.about_id)
    if item.about == "punch":
        return url_for("console.punch", punch_id=item.about_id)
    if item.about == "appeal":
        return url_for("console.appeals", appeal=item.about_id) if item.kind == "to_do" else None
    return url_for("console.me") if item.about == "delegation" else None


def _cycle_of(look: Look, item: ItemRow) -> str | None:
    """A manager's item leads to the board, a person's to their own part."""
    if item.trigger == CYCLE_TEAM:
        return url_for("console.cycle", cycle_id=item.about_id) if look.may(Permission.READ_SCORES) else None
    person_id = look.actor.person_id
    return url_for("console.cycle_part", part_id=part_id_of(item.about_id, person_id)) if person_id is not None else None


@action("/inbox/<item_id>/seen", needs=Permission.READ_OWN_INBOX)
def see_item(who: Actor, item_id: str) -> Response:
    """A notice was read."""
    perform_form(who, SeeItem(item_id=item_id))
    return go(url_for("console.inbox", read=item_id, **_view()))


@action("/inbox/<item_id>/unseen", needs=Permission.READ_OWN_INBOX)
def unsee_item(who: Actor, item_id: str) -> Response:
    """It was not, or not well enough."""
    perform_form(who, UnseeItem(item_id=item_id))
    return go(url_for("console.inbox", **_view()))


def _view() -> dict[str, Any]:
    """The filters the reader had."""
    return {name: value for name in ("show", "about") if (value := request.form.get(name))}
