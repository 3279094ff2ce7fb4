"""A scripted world: clocks that are set, jump and reboot; positions, signal and disk space as the script says.

What is here is the outside of the phone, not a part of the product standing in for another: the core that runs on it is
the real one.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from contract.geo import Fix
from mobile.core.ports import Answer, Clocks, NoSignal, Ports

START_MS = 1_780_290_000_000  # 2026-06-01 13:00 in Shanghai


@dataclass
class FakeClock:
    """True time goes on by `pass_ms`; the wall clock may be wrong by `wall_off_ms`; a reboot starts the boot clock anew."""

    true_ms: int = START_MS
    wall_off_ms: int = 0
    tz_min: int = 480
    boots: int = 1
    booted_ms: int = START_MS - 3_600_000
    drift_ppm: int = 0

    def read(self) -> Clocks:
        up_ms = self.true_ms - self.booted_ms
        return Clocks(
            wall_ms=self.true_ms + self.wall_off_ms,
            boot_ms=up_ms + up_ms * self.drift_ppm // 1_000_000,
            boot_id=f"boot-{self.boots:06d}",
            tz_min=self.tz_min,
        )

    def pass_ms(self, ms: int) -> None:
        self.true_ms += ms

    def pass_s(self, seconds: float) -> None:
        self.true_ms += int(seconds * 1000)

    def reboot(self, off_ms: int = 30_000) -> None:
        self.true_ms += off_ms
        self.boots += 1
        self.booted_ms = self.true_ms - 12_000


@dataclass
class FakeLocator:
    """Where the phone believes it is."""

    now: Fix | None = None
    asked: int = 0

    def fix(self) -> Fix | None:
        self.asked += 1
        return self.now


@dataclass
class FakeVault:
    """Survives the app; `forget` is final."""

    secrets: dict[str, bytes] = field(default_factory=dict)

    def load(self, name: str) -> bytes | None:
        return self.secrets.get(name)

    def keep(self, name: str, secret: bytes) -> None:
        self.secrets[name] = secret

    def forget(self, name: str) -> None:
        self.secrets.pop(name, None)


@dataclass
class FakeSpace:
    free: int = 2 * 1024**3

    def free_bytes(self) -> int:
        return self.free


@dataclass
class FakeSignals:
    heard: list[str] = field(default_factory=list)

    def kept(self) -> None:
        self.heard.append("kept")

    def refused(self) -> None:
        self.heard.append("refused")


Send = Callable[[str, str, bytes, dict[str, str]], Answer]


@dataclass
class FakeLink:
    """A link with a switch. `through` carries a request to a server; `weather` may lose, change or double what passes."""

    through: Send | None = None
    up: bool = True
    weather: Callable[[Send, str, str, bytes, dict[str, str]], Answer] | None = None
    sent: list[tuple[str, str, bytes]] = field(default_factory=list)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Answer:
        if not self.up or self.through is None:
            raise NoSignal("no signal")
        self.sent.append((method, path, body))
        if self.weather is not None:
            return self.weather(self.through, method, path, body, headers)
        return self.through(method, path, body, headers)


@dataclass
class FakeWorld:
    """One device's surroundings."""

    clock: FakeClock = field(default_factory=FakeClock)
    locator: FakeLocator = field(default_factory=FakeLocator)
    link: FakeLink = field(default_factory=FakeLink)
    vault: FakeVault = field(default_factory=FakeVault)
    space: FakeSpace = field(default_factory=FakeSpace)
    signals: FakeSignals = field(default_factory=FakeSignals)
    hardware: str = "fake-device-1"

    def ports(self) -> Ports:
        return Ports(
            clock=self.clock,
            locator=self.locator,
            link=self.link,
            vault=self.vault,
            space=self.space,
            signals=self.signals,
            hardware=self.hardware,
            app_version="0.1.0",
        )
