"""Photos as content-addressed, resumable blobs: sent in pieces after the operation that names them, checked at the end."""

from __future__ import annotations

import hashlib
import re
from pathlib import Path

from contract.limits import MAX_BLOB_BYTES
from server.kernel.problems import Problem

_NAME = re.compile(r"^[0-9a-f]{64}$")


def name_of(content: bytes) -> str:
    """What an operation calls a photo."""
    return hashlib.sha256(content).hexdigest()


class BlobFolder:
    """Blobs below one folder, named by their SHA-256. A piece goes to a `.part` file of its device; the same hash is ok."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def offset(self, device_id: str, sha256: str) -> tuple[int, bool]:
        """How many bytes are here, and whether that is all."""
        done = self._path(sha256)
        if done.exists():
            return done.stat().st_size, True
        part = self._part(device_id, sha256)
        return (part.stat().st_size if part.exists() else 0), False

    def add(self, device_id: str, sha256: str, offset: int, length: int, piece: bytes) -> tuple[int, bool]:
        """Add a piece. Raises Problem where it does not join, is too large, or the whole is not what its name says."""
        if length > MAX_BLOB_BYTES or offset + len(piece) > length:
            raise Problem("blob.too_large", limit=MAX_BLOB_BYTES)
        have, complete = self.offset(device_id, sha256)
        if complete:
            return have, True
        if offset != have:
            raise Problem("blob.wrong_offset", offset=have)
        part = self._part(device_id, sha256)
        part.parent.mkdir(parents=True, exist_ok=True)
        with part.open("ab") as file:
            file.write(piece)
        have += len(piece)
        if have < length:
            return have, False
        if hashlib.sha256(part.read_bytes()).hexdigest() != sha256:
            part.unlink()
            raise Problem("blob.wrong_hash", sha256=sha256)
        done = self._path(sha256)
        done.parent.mkdir(parents=True, exist_ok=True)
        part.replace(done)
        return have, True

    def holds(self, sha256: str) -> bool:
        """Whether all of it is here."""
        return self._path(sha256).exists()

    def keep(self, content: bytes) -> str:
        """A whole photo that came at once; answers its name. Refused where it is too large."""
        if len(content) > MAX_BLOB_BYTES:
            raise Problem("blob.too_large", limit=MAX_BLOB_BYTES)
        sha256 = name_of(content)
        done = self._path(sha256)
        done.parent.mkdir(parents=True, exist_ok=True)
        part = done.with_suffix(".new")
        part.write_bytes(content)
        part.replace(done)
        return sha256

    def read(self, sha256: str) -> bytes | None:
        path = self._path(sha256)
        return path.read_bytes() if path.exists() else None

    def _path(self, sha256: str) -> Path:
        if not _NAME.match(sha256):
            raise Problem("blob.unexpected", sha256=sha256[:64])
        return self._folder / sha256[:2] / sha256

    def _part(self, device_id: str, sha256: str) -> Path:
        self._path(sha256)
        return self._folder / "parts" / f"{device_id}.{sha256}"
