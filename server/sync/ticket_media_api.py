"""Photos of tickets for devices: as the server has drawn them anew, only of events in a scope that the device holds."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Response, request
from flask_smorest import Blueprint

from contract.ids import is_id
from server.devices.chain import find_device
from server.feedback.model import TicketEvent, TicketPhoto
from server.feedback.photos import media_of, picture_headers, shown_picture
from server.kernel.db import table_of
from server.kernel.http import declare, document_refusals, outpost
from server.kernel.perform import DeviceFacts
from server.kernel.problems import Problem
from server.sync.media_api import in_pieces
from server.sync.scopes import scopes_of

_event, _photo = table_of(TicketEvent), table_of(TicketPhoto)

declare(
    "GET", "/api/v1/sync/tickets/<ticket_id>/photos/<sha256>", "device", "only of an event in one of the device's scopes"
)  # fmt: skip


def add_to(blueprint: Blueprint, signed_by: Callable[[], tuple[DeviceFacts, bytes]], doc: dict[str, Any]) -> None:
    """Add the endpoint to those that devices call. `signed_by` judges a request's signature."""

    def photo(ticket_id: str, sha256: str) -> Response:
        """The picture, or part of it like `/sync/media`; `?size=thumb` small. `Outpost-Sha256` is the hash of the whole: the
        server draws it anew, so it is not the one that names it."""
        return _answer(signed_by()[0], ticket_id, sha256)

    documented = blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")(photo)
    documented = document_refusals(blueprint, blueprint.doc(**doc)(documented))
    blueprint.route("/sync/tickets/<ticket_id>/photos/<sha256>", methods=["GET"])(documented)


def _held_by(device: DeviceFacts, ticket_id: str, sha256: str) -> Any:
    """What is known of the photo; None where no event that the device holds names it."""
    asked = (
        sa.select(_photo.c.state, _photo.c.code, _photo.c.photo, _photo.c.internal, _photo.c.author_id, _event.c.scopes)
        .join(_event, _event.c.id == _photo.c.event_id)
        .where(_photo.c.photo == sha256, _photo.c.ticket_id == ticket_id)
    )
    if not is_id(ticket_id):
        return None
    with outpost().db.snapshot() as connection:
        rows = connection.execute(asked).all()
        scopes = scopes_of(connection, device, outpost().clock()) if rows else set()
    return next(
        (row for row in rows if scopes & set(row.scopes) and not (row.internal and row.author_id == device.person_id)), None
    )


def _answer(device: DeviceFacts, ticket_id: str, sha256: str) -> Response:
    state = find_device(outpost().db, device.device_id)
    if state is None or state.facts.revoked_at is not None:
        raise Problem("device.revoked")
    held = _held_by(state.facts, ticket_id, sha256)
    if held is not None and held.code is not None:
        raise Problem(held.code)
    small = request.args.get("size") == "thumb"
    is_shown = held is not None and held.state == "ok"
    content = shown_picture(outpost().settings.data_dir, held.photo, small=small) if is_shown else None
    if content is None:
        raise Problem("blob.unexpected", sha256=sha256[:64])
    return in_pieces(content, media_of(content), picture_headers(content))
