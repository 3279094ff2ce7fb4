"""What the client core needs from the world. Phones, desktops and tests each bring their own."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol, runtime_checkable

from contract.geo import Fix


@dataclass(frozen=True)
class Clocks:
    """One look at the device's clocks: wall clock and time since boot in milliseconds, which boot, minutes east of UTC."""

    wall_ms: int
    boot_ms: int
    boot_id: str
    tz_min: int


@dataclass(frozen=True)
class Answer:
    """An HTTP answer: status, body after gunzip, the wait the server asked for, and how much of a photo it holds."""

    status: int
    body: bytes
    retry_after_s: float | None = None
    upload_offset: int | None = None


class NoSignal(Exception):
    """The server could not be reached, or what answered was not the server. A state of the world, not an error."""


class TooSlow(NoSignal):
    """No answer in time: the next try should carry less."""


class Clock(Protocol):
    def read(self) -> Clocks: ...


class Locator(Protocol):
    """Where the device is, if it knows. Asked only at a punch and while the punch screen is open."""

    def fix(self) -> Fix | None: ...


class Link(Protocol):
    """One HTTP request. Raises NoSignal when there was no answer in time."""

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Answer: ...


@runtime_checkable
class AimedLink(Protocol):
    """A link that must be told which server it leads to. Links that can only reach one (in tests) are not."""

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str], timeout_s: float) -> Answer: ...

    def aim(self, server_url: str) -> None: ...


class Vault(Protocol):
    """Where the device keeps its secrets: the Keystore on Android, a file for the owner only on a desktop."""

    def load(self, name: str) -> bytes | None: ...

    def keep(self, name: str, secret: bytes) -> None: ...

    def forget(self, name: str) -> None: ...


class Space(Protocol):
    """Free space where the database is."""

    def free_bytes(self) -> int: ...


class Signals(Protocol):
    """Sound and vibration for a kept punch, a refused PIN."""

    def kept(self) -> None: ...

    def refused(self) -> None: ...


@dataclass(frozen=True)
class Ports:
    """Everything AppCore needs. `hardware` is a stable fingerprint of the physical device."""

    clock: Clock
    locator: Locator
    link: Link
    vault: Vault
    space: Space
    signals: Signals
    hardware: str
    app_version: str
