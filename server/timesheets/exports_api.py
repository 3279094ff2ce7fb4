"""Files of hours over HTTP: for pay, and day by day."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from contract.hours import ExportQuery
from server.archive.looks import note_look
from server.kernel.actors import Actor, Permission
from server.kernel.http import actor, declare, document_refusals, outpost
from server.kernel.perform import reading
from server.kernel.schemas import schema_of
from server.timesheets.exports import Export, export


def export_answer(who: Actor, asked: ExportQuery) -> Response:
    """The file. That this reader took these people's hours along is written down before it leaves."""
    who.must(Permission.READ_HOURS)
    who.must(Permission.EXPORT)
    with reading(outpost().db, who) as session:
        made: Export = export(session, asked)
    note_look(outpost(), who, "export", made.person_ids)
    response = Response(made.body, mimetype=made.media)
    response.headers["Content-Disposition"] = f'attachment; filename="{made.name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def add_to(blueprint: Blueprint) -> None:
    """Declare the files on the blueprint of hours."""
    declare("GET", "/api/v1/days/exports", Permission.EXPORT)

    def day_exports(asked: ExportQuery) -> Response:
        """A file of hours: for pay, or day by day."""
        return export_answer(actor(), asked)

    documented = blueprint.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")(day_exports)
    documented = blueprint.arguments(schema_of(ExportQuery, from_text=True), location="query")(documented)
    documented = blueprint.doc(security=[{"bearer": []}], summary="A file of hours")(documented)
    documented = document_refusals(blueprint, documented)
    blueprint.route("/days/exports", methods=["GET"])(documented)
