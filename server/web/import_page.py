"""Importing a list of stores: upload, a dry run first, the errors by row, then the run with its progress.

The file waits in the data folder between the two steps, under a name only this server made; whichever process answers can
tell how far the run is. A run that a crash cut short may be started again: the same rows are the same operations.
"""

from __future__ import annotations

import json
import threading
import time
from pathlib import Path
from typing import Any

import structlog
from flask import Response, request, url_for

from contract import wire
from contract.ids import new_id
from contract.imports import MAX_IMPORT_BYTES, ImportReport, StoreListTerms
from contract.messages import Language
from server.imports.service import Server, import_stores
from server.kernel.actors import Actor, Permission
from server.kernel.http import language, outpost
from server.kernel.problems import Problem
from server.web.shell import Look, action, form_status, go, looking, page, sentence_of, show

log = structlog.get_logger()
DATUMS = ("unstated", "wgs84", "gcj02", "bd09")
CUT_SHORT_AFTER_S = 60.0


class Run:
    """One import: its file, what was said about it, how far it is. Kept in the data folder."""

    def __init__(self, run_id: str) -> None:
        folder = outpost().settings.data_dir / "imports"
        folder.mkdir(parents=True, exist_ok=True)
        self.run_id = run_id
        self.list_path, self._state_path = folder / f"{run_id}.csv", folder / f"{run_id}.json"

    def state(self) -> dict[str, Any]:
        """What is known of it. Raises Problem where there is no such import."""
        if not self._state_path.exists():
            raise Problem("access.not_found", id=self.run_id)
        found: dict[str, Any] = json.loads(self._state_path.read_text(encoding="utf-8"))
        return found

    def note(self, **changes: Any) -> None:
        """Write down how far it is: beside the file and then over it, so that a reader never meets half of it."""
        known = json.loads(self._state_path.read_text(encoding="utf-8")) if self._state_path.exists() else {}
        beside = self._state_path.with_suffix(f".{threading.get_ident()}")
        beside.write_text(json.dumps({**known, **changes, "noted_s": time.time()}), encoding="utf-8")
        beside.replace(self._state_path)


def _own(run_id: str, account_id: str | None) -> tuple[Run, dict[str, Any]]:
    run = Run(run_id)
    state = run.state()
    if state["account_id"] != account_id:
        raise Problem("access.not_found", id=run_id)
    return run, state


@page("/import", needs=Permission.IMPORT, endpoint="import_stores")
def import_form(look: Look) -> Response:
    return _form(look, None)


def _form(look: Look, problem: tuple[str, str] | None, status: int = 200) -> Response:
    return show(
        "import.html", look, status=status, problem=problem, given=request.form, datums=DATUMS, section="console.stores",
        most_mb=MAX_IMPORT_BYTES // 2**20,
    )  # fmt: skip


@action("/import", needs=Permission.IMPORT)
def check_list(who: Actor) -> Response:
    """The dry run: nothing is written, every row is judged."""
    given = request.form
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Problem("wire.missing", field="file")
        radius = given.get("radius_m", "").strip()
        terms = {
            "datum": given.get("datum", ""), "dry_run": True, "partner": given.get("partner", "").strip(),
            "zone": given.get("zone", "").strip(), "radius_m": int(radius) if radius.isdecimal() else None,
            "day_turns_at_min": _minutes(given.get("day_turns", "05:00")),
        }  # fmt: skip
        raw = upload.read(MAX_IMPORT_BYTES + 1)
        run_id = new_id()
        report = _imported(who, raw, wire.convert(terms, StoreListTerms), run_id, language())
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _form(look, sentence_of(wrong), form_status(wrong))
    run = Run(run_id)
    run.list_path.write_bytes(raw)
    run.note(
        account_id=who.account_id, name=Path(upload.filename).name[:120], terms={**terms, "dry_run": False}, step="checked",
        report=wire.plain(report), done=0, total=report.new + report.changed,
    )  # fmt: skip
    return go(url_for("console.import_run", run_id=run_id))


def _minutes(text: str) -> int:
    hour, _, minute = text.partition(":")
    if not (hour.isdecimal() and minute.isdecimal()):
        raise Problem("wire.invalid", field="day_turns")
    return int(hour) * 60 + int(minute)


def _imported(
    who: Actor, raw: bytes, terms: StoreListTerms, run_id: str, spoken: Language, run: Run | None = None
) -> ImportReport:
    found = outpost()
    server = Server(found.db, who, found.clock(), found.settings.secret, run_id)
    progress = (lambda done, total: run.note(done=done, total=total)) if run is not None else None
    return import_stores(server, raw, terms, language=spoken, progress=progress)


@page("/import/<run_id>", needs=Permission.IMPORT)
def import_run(look: Look, run_id: str) -> Response:
    """What the dry run found, how far the run is, or what came of it."""
    _, state = _own(run_id, look.actor.account_id)
    silent = state["step"] == "running" and time.time() - state["noted_s"] > CUT_SHORT_AFTER_S
    return show(
        "import_run.html", look, run_id=run_id, state=state, report=state["report"], section="console.stores",
        step="cut_short" if silent else state["step"],
    )  # fmt: skip


@action("/import/<run_id>/run", needs=Permission.IMPORT)
def run_import(who: Actor, run_id: str) -> Response:
    """Start the run; it goes on when the browser is closed."""
    run, state = _own(run_id, who.account_id)
    if state["step"] != "running" or time.time() - state["noted_s"] > CUT_SHORT_AFTER_S:
        run.note(step="running", done=0)
        from flask import current_app

        app: Any = current_app._get_current_object()  # type: ignore[attr-defined]
        known = (app, who, run, state, language())
        threading.Thread(target=_work, args=known, name=f"import-{run_id[-6:]}", daemon=True).start()
    return go(url_for("console.import_run", run_id=run_id))


def _work(app: Any, who: Actor, run: Run, state: dict[str, Any], spoken: Language) -> None:
    with app.app_context():
        try:
            terms = wire.convert(state["terms"], StoreListTerms)
            report = _imported(who, run.list_path.read_bytes(), terms, run.run_id, spoken, run)
            run.note(step="done", report=wire.plain(report))
            run.list_path.unlink(missing_ok=True)
        except Exception as failed:  # a thread has nobody above it: what went wrong is told on the page and in the log
            trace = new_id()[-12:]
            log.error("an import failed", trace=trace, run_id=run.run_id, exc_info=failed)
            run.note(step="failed", trace=trace)
