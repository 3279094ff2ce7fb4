"""Imports over HTTP: a file and what its list does not say, as a form."""

from __future__ import annotations

from typing import Any

from flask import Response, request
from flask_smorest import Blueprint

from contract import wire
from contract.ids import is_id, new_id
from contract.imports import ImportReport, StoreListTerms, ValueImportRuns, ValueImportTerms
from contract.roster_demand import FigureImportTerms
from contract.roster_files import RosterFileReport, RosterFileTerms
from server.imports import taking
from server.imports.figures import import_figures
from server.imports.indicators import import_values
from server.imports.rosters import import_roster
from server.imports.service import Server, import_stores
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, document_refusals, language, outpost, reads
from server.kernel.problems import Problem
from server.kernel.schemas import read_text, schema_of

blueprint = Blueprint("imports", __name__, url_prefix="/api/v1/imports", description="Lists from other systems")
_DATUMS = ["wgs84", "gcj02", "bd09", "unstated"]
_FORM = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "CSV in UTF-8, GB 18030 or UTF-16"},
        "datum": {"type": "string", "enum": _DATUMS, "default": "unstated"},
        "dry_run": {"type": "boolean", "default": False},
        "partner": {"type": "string", "maxLength": 120},
        "zone": {"type": "string", "maxLength": 120},
        "radius_m": {"type": "integer", "minimum": 20, "maximum": 5000},
        "day_turns_at_min": {"type": "integer", "minimum": 0, "maximum": 1439, "default": 300},
    },
}

declare("POST", "/api/v1/imports/stores", Permission.IMPORT)


def uploaded_list() -> tuple[bytes, StoreListTerms]:
    """The file and the terms of this request's form."""
    upload = request.files.get("file")
    if upload is None:
        raise Problem("wire.missing", field="file")
    given = {name: value for name, value in request.form.items() if value != ""}
    return upload.read(), read_text(given, StoreListTerms)


@blueprint.route("/stores", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(
    summary="Import a list of stores",
    security=[{"bearer": []}],
    requestBody={"required": True, "content": {"multipart/form-data": {"schema": _FORM}}},
)
@blueprint.response(200, schema_of(ImportReport))
def stores() -> Response:
    """Take a list of stores, or with `dry_run` say what would become of it. Rows with errors are left out and named."""
    who = actor()
    who.must(Permission.IMPORT)
    raw, terms = uploaded_list()
    found = outpost()
    server = Server(found.db, who, found.clock(), found.settings.secret, _run_id())
    return answer(import_stores(server, raw, terms, language=language()))


_FIGURES = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "CSV: store, date, time, sales or footfall"},
        "dry_run": {"type": "boolean", "default": False},
        "step_min": {"type": "integer", "enum": [15, 30, 60], "default": 60},
    },
}
declare("POST", "/api/v1/imports/figures", Permission.PLAN_SHIFTS)


@blueprint.route("/figures", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(
    summary="Import sales or visitors of stores",
    security=[{"bearer": []}],
    requestBody={"required": True, "content": {"multipart/form-data": {"schema": _FIGURES}}},
)
@blueprint.response(200, schema_of(ImportReport))
def figures() -> Response:
    """Take sales or visitors by store, date and time; demand follows by the rules. Rows with errors are left out and named."""
    who = actor()
    who.must(Permission.PLAN_SHIFTS)
    upload = request.files.get("file")
    if upload is None:
        raise Problem("wire.missing", field="file")
    terms = read_text({name: value for name, value in request.form.items() if value != ""}, FigureImportTerms)
    found = outpost()
    server = Server(found.db, who, found.clock(), found.settings.secret, _run_id())
    return answer(import_figures(server, upload.read(), terms, language=language()))


_ROSTER = {
    "type": "object",
    "required": ["file", "store_id"],
    "properties": {
        "file": {
            "type": "string", "format": "binary",
            "description": "CSV or XLSX: a line for each shift, or people down and days across",
        },
        "store_id": {"type": "string", "format": "uuid"},
        "from_day": {"type": "string", "format": "date", "description": "a day near those of the file, for days without a year"},
        "dry_run": {"type": "boolean", "default": False},
        "leave_out_bad": {"type": "boolean", "default": False, "description": "take what may be and leave out the rest"},
        "override": {"type": "string", "maxLength": 500, "description": "why rules that may be set aside are"},
        "seen": {"type": "string", "description": "the draft as a trial's report named it; another by now is refused"},
    },
}  # fmt: skip
declare("POST", "/api/v1/imports/rosters", Permission.PLAN_SHIFTS)


@blueprint.route("/rosters", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(
    summary="Import a store's roster",
    security=[{"bearer": []}],
    requestBody={"required": True, "content": {"multipart/form-data": {"schema": _ROSTER}}},
)
@blueprint.response(200, schema_of(RosterFileReport))
def rosters() -> Response:
    """Make a store's draft what a file says of people and days, judged by the same rules as every change of it. With `dry_run`
    only say what would change. What cannot be read or breaks a rule is named and stops the file, or is left out."""
    who = actor()
    who.must(Permission.PLAN_SHIFTS)
    upload = request.files.get("file")
    if upload is None:
        raise Problem("wire.missing", field="file")
    given: dict[str, Any] = {name: value for name, value in request.form.items() if value != ""}
    terms = read_text({"file": (upload.filename or "")[:120], **given}, RosterFileTerms)
    found = outpost()
    server = Server(found.db, who, found.clock(), found.settings.secret, _run_id())
    return answer(import_roster(server, upload.read(), terms, language=language()))


_COLUMNS = (
    "JSON, a heading of the file to what it means: indicator, person (number), person_name, store (number or name), from, to, "
    "day, month, value, n, or value:CODE where a column holds one indicator. An empty heading is #3 by its place, the second of "
    "two alike has its place behind it. Without it, only headings that are our words count."
)
_VALUES = {
    "type": "object",
    "required": ["file"],
    "properties": {
        "file": {"type": "string", "format": "binary", "description": "CSV or XLSX: indicator, person or store, days, value, n"},
        "dry_run": {"type": "boolean", "default": False},
        "columns": {"type": "string", "description": _COLUMNS},
        "indicator": {"type": "string", "maxLength": 40},
        "month": {"type": "string", "maxLength": 7, "description": "2026-03: of a file without days"},
        "source": {"type": "string", "maxLength": 120},
        "leave_out_bad": {"type": "boolean", "default": False, "description": "take the good lines and leave out the others"},
    },
}
declare("POST", "/api/v1/imports/indicators", Permission.MANAGE_TRAINING)


@blueprint.route("/indicators", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(
    summary="Import values of indicators",
    security=[{"bearer": []}],
    requestBody={"required": True, "content": {"multipart/form-data": {"schema": _VALUES}}},
)
@blueprint.response(200, schema_of(ImportReport))
def indicator_values() -> Response:
    """Take values of indicators by person or store and days, all or nothing unless bad lines are to be left out. Lines that
    cannot be read are named by line, column and reason."""
    who = actor()
    who.must(Permission.MANAGE_TRAINING)
    upload = request.files.get("file")
    if upload is None:
        raise Problem("wire.missing", field="file")
    given: dict[str, Any] = {name: value for name, value in request.form.items() if value != ""}
    if "columns" in given:
        given["columns"] = wire.decode(given["columns"], dict[str, str])
    terms = read_text({"file": (upload.filename or "")[:120], **given}, ValueImportTerms)
    found = outpost()
    server = Server(found.db, who, found.clock(), found.settings.secret, _run_id())
    return answer(import_values(server, upload.read(), terms, language=language()))


@reads(blueprint, "/indicators", needs=Permission.MANAGE_TRAINING, answers=ValueImportRuns)
def indicator_runs(session: ScopedSession) -> ValueImportRuns:
    """Which files of indicator values were taken: what their columns meant, from where, what came of them."""
    return taking.runs(session)


def _run_id() -> str:
    """The id of this run, so that a form sent twice is one."""
    key = request.headers.get("Idempotency-Key")
    if key is not None and not is_id(key):
        raise Problem("wire.wrong_type", field="Idempotency-Key", want="uuid", got=key[:60])
    return key or new_id()
