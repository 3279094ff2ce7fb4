"""Figures out of somebody's own file: what each column means, what each line comes to, then the run; and the log of runs.

The file waits in the data folder between the steps, under a name that this server made, for whoever sent it.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import Any

from flask import Response, request, url_for

from contract import wire
from contract.ids import derived_id, new_id
from contract.imports import MAX_COLUMNS, MAX_IMPORT_BYTES, ImportReport, ValueImportTerms
from contract.messages import say
from server.imports import taking
from server.imports.columns import ASIDE, MEANINGS, VALUE_OF, guessed
from server.imports.indicators import digest_of, import_values, table_in
from server.imports.service import Server
from server.imports.sheets import RawTable
from server.imports.value_lines import words_of_indicators
from server.kernel.actors import Actor, Permission
from server.kernel.http import language, outpost
from server.kernel.problems import Problem
from server.web.course_import import Waiting
from server.web.growth import SECTION, Wrong, indicator_names, indicators_again
from server.web.shell import Look, action, form_status, go, looking, page, sentence_of, show
from server.web.tables import Column, csv_answer, table, wants_csv

FOLDER = "value_imports"
SAMPLES, LOOKED_AT = 3, 200  # of each column: values shown, lines looked at to find them
RUNS = (
    Column("score_at", lambda row: row.taken_at_ms, always=True),
    Column("import_file", lambda row: row.file, always=True),
    Column("source", lambda row: row.source),
    Column("import_columns", lambda row: "; ".join(f"{one.heading} = {one.meaning}" for one in row.columns)),
    Column("import_lines", lambda row: row.lines, number=True),
    Column("import_left_out", lambda row: row.left_out, number=True),
    Column("score_new", lambda row: row.new, number=True),
    Column("score_changed", lambda row: row.changed, number=True),
    Column("score_same", lambda row: row.same, number=True),
    Column("import_by", lambda row: row.by),
)


@action("/growth/import", needs=Permission.MANAGE_TRAINING)
def import_growth_values(who: Actor) -> Response:
    """Read a file's headings and guess what they mean, as it was said the last time where they are the same. Nothing is taken."""
    upload = request.files.get("file")
    try:
        if upload is None or not upload.filename:
            raise Problem("wire.missing", field="file")
        raw = upload.read(MAX_IMPORT_BYTES + 1)
        headings = table_in(raw)[1]
    except Problem as wrong:
        with looking(who) as look:
            return indicators_again(look, sentence_of(wrong), form_status(wrong))
    with looking(who) as look:
        words = words_of_indicators(look.session)
        last = taking.last_with(look.session, digest_of(headings))
        columns, source = guessed(headings, words), ""
        if last is not None:
            columns, source = {one["heading"]: one["meaning"] for one in last.columns}, last.source
    name = Path(upload.filename).name[:120]
    waiting = Waiting(new_id(), FOLDER)
    waiting.keep(
        raw, account_id=who.account_id, report=None, remembered=last is not None,
        terms={"columns": columns, "source": source, "file": name, "indicator": "", "month": ""},
    )  # fmt: skip
    return go(url_for("console.value_import", run_id=waiting.run_id))


@page("/growth/import/<run_id>", needs=Permission.MANAGE_TRAINING)
def value_import(look: Look, run_id: str) -> Response:
    """What the columns of the file mean; once it was tried, what each line comes to."""
    return _page(look, run_id, None, 200)


def _page(look: Look, run_id: str, problem: Wrong, status: int) -> Response:
    waiting = Waiting(run_id, FOLDER)
    about = waiting.about(look.actor)
    raw = waiting.content.read_bytes()
    found, headings = table_in(raw)
    report = wire.convert(about["report"], ImportReport) if about["report"] is not None else None
    return show(
        "value_import.html", look, status=status, problem=problem, run_id=run_id, about=about, terms=about["terms"],
        columns=_columns(found, headings), meanings=tuple(MEANINGS), value_of=VALUE_OF, names=indicator_names(look),
        report=report, before=taking.taken_before(look.session, hashlib.sha256(raw).hexdigest()), section=SECTION,
    )  # fmt: skip


def _columns(found: RawTable, headings: list[str]) -> list[tuple[int, str, list[str]]]:
    """(place, heading, its first values) of each column that has a heading or anything in it."""
    columns = []
    for place, heading in enumerate(headings):
        cells = (cells[place].strip() for _, cells in found.records[:LOOKED_AT] if place < len(cells))
        values = list(dict.fromkeys(cell[:60] for cell in cells if cell))[:SAMPLES]
        if values or found.heading[place]:
            columns.append((place, heading, values))
    return columns


@action("/growth/import/<run_id>", needs=Permission.MANAGE_TRAINING)
def try_value_import(who: Actor, run_id: str) -> Response:
    """Judge every line by what the columns are now said to mean. Nothing is taken."""
    waiting, form = Waiting(run_id, FOLDER), request.form
    about = waiting.about(who)
    raw = waiting.content.read_bytes()
    headings = table_in(raw)[1]
    said = {heading: form.get(f"c{place}", ASIDE)[:60] for place, heading in enumerate(headings[:MAX_COLUMNS])}
    terms = about["terms"] | {
        "columns": {heading: meaning for heading, meaning in said.items() if meaning != ASIDE},
        **{name: form.get(name, "").strip() for name in ("indicator", "month", "source")},
    }
    waiting.say(**about | {"terms": terms, "report": None})
    try:
        report = _imported(who, raw, {**terms, "dry_run": True}, new_id())
    except (Problem, wire.Malformed) as wrong:
        return _again(who, run_id, wrong)
    waiting.say(**about | {"terms": terms, "report": wire.plain(report)})
    return go(url_for("console.value_import", run_id=run_id) + "#report")


@action("/growth/import/<run_id>/take", needs=Permission.MANAGE_TRAINING)
def take_value_import(who: Actor, run_id: str) -> Response:
    """Take the file as it was tried: whole, or without its bad lines where the button said so."""
    waiting = Waiting(run_id, FOLDER)
    batch_id = derived_id("import", run_id, "values")
    with looking(who) as look:
        if any(run.id == batch_id for run in taking.runs(look.session).items):  # a second tap on the button
            return go(url_for("console.value_imports", run=batch_id))
    about = waiting.about(who)
    if about["report"] is None:
        return go(url_for("console.value_import", run_id=run_id))
    terms = {**about["terms"], "dry_run": False, "leave_out_bad": request.form.get("leave_out") == "yes"}
    try:
        report = _imported(who, waiting.content.read_bytes(), terms, run_id)
    except (Problem, wire.Malformed) as wrong:
        return _again(who, run_id, wrong)
    if not report.values or (report.bad and not terms["leave_out_bad"]):
        waiting.say(**about | {"report": wire.plain(report)})
        return go(url_for("console.value_import", run_id=run_id) + "#report")
    waiting.forget()
    return go(url_for("console.value_imports", run=batch_id))


def _imported(who: Actor, raw: bytes, terms: dict[str, Any], run_id: str) -> ImportReport:
    found = outpost()
    server = Server(found.db, who, found.clock(), found.settings.secret, run_id)
    return import_values(server, raw, wire.convert(terms, ValueImportTerms), language=language())


def _again(who: Actor, run_id: str, wrong: Problem | wire.Malformed) -> Response:
    """The form as it was sent, with what was wrong; meanings are named as the form names them."""
    facts: dict[str, Any] = dict(wrong.facts)
    facts |= {name: _in_words(str(facts[name])) for name in ("columns", "meaning") if name in facts}
    said = Problem(wrong.code, **facts) if wrong.code.startswith("imports.") else wrong
    with looking(who) as look:
        return _page(look, run_id, sentence_of(said), form_status(wrong))


def _in_words(meanings: str) -> str:
    def word(found: re.Match[str]) -> str:
        return say(language(), f"console.growth.means.{found[0]}") if found[0] in MEANINGS else found[0]

    return meanings if meanings.startswith(VALUE_OF) else re.sub(r"[a-z_]+", word, meanings)


@page("/growth/imports", needs=Permission.MANAGE_TRAINING)
def value_imports(look: Look) -> Response:
    """Which files were taken: from where, what their columns meant, what came of each."""
    found = taking.runs(look.session).items
    rows = table("imports", RUNS, found, sort="-score_at")
    if wants_csv():
        return csv_answer(look, rows)
    newest = next((run for run in found if run.id == request.args.get("run")), None)
    return show(
        "value_imports.html", look, table=rows, newest=newest, names=indicator_names(look), value_of=VALUE_OF, section=SECTION
    )
