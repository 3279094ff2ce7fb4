"""The sealed files of documents in the data folder, by the hash of their sealed bytes."""

from __future__ import annotations

import os
import re
from pathlib import Path

_NAME = re.compile(r"[0-9a-f]{64}")


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
    """The sealed bytes; None when they are not there."""
    file = _path(data_dir, sha256)
    return file.read_bytes() if file.exists() else None


def remove(data_dir: Path, sha256: str) -> None:
    """Let a file go. One that is gone already is fine."""
    _path(data_dir, sha256).unlink(missing_ok=True)


def _path(data_dir: Path, sha256: str) -> Path:
    if not _NAME.fullmatch(sha256):
        raise ValueError("not the name of a file of ours")
    return data_dir / "documents" / sha256[:2] / sha256
