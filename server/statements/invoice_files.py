"""The bill of partners as a file and over HTTP. Sums are those of the answer in JSON; what somebody typed never calculates."""

from __future__ import annotations

from collections.abc import Sequence

from flask import Response
from flask_smorest import Blueprint

from contract.invoices import Invoice, InvoiceAmounts, InvoiceFileQuery, InvoiceLine, WaitingLine
from contract.messages import Language, say
from server.archive.looks import note_look
from server.kernel.actors import Actor, Permission
from server.kernel.http import actor, declare, document_refusals, outpost
from server.kernel.perform import reading
from server.kernel.schemas import schema_of
from server.kernel.spreadsheet import Cell, Sheet, csv_text, xlsx_bytes
from server.statements.invoices import AMOUNTS, added, invoice
from server.statements.making import person_of

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
BILLED = ("partner", "store", "number", "name", "week", "revision", "against", "signed_day", "code", "note", *AMOUNTS)
WAITING = ("partner", "store", "number", "name", "week", "revision", "state", "missing", "billed", *AMOUNTS)


def file_of(made: Invoice, asked: InvoiceFileQuery) -> bytes:
    """The bytes of the file that was asked for."""
    language = asked.language
    waiting = Sheet(_t(language, "waiting"), _heads(WAITING, language), [_waiting(one, language) for one in made.waiting])
    if asked.format == "csv":
        return csv_text(waiting if asked.part == "waiting" else _sheet(made.lines, language, _t(language, "billed"))).encode()
    theirs = [
        _sheet([line for line in made.lines if line.partner == one.partner], language, one.partner) for one in made.sums
    ]
    return xlsx_bytes([*(theirs or [_sheet([], language, _t(language, "billed"))]), waiting])


def _sheet(lines: Sequence[InvoiceLine], language: Language, title: str) -> Sheet:
    rows = [_billed(line, language) for line in lines]
    if rows:
        blank = [""] * (len(BILLED) - len(AMOUNTS) - 1)
        rows.append([say(language, "hours.export.total"), *blank, *_amounts(added(line.amounts for line in lines))])
    return Sheet(title, _heads(BILLED, language), rows, total=bool(rows))


def _billed(line: InvoiceLine, language: Language) -> list[Cell]:
    note = _t(language, "disputed") if line.disputed else ""
    against = line.against or ""
    return [
        line.partner, line.store, line.number, line.name, line.week, line.revision, against, line.signed_day, line.code, note,
        *_amounts(line.amounts),
    ]  # fmt: skip


def _waiting(line: WaitingLine, language: Language) -> list[Cell]:
    missing = ", ".join(say(language, f"statement.side.{side}") for side in line.missing)
    state = say(language, f"statement.state.{line.state}")
    return [
        line.partner, line.store, line.number, line.name, line.week, line.revision, state, missing, line.billed or "",
        *_amounts(line.amounts),
    ]  # fmt: skip


def _amounts(amounts: InvoiceAmounts) -> list[Cell]:
    return [getattr(amounts, name) for name in AMOUNTS]


def _heads(keys: Sequence[str], language: Language) -> list[str]:
    known = {"partner", "store", "number", "name", *AMOUNTS}
    return [say(language, f"hours.column.{key}") if key in known else _t(language, f"column_{key}") for key in keys]


def _t(language: Language, key: str) -> str:
    return say(language, f"statement.invoice.{key}")


def invoice_answer(who: Actor, asked: InvoiceFileQuery) -> Response:
    """The file. That this reader took these people's hours along is written down before it leaves."""
    who.must(Permission.READ_STATEMENTS)
    who.must(Permission.EXPORT)
    with reading(outpost().db, who) as session:
        made = invoice(session, asked)
        weeks = {one.statement_id for one in made.lines} | {one.statement_id for one in made.waiting}
        people = person_of(session, weeks)
    body = file_of(made, asked)
    note_look(outpost(), who, "export", sorted(people))
    response = Response(body, mimetype="text/csv; charset=utf-8" if asked.format == "csv" else XLSX)
    name = f"outpost-invoice-{asked.from_day}-{asked.to_day}.{asked.format}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def add_to(blueprint: Blueprint) -> None:
    """Declare the file of the bill on the blueprint of statements."""
    declare("GET", "/api/v1/invoices/files", Permission.EXPORT)

    def invoice_files(asked: InvoiceFileQuery) -> Response:
        """The same as CSV or XLSX."""
        return invoice_answer(actor(), asked)

    documented = blueprint.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")(invoice_files)
    documented = blueprint.arguments(schema_of(InvoiceFileQuery, from_text=True), location="query")(documented)
    documented = blueprint.doc(security=[{"bearer": []}], summary="The bill of partners as a file")(documented)
    blueprint.route("/invoices/files", methods=["GET"])(document_refusals(blueprint, documented))
