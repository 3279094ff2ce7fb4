"""The endpoints that devices call, each signed with the device's key: sync, scopes, blobs."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from flask import Response, request
from flask_smorest import Blueprint

from contract import wire
from contract.devices import AdoptOperation
from contract.hints import HintTicket
from contract.ids import is_id
from contract.sealing import is_request_signed
from contract.sync import SyncRequest, SyncResponse
from server.approvals.model import Request, RequestPhoto
from server.attendance.correction_model import Appeal
from server.attendance.model import Punch
from server.devices.chain import Chains, SeenBook, find_device
from server.feedback.model import TicketPhoto
from server.feedback.photos import take_in
from server.hints.giving import ticket_of_device
from server.kernel.actors import Permission
from server.kernel.http import body_bytes, declare, outpost, writes, zipped
from server.kernel.perform import DeviceFacts
from server.kernel.problems import Problem
from server.kernel.schemas import schema_of
from server.scoring import card_photos
from server.scoring.card_model import ScorePhoto
from server.sync import media_api, service, ticket_media_api
from server.sync.blobs import BlobFolder
from server.sync.exchange import exchange, read_request
from server.sync.gate import Gate
from server.sync.scopes import scopes_of

HANDLERS = service
blueprint = Blueprint("sync", __name__, url_prefix="/api/v1", description="What devices call, signed with their key")


def _signed_by() -> tuple[DeviceFacts, bytes]:
    """The device that signed this request, and the request's body. Raises Problem.

    A device's key never changes, so it is looked up once; whether it has been revoked is read anew by whoever asks.
    """
    device_id = request.headers.get("Outpost-Device", "")
    signature = request.headers.get("Outpost-Signature", "")
    if not is_id(device_id):
        raise Problem("device.unknown", id=device_id[:40])
    known: dict[str, tuple[DeviceFacts, bytes]] = outpost().notes.setdefault("device keys", {})
    device = known.get(device_id)
    if device is None:
        state = find_device(outpost().db, device_id)
        if state is None:
            raise Problem("device.unknown", id=device_id)
        if len(known) > 50_000:
            known.clear()
        device = known[device_id] = (state.facts, state.public)
    body = body_bytes()
    if not is_request_signed(device[1], request.method, request.path, body, signature):
        raise Problem("sync.bad_signature")
    return device[0], body


def gate() -> Gate:
    """This process's gate."""
    found = outpost()
    known = found.notes.get("gate")
    if known is None:
        known = found.notes["gate"] = Gate(found.db, Chains(), found.clock, found.settings.secret)
    assert isinstance(known, Gate)
    return known


def seen_book() -> SeenBook:
    """This process's book of when devices were heard of."""
    found = outpost()
    book = found.notes.get("seen")
    if book is None:
        book = found.notes["seen"] = SeenBook(found.db, found.settings.seen_flush_s)
    assert isinstance(book, SeenBook)
    return book


def _signed_doc(summary: str) -> dict[str, Any]:
    headers = [
        {"in": "header", "name": name, "required": True, "schema": {"type": "string"}}
        for name in ("Outpost-Device", "Outpost-Signature")
    ]
    return {"summary": summary, "parameters": headers}


writes(blueprint, {"/operations/adoptions": (AdoptOperation, Permission.REPLAY_OPERATIONS)})
declare("POST", "/api/v1/sync", "device", "signed with the device's key; answers within its own scopes only")


@blueprint.route("/sync", methods=["POST"])
@blueprint.doc(
    **_signed_doc("One sync: operations in, changes out"),
    requestBody={"content": {"application/json": {"schema": schema_of(SyncRequest)}}, "required": True},
)
@blueprint.response(200, schema_of(SyncResponse))
def sync() -> Response:
    """docs/protocol.md describes the exchange; gzip both ways."""
    device, body = _signed_by()
    asked = read_request(body)
    if asked.dev != device.device_id:
        raise Problem("device.not_here", field="dev")
    answered = exchange(outpost(), gate(), seen_book(), device, asked)
    return zipped(Response(wire.encode(answered), mimetype="application/json", headers={"Cache-Control": "no-store"}))


class ScopeList(wire.Wire, frozen=True, kw_only=True):
    """The scopes a device should hold now."""

    scopes: list[str]


declare("GET", "/api/v1/sync/scopes", "device", "a device may ask which scopes it should hold")


@blueprint.route("/sync/scopes", methods=["GET"])
@blueprint.doc(**_signed_doc("Which scopes this device should hold now"))
@blueprint.response(200, schema_of(ScopeList))
def scopes() -> Response:
    """For diagnosis: the set is computed, not stored."""
    device, _ = _signed_by()
    with outpost().db.snapshot() as connection:
        found = ScopeList(scopes=sorted(scopes_of(connection, device, outpost().clock())))
    return Response(wire.encode(found), mimetype="application/json")


declare("GET", "/api/v1/sync/hints", "device", "a device may listen for news of its own scopes")


@blueprint.route("/sync/hints", methods=["GET"])
@blueprint.doc(**_signed_doc("Leave to listen for news"))
@blueprint.response(200, schema_of(HintTicket))
def hints() -> Response:
    """A ticket for the listener (contract/hints.py); port 0 and no url where there is none."""
    device, _ = _signed_by()
    state = find_device(outpost().db, device.device_id)
    if state is None or state.facts.revoked_at is not None:
        raise Problem("device.revoked")
    with outpost().db.snapshot() as connection:
        ticket = ticket_of_device(outpost(), connection, scopes_of(connection, device, outpost().clock()))
    return Response(wire.encode(ticket), mimetype="application/json", headers={"Cache-Control": "no-store"})


declare("PUT", "/api/v1/blobs/<sha256>", "device", "only a blob that one of the device's own operations names")
declare("HEAD", "/api/v1/blobs/<sha256>", "device", "how much of a blob of its own has arrived")


def _folder() -> BlobFolder:
    return BlobFolder(outpost().settings.data_dir / "blobs")


def _named_by_device(device: DeviceFacts, sha256: str) -> None:
    """A device may only send what an operation of its own has named."""
    with outpost().db.snapshot() as connection:
        of_punch = sa.select(Punch.id).where(Punch.photo == sha256, Punch.device_id == device.device_id)
        of_appeal = sa.select(Appeal.id).where(Appeal.photo == sha256, Appeal.person_id == device.person_id)
        of_request = (
            sa.select(RequestPhoto.id)
            .join(Request, Request.id == RequestPhoto.request_id)
            .where(RequestPhoto.photo == sha256, Request.applicant_id == device.person_id)
        )
        of_ticket = sa.select(TicketPhoto.id).where(
            TicketPhoto.photo == sha256, sa.or_(TicketPhoto.device_id == device.device_id, TicketPhoto.by_id == device.person_id)
        )
        of_score = sa.select(ScorePhoto.id).where(
            ScorePhoto.photo == sha256, sa.or_(ScorePhoto.device_id == device.device_id, ScorePhoto.by_id == device.person_id)
        )
        ways = (of_punch, of_appeal, of_request, of_ticket, of_score)
        if all(connection.execute(named.limit(1)).first() is None for named in ways):
            raise Problem("blob.unexpected", sha256=sha256[:64])


def _number(name: str) -> int:
    try:
        return wire.convert(int(request.headers.get(name, "")), int)
    except ValueError:
        raise Problem("wire.missing", field=name) from None


@blueprint.route("/blobs/<sha256>", methods=["PUT"])
@blueprint.doc(**_signed_doc("A piece of a photo"))
@blueprint.response(204)
def put_blob(sha256: str) -> Response:
    """200 with Upload-Offset while pieces are missing, 204 when the blob is whole. The same blob again is fine."""
    device, piece = _signed_by()
    state = find_device(outpost().db, device.device_id)
    if state is None or state.facts.revoked_at is not None:
        raise Problem("device.revoked")
    _named_by_device(device, sha256)
    have, complete = _folder().add(
        device.device_id, sha256, _number("Upload-Offset"), _number("Upload-Length"), piece
    )
    if complete:
        _judge(sha256)
    return Response(status=204 if complete else 200, headers={"Upload-Offset": str(have)})


def _judge(sha256: str) -> None:
    """A photo of a ticket or a score card is decoded before anybody is shown it, once; what others name is nothing to that."""
    content = _folder().read(sha256)
    if content is not None:
        take_in(outpost(), sha256, content)
        card_photos.take_in(outpost(), sha256, content)


@blueprint.route("/blobs/<sha256>", methods=["HEAD"])
@blueprint.doc(**_signed_doc("How much of a photo has arrived"))
@blueprint.response(200)
def head_blob(sha256: str) -> Response:
    """Upload-Offset: bytes already here."""
    device, _ = _signed_by()
    have, complete = _folder().offset(device.device_id, sha256)
    if complete:  # named before by something else, or the server died before it was judged
        _judge(sha256)
    return Response(headers={"Upload-Offset": str(have)})


media_api.add_to(blueprint, _signed_by, _signed_doc("A picture of a course, file of a notice or photo of a request, or the rest"))
ticket_media_api.add_to(blueprint, _signed_by, _signed_doc("A photo of a ticket, or the rest of it"))
