"""The archive and privacy over HTTP. Values are sealed before they are performed; looks are written down before the answer."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from flask import Response, request
from flask_smorest import Blueprint
from werkzeug.utils import secure_filename

from contract import wire
from contract.archive import (
    ArchiveAsk,
    ArchiveCard,
    ArchivePage,
    ArchiveQuery,
    BasicsGiven,
    ContractGiven,
    ContractsEndingQuery,
    EndingContracts,
    InsuranceGiven,
    LooksPage,
    LooksQuery,
    WithdrawDocument,
)
from contract.ids import is_id, new_id
from contract.limits import Reason
from contract.privacy import ErasePerson, Erasures, ProposeErasure, RefuseErasure
from server.archive import files, queries, rules, service
from server.archive.looks import note_look
from server.archive.model import Document
from server.archive.own_data import own_data
from server.archive.sealing import key_of, sealed_basics, sealed_contract, sealed_document, sealed_insurance
from server.kernel import sealed
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import (
    OutcomeBody,
    actor,
    declare,
    do,
    document_refusals,
    language,
    outcome_response,
    outpost,
    reads,
    writes,
)
from server.kernel.perform import reading
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of
from server.org.queries import company_day
from server.people.model import Person

blueprint = Blueprint("archive", __name__, url_prefix="/api/v1", description="The archive of people, who looked, and privacy")
assert service  # importing it registers the handlers

MEDIA = {
    "application/pdf": b"%PDF-", "image/jpeg": b"\xff\xd8\xff", "image/png": b"\x89PNG\r\n\x1a\n", "image/webp": b"RIFF",
}  # fmt: skip
MOST_BYTES = 8 * 1024 * 1024

writes(
    blueprint,
    {
        "/archive/documents/withdrawn": (WithdrawDocument, Permission.MANAGE_ARCHIVE),
        "/privacy/erasures": (ProposeErasure, Permission.ERASE_PERSON),
        "/privacy/erasures/confirmed": (ErasePerson, Permission.ERASE_PERSON),
        "/privacy/erasures/refused": (RefuseErasure, Permission.ERASE_PERSON),
    },
)


def _check_path_ids(values: dict[str, str]) -> None:
    for value in values.values():
        if not is_id(value):
            raise Problem("access.not_found", id=value[:60])


def _seals(path: str, given: type, build: Callable[..., wire.Wire]) -> None:
    """Declare a POST whose body is sealed before it is performed."""
    declare("POST", f"/api/v1{path}", Permission.MANAGE_ARCHIVE)

    def view(body: Any) -> Response:
        who = actor()
        who.must(Permission.MANAGE_ARCHIVE)
        op_id = request.headers.get("Idempotency-Key") or new_id()
        if not is_id(op_id):
            raise Problem("wire.wrong_type", field="Idempotency-Key", want="uuid", got=op_id[:60])
        return outcome_response(do(who, build(outpost(), body, op_id), op_id=op_id))

    view.__name__ = "record_" + path.rpartition("/")[2]
    documented: Any = blueprint.response(201, schema_of(OutcomeBody))(view)
    documented = blueprint.arguments(schema_of(given), location="json")(documented)
    summary = (given.__doc__ or "").split(".")[0]
    documented = blueprint.doc(security=[{"bearer": []}], summary=summary)(documented)
    blueprint.route(path, methods=["POST"])(document_refusals(blueprint, documented))


_seals("/archive/basics", BasicsGiven, sealed_basics)
_seals("/archive/contracts", ContractGiven, sealed_contract)
_seals("/archive/insurances", InsuranceGiven, sealed_insurance)


@reads(blueprint, "/archive", needs=Permission.READ_ARCHIVE, answers=ArchivePage, asks=ArchiveQuery)
def records(session: ScopedSession, asked: ArchiveQuery) -> ArchivePage:
    """Records, by name, pinyin, number or phone, with how complete they are."""
    service.day_of(asked.ends_by, "ends_by")
    return queries.archive_page(session, asked)


@reads(blueprint, "/archive/contracts", needs=Permission.MANAGE_ARCHIVE, answers=EndingContracts, asks=ContractsEndingQuery)
def contracts_ending(session: ScopedSession, asked: ContractsEndingQuery) -> EndingContracts:
    """Contracts that end soon."""
    return queries.contracts_ending(session, company_day(outpost().clock()), asked.days)


@reads(blueprint, "/archive/<person_id>", needs=Permission.READ_SELF, answers=ArchiveCard, asks=ArchiveAsk)
def record(session: ScopedSession, asked: ArchiveAsk, person_id: str) -> ArchiveCard:
    """One record. Whole values of another person only with `show` and `why`; that it was looked at is written down."""
    return shown_card(session, person_id, [name for name in asked.show.split(",") if name], asked.why.strip())


def shown_card(session: ScopedSession, person_id: str, shown: list[str], why: str) -> ArchiveCard:
    """A record for its reader, with the look noted before it is handed out."""
    reader: Actor = session.info["actor"]
    person = session.get(Person, person_id)
    own = reader.person_id == person_id
    if person is None or not (own or reader.may(Permission.READ_ARCHIVE)):
        raise Problem("people.unknown", id=person_id)
    if not own and shown and not why:
        raise Problem("privacy.why_needed", field="why")
    found = outpost()
    card = queries.archive_card(session, person, key_of(found, person_id), found.clock(), shown=shown)
    whole = sorted(rules.COVERED & set(shown))
    note_look(found, reader, "value" if whole else "archive", [person_id], why=why, fields=whole)
    return card


# -- documents ----------------------------------------------------------------------------------------------------------------

declare("POST", "/api/v1/archive/documents", Permission.MANAGE_ARCHIVE)
declare("GET", "/api/v1/archive/documents/<document_id>", Permission.READ_SELF)


@blueprint.route("/archive/documents", methods=["POST"])
@blueprint.doc(
    summary="Add a document", security=[{"bearer": []}],
    requestBody={"content": {"multipart/form-data": {"schema": {
        "type": "object", "required": ["document_id", "person_id", "kind", "title", "file"],
        "properties": {name: {"type": "string"} for name in
                       ("document_id", "person_id", "kind", "title", "issued_on", "expires_on")}
        | {"file": {"type": "string", "format": "binary"}},
    }}}},
)  # fmt: skip
@blueprint.response(201, schema_of(OutcomeBody))
def add_document() -> Response:
    """A PDF or a picture of at most 8 MiB; kept sealed under the person's key."""
    who = actor()
    who.must(Permission.MANAGE_ARCHIVE)
    upload = request.files.get("file")
    names = ("document_id", "person_id", "kind", "title", "issued_on", "expires_on")
    values = {name: request.form[name].strip() for name in names if request.form.get(name, "").strip()}
    op_id = request.headers.get("Idempotency-Key")
    return outcome_response(keep_document(who, values, upload.read() if upload is not None else b"", op_id))


def keep_document(who: Actor, values: dict[str, Any], content: bytes, op_id: str | None) -> Any:
    """Seal a file, keep it, and perform the operation that names it. Answers the outcome."""
    found = outpost()
    if not content:
        raise Problem("wire.missing", field="file")
    if len(content) > MOST_BYTES:
        raise Problem("blob.too_large", limit=MOST_BYTES)
    media = next((name for name, start in MEDIA.items() if content.startswith(start)), None)
    if media is None:
        raise Problem("archive.file_kind", field="file")
    for name in ("person_id", "document_id"):
        if not is_id(values.get(name, "")):
            raise Problem("wire.missing", field=name)
    operation, kept = sealed_document(found, {**values, "media": media}, content)
    files.keep(found.settings.data_dir, operation.sha256, kept)
    return do(who, operation, op_id=op_id if op_id is not None and is_id(op_id) else None)


@blueprint.route("/archive/documents/<document_id>", methods=["GET"])
@blueprint.doc(summary="The file of a document", security=[{"bearer": []}])
@blueprint.response(200, content_type="application/octet-stream")
def document_file(document_id: str) -> Response:
    """The file as it was given; `why` is asked of everybody but the person. The look is written down first."""
    _check_path_ids({"document_id": document_id})
    return document_response(actor(), document_id, request.args.get("why", "").strip()[:500])


def document_response(who: Actor, document_id: str, why: str) -> Response:
    """A document's file for somebody who may read documents of this person."""
    found = outpost()
    with reading(found.db, who) as session:
        row = session.get(Document, document_id)
        own = row is not None and row.person_id == who.person_id
        may = row is not None and (own or queries.reads_documents(session, row.person_id))
    if row is None or not may or not (own or who.may(Permission.READ_DOCUMENTS)):
        raise Problem("archive.document_unknown", id=document_id)
    if not own and not why:
        raise Problem("privacy.why_needed", field="why")
    kept, key = files.read(found.settings.data_dir, row.sha256), key_of(found, row.person_id)
    if kept is None or key is None:
        raise Problem("archive.document_gone", id=document_id)
    content = sealed.unseal_file(key, row.person_id, row.id, kept)
    note_look(found, who, "document", [row.person_id], about_id=row.id, why=why)
    name = secure_filename(f"{row.id}.{row.media.rpartition('/')[2]}")
    response = Response(content, mimetype=row.media)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


# -- one's own ----------------------------------------------------------------------------------------------------------------


@reads(blueprint, "/me/looks", needs=Permission.READ_OWN_PRIVACY, answers=LooksPage, asks=LooksQuery)
def my_looks(session: ScopedSession, asked: LooksQuery) -> LooksPage:
    """Who looked at my position, photo, record or documents, and why."""
    reader: Actor = session.info["actor"]
    return queries.looks_page(session, reader.person_id or "", asked)


declare("GET", "/api/v1/me/data", Permission.READ_OWN_PRIVACY)
declare("GET", "/api/v1/archive/<person_id>/data", Permission.MANAGE_ARCHIVE)


@blueprint.route("/me/data", methods=["GET"])
@blueprint.doc(summary="Everything about me, as a ZIP", security=[{"bearer": []}])
@blueprint.response(200, content_type="application/zip")
def my_data() -> Response:
    """`data.json` for machines, `index.html` for people, documents and photos."""
    who = actor()
    who.must(Permission.READ_OWN_PRIVACY)
    return data_response(who, who.person_id or "", "")


@blueprint.route("/archive/<person_id>/data", methods=["GET"])
@blueprint.doc(summary="Everything about a person, on their behalf", security=[{"bearer": []}])
@blueprint.response(200, content_type="application/zip")
def their_data(person_id: str) -> Response:
    """The same for somebody who asked HR for it; `why` says so, and they see that it was made."""
    who = actor()
    who.must(Permission.MANAGE_ARCHIVE)
    _check_path_ids({"person_id": person_id})
    why = request.args.get("why", "").strip()
    if not why:
        raise Problem("privacy.why_needed", field="why")
    return data_response(who, person_id, wire.convert(why, Reason))


def data_response(who: Actor, person_id: str, why: str) -> Response:
    """The ZIP of a person's data for themselves, or for HR on their behalf."""
    found = outpost()
    with reading(found.db, who) as session:
        person = session.get(Person, person_id)
        whole = who.person_id == person_id or queries.reads_everything(session, person_id)
    if person is None or not whole:
        raise Problem("people.unknown", id=person_id)
    content = own_data(found, person_id, language())
    note_look(found, who, "own_data", [person_id], why=why)
    response = Response(content, mimetype="application/zip")
    response.headers["Content-Disposition"] = f'attachment; filename="outpost-{person.number}-{found.clock():%Y%m%d}.zip"'
    response.headers["Cache-Control"] = "no-store"
    return response


@reads(blueprint, "/privacy/erasures", needs=Permission.ERASE_PERSON, answers=Erasures)
def erasures(session: ScopedSession) -> Erasures:
    """Who is to be forgotten, and how it stands."""
    return queries.erasures(session)
