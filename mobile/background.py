"""The Android service: the same core without a screen, so that punches leave the phone while it is in a pocket.

Only one of the app and the service may work on the store: whoever holds the lock. The app takes it when it starts; the
service tries now and then, and steps aside when the app wants it.
"""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final, Literal

from mobile.core.app_core import AppCore
from mobile.core.ports import Clock, Ports
from mobile.core.store_lock import StoreLock

LOOK_EVERY_S: Final = 60.0
LOOK_AT_LEAST_EVERY_S: Final = 120.0  # opening the store notes that the phone still runs (core/anchors.py)
NAP_S: Final = 10.0


def run_service(
    folder: Path,
    ports: Ports,
    kind: Literal["phone", "kiosk"],
    *,
    rest: Callable[[float], None] | None = None,
    goes_on: Callable[[], bool] = lambda: True,
) -> None:
    """Sync whenever the plan says so and no app has the store open."""
    pause = rest or (lambda seconds: rest_by_the_clock(seconds, ports.clock))
    while goes_on():
        pause(sync_if_free(folder, ports, kind))


def rest_by_the_clock(seconds: float, clock: Clock, nap: Callable[[float], None] = time.sleep) -> None:
    """Until so many seconds have passed, the device's own sleep included: Python's naps stop with the processor, and a phone
    that somebody takes out to restart it is to be looked at once more."""
    begun = clock.read().boot_ms
    while (left_s := seconds - (clock.read().boot_ms - begun) / 1000) > 0:
        nap(min(left_s, NAP_S))


def sync_if_free(folder: Path, ports: Ports, kind: Literal["phone", "kiosk"]) -> float:
    """One look: sync if it is due and the store is free. Seconds until the next look."""
    with StoreLock(folder) as lock:
        if not lock.is_ours:
            return LOOK_EVERY_S
        core = AppCore(folder, ports, kind)
        try:
            core.start()
            core.set_awake(False)
            if core.enrolment is not None and core.sync_state().waiting:
                core.sync_once()
            return min(LOOK_AT_LEAST_EVERY_S, max(LOOK_EVERY_S, core.next_sync_in_s()))
        finally:
            core.close()


def main() -> None:
    """What python-for-android starts as the service."""
    from jnius import autoclass

    from mobile.devices.android import android_ports

    service = autoclass("org.kivy.android.PythonService").mService
    folder = Path(os.environ["ANDROID_PRIVATE"]) / "outpost"
    kind: Literal["phone", "kiosk"] = "kiosk" if os.environ.get("PYTHON_SERVICE_ARGUMENT") == "kiosk" else "phone"
    run_service(folder, android_ports(service, folder), kind)


if __name__ == "__main__":
    main()
