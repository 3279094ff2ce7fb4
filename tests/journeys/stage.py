"""A real server process for a story, HQ's people at their desks over HTTP, and devices whose core talks to it over HTTP.

The company is founded in the database before the doors open; from then on everything goes through the server's own doors.
With a true time that the test tells, the server reads it from a clock file; without, everybody has the machine's.
"""

from __future__ import annotations

import contextlib
import json
import os
import re
import signal
import socket
import sqlite3
import subprocess
import sys
import time
import urllib.error
import urllib.parse
import urllib.request
from collections.abc import Callable
from datetime import UTC, datetime
from http.cookiejar import CookieJar
from pathlib import Path
from typing import Any

from contract.devices import IssueCode
from contract.ids import new_id
from contract.wire import Wire, plain
from mobile.core.http_link import HttpLink
from mobile.core.ports import Answer
from mobile.devices.fake import FakeWorld
from server.devices.service import code_of
from tests.mobile.field import NOON_MS, Gadget, HereClock, TrueTime
from tests.server.world import PASSWORD, SECRET, FrozenClock, World
from tests.support.shared_data import ROOT

START_WITHIN_S = 90.0


class ToldTime(TrueTime):
    """The true time as the test tells it; the server's clock file goes along."""

    def __init__(self, file: Path, true_ms: int = NOON_MS) -> None:
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)
        super().__init__(true_ms)

    @property
    def true_ms(self) -> int:
        return self._true_ms

    @true_ms.setter
    def true_ms(self, ms: int) -> None:
        self._true_ms = ms
        os.pwrite(self._handle, f"{ms:014d}\n".encode(), 0)

    def close(self) -> None:
        os.close(self._handle)


class Desk:
    """Somebody at HQ or in a store: a browser for the console, a token for the API."""

    def __init__(self, url: str, login: str, password: str = PASSWORD) -> None:
        self.url, self.login, self.password = url, login, password
        self.token: str | None = None
        self._browser = urllib.request.build_opener(urllib.request.HTTPCookieProcessor(CookieJar()))
        self._is_in_console = False

    def api(self, method: str, path: str, body: Any = None) -> tuple[int, Any]:
        """(status, what it said)."""
        if self.token is None and path != "/api/v1/session":
            status, said = self.api("POST", "/api/v1/session", {"login": self.login, "password": self.password})
            assert status == 201, said
            self.token = said["token"]
        headers = {"Content-Type": "application/json"}
        if self.token is not None:
            headers["Authorization"] = f"Bearer {self.token}"
        data = None if body is None else json.dumps(plain(body) if isinstance(body, Wire) else body).encode()
        status, text = _ask(urllib.request.build_opener(), urllib.request.Request(self.url + path, data, headers, method=method))
        return status, json.loads(text) if text.startswith(("{", "[")) else text

    def get(self, path: str) -> Any:
        """What the API says, where it has to say something."""
        status, said = self.api("GET", path)
        assert status == 200, (status, said)
        return said

    def do(self, path: str, operation: Wire) -> Any:
        """An operation that has to work."""
        status, said = self.api("POST", path, operation)
        assert status == 201, (status, said)
        return said

    def upload(self, path: str, file: bytes, **fields: str) -> tuple[int, Any]:
        """A file with what a form says about it."""
        self.api("GET", "/api/v1/session") if self.token is None else None
        line = "----outpost-story"
        parts = [f'--{line}\r\nContent-Disposition: form-data; name="{k}"\r\n\r\n{v}\r\n'.encode() for k, v in fields.items()]
        head = f'--{line}\r\nContent-Disposition: form-data; name="file"; filename="list.csv"\r\nContent-Type: text/csv\r\n\r\n'
        body = b"".join([*parts, head.encode(), file, f"\r\n--{line}--\r\n".encode()])
        if self.token is None:
            self.get("/api/v1/stores?limit=1")
        headers = {"Content-Type": f"multipart/form-data; boundary={line}", "Authorization": f"Bearer {self.token}"}
        asked = urllib.request.Request(self.url + path, body, headers, method="POST")
        status, text = _ask(urllib.request.build_opener(), asked, timeout_s=120)
        return status, json.loads(text)

    def page(self, path: str) -> tuple[int, str]:
        """A page of the console, as its browser is given it."""
        if not self._is_in_console:
            self._sign_in()
        return _ask(self._browser, urllib.request.Request(self.url + path, headers={"Accept-Language": "zh"}))

    def _sign_in(self) -> None:
        _, form = _ask(self._browser, urllib.request.Request(f"{self.url}/console/sign-in"))
        found = re.search(r'name="form_token" value="([0-9a-f]+)"', form)
        assert found, form[:500]
        fields = urllib.parse.urlencode({"login": self.login, "password": self.password, "form_token": found[1]})
        status, page = _ask(self._browser, urllib.request.Request(f"{self.url}/console/sign-in", fields.encode()))
        assert status == 200 and 'name="password"' not in page, page[:800]
        self._is_in_console = True


class Stage:
    """One story's company. `folder` holds the database, backups and photos; `open_doors` starts the server."""

    def __init__(self, folder: Path, *, told_time: bool = True) -> None:
        self.folder = folder
        self.office = World.on_sqlite(folder)
        self.office.clock = FrozenClock(datetime.now(UTC))
        self.time: ToldTime | None = None
        if told_time:
            self.time = ToldTime(folder / "clock")
            self.office.clock.now = self.time()
        self.devices: list[Gadget] = []
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.environment = {
            **os.environ,
            "OUTPOST_DATA_DIR": str(folder),
            "OUTPOST_DATABASE_URL": self.office.settings.database_url,
            "OUTPOST_SECRET": SECRET.decode(),
            "LC_ALL": "en_US.UTF-8",
        }
        if told_time:
            self.environment["OUTPOST_CLOCK_FILE"] = str(folder / "clock")
        self._process: subprocess.Popen[bytes] | None = None

    # the server

    @property
    def database(self) -> Path:
        return Path(self.environment["OUTPOST_DATABASE_URL"].removeprefix("sqlite:///"))

    def open_doors(self) -> Stage:
        """Start the server and wait until it answers."""
        self.office.db.dispose()
        log = self.folder / "server.log"
        command = [sys.executable, "-m", "server.cli", "serve", "--port", str(self.port), "--hints-port", "0", "--no-worker"]
        with log.open("ab") as out:
            self._process = subprocess.Popen(
                command, cwd=ROOT, env=self.environment, stdout=out, stderr=subprocess.STDOUT, start_new_session=True
            )
        until = time.monotonic() + START_WITHIN_S
        while not _answers(self.url):
            assert self._process.poll() is None and time.monotonic() < until, log.read_text(errors="replace")[-3000:]
            time.sleep(0.05)
        return self

    def close_doors(self, *, with_a_crash: bool = False) -> None:
        """Stop the server; with a crash: kill -9 of everything it started."""
        if self._process is None:
            return
        if with_a_crash:
            os.killpg(self._process.pid, signal.SIGKILL)
        else:
            self._process.terminate()
        try:
            self._process.wait(20)
        except subprocess.TimeoutExpired:
            os.killpg(self._process.pid, signal.SIGKILL)
            self._process.wait()
        self._process = None

    def outpost(self, *arguments: object, code: int = 0) -> str:
        """The command line, as an administrator types it beside the running server."""
        done = subprocess.run(
            [sys.executable, "-m", "server.cli", *map(str, arguments)],
            cwd=ROOT, env=self.environment, capture_output=True, text=True, check=False,
        )  # fmt: skip
        assert done.returncode == code, (arguments, done.stdout, done.stderr)
        return done.stdout + done.stderr

    def sql(self, statement: str, *values: object) -> list[tuple[Any, ...]]:
        """What the database itself says."""
        with contextlib.closing(sqlite3.connect(self.database, timeout=30)) as line:
            found = line.execute(statement, values).fetchall()
            line.commit()
        return found

    def close(self) -> None:
        for device in self.devices:
            device.core.close()
        self.close_doors()
        self.office.close()
        if self.time is not None:
            self.time.close()

    # people and devices

    def desk(self, login: str) -> Desk:
        return Desk(self.url, login)

    def phone_of(self, person_id: str) -> Gadget:
        return self._device("phone", person_id=person_id)

    def tablet_of(self, store_id: str) -> Gadget:
        return self._device("kiosk", store_id=store_id)

    def pass_(self, *, minutes: float = 0, seconds: float = 0) -> int:
        """Let time pass; answers the true time."""
        assert self.time is not None
        self.time.true_ms += round((minutes * 60 + seconds) * 1000)
        return self.time.true_ms

    def _device(self, kind: str, **whose: str) -> Gadget:
        assert self.time is not None
        code_id = new_id()
        self.desk("chen").do("/api/v1/devices/codes", IssueCode(code_id=code_id, kind=kind, **whose))  # type: ignore[arg-type]
        number = len(self.devices) + 1
        world = FakeWorld(clock=HereClock(self.time), hardware=f"device-of-the-story-{number}")
        world.link.through = over_http(self.url)
        device = Gadget(self.folder / f"device-{number}", kind, world, seed=number)
        device.core.enrol(self.url, code_of(SECRET, code_id))
        self.devices.append(device)
        return device


def over_http(url: str) -> Callable[[str, str, bytes, dict[str, str]], Answer]:
    """The app's own link to a server."""
    link = HttpLink(url)
    return lambda method, path, body, headers: link.send(method, path, body, headers, 30.0)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def wait_for(what: Callable[[], Any], within_s: float) -> tuple[Any, float]:
    """(what came, after how many seconds). Fails where nothing came."""
    begun = time.monotonic()
    while True:
        found, waited = what(), time.monotonic() - begun
        if found:
            return found, waited
        assert waited < within_s, f"nothing within {within_s} s"
        time.sleep(0.05)


def _answers(url: str) -> bool:
    try:
        with urllib.request.urlopen(f"{url}/api/v1/session", timeout=2):
            return True
    except urllib.error.HTTPError as refused:
        return refused.code == 401
    except OSError:
        return False


def _ask(opener: urllib.request.OpenerDirector, asked: urllib.request.Request, timeout_s: float = 30) -> tuple[int, str]:
    try:
        with opener.open(asked, timeout=timeout_s) as said:
            return said.status, said.read().decode()
    except urllib.error.HTTPError as refused:
        return refused.code, refused.read().decode()
