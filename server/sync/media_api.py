"""Pictures of courses, files of notices, photos of tickets, requests and score cards for devices: in pieces, resumed where the
line broke, only those of what the device holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Response, request
from flask_smorest import Blueprint

from contract.limits import MAX_BLOB_BYTES
from server.announcements import files as notice_files
from server.devices.chain import find_device
from server.feedback import photos as ticket_photos
from server.feedback.model import TicketEvent, TicketPhoto
from server.kernel.db import table_of
from server.kernel.http import declare, document_refusals, outpost
from server.kernel.perform import DeviceFacts
from server.kernel.problems import Problem
from server.learning import pictures
from server.learning.model import Course, CoursePicture, Media
from server.sync import request_photos, score_photos
from server.sync.announcement_rows import attached
from server.sync.scopes import scopes_of

_NUMBER = re.compile(r"[0-9]{1,9}")
_RANGE = re.compile(r"bytes=([0-9]{1,9})-([0-9]{1,9})?")
_course, _picture, _media = table_of(Course), table_of(CoursePicture), table_of(Media)
_photo, _event = table_of(TicketPhoto), table_of(TicketEvent)

declare(
    "GET", "/api/v1/sync/media/<sha256>", "device", "what a course, notice, ticket, request or score card in its scopes names"
)  # fmt: skip


def _held_by(device: DeviceFacts, sha256: str, by: str, *, from_start: bool) -> tuple[str, bytes | None] | None:
    """What kind of file it is, and its bytes as far as they are here; None where nothing that the device holds names it. `by`:
    who sits at a tablet's desk."""
    data_dir = outpost().settings.data_dir
    with outpost().db.snapshot() as connection:
        asked = (
            sa.select(_course.c.scopes, _media.c.media)
            .join(_picture, _picture.c.course_id == _course.c.id)
            .join(_media, _media.c.sha256 == _picture.c.sha256)
            .where(_picture.c.sha256 == sha256)
        )
        rows = connection.execute(asked).all()
        scopes = scopes_of(connection, device, outpost().clock())
        kind = next((row.media for row in rows if scopes & set(row.scopes)), None)
        if kind is not None:
            return kind, pictures.read(data_dir, sha256)
        kind = attached(connection, [scope.removeprefix("notice:") for scope in scopes if scope.startswith("notice:")], sha256)
        if kind is not None:
            return kind, notice_files.read(data_dir, sha256)
        asked = sa.select(_photo.c.photo, _event.c.scopes).join(_event, _event.c.id == _photo.c.event_id)
        shown = connection.execute(asked.where(_photo.c.shown == sha256)).all()
        photo = next((row.photo for row in shown if row.photo is not None and scopes & set(row.scopes)), None)
        named = request_photos.named_for(connection, device, scopes, sha256, by)
    content = ticket_photos.shown_picture(data_dir, photo) if photo is not None else None
    if content is not None:
        return ticket_photos.media_of(content), content
    named = named or score_photos.named_for(outpost(), device, scopes, sha256, by)
    found = request_photos.picture(data_dir, sha256) if named is not None else None
    if named is not None and found is not None:
        request_photos.note(outpost(), device, named, from_start=from_start)
    return found


def add_to(blueprint: Blueprint, signed_by: Callable[[], tuple[DeviceFacts, bytes]], doc: dict[str, Any]) -> None:
    """Add the endpoint to those that devices call. `signed_by` judges a request's signature."""

    def media(sha256: str) -> Response:
        """The bytes, or those from `?offset=` (at most `most`), or of a `Range`; a device checks the whole by its SHA-256. `by`:
        the person at a tablet's desk, who is written down as having looked at a request's photo."""
        return _answer(signed_by()[0], sha256)

    documented = blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")(media)
    documented = document_refusals(blueprint, blueprint.doc(**doc)(documented))
    blueprint.route("/sync/media/<sha256>", methods=["GET"])(documented)


def _answer(device: DeviceFacts, sha256: str) -> Response:
    state = find_device(outpost().db, device.device_id)
    if state is None or state.facts.revoked_at is not None:
        raise Problem("device.revoked")
    asked = _asked(MAX_BLOB_BYTES)
    held = _held_by(state.facts, sha256, request.args.get("by", ""), from_start=asked is None or asked[0] == 0)
    kind, content = held if held is not None else ("", None)
    if content is None:
        raise Problem("blob.unexpected", sha256=sha256[:64])
    return in_pieces(content, kind, {})


def in_pieces(content: bytes, kind: str, more: dict[str, str]) -> Response:
    """All of it, or the bytes that this request asks for. `more`: further headers."""
    headers = {**more, "Accept-Ranges": "bytes", "Cache-Control": "no-store"}
    asked = _asked(len(content))
    if asked is None:
        return Response(content, 200, headers, mimetype=kind)
    first, last = asked
    if first > last:
        return Response(status=416, headers={**headers, "Content-Range": f"bytes */{len(content)}"})
    headers["Content-Range"] = f"bytes {first}-{last}/{len(content)}"
    return Response(content[first : last + 1], 206, headers, mimetype=kind)


def _asked(length: int) -> tuple[int, int] | None:
    """The first and last byte that are asked for, by `offset` and `most` or by `Range`; None for all of it."""
    offset, most = request.args.get("offset", ""), request.args.get("most", "")
    if _NUMBER.fullmatch(offset):
        first = int(offset)
        return first, min(first + int(most), length) - 1 if _NUMBER.fullmatch(most) else length - 1
    said = _RANGE.fullmatch(request.headers.get("Range", ""))
    if said is None:
        return None
    return int(said[1]), min(int(said[2]) if said[2] else length - 1, length - 1)
