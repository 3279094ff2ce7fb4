"""What the app asks of Android when it starts, against a jnius and an android module that write down what they are asked."""

from __future__ import annotations

import importlib
import sys
import types
from typing import Any

import pytest


@pytest.fixture
def asked(monkeypatch: pytest.MonkeyPatch) -> list[Any]:
    heard: list[Any] = []
    jnius, android, permissions = types.ModuleType("jnius"), types.ModuleType("android"), types.ModuleType("permissions")
    jnius.autoclass = lambda name: types.SimpleNamespace(start=lambda *a: heard.append((name, a[1])))  # type: ignore[attr-defined]
    permissions.Permission = types.SimpleNamespace(  # type: ignore[attr-defined]
        ACCESS_FINE_LOCATION="fine", ACCESS_COARSE_LOCATION="coarse", CAMERA="camera"
    )
    permissions.request_permissions = heard.append  # type: ignore[attr-defined]
    for name, module in (("jnius", jnius), ("android", android), ("android.permissions", permissions)):
        monkeypatch.setitem(sys.modules, name, module)
    monkeypatch.delitem(sys.modules, "mobile.devices.android_start", raising=False)
    yield heard  # type: ignore[misc]
    sys.modules.pop("mobile.devices.android_start", None)


CONTEXT = types.SimpleNamespace(getPackageName=lambda: "org.outpost.outpost")


def test_a_phone_asks_for_its_position_and_starts_its_service(asked: list[Any]) -> None:
    importlib.import_module("mobile.devices.android_start").begin(CONTEXT, "phone")
    assert asked == [["fine", "coarse", "camera"], ("org.outpost.outpost.ServiceSync", "phone")]


def test_a_tablet_asks_where_it_stands_but_for_no_camera(asked: list[Any]) -> None:
    importlib.import_module("mobile.devices.android_start").begin(CONTEXT, "kiosk")
    assert asked == [["fine", "coarse"], ("org.outpost.outpost.ServiceSync", "kiosk")]
