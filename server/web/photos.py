"""Photos of punches, appeals and requests: opened by themselves, never drawn beside the story, so that who only decides has
not looked at a face."""

from __future__ import annotations

from flask import Response

from server.approvals.model import Request, RequestPhoto
from server.archive.looks import note_look
from server.attendance.correction_model import Appeal
from server.attendance.model import Punch
from server.kernel.actors import Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.people.readers import visible_fields
from server.sync.blobs import BlobFolder
from server.web.shell import Look, page


def blob_folder() -> BlobFolder:
    """Where photos lie."""
    return BlobFolder(outpost().settings.data_dir / "blobs")


@page("/punches/<punch_id>/photo", needs=Permission.READ_PUNCHES)
def punch_photo(look: Look, punch_id: str) -> Response:
    """The picture, to who may read photos of this person, after it was written down that they looked."""
    punch = look.session.get(Punch, punch_id)
    if punch is None or punch.photo is None or not visible_fields(look.session, look.actor, punch.person_id).reads("photo"):
        raise Problem("attendance.punch_unknown", id=punch_id)
    return _shown(look, punch.photo, punch.person_id, punch.id)


@page("/appeals/<appeal_id>/photo", needs=Permission.REVIEW_PUNCHES)
def appeal_photo(look: Look, appeal_id: str) -> Response:
    """The evidence handed in with an appeal, to who may answer it, after it was written down that they looked."""
    appeal = look.session.get(Appeal, appeal_id)
    if appeal is None or appeal.photo is None:
        raise Problem("attendance.appeal_unknown", id=appeal_id)
    return _shown(look, appeal.photo, appeal.person_id, appeal.id)


@page("/requests/<request_id>/photos/<photo_id>", needs=Permission.SUBMIT_REQUEST)
def request_photo(look: Look, request_id: str, photo_id: str) -> Response:
    """What was handed in with a request, to whoever may see the request, after it was written down that they looked."""
    photo, asked = look.session.get(RequestPhoto, photo_id), look.session.get(Request, request_id)
    if photo is None or asked is None or photo.request_id != asked.id or photo.photo is None:
        raise Problem("approvals.unknown", id=request_id)
    return _shown(look, photo.photo, asked.person_id, asked.id)


def _shown(look: Look, sha256: str, person_id: str, about_id: str) -> Response:
    found = outpost()
    content = blob_folder().read(sha256)
    if content is None:
        raise Problem("attendance.punch_unknown", id=about_id)
    note_look(found, look.actor, "photo", [person_id], about_id=about_id)
    response = Response(content, mimetype="image/png" if content.startswith(b"\x89PNG") else "image/jpeg")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
