"""Pictures of courses for devices: in pieces, resumed where the line broke, only those of courses that the device holds."""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any

import sqlalchemy as sa
from flask import Response, request
from flask_smorest import Blueprint

from server.devices.chain import find_device
from server.kernel.db import table_of
from server.kernel.http import declare, document_refusals, outpost
from server.kernel.perform import DeviceFacts
from server.kernel.problems import Problem
from server.learning import pictures
from server.learning.model import Course, CoursePicture, Media
from server.sync.scopes import scopes_of

_NUMBER = re.compile(r"[0-9]{1,9}")
_RANGE = re.compile(r"bytes=([0-9]{1,9})-([0-9]{1,9})?")
_course, _picture, _media = table_of(Course), table_of(CoursePicture), table_of(Media)

declare("GET", "/api/v1/sync/media/<sha256>", "device", "only a picture that a course in one of the device's scopes names")


def _held_by(device: DeviceFacts, sha256: str) -> str | None:
    """What kind of picture it is; None where no course that the device holds names it."""
    with outpost().db.snapshot() as connection:
        asked = (
            sa.select(_course.c.scopes, _media.c.media)
            .join(_picture, _picture.c.course_id == _course.c.id)
            .join(_media, _media.c.sha256 == _picture.c.sha256)
            .where(_picture.c.sha256 == sha256)
        )
        rows = connection.execute(asked).all()
        scopes = scopes_of(connection, device, outpost().clock()) if rows else set()
    return next((row.media for row in rows if scopes & set(row.scopes)), None)


def add_to(blueprint: Blueprint, signed_by: Callable[[], tuple[DeviceFacts, bytes]], doc: dict[str, Any]) -> None:
    """Add the endpoint to those that devices call. `signed_by` judges a request's signature."""

    def media(sha256: str) -> Response:
        """The bytes, or those from `?offset=` (at most `most`), or of a `Range`; a device checks the whole by its SHA-256."""
        return _answer(signed_by()[0], sha256)

    documented = blueprint.response(200, {"type": "string", "format": "binary"}, content_type="image/*")(media)
    documented = document_refusals(blueprint, blueprint.doc(**doc)(documented))
    blueprint.route("/sync/media/<sha256>", methods=["GET"])(documented)


def _answer(device: DeviceFacts, sha256: str) -> Response:
    state = find_device(outpost().db, device.device_id)
    if state is None or state.facts.revoked_at is not None:
        raise Problem("device.revoked")
    kind = _held_by(state.facts, sha256)
    content = pictures.read(outpost().settings.data_dir, sha256) if kind is not None else None
    if content is None or kind is None:
        raise Problem("blob.unexpected", sha256=sha256[:64])
    headers = {"Accept-Ranges": "bytes", "Cache-Control": "no-store"}
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
