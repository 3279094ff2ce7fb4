"""An Android phone or tablet behind the ports, by pyjnius. Imported on Android only; tests bring a fake `jnius`.

Our own location listener: plyer 2.1 tells neither the age of a fix nor whether it is a mock, and fails on Android 12.
"""

from __future__ import annotations

import hashlib
import logging
import os
import time
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from typing import Any, Final

from jnius import PythonJavaClass, autoclass, java_method

from contract.geo import Fix, fix_from_reading
from mobile.core.http_link import HttpLink
from mobile.core.ports import Clocks, Ports
from mobile.devices.desktop import APP_VERSION, DiskSpace, FolderVault

log = logging.getLogger("outpost.android")

_SDK: Final = autoclass("android.os.Build$VERSION").SDK_INT
_SystemClock: Final = autoclass("android.os.SystemClock")

_KEY_ALIAS: Final = "outpost-vault"
_GCM_NONCE: Final = 12
_LISTEN_MS: Final = 120_000  # after the last question the receiver is switched off: it costs the battery most of all
_FIX_EVERY_MS: Final = 1_000


class LocationHeard:
    """A fix and the boot-clock moment it was taken at, so that its age does not depend on a wall clock."""

    def __init__(self, location: Any) -> None:
        self.lat, self.lng = location.getLatitude(), location.getLongitude()
        self.accuracy_m = location.getAccuracy() if location.hasAccuracy() else None
        self.source = str(location.getProvider())
        self.taken_ns = int(location.getElapsedRealtimeNanos())
        self.mock = bool(location.isMock() if _SDK >= 31 else location.isFromMockProvider())

    def as_fix(self) -> Fix:
        age_ms = (_SystemClock.elapsedRealtimeNanos() - self.taken_ns) // 1_000_000
        return fix_from_reading(self.lat, self.lng, self.accuracy_m, age_ms=int(age_ms), mock=self.mock, source=self.source)


class Listener(PythonJavaClass):  # type: ignore[misc]
    """android.location.LocationListener, every method of every release: one that is missing ends the app."""

    __javainterfaces__ = ["android/location/LocationListener"]
    __javacontext__ = "app"

    def __init__(self, heard: Callable[[LocationHeard], None]) -> None:
        super().__init__()
        self._heard = heard

    @java_method("(Landroid/location/Location;)V")
    def onLocationChanged(self, location: Any) -> None:
        self._heard(LocationHeard(location))

    @java_method("(Ljava/util/List;)V", name="onLocationChanged")
    def onLocationChangedList(self, locations: Any) -> None:
        for i in range(locations.size()):
            self._heard(LocationHeard(locations.get(i)))

    @java_method("(I)V")
    def onFlushComplete(self, code: int) -> None:
        """Nothing waits for a flush here."""

    @java_method("(Ljava/lang/String;)V")
    def onProviderEnabled(self, provider: str) -> None:
        """The next fix speaks for itself."""

    @java_method("(Ljava/lang/String;)V")
    def onProviderDisabled(self, provider: str) -> None:
        """A provider that is off gives no fix, which is what `fix()` then says."""

    @java_method("(Ljava/lang/String;ILandroid/os/Bundle;)V")
    def onStatusChanged(self, provider: str, status: int, extras: Any) -> None:
        """Deprecated since Android 10; older releases still call it."""


class AndroidLocator:
    """Listens while somebody asks, and for two minutes more. The best recent fix: a newer one, or a much sharper one."""

    def __init__(self, context: Any) -> None:
        self._manager = context.getSystemService("location")
        self._looper = autoclass("android.os.Looper").getMainLooper()
        self._handler = autoclass("android.os.Handler")(self._looper)
        self._listener: Listener | None = None
        self._best: LocationHeard | None = None
        self._asked_ms = 0

    def fix(self) -> Fix | None:
        self._asked_ms = int(_SystemClock.elapsedRealtime())
        if self._listener is None:
            self._listen()
        return None if self._best is None else self._best.as_fix()

    def rest(self) -> None:
        """Switch the receiver off."""
        if self._listener is not None:
            self._manager.removeUpdates(self._listener)
            self._listener = None

    def _listen(self) -> None:
        listener = Listener(self._hear)
        started = False
        for provider in ("gps", "network", "fused"):
            try:
                self._manager.requestLocationUpdates(provider, _FIX_EVERY_MS, 0.0, listener, self._looper)
                started = True
                last = self._manager.getLastKnownLocation(provider)
            except Exception as refused:  # pyjnius has one for all: no permission, no such provider. No fix from it, then
                log.info("no fixes from %s: %s", provider, refused)
                last = None
            if last is not None:
                self._hear(LocationHeard(last))
        self._listener = listener if started else None

    def _hear(self, heard: LocationHeard) -> None:
        best = self._best
        if best is None or _is_better(heard, best):
            self._best = heard
        if _SystemClock.elapsedRealtime() - self._asked_ms > _LISTEN_MS:
            self.rest()


def _is_better(new: LocationHeard, old: LocationHeard) -> bool:
    """A blurred network fix must not push out a sharp one of ten seconds ago."""
    newer_s = (new.taken_ns - old.taken_ns) / 1e9
    if newer_s < 0:
        return False
    if newer_s > 30:
        return True
    new_m = float("inf") if new.accuracy_m is None else new.accuracy_m
    old_m = float("inf") if old.accuracy_m is None else old.accuracy_m
    return bool(new_m <= old_m * (1.0 + newer_s / 10.0))


class AndroidClock:
    """elapsedRealtime runs through sleep and cannot be set; BOOT_COUNT goes up with every start."""

    def __init__(self, context: Any) -> None:
        settings = autoclass("android.provider.Settings$Global")
        self._boot_id = f"android-{settings.getInt(context.getContentResolver(), 'boot_count', 0)}"

    def read(self) -> Clocks:
        offset = datetime.now().astimezone().utcoffset()
        return Clocks(
            wall_ms=time.time_ns() // 1_000_000,
            boot_ms=int(_SystemClock.elapsedRealtime()),
            boot_id=self._boot_id,
            tz_min=0 if offset is None else int(offset.total_seconds()) // 60,
        )


class KeystoreVault:
    """Secrets in files, encrypted by an AES key that never leaves the phone's Keystore."""

    def __init__(self, folder: Path) -> None:
        self._files = FolderVault(folder)

    def load(self, name: str) -> bytes | None:
        kept = self._files.load(name)
        if kept is None:
            return None
        cipher = autoclass("javax.crypto.Cipher").getInstance("AES/GCM/NoPadding")
        spec = autoclass("javax.crypto.spec.GCMParameterSpec")(128, kept[:_GCM_NONCE])
        cipher.init(2, self._key(), spec)
        return bytes(b & 0xFF for b in cipher.doFinal(kept[_GCM_NONCE:]))

    def keep(self, name: str, secret: bytes) -> None:
        cipher = autoclass("javax.crypto.Cipher").getInstance("AES/GCM/NoPadding")
        cipher.init(1, self._key())
        sealed = bytes(b & 0xFF for b in cipher.doFinal(secret))
        self._files.keep(name, bytes(b & 0xFF for b in cipher.getIV()) + sealed)

    def forget(self, name: str) -> None:
        self._files.forget(name)

    @staticmethod
    def _key() -> Any:
        store = autoclass("java.security.KeyStore").getInstance("AndroidKeyStore")
        store.load(None)
        known = store.getKey(_KEY_ALIAS, None)
        if known is not None:
            return known
        builder = autoclass("android.security.keystore.KeyGenParameterSpec$Builder")(_KEY_ALIAS, 3)
        spec = builder.setBlockModes("GCM").setEncryptionPaddings("NoPadding").setKeySize(256).build()
        maker = autoclass("javax.crypto.KeyGenerator").getInstance("AES", "AndroidKeyStore")
        maker.init(spec)
        return maker.generateKey()


class AndroidSignals:
    """A short buzz and tone for a kept punch, a double one for a refusal."""

    def __init__(self, context: Any) -> None:
        self._vibrator = context.getSystemService("vibrator")
        self._tone = autoclass("android.media.ToneGenerator")(3, 80)

    def kept(self) -> None:
        self._vibrator.vibrate(60)
        self._tone.startTone(24, 120)

    def refused(self) -> None:
        self._vibrator.vibrate([0, 80, 80, 80], -1)
        self._tone.startTone(25, 250)


def android_ports(context: Any, folder: Path) -> Ports:
    """The world of an Android app whose private folder is `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    secure = autoclass("android.provider.Settings$Secure")
    serial = str(secure.getString(context.getContentResolver(), "android_id"))
    return Ports(
        clock=AndroidClock(context),
        locator=AndroidLocator(context),
        link=HttpLink(os.environ.get("OUTPOST_SERVER", "")),
        vault=KeystoreVault(folder / "vault"),
        space=DiskSpace(folder),
        signals=AndroidSignals(context),
        hardware="android-" + hashlib.sha256(serial.encode()).hexdigest()[:24],
        app_version=APP_VERSION,
    )
