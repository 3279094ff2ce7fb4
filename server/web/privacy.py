"""Privacy in the console: who looked at what is mine, my data to take along, and the erasures two people decide on."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from contract import wire
from contract.archive import LooksQuery
from contract.ids import new_id
from contract.privacy import ErasePerson, ProposeErasure, RefuseErasure
from server.archive import api, queries
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.web.shell import Look, action, done, form_status, looking, page, perform_form, sentence_of, show


@page("/me/privacy", needs=Permission.READ_OWN_PRIVACY, endpoint="my_privacy")
def my_privacy(look: Look) -> Response:
    """Who looked at my position, photo, record or documents, and why."""
    asked = LooksQuery(limit=50, cursor=request.args.get("cursor") or None)
    found = queries.looks_page(look.session, look.actor.person_id or "", asked)
    return show("my_privacy.html", look, looks=found.items, following=found.next_cursor, first=asked.cursor is None)


@page("/me/data", needs=Permission.READ_OWN_PRIVACY, endpoint="my_data")
def my_data(look: Look) -> Response:
    """Everything about me, as a ZIP."""
    return api.data_response(look.actor, look.actor.person_id or "", "")


@action("/archive/<person_id>/data", needs=Permission.MANAGE_ARCHIVE)
def their_data(who: Actor, person_id: str) -> Response:
    """The same on somebody's behalf, who will see that it was made and why."""
    why = request.form.get("why", "").strip()[:500]
    if not why:
        raise Problem("privacy.why_needed", field="why")
    return api.data_response(who, person_id, why)


@page("/erasures", needs=Permission.ERASE_PERSON, endpoint="erasures")
def erasures(look: Look) -> Response:
    return _erasures(look)


def _erasures(look: Look, problem: tuple[str, str] | None = None, status: int = 200) -> Response:
    now_ms = int(look.now.timestamp() * 1000)
    return show(
        "erasures.html", look, status=status, rows=queries.erasures(look.session).items, problem=problem, now_ms=now_ms,
        section="console.archive",
    )  # fmt: skip


def _decide(who: Actor, shape: type[wire.Wire], values: dict[str, Any]) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _erasures(look, sentence_of(wrong), form_status(wrong))
    return done("console.erasures", "saved")


@action("/archive/<person_id>/erase", needs=Permission.ERASE_PERSON)
def propose_erasure(who: Actor, person_id: str) -> Response:
    reason = request.form.get("reason", "").strip()
    born = request.form.get("erasure_id") or new_id()
    return _decide(who, ProposeErasure, {"erasure_id": born, "person_id": person_id, "reason": reason})


@action("/erasures/<erasure_id>/confirm", needs=Permission.ERASE_PERSON)
def confirm_erasure(who: Actor, erasure_id: str) -> Response:
    return _decide(who, ErasePerson, {"erasure_id": erasure_id})


@action("/erasures/<erasure_id>/refuse", needs=Permission.ERASE_PERSON)
def refuse_erasure(who: Actor, erasure_id: str) -> Response:
    return _decide(who, RefuseErasure, {"erasure_id": erasure_id, "reason": request.form.get("reason", "").strip()})
