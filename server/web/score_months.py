"""Months of scoring: until when each is scored, what reports its stores have; HQ moves the end, or has a month reckoned now."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from contract import wire
from contract.score_reports import RunScoreMonth
from contract.scoring import SetPeriod
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.scoring import month_states
from server.scoring.model_library import manages
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show

READ, MANAGE = Permission.READ_SCORES, Permission.MANAGE_SCORING
SECTION = "console.score_months"


@page("/scores/months", needs=READ)
def score_months(look: Look) -> Response:
    return _months(look, None)


def _months(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    found = month_states.months(look.session, look.now)
    wanted = request.values.get("month", "")
    chosen = next((row for row in found if row.month == wanted), None)
    chosen = chosen or next((row for row in found if row.reports), found[0])  # this month and the last are always there
    return show(
        "score_months.html", look, status=status, problem=problem, months=found, chosen=chosen, given=request.form,
        stores=month_states.stores_in(look.session, chosen.month), may=manages(look.actor), section=SECTION,
    )  # fmt: skip


@action("/scores/months/close", needs=MANAGE)
def score_close_month(who: Actor) -> Response:
    """Until which day a month is scored."""
    given = request.form
    said = {name: given.get(name, "").strip() for name in ("month", "closes_on", "reason")}
    return _said(who, SetPeriod, said, "score_month_set")


@action("/scores/months/run", needs=MANAGE)
def score_run_month(who: Actor) -> Response:
    """The month is reckoned now, not in the night."""
    return _said(who, RunScoreMonth, {"month": request.form.get("month", "")}, "score_month_asked")


def _said(who: Actor, shape: Any, said: dict[str, str], what: str) -> Response:
    try:
        perform_form(who, wire.convert(said, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _months(look, sentence_of(wrong), form_status(wrong))
    return done("console.score_months", what, month=said["month"])
