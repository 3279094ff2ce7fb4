"""Colours people can read, in both columns, computed from the tokens themselves."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from kivy.lang import Builder
from kivy.uix.label import Label

from mobile.ui.theme import COLOURS, PAIRS, SCALES, TINT, TYPE, theme
from tests.ui.driver import Driver
from tests.ui.looks import each_look
from tests.ui.scripted_core import ScriptedCore

Dressed = Callable[..., tuple[Driver, ScriptedCore]]
Rgb = tuple[float, float, float]


def _rgb(text: str) -> Rgb:
    return tuple(int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))  # type: ignore[return-value]


def _over(top: Rgb, ground: Rgb, alpha: float) -> Rgb:
    return tuple(t * alpha + g * (1 - alpha) for t, g in zip(top, ground, strict=True))  # type: ignore[return-value]


def _luminance(colour: Rgb) -> float:
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in colour]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def _contrast(one: Rgb, other: Rgb) -> float:
    high, low = sorted((_luminance(one), _luminance(other)), reverse=True)
    return (high + 0.05) / (low + 0.05)


def _of_pair(ink: str, ground: str, tint: str | None, column: int) -> float:
    under = _rgb(COLOURS[ground][column])
    if tint is not None:
        under = _over(_rgb(COLOURS[tint][column]), under, TINT)
    return _contrast(_rgb(COLOURS[ink][column]), under)


@pytest.mark.parametrize("column", [0, 1], ids=["light", "dark"])
def test_every_pair_that_pages_combine_can_be_read(column: int) -> None:
    poor = {
        f"{ink} on {ground}{f' tinted {tint}' if tint else ''}": round(found, 2)
        for ink, ground, tint, least in PAIRS
        if (found := _of_pair(ink, ground, tint, column)) < least
    }
    assert poor == {}


def test_the_measure_is_the_published_one_and_finds_poor_pairs() -> None:
    assert _contrast((0, 0, 0), (1, 1, 1)) == pytest.approx(21.0)
    assert _contrast(_rgb("#767676"), (1, 1, 1)) == pytest.approx(4.54, abs=0.01)
    assert _of_pair("late", "card", "late", 0) < 4.5  # the plain token on its own tint: why late_ink exists


def test_the_brand_and_states_are_those_of_the_design() -> None:
    light = {name: COLOURS[name][0] for name in ("brand", "brand_soft", "ink", "surface", "card", "line")}
    assert light == {
        "brand": "#0B6B5D", "brand_soft": "#DFF3EE", "ink": "#111827", "surface": "#F3F5F8", "card": "#FFFFFF", "line": "#E5E7EB"
    }  # fmt: skip
    assert [COLOURS[name][0] for name in ("good", "late", "bad", "leave")] == ["#15803D", "#B45309", "#B91C1C", "#6D28D9"]


def test_text_grows_with_the_readers_wish_and_small_text_grows_most() -> None:
    try:
        theme.scale = SCALES[0]
        usual = {name: getattr(theme, name) for name in TYPE}
        theme.scale = SCALES[-1]
        grown = {name: getattr(theme, name) / usual[name] for name in TYPE}
    finally:
        theme.scale = 1.0
    assert grown["caption"] == pytest.approx(1.6, abs=0.03) and grown["body"] == pytest.approx(1.6, abs=0.03)
    assert 1.1 < grown["clock"] < grown["headline"] < grown["body"]
    assert [usual[name] for name in TYPE] == [12, 14, 16, 20, 28, 40, 56]


def _drawn(driver: Driver) -> list[tuple[Any, ...]]:
    """How every word on the page looks."""
    return sorted(
        (type(w).__name__, w.text, tuple(round(c, 3) for c in w.color), round(w.font_size, 1), w.font_name)
        for w in driver.walk()
        if isinstance(w, Label)
    )


RICHEST = {"today_offline_and_uncertain", "punch_that_asks", "sync_needs_you", "me", "floor", "pin_wrong", "device"}


@pytest.mark.parametrize("face", ["phone", "kiosk"])
def test_a_page_whose_theme_is_switched_looks_like_one_that_opened_so(dressed: Dressed, face: str) -> None:
    """Two rules bound to one property fight at a switch: whichever hears of it last wins."""
    driver, _ = dressed(face, language="zh", look="light", text_scale=1.0)
    fresh = {look.name: _drawn(driver) for look in each_look(driver, RICHEST)}
    driver.close()
    driver, _ = dressed(face, language="zh", look="dark", text_scale=1.6)
    switched = {}
    for look in each_look(driver, RICHEST):
        for wanted, scale in (("dark", "1.6"), ("light", "1.0")):
            driver.app.model.preferences.tap_look(wanted)
            driver.app.model.preferences.tap_text_scale(scale)
            driver.settle()
        switched[look.name] = _drawn(driver)
    differ = {name: [line for line in switched[name] if line not in fresh[name]][:3] for name in fresh}
    assert len(fresh) >= 3 and {name: lines for name, lines in differ.items() if lines} == {}


def test_the_comparison_finds_two_rules_that_fight(dressed: Dressed) -> None:
    """The control: a rule that sets `color` beside the kit's own rule."""
    driver, _ = dressed("phone", language="zh", look="light")
    label = Builder.load_string("#:import theme mobile.ui.theme.theme\nWords:\n    color: theme.brand\n")
    driver.app.shell.add_widget(label)
    driver.settle()
    opened_so = tuple(label.color)
    for wanted in ("dark", "light"):
        driver.app.model.preferences.tap_look(wanted)
        driver.settle()
    assert tuple(label.color) != opened_so
