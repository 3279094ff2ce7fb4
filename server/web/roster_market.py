"""The shift market at the console: claims, swaps and loans that wait for a word, sick calls, and who could take an open shift."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.approvals import SubmitRequest
from contract.ids import derived_id, is_id, new_id
from contract.messages import say
from contract.moments import to_ms
from contract.shift_market import (
    AnswerLoan,
    AskLoan,
    CancelLoan,
    DecideClaim,
    DecideSwap,
    OfferShift,
    ReportAbsence,
    WithdrawAbsence,
)
from contract.shift_market_rows import LEAVE_OF, CandidatesQuery, MarketQuery
from server.kernel.actors import Actor, Permission
from server.kernel.http import do
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.rosters.market.candidates import candidates, costs_in_words
from server.rosters.market.queries import market
from server.stores.model import Store
from server.web.find import person_meant
from server.web.roster_words import Said, role_words, said_of
from server.web.rosters import SECTION
from server.web.shell import (
    Look,
    action,
    done,
    form_status,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)

MOST_STORES = 30  # that one look gathers
BACK, AHEAD = timedelta(days=7), timedelta(days=35)
LISTS = ("claims", "swaps", "loans", "absences", "offers")
WAITS = {
    "claims": ("asked",), "swaps": ("asked", "consented"), "loans": ("asked", "lent"), "absences": ("open",), "offers": ("open",),
}  # fmt: skip
Wrong = tuple[str, str] | None


@page("/rosters/market", needs=Permission.PLAN_SHIFTS)
def roster_market(look: Look) -> Response:
    """What waits for somebody at the reader's stores, and what became of the rest."""
    return _market(look, request.args, None, 200)


def _market(look: Look, given: Mapping[str, str], problem: Wrong, status: int) -> Response:
    stores = _stores(look)
    asked = given.get("store", "")
    chosen = [asked] if is_id(asked) and asked in stores else list(stores)[:MOST_STORES]
    today = company_day(look.now)
    found: dict[str, dict[str, Any]] = {name: {} for name in LISTS}
    for store_id in chosen:
        told = market(
            look.session,
            MarketQuery(store_id=store_id, from_day=(today - BACK).isoformat(), to_day=(today + AHEAD).isoformat()),
        )
        for name in LISTS:
            found[name] |= {row.id: row for row in getattr(told, name)}  # a loan stands on both stores' desks
    lists = {name: _ordered(name, rows.values()) for name, rows in found.items()}
    return show(
        "roster_market.html", look, status=status, lists=lists, waits=WAITS, stores=stores, asked=asked, problem=problem,
        given=given, section=SECTION, today=today.isoformat(),
        waiting={name: _waiting(name, rows) for name, rows in lists.items()},
        more=len(stores) > len(chosen) and not asked, said=_costs_of(look),
        plans=lambda store_id: look.may_at(Permission.PLAN_SHIFTS, store_id),
        may_ask_leave=look.may(Permission.SUBMIT_REQUEST),
    )  # fmt: skip


def _costs_of(look: Look) -> Callable[[Any], list[Said]]:
    """What the rules say of a row that waits, in words. What became of the others is decided."""
    roles = role_words(look)

    def told(row: Any) -> list[Said]:
        waits = row.costs and row.state in ("asked", "consented", "lent")
        words = costs_in_words(look.session, row) if waits else []
        return said_of(look, row.costs, None, skills=roles, words=words) if words else []

    return told


def _stores(look: Look) -> dict[str, str]:
    """The stores the reader plans, by number."""
    rows = look.session.execute(sa.select(Store.id, Store.name).order_by(Store.number))
    return {one: name for one, name in rows if look.may_at(Permission.PLAN_SHIFTS, one)}


def _ordered(name: str, rows: Any) -> list[Any]:
    """What waits first, then by the day of the shift."""
    def day(row: Any) -> str:
        return str(row.from_day if name == "absences" else row.mine.day if name == "swaps" else row.shift.day)

    return sorted(rows, key=lambda row: (row.state not in WAITS[name], day(row), row.id))


def _waiting(name: str, rows: list[Any]) -> int:
    return sum(row.state in WAITS[name] for row in rows)


@page("/rosters/market/<shift_id>", needs=Permission.PLAN_SHIFTS)
def roster_candidates(look: Look, shift_id: str) -> Response:
    """Who could take an open shift: of the store and of others, free, beyond a cap, not at all and why."""
    return _candidates(look, shift_id, None, 200)


def _candidates(look: Look, shift_id: str, problem: Wrong, status: int) -> Response:
    own = candidates(look.session, CandidatesQuery(shift_id=shift_id))
    others = candidates(look.session, CandidatesQuery(shift_id=shift_id, whose="others"))
    until, roles = min(own.shift.starts_ms, to_ms(look.now) + 24 * 3_600_000), role_words(look)
    return show(
        "roster_candidates.html", look, status=status, own=own, others=others, shift=own.shift, problem=problem, section=SECTION,
        until=datetime.fromtimestamp(until / 1000, ZoneInfo(own.shift.zone)).strftime("%Y-%m-%dT%H:%M"), given=request.form,
        said=lambda row: said_of(look, row.breaks, None, skills=roles, words=row.said),
    )  # fmt: skip


@action("/rosters/market/<shift_id>/offer", needs=Permission.PLAN_SHIFTS)
def offer_roster_shift(who: Actor, shift_id: str) -> Response:
    """To those ticked, until a moment by the store's clock; the first who accepts has it."""
    given = request.form
    return _of_shift(who, shift_id, lambda zone: {
        "offer_id": op_id_of_form(), "shift_id": shift_id, "people": given.getlist("person"), "until_ms": _moment(given, zone),
        "note": given.get("note", "").strip(), "override": given.get("override", "").strip() or None,
    }, OfferShift, "shift_offered")  # fmt: skip


@action("/rosters/market/<shift_id>/loan", needs=Permission.PLAN_SHIFTS)
def ask_roster_loan(who: Actor, shift_id: str) -> Response:
    """Somebody of another store, for this shift only."""
    given = request.form
    return _of_shift(who, shift_id, lambda zone: {
        "loan_id": op_id_of_form(), "shift_id": shift_id, "person_id": given.get("person", ""), "until_ms": _moment(given, zone),
        "note": given.get("note", "").strip(), "override": given.get("override", "").strip() or None,
    }, AskLoan, "loan_asked")  # fmt: skip


def _moment(given: Mapping[str, str], zone: str) -> int:
    """A day and time of a form by a store's clock."""
    try:
        return to_ms(datetime.fromisoformat(given.get("until", "")).replace(tzinfo=ZoneInfo(zone)))
    except ValueError:
        raise Problem("wire.invalid", field="until") from None


def _of_shift(who: Actor, shift_id: str, values: Callable[[str], dict[str, Any]], shape: Any, what: str) -> Response:
    try:
        with looking(who) as look:
            zone = candidates(look.session, CandidatesQuery(shift_id=shift_id, limit=1)).shift.zone
        perform_form(who, wire.convert(values(zone), shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _candidates(look, shift_id, sentence_of(wrong), form_status(wrong))
    return done("console.roster_candidates", what, shift_id=shift_id)


@action("/rosters/market/decide", needs=Permission.PLAN_SHIFTS)
def decide_on_market(who: Actor) -> Response:
    """A word on a claim, a swap or a loan."""
    given = request.form
    yes, reason = given.get("word") == "yes", given.get("reason", "").strip()
    override = given.get("override", "").strip() or None
    shapes: dict[str, tuple[Any, dict[str, Any]]] = {
        "claim": (DecideClaim, {"claim_id": given.get("id", ""), "approve": yes, "reason": reason, "override": override}),
        "swap": (DecideSwap, {"swap_id": given.get("id", ""), "approve": yes, "reason": reason, "override": override}),
        "loan": (AnswerLoan, {"loan_id": given.get("id", ""), "lend": yes, "reason": reason}),
        "cancel_loan": (CancelLoan, {"loan_id": given.get("id", ""), "reason": reason}),
        "absence": (WithdrawAbsence, {"absence_id": given.get("id", "")}),
    }  # fmt: skip
    shape, values = shapes.get(given.get("what", ""), shapes["claim"])
    return _do(who, shape, lambda look: values, "market_decided")


@action("/rosters/market/absence", needs=Permission.PLAN_SHIFTS)
def report_roster_absence(who: Actor) -> Response:
    """Somebody called in sick: their shifts of these days are open."""
    given = request.form
    answer = _do(who, ReportAbsence, lambda look: {
        "absence_id": op_id_of_form(), "person_id": person_meant(look, given.get("person", "")),
        "kind": given.get("kind", "sick"),
        "from_day": given.get("from_day", ""), "to_day": given.get("to_day", "") or given.get("from_day", ""),
        "note": given.get("note", "").strip(),
    }, "absence_reported")  # fmt: skip
    if "leave" not in given or answer.status_code >= 400:
        return answer
    try:
        _ask_leave(who, given)
    except (Problem, wire.Malformed) as wrong:  # the absence stands all the same
        with looking(who) as look:
            why = say(look.language, "console.market.leave_refused", why=sentence_of(wrong)[1])
            return _market(look, {"store": given.get("store", "")}, ("", why), form_status(wrong))
    return answer


def _ask_leave(who: Actor, given: Mapping[str, str]) -> None:
    """Leave for the days of a sick call, as a request of its own. Raises the refusal as Problem."""
    form = {
        "leave_kind": LEAVE_OF["other" if given.get("kind") == "other" else "sick"], "from_day": given.get("from_day", ""),
        "to_day": given.get("to_day", "") or given.get("from_day", ""),
    }  # fmt: skip
    with looking(who) as look:
        person_id = person_meant(look, given.get("person", ""))
    asked = SubmitRequest(request_id=new_id(), kind="leave", person_id=person_id, form=form)
    outcome = do(who, asked, op_id=derived_id("console", "leave", op_id_of_form()))
    if outcome.status == "rejected" and outcome.code is not None:
        raise Problem(outcome.code, field=outcome.field, **{k: v for k, v in outcome.facts.items() if k != "field"})


def _do(who: Actor, shape: Any, values: Callable[[Look], dict[str, Any]], what: str) -> Response:
    given = request.form
    try:
        with looking(who) as look:
            typed = values(look)
        perform_form(who, wire.convert(typed, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _market(look, given, sentence_of(wrong), form_status(wrong))
    kept = {"store": given["store"]} if given.get("store") else {}
    return done("console.roster_market", what, **kept)
