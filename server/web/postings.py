"""Postings: who is lent where and what is handed over, one posting with its two lists, and the way of one person through time."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from contract import wire
from contract.postings import (
    ArrivalRow,
    ArrivalsQuery,
    CancelPosting,
    ExtendPosting,
    PostingsQuery,
    RecallEmployee,
    TickItem,
)
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.people.queries import person_card
from server.postings import cards, org_queries, queries, rules
from server.stores.queries import one_store
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.stores import everything
from server.web.tables import Column, contains, csv_answer, table, wants_csv

STAGES = ("coming", "running", "over")
COLUMNS = (
    Column("person", lambda line: line["card"].person_name, always=True),
    Column("person_number", lambda line: line["card"].person_number, hidden=True),
    Column("home_org", lambda line: line["card"].home_unit),
    Column("store", lambda line: line["card"].store_name),
    Column("post", lambda line: line["post"]),
    Column("posted_from", lambda line: line["card"].starts_on),
    Column("until", lambda line: line["card"].ends_on or ""),
    Column("stage", lambda line: line["stage"]),
    Column("to_hand_over", lambda line: line["open"], number=True),
)
CHANGES = {"extend": ExtendPosting, "recall": RecallEmployee, "cancel": CancelPosting}


@page("/postings", needs=Permission.READ_POSTINGS, endpoint="postings")
def postings(look: Look) -> Response:
    """Who comes, who is there, who was."""
    asked: Any = request.args.get("stage", "")
    stages: list[Any] = [asked] if asked in STAGES else ["coming", "running"] if asked != "all" else [None]
    found: list[ArrivalRow] = []
    for stage in stages:
        found += everything(
            lambda cursor, stage=stage: cards.arrivals_page(
                look.session,
                ArrivalsQuery(stage=stage, open=request.args.get("open") == "1", limit=200, cursor=cursor),
            )
        )
    lines = [
        _line(look, card)
        for card in found
        if contains(request.args.get("q", ""), card.person_name, card.person_number, card.store_name, card.home_unit)
    ]
    rows = table("postings", COLUMNS, lines, sort="posted_from")
    if wants_csv():
        return csv_answer(look, rows, about=lambda line: str(line["card"].person_id))
    return show("postings.html", look, table=rows, stages=STAGES)


def _line(look: Look, card: ArrivalRow) -> dict[str, Any]:
    return {
        "card": card,
        "post": (card.post_zh if look.language == "zh" else card.post_en) or "",
        "stage": stage_of(look, card),
        "open": sum(item.done_ms is None for item in card.items),
    }


def stage_of(look: Look, card: ArrivalRow) -> str:
    """coming, running or over, at the moment of the look."""
    now_ms = int(look.now.timestamp() * 1000)
    if now_ms < card.starts_ms:
        return "coming"
    return "running" if card.ends_ms is None or now_ms < card.ends_ms else "over"


@page("/postings/<posting_id>", needs=Permission.READ_POSTINGS, endpoint="posting")
def posting(look: Look, posting_id: str) -> Response:
    return _posting(look, posting_id, None)


def _posting(look: Look, posting_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    card = cards.one_card(look.session, posting_id)
    if card is None:
        raise Problem("postings.unknown", id=posting_id)
    kept = queries.one_posting(look.session, posting_id)
    spoken = cards.sides_for(look.session, posting_id, look.actor)
    lists = [(direction, [item for item in card.items if item.direction == direction]) for direction in ("arrival", "return")]
    return show(
        "posting.html", look, status=status, problem=problem, card=card, stage=stage_of(look, card), lists=lists, spoken=spoken,
        kept=kept, given=request.form, today=company_day(look.now), section="console.postings",
        may_change=look.may_at(Permission.MANAGE_POSTINGS, card.store_id),
        store_seen=look.may(Permission.READ_STORES) and one_store(look.session, card.store_id) is not None,
    )  # fmt: skip


@action("/postings/<posting_id>/ticks", needs=Permission.TICK_HANDOVER)
def tick_item(who: Actor, posting_id: str) -> Response:
    values = {
        "item_id": request.form.get("item_id", ""), "done": request.form.get("done") == "1",
        "note": request.form.get("note", "").strip(),
    }  # fmt: skip
    return _act(who, posting_id, TickItem, values, "ticked")


@action("/postings/<posting_id>/changes", needs=Permission.MANAGE_POSTINGS)
def change_posting(who: Actor, posting_id: str) -> Response:
    what, given = request.form.get("what", ""), request.form
    shape: Any = CHANGES.get(what, CancelPosting)
    values: dict[str, Any] = {"posting_id": posting_id, "reason": given.get("reason", "").strip()}
    if shape is not CancelPosting:
        values["ends_on"] = given.get("ends_on") or (None if shape is RecallEmployee else "")
    return _act(who, posting_id, shape, values, f"posting_{what}" if what in CHANGES else "posting_cancel")


def _act(who: Actor, posting_id: str, shape: type[wire.Wire], values: dict[str, Any], what: str) -> Response:
    """Perform one operation about a posting, and show its page again; one that is no more leads back to the list."""
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _posting(look, posting_id, sentence_of(wrong), form_status(wrong))
    with looking(who) as look:
        gone = cards.one_card(look.session, posting_id) is None
    return done("console.postings", what) if gone else done("console.posting", what, posting_id=posting_id)


@page("/people/<person_id>/timeline", needs=Permission.READ_PEOPLE, endpoint="timeline")
def timeline(look: Look, person_id: str) -> Response:
    """Homes and postings of one person in their order, and where they belong on a day one chooses."""
    found = look.session.get(Person, person_id)
    if found is None:
        raise Problem("people.unknown", id=person_id)
    day = rules.day_of(request.args.get("as_of", "")) or company_day(look.now)
    homes = org_queries.stays(look.session, person_id)
    lent = queries.postings_page(look.session, PostingsQuery(person_id=person_id, limit=200)) if look.may(
        Permission.READ_POSTINGS
    ) else None  # fmt: skip
    way = sorted(
        [
            *(("home", stay.from_day, stay.until, stay.unit_name, None) for stay in (homes.items if homes else [])),
            *(("store", one.starts_on, one.ends_on, one.store_name, one.id) for one in (lent.items if lent else [])),
        ],
        key=lambda step: (step[1], step[0]),
        reverse=True,
    )
    return show(
        "timeline.html", look, card=person_card(look.session, found), where=org_queries.where(look.session, person_id, day),
        day_asked=day, way=way, section="console.people",
    )  # fmt: skip
