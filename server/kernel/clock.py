"""The server's time: the machine's, or, for simulations only, what a file says.

`OUTPOST_CLOCK_FILE` names a file with epoch milliseconds in decimal. While it is set, every moment the server names (anchors,
receipts, sessions, due chores) comes from that file, so three days can pass in minutes. Never set it where real people punch:
whoever may write the file decides what time it is. That is why it is said loudly at every start.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import structlog

from contract.moments import instant

log = structlog.get_logger()


def utc_now() -> datetime:
    return datetime.now(UTC)


def clock_from(file: Path | None) -> Callable[[], datetime]:
    """The machine's clock, or the one in `file`. Raises where the file says no time: a guess would be silently wrong."""
    if file is None:
        return utc_now
    handle = os.open(file, os.O_RDONLY)

    def read() -> datetime:
        return instant(int(os.pread(handle, 32, 0)))

    log.warning("TEST CLOCK: this server's time comes from a file and means nothing", file=str(file), shows=read().isoformat())
    return read
