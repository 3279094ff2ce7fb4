"""No page clips, overlaps or hides anything, in both languages, at the usual and the largest text."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from contract.messages import LANGUAGES
from tests.ui.driver import Driver
from tests.ui.layout import complaints
from tests.ui.looks import looks
from tests.ui.scripted_core import ScriptedCore
from tests.ui.walked import SCALES, Findings

Dressed = Callable[..., tuple[Driver, ScriptedCore]]
Walk = Callable[[str, float], Findings]


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("face", ["phone", "kiosk"])
def test_every_page_shows_all_its_words_and_every_button_can_be_hit(walk: Walk, face: str, language: str, scale: float) -> None:
    found = walk(face, scale)
    assert not found.ill_laid[language], "\n".join(found.ill_laid[language])
    assert found.looks == len(looks(face))


def _page_with(driver: Driver, widget: Any) -> Any:
    """A page that is fine but for one widget."""
    driver.settle()
    assert complaints(driver) == []
    driver.app.shell.add_widget(widget)
    driver.settle()
    return driver


def test_the_measure_finds_a_clipped_label(dressed: Dressed) -> None:
    from kivy.uix.label import Label

    driver, _ = dressed("phone", language="en")
    label = Label(text="Position uncertain, step to the door", size_hint=(None, None), size=(90, 20), pos=(20, 4))
    assert any("is clipped" in line for line in complaints(_page_with(driver, label)))


def test_the_measure_finds_words_cut_short(dressed: Dressed) -> None:
    from kivy.uix.label import Label

    driver, _ = dressed("phone", language="en")
    label = Label(text="Position uncertain, step to the door", size_hint=(None, None), size=(90, 24), pos=(20, 4))
    label.text_size, label.shorten, label.shorten_from = label.size, True, "right"
    assert any("is cut short" in line for line in complaints(_page_with(driver, label)))


def test_the_measure_finds_a_button_of_30_dp(dressed: Dressed) -> None:
    from mobile.ui.widgets.press import IconButton

    driver, _ = dressed("phone", language="en")
    button = IconButton(icon_name="close", pos=(4, 700))
    button.size = (30, 30)
    assert any("is a target of 30x30 dp" in line for line in complaints(_page_with(driver, button)))


def test_the_measure_finds_words_over_words(dressed: Dressed) -> None:
    from kivy.uix.label import Label

    driver, _ = dressed("phone", language="en")
    under = driver.find(lambda w: getattr(w, "text", "") == "Clock in")
    label = Label(text="Sale", size_hint=(None, None), size=(60, 30), pos=under.to_window(under.x + 60, under.y))
    assert any("lies over" in line for line in complaints(_page_with(driver, label)))


def test_the_measure_finds_what_hangs_out_of_the_window(dressed: Dressed) -> None:
    from kivy.uix.label import Label

    driver, _ = dressed("phone", language="en")
    label = Label(text="Far right", size_hint=(None, None), size=(120, 30), pos=(360, 700))
    assert any("out of the window" in line for line in complaints(_page_with(driver, label)))


def test_the_measure_finds_a_key_that_nobody_translated(dressed: Dressed) -> None:
    from kivy.uix.label import Label

    driver, _ = dressed("phone", language="en")
    label = Label(text=driver.app.shell.pages["today"].say("phone.no_such_sentence"), size_hint=(None, None))
    label.size, label.pos = (240, 30), (20, 4)
    assert any("shows a key" in line for line in complaints(_page_with(driver, label)))
