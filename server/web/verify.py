"""The page for whoever holds a statement or a certificate on paper: nobody signs in, and nothing is shown
that the paper does not show."""

from __future__ import annotations

from typing import Any

from flask import Blueprint, Response, request, url_for

from contract.statement_seal import read_code
from contract.statements import VerifyAnswer
from server.kernel.actors import Actor
from server.kernel.http import declare, outpost
from server.kernel.tries import WITHIN, Tries
from server.learning.certificates import check, issued_on
from server.statements import queries
from server.statements.paper import hours
from server.web.shell import go, looking, show

blueprint = Blueprint("verify", __name__, template_folder="templates")
WHY = "who holds a paper may ask whether it is genuine; a code cannot be guessed"


def _tries() -> Tries:
    found: Tries = outpost().notes.setdefault("verify tries", Tries())
    return found


declare("GET", "/verify", "public", WHY)
declare("GET", "/verify/<code>", "public", WHY)


@blueprint.get("/verify")
def ask() -> Response:
    """Type a code; a form without a script."""
    typed = request.args.get("code", "")
    if typed:
        code = read_code(typed)
        return (
            go(url_for("verify.answer", code=code))
            if code is not None
            else _shown(VerifyAnswer(code=typed[:20], state="unknown"))
        )
    return _shown(None)


@blueprint.get("/verify/<code>")
def answer(code: str) -> Response:
    """Genuine, superseded or unknown, with what can be compared with the paper."""
    if not _tries().may(request.remote_addr or "", outpost().clock()):
        return _shown(None, status=429, too_often=True)
    with looking(Actor()) as look:
        found = queries.verify(look.session, code)
        certificate = check(look.session, code) if found.state == "unknown" else None
    return _shown(found if certificate is None else None, certificate=certificate)


def _shown(found: VerifyAnswer | None, *, status: int = 200, **more: Any) -> Response:
    given = {"too_often": False, "certificate": None, **more}
    with looking(Actor()) as look:
        response = show("verify.html", look, status=status, found=found, hours=hours, day_of_certificate=issued_on, **given)
    if status == 429:
        response.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    response.headers["X-Robots-Tag"] = "noindex"
    return response
