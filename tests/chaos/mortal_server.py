"""A real server process that can be killed at any moment and is back at once: forked from one that has loaded everything.

`python -m tests.chaos.mortal_server FOLDER PORT FAULTS` obeys lines on its input: `start`, `kill`, `end`. FAULTS are names
from FAULTS, joined by commas.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[2]
DWELLS_S = 0.3


def acknowledge_before_commit() -> AbstractContextManager[None]:
    """Planted: devices hear "HQ has it" when it is only in this process's memory."""
    from server.kernel import intake
    from server.kernel.apply import Done
    from server.sync.gate import Gate
    from tests.support.planted import instead

    honest = Gate._perform

    def hasty(self: Any, group: list[Any]) -> None:
        with instead(intake, "_store", lambda *_: None):
            taken = intake.take_in(self._db, self._book, [ticket.parcel for ticket in group], now=self._clock())
        for ticket in group:
            one = taken[ticket.parcel.device_id]
            if isinstance(one, Exception):
                ticket.failed = one
            else:
                ticket.taken, ticket.done = one, Done()
        copies = [type(ticket)(ticket.parcel, ticket.asking) for ticket in group]
        threading.Timer(0.4, honest, (self, copies)).start()

    return instead(Gate, "_perform", hasty)


def dwells() -> AbstractContextManager[None]:
    """No fault: a machine so busy that between taking in and performing there is time for anything."""
    from server.sync import gate
    from tests.support.planted import instead

    honest = gate.perform_fresh

    def late(*given: Any, **more: Any) -> Any:
        time.sleep(DWELLS_S)
        return honest(*given, **more)

    return instead(gate, "perform_fresh", late)


def forgets_what_was_left() -> AbstractContextManager[None]:
    """Planted: what was taken in and not performed is performed only if the device sends it again."""
    from tests.sync.planted_bugs import PLANTED

    return PLANTED["what_was_left_is_not_looked_for"]()


FAULTS: dict[str, Callable[[], AbstractContextManager[Any]]] = {
    fault.__name__: fault for fault in (acknowledge_before_commit, dwells, forgets_what_was_left)
}


def serve(folder: Path, port: int, faults: str) -> None:
    from waitress.server import create_server

    from server.app import create_app
    from server.settings import Settings
    from tests.support.company import SECRET

    settings = Settings(database_url=f"sqlite:///{folder / 'server.db'}", data_dir=folder, secret=SECRET)
    with ExitStack() as planted:
        for name in filter(None, faults.split(",")):
            planted.enter_context(FAULTS[name]())
        create_server(create_app(settings), host="127.0.0.1", port=port, threads=8).run()


def main() -> None:
    folder, port, faults = Path(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
    import server.app
    import server.wiring

    server.wiring.every_handler()
    assert server.app
    child = 0
    for line in sys.stdin:
        if child and line.strip() in ("kill", "end"):
            os.kill(child, signal.SIGKILL)
            os.waitpid(child, 0)
            child = 0
        if line.strip() == "start":
            child = os.fork()
            if child == 0:
                os.dup2(os.open(os.devnull, os.O_WRONLY), 1)  # the parent's answers go there, logs do not
                try:
                    serve(folder, port, faults)
                finally:
                    os._exit(1)
        print("done", flush=True)
        if line.strip() == "end":
            return


class MortalServer:
    """Start it, kill it, start it again."""

    def __init__(self, folder: Path, port: int, faults: str = "") -> None:
        command = [sys.executable, "-m", "tests.chaos.mortal_server", str(folder), str(port), faults]
        self.port = port
        self.kills = 0
        self._process = subprocess.Popen(
            command, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
        )

    def _tell(self, word: str) -> None:
        assert self._process.stdin is not None and self._process.stdout is not None
        self._process.stdin.write(word + "\n")
        self._process.stdin.flush()
        if self._process.stdout.readline() != "done\n":
            raise RuntimeError("the server's parent is gone")

    def start(self) -> None:
        self._tell("start")

    def kill(self) -> None:
        self._tell("kill")
        self.kills += 1

    def wait_until_up(self, within_s: float = 30.0) -> None:
        import socket

        ends = time.monotonic() + within_s
        while time.monotonic() < ends:
            try:
                socket.create_connection(("127.0.0.1", self.port), timeout=1).close()
                return
            except OSError:
                time.sleep(0.05)
        raise RuntimeError("the server did not come up")

    def end(self) -> None:
        self._tell("end")
        self._process.wait(10)
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()


if __name__ == "__main__":
    main()
