"""Photos on score cards: laid bare and sealed when they are taken, sent after the card that names them; those that others took
are fetched when somebody asks for one, as looking at it is written down."""

from __future__ import annotations

from typing import Final

from mobile.core.acts import Acts
from mobile.core.feedback_photos import bare
from mobile.core.feedback_rows import Writer
from mobile.core.papers import ROOM, ScorePaper
from mobile.core.parts import Parts
from mobile.core.request_photos import photo_cards
from mobile.core.score_rows import Held
from mobile.core.views import Refused
from mobile.core.views_photos import PhotoCard

PHOTOS_MOST: Final = 3


def photos_of_card(parts: Parts, held: Held) -> tuple[PhotoCard, ...]:
    """The photos that a card names, and whether they are here."""
    return photo_cards(held.row.photos, parts.photos, parts.media)


def taken(parts: Parts, who: Writer, key: str, paper: ScorePaper) -> dict[str, bytes]:
    """What was taken for a card that is being filled in, by name."""
    found = {sha: parts.drafts.papers.photo("score", f"{who.owner}|{key}", sha) for sha in paper.photos}
    return {sha: body for sha, body in found.items() if body is not None}


def keep_photo(parts: Parts, who: Writer, key: str, paper: ScorePaper, photo: bytes) -> ScorePaper:
    """A photo for a card that is being filled in, on the disk when this returns. Refused where it is none, or one too many."""
    plain = bare(photo)
    if parts.photos.name(plain) not in paper.photos and len(paper.photos) >= PHOTOS_MOST:
        raise Refused("form.too_many_photos", most=PHOTOS_MOST)
    parts.db.need_space(len(plain) + ROOM)
    with parts.db.write():
        name = parts.drafts.papers.add_photo("score", f"{who.owner}|{key}", plain)
        named = ScorePaper(
            marks=paper.marks, comment=paper.comment, photos=[*dict.fromkeys([*paper.photos, name])], day=paper.day
        )
        parts.drafts.papers.put_score(who.owner, key, named)
    return named


def drop_photo(parts: Parts, who: Writer, key: str, paper: ScorePaper, sha: str) -> None:
    """It is not wanted on the card. On the disk when this returns."""
    left = [one for one in paper.photos if one != sha]
    with parts.db.write():
        parts.drafts.papers.keep_only("score", f"{who.owner}|{key}", set(left))
        row = ScorePaper(marks=paper.marks, comment=paper.comment, photos=left, day=paper.day)
        parts.drafts.papers.put_score(who.owner, key, row)


def read_photo(parts: Parts, held: Held, sha: str) -> bytes | None:
    """A photo of this card; None while it is not here."""
    _must_name(held, sha)
    return parts.photos.read(sha) or parts.media.read(sha)


def ask_for_photo(acts: Acts, held: Held, sha: str, *, by: str = "") -> None:
    """Fetch a photo that the card names, as soon as there is a signal. `by`: who sits at a tablet's desk."""
    acts.may_act()
    _must_name(held, sha)
    with acts.parts.db.write():
        acts.parts.media.ask(sha, 0, acts.now_ms(), by=by)
    acts.tell()


def _must_name(held: Held, sha: str) -> None:
    if sha not in held.row.photos:
        raise Refused("client.photo_unknown")
