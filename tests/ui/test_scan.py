"""Reading a QR with the camera: real pixels, the real reader; only the camera is the test's."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from mobile.devices.desktop_qr import read_qr
from mobile.devices.qr import qr_matrix
from tests.ui.driver import Driver
from tests.ui.scripted_core import ScriptedCore, a_line

Dressed = Callable[..., tuple[Driver, ScriptedCore]]
MODULE_PX, QUIET = 6, 4


def photographed(text: str, *, noise: bool = False) -> tuple[bytes, int, int]:
    """A frame as a camera gives it: RGBA pixels, a little larger than the QR."""
    matrix = qr_matrix(text)
    side = (len(matrix) + 2 * QUIET) * MODULE_PX
    width, height = side + 80, side + 40
    pixels = bytearray(b"\xe8\xe6\xe0\xff" * width * height)
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if not dark:
                continue
            for y in range((row + QUIET) * MODULE_PX, (row + QUIET + 1) * MODULE_PX):
                start = (y * width + (column + QUIET) * MODULE_PX) * 4
                pixels[start : start + 4 * MODULE_PX] = b"\x22\x1f\x1c\xff" * MODULE_PX
    if noise:
        pixels[: width * 4 * 2] = bytes(range(256)) * (width * 8 // 256) + b"\x00" * (width * 8 % 256)
    return bytes(pixels), width, height


def _scanning(dressed: Dressed, purpose: str) -> tuple[Driver, Any]:
    driver, core = dressed("phone", language="en")
    core.lines = (a_line(1, verdict="ask", state="with_hq", place="uncertain", accuracy_m=80),)
    model = driver.app.model
    if purpose == "proof":
        model.navigator.go("punch", "p1")
    else:
        model.navigator.switch("enrol")
    driver.settle()
    driver.app.model.screens["enrol" if purpose == "enrol" else "punch"].tap_scan()
    driver.settle()
    page = driver.page()
    page.vm.show(page.vm.state.__class__(looking=True, purpose=purpose))
    page.read_qr = read_qr
    return driver, page


def test_hqs_qr_fills_in_the_code(dressed: Dressed) -> None:
    driver, page = _scanning(dressed, "enrol")
    page.read(*photographed("OUTPOST1:K7QF-2M9D-AAAA", noise=True))
    driver.on("enrol")
    assert driver.page().ids.code.ids.input.text == "K7QF-2M9D-AAAA"


def test_the_tablets_qr_becomes_one_more_proof(dressed: Dressed) -> None:
    proofs: list[tuple[str, str]] = []
    driver, page = _scanning(dressed, "proof")
    driver.app.model._asks.core.add_proof = lambda punch_id, code: proofs.append((punch_id, code))
    text = "OP1:0197a1c233447abc8def001122334455:59343000:a1b2c3d4e5f60718"
    page.read(*photographed(text))
    page.read(*photographed(text))
    driver.on("punch")
    assert proofs == [("p1", text)]


@pytest.mark.parametrize("text", ["https://example.com/menu", "WIFI:S:mall;;"])
def test_any_other_qr_on_the_wall_is_no_proof(dressed: Dressed, text: str) -> None:
    driver, page = _scanning(dressed, "proof")
    page.read(*photographed(text))
    driver.on("punch")
    assert driver.shows("That is not a store code")


def test_without_a_camera_the_page_says_what_to_do(dressed: Dressed) -> None:
    driver, _ = dressed("phone", language="en")
    driver.app.model.navigator.go("scan", "enrol")
    driver.settle()
    assert driver.shows("This device has no camera to use. Type the code instead.")
