"""The archive in the console: the list with what is missing, one record in tabs, values shown only to who says why."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any, get_args

from flask import Response, request

from contract import wire
from contract.archive import (
    ArchiveQuery,
    BasicsGiven,
    ContractGiven,
    ContractKind,
    DocumentKind,
    IdKind,
    InsuranceGiven,
    LooksQuery,
    WithdrawDocument,
)
from contract.ids import new_id
from server.archive import api, queries, rules
from server.archive.looks import note_look
from server.archive.sealing import keys_of, sealed_basics, sealed_contract, sealed_insurance
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.web.shell import (
    Look,
    action,
    done,
    form_status,
    go,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)
from server.web.tables import Column, csv_answer, table, table_asked, wants_csv
from server.web.units import asked_unit

TABS = ("basic", "contract", "insurance", "documents", "postings", "training", "performance", "looks")
TAB_OF = {"basics": "basic", "contract": "contract", "insurance": "insurance", "documents": "documents"}
WHOLE = ("id_number", "pay_fen")
COLUMNS = (
    Column("person", lambda row: row["line"].name, always=True),
    Column("person_number", lambda row: row["line"].number),
    Column("home_org", lambda row: row["line"].home_org),
    Column("mobile", lambda row: row["line"].mobile.text, hidden=True),
    Column("complete", lambda row: row["line"].percent, number=True),
    Column("missing", lambda row: len(row["line"].missing)),
    Column("contract_until", lambda row: row["line"].contract_until),
)


@page("/archive", needs=Permission.READ_ARCHIVE, endpoint="archive")
def archive(look: Look) -> Response:
    """Records, the least complete ones or those whose contract ends among them where asked."""
    asked = request.args
    below = {"incomplete": 100, "half": 50}.get(asked.get("complete", ""))
    fields = [wanted.name for wanted in rules.WANTED]
    missing = asked["missing"] if asked.get("missing") in fields else None
    active = {"left": False, "all": None}.get(asked.get("show", ""), True)
    ends_by = (company_day(look.now) + timedelta(days=60)).isoformat() if asked.get("ending") else None
    query = ArchiveQuery(
        q=asked.get("q", "")[:120].replace("\x00", ""), below=below, missing=missing, active=active, ends_by=ends_by,
        unit_id=asked_unit(),
    )

    def ask(key: str, descending: bool, offset: int, limit: int | None) -> tuple[list[dict[str, Any]], int]:
        lines, total = queries.archive_lines(
            look.session, query, key=key, descending=descending, offset=offset, limit=limit
        )
        return [{"line": line} for line in lines], total

    if wants_csv():
        look.actor.must(Permission.EXPORT)
        return _export(look, ask("person", False, 0, None)[0])
    rows = table_asked("archive", COLUMNS, ask, sort="complete" if below else "person")
    return show("archive.html", look, table=rows, fields=fields, may_whole=look.actor.may(Permission.MANAGE_ARCHIVE))


def _export(look: Look, lines: list[dict[str, Any]]) -> Response:
    """The list as a file, field rules applied; whole ID numbers and pay only with a reason, and all of it written down first."""
    whole, why = bool(request.args.get("whole")), request.args.get("why", "").strip()[:500]
    if whole and not why:
        raise Problem("privacy.why_needed", field="why")
    more: tuple[Column, ...] = (
        Column("id_number", lambda row: row["values"]["id_number"].text),
        Column("pay", lambda row: row["values"]["pay_fen"].text),
    )
    found = outpost()
    ids = [row["line"].person_id for row in lines]
    keys, today = keys_of(found, ids), company_day(look.now)
    values = queries.exported(look.session, ids, keys, today, shown=WHOLE if whole else ())
    for row in lines:
        row["values"] = values[row["line"].person_id]
    rows = table("archive", (*COLUMNS, *more), lines, sort="person")
    shown = sorted(WHOLE) if whole else []
    note_look(found, look.actor, "export", ids, why=why, fields=shown)
    return csv_answer(look, rows)


@page("/archive/<person_id>", needs=Permission.READ_ARCHIVE)
def archive_of(look: Look, person_id: str) -> Response:
    """One record, covered values covered."""
    return _record(look, person_id)


def _record(
    look: Look, person_id: str, *, problem: tuple[str, str] | None = None, status: int = 200, shown: tuple[str, ...] = (),
    why: str = "", tab: str = "",
) -> Response:  # fmt: skip
    card = api.shown_card(look.session, person_id, list(shown), why)
    tab = tab or request.args.get("tab", "")
    manages = look.actor.has_everywhere(Permission.MANAGE_ARCHIVE) and not card.erased
    looks = []
    if look.may(Permission.READ_OPERATIONS):
        looks = queries.looks_page(look.session, person_id, LooksQuery(limit=100)).items
    return show(
        "archive_person.html", look, status=status, card=card, tab=tab if tab in TABS else "basic", tabs=TABS, tab_of=TAB_OF,
        problem=problem, given=request.form, manages=manages, looks=looks, may_looks=look.may(Permission.READ_OPERATIONS),
        section="console.archive", fresh=new_id(), shown=shown, yuan=yuan, today=company_day(look.now).isoformat(),
        id_kinds=_choices(look, "id_kind", IdKind), contract_kinds=_choices(look, "contract", ContractKind),
        document_kinds=_choices(look, "document", DocumentKind), contract_choices=_contracts(look),
        documents_open=look.may(Permission.READ_DOCUMENTS), may_erase=look.may(Permission.ERASE_PERSON) and card.active is False,
    )  # fmt: skip


def _choices(look: Look, group: str, kinds: Any) -> Callable[[], list[tuple[str, str]]]:
    return lambda: [(kind, look.t(f"console.archive.{group}.{kind}")) for kind in get_args(kinds)]


def _contracts(look: Look) -> Callable[[Any], list[tuple[str, str]]]:
    return lambda contracts: [
        (one.id, look.t("console.archive.correct", kind=look.t(f"console.archive.contract.{one.kind}"), day=one.from_day))
        for one in contracts
    ]


def yuan(text: str) -> str:
    """An amount kept in fen, as people read it; what is covered stays so."""
    return f"{int(text) / 100:,.2f}" if text.isdigit() else text


@action("/archive/<person_id>/show", needs=Permission.READ_ARCHIVE)
def show_values(who: Actor, person_id: str) -> Response:
    """Covered values, shown to who said why. The answer is a page of its own: reloading the record covers them again."""
    asked = tuple(name for name in request.form.getlist("field") if name in rules.COVERED)
    why, tab = request.form.get("why", "").strip()[:500], request.form.get("tab", "")
    with looking(who) as look:
        try:
            return _record(look, person_id, shown=asked, why=why, tab=tab)
        except Problem as problem:
            if problem.code != "privacy.why_needed":
                raise
            return _record(look, person_id, problem=sentence_of(problem), status=422, tab=tab)


def _keep(who: Actor, person_id: str, tab: str, shape: type[wire.Wire], build: Callable[..., wire.Wire], **more: Any) -> Response:
    """Seal and perform what a form of the record says, and show the record again with what came of it."""
    names = [name for name in shape.__struct_fields__ if name not in ("person_id", *more)]
    values: dict[str, Any] = {name: request.form[name].strip() for name in names if name in request.form}
    try:
        for name in ("pay_fen", "base_fen"):
            if name in values:
                values[name] = fen(values[name], name)
        # an empty field of a form is not said; only what the record has can be taken away, by its own tick
        values = {name: value for name, value in values.items() if value not in ("", None)}
        values |= {name: "" for name in request.form.getlist("clear") if name in names}
        given = wire.convert({**values, **more, "person_id": person_id}, shape)
        perform_form(who, build(outpost(), given, op_id_of_form()))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _record(look, person_id, problem=sentence_of(wrong), status=form_status(wrong), tab=tab)
    return done("console.archive_of", "saved", person_id=person_id, tab=tab)


def fen(text: str, name: str) -> int | None:
    """Yuan as typed, in fen; None for nothing. Raises Problem."""
    clean = text.replace(",", "").replace("，", "").strip()
    if not clean:
        return None
    whole, _, cents = clean.partition(".")
    if not (whole.isascii() and whole.isdigit() and len(whole) <= 9 and (not cents or (cents.isascii() and cents.isdigit()))):
        raise Problem("wire.wrong_type", field=name, want="0.00", got=text[:20])
    if len(cents) > 2:
        raise Problem("wire.out_of_range", field=name, want="0.00")
    return int(whole) * 100 + int(cents.ljust(2, "0"))


@action("/archive/<person_id>/basics", needs=Permission.MANAGE_ARCHIVE)
def keep_basics(who: Actor, person_id: str) -> Response:
    return _keep(who, person_id, "basic", BasicsGiven, sealed_basics)


@action("/archive/<person_id>/contracts", needs=Permission.MANAGE_ARCHIVE)
def keep_contract(who: Actor, person_id: str) -> Response:
    return _keep(who, person_id, "contract", ContractGiven, sealed_contract)


@action("/archive/<person_id>/insurances", needs=Permission.MANAGE_ARCHIVE)
def keep_insurance(who: Actor, person_id: str) -> Response:
    return _keep(who, person_id, "insurance", InsuranceGiven, sealed_insurance)


@action("/archive/<person_id>/documents", needs=Permission.MANAGE_ARCHIVE)
def keep_document(who: Actor, person_id: str) -> Response:
    given, upload = request.form, request.files.get("file")
    names = ("document_id", "kind", "title", "issued_on", "expires_on")
    values = {name: given[name].strip() for name in names if given.get(name, "").strip()}
    try:
        content = upload.read() if upload is not None else b""
        outcome = api.keep_document(who, {**values, "person_id": person_id}, content, op_id_of_form())
        if outcome.status == "rejected" and outcome.code is not None:
            raise Problem(outcome.code, field=outcome.field, **{k: v for k, v in outcome.facts.items() if k != "field"})
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _record(look, person_id, problem=sentence_of(wrong), status=form_status(wrong), tab="documents")
    return done("console.archive_of", "saved", person_id=person_id, tab="documents")


@action("/archive/<person_id>/documents/<document_id>", needs=Permission.READ_SELF)
def open_document(who: Actor, person_id: str, document_id: str) -> Response:
    """The file itself, to who said why."""
    why = request.form.get("why", "").strip()[:500]
    try:
        return api.document_response(who, document_id, why)
    except Problem as problem:
        if problem.code != "privacy.why_needed":
            raise
        with looking(who) as look:
            return _record(look, person_id, problem=sentence_of(problem), status=422, tab="documents")


@action("/archive/<person_id>/documents/<document_id>/withdraw", needs=Permission.MANAGE_ARCHIVE)
def withdraw_document(who: Actor, person_id: str, document_id: str) -> Response:
    try:
        values = {"document_id": document_id, "reason": request.form.get("reason", "").strip()}
        perform_form(who, wire.convert(values, WithdrawDocument))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _record(look, person_id, problem=sentence_of(wrong), status=form_status(wrong), tab="documents")
    return go(f"/console/archive/{person_id}?tab=documents&done=saved")
