"""The photo of a punch: opened by itself, never drawn beside the story, so that who only decides has not looked at a face."""

from __future__ import annotations

from flask import Response

from server.archive.looks import note_look
from server.attendance.model import Punch
from server.kernel.actors import Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.people.readers import visible_fields
from server.sync.blobs import BlobFolder
from server.web.shell import Look, page


@page("/punches/<punch_id>/photo", needs=Permission.READ_PUNCHES)
def punch_photo(look: Look, punch_id: str) -> Response:
    """The picture, to who may read photos of this person, after it was written down that they looked."""
    punch = look.session.get(Punch, punch_id)
    if punch is None or punch.photo is None or not visible_fields(look.session, look.actor, punch.person_id).reads("photo"):
        raise Problem("attendance.punch_unknown", id=punch_id)
    found = outpost()
    content = BlobFolder(found.settings.data_dir / "blobs").read(punch.photo)
    if content is None:
        raise Problem("attendance.punch_unknown", id=punch_id)
    note_look(found, look.actor, "photo", [punch.person_id], about_id=punch.id)
    response = Response(content, mimetype="image/png" if content.startswith(b"\x89PNG") else "image/jpeg")
    response.headers["Content-Security-Policy"] = "default-src 'none'; sandbox"
    return response
