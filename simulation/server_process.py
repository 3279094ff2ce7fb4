"""A server of the simulation's own: started like any other, with a test clock; killed and restored in the middle."""

from __future__ import annotations

import os
import shutil
import signal
import socket
import subprocess
import sys
import threading
import time
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from typing import Final

_START_WITHIN_S: Final = 60.0


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


class OwnServer:
    """One server process on its own data folder. `command` may hold {port}."""

    def __init__(self, folder: Path, clock_file: Path, command: list[str]) -> None:
        self.folder, self._command = folder, command
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.kills = 0
        self._process: subprocess.Popen[bytes] | None = None
        self._environment = {
            **os.environ,
            "OUTPOST_DATA_DIR": str(folder),
            "OUTPOST_CLOCK_FILE": str(clock_file),
            "OUTPOST_BACKUP_EVERY_MIN": "240",
            "PYTHONUNBUFFERED": "1",
        }
        folder.mkdir(parents=True, exist_ok=True)
        self.log = folder / "server.log"

    def run(self, *arguments: str) -> None:
        """A command on the same data folder, to its end."""
        subprocess.run([sys.executable, *arguments], check=True, env=self._environment, stdout=subprocess.DEVNULL)

    def ensure(self) -> None:
        """Start it unless it runs."""
        if self._process is None or self._process.poll() is not None:
            self.start()

    def start(self) -> None:
        """Start it and wait until it answers. Raises RuntimeError with the end of its log."""
        command = [part.replace("{port}", str(self.port)) for part in self._command]
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                command, env=self._environment, stdout=log, stderr=subprocess.STDOUT, start_new_session=True
            )
        until = time.monotonic() + _START_WITHIN_S
        while not self._answers():
            if self._process.poll() is not None or time.monotonic() > until:
                raise RuntimeError(f"the server did not start:\n{self.log.read_text(errors='replace')[-3000:]}")
            time.sleep(0.05)

    def kill(self) -> None:
        """kill -9, the whole group, in whatever it is doing."""
        if self._process is not None:
            self.kills += 1
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()

    def kill_within(self, seconds: float) -> threading.Thread:
        """kill -9 a moment from now, while a request is on its way."""

        def strike() -> None:
            time.sleep(seconds)
            self.kill()

        thread = threading.Thread(target=strike)
        thread.start()
        return thread

    def stop(self) -> None:
        if self._process is not None and self._process.poll() is None:
            self._process.terminate()
            try:
                self._process.wait(15)
            except subprocess.TimeoutExpired:
                os.killpg(self._process.pid, signal.SIGKILL)
                self._process.wait()
        self._process = None

    # last night's backup, embedded SQLite only

    @property
    def database(self) -> Path | None:
        """The embedded database's file; None where the environment names another database."""
        return None if "OUTPOST_DATABASE_URL" in os.environ else self.folder / "outpost.db"

    def copy_database(self, to: Path) -> None:
        """A backup as SQLite makes one, while the server runs."""
        import sqlite3

        assert self.database is not None
        with sqlite3.connect(self.database) as source, sqlite3.connect(to) as copy:
            source.backup(copy)
        source.close()
        copy.close()

    def restore(self, backup: Path) -> None:
        """The server dies and comes back from an older copy, declared as `outpost restore` declares it: with a new epoch."""
        import sqlite3

        assert self.database is not None
        self.kill()
        for rest in ("", "-wal", "-shm"):
            Path(f"{self.database}{rest}").unlink(missing_ok=True)
        shutil.copy(backup, self.database)
        with sqlite3.connect(self.database) as copy:
            copy.execute("UPDATE sync_feed SET epoch = ?", (f"restored-{backup.stat().st_mtime_ns}"[:40],))
        copy.close()
        self.start()

    def _answers(self) -> bool:
        line = HTTPConnection("127.0.0.1", self.port, timeout=1)
        try:
            line.request("GET", "/api/v1/session")
            return line.getresponse().status == 401
        except (OSError, HTTPException):
            return False
        finally:
            line.close()
