"""A photo goes with a reply, by touches; what is being written to a ticket is there again when one comes back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from tests.ui.driver import Driver
from tests.ui.layout import complaints
from tests.ui.looks_hours import _own
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore

Dressed = Callable[..., tuple[Driver, ScriptedCore]]
WIDE, HIGH = 64, 36


def _seen() -> Any:
    """What the camera sees."""
    from kivy.graphics.texture import Texture

    texture = Texture.create(size=(WIDE, HIGH), colorfmt="rgba")
    texture.blit_buffer(bytes((120, 90, 60, 255)) * WIDE * HIGH, colorfmt="rgba", bufferfmt="ubyte")
    return texture


def _taken(driver: Driver) -> int:
    """How many photos there are to be taken away again."""
    return sum(type(w).__name__ == "PhotoRow" and bool(w.drop) for w in driver.walk())


def _with_a_camera(driver: Driver) -> Any:
    page = driver.page()
    page.begin_to_look = lambda: setattr(page, "texture", _seen())
    return page


def test_a_reply_goes_with_a_photo_and_is_kept_at_every_letter(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="en", text_scale=1.6)
    driver.app.model.navigator.go("ticket", "t1")
    driver.settle()
    page = _with_a_camera(driver)
    page.ids.page.scroll_to(driver.button("Reply"))
    driver.settle()
    driver.tap(driver.button("Reply"))
    driver.settle()
    for text in ("It is", "It is the fuse"):
        page.vm.type_text(text)
    assert core.hearing.mine.words.papers["t1"].text == "It is the fuse"
    for _ in range(2):
        driver.tap(driver.button("Take a photo"))
        driver.settle()
        assert complaints(driver) == []
        driver.tap(driver.button("Take it"))
        driver.settle()
    assert page.texture is None, "the camera runs only while a photo is being taken"
    assert _taken(driver) == 2
    driver.app.model.navigator.back()
    driver.settle()
    driver.app.model.navigator.go("ticket", "t1")
    driver.settle()
    assert driver.shows("It is the fuse") and _taken(driver) == 2 and complaints(driver) == []
    page.ids.page.scroll_to(driver.button("Send"))
    driver.settle()
    driver.tap(driver.button("Send"))
    driver.settle()
    [said] = [one for one in core.hearing.mine.done if one[0] == "reply"]
    assert said[2] == "It is the fuse" and len(said[3]) == 2 and said[3][0].startswith(b"\x89PNG")


def test_a_photo_is_taken_away_again_and_cancel_throws_all_of_it_away(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="en")
    driver.app.model.navigator.go("ticket", "t1")
    driver.settle()
    page = _with_a_camera(driver)
    page.vm.tap_ask("reply")
    page.vm.type_text("no")
    driver.settle()
    driver.tap(driver.button("Take a photo"))
    driver.settle()
    driver.tap(driver.button("Take it"))
    driver.settle()
    driver.tap(driver.button("Remove"))
    driver.settle()
    assert _taken(driver) == 0 and core.hearing.mine.words.papers["t1"].photos == ()
    driver.tap(driver.button("Cancel"))
    driver.settle()
    assert page.vm.state.asking is None and core.hearing.mine.words.papers == {}


def test_back_from_words_keeps_them_for_the_next_time(dressed: Dressed) -> None:
    driver, _ = dressed("phone", language="en")
    driver.app.model.navigator.go("ticket", "t1")
    driver.settle()
    vm = driver.page().vm
    vm.tap_ask("reply")
    vm.type_text("later")
    vm.tap_back()
    driver.settle()
    assert vm.state.asking is None and not driver.shows("later")
    vm.tap_ask("amend")
    assert vm.state.text == vm.state.page.text, "what was begun was something else"
    vm.tap_back()
    vm.tap_ask("reply")
    driver.settle()
    assert vm.state.text == "later"


def _at_the_desk(driver: Driver) -> Any:
    manager = _open_desk(driver.app.model)
    manager.tap_part("heard")
    manager.heard.tap_ticket("t1")
    return manager.heard.ticket


def _at_ones_own_page(driver: Driver) -> Any:
    own = _own(driver.app.model)
    own.tap_ticket("t2")
    return own.ticket


@pytest.mark.parametrize("opened", [_at_the_desk, _at_ones_own_page])
def test_the_tablets_camera_serves_the_ticket_that_lies_open(dressed: Dressed, opened: Callable[[Driver], Any]) -> None:
    driver, _ = dressed("kiosk", language="zh")
    vm = opened(driver)
    driver.settle()
    _with_a_camera(driver)
    vm.tap_ask("reply")
    driver.settle()
    vm.tap_camera()
    driver.settle()
    assert complaints(driver) == []
    driver.tap(driver.button("拍下"))
    driver.settle()
    assert len(vm.state.photos) == _taken(driver) == 1 and complaints(driver) == []


def test_without_a_camera_a_reply_says_so_and_can_still_be_sent(dressed: Dressed) -> None:
    driver, core = dressed("phone", language="zh")
    driver.app.model.navigator.go("ticket", "t1")
    driver.settle()
    vm = driver.page().vm
    vm.tap_ask("reply")
    vm.tap_camera()
    driver.settle()
    assert driver.shows("没有可用的摄像头") and not vm.state.taking
    vm.type_text("马上来看")
    vm.tap_send()
    assert [one[2] for one in core.hearing.mine.done if one[0] == "reply"] == ["马上来看"]
