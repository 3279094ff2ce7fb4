"""Pictures for courses: judged before they are opened, made small, without where and with what they were taken, kept by hash."""

from __future__ import annotations

import hashlib
import io
import os
from pathlib import Path
from typing import NamedTuple

import sqlalchemy as sa
from PIL import Image, ImageOps

from contract.courses import MAX_MEDIA_BYTES, AddMedia, MediaRef
from contract.ids import derived_id
from server.approvals.service import acting
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.kernel.scope import whole
from server.learning.model import Media

LARGEST_SIDE = 1_600  # more no phone shows
MOST_PIXELS = 24_000_000  # a phone's camera; decoded that is some 70 MB
MOST_UPLOAD_BYTES = 12 * 1024 * 1024
_QUALITY = 82
_STARTS = {b"\xff\xd8\xff": "JPEG", b"\x89PNG\r\n\x1a\n": "PNG", b"RIFF": "WEBP"}


class Shrunk(NamedTuple):
    """A picture as it is kept."""

    content: bytes
    sha256: str
    media: str
    width: int
    height: int


def shrink(content: bytes) -> Shrunk:
    """A picture of at most 1,600 pixels a side, upright, without metadata: JPEG, or PNG where it is transparent or smaller so.

    Raises Problem for what is no picture, is broken, or would need too much memory: its size is read from the header, before a
    single pixel is decoded.
    """
    kind = next((name for start, name in _STARTS.items() if content.startswith(start)), None)
    if kind is None or (kind == "WEBP" and content[8:12] != b"WEBP"):
        raise Problem("learning.picture_kind", field="file")
    if len(content) > MOST_UPLOAD_BYTES:
        raise Problem("blob.too_large", limit=MOST_UPLOAD_BYTES)
    try:
        with Image.open(io.BytesIO(content), formats=[kind]) as opened:
            width, height = opened.size
            if width * height > MOST_PIXELS:
                raise Problem("learning.picture_large", field="file", mega=MOST_PIXELS // 1_000_000)
            if kind == "JPEG":
                opened.draft("RGB", (LARGEST_SIDE, LARGEST_SIDE))  # decoded at a fraction of its size already
            opened.load()
            upright = ImageOps.exif_transpose(opened)
    except (OSError, SyntaxError, ValueError, Image.DecompressionBombError) as broken:
        raise Problem("learning.picture_broken", field="file") from broken
    upright.thumbnail((LARGEST_SIDE, LARGEST_SIDE))
    return _written(upright, kind)


def _written(picture: Image.Image, kind: str) -> Shrunk:
    """Into a picture of its own, pixels only: nothing of what the file said beside them goes along."""
    see_through = picture.mode in ("RGBA", "LA", "PA") or "transparency" in picture.info
    bare = picture.convert("RGBA" if see_through else "RGB")
    plain = Image.new(bare.mode, bare.size)
    plain.paste(bare)
    as_png = _saved(plain, "PNG", optimize=True) if see_through or kind == "PNG" else None
    as_jpeg = None if see_through else _saved(plain, "JPEG", quality=_QUALITY, optimize=True)
    if as_jpeg is None or (as_png is not None and len(as_png) <= len(as_jpeg)):
        assert as_png is not None
        content, media = as_png, "image/png"
    else:
        content, media = as_jpeg, "image/jpeg"
    if len(content) > MAX_MEDIA_BYTES:
        raise Problem("learning.picture_large", field="file", mega=MOST_PIXELS // 1_000_000)
    return Shrunk(content, hashlib.sha256(content).hexdigest(), media, plain.width, plain.height)


def _saved(picture: Image.Image, kind: str, **options: object) -> bytes:
    out = io.BytesIO()
    picture.save(out, kind, **options)
    return out.getvalue()


def keep(data_dir: Path, sha256: str, content: bytes) -> None:
    """Write a picture, durably, once; its file's time says when it was wanted last."""
    file = path_of(data_dir, sha256)
    if file.exists():
        os.utime(file)  # it is wanted again: what looks for pictures that nobody needs leaves it for a while
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


def read(data_dir: Path, sha256: str) -> bytes | None:
    """A picture's bytes; None when they are not there."""
    file = path_of(data_dir, sha256)
    return file.read_bytes() if file.exists() else None


def path_of(data_dir: Path, sha256: str) -> Path:
    """Where a picture lies. `sha256` is one of ours: it came out of a row."""
    return data_dir / "course_media" / sha256[:2] / sha256


@handles(AddMedia, needs=Permission.WRITE_COURSES)
def add_media(work: Work, op: AddMedia) -> None:
    """Note a picture whose bytes are kept already. The same again changes nothing."""
    with whole(work.session) as everything:
        if everything.scalar(sa.select(Media.id).where(Media.sha256 == op.sha256)) is not None:
            return
    work.add(
        Media(
            id=derived_id("course_media", op.sha256), sha256=op.sha256, media=op.media, size=op.size, width=op.width,
            height=op.height, name=op.name, added_by=acting(work), added_at=work.now,
        )
    )  # fmt: skip
    work.session.flush()


def refs_of(session: ScopedSession, named: list[str]) -> list[MediaRef]:
    """What is known of pictures, in the order in which they are named, each once. One that is missing is left out."""
    rows = {row.sha256: row for row in session.scalars(sa.select(Media).where(Media.sha256.in_(set(named))))}
    return [ref_of(rows[sha256]) for sha256 in dict.fromkeys(named) if sha256 in rows]


def ref_of(row: Media) -> MediaRef:
    return MediaRef(sha256=row.sha256, media=row.media, size=row.size, width=row.width, height=row.height)
