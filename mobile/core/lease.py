"""How long this device may show what it holds without hearing from the server.

Counted on the boot clock; over a reboot at least the time since that boot has passed, and the wall clock may add to it but
never take away. What the person makes themselves is not under the lease: a punch is always kept.
"""

from __future__ import annotations

from mobile.core.local_db import LocalDb, Settings
from mobile.core.ports import Clocks


class Lease:
    def __init__(self, db: LocalDb) -> None:
        self._settings = Settings(db)

    def grant(self, lease_ms: int, clocks: Clocks) -> None:
        """Inside a write: the server was heard; the time begins anew. 0: without end."""
        self._settings.put("lease_ms", lease_ms)
        self._settings.put("lease_used_ms", 0)
        self._note(clocks)

    def spend(self, clocks: Clocks) -> None:
        """Inside a write: note what has passed, so that the next reboot cannot hide it."""
        self._settings.put("lease_used_ms", self.used_ms(clocks))
        self._note(clocks)

    def used_ms(self, clocks: Clocks) -> int:
        used = self._settings.number("lease_used_ms")
        if self._settings.get("lease_bid") == clocks.boot_id:
            return used + max(0, clocks.boot_ms - self._settings.number("lease_boot_ms"))
        return used + max(clocks.boot_ms, clocks.wall_ms - self._settings.number("lease_wall_ms", clocks.wall_ms))

    def is_over(self, clocks: Clocks) -> bool:
        lease_ms = self._settings.number("lease_ms")
        return bool(lease_ms) and self.used_ms(clocks) > lease_ms

    def _note(self, clocks: Clocks) -> None:
        self._settings.put("lease_bid", clocks.boot_id)
        self._settings.put("lease_boot_ms", clocks.boot_ms)
        self._settings.put("lease_wall_ms", clocks.wall_ms)
