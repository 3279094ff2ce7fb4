"""The page for whoever holds a statement on paper: nobody signs in, and nothing is shown that the paper does not show."""

from __future__ import annotations

import threading
from collections import OrderedDict
from datetime import datetime, timedelta
from typing import Any

from flask import Blueprint, Response, request, url_for

from contract.statement_seal import read_code
from contract.statements import VerifyAnswer
from server.kernel.actors import Actor
from server.kernel.http import declare, outpost
from server.statements import queries
from server.statements.paper import hours
from server.web.shell import go, looking, show

blueprint = Blueprint("verify", __name__, template_folder="templates")
WHY = "who holds a paper may ask whether it is genuine; a code cannot be guessed"
TRIES, WITHIN, REMEMBERED = 30, timedelta(minutes=10), 10_000


class Tries:
    """How often an address asked lately. In memory, a process each: a code of 54 bits needs no more than to be slow to try."""

    def __init__(self) -> None:
        self._asked: OrderedDict[str, list[datetime]] = OrderedDict()
        self._lock = threading.Lock()

    def may(self, who: str, now: datetime) -> bool:
        """Count this time; False when it is once too often."""
        with self._lock:
            lately = [at for at in self._asked.pop(who, []) if now - at < WITHIN]
            allowed = len(lately) < TRIES
            self._asked[who] = [*lately, now] if allowed else lately
            while len(self._asked) > REMEMBERED:
                self._asked.popitem(last=False)
            return allowed


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
    return _shown(found)


def _shown(found: VerifyAnswer | None, *, status: int = 200, **more: Any) -> Response:
    given = {"too_often": False, **more}
    with looking(Actor()) as look:
        response = show("verify.html", look, status=status, found=found, hours=hours, **given)
    if status == 429:
        response.headers["Retry-After"] = str(int(WITHIN.total_seconds()))
    response.headers["X-Robots-Tag"] = "noindex"
    return response
