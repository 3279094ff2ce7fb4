"""The phone on this machine: from start to usable in a real window, from tap to kept on disk, memory."""

from __future__ import annotations

import contextlib
import os
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benches import fleet
from benches.fleet import BenchDevice
from benches.stage import Stage
from contract.geo import Fix
from contract.ids import new_id
from mobile.core.app_core import AppCore
from mobile.core.ports import Ports
from mobile.devices import desktop
from server.devices.model import EnrolCode
from server.devices.service import code_hash, code_of
from server.kernel.db import table_of

SECRET = b"bench" * 8


@dataclass
class Started:
    """Seconds until the first page can be used, and the resident memory some seconds later."""

    usable_s: float
    memory_mb: float


class _Here:
    """A place inside the fence: a desktop has none of its own."""

    def fix(self) -> Fix | None:
        return Fix(lat_e7=311774276, lng_e7=1215272106, accuracy_dm=180, age_ms=500, mock=False, source="bench")


@contextlib.contextmanager
def enrolled_phone(stage: Stage) -> Iterator[tuple[Path, Ports]]:
    """The folder of a phone that has enrolled with the real server and synced once."""
    device: BenchDevice = fleet.build(stage.db, phones=1).devices[0]
    code_id, now = new_id(), datetime.now(UTC)
    with stage.db.writing_engine.begin() as connection:
        connection.execute(
            table_of(EnrolCode).insert().values(
                id=code_id, code_hash=code_hash(code_of(SECRET, code_id)), kind="phone", person_id=device.people[0],
                issued_at=now, expires_at=now + timedelta(hours=1),
            )
        )  # fmt: skip
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        ports = replace(desktop.desktop_ports(folder), locator=_Here())
        core = AppCore(folder, ports, "phone")
        core.start()
        core.enrol(f"http://{stage.address[0]}:{stage.address[1]}", code_of(SECRET, code_id))
        for _ in range(5):
            if core.sync_once().complete:
                break
        core.close()
        yield folder, ports


def tap_to_kept(folder: Path, ports: Ports, *, times: int = 200) -> list[float]:
    """Milliseconds of each punch, from the call behind the button until it is on disk (WAL, synchronous=FULL)."""
    core = AppCore(folder, ports, "phone")
    core.start()
    spent = []
    try:
        for n in range(times + 10):
            started = time.perf_counter()
            core.punch(kind="in" if n % 2 == 0 else "out")
            if n >= 10:
                spent.append((time.perf_counter() - started) * 1000)
    finally:
        core.close()
    return spent


@contextlib.contextmanager
def display() -> Iterator[str]:
    """A screen without a monitor. SDL's own off-screen driver keeps every frame it has ever shown: it would be measured."""
    reads, writes = os.pipe()
    command = ["Xvfb", "-displayfd", str(writes), "-screen", "0", "1400x1000x24", "+extension", "GLX"]
    process = subprocess.Popen(command, pass_fds=(writes,), stderr=subprocess.DEVNULL)
    os.close(writes)
    try:
        with os.fdopen(reads) as number:
            yield f":{number.readline().strip()}"
    finally:
        process.terminate()
        process.wait(timeout=10)


def start_to_usable(folder: Path, *, rest_s: float = 6.0) -> Started:
    """The real app in a real window (software GL), started as a user starts it."""
    with display() as screen:
        return _started(folder, screen, rest_s)


def _started(folder: Path, screen: str, rest_s: float) -> Started:
    environment = {**os.environ, "DISPLAY": screen, "KIVY_WINDOW": "sdl2", "KIVY_NO_ARGS": "1", "KIVY_LOG_MODE": "PYTHON"}
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-m", "mobile.main", "--face", "phone", "--folder", str(folder), "--report"],
        env=environment, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    try:
        assert process.stdout is not None
        for line in process.stdout:
            if re.match(r"usable_s=", line):
                usable = time.perf_counter() - started
                break
        else:
            raise RuntimeError("the app ended before it could be used")
        time.sleep(rest_s)
        status = Path(f"/proc/{process.pid}/status").read_text()
        found = re.search(r"VmRSS:\s+(\d+) kB", status)
        return Started(usable, int(found[1]) / 1024 if found else 0.0)
    finally:
        process.terminate()
        process.wait(timeout=20)
