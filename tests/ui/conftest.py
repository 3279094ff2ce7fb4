"""Apps for tests: over a scripted core for looks, over the real one for journeys."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest

from tests.ui.driver import SIZES, Driver  # installs the headless window before anything of Kivy is imported
from tests.ui.scripted_core import AtOnce, InMemory, ScriptedCore
from tests.ui.walked import Findings, walker

NOW_S = 1_780_278_720.0  # 2026-06-01 01:52 UTC


def app_over(core: Any, face: str, **preferences: Any) -> Any:
    """An app whose questions are answered on the spot."""
    from mobile.devices.qr import qr_matrix
    from mobile.ui.app import Abilities, OutpostApp
    from mobile.ui.bridge import UiTimers
    from mobile.viewmodels.face import FaceModel

    keeps = InMemory(**preferences)
    model = FaceModel(face, AtOnce(core), UiTimers(), keeps, server="https://hr.example.com", can_scan=True)
    return OutpostApp(model, Abilities(qr_matrix, lambda: NOW_S))


@pytest.fixture
def dressed() -> Iterator[Callable[..., tuple[Driver, ScriptedCore]]]:
    """An app over a scripted core: `dressed("phone", language="en", text_scale=1.6)`."""
    opened: list[Driver] = []

    def dress(face: str, **preferences: Any) -> tuple[Driver, ScriptedCore]:
        core = ScriptedCore(face)
        driver = Driver(app_over(core, face, **preferences), SIZES[face])
        opened.append(driver)
        return driver, core

    yield dress
    for driver in opened:
        driver.close()


@pytest.fixture(scope="session")
def walk() -> Callable[[str, float], Findings]:
    """`walk("phone", 1.6)`: what is found on all looks of a face at that size of text, walked once for all tests."""

    def opens(face: str, language: str, scale: float, colours: str) -> Driver:
        return Driver(app_over(ScriptedCore(face), face, language=language, text_scale=scale, look=colours), SIZES[face])

    return walker(opens)
