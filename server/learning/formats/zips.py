"""Files in a zip that somebody sent, and a zip that we make. Nothing is ever written under a name that a zip says."""

from __future__ import annotations

import io
import stat
import zipfile
from collections.abc import Mapping
from pathlib import PurePosixPath

from server.learning.formats.told import MAX_ZIP_BYTES, Refused

MOST_FILES = 500
MOST_UNPACKED = 48 * 2**20
MOST_OF_ONE = 8 * 2**20
_NEVER = ("__MACOSX/", ".DS_Store")


def files_of(raw: bytes) -> dict[str, bytes]:
    """Files by name. Raises Refused for what unpacks to too much, names that lead elsewhere, links and what is locked."""
    if len(raw) > MAX_ZIP_BYTES:
        raise Refused("learning.file_too_large", limit_mb=MAX_ZIP_BYTES // 2**20)
    try:
        with zipfile.ZipFile(io.BytesIO(raw)) as archive:
            return _unpacked(archive)
    except (zipfile.BadZipFile, RuntimeError, OSError, ValueError, EOFError) as broken:
        raise Refused("learning.file_unreadable", said=str(broken)[:120]) from None


def _unpacked(archive: zipfile.ZipFile) -> dict[str, bytes]:
    entries = archive.infolist()
    if len(entries) > MOST_FILES:
        raise Refused("learning.file_too_many")
    found: dict[str, bytes] = {}
    left = MOST_UNPACKED
    for entry in entries:
        if entry.is_dir() or any(part in entry.filename for part in _NEVER):
            continue
        if not _harmless(entry):
            raise Refused("learning.file_hostile")
        with archive.open(entry) as file:  # its stated size may lie: only what is read counts
            content = file.read(min(left, MOST_OF_ONE) + 1)
        left -= len(content)
        if left < 0 or len(content) > MOST_OF_ONE:
            raise Refused("learning.file_too_large", limit_mb=MOST_UNPACKED // 2**20)
        found[entry.filename] = content
    return found


def _harmless(entry: zipfile.ZipInfo) -> bool:
    name = entry.filename
    path = PurePosixPath(name.replace("\\", "/"))
    plain = not path.is_absolute() and ".." not in path.parts and ":" not in name and len(name) <= 200
    return plain and not stat.S_ISLNK(entry.external_attr >> 16) and not entry.flag_bits & 0x1


def zip_of(files: Mapping[str, bytes]) -> bytes:
    """A zip with these files: the same files make the same bytes."""
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in sorted(files.items()):
            archive.writestr(zipfile.ZipInfo(name, (2020, 1, 1, 0, 0, 0)), content, zipfile.ZIP_DEFLATED)
    return out.getvalue()
