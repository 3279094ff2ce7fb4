"""Rosters that the machine proposes: asked for, watched while they get better, laid beside what is there, taken as drafts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import timedelta
from typing import Any, get_args

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.ids import is_id
from contract.proposals import (
    AskProposal,
    AskReplan,
    CancelProposal,
    CompareQuery,
    Goal,
    Importance,
    Keep,
    Lever,
    ProposalQuery,
    TakeAlternative,
    TakeProposal,
)
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.rosters.proposal_queries import comparison, proposal_detail
from server.rosters.proposal_queries import proposals as listed
from server.stores.model import Store
from server.web.find import person_meant
from server.web.roster_words import role_words
from server.web.rosters import SECTION, Span, day_asked
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
)  # fmt: skip
from server.web.shift_forms import minutes_typed

GOALS: tuple[str, ...] = get_args(Goal)
WEIGHTS: tuple[str, ...] = get_args(Importance)
KEEPS: tuple[str, ...] = get_args(Keep)
LEVERS: tuple[str, ...] = get_args(Lever)
PATIENCE = (10, 30, 120, 300)
Wrong = tuple[str, str] | None


@page("/rosters/proposals", needs=Permission.PLAN_SHIFTS, endpoint="proposals")
def proposals(look: Look) -> Response:
    """Ask for one; and those there are."""
    return _list(look, request.args, None, 200)


def _list(look: Look, given: Mapping[str, str], problem: Wrong, status: int) -> Response:
    span = Span(look, given)
    store_id = given.get("store", "") if is_id(given.get("store", "")) else None
    found = listed(look.session, ProposalQuery(store_id=store_id))
    names = _store_names(look)
    return show(
        "proposals.html", look, status=status, found=found, span=span, problem=problem, given=given, goals=GOALS, weights=WEIGHTS,
        keeps=KEEPS, patience=PATIENCE, levers=LEVERS, names=names, section=SECTION, store_id=store_id,
        stores=[(one, name) for one, name in names.items() if look.may_at(Permission.PLAN_SHIFTS, one)],
    )  # fmt: skip


def _store_names(look: Look) -> dict[str, str]:
    """What stores are called, by number."""
    rows = look.session.execute(sa.select(Store.id, Store.number, Store.name).order_by(Store.number))
    return {store_id: f"{name} · {number}" for store_id, number, name in rows}


@action("/rosters/proposals", needs=Permission.PLAN_SHIFTS)
def ask_proposal(who: Actor) -> Response:
    given = request.form
    proposal_id = op_id_of_form()
    try:
        values: dict[str, Any] = {
            "proposal_id": proposal_id, "store_ids": [one for one in given.getlist("store") if one],
            "from_day": given.get("from_day", ""), "days": minutes_typed(given, "days"),
            "seconds": minutes_typed(given, "seconds"), "seed": minutes_typed(given, "seed"),
            "keep": given.get("keep", "published"),
            "importance": {goal: given[f"goal_{goal}"] for goal in GOALS if given.get(f"goal_{goal}", "normal") != "normal"},
        }  # fmt: skip
        perform_form(who, wire.convert(values, AskProposal))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _list(look, given, sentence_of(wrong), form_status(wrong))
    return done("console.proposal", "proposal_asked", proposal_id=proposal_id)


@action("/rosters/replans", needs=Permission.PLAN_SHIFTS)
def ask_replan(who: Actor) -> Response:
    """Somebody falls out: which are the fewest changes?"""
    given = request.form
    proposal_id = op_id_of_form()
    try:
        values: dict[str, Any] = {
            "proposal_id": proposal_id, "store_id": given.get("store", ""), "event": "sick", "person_id": None,
            "from_day": given.get("from_day", ""), "to_day": given.get("to_day", "") or given.get("from_day", ""),
            "allow": given.getlist("allow"),
        }  # fmt: skip
        if given.get("person", "").strip():
            with looking(who) as look:
                values["person_id"] = person_meant(look, given["person"])
        perform_form(who, wire.convert(values, AskReplan))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _list(look, given, sentence_of(wrong), form_status(wrong))
    return done("console.proposal", "proposal_asked", proposal_id=proposal_id)


@page("/rosters/proposals/<proposal_id>", needs=Permission.PLAN_SHIFTS)
def proposal(look: Look, proposal_id: str) -> Response:
    """How far it is, what it offers, and what would change."""
    return _detail(look, proposal_id, None, 200)


def _detail(look: Look, proposal_id: str, problem: Wrong, status: int) -> Response:
    found = proposal_detail(look.session, proposal_id)
    row, other = found.proposal, request.args.get("beside", "")
    beside = None
    if found.then is not None and row.kind == "roster":  # while it computes there is a best, but no figures of it yet
        beside = comparison(look.session, CompareQuery(left=proposal_id, right=other if is_id(other) else None))
    first = day_asked(row.from_day) or look.now.date()
    ended = [one for one in listed(look.session, ProposalQuery()).proposals if one.state in ("done", "cancelled")]
    others = [one for one in ended if one.id != row.id and one.best is not None]
    names = {one.person_id: one.name for one in (*found.people_then, *found.people_now)}
    return show(
        "proposal.html", look, status=status, found=found, row=row, problem=problem, beside=beside, section=SECTION,
        days=[(first + timedelta(days=n)).isoformat() for n in range(row.days)], names=names, stores=_store_names(look),
        shifts=_by_square(found.shifts), others=[one for one in others if one.store_ids == row.store_ids], other=other,
        roles=role_words(look), running=row.state in ("waiting", "running"),
    )  # fmt: skip


def _by_square(shifts: Any) -> dict[tuple[str, str], list[Any]]:
    squares: dict[tuple[str, str], list[Any]] = {}
    for one in sorted(shifts, key=lambda shift: (shift.day, shift.starts_min)):
        squares.setdefault((one.person_id or "", one.day), []).append(one)
    return squares


@action("/rosters/proposals/<proposal_id>/cancel", needs=Permission.PLAN_SHIFTS)
def cancel_proposal(who: Actor, proposal_id: str) -> Response:
    return _do(who, proposal_id, CancelProposal, "proposal_cancelled")


@action("/rosters/proposals/<proposal_id>/take", needs=Permission.PLAN_SHIFTS)
def take_proposal(who: Actor, proposal_id: str) -> Response:
    given = request.form
    return _do(who, proposal_id, TakeProposal, "proposal_taken", over_changes="over_changes" in given, days=given.getlist("day"))


@action("/rosters/proposals/<proposal_id>/alternative", needs=Permission.PLAN_SHIFTS)
def take_alternative(who: Actor, proposal_id: str) -> Response:
    return _do(who, proposal_id, TakeAlternative, "proposal_taken", alternative=minutes_typed(request.form, "alternative"))


def _do(who: Actor, proposal_id: str, shape: Any, what: str, **values: Any) -> Response:
    try:
        perform_form(who, wire.convert({"proposal_id": proposal_id, **values}, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _detail(look, proposal_id, sentence_of(wrong), form_status(wrong))
    return done("console.proposal", what, proposal_id=proposal_id)
