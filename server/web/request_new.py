"""A new request: which kind, for whom, and the form of the flow in force."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.approvals import FlowRow, FormField, SubmitRequest
from contract.feedback import CategoryRow
from contract.forms import HALVES, MOST_PHOTOS, choices_of
from contract.ids import new_id
from contract.limits import MAX_BLOB_BYTES
from server.approvals import queries
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.leave.queries import kinds_on
from server.org.model import Post
from server.org.queries import company_day
from server.sync.blobs import name_of
from server.web.photos import blob_folder
from server.web.requests import anybody, either, said
from server.web.shell import Look, action, done, form_status, looking, op_id_of_form, page, perform_form, sentence_of, show

_SEPARATOR = " · "


@page("/requests/new", needs=Permission.SUBMIT_REQUEST)
def request_new(look: Look) -> Response:
    """The kinds, or the form of one."""
    return _new(look, request.args.get("kind", ""), None)


def _new(
    look: Look, kind: str, problem: tuple[str, str] | None, status: int = 200, warnings: list[Any] | None = None
) -> Response:  # fmt: skip
    flows = [flow for flow in queries.flows(look.session).items if not flow.retired]
    flow = next((one for one in flows if one.kind == kind), None)
    return show(
        "request_new.html", look, status=status, flows=flows, flow=flow, problem=problem, given=request.form or request.args,
        warnings=warnings or [], fields=fields_of(look, flow), request_id=request.form.get("request_id") or new_id(),
        section="console.requests", **said(look),
    )  # fmt: skip


def fields_of(look: Look, flow: FlowRow | CategoryRow | None) -> list[dict[str, Any]]:
    """The fields of a form with what can be chosen in them."""
    return [{"field": field, "options": options_of(look, field)} for field in (flow.fields if flow is not None else [])]


def options_of(look: Look, field: FormField) -> list[tuple[str, str]]:
    """(value, words) of what may be chosen; none where something is typed."""
    if field.kind == "yes_no":
        return [("yes", look.t("console.yes")), ("no", look.t("console.no"))]
    if field.kind == "half_day":
        return [(half, look.t(f"console.requests.half_{half}")) for half in HALVES]
    if choices := choices_of(field):
        return [(choice.value, either(look, choice.zh, choice.en)) for choice in choices]
    if field.kind == "post":
        rows = look.session.scalars(sa.select(Post).order_by(Post.code))
        return [(post.id, either(look, post.name_zh, post.name_en)) for post in rows]
    if field.kind == "leave_kind":
        with whole(look.session) as everything:
            kinds = kinds_on(everything, company_day(look.now)).values()
            return [(kind.code, either(look, kind.name_zh, kind.name_en)) for kind in kinds]
    return []


def answers(session: ScopedSession, flow: FlowRow | CategoryRow) -> dict[str, Any]:
    """What was filled in, as the operation wants it. Whether it fits is judged there."""
    found: dict[str, Any] = {}
    for field in flow.fields:
        if field.kind == "photo":
            if chosen := photos_chosen(field):
                found[field.key] = ",".join(name_of(content) for content in chosen)
            continue
        typed = request.form.get(f"form.{field.key}", "").strip()
        if not typed:
            continue
        if field.kind == "number":
            found[field.key] = int(typed) if typed.lstrip("-").isdigit() and len(typed) < 16 else typed
        elif field.kind == "yes_no":
            found[field.key] = {"yes": True, "no": False}.get(typed, typed)
        elif field.kind in ("store", "person"):
            found[field.key] = typed.rsplit(_SEPARATOR, 1)[-1].strip()
        else:
            found[field.key] = typed
    return found


def photos_chosen(field: FormField) -> list[bytes]:
    """The files that were chosen for a field. Raises Problem where one is no photo that a browser can show, or too large."""
    files = [file.read(MAX_BLOB_BYTES + 1) for file in request.files.getlist(f"form.{field.key}")[: MOST_PHOTOS + 1] if file]
    for file in request.files.getlist(f"form.{field.key}"):
        file.seek(0)
    for content in files:
        if len(content) > MAX_BLOB_BYTES:
            raise Problem("blob.too_large", field=f"form.{field.key}", limit=MAX_BLOB_BYTES)
        if not content.startswith((b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff")):
            raise Problem("form.not_a_photo", field=f"form.{field.key}")
    return files


@action("/requests", needs=Permission.SUBMIT_REQUEST)
def submit_request(who: Actor) -> Response:
    """Submit the form. A warning is shown first; sent again with it seen, the request goes on."""
    given = request.form
    kind = given.get("kind", "")
    request_id = given.get("request_id", "")
    try:
        with looking(who) as look:
            flow = next((one for one in queries.flows(look.session).items if one.kind == kind), None)
            if flow is None:
                raise Problem("approvals.kind_unknown", field="kind", kind=kind[:40])
            person = given.get("person_id", "").strip()
            values = {
                "request_id": request_id, "kind": kind, "warned": given.getlist("warned"),
                "person_id": anybody(look.session, person) if person else who.person_id, "form": answers(look.session, flow),
            }  # fmt: skip
        operation = wire.convert(values, SubmitRequest)
        assert op_id_of_form()
        perform_form(who, operation)
        for field in flow.fields:
            for content in photos_chosen(field) if field.kind == "photo" else ():
                blob_folder().keep(content)
    except (Problem, wire.Malformed) as wrong:
        warnings = wrong.facts.get("warnings", []) if isinstance(wrong, Problem) and wrong.code == "approvals.warning" else []
        with looking(who) as look:
            return _new(look, kind, sentence_of(wrong), form_status(wrong), list(warnings) if isinstance(warnings, list) else [])
    return done("console.request_page", "request_submitted", request_id=request_id)
