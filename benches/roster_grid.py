"""A store's month of 40 people and 31 days on the tablet: from the tap until it stands on the screen, and what of it is reading.

python -m benches.roster_grid              the app in a real window (software GL) over the real core, HQ behind it
python -m benches.roster_grid --picture x  the same, and what was drawn as a PNG
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import tempfile
import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from benches.client import display

PEOPLE, DAYS, FIRST = 40, 31, date(2026, 12, 1)
SIZE = (1280, 800)
PIN = "591847"
GOAL_MS = 500


def furnish(folder: Path) -> tuple[Any, Any, str]:
    """A shop whose December is planned by operations, six days a week, its tablet with everything; who manages it."""
    from tests.mobile.field import Field
    from tests.server.market_of import Shop

    field = Field(folder)
    shop = Shop(field.office)
    people = [shop.li, shop.min, shop.fang]
    while len(people) < PEOPLE:
        person = field.office.hire(f"员工{len(people):02d}")
        field.office.post(person, shop.a)
        people.append(person)
    for number, person in enumerate(people):
        for day in _worked(number):
            template = ("early", "late")[(number + day.isocalendar().week) % 2]
            shop.cell(person, day, template, override="盘点")
    shop.publish(first=FIRST, days=14, override="盘点")
    phone = field.phone_of(shop.wu)
    tablet = field.tablet_of(shop.a)
    phone.core.sync_once()
    phone.core.set_pin(PIN)
    phone.core.sync_once()
    while not tablet.core.sync_once().complete:
        continue
    tablet.core.sync_once()
    return field, tablet, shop.wu


def _worked(number: int) -> list[date]:
    """Somebody's days: all but one a week, which is another for each."""
    days = (FIRST + timedelta(days=n) for n in range(DAYS))
    return [day for day in days if day.weekday() != number % 7]


def reading(tablet: Any, who: str, times: int) -> list[float]:
    """Milliseconds in which the core reads and judges the month."""
    spent = []
    for _ in range(times):
        assert tablet.core.desk.open(who, PIN).ok
        began = time.perf_counter()
        month = tablet.core.desk_roster.month(FIRST.isoformat())
        spent.append((time.perf_counter() - began) * 1000)
    assert len(month.lines) == PEOPLE + 1 and len(month.days) == DAYS
    return spent


class Drawn:
    """The app over this very core, in this thread: a tap is answered before the frame that shows it."""

    def __init__(self, core: Any) -> None:
        from kivy.base import EventLoop
        from kivy.core.window import Window

        from mobile.devices.qr import qr_matrix
        from mobile.ui.app import Abilities, OutpostApp
        from mobile.ui.bridge import UiTimers
        from mobile.viewmodels.face import FaceModel
        from tests.ui.scripted_core import AtOnce, InMemory

        Window.size = SIZE
        keeps = InMemory(language="zh")
        model = FaceModel("kiosk", AtOnce(core), UiTimers(), keeps, server="https://hr.example.com", can_scan=True)
        self.app = OutpostApp(model, Abilities(qr_matrix, time.time))
        self._loop, self.window = EventLoop, Window
        self.app._run_prepare()
        self.model = model

    def until(self, true: Callable[[], Any]) -> None:
        until = time.monotonic() + 20
        while not true():
            assert time.monotonic() < until, "it never came"
            self._loop.idle()

    def still(self, frames: int = 20) -> None:
        for _ in range(frames):
            self._loop.idle()

    def open_desk(self, who: str) -> Any:
        self.model.navigator.go("manager")
        desk = self.model.screens["manager"]
        self.until(lambda: desk.state.step in ("who", "pin"))
        if desk.state.step == "who":
            desk.tap_manager(who)
        for digit in PIN:
            desk.tap_digit(digit)
        self.until(lambda: desk.state.roster.week)
        desk.tap_part("roster")
        self.still()
        return desk

    def month(self, desk: Any) -> tuple[float, float]:
        """Milliseconds from the tap on "month" until the frame with it is on the screen; and CPU, of drawing in software too."""
        roster, page = desk.roster, self.app.shell.pages["manager"]
        roster._first = FIRST.isoformat()
        self.still()
        began, worked = time.perf_counter(), time.process_time()
        roster.tap_span("month")
        squares = page.ids.month.ids.squares
        self.until(lambda: squares.height > 1000 and len(squares.canvas.children) > 5)
        self._loop.idle()
        return (time.perf_counter() - began) * 1000, (time.process_time() - worked) * 1000

    def week(self, desk: Any) -> None:
        desk.roster.tap_span("week")
        self.until(lambda: not desk.state.roster.by_month)


def drawing(core: Any, who: str, times: int, picture: str | None) -> list[tuple[float, float]]:
    app = Drawn(core)
    desk = app.open_desk(who)
    spent = []
    for number in range(times):
        spent.append(app.month(desk))
        if picture and number == times - 1:
            app.still()
            Path(app.window.screenshot(name=picture)).rename(picture)
        app.week(desk)
    return spent


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--times", type=int, default=10)
    parser.add_argument("--picture")
    asked = parser.parse_args()
    with tempfile.TemporaryDirectory() as name, display() as screen:
        os.environ |= {"DISPLAY": screen, "KIVY_WINDOW": "sdl2", "KIVY_NO_ARGS": "1", "KIVY_LOG_MODE": "PYTHON"}
        field, tablet, who = furnish(Path(name))
        try:
            read = reading(tablet, who, asked.times)
            drawn = drawing(tablet.core, who, asked.times, asked.picture)
        finally:
            field.close()
    walls, worked = zip(*drawn, strict=True)
    found = {"reading_ms": _told(read), "tap_to_drawn_ms": _told(walls), "cpu_ms": _told(worked)}
    print(json.dumps({"people": PEOPLE, "days": DAYS, **found, "goal_ms": GOAL_MS}))
    return 0


def _told(spent: Sequence[float]) -> dict[str, float]:
    return {"first": round(spent[0], 1), "median": round(statistics.median(spent), 1), "most": round(max(spent), 1)}


if __name__ == "__main__":
    raise SystemExit(main())
