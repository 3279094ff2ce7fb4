"""Who may work on the store: the app or its background service, never both. Held by the process, so a kill frees it."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from types import TracebackType

if sys.platform == "win32":
    import msvcrt

    def _take(handle: int) -> None:
        msvcrt.locking(handle, msvcrt.LK_NBLCK, 1)

else:
    import fcntl

    def _take(handle: int) -> None:
        fcntl.flock(handle, fcntl.LOCK_EX | fcntl.LOCK_NB)


class StoreLock:
    """`with StoreLock(folder) as lock:`, then look whether it is ours."""

    def __init__(self, folder: Path) -> None:
        self._file = folder / "in-use.lock"
        self._handle: int | None = None

    @property
    def is_ours(self) -> bool:
        return self._handle is not None

    def take(self) -> bool:
        """Take it if it is free; whether it is ours now."""
        if self._handle is None:
            self._file.parent.mkdir(parents=True, exist_ok=True)
            handle = os.open(self._file, os.O_RDWR | os.O_CREAT, 0o600)
            try:
                _take(handle)
            except OSError:
                os.close(handle)
                return False
            self._handle = handle
        return True

    def give_back(self) -> None:
        if self._handle is not None:
            os.close(self._handle)
            self._handle = None

    def __enter__(self) -> StoreLock:
        self.take()
        return self

    def __exit__(self, kind: type[BaseException] | None, bad: BaseException | None, trace: TracebackType | None) -> None:
        self.give_back()
