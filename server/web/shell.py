"""What every console page shares: how it is declared, who looks, its forms' tokens, and the frame it is drawn in.

A page looks through a reading session of whoever is signed in; an action checks the form's token and performs operations.
Neither holds a rule or a question to the database.
"""

from __future__ import annotations

import functools
import hashlib
import hmac
import re
import secrets
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode, urlsplit

from flask import Blueprint, Response, g, make_response, redirect, render_template, request, url_for

from contract import wire
from contract.ids import derived_id, is_id, new_id
from contract.messages import Language, say
from server.approvals.queries import to_decide
from server.attendance.corrections_queries import open_appeals
from server.attendance.review_queries import waiting_count
from server.inbox.queries import open_count
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, declare, do, language, outpost
from server.kernel.perform import Outcome, reading
from server.kernel.problems import Problem
from server.people import sign_in
from server.web.menu import menu_of

blueprint = Blueprint("console", __name__, url_prefix="/console", template_folder="templates", static_folder="static")
FORM_COOKIE = "outpost_form"


@dataclass
class Look:
    """One look: who, in which language, at which moment, on one snapshot of the database."""

    session: ScopedSession
    actor: Actor
    now: datetime
    language: Language

    def t(self, key: str, **facts: object) -> str:
        return say(self.language, key, **facts)

    def may(self, permission: Permission) -> bool:
        return self.actor.may(permission)

    def role_name(self, key: str) -> str:
        """What a role is called: the company's word for it, else ours."""
        names = self.actor.rules.names.get(key)
        return names[self.language == "en"] if names is not None else self.t(f"console.role.{key}")

    def may_at(self, permission: Permission, store_id: str | None) -> bool:
        """Whether the right counts for this store."""
        return self.actor.has_everywhere(permission) or store_id in self.actor.stores_for(permission)


View = Callable[..., Any]


def page(rule: str, *, needs: Permission | str, endpoint: str | None = None) -> Callable[[View], View]:
    """Declare a GET: fn(look, **path) -> what Flask can answer with."""
    declare("GET", f"/console{rule}", needs)

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def view(**path: Any) -> Any:
            who = _entitled(needs)
            _ids_or_not_found(path)
            with looking(who) as look:
                return fn(look, **path)

        blueprint.add_url_rule(rule, endpoint or fn.__name__, view, methods=["GET"])
        return view

    return register


def action(rule: str, *, needs: Permission | str) -> Callable[[View], View]:
    """Declare a POST: fn(actor, **path). The form's token is checked before anything is read from it."""
    declare("POST", f"/console{rule}", needs)

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def view(**path: Any) -> Any:
            who = _entitled(needs)
            check_form_token()
            _ids_or_not_found(path)
            return fn(who, **path)

        blueprint.add_url_rule(rule, fn.__name__, view, methods=["POST"])
        return view

    return register


def _entitled(needs: Permission | str) -> Actor | None:
    if needs == "public":
        return None
    who = actor()
    if isinstance(needs, Permission):
        who.must(needs)
    return who


def _ids_or_not_found(path: dict[str, Any]) -> None:
    for name, value in path.items():
        if name.endswith("_id") and not is_id(value):
            raise Problem("access.not_found", id=str(value)[:60])


class looking:
    """A look for the length of a with-block; templates are drawn inside it."""

    def __init__(self, who: Actor | None) -> None:
        self._who = who or Actor()
        self._reading = reading(outpost().db, self._who)

    def __enter__(self) -> Look:
        look = Look(self._reading.__enter__(), self._who, outpost().clock(), language())
        g.look = look
        return look

    def __exit__(self, *why: Any) -> None:
        g.pop("look", None)
        self._reading.__exit__(*why)


# -- forms ---------------------------------------------------------------------------------------------------------------


def session_cookie() -> str:
    """The name of the cookie that says who is signed in."""
    return sign_in.session_cookie(behind_tls=outpost().settings.behind_tls)


def form_token() -> str:
    """The token of this browser's forms: of the session, or of the page it signs in on."""
    seed = request.cookies.get(session_cookie()) or request.cookies.get(FORM_COOKIE) or _new_form_seed()
    return hmac.digest(outpost().settings.secret, b"form|" + seed.encode(), hashlib.sha256).hex()


def _new_form_seed() -> str:
    if "form_seed" not in g:
        g.form_seed = secrets.token_urlsafe(24)
    return str(g.form_seed)


def check_form_token() -> None:
    """Refuse a POST that no form of ours made in this browser."""
    site = request.headers.get("Sec-Fetch-Site", "same-origin")
    origin = request.headers.get("Origin")
    if site not in ("same-origin", "none") or (origin is not None and urlsplit(origin).netloc != request.host):
        raise Problem("access.stale_form")
    has_seed = session_cookie() in request.cookies or FORM_COOKIE in request.cookies
    given = request.headers.get("X-Form-Token") or request.form.get("form_token", "")
    if not has_seed or not hmac.compare_digest(given.encode(), form_token().encode()):
        raise Problem("access.stale_form")


def set_cookie(response: Response, name: str, value: str, *, seconds: int | None, readable: bool = False) -> None:
    """A cookie of ours: never for other sites, and for scripts only where said."""
    tls = outpost().settings.behind_tls
    response.set_cookie(name, value, max_age=seconds, httponly=not readable, samesite="Lax", secure=tls, path="/")


def op_id_of_form() -> str:
    """The id the form was born with: sent twice, it is performed once."""
    given = request.form.get("op_id", "")
    return given if is_id(given) else new_id()


def born_of_form(kind: str) -> str:
    """The id of what this form makes: the same when the form is sent twice."""
    return derived_id("console", kind, op_id_of_form())


def perform_form(who: Actor, operation: wire.Wire) -> Outcome:
    """Perform an operation a form asked for. Raises the refusal as Problem."""
    outcome = do(who, operation, op_id=op_id_of_form())
    if outcome.status == "rejected" and outcome.code is not None:
        raise Problem(outcome.code, field=outcome.field, **{k: v for k, v in outcome.facts.items() if k != "field"})
    return outcome


_IN_A_ROW = re.compile(r"\w+\[(\d+)\]\.(\w+)")  # as msgspec names it
KINDS = ("int", "float", "str", "bool", "array", "object", "null")


def sentence_of(problem: Problem | wire.Malformed) -> tuple[str, str]:
    """The field and the sentence of what was wrong with a form."""
    facts: dict[str, Any] = dict(problem.facts)
    name = problem.field or str(facts.pop("field", "") or "")
    facts |= {key: _kind_said(str(facts[key])) for key in ("want", "got") if problem.code == "wire.wrong_type" and key in facts}
    return name, say(language(), problem.code, **{**facts, "field": _field_said(name)})


def _field_said(name: str) -> str:
    """A field by its name on the page; one of a row with the row's number."""
    row = _IN_A_ROW.fullmatch(name)
    leaf = row[2] if row is not None else name.split(".")[0]
    label = say(language(), f"console.field.{leaf}") if leaf else ""
    if label.startswith("console.field."):
        return name
    return label if row is None else say(language(), "console.field_in_row", n=int(row[1]) + 1, field=label)


def _kind_said(said: str) -> str:
    """What kind of value was wanted or came, in words: "int | null" is a whole number."""
    words = {kind: say(language(), f"console.want.{kind}") for kind in KINDS}
    kinds = [one for one in said.split(" | ") if one != "null"] or ["null"]
    return say(language(), "console.want.or").join(words.get(one, one) for one in kinds)


def form_status(wrong: Problem | wire.Malformed) -> int:
    """The status of a form shown again: something it names that is not there is the form's fault, not the page's."""
    return wrong.http if isinstance(wrong, Problem) and wrong.http not in (401, 404) else 422


# -- answers -------------------------------------------------------------------------------------------------------------


def show(template: str, look: Look, *, status: int = 200, **values: Any) -> Response:
    """A page in its frame; for htmx without the frame around it."""
    partial = "HX-Request" in request.headers and "HX-Boosted" not in request.headers
    layout = "console/part.html" if partial else "console/frame.html"
    html = render_template(f"console/{template}", layout=layout, look=look, status=status, **frame_values(look), **values)
    return make_response(html, status)


def frame_values(look: Look) -> dict[str, Any]:
    """What the frame itself shows: the menu this person has, and who they are."""
    return {
        "menu": menu_of(look.may),
        "viewer": viewer(look),
        "badges": badges(look),
        "company": outpost().settings.company,
        "tile_url": outpost().settings.tile_url,
    }


def badges(look: Look) -> dict[str, int]:
    """Numbers beside entries of the menu: open inbox items, requests that wait for this person, punches and appeals to decide."""
    if look.actor.account_id is None or "web_session" not in g:
        return {}
    found = {"console.inbox": open_count(look.session), "console.requests": to_decide(look.session)}
    if look.may(Permission.REVIEW_PUNCHES):
        found["console.review"] = waiting_count(look.session) + open_appeals(look.session)
    return found


def viewer(look: Look) -> dict[str, Any] | None:
    """The signed-in person's card for the frame."""
    session = g.get("web_session")
    if look.actor.account_id is None or session is None:
        return None
    return {"name": session.person_name, "roles": sorted({held.role for held in session.roles})}


def done(endpoint: str, what: str, **values: Any) -> Response:
    """Go to a page that says what was done; `what` is a key below console.done."""
    return go(url_for(endpoint, done=what, **values))


def go(address: str) -> Response:
    """See other, for a browser or for htmx."""
    if "HX-Request" in request.headers:
        response = make_response("", 204)
        response.headers["HX-Redirect"] = address
        return response
    return make_response(redirect(address, 303))


def safe_next(address: str | None) -> str | None:
    """An address inside the console, or None: nobody is sent elsewhere after signing in."""
    if not address or not address.startswith("/console") or "\\" in address or address.startswith("//"):
        return None
    parts = urlsplit(address)
    clean = not parts.scheme and not parts.netloc and "\n" not in address and "\r" not in address
    return address if clean else None


def address_with(**changes: Any) -> str:
    """This page's address with some of its questions changed; None takes one away."""
    asked = {name: values for name, values in request.args.to_dict(flat=False).items() if name != "done"}
    for name, value in changes.items():
        if value is None:
            asked.pop(name, None)
        else:
            asked[name] = [str(value)] if not isinstance(value, list) else value
    kept = [(name, value) for name, values in asked.items() for value in values if value != ""]
    return f"{request.path}?{urlencode(kept)}" if kept else request.path
