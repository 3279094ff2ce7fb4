"""Temporary files of one test run, in a folder that no other run knows.

pytest numbers the folders of all runs of a user together, removes its own after a good run, and removes what older runs left.
Of several runs at once, one that ends frees its number, the next one takes it, and the first then takes away the lock of a
folder that is not its own any more: whoever ends after that removes it under the test that works there. What a run has for
itself nobody else can remove; and what tests leave behind (companies made once and copied) goes with it.
"""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from pathlib import Path

# Tests write some gigabytes and ask for them to be on the disk. Where there is memory to spare they lie there: what a disk
# does with a power cut is tests/power's question, which brings a disk of its own.
_MEMORY, _ENOUGH_BYTES = "/dev/shm", 4 << 30


class OwnFolder:
    """Where this process, and whatever it starts, puts its temporary files from now on. `keep` what pytest keeps of tests that
    failed; everything else is removed when the process ends."""

    def __init__(self) -> None:
        self.keep = False
        self._pid = os.getpid()
        self.path = Path(tempfile.mkdtemp(prefix="outpost-tests-", dir=_where()))
        self.path.chmod(0o755)  # PostgreSQL looks in under another name
        os.environ["TMPDIR"], tempfile.tempdir = str(self.path), None
        atexit.register(self.remove)

    def remove(self) -> None:
        if os.getpid() != self._pid:
            return  # a child that was forked off ends with its parent's duties still noted
        for found in self.path.iterdir():
            if not (self.keep and found.name.startswith("pytest-of-")):
                shutil.rmtree(found, ignore_errors=True) if found.is_dir() else found.unlink(missing_ok=True)
        if not any(self.path.iterdir()):
            self.path.rmdir()


def _where() -> str | None:
    """Where whoever runs the tests says; else in memory; else where the system has it."""
    has_room = os.access(_MEMORY, os.W_OK) and shutil.disk_usage(_MEMORY).free > _ENOUGH_BYTES
    return _MEMORY if "TMPDIR" not in os.environ and has_room else None
