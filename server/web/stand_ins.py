"""While somebody is away another decides for them: given and ended on the page about oneself."""

from __future__ import annotations

from datetime import date, timedelta

from flask import Response, request

from contract import wire
from contract.approvals import Delegate, EndDelegation
from contract.moments import day_starts_at, to_ms
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.rules import COMPANY_ZONE
from server.web.access import show_me
from server.web.requests import anybody
from server.web.shell import action, born_of_form, done, form_status, looking, perform_form, sentence_of


@action("/me/stand-ins", needs=Permission.DECIDE_STEP)
def give_stand_in(who: Actor) -> Response:
    """From the first day's beginning to the last day's end, by the company's clock."""
    given = request.form
    try:
        starts, ends = _day("starts"), _day("ends")
        with looking(who) as look:
            delegate = anybody(look.session, given.get("delegate_id", ""), "delegate_id")
        values = {
            "delegation_id": born_of_form("delegation"), "person_id": who.person_id, "delegate_id": delegate,
            "starts_ms": to_ms(day_starts_at(starts, COMPANY_ZONE, day_turns_at_min=0)),
            "ends_ms": to_ms(day_starts_at(ends + timedelta(days=1), COMPANY_ZONE, day_turns_at_min=0)),
        }  # fmt: skip
        perform_form(who, wire.convert(values, Delegate))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return show_me(look, sentence_of(wrong), form_status(wrong))
    return done("console.me", "standing_in")


@action("/me/stand-ins/<delegation_id>/end", needs=Permission.DECIDE_STEP)
def end_stand_in(who: Actor, delegation_id: str) -> Response:
    """Back before its time."""
    perform_form(who, EndDelegation(delegation_id=delegation_id))
    return done("console.me", "stand_in_ended")


def _day(name: str) -> date:
    try:
        found = date.fromisoformat(request.form.get(name, ""))
    except ValueError:
        raise Problem("form.not_a_day", field=name) from None
    if not 2000 <= found.year <= 2100:
        raise Problem("form.not_a_day", field=name)
    return found
