"""Time in the simulated world: the one true time, the clocks of devices that show something else, the server's clock file."""

from __future__ import annotations

import os
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from mobile.core.ports import Clocks

SECOND: Final = 1_000
MINUTE: Final = 60 * SECOND
HOUR: Final = 60 * MINUTE
DAY: Final = 24 * HOUR
TZ_MIN: Final = 480
MIDNIGHT_MS: Final = 1_780_243_200_000  # 2026-06-01 00:00 in Shanghai, a Monday: where a simulation begins

_WIDTH: Final = 14


class ServerClock:
    """What the server under test takes for the time (OUTPOST_CLOCK_FILE). One write of fixed width: never half a number."""

    def __init__(self, file: Path) -> None:
        self._handle = os.open(file, os.O_RDWR | os.O_CREAT, 0o600)

    def show(self, ms: int) -> None:
        os.pwrite(self._handle, f"{ms:0{_WIDTH}d}\n".encode(), 0)

    def close(self) -> None:
        os.close(self._handle)


class TrueTime:
    """The true time. It only ever goes on; the server's clock goes with it."""

    def __init__(self, start_ms: int, server: ServerClock | None = None) -> None:
        self._now_ms, self._server, self._is_real = start_ms, server, False
        self._show()

    @property
    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000 if self._is_real else self._now_ms

    def pass_ms(self, ms: int) -> None:
        if self._is_real:
            time.sleep(max(0, ms) / SECOND)
            return
        self._now_ms += max(0, ms)
        self._show()

    def become_real(self) -> None:
        """From here on it is the machine's time: it passes by itself, and waiting takes as long as it takes."""
        self._is_real, self._server = True, None

    def reach(self, ms: int) -> None:
        self.pass_ms(ms - self.now_ms)

    def _show(self) -> None:
        if self._server is not None:
            self._server.show(self._now_ms)


@dataclass
class DeviceClock:
    """A device's clocks: a wall clock somebody can set, a boot clock nobody can, a quartz a little off."""

    time: TrueTime
    drift_ppm: int = 0
    wall_off_ms: int = 0
    boots: int = 1
    booted_ms: int = 0
    name: str = ""
    reboots: int = field(default=0)

    def __post_init__(self) -> None:
        self.booted_ms = self.time.now_ms - 5 * HOUR

    def read(self) -> Clocks:
        up_ms = self.time.now_ms - self.booted_ms
        return Clocks(
            wall_ms=self.time.now_ms + self.wall_off_ms,
            boot_ms=up_ms + up_ms * self.drift_ppm // 1_000_000,
            boot_id=f"{self.name}-{self.boots}",
            tz_min=TZ_MIN,
        )

    def reboot(self) -> None:
        """The boot clock begins anew. The wall clock keeps what it was set to: a battery sees to that."""
        self.boots += 1
        self.reboots += 1
        self.booted_ms = self.time.now_ms
