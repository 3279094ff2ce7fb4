"""Statements and closed months over HTTP."""

from __future__ import annotations

from flask import Response, request
from flask_smorest import Blueprint

from contract.ids import is_id
from contract.invoices import Invoice, InvoiceQuery
from contract.statement_seal import seal
from contract.statements import (
    AskReopen,
    CloseMonth,
    ClosingDetail,
    Closings,
    ConfirmWeek,
    DecideReopen,
    DisputeWeek,
    MonthCheck,
    MonthQuery,
    SetDeadline,
    SettleDispute,
    StatementDetail,
    StatementRow,
    StatementsPage,
    StatementsQuery,
)
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, declare, document_refusals, language, outpost, reads, writes
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.org.model import COMPANY_ID
from server.statements import invoice_files, month_queries, queries, service
from server.statements.invoices import invoice
from server.statements.paper import paper

blueprint = Blueprint(
    "statements", __name__, url_prefix="/api/v1", description="Weekly statements, their confirmations, closed months"
)
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/statements/confirmations": (ConfirmWeek, Permission.CONFIRM_WEEK),
        "/statements/disputes": (DisputeWeek, Permission.CONFIRM_WEEK),
        "/statements/disputes/settled": (SettleDispute, Permission.SETTLE_DISPUTE),
        "/statements/deadlines": (SetDeadline, Permission.CLOSE_MONTH),
        "/months": (CloseMonth, Permission.CLOSE_MONTH),
        "/months/reopenings": (AskReopen, Permission.CLOSE_MONTH),
        "/months/reopenings/decided": (DecideReopen, Permission.CLOSE_MONTH),
    },
)


@reads(blueprint, "/statements", needs=Permission.READ_SELF, answers=StatementsPage, asks=StatementsQuery)
def statements(session: ScopedSession, asked: StatementsQuery) -> StatementsPage:
    """Weeks within reach with their newest revision: one's own, and those of the stores one may read."""
    return queries.statements_page(session, asked)


@reads(blueprint, "/statements/<statement_id>", needs=Permission.READ_SELF, answers=StatementDetail)
def statement(session: ScopedSession, statement_id: str) -> StatementDetail:
    """All revisions of a week, and what each changed."""
    found = queries.detail(session, statement_id)
    if found is None:
        raise Problem("statements.unknown", id=statement_id)
    return found


def revision_asked(who: Actor, statement_id: str) -> StatementRow:
    """The revision that `?revision=` names, the newest without; refused where it is out of reach or was erased."""
    number = request.args.get("revision", "")
    with reading(outpost().db, who) as session:
        found = queries.revision(session, statement_id, int(number) if number.isascii() and number.isdigit() else None)
    if found is None:
        raise Problem("statements.unknown", id=statement_id)
    if found.text is None:
        raise Problem("statements.erased", id=statement_id)
    return found


def pdf_answer(who: Actor, statement_id: str) -> Response:
    """The paper of a revision, in the reader's language."""
    row = revision_asked(who, statement_id)
    address = f"{request.url_root.rstrip('/')}/verify"
    body = paper(row, language(), address=address, company=outpost().settings.company)
    return _file(body, "application/pdf", f"statement-{row.week}-{row.code}.pdf")


def sealed_answer(who: Actor, statement_id: str) -> Response:
    """The signed file of a revision."""
    row = revision_asked(who, statement_id)
    with reading(outpost().db, Actor.system()) as session:
        raw = queries.raw_of(session, row.id)
    return _file(seal(raw, row.confirmed, outpost().signer), "application/json", f"statement-{row.week}-{row.code}.json")


def _file(body: bytes, media: str, name: str) -> Response:
    response = Response(body, mimetype=media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


_WHICH = {
    "in": "query", "name": "revision", "required": False, "schema": {"type": "integer", "minimum": 1, "maximum": 10_000},
    "description": "which revision; the newest without",
}  # fmt: skip


def statement_paper(statement_id: str) -> Response:
    """One page with the table of days, the three confirmations and the code to verify it."""
    return pdf_answer(_reader(statement_id), statement_id)


def statement_signed(statement_id: str) -> Response:
    """What `outpost statement verify` checks with the server's public key alone."""
    return sealed_answer(_reader(statement_id), statement_id)


def _reader(statement_id: str) -> Actor:
    who = actor()
    who.must(Permission.READ_SELF)
    if not is_id(statement_id):
        raise Problem("access.not_found", id=statement_id[:60])
    return who


for _path, _view, _media, _summary in (
    ("paper", statement_paper, "application/pdf", "A revision as PDF"),
    ("signed", statement_signed, "application/json", "A revision as a signed file"),
):
    declare("GET", f"/api/v1/statements/<statement_id>/{_path}", Permission.READ_SELF)
    _documented = blueprint.response(200, {"type": "string", "format": "binary"}, content_type=_media)(_view)
    _documented = blueprint.doc(security=[{"bearer": []}], summary=_summary, parameters=[_WHICH])(_documented)
    blueprint.route(f"/statements/<statement_id>/{_path}", methods=["GET"])(document_refusals(blueprint, _documented))


@reads(blueprint, "/months", needs=Permission.READ_STATEMENTS, answers=Closings)
def months(session: ScopedSession) -> Closings:
    """Closed months within reach, the latest first."""
    return month_queries.closings(session)


@reads(blueprint, "/months/check", needs=Permission.CLOSE_MONTH, answers=MonthCheck, asks=MonthQuery)
def month_check(session: ScopedSession, asked: MonthQuery) -> MonthCheck:
    """What is still open in a month: reviews, disputes, unknown days, weeks nobody confirmed, days that are being computed."""
    unit_id = asked.unit_id or COMPANY_ID
    reader: Actor = session.info["actor"]
    if not reader.has_everywhere(Permission.CLOSE_MONTH) and unit_id not in reader.stores_for(Permission.CLOSE_MONTH):
        raise Problem("org.unit_unknown", field="unit_id", id=unit_id)
    return month_queries.check(session, asked.month, unit_id, outpost().clock())


@reads(blueprint, "/months/<closing_id>", needs=Permission.READ_STATEMENTS, answers=ClosingDetail)
def month(session: ScopedSession, closing_id: str) -> ClosingDetail:
    """A closing, what changed since the revision before, and what waits for the next one."""
    found = month_queries.closing_detail(session, closing_id)
    if found is None:
        raise Problem("statements.closing_unknown", id=closing_id)
    return found


@reads(blueprint, "/invoices", needs=Permission.READ_STATEMENTS, answers=Invoice, asks=InvoiceQuery)
def invoices(session: ScopedSession, asked: InvoiceQuery) -> Invoice:
    """What each partner is billed for a period: weeks signed by three, differences of revisions, and what waits apart."""
    return invoice(session, asked)


invoice_files.add_to(blueprint)
