"""Stores: the list, one store, a new one, and what can change about it. Its fence is in fences.py."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from zoneinfo import available_timezones

from flask import Response, request

from contract import wire
from contract.opening import SetOpeningDay, SetOpeningHours
from contract.postings import PostingsQuery
from contract.stores import AddPartner, ChangeStore, OpenStore, StoreRow, StoresQuery
from server.attendance.case_queries import extra_rule_of
from server.devices import queries as devices
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.postings import queries as postings
from server.stores import queries
from server.stores.rules import tidy
from server.web.fences import fence_form, fence_of_form
from server.web.maps import map_facts, map_words
from server.web.opening import hours_typed, opening_card
from server.web.shell import (
    Look,
    action,
    born_of_form,
    done,
    form_status,
    looking,
    page,
    perform_form,
    sentence_of,
    show,
)
from server.web.tables import Column, csv_answer, table, wants_csv
from server.web.units import asked_unit
from server.web.words import degrees, turn

COLUMNS = (
    Column("store", lambda row: row.name, always=True),
    Column("number", lambda row: row.number),
    Column("city", lambda row: row.city),
    Column("partner", lambda row: row.partner),
    Column("address", lambda row: row.address, hidden=True),
    Column("zone", lambda row: row.zone, hidden=True),
    Column("day_turns", lambda row: turn(row.day_turns_at_min), hidden=True),
    Column("fence", lambda row: row.radius_m or len(row.points or ()), number=True),
    Column("position", lambda row: degrees(row.lat_e7, row.lng_e7), hidden=True),
    Column("tablet", lambda row: "1" if row.has_kiosk else ""),
)


def everything(ask: Callable[[str | None], Any]) -> list[Any]:
    """All items of a list that comes in pages."""
    items: list[Any] = []
    cursor: str | None = None
    while True:
        part = ask(cursor)
        items += part.items
        cursor = part.next_cursor
        if cursor is None:
            return items


def all_stores(look: Look, **asked: Any) -> list[StoreRow]:
    return everything(lambda cursor: queries.stores_page(look.session, StoresQuery(**asked, limit=200, cursor=cursor)))


@page("/stores", needs=Permission.READ_STORES)
def stores(look: Look) -> Response:
    asked = request.args
    coarse = {"coarse": True, "drawn": False}.get(asked.get("fence", ""))
    found = all_stores(look, q=asked.get("q", "")[:120].replace("\x00", ""), coarse=coarse, unit_id=asked_unit())
    cities = sorted({row.city for row in found if row.city})
    partners = sorted({row.partner for row in found})
    shown = [
        row
        for row in found
        if (not asked.get("city") or row.city == asked["city"]) and (not asked.get("partner") or row.partner == asked["partner"])
    ]
    rows = table("stores", COLUMNS, shown, sort="store")
    if wants_csv():
        return csv_answer(look, rows)
    return show("stores.html", look, table=rows, cities=cities, partners=partners, filtered=bool(asked))


@page("/stores/<store_id>", needs=Permission.READ_STORES)
def store(look: Look, store_id: str) -> Response:
    return show_store(look, store_id, None)


def show_store(look: Look, store_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    found = queries.one_store(look.session, store_id)
    if found is None:
        raise Problem("stores.unknown", id=store_id)
    asked = PostingsQuery(store_id=store_id, limit=200)
    return show(
        "store.html", look, status=status, store=found, problem=problem, section="console.stores",
        fences=queries.fences(look.session, store_id).items, map=map_facts(look, [found], [], found.zone),
        postings=postings.postings_page(look.session, asked).items if look.may(Permission.READ_POSTINGS) else [],
        devices=devices.devices(look.session, store_id=store_id) if look.may(Permission.READ_DEVICES) else [],
        zones=_zones(), may_change=look.may(Permission.MANAGE_STORES), today=look.now.date(),
        extra=extra_rule_of(look.session, store_id), opening=opening_card(look, store_id),
    )  # fmt: skip


@page("/stores/new", needs=Permission.MANAGE_STORES)
def new_store(look: Look) -> Response:
    return _new_store(look, None)


def _new_store(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    return show(
        "store_new.html", look, status=status, problem=problem, given=request.form, section="console.stores",
        partners=queries.partners(look.session).items, zones=_zones(), fence=fence_form(None),
        map={"words": map_words(look)},
    )  # fmt: skip


@action("/stores/new", needs=Permission.MANAGE_STORES)
def open_store(who: Actor) -> Response:
    """A new store; a partner that is not in the list is added first."""
    given = request.form
    store_id = born_of_form("store")
    try:
        turns = _minutes(given.get("day_turns", ""))
        fence = fence_of_form(given)
        operation = {
            "store_id": store_id, "number": given.get("number", "").strip(), "name": given.get("name", "").strip(),
            "partner_id": _partner(who, given), "zone": given.get("zone", ""), "day_turns_at_min": turns,
            "city": given.get("city", ""), "address": given.get("address", ""), "fence": wire.plain(fence),
        }  # fmt: skip
        perform_form(who, wire.convert(operation, OpenStore))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _new_store(look, sentence_of(wrong), form_status(wrong))
    return done("console.store", "store_opened", store_id=store_id)


def _partner(who: Actor, given: Any) -> str:
    """The partner by the name that was typed or chosen."""
    from contract.ids import derived_id, new_id
    from server.kernel.http import do

    name = tidy(given.get("partner", ""))
    if not name:
        raise Problem("wire.missing", field="partner")
    with looking(who) as look:
        known = queries.partner_by_name(look.session, name)
        if known is not None:
            return known.id
    partner_id = derived_id("partner", name)
    outcome = do(who, wire.convert({"partner_id": partner_id, "name": name}, AddPartner), op_id=new_id())
    if outcome.status == "rejected" and outcome.code is not None:
        raise Problem(outcome.code, field="partner")
    return partner_id


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal() and int(hour) < 24 and int(minute) < 60):
        raise Problem("wire.invalid", field="day_turns")
    return int(hour) * 60 + int(minute)


@action("/stores/<store_id>", needs=Permission.MANAGE_STORES)
def change_store(who: Actor, store_id: str) -> Response:
    given = request.form
    try:
        operation = {
            "store_id": store_id, "name": given.get("name", "").strip(), "zone": given.get("zone", ""),
            "day_turns_at_min": _minutes(given.get("day_turns", "")), "city": given.get("city", ""),
            "address": given.get("address", ""),
        }  # fmt: skip
        perform_form(who, wire.convert(operation, ChangeStore))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return show_store(look, store_id, sentence_of(wrong), 422)
    return done("console.store", "saved", store_id=store_id)


@action("/stores/<store_id>/opening", needs=Permission.MANAGE_STORES)
def set_opening_hours(who: Actor, store_id: str) -> Response:
    """A week from a day on; all of it empty would be a store that never opens, so nobody says is a button of its own."""
    given = request.form
    try:
        week = [] if given.get("nobody_says") else [hours_typed(f"hours_{n}") for n in range(7)]
        values = {"store_id": store_id, "from_day": given.get("from_day", ""), "week": week}
        perform_form(who, wire.convert(values, SetOpeningHours))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return show_store(look, store_id, sentence_of(wrong), form_status(wrong))
    return done("console.store", "saved", store_id=store_id)


@action("/stores/<store_id>/opening-day", needs=Permission.MANAGE_STORES)
def set_opening_day(who: Actor, store_id: str) -> Response:
    """Other hours on one day; none typed is closed."""
    given = request.form
    try:
        hours = None if given.get("as_usual") else hours_typed("hours_of_day")
        values = {"store_id": store_id, "day": given.get("day", ""), "hours": hours, "note": given.get("note", "").strip()}
        perform_form(who, wire.convert(values, SetOpeningDay))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return show_store(look, store_id, sentence_of(wrong), form_status(wrong))
    return done("console.store", "saved", store_id=store_id)


def _zones() -> list[str]:
    """The zones of the regions we serve first, then the rest."""
    near = ["Asia/Shanghai", "Asia/Hong_Kong", "Asia/Macau", "Asia/Taipei", "Asia/Urumqi"]
    rest = sorted(name for name in available_timezones() if "/" in name and not name.startswith(("Etc/", "posix", "right")))
    return near + [name for name in rest if name not in near]


