"""The pages of a PDF as pictures: what devices show, where nothing opens a PDF and nothing should have to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Final, NamedTuple

import structlog

from contract.announcements import PAGE_SIDE, PAGES_MOST, PageKind
from server.announcements import drawing
from server.kernel.problems import Problem

FONTS: Final = Path(__file__).resolve().parents[2] / "mobile" / "ui" / "fonts"
log = structlog.get_logger()
WAITS_S = 30.0  # by the clock, of a machine that is busy; the program's own limit is on its work


class Page(NamedTuple):
    """One page: a PNG or JPEG of so many pixels."""

    content: bytes
    width: int
    height: int

    @property
    def media(self) -> PageKind:
        return "image/png" if self.content.startswith(b"\x89PNG") else "image/jpeg"


class Drawn(NamedTuple):
    """The first pages of a PDF, and how many it has. Fewer than could be where they took too long; none where the first did."""

    pages: list[Page]
    count: int


def drawn(content: bytes) -> Drawn:
    """Draw a PDF's first pages, in a process of its own. Raises Problem for one that cannot be opened or wants a password."""
    command = [sys.executable, "-I", str(Path(drawing.__file__)), str(PAGES_MOST), str(PAGE_SIDE), str(FONTS)]
    try:
        done = subprocess.run(command, input=content, capture_output=True, timeout=WAITS_S, check=False)
        said, code = done.stdout, done.returncode
    except subprocess.TimeoutExpired as late:
        said, code = late.stdout or b"", -1
    if code == drawing.LOCKED:
        raise Problem("announcements.file_locked", field="file")
    if code == drawing.BROKEN:
        raise Problem("announcements.file_broken", field="file")
    found = _frames(said)
    if code:
        log.warning("a PDF was not drawn to its end", exit=code, pages=len(found.pages), bytes=len(content))
    return found


def _frames(said: bytes) -> Drawn:
    """What the program wrote, as far as it came."""
    pages, count, at = [], 0, 0
    while at + drawing.HEAD.size <= len(said):
        count, width, height, size = drawing.HEAD.unpack_from(said, at)
        at += drawing.HEAD.size
        if at + size > len(said):
            break
        pages.append(Page(said[at : at + size], width, height))
        at += size
    return Drawn(pages, count)
