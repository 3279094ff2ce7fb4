"""Photos of requests on the devices of those who decide: fetched when somebody asks for one, as looking at it is written down."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TYPE_CHECKING

from contract.forms import photos_of
from mobile.core.media import Media
from mobile.core.photos import Photos
from mobile.core.views import Refused
from mobile.core.views_hq import RequestPage
from mobile.core.views_photos import PhotoCard, PhotoState

if TYPE_CHECKING:
    from mobile.core.acts import Acts


def photo_cards(named: Iterable[str], photos: Photos, media: Media) -> tuple[PhotoCard, ...]:
    """What this device made itself is here until HQ's backup has it; the rest is asked for."""
    names = tuple(named)
    states, missing = (media.states(), media.missing()) if names else ({}, frozenset[str]())

    def state(sha: str) -> PhotoState:
        if states.get(sha) or photos.holds(sha):
            return "here"
        return "coming" if sha in states else "missing" if sha in missing else "unasked"

    return tuple(PhotoCard(sha, state(sha)) for sha in names)


def names_in(answers: Iterable[object]) -> frozenset[str]:
    """Every photo that answers of forms may name."""
    return frozenset(sha for answer in answers if isinstance(answer, str) for sha in photos_of(answer) if len(sha) == 64)


def read_photo(acts: Acts, page: RequestPage | None, sha: str) -> bytes | None:
    """A photo of this request; None while it is not here."""
    _must_name(page, sha)
    return acts.parts.photos.read(sha) or acts.parts.media.read(sha)


def ask_for_photo(acts: Acts, page: RequestPage | None, sha: str, *, by: str = "") -> None:
    """Fetch a photo that the request names, as soon as there is a signal. `by`: who sits at a tablet's desk."""
    acts.may_act()
    _must_name(page, sha)
    with acts.parts.db.write():
        acts.parts.media.ask(sha, 0, acts.now_ms(), by=by)
    acts.tell()


def _must_name(page: RequestPage | None, sha: str) -> None:
    if page is None or all(sha != photo.sha for line in page.answers for photo in line.photos):
        raise Refused("client.photo_unknown")
