"""A server that takes a message and stands still before it hands it over, so that it can be killed there.

`python -m tests.support.killed_sender DATABASE_URL FOLDER ISO_TIME`
"""

from __future__ import annotations

import sys
import time
from datetime import datetime
from pathlib import Path
from typing import Any

from server.inbox import sending
from server.kernel.db import Database
from server.kernel.http import Outpost
from server.kernel.keys import server_signer
from server.settings import Settings
from server.wiring import every_handler
from tests.server.world import SECRET


def stands_still(*_: Any) -> None:
    """Says that it has the message, and does nothing with it."""
    print("claimed", flush=True)
    time.sleep(600)


if __name__ == "__main__":
    every_handler()
    moment = datetime.fromisoformat(sys.argv[3])
    settings = Settings(database_url=sys.argv[1], data_dir=Path(sys.argv[2]), secret=SECRET, private_targets="127.0.0.0/8")
    server = Outpost(settings, Database(sys.argv[1]), server_signer(SECRET), lambda: None, lambda: moment)
    setattr(sending, "hand_over", stands_still)  # noqa: B010 - the name it is called by there
    lanes = sending.Lanes(server)
    lanes.start()
    lanes.wait(600)
