"""A store's roster out of somebody's own file: what it would change, shift by shift, before anything is planned.

The file waits in the data folder between the steps, under a name that this server made, for whoever sent it. What it would change
is looked at anew each time the page is opened, and a run says which draft was looked at.
"""

from __future__ import annotations

from datetime import date, timedelta
from pathlib import Path
from typing import Any

from flask import Response, request, url_for

from contract import wire
from contract.ids import new_id
from contract.imports import MAX_IMPORT_BYTES
from contract.roster_files import RosterFileReport, RosterFileTerms
from server.imports.rosters import import_roster
from server.imports.service import Server
from server.kernel.actors import Actor, Permission
from server.kernel.http import language, outpost
from server.kernel.problems import Problem
from server.rosters.desk import must_be_store
from server.web.course_import import Waiting
from server.web.rosters import SECTION, SPANS, Span, Wrong
from server.web.shell import Look, action, done, form_status, go, looking, page, sentence_of, show

FOLDER = "roster_imports"


@page("/rosters/<store_id>/import", needs=Permission.PLAN_SHIFTS)
def roster_import(look: Look, store_id: str) -> Response:
    return _form(look, store_id, None, 200)


def _form(look: Look, store_id: str, problem: Wrong, status: int) -> Response:
    _must_plan(look.actor, store_id)
    span = Span(look, request.values)
    store = must_be_store(look.session, store_id)
    return show(
        "roster_import.html", look, status=status, problem=problem, store=store, store_id=store_id, span=span, section=SECTION,
        most_mb=MAX_IMPORT_BYTES // 2**20,
    )  # fmt: skip


def _must_plan(who: Actor, store_id: str) -> None:
    plans = Permission.PLAN_SHIFTS
    if not who.has_everywhere(plans) and store_id not in who.stores_for(plans):
        raise Problem("access.out_of_scope", kind="roster_cell")


@action("/rosters/<store_id>/import", needs=Permission.PLAN_SHIFTS)
def check_roster_file(who: Actor, store_id: str) -> Response:
    """Keep the file and show what it would change. Nothing is planned."""
    _must_plan(who, store_id)
    upload, form = request.files.get("file"), request.form
    near = form.get("from", "")
    try:
        if upload is None or not upload.filename:
            raise Problem("wire.missing", field="file")
        raw = upload.read(MAX_IMPORT_BYTES + 1)
        terms = {"store_id": store_id, "from_day": near or None, "file": Path(upload.filename).name[:120], "override": None}
        _imported(who, raw, {**terms, "dry_run": True}, new_id())
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _form(look, store_id, sentence_of(wrong), form_status(wrong))
    waiting = Waiting(new_id(), FOLDER)
    span = form.get("span", "")
    waiting.keep(raw, account_id=who.account_id, terms=terms, span=span if span in SPANS else "week")
    return go(url_for("console.roster_import_run", store_id=store_id, run_id=waiting.run_id))


@page("/rosters/<store_id>/import/<run_id>", needs=Permission.PLAN_SHIFTS)
def roster_import_run(look: Look, store_id: str, run_id: str) -> Response:
    """What the file would change now, and what of it may not be, and why."""
    return _run(look, store_id, run_id, None, 200)


def _run(look: Look, store_id: str, run_id: str, problem: Wrong, status: int, override: str = "") -> Response:
    waiting = Waiting(run_id, FOLDER)
    about = _own(waiting, look.actor, store_id)
    report = _imported(look.actor, waiting.content.read_bytes(), {**about["terms"], "dry_run": True}, new_id())
    return show(
        "roster_import_run.html", look, status=status, problem=problem, store=must_be_store(look.session, store_id),
        store_id=store_id, run_id=run_id, about=about, report=report, override=override, section=SECTION,
        asking=sum(one.facts.get("overridable") is True for one in report.errors),
    )  # fmt: skip


def _own(waiting: Waiting, who: Actor, store_id: str) -> dict[str, Any]:
    about = waiting.about(who)
    if about["terms"]["store_id"] != store_id:
        raise Problem("access.not_found", id=waiting.run_id)
    return about


@action("/rosters/<store_id>/import/<run_id>/take", needs=Permission.PLAN_SHIFTS)
def take_roster_file(who: Actor, store_id: str, run_id: str) -> Response:
    """Plan what the file says: whole, without what may not be, or with a reason that sets rules aside."""
    waiting, form = Waiting(run_id, FOLDER), request.form
    about = _own(waiting, who, store_id)
    reason = form.get("override", "").strip()
    terms = {
        **about["terms"], "seen": form.get("seen") or None, "override": reason or None,
        "leave_out_bad": form.get("leave_out") == "yes",
    }  # fmt: skip
    try:
        report = _imported(who, waiting.content.read_bytes(), terms, run_id)
        if report.bad and not report.taken:
            raise Problem("imports.nothing_taken", field="file")
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _run(look, store_id, run_id, sentence_of(wrong), form_status(wrong), reason)
    waiting.forget()
    first = date.fromisoformat(report.from_day)
    monday = first - timedelta(days=first.weekday())
    last = date.fromisoformat(report.to_day)
    span = next((name for name, days in SPANS.items() if (last - monday).days < days), "month")
    return done("console.roster", "roster_imported", store_id=store_id, span=span, **{"from": monday.isoformat()})


def _imported(who: Actor, raw: bytes, terms: dict[str, Any], run_id: str) -> RosterFileReport:
    found = outpost()
    server = Server(found.db, who, found.clock(), found.settings.secret, run_id)
    return import_roster(server, raw, wire.convert(terms, RosterFileTerms), language=language())
