"""The log of everything that was done: how it stands, comparing it, who did what to which record, what devices reported."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from flask import Response, request, url_for

from contract import wire
from contract.audit import TrailQuery, VerifyLog
from contract.merkle import NotANote, read_head
from contract.moments import to_ms
from server.audit import queries
from server.audit.command import sentence
from server.audit.model import AuditRun
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.web.devices import qr_svg
from server.web.find import person_meant
from server.web.shell import (
    Look,
    action,
    address_with,
    born_of_form,
    form_status,
    go,
    looking,
    page,
    perform_form,
    sentence_of,
    show,
)
from server.web.units import asked_unit

RUN_TONES = {
    "waiting": ("", "clock"), "running": ("late", "clock"), "clean": ("good", "check"), "broken": ("bad", "warn"),
    "failed": ("bad", "cross"),
}  # fmt: skip


@page("/audit", needs=Permission.READ_AUDIT)
def audit(look: Look) -> Response:
    return _audit(look, None)


def _audit(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    log = queries.heads(look.session, outpost().signer.public, limit=10)
    newest = log.heads[0] if log.heads else None
    return show(
        "audit.html", look, status=status, log=log, newest=newest, qr=qr_svg(newest.note) if newest else "", problem=problem,
        alarms=[_alarm(one) for one in queries.alarms(look.session)], runs=queries.runs(look.session), tones=RUN_TONES,
        restarts=log.restarts,
    )  # fmt: skip


def _alarm(one: Any) -> dict[str, Any]:
    """A report of a device, with the two heads it names."""
    return {"row": one, "held": _size_in(one.held), "offered": _size_in(one.offered)}


def _size_in(note: str) -> int | None:
    """The size a note speaks of; None where it is no head of this log. Its signature was looked at when it was reported."""
    text, _, _ = note.rpartition("\n\n")
    try:
        return read_head(text + "\n", note.split("\n", 1)[0]).size
    except NotANote:
        return None


@page("/audit/operations", needs=Permission.READ_AUDIT)
def audit_operations(look: Look) -> Response:
    """The page of the trail; the address holds what is looked for."""
    given = {name: value.strip() for name, value in request.args.items() if value.strip()}
    problem = None
    try:
        asked = _asked(look, given)
        found = queries.trail(look.session, asked)
    except (Problem, wire.Malformed) as wrong:
        problem, found = sentence_of(wrong), None
    return show(
        "audit_operations.html", look, section="console.audit", problem=problem, given=given, sought=bool(given),
        rows=found.operations if found is not None else [],
        older=address_with(cursor=found.next_cursor) if found is not None and found.next_cursor else None,
    )  # fmt: skip


def _asked(look: Look, given: dict[str, str]) -> TrailQuery:
    plain = ("device_id", "record", "kind", "cursor")
    values: dict[str, Any] = {name: given[name] for name in plain if name in given}
    if (unit_id := asked_unit()) is not None:
        values["unit_id"] = unit_id
    if "person_id" in given:
        values["person_id"] = person_meant(look, given["person_id"])
    for field, name in (("from_ms", "from"), ("until_ms", "until")):
        if name in given:
            values[field] = _ms_of(given[name], name)
    return wire.convert(values, TrailQuery)


def _ms_of(day: str, field: str) -> int:
    try:
        return to_ms(datetime.fromisoformat(f"{day}T00:00:00+00:00"))
    except ValueError:
        raise Problem("wire.invalid", field=field) from None


@action("/audit/runs", needs=Permission.VERIFY_AUDIT)
def start_verify(who: Actor) -> Response:
    """A comparison of everything, in the background."""
    run_id = born_of_form("run")
    try:
        perform_form(who, VerifyLog(run_id=run_id))
    except Problem as wrong:
        with looking(who) as look:
            return _audit(look, sentence_of(wrong), form_status(wrong))
    return go(url_for("console.audit_run", run_id=run_id))


@page("/audit/runs/<run_id>", needs=Permission.READ_AUDIT)
def audit_run(look: Look, run_id: str) -> Response:
    """How far a comparison is, and what it found; it asks again by itself while it runs."""
    row = look.session.get(AuditRun, run_id)
    if row is None:
        raise Problem("access.not_found", id=run_id)
    run = queries.run_row(row)
    found = [(one, sentence(look.language, one)) for one in run.found]
    return show("audit_run.html", look, section="console.audit", run=run, result=row.result or {}, found=found, tones=RUN_TONES)
