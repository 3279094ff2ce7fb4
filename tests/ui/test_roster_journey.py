"""The schedule from the first tap on: touches in, words out, HQ behind it, and most of it without signal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.rosters.model import RosterShift
from tests.mobile.field import Field
from tests.server.market_of import MONDAY, Shop
from tests.ui.outing import Outing, code_from_hq


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    field = Field(tmp_path)
    made = Shop(field.office)
    made.approval()
    made.field = field  # type: ignore[attr-defined]
    yield made
    field.close()


@pytest.fixture
def li(shop: Shop, tmp_path: Path) -> Iterator[Outing]:
    """Li Wei's phone, on its start page, with a published week."""
    shop.shift(shop.li)
    shop.shift(None, MONDAY + timedelta(days=1))
    shop.shift(shop.min, template="late")
    outing = Outing(shop.field, "phone", tmp_path / "li")  # type: ignore[attr-defined]
    outing.open()
    outing.enrol(code_from_hq(outing.field, person_id=shop.li))
    outing.choose_pin("481516")
    outing.driver.on("today")
    outing.synced()
    yield outing
    outing.kill()


def _reach(driver: Any, widget: Any) -> Any:
    """Scroll until a thumb can reach it."""
    driver.page().ids.page.scroll_to(widget, animate=False)
    driver.settle()
    return widget


def _row(driver: Any, rows: str) -> Any:
    return driver.until(lambda: next(iter(driver.page().ids[rows].children), None), f"a row of {rows}")


def test_a_week_is_seen_confirmed_and_an_open_shift_claimed_without_signal(shop: Shop, li: Outing) -> None:
    d = li.driver
    li.lose_signal()
    d.tap(_row_of_shift(d))
    d.on("roster")
    d.until(lambda: d.app.model.screens["roster"].state.page, "the week")
    d.tap(_reach(d, d.page().ids.next_week))
    d.until(lambda: d.app.model.screens["roster"].state.page.to_confirm == 1, "the week with the shift")
    d.settle()
    assert d.shows("08:00–16:00") and d.shows("张敏") and d.shows("To be confirmed")
    d.tap(_reach(d, d.page().ids.confirm))
    d.until(lambda: d.app.model.screens["roster"].state.page.to_confirm == 0, "confirmed")
    assert d.wait_for("Confirmation kept on this device")
    d.tap(_reach(d, d.page().ids.market))
    d.on("market")
    card = _row(d, "open")
    d.tap(_reach(d, card.ids.yes))
    assert d.wait_for("Claim kept, will be sent")
    li.find_signal()
    li.synced()
    li.synced()
    claimed = d.app.model.screens["market"]
    d.until(lambda: [one.state for one in claimed.state.page.ended] == ["won"], "it is mine")
    confirmed = [row for row in shop.world.rows(_all_shifts()) if row.person_id == shop.li]
    assert len(confirmed) == 2 and sum(row.confirmed_at is not None for row in confirmed) == 1


def test_who_cannot_come_says_so_in_four_taps(shop: Shop, li: Outing) -> None:
    d = li.driver
    d.app.model.navigator.go("roster", MONDAY.isoformat())
    d.on("roster")
    d.tap(_reach(d, _row(d, "mine")))
    d.on("shift")
    d.until(lambda: d.app.model.screens["shift"].state.page, "the shift")
    d.settle()
    d.tap(_reach(d, d.page().ids.absent))
    d.settle()
    d.tap(_reach(d, d.page().ids.report))
    assert d.wait_for("Absence kept, will be sent")
    li.synced()
    li.synced()
    d.until(lambda: d.app.model.screens["shift"].state.page.line.state == "open", "somebody else may take it")
    assert all(row.person_id != shop.li for row in shop.world.rows(_all_shifts()))


def _row_of_shift(driver: Any) -> Any:
    """The shift's card of the start page."""
    driver.until(lambda: driver.app.model.screens["today"].state.shifts, "today's shifts")
    driver.settle()
    return _reach(driver, driver.page().ids.roster)


def _all_shifts() -> Any:
    return sa.select(RosterShift)
