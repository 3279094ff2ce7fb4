"""What nobody looks at is not drawn: a desk opens with what lies in front, not with a week of squares behind it."""

from __future__ import annotations

from collections.abc import Callable

from mobile.ui.screens.desk_roster import RosterSquare
from mobile.ui.widgets import surfaces
from tests.support.planted import instead
from tests.ui.driver import Driver
from tests.ui.looks_hq import _open_desk
from tests.ui.scripted_core import ScriptedCore

Dressed = Callable[..., tuple[Driver, ScriptedCore]]


def _squares(driver: Driver) -> int:
    return sum(isinstance(widget, RosterSquare) for widget in driver.everything())


def test_the_desk_makes_the_squares_of_the_roster_when_somebody_looks_at_them(dressed: Dressed) -> None:
    driver, _ = dressed("kiosk")
    desk = _open_desk(driver.app.model)
    driver.settle()
    assert _squares(driver) == 0
    desk.tap_part("roster")
    driver.settle()
    assert _squares(driver) == 7 * len(desk.state.roster.week.lines) > 0


def test_squares_that_are_made_behind_a_part_that_is_folded_away_are_found(dressed: Dressed) -> None:
    """The control: lists that do not ask whether anybody looks."""
    driver, _ = dressed("kiosk")
    with instead(surfaces, "_is_folded_away", lambda _widget: False):
        _open_desk(driver.app.model)
        driver.settle()
    assert _squares(driver) > 0
