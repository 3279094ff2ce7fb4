"""Photos as evidence on the phone's own pages: what the camera sees is kept by a tap, shown small, and taken away again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from tests.ui.driver import Driver
from tests.ui.layout import complaints
from tests.ui.scripted_core import ScriptedCore

Dressed = Callable[..., tuple[Driver, ScriptedCore]]


class Frame:
    """What a camera gives: RGBA pixels."""

    size = (64, 36)
    pixels = bytes((120, 90, 60, 255)) * 64 * 36


def _with_a_camera(driver: Driver) -> Any:
    """The page in front, with a camera that sees one thing."""
    page = driver.page()
    page.begin_to_look = lambda: None
    return page


def test_a_photo_is_taken_for_a_form_and_taken_away_again(dressed: Dressed) -> None:
    driver, _ = dressed("phone", language="en", text_scale=1.6)
    driver.app.model.navigator.go("new_request", "transfer")
    driver.settle()
    page = _with_a_camera(driver)
    page.vm.tap_pick("evidence")
    driver.settle()
    page.read_qr = None
    assert driver.shows("At most 2") and complaints(driver) == []
    with_frame = page.texture
    assert with_frame is None
    page.vm.take_photo(_taken())
    driver.settle()
    assert driver.shows("Photo 1") and complaints(driver) == []
    driver.tap(driver.button("Done"))
    driver.settle()
    assert driver.shows("1 photo(s)")
    page.vm.tap_pick("evidence")
    driver.settle()
    driver.tap(driver.button("Remove"))
    driver.settle()
    assert page.vm.state.handed_in == () and not driver.shows("Photo 1")


def _taken() -> bytes:
    from mobile.ui.picture import evidence_of

    return evidence_of(Frame.pixels, *Frame.size)


def test_without_a_camera_an_appeal_says_so_and_can_still_be_sent(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="zh")
    core.hours.busy()
    driver.app.model.navigator.go("day", "2026-06-01")
    driver.settle()
    page = driver.page()
    page.vm.tap_appeal()
    driver.settle()
    page.vm.tap_photo()
    driver.settle()
    assert driver.shows("没有可用的摄像头") and not page.vm.state.taking
    page.vm.type_text("我九点就到了")
    page.vm.tap_send()
    driver.settle()
    assert core.hours.appealed == [("2026-06-01", "我九点就到了")]


def test_a_day_shows_the_photo_that_goes_with_its_appeal(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="zh", text_scale=1.6)
    core.hours.busy()
    driver.app.model.navigator.go("day", "2026-06-01")
    driver.settle()
    page = _with_a_camera(driver)
    page.vm.tap_appeal()
    page.vm.tap_photo()
    driver.settle()
    assert complaints(driver) == []
    page.vm.take_photo(_taken())
    driver.settle()
    assert driver.shows("照片 1") and complaints(driver) == []
