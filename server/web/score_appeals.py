"""Appeals over scores: those that wait and those that are over, the case of one with both sides' words, HQ's decision."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from contract import wire
from contract.composite import exact
from contract.ids import is_id
from contract.scoring import AnswerScoreAppeal, ScoreCardRow
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.scoring import appeal_queries as queries
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show

READ, MANAGE = Permission.READ_SCORES, Permission.MANAGE_SCORING
STATES = ("open", "upheld", "dismissed")
SECTION = "console.score_appeals"


@page("/scores/appeals", needs=READ)
def score_appeals(look: Look) -> Response:
    """Appeals of the stores whose scores the reader reads; the one that the address names beside them."""
    return _appeals(look, None)


def _appeals(look: Look, problem: tuple[str, str] | None, status: int = 200, chosen_id: str = "") -> Response:
    asked = request.args
    state, store = asked.get("state", ""), asked.get("store", "")
    lines = queries.appeals(
        look.session, state=state if state in STATES else "", store_id=store if is_id(store) else None, q=asked.get("q", "")[:120]
    )  # fmt: skip
    wanted = chosen_id or asked.get("appeal", "")
    chosen = next((row for row in lines if row.id == wanted), None)
    if chosen is None and is_id(wanted):  # a link leads to it whatever the filters say
        chosen = next(iter(queries.appeals(look.session, appeal_id=wanted)), None)
    chosen = chosen or (lines[0] if lines else None)
    return show(
        "score_appeals.html", look, status=status, problem=problem, lines=lines, states=STATES, section=SECTION,
        stores=queries.stores_with_appeals(look.session), given=request.form,
        case=queries.appeal_case(look.session, chosen) if chosen is not None else None,
    )  # fmt: skip


@action("/scores/appeals/<appeal_id>", needs=MANAGE)
def score_answer_appeal(who: Actor, appeal_id: str) -> Response:
    """Upheld or not, with the reason; of a card with what counts from now on, where that is something else."""
    given = request.form
    upheld = given.get("upheld") == "yes"
    values: dict[str, Any] = {"appeal_id": appeal_id, "upheld": upheld, "text": given.get("text", "").strip()}
    try:
        with looking(who) as look:
            line = next(iter(queries.appeals(look.session, appeal_id=appeal_id)), None)
            case = queries.appeal_case(look.session, line) if line is not None else None
        if case is None:
            raise Problem("scoring.appeal_unknown", field="appeal_id", id=appeal_id)
        if upheld and case.card is not None:
            values["marks"] = _marks(case.card)
        perform_form(who, wire.convert(values, AnswerScoreAppeal))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _appeals(look, sentence_of(wrong), form_status(wrong), appeal_id)
    return done("console.score_appeals", "score_appeal_answered", appeal=appeal_id)


def _marks(card: ScoreCardRow) -> list[dict[str, str]]:
    """All marks of a card with the values that were typed; none where every value is the one that counts."""
    typed = [(one, request.form.get(f"value.{one.metric}", "").strip() or one.value) for one in card.marks]
    if all(_same(one.value, value) for one, value in typed):
        return []
    return [{"metric": one.metric, "value": value, "comment": one.comment} for one, value in typed]


def _same(one: str, other: str) -> bool:
    try:
        return exact(one) == exact(other)
    except (ValueError, ZeroDivisionError):
        return False
