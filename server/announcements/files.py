"""What a notice carries: pictures, made small and bare like those of courses, and PDFs. By hash in the data folder.

A PDF is handed on as it came, always as a download: nobody's browser opens it inside the console. Devices get its pages as
pictures, drawn here once when it comes in.
"""

from __future__ import annotations

import hashlib
import os
import re
from pathlib import Path

import sqlalchemy as sa

from contract.announcements import AddNoticeFile, Attachment, FileKind, FilePage, NoticeBody
from contract.ids import derived_id
from contract.wire import plain
from server.announcements.model import PUBLISH, NoticeFile
from server.announcements.pages import drawn
from server.approvals.service import acting
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.learning.pictures import shrink
from server.postings.life import with_reach

MOST_BYTES = 5 * 1024 * 1024  # of a PDF
_ACTIVE = re.compile(rb"/(?:JavaScript|JS|Launch|EmbeddedFile|RichMedia|XFA)\b")


def taken_in(data_dir: Path, content: bytes, name: str) -> Attachment:
    """Keep an uploaded file; answers how notices name it. Raises Problem: not a picture or PDF, broken, too large, one that does
    things when it is opened or wants a password."""
    media: FileKind
    pages, count = [], 0
    if content.startswith(b"%PDF-"):
        if len(content) > MOST_BYTES:
            raise Problem("announcements.file_large", field="file", mega=MOST_BYTES // 1_048_576)
        if b"%%EOF" not in content[-2_048:] or _ACTIVE.search(content) is not None:
            raise Problem("announcements.file_broken", field="file")
        kept, media = content, "application/pdf"
        pages, count = _pages(data_dir, content)
    else:
        try:
            small = shrink(content)
        except Problem as wrong:
            raise Problem(_CODES.get(wrong.code, "announcements.file_large"), field="file", mega=5) from wrong
        kept, media = small.content, "image/png" if small.media == "image/png" else "image/jpeg"
    sha256 = hashlib.sha256(kept).hexdigest()
    keep(data_dir, sha256, kept)
    named = Path(name.replace("\0", "").replace("\\", "/")).name[:120]
    return Attachment(sha256=sha256, name=named, media=media, size=len(kept), pages=pages, page_count=count)


def _pages(data_dir: Path, content: bytes) -> tuple[list[FilePage], int]:
    """Draw and keep a PDF's first pages; and how many it has."""
    found = drawn(content)
    pages = []
    for page in found.pages:
        sha256 = hashlib.sha256(page.content).hexdigest()
        keep(data_dir, sha256, page.content)
        size = len(page.content)
        pages.append(FilePage(sha256=sha256, media=page.media, size=size, width=page.width, height=page.height))
    return pages, found.count


def carried(body: NoticeBody, sha256: str) -> FileKind | None:
    """What kind of file a notice carries under this hash, a PDF's pages among them; None where none."""
    for one in body.attachments:
        if one.sha256 == sha256:
            return one.media
        page = next((page for page in one.pages if page.sha256 == sha256), None)
        if page is not None:
            return page.media
    return None


_CODES = {"learning.picture_kind": "announcements.file_kind", "learning.picture_broken": "announcements.file_broken"}


def keep(data_dir: Path, sha256: str, content: bytes) -> None:
    """Write a file, durably, once."""
    file = _path(data_dir, sha256)
    if file.exists():
        return
    file.parent.mkdir(parents=True, exist_ok=True)
    part = file.with_suffix(f".{os.getpid()}.part")
    with part.open("wb") as out:
        out.write(content)
        out.flush()
        os.fsync(out.fileno())
    part.replace(file)


def read(data_dir: Path, sha256: str) -> bytes | None:
    """A file's bytes; None when they are not there. `sha256` came out of a row."""
    file = _path(data_dir, sha256)
    return file.read_bytes() if file.exists() else None


def _path(data_dir: Path, sha256: str) -> Path:
    return data_dir / "notice_files" / sha256[:2] / sha256


@handles(AddNoticeFile, needs=PUBLISH)
def add_file(work: Work, op: AddNoticeFile) -> None:
    """Note a file whose bytes are kept already. The same again changes nothing."""
    if work.device is not None:
        raise Problem("access.not_allowed", needs=PUBLISH.value)
    who = acting(work)
    with with_reach(work) as wide:
        if wide.session.scalar(sa.select(NoticeFile.id).where(NoticeFile.sha256 == op.sha256)) is None:
            wide.add(NoticeFile(
                id=derived_id("announcement_file", op.sha256), sha256=op.sha256, media=op.media, size=op.size, name=op.name,
                added_by=who, added_at=work.now, pages=plain(op.pages), page_count=op.page_count,
            ))  # fmt: skip
