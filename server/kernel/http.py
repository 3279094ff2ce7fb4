"""Between Flask and the kernel: how endpoints are declared, who is asking, and how refusals become answers.

Every endpoint names the right it needs when it is declared; a URL that is not in ENDPOINTS fails the suite. Bodies hold no
logic: reads are a query and its presentation, writes are a table of paths and operations.
"""

from __future__ import annotations

import functools
import gzip
import re
import uuid
import zlib
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from http import HTTPStatus
from typing import Any

import structlog
from flask import Flask, Response, current_app, g, request
from flask_smorest import Blueprint
from werkzeug.exceptions import HTTPException

from contract import wire
from contract.ids import is_id, new_id
from contract.limits import MAX_REQUEST_BYTES, Id
from contract.messages import LANGUAGES, Language, say
from contract.refusals import REFUSALS
from contract.sealing import Signer
from contract.sync import ProblemBody
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database
from server.kernel.perform import Outcome, perform, reading
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of
from server.settings import Settings

log = structlog.get_logger()


@dataclass(frozen=True)
class Endpoint:
    """One declared endpoint. `needs`: a permission, or "public", "device" (signed by an enrolled device), "signed_in"."""

    method: str
    rule: str
    needs: Permission | str
    why: str = ""


# Python's JSON reader fails on a number of more than 4,300 digits; no text of ours may be longer than 1,000 characters.
_ENDLESS = re.compile(rb"[0-9]{1001}")
ENDPOINTS: dict[tuple[str, str], Endpoint] = {}


@dataclass
class Outpost:
    """What a running server holds. `authenticate` turns a request into an actor; the people area provides it."""

    settings: Settings
    db: Database
    signer: Signer
    authenticate: Callable[[], Actor | None]
    clock: Callable[[], datetime] = lambda: datetime.now(UTC)
    notes: dict[str, Any] = field(default_factory=dict)


def outpost() -> Outpost:
    """The server this request belongs to."""
    found: Outpost = current_app.extensions["outpost"]
    return found


def language() -> Language:
    """The reader's language: what they chose, else what their browser asks for, else English."""
    chosen = request.cookies.get("language") or request.accept_languages.best_match(["zh", "en"])
    return chosen if chosen in LANGUAGES else "en"


def actor() -> Actor:
    """Who is asking. Raises Problem("access.sign_in") when nobody is signed in."""
    if "actor" not in g:
        g.actor = outpost().authenticate()
    if g.actor is None:
        raise Problem("access.sign_in")
    found: Actor = g.actor
    return found


def declare(method: str, rule: str, needs: Permission | str, why: str = "") -> None:
    """Enter an endpoint in the list that the rights matrix is made from."""
    ENDPOINTS[method, rule] = Endpoint(method, rule, needs, why)


def answer(shape: Any, status: int = 200) -> Response:
    """A JSON response from a wire shape."""
    return Response(wire.encode(shape), status, mimetype="application/json")


class PathId(wire.Wire, frozen=True, kw_only=True):
    """An id in a path."""

    id: Id


def reads(
    blueprint: Blueprint, path: str, *, needs: Permission, answers: type, asks: type | None = None, summary: str = ""
) -> Callable[[Callable[..., Any]], Callable[..., Any]]:
    """Declare a GET: fn(session, asked?, **path) -> shape. The session sees only what the actor may see."""
    full = f"{blueprint.url_prefix or ''}{path}"
    declare("GET", full, needs)

    def register(fn: Callable[..., Any]) -> Callable[..., Any]:
        @functools.wraps(fn)
        def view(*args: Any, **path_values: Any) -> Response:
            who = actor()
            who.must(needs)
            _check_path_ids(path_values)
            with reading(outpost().db, who) as session:
                return answer(fn(session, *args, **path_values))

        documented = blueprint.response(200, schema_of(answers))(view)
        if asks is not None:
            documented = blueprint.arguments(schema_of(asks, from_text=True), location="query")(documented)
        documented = blueprint.doc(security=[{"bearer": []}], summary=summary or _first_line(fn))(documented)
        documented = document_refusals(blueprint, documented)
        return blueprint.route(path, methods=["GET"])(documented)  # type: ignore[no-any-return]

    return register


class OutcomeBody(wire.Wire, frozen=True, kw_only=True):
    """How an operation ended. `answer` is what the operation gives back, if anything."""

    op_id: str
    status: str
    code: str | None = None
    facts: dict[str, Any] = {}
    answer: dict[str, Any] | None = None


def writes(blueprint: Blueprint, table: dict[str, tuple[type, Permission]]) -> None:
    """Declare a POST for each path: the body is the operation, `Idempotency-Key` its id. Asking again gives the same answer."""
    for path, (operation, needs) in table.items():
        _write(blueprint, path, operation, needs)


def _write(blueprint: Blueprint, path: str, operation: type, needs: Permission) -> None:
    declare("POST", f"{blueprint.url_prefix or ''}{path}", needs)

    def view(body: wire.Wire) -> Response:
        who = actor()
        who.must(needs)
        key = request.headers.get("Idempotency-Key")
        if key is not None and not is_id(key):
            raise Problem("wire.wrong_type", field="Idempotency-Key", want="uuid", got=key[:60])
        return outcome_response(do(who, body, op_id=key))

    view.__name__ = wire.name_of(operation).replace(".", "_").replace("/", "_v")
    view.__doc__ = operation.__doc__
    documented: Any = blueprint.response(201, schema_of(OutcomeBody))(view)
    documented = blueprint.arguments(schema_of(operation), location="json")(documented)
    documented = blueprint.doc(
        security=[{"bearer": []}],
        summary=_first_line(operation),
        parameters=[
            {
                "in": "header",
                "name": "Idempotency-Key",
                "schema": {"type": "string", "format": "uuid"},
                "description": "The operation's id; the same id again gives the first answer.",
            }
        ],
    )(documented)
    documented = document_refusals(blueprint, documented)
    blueprint.route(path, methods=["POST"])(documented)


def do(who: Actor, operation: wire.Wire, *, op_id: str | None = None) -> Outcome:
    """Perform an operation for whoever is asking."""
    found = outpost()
    return perform(found.db, who, operation, op_id=op_id or new_id(), now=found.clock(), secret=found.settings.secret)


def outcome_response(outcome: Outcome) -> Response:
    if outcome.status == "rejected" and outcome.code is not None:
        return problem_response(outcome.code, outcome.field, outcome.facts)
    body = OutcomeBody(op_id=outcome.op_id, status=outcome.status, code=outcome.code, facts=outcome.facts, answer=outcome.answer)
    return answer(body, 201)


def problem_response(code: str, field_name: str | None = None, facts: dict[str, Any] | None = None) -> Response:
    facts = facts or {}
    sentence = say(language(), code, **{"field": field_name or "", **facts})
    body = ProblemBody(code=code, field=field_name, facts=facts, message=sentence)
    response = answer(body, REFUSALS[code].http)
    if REFUSALS[code].http == 429:
        response.headers["Retry-After"] = str(facts.get("retry_after_s", 5))
    if REFUSALS[code].http == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    return response


def _check_path_ids(values: dict[str, Any]) -> None:
    for name, value in values.items():
        if name.endswith("_id"):
            try:
                uuid.UUID(value)
            except ValueError:
                raise Problem("access.not_found", id=value[:60]) from None
            if not is_id(value):
                raise Problem("access.not_found", id=value[:60])


def _first_line(thing: Any) -> str:
    return (thing.__doc__ or "").strip().split("\n")[0].rstrip(".")


def document_refusals(blueprint: Blueprint, view: Any) -> Any:
    """The view with every way of being refused in its documentation: one wrapper for all of them, for each copies all that was
    documented before, and each request goes through it."""
    first, *others = 400, 401, 403, 404, 409, 413, 422, 429
    view = blueprint.alt_response(first, schema=schema_of(ProblemBody))(view)
    documented = view._apidoc["response"]["responses"]
    for status in others:
        documented.setdefault(status, []).append({**documented[first][-1], "description": HTTPStatus(status).phrase})
    return view


def body_bytes(limit: int = MAX_REQUEST_BYTES) -> bytes:
    """The request's body, gunzipped, at most `limit` bytes after inflating: a zip bomb stops there."""
    raw = request.get_data(cache=False)
    if request.headers.get("Content-Encoding", "").lower() != "gzip":
        if len(raw) > limit:
            raise Problem("wire.too_large", limit=limit)
        return raw
    try:
        inflate = zlib.decompressobj(31)
        body = inflate.decompress(raw, limit + 1)
    except zlib.error:
        raise Problem("wire.not_json") from None
    if len(body) > limit or inflate.unconsumed_tail:
        raise Problem("wire.too_large", limit=limit)
    return body


def _zip_level(response: Response) -> int:
    """A small answer is squeezed quickly; a long one crosses a thin line, and harder squeezing saves more than it costs."""
    return 4 if len(response.get_data()) < 20_000 else 9


def zipped(response: Response) -> Response:
    """The same response, gzipped when the caller can read that and it is worth it."""
    if "gzip" in request.headers.get("Accept-Encoding", "") and len(response.get_data()) > 512:
        response.set_data(gzip.compress(response.get_data(), _zip_level(response), mtime=0))
        response.headers["Content-Encoding"] = "gzip"
    return response


def _path_told() -> str:
    """The path as a log may have it: what stands after /calendar/ opens somebody's shifts."""
    return "/calendar/..." if request.path.startswith("/calendar/") else request.path


def answer_problems(app: Flask) -> None:
    """Turn every way of failing into a ProblemBody: a code, facts, and a sentence in the reader's language."""

    @app.errorhandler(Problem)
    def _problem(problem: Problem) -> Response:
        return problem_response(problem.code, problem.field, problem.facts)

    @app.errorhandler(wire.Malformed)
    def _malformed(bad: wire.Malformed) -> Response:
        return problem_response(bad.code, bad.field, dict(bad.facts))

    @app.errorhandler(HTTPException)
    def _http(error: HTTPException) -> Response:
        refused = getattr(getattr(error, "exc", None), "problem", None)
        if isinstance(refused, wire.Malformed):
            return problem_response(refused.code, refused.field, dict(refused.facts))
        code = {
            400: "wire.not_json",
            401: "access.sign_in",
            403: "access.not_allowed",
            404: "access.not_found",
            413: "wire.too_large",
            415: "wire.not_json",
            422: "wire.invalid",
        }.get(error.code or 500)
        if code is None:
            response = answer(ProblemBody(code=f"http.{error.code}", message=error.description or ""), error.code or 500)
            for name, value in error.get_headers():
                if name == "Allow":
                    response.headers[name] = value
            return response
        return problem_response(code)

    @app.errorhandler(Exception)
    def _bug(bug: Exception) -> Response:
        trace = new_id()[-12:]
        log.error("a request failed", trace=trace, path=_path_told(), exc_info=bug)
        body = ProblemBody(code="operation.failed_here", trace=trace, message=say(language(), "operation.failed_here"))
        return answer(body, 500)

    @app.before_request
    def _not_too_deep() -> Response | None:
        if request.is_json and request.path != "/api/v1/sync":
            if (request.content_length or 0) > MAX_REQUEST_BYTES:
                return problem_response("wire.too_large", facts={"limit": MAX_REQUEST_BYTES})
            body = request.get_data(cache=True)
            if wire.too_deep(body):
                return problem_response("wire.too_deep")
            if _ENDLESS.search(body):
                return problem_response("wire.not_json")
        return None
