"""Serving: the web server in its processes, and beside it the process in which clients listen for news."""

from __future__ import annotations

import os
import subprocess
import sys

from server.hints.giving import PORT_SWITCH


def run_server(
    host: str, port: int, *, workers: int, threads: int, worker: bool = True, hints_port: int = 0
) -> None:
    """Serve until told to stop; with a `hints_port`, beside a process in which clients listen for news."""
    from granian import Granian
    from granian.constants import Interfaces

    from server.wsgi import WORKER_SWITCH

    os.environ[WORKER_SWITCH] = "1" if worker else "0"
    if hints_port:
        os.environ[PORT_SWITCH] = str(hints_port)
        # a process of its own that knows little of us; it ends when this one does
        subprocess.Popen([sys.executable, "-m", "server.hints", host, str(hints_port), str(os.getpid())])
    Granian(
        "server.wsgi:application",
        address=host,
        port=port,
        interface=Interfaces.WSGI,
        factory=True,
        workers=workers,
        blocking_threads=threads,
        respawn_failed_workers=True,
        websockets=False,
        log_access=False,
    ).serve()
