"""Devices for the tests of the client core."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mobile.devices_here import Device


@pytest.fixture
def phone(tmp_path: Path) -> Iterator[Device]:
    """Li Wei's phone, not enrolled yet."""
    device = Device(tmp_path / "phone")
    yield device
    device.core.close()


@pytest.fixture
def tablet(tmp_path: Path) -> Iterator[Device]:
    """The store's tablet, not enrolled yet."""
    device = Device(tmp_path / "tablet", kind="kiosk")
    yield device
    device.core.close()
