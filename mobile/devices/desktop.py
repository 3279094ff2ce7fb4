"""A laptop or a store's mini PC behind the ports."""

from __future__ import annotations

import hashlib
import os
import platform
import shutil
import sys
import time
import uuid
from datetime import datetime
from pathlib import Path
from typing import Final

from contract.geo import Fix, fix_from_reading
from mobile.core.http_link import HttpLink
from mobile.core.ports import Clocks, Ports

APP_VERSION: Final = "0.1.0"
_BOOT_ID: Final = Path("/proc/sys/kernel/random/boot_id")
_MACHINE_ID: Final = Path("/etc/machine-id")


class DesktopClock:
    """The boot clock is CLOCK_BOOTTIME where there is one: CLOCK_MONOTONIC stops while a laptop sleeps."""

    def __init__(self) -> None:
        self._boot_id = _boot_id()

    def read(self) -> Clocks:
        offset = datetime.now().astimezone().utcoffset()
        return Clocks(
            wall_ms=time.time_ns() // 1_000_000,
            boot_ms=_since_boot_ns() // 1_000_000,
            boot_id=self._boot_id,
            tz_min=0 if offset is None else int(offset.total_seconds()) // 60,
        )


class DesktopLocator:
    """A desktop has no receiver. OUTPOST_POSITION="lat,lng,accuracy_m" puts it somewhere, and says so in the fix."""

    def fix(self) -> Fix | None:
        text = os.environ.get("OUTPOST_POSITION", "")
        try:
            lat, lng, accuracy_m = (float(part) for part in text.split(","))
        except ValueError:
            return None
        return fix_from_reading(lat, lng, accuracy_m, age_ms=0, mock=False, source="desktop")


class FolderVault:
    """Secrets as files that only their owner can read. Written whole or not at all."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)

    def load(self, name: str) -> bytes | None:
        try:
            return self._file(name).read_bytes()
        except FileNotFoundError:
            return None

    def keep(self, name: str, secret: bytes) -> None:
        fresh = self._folder / f"{name}.new"
        handle = os.open(fresh, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        try:
            os.write(handle, secret)
            os.fsync(handle)
        finally:
            os.close(handle)
        fresh.replace(self._file(name))
        if os.name != "nt":
            folder = os.open(self._folder, os.O_RDONLY)
            try:
                os.fsync(folder)
            finally:
                os.close(folder)

    def forget(self, name: str) -> None:
        file = self._file(name)
        if file.exists():
            file.write_bytes(bytes(file.stat().st_size))  # best effort: flash may keep the old cells
            file.unlink()

    def _file(self, name: str) -> Path:
        return self._folder / f"{name}.secret"


class DiskSpace:
    def __init__(self, folder: Path) -> None:
        self._folder = folder

    def free_bytes(self) -> int:
        return shutil.disk_usage(self._folder).free


class Bell:
    """The terminal's bell, where there is a terminal."""

    def kept(self) -> None:
        self._ring("\a")

    def refused(self) -> None:
        self._ring("\a\a")

    def _ring(self, text: str) -> None:
        if sys.stdout is not None and sys.stdout.isatty():
            sys.stdout.write(text)
            sys.stdout.flush()


def desktop_ports(folder: Path) -> Ports:
    """The world of a desktop whose data is in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    return Ports(
        clock=DesktopClock(),
        locator=DesktopLocator(),
        link=HttpLink(),
        vault=FolderVault(folder / "vault"),
        space=DiskSpace(folder),
        signals=Bell(),
        hardware=_hardware(folder),
        app_version=APP_VERSION,
    )


def _since_boot_ns() -> int:
    if hasattr(time, "CLOCK_BOOTTIME"):
        return time.clock_gettime_ns(time.CLOCK_BOOTTIME)
    return time.monotonic_ns()


def _boot_id() -> str:
    """Which boot this is. Where the system does not say, the minute it started: a wall clock that is set then looks like a
    reboot, which costs a grade and never lies."""
    if _BOOT_ID.exists():
        return _BOOT_ID.read_text(encoding="ascii").strip()
    started_min = (time.time_ns() - time.monotonic_ns()) // 60_000_000_000
    return f"{platform.system().lower()}-{started_min}"


def _hardware(folder: Path) -> str:
    """The machine and the folder: two demo devices on one desk are two devices."""
    machine = _MACHINE_ID.read_text(encoding="ascii").strip() if _MACHINE_ID.exists() else f"{uuid.getnode():012x}"
    return "desk-" + hashlib.sha256(f"{machine}|{folder.resolve()}".encode()).hexdigest()[:24]
