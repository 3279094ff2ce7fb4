"""The main line on a real window with real input: enrol, lose the network, clock in, be killed, come back, arrive once."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.devices import IssueCode
from contract.ids import new_id
from mobile.core.views import PostingCard, StoreCard
from server.attendance.model import Punch
from server.devices.service import code_of
from server.people.model import Person
from tests.server.world import World
from tests.ui.driver import SIZES, Driver
from tests.ui.real_window import RealApp, ServerProcess, display, wait_until
from tests.ui.scripted_core import ScriptedCore

pytestmark = [pytest.mark.slow, pytest.mark.journey, pytest.mark.alone]
Dressed = Callable[..., tuple[Driver, ScriptedCore]]
PIN = "481516"
BRAND = (0x0B, 0x6B, 0x5D)
KEYS = (0xE9, 0xED, 0xF2)
DOT = 254 / (412 * 915)  # the share of the window that one filled dot covers
GOOD = (0x15, 0x80, 0x3D)


@pytest.fixture
def world(tmp_path: Path) -> Iterator[World]:
    made = World.on_sqlite(tmp_path)
    made.clock.now = datetime.now(UTC)
    store = made.open_store("豫园店")
    made.post(made.hire("李伟"), store, starts_on="2026-01-01")
    yield made
    made.close()


class Map:
    """Where things are on a page. Layout is the same without a window, so the headless one tells where to tap."""

    def __init__(self, dressed: Dressed) -> None:
        self.driver, core = dressed("phone", language="en")
        store = StoreCard("s", "豫园店", "Blue Mountain Coffee", "Asia/Shanghai", "")
        core.posting = PostingCard(store, "总部", "2026-01-01", None)
        self.model = self.driver.app.model
        self.driver.settle()

    def place(self, widget: Any) -> tuple[float, float]:
        x, y = widget.to_window(*widget.center)
        return float(x), float(y)

    def of_enrol(self) -> dict[str, tuple[float, float]]:
        self.model.navigator.switch("enrol")
        vm = self.model.screens["enrol"]
        vm.show(replace(vm.state, can_scan=False))
        self.driver.settle()
        ids = self.driver.page().ids
        found = {"code": self.place(ids.code.ids.input), "enrol": self.place(ids.enrol)}
        vm.type_code("AAAA-BBBB")
        vm.tap_enrol()
        self.driver.settle()
        return {**found, "go_on": self.place(ids.go_on)}

    def of_pad(self) -> dict[str, tuple[float, float]]:
        self.model.navigator.go("pin")
        self.driver.settle()
        keys = [w for w in self.driver.walk() if type(w).__name__ == "PadKey" and w.words in "0123456789"]
        return {key.words: self.place(key) for key in keys if key.words}

    def of_today(self) -> dict[str, tuple[float, float]]:
        self.model.navigator.home()
        self.driver.settle()
        self.driver.settle()
        return {"punch": self.place(self.driver.page().ids.punch)}


def _type_pin(app: RealApp, pad: dict[str, tuple[float, float]]) -> None:
    """Digit by digit, each seen to arrive: a dot more is filled. After the last, none is."""
    empty = app.share_of(BRAND)
    for number, digit in enumerate(PIN, start=1):
        app.tap(*pad[digit])
        if number < len(PIN):
            wait_until(lambda filled=number: app.share_of(BRAND) > empty + filled * DOT * 0.7, f"dot {number} is filled")
    wait_until(lambda: not empty + DOT * 0.5 < app.share_of(BRAND) < empty + 6.5 * DOT, "six digits were taken")


def _punches(world: World) -> list[Punch]:
    return world.rows(sa.select(Punch).order_by(Punch.taken_at))


def test_the_main_line_by_mouse_and_keys_on_a_real_window(world: World, tmp_path: Path, dressed: Dressed) -> None:
    places = Map(dressed)
    enrol, pad, today = places.of_enrol(), places.of_pad(), places.of_today()
    places.driver.close()
    code_id = new_id()
    world.must(IssueCode(code_id=code_id, kind="phone", person_id=world.people["李伟"]))
    server = ServerProcess(str(world.settings.database_url), tmp_path, world.settings.secret)
    server.start()
    with display() as screen:
        app = RealApp(screen, "phone", tmp_path / "phone", server.url, "en", SIZES["phone"])
        try:
            app.start()
            app.tap(*enrol["code"])
            app.type(code_of(world.settings.secret, code_id))
            app.tap(*enrol["enrol"])
            wait_until(lambda: app.share_of(BRAND) > 0.03, "who it is, with one big button")
            app.tap(*enrol["go_on"])
            wait_until(lambda: app.share_of(KEYS) > 0.15, "the PIN pad")
            _type_pin(app, pad)
            _type_pin(app, pad)
            wait_until(lambda: world.rows(sa.select(Person).where(Person.pin_verifier.is_not(None))), "the PIN is with HQ")
            wait_until(lambda: app.share_of(BRAND) > 0.08, "today, with the big button in its colour")

            server.stop()
            app.tap(*today["punch"])
            wait_until(lambda: app.share_of(GOOD) > 0.009, "kept, with its green sign")
            app.kill()
            assert _punches(world) == []

            app.start()
            wait_until(lambda: app.share_of(BRAND) > 0.08, "today again, without being enrolled again")
            server.start()
            [punch] = wait_until(lambda: _punches(world), "the punch is with HQ")
            assert punch.person_id == world.people["李伟"] and punch.store_id == world.stores["豫园店"]
            assert punch.grade == "exact"
        finally:
            app.kill()
            server.stop()
