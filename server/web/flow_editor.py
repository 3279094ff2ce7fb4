"""Flows made and changed by HQ: the kinds, their versions, and an editor whose every state is a form, so that it works
without scripts and nothing is published by looking."""

from __future__ import annotations

from typing import Any

from flask import Response, request

from contract import wire
from contract.approvals import FieldKind, FlowRow, FormField, PublishFlow, Relation, RetireFlow, StepRule
from contract.people import ROLES
from contract.wire import plain
from server.approvals import queries, rules
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.web.request_new import fields_of
from server.web.requests import said
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show

FIELD_KINDS: tuple[str, ...] = FieldKind.__args__  # type: ignore[attr-defined]
RELATIONS: tuple[str, ...] = Relation.__args__  # type: ignore[attr-defined]
SPARE_FIELDS, SPARE_STEPS = 3, 2
WHO = tuple(f"relation:{name}" for name in RELATIONS) + tuple(f"role:{role}" for role in ROLES)


@page("/flows", needs=Permission.MANAGE_FLOWS)
def flows(look: Look) -> Response:
    """Every kind of request."""
    return show("flows.html", look, flows=queries.flows(look.session).items, section="console.requests", **said(look))


@page("/flows/new", needs=Permission.MANAGE_FLOWS)
def flow_new(look: Look) -> Response:
    """An empty editor."""
    return _editor(look, _blank(), None)


@page("/flows/<kind>", needs=Permission.MANAGE_FLOWS)
def flow_page(look: Look, kind: str) -> Response:
    """A kind: the version in force, what it looks like, its past versions."""
    versions = _versions(look, kind)
    return show(
        "flow.html", look, versions=versions, flow=versions[0], fields=fields_of(look, versions[0]),
        section="console.requests", **said(look),
    )  # fmt: skip


@page("/flows/<kind>/edit", needs=Permission.MANAGE_FLOWS)
def flow_edit(look: Look, kind: str) -> Response:
    """The editor, filled with the version in force."""
    return _editor(look, _filled(_versions(look, kind)[0]), None)


def _versions(look: Look, kind: str) -> list[FlowRow]:
    found = queries.versions_of(look.session, kind[:40])
    if not found:
        raise Problem("approvals.kind_unknown", kind=kind[:40])
    return found


def _blank() -> dict[str, Any]:
    step = {"order": 1, "mandatory": True, "signatures": 1, "by": "relation", "who": "own_manager"}
    return {"kind": "", "name_zh": "", "name_en": "", "from_phone": True, "urgent": False, "fields": [], "steps": [step]}


def _filled(flow: FlowRow) -> dict[str, Any]:
    found: dict[str, Any] = plain(flow)
    return found


def _editor(
    look: Look, flow: dict[str, Any], problem: tuple[str, str] | None, status: int = 200, preview: FlowRow | None = None
) -> Response:  # fmt: skip
    return show(
        "flow_edit.html", look, status=status, flow=flow, problem=problem, preview=preview, who=WHO, kinds=FIELD_KINDS,
        fields=fields_of(look, preview), spare_fields=SPARE_FIELDS, spare_steps=SPARE_STEPS, version_id=born_of_form("flow"),
        section="console.requests", **said(look),
    )  # fmt: skip


def _typed() -> dict[str, Any]:
    """The flow as it stands in the form. Lines without a key are not there."""
    given = request.form
    return {
        "kind": given.get("kind", "").strip(), "name_zh": given.get("name_zh", "").strip(),
        "name_en": given.get("name_en", "").strip(), "from_phone": "from_phone" in given, "urgent": "urgent" in given,
        "fields": typed_fields(),
        "steps": [found for n in range(20) if (found := _step(n)) is not None],
    }  # fmt: skip


def typed_fields() -> list[dict[str, Any]]:
    """The fields of a form as they stand in the editor."""
    return [found for n in range(40) if (found := _field(n)) is not None]


def _of(row: str, name: str) -> str:
    return request.form.get(f"{row}.{name}", "").strip()


def _field(n: int) -> dict[str, Any] | None:
    row = f"field{n}"
    if not _of(row, "key"):
        return None
    found: dict[str, Any] = {name: _of(row, name) for name in ("key", "label_zh", "label_en", "kind")}
    found["required"] = bool(_of(row, "required"))
    if choices := [line.strip() for line in _of(row, "choices").splitlines() if line.strip()]:
        found["choices"] = choices
    return found | _numbers(row, "least", "most")


def _step(n: int) -> dict[str, Any] | None:
    row = f"step{n}"
    if not _of(row, "key"):
        return None
    by, _, who = _of(row, "who").partition(":")
    found: dict[str, Any] = {name: _of(row, name) for name in ("key", "title_zh", "title_en")}
    found |= {"by": by, "who": who, "mandatory": bool(_of(row, "mandatory"))}
    if only_if := _of(row, "only_if"):
        found["only_if"] = only_if
    return found | _numbers(row, "order", "signatures", "deadline_h")


def _numbers(row: str, *names: str) -> dict[str, Any]:
    typed = {name: _of(row, name) for name in names}
    return {name: int(text) if text.isdigit() and len(text) < 10 else text for name, text in typed.items() if text}


@action("/flows/draft", needs=Permission.MANAGE_FLOWS)
def flow_draft(who: Actor) -> Response:
    """The editor's buttons: look at it, or publish it as the next version."""
    typed = _typed()
    try:
        flow = wire.convert({"version_id": born_of_form("flow"), **typed}, PublishFlow)
        if request.form.get("what") == "publish":
            perform_form(who, flow)
            return done("console.flow_page", "flow_published", kind=flow.kind)
        fault = rules.judge_flow(flow.fields, flow.steps, ROLES)
        if fault is not None:
            raise Problem(fault.code, field=fault.field)
        with looking(who) as look:
            return _editor(look, typed, None, preview=_preview(flow))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _editor(look, typed, _where(look, wrong, typed), form_status(wrong))


def _where(look: Look, wrong: Problem | wire.Malformed, typed: dict[str, Any]) -> tuple[str, str]:
    """The field and a sentence that says at which line: `steps[1].who` is the second step."""
    name, sentence = sentence_of(wrong)
    listed, _, rest = name.partition("[")
    if listed in ("fields", "steps") and rest[:1].isdigit():
        n = int(rest.split("]")[0].lstrip("."))
        key = typed[listed][n]["key"] if n < len(typed[listed]) else ""
        return name, look.t(f"console.flows.wrong_{listed}", n=n + 1, line=key, said=sentence)
    return name, sentence


def _preview(flow: PublishFlow) -> FlowRow:
    fields: list[FormField] = flow.fields
    steps: list[StepRule] = flow.steps
    return FlowRow(
        id=flow.version_id, kind=flow.kind, version=0, name_zh=flow.name_zh, name_en=flow.name_en, fields=fields, steps=steps,
        from_phone=flow.from_phone, urgent=flow.urgent, retired=False,
    )  # fmt: skip


@action("/flows/<kind>/retirement", needs=Permission.MANAGE_FLOWS)
def flow_retire(who: Actor, kind: str) -> Response:
    """No more requests of this kind."""
    try:
        perform_form(who, wire.convert({"kind": kind, "reason": request.form.get("reason", "").strip()}, RetireFlow))
    except wire.Malformed:
        return done("console.flow_page", "reason_needed", kind=kind)
    return done("console.flow_page", "flow_retired", kind=kind)
