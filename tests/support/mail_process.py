"""A mail server of its own process: each mail it takes is a file in a folder.

`python -m tests.support.mail_process FOLDER PORT FAILS`

FAILS: how often it answers 451 to a Message-ID before it takes it; -1: it never takes anything.
"""

from __future__ import annotations

import asyncio
import email
import sys
from pathlib import Path
from typing import Any

from aiosmtpd.controller import Controller


class Keeping:
    """Takes what it is sent."""

    def __init__(self, folder: Path, fails: int) -> None:
        self._folder, self._fails = folder, fails
        self._tried: dict[str, int] = {}

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        name = str(email.message_from_bytes(envelope.content)["Message-ID"])
        self._tried[name] = self._tried.get(name, 0) + 1
        if self._fails < 0 or self._tried[name] <= self._fails:
            return "451 busy"
        number = len(list(self._folder.glob("*.eml")))
        (self._folder / f"{number:03}.eml").write_bytes(envelope.content)
        return "250 taken"


if __name__ == "__main__":
    controller = Controller(Keeping(Path(sys.argv[1]), int(sys.argv[3])), hostname="127.0.0.1", port=int(sys.argv[2]))
    controller.start()
    print("ready", flush=True)
    asyncio.new_event_loop().run_forever()
