"""`python -m server.hints HOST PORT [PARENT]`: the listener alone, which needs little of the server and little memory."""

from __future__ import annotations

import asyncio
import contextlib
import sys

from server.hints.listener import Listener
from server.kernel.db import Database
from server.kernel.logs import log_plainly
from server.settings import Settings


def main(host: str, port: int, parent: int | None = None) -> None:
    """Listen until told to stop, or until the process `parent` has ended."""
    settings = Settings.from_environment()
    listener = Listener(Database(settings.database_url, pool_size=2), settings.secret)
    with contextlib.suppress(KeyboardInterrupt):  # told to stop
        asyncio.run(listener.run(host, port, parent=parent))


if __name__ == "__main__":
    log_plainly()
    main(sys.argv[1], int(sys.argv[2]), int(sys.argv[3]) if len(sys.argv) > 3 else None)
