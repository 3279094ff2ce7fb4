"""The month of a store on the tablet: a finger on a day leads to its week, and 40 people cost no more widgets than four."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mobile.ui.theme import theme
from tests.ui.driver import Driver
from tests.ui.layout import complaints
from tests.ui.looks import each_look
from tests.ui.scripted_core import ScriptedCore

Dressed = Callable[..., tuple[Driver, ScriptedCore]]


def _month(dressed: Dressed, people: int) -> tuple[Driver, Any]:
    driver, core = dressed("kiosk", language="en")
    core.desk_roster.people = people
    for _ in each_look(driver, ["desk_roster_month"]):
        driver.app.model._asks.core.desk_roster.people = people
        driver.app.model.screens["manager"].roster.look()
        driver.settle()
    return driver, driver.page().ids.month


def test_a_finger_on_a_day_leads_to_its_week_and_on_a_name_nowhere(dressed: Dressed) -> None:
    driver, month = _month(dressed, 40)
    squares, state = month.ids.squares, driver.app.model.screens["manager"].roster
    _, y = squares.to_window(squares.x, squares.top - 60)
    left, _ = squares.to_window(squares.x, 0)
    driver.touch(left + 40, y)
    assert state.state.by_month
    driver.touch(left + squares.column_x(11) + squares.column_width / 2, y)
    driver.settle()
    assert not state.state.by_month and state.state.week is not None and state.state.week.first == "2026-06-12"


def test_a_month_of_forty_costs_no_more_widgets_and_meshes_than_one_of_four(dressed: Dressed) -> None:
    driver, month = _month(dressed, 4)
    few, drawn = len(list(driver.everything())), len(month.ids.squares.canvas.children)
    low = month.ids.squares.height
    driver.close()
    driver, month = _month(dressed, 40)
    assert month.ids.squares.height > 5 * low
    assert len(list(driver.everything())) == few and len(month.ids.squares.canvas.children) < drawn + 2 * 40


def test_the_month_is_drawn_anew_in_the_colours_of_the_night(dressed: Dressed) -> None:
    driver, month = _month(dressed, 4)
    by_day = _inks(month.ids.squares)
    theme.dark = True
    driver.settle()
    by_night = _inks(month.ids.squares)
    theme.dark = False
    driver.settle()
    assert by_day != by_night and _inks(month.ids.squares) == by_day and complaints(driver) == []


def _inks(widget: Any) -> set[tuple[float, ...]]:
    return {tuple(one.rgba) for one in widget.canvas.children if type(one).__name__ == "Color"}
