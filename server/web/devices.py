"""Devices: what each holds and owes, enrolment codes with their QR, names, revocation."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import segno
from flask import Response, request

from contract import wire
from contract.devices import IssueCode, RenameDevice, Revoke
from server.devices.overview_queries import device_lines, still_held
from server.devices.queries import receipts
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.web.find import person_label, person_meant, store_label, store_meant
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.tables import Column, contains, csv_answer, table, wants_csv
from server.web.units import asked_unit
from server.web.words import full

VALID_MIN = (10, 60, 1_440)

COLUMNS = (
    Column("device", lambda line: line.row.label, always=True),
    Column("device_kind", lambda line: line.row.kind),
    Column("belongs_to", lambda line: line.owner),
    Column("last_seen", lambda line: full(line.last_seen_at)),
    Column("waiting", lambda line: line.row.waiting, number=True),
    Column("unconfirmed", lambda line: line.row.scopes_unconfirmed, number=True),
    Column("head", lambda line: line.row.head, number=True, hidden=True),
    Column("app", lambda line: line.row.app, hidden=True),
    Column("enrolled", lambda line: full(line.enrolled_at), hidden=True),
    Column("device_state", lambda line: state_of(line)),
)


def state_of(line: object) -> str:
    """revoked, forked, or working."""
    row = line.row  # type: ignore[attr-defined]
    return "revoked" if row.revoked_ms else "forked" if row.forked else "working"


@page("/devices", needs=Permission.READ_DEVICES)
def devices(look: Look) -> Response:
    asked = request.args
    lines = device_lines(look.session, unit_id=asked_unit())
    held = still_held(look.session)
    wanted = asked.get("show", "")
    found = [
        line
        for line in lines
        if contains(asked.get("q", ""), line.row.label, line.owner, line.hardware)
        and (not asked.get("kind") or line.row.kind == asked["kind"])
        and (wanted == "all" or (state_of(line) == "revoked") == (wanted == "revoked"))
    ]
    rows = table("devices", COLUMNS, found, sort="-last_seen")
    if wants_csv():
        return csv_answer(look, rows)
    return show("devices.html", look, table=rows, held=held, any_device=bool(lines), state_of=state_of)


@page("/devices/<device_id>", needs=Permission.READ_DEVICES)
def device(look: Look, device_id: str) -> Response:
    return _device(look, device_id, None)


def _device(look: Look, device_id: str, problem: tuple[str, str] | None, status: int = 200) -> Response:
    found = device_lines(look.session, device_id=device_id)
    if not found:
        raise Problem("access.not_found", id=device_id)
    return show(
        "device.html", look, status=status, line=found[0], held=still_held(look.session, device_id), problem=problem,
        section="console.devices", state=state_of(found[0]),
        receipts=[_receipt(one) for one in receipts(look.session, device_id, limit=10)],
    )  # fmt: skip


def _receipt(one: Any) -> dict[str, object]:
    """A receipt with the moment it names; how its text is made stands in contract.sealing."""
    head, text, signature = one
    lines = (text or "").split("\n")
    return {"head": head, "signed_ms": int(lines[3]) if len(lines) > 3 and lines[3].isdecimal() else None, "sig": signature or ""}


@action("/devices/<device_id>/name", needs=Permission.ENROL_DEVICES)
def rename_device(who: Actor, device_id: str) -> Response:
    return _act(who, device_id, RenameDevice, {"device_id": device_id, "label": request.form.get("label", "").strip()}, "renamed")


@action("/devices/<device_id>/revoke", needs=Permission.REVOKE_DEVICES)
def revoke_device(who: Actor, device_id: str) -> Response:
    return _act(who, device_id, Revoke, {"device_id": device_id, "reason": request.form.get("reason", "").strip()}, "revoked")


def _act(who: Actor, device_id: str, shape: type[wire.Wire], values: dict[str, object], what: str) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _device(look, device_id, sentence_of(wrong), form_status(wrong))
    return done("console.device", what, device_id=device_id)


@page("/devices/new", needs=Permission.ENROL_DEVICES)
def new_code(look: Look) -> Response:
    return _new_code(look, None)


def _new_code(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    given = request.form or request.args
    kind = given.get("kind") or ("kiosk" if given.get("store") or given.get("store_id") else "phone")
    return show(
        "code_new.html", look, status=status, problem=problem, kind=kind, valid_min=VALID_MIN, section="console.devices",
        person=person_label(look, given.get("person_id") or given.get("person", "")),
        store=store_label(look, given.get("store_id") or given.get("store", "")),
    )  # fmt: skip


@action("/devices/new", needs=Permission.ENROL_DEVICES)
def issue_code(who: Actor) -> Response:
    """The code is in this answer and nowhere else; sent again, the form gives the same one."""
    given = request.form
    kind = given.get("kind", "")
    minutes = given.get("valid_min", "10")
    try:
        values = {
            "code_id": born_of_form("code"), "kind": kind, "valid_min": int(minutes) if minutes.isdecimal() else 10,
            **_whose(who, kind, given),
        }  # fmt: skip
        outcome = perform_form(who, wire.convert(values, IssueCode))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _new_code(look, sentence_of(wrong), form_status(wrong))
    issued = outcome.answer
    with looking(who) as look:
        return show(
            "code_issued.html", look, code=issued["code"], expires_ms=issued["expires_ms"], kind=kind,
            qr=qr_svg(issued["qr"]), section="console.devices", owner=_owner(look, values),
        )  # fmt: skip


def _whose(who: Actor, kind: str, given: Mapping[str, str]) -> dict[str, str | None]:
    with looking(who) as look:
        return {
            "person_id": person_meant(look, given.get("person_id", "")) if kind == "phone" else None,
            "store_id": store_meant(look, given.get("store_id", "")) if kind == "kiosk" else None,
        }


def _owner(look: Look, values: Mapping[str, object]) -> str:
    from server.people.model import Person
    from server.stores.model import Store

    model: Any = Person if values["kind"] == "phone" else Store
    found = look.session.get(model, values["person_id"] or values["store_id"])
    return str(found.name) if found is not None else ""


def qr_svg(text: str) -> str:
    """The QR as SVG without a style attribute, so that the policy lets it be shown inline."""
    out = io.BytesIO()
    segno.make(text, error="m").save(
        out, kind="svg", scale=8, border=2, xmldecl=False, svgns=True, svgclass=None, lineclass=None, omitsize=True
    )
    return out.getvalue().decode()
