"""Android behind the ports, with a fake `jnius`: the age of a fix, the mock flag, the receiver that goes off again."""

from __future__ import annotations

import importlib
import sys
import types
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest


class Phone:
    """What the Java side of a phone would answer."""

    def __init__(self) -> None:
        self.up_ms = 9_000
        self.listeners: list[Any] = []
        self.refuses: set[str] = set()
        self.asked: list[str] = []

    # android.location.LocationManager
    def requestLocationUpdates(self, provider: str, every: int, metres: float, listener: Any, looper: Any) -> None:
        self.asked.append(provider)
        if provider in self.refuses:
            raise RuntimeError("JVM exception: SecurityException")
        self.listeners.append(listener)

    def getLastKnownLocation(self, provider: str) -> None:
        return None

    def removeUpdates(self, listener: Any) -> None:
        self.listeners = [one for one in self.listeners if one is not listener]

    # android.content.Context
    def getSystemService(self, name: str) -> Any:
        return self

    def getContentResolver(self) -> str:
        return "resolver"


class Location:
    def __init__(self, taken_ms: int, accuracy: float = 12.0, *, mock: bool = False, source: str = "gps") -> None:
        self._taken_ms, self._accuracy, self._mock, self._source = taken_ms, accuracy, mock, source

    def getLatitude(self) -> float:
        return 31.2304

    def getLongitude(self) -> float:
        return 121.4737

    def getAccuracy(self) -> float:
        return self._accuracy

    def hasAccuracy(self) -> bool:
        return self._accuracy > 0

    def getProvider(self) -> str:
        return self._source

    def getElapsedRealtimeNanos(self) -> int:
        return self._taken_ms * 1_000_000

    def isMock(self) -> bool:
        return self._mock

    def isFromMockProvider(self) -> bool:
        return self._mock


@pytest.fixture(params=[28, 33])
def android(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> Iterator[tuple[Any, Phone]]:
    phone = Phone()
    clock = types.SimpleNamespace(elapsedRealtimeNanos=lambda: phone.up_ms * 1_000_000, elapsedRealtime=lambda: phone.up_ms)
    classes: dict[str, Any] = {
        "android.os.Build$VERSION": types.SimpleNamespace(SDK_INT=request.param),
        "android.os.SystemClock": clock,
        "android.os.Looper": types.SimpleNamespace(getMainLooper=lambda: "looper"),
        "android.os.Handler": lambda looper: "handler",
        "android.provider.Settings$Global": types.SimpleNamespace(getInt=lambda resolver, name, default: 41),
        "android.provider.Settings$Secure": types.SimpleNamespace(getString=lambda resolver, name: "0123abcd"),
        "android.media.ToneGenerator": lambda stream, volume: phone,
    }
    jnius = types.ModuleType("jnius")
    jnius.autoclass = classes.__getitem__  # type: ignore[attr-defined]
    jnius.java_method = lambda signature, name=None: lambda method: method  # type: ignore[attr-defined]
    jnius.PythonJavaClass = type("PythonJavaClass", (), {})  # type: ignore[attr-defined]
    monkeypatch.setitem(sys.modules, "jnius", jnius)
    monkeypatch.delitem(sys.modules, "mobile.devices.android", raising=False)
    yield importlib.import_module("mobile.devices.android"), phone
    sys.modules.pop("mobile.devices.android", None)


def test_a_fix_carries_its_age_by_the_boot_clock_and_the_mock_flag(android: tuple[Any, Phone]) -> None:
    module, phone = android
    locator = module.AndroidLocator(phone)
    assert locator.fix() is None
    phone.listeners[0].onLocationChanged(Location(8_000, mock=True))
    phone.up_ms = 9_500
    fix = locator.fix()
    assert (fix.lat_e7, fix.lng_e7, fix.accuracy_dm, fix.age_ms, fix.mock, fix.source) == (
        312_304_000,
        1_214_737_000,
        120,
        1_500,
        True,
        "gps",
    )


def test_newer_android_hands_over_lists(android: tuple[Any, Phone]) -> None:
    module, phone = android
    locator = module.AndroidLocator(phone)
    locator.fix()
    heard = [Location(8_000), Location(8_900)]
    batch = types.SimpleNamespace(size=lambda: len(heard), get=heard.__getitem__)
    phone.listeners[0].onLocationChangedList(batch)
    assert locator.fix().age_ms == 100


def test_a_blurred_network_fix_does_not_push_out_a_sharp_one(android: tuple[Any, Phone]) -> None:
    module, phone = android
    locator = module.AndroidLocator(phone)
    locator.fix()
    hear = phone.listeners[0].onLocationChanged
    hear(Location(8_000, 8.0))
    hear(Location(8_500, 900.0, source="network"))
    assert locator.fix().source == "gps"
    hear(Location(8_800, 9.0, source="fused"))
    assert locator.fix().source == "gps"
    hear(Location(40_000, 900.0, source="network"))
    assert locator.fix().source == "network", "half a minute later an old sharp fix is worth less than a new blurred one"


def test_a_receiver_without_accuracy_says_none(android: tuple[Any, Phone]) -> None:
    module, phone = android
    locator = module.AndroidLocator(phone)
    locator.fix()
    phone.listeners[0].onLocationChanged(Location(8_000, 0.0))
    assert locator.fix().accuracy_dm is None


def test_no_permission_means_no_fix_and_the_next_question_tries_again(android: tuple[Any, Phone]) -> None:
    module, phone = android
    phone.refuses = {"gps", "network", "fused"}
    locator = module.AndroidLocator(phone)
    assert locator.fix() is None and phone.asked == ["gps", "network", "fused"]
    phone.refuses = {"gps", "fused"}
    assert locator.fix() is None
    assert len(phone.listeners) == 1


def test_the_receiver_is_switched_off_two_minutes_after_the_last_question(android: tuple[Any, Phone]) -> None:
    module, phone = android
    locator = module.AndroidLocator(phone)
    locator.fix()
    hear = phone.listeners[0].onLocationChanged
    phone.up_ms += 119_000
    hear(Location(phone.up_ms))
    assert phone.listeners
    phone.up_ms += 2_000
    hear(Location(phone.up_ms))
    assert phone.listeners == []
    locator.fix()
    assert phone.listeners, "and on again when somebody asks"


def test_the_clock_is_the_boot_clock_and_the_boot_is_counted(android: tuple[Any, Phone]) -> None:
    module, phone = android
    clocks = module.AndroidClock(phone).read()
    assert (clocks.boot_ms, clocks.boot_id) == (9_000, "android-41")


def test_the_ports_of_an_android_phone_fit_the_core(android: tuple[Any, Phone], tmp_path: Path) -> None:
    module, phone = android
    ports = module.android_ports(phone, tmp_path / "private")
    assert ports.hardware.startswith("android-") and len(ports.hardware) == 32
    assert ports.space.free_bytes() > 0
    assert ports.clock.read().boot_ms == 9_000
