"""The demo's courses, in both languages, out of the Markdown folders in demo_data/courses: written and published by operations of
whoever leads training at HQ. The exam of `hygiene-101` keeps its key at the server; `script-welcome` is read and confirmed."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from contract.courses import AddMedia, PublishVersion, SaveDraft
from contract.ids import derived_id
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import reading
from server.learning import pictures
from server.learning.formats.markdown import read_markdown
from server.learning.formats.moving import with_pictures
from server.learning.formats.zips import zip_of
from server.learning.model import Course

FOLDERS = Path(__file__).parent / "demo_data" / "courses"
As = Callable[[str, Wire, str], object]


def teach(db: Database, data_dir: Path, author_id: str, do_as: As) -> None:
    """Every course that is not there yet. `do_as(person, operation, op_id)` performs and fails loudly."""
    for folder in sorted(path for path in FOLDERS.iterdir() if path.is_dir()):
        course_id = _born("course", folder.name)
        with reading(db, Actor.system()) as session:
            known = session.get(Course, course_id)
        if known is None or known.number == 0:
            _bring(folder, course_id, data_dir, lambda said, name: do_as(author_id, said, derived_id("demo", name)))


def _bring(folder: Path, course_id: str, data_dir: Path, do: Callable[[Wire, str], object]) -> None:
    found = read_markdown(zip_of({path.name: path.read_bytes() for path in folder.iterdir()}), folder.name)
    names: dict[str, str | None] = {}
    for sha, raw in found.taken.pictures.items():
        small = pictures.shrink(raw)
        pictures.keep(data_dir, small.sha256, small.content)
        names[sha] = small.sha256
        media = "image/png" if small.media == "image/png" else "image/jpeg"
        size, width, height = len(small.content), small.width, small.height
        do(AddMedia(sha256=small.sha256, media=media, size=size, width=width, height=height), f"picture {small.sha256}")
    version_id, code = _born("version", folder.name), found.code or folder.name
    body = with_pictures(found.body, names)
    do(SaveDraft(course_id=course_id, version_id=version_id, code=code, body=body), f"draft {code}")
    do(PublishVersion(version_id=version_id, reason="demo"), f"publishes {code}")


def _born(what: str, name: str) -> str:
    """An id as a console gives birth to one, derived from what it names."""
    found = derived_id("demo", what, name)
    return f"{found[:14]}7{found[15:]}"
