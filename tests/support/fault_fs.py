"""A file system that forgets what was not fsynced: the battery may be pulled at any moment.

Writes live in memory until `fsync` puts them into the folder behind it. `cut` ends it and loses the rest; `cut torn` lets
some of the pending writes reach the disk, in any order, some of them torn at a sector. `full` answers ENOSPC to every write.
Creating, renaming and removing files counts as durable at once: what is tested here is the content.
"""

from __future__ import annotations

import errno
import os
import random
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from fuse import FUSE, FuseOSError, Operations  # type: ignore[import-untyped]

CONTROL = "/__control"
SECTOR = 512
_STAT = ("st_atime", "st_ctime", "st_gid", "st_mode", "st_mtime", "st_nlink", "st_size", "st_uid")
_STATVFS = ("f_bavail", "f_bfree", "f_blocks", "f_bsize", "f_files", "f_ffree", "f_frsize", "f_namemax")


class _Forgetful(Operations):
    def __init__(self, behind: str, seed: int) -> None:
        self._behind, self._rng, self._full = behind, random.Random(seed), False
        self._now: dict[str, bytearray] = {}  # what readers see
        self._pending: dict[str, list[tuple[int, bytes | None]]] = {}  # (offset, bytes), or (length, None) for a truncation

    def _at(self, path: str) -> str:
        return self._behind + path

    def _content(self, path: str) -> bytearray:
        if path not in self._now:
            self._now[path] = bytearray(Path(self._at(path)).read_bytes())
        return self._now[path]

    def getattr(self, path: str, fh: Any = None) -> dict[str, Any]:
        if path == CONTROL:
            return {"st_mode": 0o100666, "st_nlink": 1, "st_size": 0}
        try:
            found = os.lstat(self._at(path))
        except OSError as bad:
            raise FuseOSError(bad.errno) from None
        stat = {name: getattr(found, name) for name in _STAT}
        if path in self._now:
            stat["st_size"] = len(self._now[path])
        return stat

    def readdir(self, path: str, fh: Any) -> list[str]:
        return [".", "..", *os.listdir(self._at(path))]

    def create(self, path: str, mode: int, fi: Any = None) -> int:
        os.close(os.open(self._at(path), os.O_CREAT | os.O_RDWR, mode))
        self._now[path] = bytearray()
        return 0

    def read(self, path: str, size: int, offset: int, fh: Any) -> bytes:
        return bytes(self._content(path)[offset : offset + size])

    def write(self, path: str, data: bytes, offset: int, fh: Any) -> int:
        if path == CONTROL:
            self._told(data.decode().split())
            return len(data)
        if self._full:
            raise FuseOSError(errno.ENOSPC)
        content = self._content(path)
        content.extend(bytes(max(0, offset - len(content))))
        content[offset : offset + len(data)] = data
        self._pending.setdefault(path, []).append((offset, bytes(data)))
        return len(data)

    def truncate(self, path: str, length: int, fh: Any = None) -> None:
        if path == CONTROL:
            return
        content = self._content(path)
        del content[length:]
        content.extend(bytes(length - len(content)))
        self._pending.setdefault(path, []).append((length, None))

    def fsync(self, path: str, datasync: int, fh: Any) -> int:
        if path in self._now:
            Path(self._at(path)).write_bytes(self._now[path])
            self._pending.pop(path, None)
        return 0

    def flush(self, path: str, fh: Any) -> int:
        return 0  # close() promises nothing

    def unlink(self, path: str) -> None:
        self._now.pop(path, None)
        self._pending.pop(path, None)
        os.unlink(self._at(path))

    def rename(self, old: str, new: str) -> None:
        os.rename(self._at(old), self._at(new))
        if old in self._now:
            self._now[new] = self._now.pop(old)
            self._pending[new] = self._pending.pop(old, [])

    def mkdir(self, path: str, mode: int) -> None:
        os.mkdir(self._at(path), mode)

    def utimens(self, path: str, times: Any = None) -> None:
        return None

    def chmod(self, path: str, mode: int) -> int:
        return 0

    def statfs(self, path: str) -> dict[str, int]:
        found = os.statvfs(self._behind)
        return {name: getattr(found, name) for name in _STATVFS}

    def _told(self, words: list[str]) -> None:
        self._full = words[0] == "full"
        if words[0] == "cut":
            lost = sum(len(writes) for writes in self._pending.values())
            if "torn" in words:
                self._tear()
            Path(self._behind + ".lost").write_text(str(lost))
            os._exit(9)

    def _tear(self) -> None:
        for path, writes in self._pending.items():
            if not os.path.exists(self._at(path)):
                continue
            with open(self._at(path), "r+b") as disk:
                for offset, data in writes:
                    if self._rng.random() < 0.5:
                        continue
                    if data is None:
                        disk.truncate(offset)
                        continue
                    whole = self._rng.random() < 0.7
                    kept = len(data) if whole else self._rng.randrange(len(data) + 1) // SECTOR * SECTOR
                    disk.seek(offset)
                    disk.write(data[:kept])


class Battery:
    """A mounted forgetful folder: `here` is what the app sees, `behind` what is on the disk."""

    def __init__(self, behind: Path, here: Path, pid: int) -> None:
        self.behind, self.here, self._pid = behind, here, pid

    def tell(self, words: str) -> None:
        """Give an order; after `cut` the file system is gone before the write returns."""
        try:
            handle = os.open(str(self.here) + CONTROL, os.O_WRONLY)
        except OSError as gone:
            raise RuntimeError("the file system is not there any more") from gone
        try:
            os.write(handle, words.encode())
            os.close(handle)
        except OSError:
            if not words.startswith("cut"):
                raise

    def pull(self, *, torn: bool) -> int:
        """The power is gone. Answers how many writes had not been fsynced."""
        self.tell("cut torn" if torn else "cut")
        os.waitpid(self._pid, 0)
        self._pid = 0
        return int(self.behind.with_name(self.behind.name + ".lost").read_text())

    def end(self) -> None:
        if self._pid:
            self.pull(torn=False)
        subprocess.run(["umount", "-l", str(self.here)], check=False, capture_output=True)


@contextmanager
def battery(behind: Path, here: Path, *, seed: int) -> Iterator[Battery]:
    """`behind` seen through the forgetful file system at `here`. Needs /dev/fuse and the right to mount."""
    here.mkdir(parents=True, exist_ok=True)
    pid = os.fork()
    if pid == 0:
        try:
            FUSE(_Forgetful(str(behind), seed), str(here), foreground=True, nothreads=True, big_writes=True)
        finally:
            os._exit(8)
    ends = time.monotonic() + 10
    while not os.path.exists(str(here) + CONTROL):
        if time.monotonic() > ends or os.waitpid(pid, os.WNOHANG)[0]:
            raise RuntimeError("cannot mount: /dev/fuse, libfuse2 and root are needed (tools/system_parts.py fuse)")
        time.sleep(0.005)
    mounted = Battery(behind, here, pid)
    try:
        yield mounted
    finally:
        mounted.end()
