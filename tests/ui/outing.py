"""A whole device in a test: the real face over the real core, its air and clock the test's, against the real server."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal

from contract.devices import IssueCode
from contract.ids import new_id
from mobile.devices.fake import FakeWorld
from server.devices.service import code_of
from tests.mobile.field import Field, HereClock
from tests.ui.driver import SIZES, Driver


def code_from_hq(field: Field, *, person_id: str | None = None, store_id: str | None = None) -> str:
    """HQ issues a code and tells it to somebody."""
    code_id = new_id()
    kind: Literal["phone", "kiosk"] = "phone" if person_id else "kiosk"
    field.office.must(IssueCode(code_id=code_id, kind=kind, person_id=person_id, store_id=store_id))
    return code_of(field.office.settings.secret, code_id)


class Outing:
    """One phone or tablet: opened, killed, opened again."""

    def __init__(self, field: Field, face: Literal["phone", "kiosk"], folder: Path, language: str = "en") -> None:
        self.field, self.face, self.folder, self.language = field, face, folder, language
        self.world = FakeWorld(clock=HereClock(field.time), hardware=f"fake-{folder.name}")
        self.world.link.through = field.carry
        self.driver: Driver
        self._worker: Any = None

    def open(self) -> Driver:
        from mobile.main import build

        app, self._worker = build(
            self.face, self.folder, self.world.ports(), server="http://server", language=self.language, abilities=self._able
        )
        self._worker.start()
        self.driver = Driver(app, SIZES[self.face])
        app.dispatch("on_start")
        return self.driver

    def kill(self) -> None:
        """The process ends between two frames; only what is on disk stays. The lock file of the store is per process."""
        self.driver.close()
        self._worker.stop()

    def restart(self) -> Driver:
        self.kill()
        return self.open()

    def _able(self, asks: Any) -> Any:
        from mobile.devices.desktop_qr import read_qr
        from mobile.devices.qr import qr_matrix
        from mobile.ui.app import Abilities
        from mobile.ui.wall import Wall

        return Abilities(qr_matrix, Wall(asks).now_s, read_qr)

    def ask(self, question: Callable[[Any], Any]) -> Any:
        """The core's answer, asked in the order of the taps before."""
        got: list[Any] = []
        self._worker.ask(question, got.append, got.append)
        answer = self.driver.until(lambda: got, "an answer from the core")[0]
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def enrol(self, code: str, whose: str = "") -> None:
        """By hand, as a person does it; `whose` is read on the way."""
        d = self.driver
        d.on("enrol")
        d.type_into(d.page().ids.code, code)
        d.tap(d.page().ids.enrol)
        d.until(lambda: d.app.model.screens["enrol"].state.step == "who", "who it is")
        d.settle()
        assert d.shows(whose)
        d.tap(d.page().ids.go_on)
        d.settle()

    def choose_pin(self, pin: str) -> None:
        d = self.driver
        d.on("pin")
        d.settle()  # a page that slides in takes no touch
        d.type_pin(pin)
        d.settle()
        d.type_pin(pin)

    def synced(self) -> None:
        """Everything this device has is with HQ, and what HQ has is here."""
        self.field.time.true_ms += 2_000
        self.driver.until(lambda: self.ask(_synced), "everything is with HQ, and here")

    def lose_signal(self) -> None:
        self.world.link.up = False

    def find_signal(self) -> None:
        self.world.link.up = True


def _synced(core: Any) -> bool:
    """Whether one request of ours brought everything. False while one of the worker's own is in the air: ask again."""
    for _ in range(20):
        out = None if core.is_syncing else core.begin_exchange()
        if out is None:
            return False
        ended = core.finish_exchange(out, core.carry(out))
        if not ended.reached:
            return False
        if ended.complete and not core._parts.run.has_more:
            return True
    return False
