"""Photos of a request that somebody opened: asked for by a tap, shown once they are here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mobile.core.views_hq import RequestPage
from mobile.core.views_photos import PhotoCard


def photos_of_page(page: RequestPage | None) -> tuple[PhotoCard, ...]:
    """All photos that the answers name, each once."""
    found = {photo.sha: photo for line in (page.answers if page is not None else ()) for photo in line.photos}
    return tuple(found.values())


def missing(photos: tuple[PhotoCard, ...], known: Mapping[str, bytes]) -> list[str]:
    """Photos that are here and were not read yet."""
    return [photo.sha for photo in photos if photo.state == "here" and photo.sha not in known]


def fetch_pictures(
    page: RequestPage | None,
    known: Mapping[str, bytes],
    ask: Callable[[Callable[[Any], Any], Callable[[Any], None]], None],
    read: Callable[[Any, str, str], bytes | None],
    then: Callable[[str, bytes], None],
) -> None:
    """Read every photo that is here and not known yet, one question each: `ask` asks the core, `read` reads one of a request."""
    if page is None:
        return
    request_id = page.card.request_id
    for sha in missing(photos_of_page(page), known):
        ask(lambda core, sha=sha: read(core, request_id, sha), lambda data, sha=sha: then(sha, data) if data else None)  # type: ignore[misc]
