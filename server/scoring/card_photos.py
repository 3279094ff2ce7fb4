"""Photos on score cards. What a device sends is decoded once, within the limits of tickets' photos; people at the console and
over HTTP are shown what the server has drawn anew: pixels, without where and with what it was taken.

A file that is no picture is shown to nobody; its card stays as it was signed.
"""

from __future__ import annotations

import sqlalchemy as sa
from flask import Response

from contract.ids import derived_id, is_id
from server.archive.looks import note_look
from server.feedback import photos as drawn
from server.kernel.actors import Actor
from server.kernel.http import Outpost, outpost
from server.kernel.perform import Work, reading
from server.kernel.problems import Problem
from server.scoring.card_model import OWN, ScoreCard, ScorePhoto


def name_photos(wide: Work, card: ScoreCard, names: list[str]) -> None:
    """The photos of a card that was just given, each once."""
    for photo in dict.fromkeys(names):
        wide.add(ScorePhoto(
            id=derived_id("score_photo", card.id, photo), card_id=card.id, person_id=card.person_id, store_id=card.store_id,
            by_id=card.rater_id, device_id=wide.device.device_id if wide.device is not None else None, photo=photo,
        ))  # fmt: skip


def take_in(found: Outpost, sha256: str, content: bytes) -> None:
    """All of a photo has come: it is drawn anew where a card names it. Doing it twice changes nothing."""
    with reading(found.db, Actor.system()) as session:
        named = session.scalars(sa.select(ScorePhoto.id).where(ScorePhoto.photo == sha256).limit(1)).first()
    data_dir = found.settings.data_dir
    if named is None or drawn.path_of(data_dir, sha256).exists():
        return
    try:
        shown, small = drawn.draw_anew(content)
    except Problem:
        return  # no picture: nobody is made to decode it
    drawn.keep(data_dir, sha256, small, small=True)
    drawn.keep(data_dir, sha256, shown)


def photo_response(who: Actor, card_id: str, sha256: str, *, small: bool = False) -> Response:
    """A card's photo for a signed-in reader of the card, after it was written down that they looked. Raises Problem."""
    who.must(OWN)
    row = None
    if is_id(card_id):
        with reading(outpost().db, who) as session:
            asked = sa.select(ScorePhoto).where(ScorePhoto.card_id == card_id, ScorePhoto.photo == sha256)
            row = session.scalars(asked.limit(1)).first()
    content = drawn.shown_picture(outpost().settings.data_dir, sha256, small=small) if row is not None else None
    if row is None or content is None:
        raise Problem("access.not_found", id=sha256[:60])
    note_look(outpost(), who, "photo", [row.person_id], about_id=row.card_id)
    return Response(content, 200, drawn.picture_headers(content), mimetype=drawn.media_of(content))
