"""A real server on a real PostgreSQL for benches, and pgbench beside it as the yardstick."""

from __future__ import annotations

import contextlib
import os
import re
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from benches.machine import cpu_s
from server import migrate
from server.kernel.db import Database
from tests.support import postgres

PG_SETTINGS = {"shared_buffers": "512MB", "max_connections": "200", "max_wal_size": "4GB"}


@dataclass
class Stage:
    """A running server: where it listens, its database, and whose CPU time counts as whose."""

    address: tuple[str, int]
    db: Database
    server_pid: int
    postgres: postgres.PostgresServer

    def cpu(self) -> tuple[float, float]:
        """CPU seconds so far of (the app, the database)."""
        return cpu_s(self.server_pid), cpu_s(self.postgres.pid or 0)


@contextlib.contextmanager
def running(*, workers: int = 2, threads: int = 24) -> Iterator[Stage]:
    """PostgreSQL with synchronous commit and fsync, and `outpost serve` over it."""
    server = postgres.start(durable=True, settings=PG_SETTINGS)
    url = server.fresh("bench")
    db = Database(url)
    migrate.upgrade(db)
    port = postgres.free_port()
    with tempfile.TemporaryDirectory() as data:
        environment = {
            **os.environ, "OUTPOST_DATABASE_URL": url, "OUTPOST_DATA_DIR": data, "OUTPOST_SECRET": "bench" * 8,
            "OUTPOST_WRITER_POOL": str(threads),
        }  # fmt: skip
        log = (Path(data) / "server.log").open("wb")
        command = [sys.executable, "-m", "server.cli", "serve", "--port", str(port), "--hints-port", "0"]
        say = {"env": environment, "stdout": log, "stderr": log}
        process = subprocess.Popen([*command, "--workers", str(workers), "--threads", str(threads), "--no-worker"], **say)
        try:
            _wait(port, process)
            yield Stage(("127.0.0.1", port), db, process.pid, server)
        finally:
            process.terminate()
            with contextlib.suppress(subprocess.TimeoutExpired):
                process.wait(timeout=10)
            process.kill()
            log.close()
            db.dispose()
            server.stop()


def _wait(port: int, process: subprocess.Popen[bytes]) -> None:
    for _ in range(1_200):
        if process.poll() is not None:
            raise RuntimeError(f"the server ended with {process.returncode}")
        with contextlib.suppress(OSError), socket.create_connection(("127.0.0.1", port), timeout=1):
            return
        time.sleep(0.1)
    raise RuntimeError("the server does not listen")


def pgbench_rate(server: postgres.PostgresServer, clients: int, seconds: int = 5) -> float:
    """Single-row prepared inserts a second: what the database alone can do on this machine now."""
    url = server.fresh("yardstick")
    import psycopg

    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute("CREATE TABLE y (id bigserial PRIMARY KEY, body text, at timestamptz DEFAULT now())")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write("INSERT INTO y (body) VALUES ('a row of about the size that a punch has when all is said');\n")
        script.flush()
        Path(script.name).chmod(0o644)
        program = str(postgres.binaries() / "pgbench")
        done = subprocess.run(
            [program, "-n", "-M", "prepared", "-c", str(clients), "-j", "2", "-T", str(seconds), "-f", script.name, url],
            capture_output=True, text=True, check=True,
        )  # fmt: skip
    found = re.search(r"tps = ([0-9.]+)", done.stdout)
    server.drop(url)
    if found is None:
        raise RuntimeError(done.stdout)
    return float(found[1])
