"""A phone or a tablet: the real client core on its own disk, with a receiver, a link, and a habit of being switched off.

An app is killed for real as far as its database goes: a statement raises out of the middle of whatever was going on, the
connection is dropped with the transaction open, and the next start reads what is on the disk.
"""

from __future__ import annotations

import random
import shutil
import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Literal

from contract.geo import Fix
from mobile.core.app_core import AppCore
from mobile.core.ports import Ports
from mobile.core.views import SyncOutcome
from mobile.devices.fake import FakeSignals, FakeVault
from simulation.agenda import Agenda
from simulation.clocks import MINUTE, SECOND, DeviceClock
from simulation.weather import WeatherLink

APP_VERSION = "0.1.0"
SERVICE_LOOKS_MS = 2 * MINUTE  # mobile/background.py: at least so often
SERVICE_ENDED = 0.2  # of all phones: their makers end services whatever Android says, and nobody has told them not to [own]


class Killed(BaseException):
    """The system killed the app. No `except Exception` of the app can hold it up."""


class _Mortal(sqlite3.Connection):
    """A connection whose process may die at a statement."""

    fuse: int | None = None

    def execute(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._burn()
        return super().execute(sql, *values)

    def executemany(self, sql: str, *values: Any) -> sqlite3.Cursor:
        self._burn()
        return super().executemany(sql, *values)

    def _burn(self) -> None:
        if self.fuse is not None:
            self.fuse -= 1
            if self.fuse < 0:
                raise Killed


@dataclass
class _Locator:
    receiver: Callable[[], Fix | None]

    def fix(self) -> Fix | None:
        return self.receiver()


@dataclass
class _Space:
    folder: Path

    def free_bytes(self) -> int:
        return shutil.disk_usage(self.folder).free


@dataclass
class Gadget:
    """One device. `receiver` is asked where it is; `core` is None while the app is not running."""

    name: str
    kind: Literal["phone", "kiosk"]
    folder: Path
    clock: DeviceClock
    link: WeatherLink
    hardware: str
    agenda: Agenda
    rng: random.Random
    receiver: Callable[[], Fix | None] = lambda: None
    person_id: str | None = None
    store_id: str | None = None
    device_id: str = ""
    vault: FakeVault = field(default_factory=FakeVault)
    kills: int = 0
    heard_ms: int = 0
    core: AppCore | None = None
    serves: bool = True  # Android lets the app's service live while the app is closed
    gone: bool = False  # thrown away, or in a thief's drawer
    _sql: _Mortal | None = None
    _awake_until: int = 0
    _is_pumping: bool = False

    # life

    def running(self) -> AppCore:
        """The app, started if need be."""
        if self.core is None:
            self.folder.mkdir(parents=True, exist_ok=True)
            core = AppCore(self.folder, self._ports(), self.kind, connect=self._connect, rng=self.rng)
            core.start()
            self.core = core
        return self.core

    def close(self) -> None:
        """Swiped away."""
        if self.core is not None:
            self.core.close()
            self.core = self._sql = None

    def die(self) -> None:
        """Killed where it stands: what was not committed is gone."""
        self.kills += 1
        if self._sql is not None:
            self._sql.close()
        self.core = self._sql = None

    def light_fuse(self, statements: int) -> None:
        """The app will be killed at one of its next statements."""
        self.running()
        assert self._sql is not None
        self._sql.fuse = statements

    def snuff_fuse(self) -> None:
        if self._sql is not None:
            self._sql.fuse = None

    def reboot(self, off_ms: int | None = None) -> None:
        """It starts again now, and was off before: half a minute to a minute and a half, or until an empty battery had drawn
        enough. Its service, where Android lets it live, had noted within two minutes before that the device still ran."""
        chance = random.Random(f"{self.name} {self.clock.boots}")
        short = chance.random() < 0.5
        off_ms = off_ms or (chance.randrange(30, 90) if short else chance.randrange(180, 1_200)) * SECOND
        if self.serves and not self.gone:
            self._pulse(off_ms + chance.randrange(SERVICE_LOOKS_MS))
        if self.core is not None:
            self.die()
        self.clock.reboot()

    def _pulse(self, ago_ms: int) -> None:
        """The last word of the app before the device went off, so long ago."""
        self.clock.booted_ms += ago_ms
        try:
            if self.clock.booted_ms < self.agenda.time.now_ms:
                self.running().pulse()
        except Killed:
            self.die()
        finally:
            self.clock.booted_ms -= ago_ms

    # network

    def sync(self) -> SyncOutcome | None:
        """One attempt; None where the app was killed over it."""
        if self.gone:
            return None
        try:
            outcome = self.running().sync_once()
        except Killed:
            self.die()
            return None
        if outcome.reached and outcome.problem is None:
            self.heard_ms = self.agenda.time.now_ms
        return outcome

    def glance(self) -> None:
        """The system lets the app look in the background, if it wants to."""
        if not self.gone and self._wait_s() <= 0:
            self.sync()

    def _wait_s(self) -> float:
        """When the app's own plan wants to try next."""
        try:
            return self.running().next_sync_in_s()
        except Killed:
            self.die()
            return 5.0

    def stay_awake(self, ms: int) -> None:
        """In somebody's hand: the app tries as its own plan says."""
        self._awake_until = max(self._awake_until, self.agenda.time.now_ms + ms)
        self.running().set_awake(True)
        if not self._is_pumping:
            self._is_pumping = True
            self.agenda.after(0, self._pump)

    def _pump(self) -> None:
        left_ms = self._awake_until - self.agenda.time.now_ms
        if left_ms <= 0 or self.gone:
            self._is_pumping = False
            if self.core is not None and self.kind == "phone":
                self.core.set_awake(False)
            return
        if self.core is None:  # killed over a sync; the person opens it again
            self.running().set_awake(True)
        wait_s = self._wait_s()
        if wait_s <= 0:
            self.sync()
            wait_s = self._wait_s()
        self.agenda.after(min(max(int(wait_s * SECOND), 500), left_ms, MINUTE), self._pump)

    def _ports(self) -> Ports:
        return Ports(
            clock=self.clock,
            locator=_Locator(lambda: self.receiver()),
            link=self.link,
            vault=self.vault,
            space=_Space(self.folder),
            signals=FakeSignals(),
            hardware=self.hardware,
            app_version=APP_VERSION,
        )

    def _connect(self, path: str) -> sqlite3.Connection:
        self._sql = sqlite3.connect(path, timeout=5.0, isolation_level=None, check_same_thread=False, factory=_Mortal)
        return self._sql
