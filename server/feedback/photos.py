"""Photos of tickets. Whatever a device sends is decoded once, within limits, before anybody is shown it; shown is only what the
server has drawn anew: pixels, without where and with what it was taken, and nothing that may have hung on the file.

A file that is no picture, is broken or would need too much memory is refused with a code; its ticket stays.
"""

from __future__ import annotations

import hashlib
import io
from pathlib import Path

import sqlalchemy as sa
from flask import Response
from PIL import Image

from contract.feedback import JudgePhoto
from contract.ids import is_id, new_id
from server.feedback.model import FILE, Ticket, TicketEvent, TicketPhoto
from server.feedback.story import lock
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.feed import mark
from server.kernel.http import Outpost, outpost
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.learning.pictures import shrink

LARGEST_THUMB = 320
MOST_PIXELS = 12_500_000  # devices send far fewer; decoded that is some 50 MB
_CODES = {"learning.picture_kind": "feedback.photo_kind", "learning.picture_broken": "feedback.photo_broken"}
_HEADERS = {
    "Content-Security-Policy": "default-src 'none'; sandbox",
    "Cache-Control": "private, max-age=3600",
    "X-Content-Type-Options": "nosniff",
    "Cross-Origin-Resource-Policy": "same-origin",
}


def draw_anew(content: bytes) -> tuple[bytes, bytes]:
    """A picture as it is shown, and small. Raises Problem `feedback.photo_*`."""
    try:
        _must_be_small(content)
        shown = shrink(content)
    except Problem as wrong:
        code = wrong.code if wrong.code.startswith("feedback.") else _CODES.get(wrong.code, "feedback.photo_large")
        raise Problem(code) from wrong
    with Image.open(io.BytesIO(shown.content)) as opened:
        small = opened.convert("RGB")
    small.thumbnail((LARGEST_THUMB, LARGEST_THUMB))
    out = io.BytesIO()
    small.save(out, "JPEG", quality=75, optimize=True)
    return shown.content, out.getvalue()


def _must_be_small(content: bytes) -> None:
    """Refuse by what the header says, before a pixel is decoded; what has no header that can be read is refused by `shrink`."""
    try:
        with Image.open(io.BytesIO(content), formats=["JPEG", "PNG", "WEBP"]) as opened:
            width, height = opened.size
    except Image.DecompressionBombError as bomb:
        raise Problem("feedback.photo_large") from bomb
    except (OSError, SyntaxError, ValueError):
        return
    if width * height > MOST_PIXELS:
        raise Problem("feedback.photo_large")


def take_in(found: Outpost, sha256: str, content: bytes) -> None:
    """All of a photo has come: it is judged, and the tickets that name it say how it went. Doing it twice changes nothing."""
    with reading(found.db, Actor.system()) as session:
        awaited = sa.select(TicketPhoto.id).where(TicketPhoto.photo == sha256, TicketPhoto.state == "awaited")
        if session.execute(awaited.limit(1)).first() is None:
            return
    refused, name = None, None
    try:
        shown, small = draw_anew(content)
        name = hashlib.sha256(shown).hexdigest()
        keep(found.settings.data_dir, sha256, shown)
        keep(found.settings.data_dir, sha256, small, small=True)
    except Problem as wrong:
        refused = wrong.code
    judged = JudgePhoto(sha256=sha256, refused=refused, shown=name)
    perform(found.db, Actor.system(), judged, op_id=new_id(), now=found.clock(), secret=found.settings.secret)


@handles(JudgePhoto, needs=Permission.REPLAY_OPERATIONS)
def judge_photo(work: Work, op: JudgePhoto) -> None:
    """Said by the server itself, once for all that name the photo."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.REPLAY_OPERATIONS.value)
    asked = sa.select(TicketPhoto).where(TicketPhoto.photo == op.sha256, TicketPhoto.state == "awaited")
    for row in work.session.scalars(asked.order_by(TicketPhoto.ticket_id, TicketPhoto.id)).all():
        row.state, row.code = ("ok", None) if op.refused is None else ("refused", op.refused)
        row.shown = op.shown
        _show_again(work.session, row)


def _show_again(session: ScopedSession, row: TicketPhoto) -> None:
    """Devices hear that the ticket and the event read otherwise, though no column of theirs did."""
    ticket, event = lock(session, row.ticket_id), session.get(TicketEvent, row.event_id)
    for scope in event.scopes if event is not None else ():
        mark(session, scope, "ticket_event", row.event_id)
    for scope in ticket.scopes if ticket is not None and not row.internal else ():
        mark(session, scope, "ticket", row.ticket_id)


def keep(data_dir: Path, sha256: str, content: bytes, *, small: bool = False) -> None:
    """Write what is shown of a photo, whole or not at all."""
    file = path_of(data_dir, sha256, small=small)
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_name(f"{file.name}.{new_id()}.part")
    part.write_bytes(content)
    part.replace(file)


def path_of(data_dir: Path, sha256: str, *, small: bool = False) -> Path:
    """Where what is shown of a photo lies. `sha256` came out of a row."""
    return data_dir / "ticket_pictures" / sha256[:2] / (f"{sha256}.small" if small else sha256)


def shown_picture(data_dir: Path, sha256: str, *, small: bool = False) -> bytes | None:
    """What is shown of a photo; None where it has not come, or was refused."""
    file = path_of(data_dir, sha256, small=small)
    return file.read_bytes() if file.exists() else None


def picture_headers(content: bytes) -> dict[str, str]:
    """How a picture is served: as nothing but a picture, of this hash."""
    kind = media_of(content)
    name = f'inline; filename="photo.{"png" if kind == "image/png" else "jpg"}"'
    return {**_HEADERS, "Content-Disposition": name, "Outpost-Sha256": hashlib.sha256(content).hexdigest()}


def media_of(content: bytes) -> str:
    """Of what the server has drawn itself."""
    return "image/png" if content.startswith(b"\x89PNG") else "image/jpeg"


def photo_response(who: Actor, ticket_id: str, sha256: str, *, small: bool = False) -> Response:
    """A ticket's photo for a signed-in reader of the event that names it. Raises Problem."""
    who.must(FILE)
    row = None
    if is_id(ticket_id):
        with reading(outpost().db, who) as session:
            asked = sa.select(TicketPhoto).where(TicketPhoto.ticket_id == ticket_id, TicketPhoto.photo == sha256)
            row = session.scalars(asked.limit(1)).first()
            there = session.scalars(sa.select(Ticket.id).where(Ticket.id == ticket_id)).first()
            row = row if there is not None else None
    if row is not None and row.code is not None:
        raise Problem(row.code)
    content = shown_picture(outpost().settings.data_dir, sha256, small=small) if row is not None and row.state == "ok" else None
    if content is None:
        raise Problem("access.not_found", id=sha256[:60])
    return Response(content, 200, picture_headers(content), mimetype=media_of(content))
