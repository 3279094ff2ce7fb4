"""Pictures of the phone's and the tablet's screens: the real faces over the real core and server, drawn without a display."""

from __future__ import annotations

import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

if TYPE_CHECKING:
    from tests.support.handset import Handset
    from tests.web.company_of_shops import Shops

SCREENS = Path(__file__).resolve().parents[1] / "docs" / "screens"
WAIT_S = 20.0
STILL_S = 0.5
SHOP = "南京西路旗舰店"
PIN = "402817"
MORE_PEOPLE = ("欧阳娜", "Maria Santos", "何喆", "James Okafor", "赵昕玥", "孙丽华", "Tomás Ruiz")
SOMEWHERE_ELSE = (312_341_000, 1_214_800_000)

Face = Literal["phone", "kiosk"]


class Studio:
    """One open app. Names of pictures begin with the face and end with the language."""

    def __init__(self, face: Face, language: str, handset: Handset, only: set[str]) -> None:
        from kivy.base import EventLoop

        from mobile.main import build

        self.face, self.language, self.handset, self.only = face, language, handset, only
        self._loop = EventLoop
        handset.core.close()
        ports = handset.world.ports()
        self.app, self.worker = build(
            face, handset.folder, ports, server="https://hr.example.com", language=language, syncs=False
        )
        self.worker.start()
        self.app._run_prepare()
        self.app.dispatch("on_start")

    @property
    def model(self) -> Any:
        return self.app.model

    def vm(self, name: str) -> Any:
        return self.model.screens[name]

    def close(self) -> None:
        from kivy.core.window import Window

        self.app.dispatch("on_stop")
        self.worker.stop()
        for child in list(Window.children):
            Window.remove_widget(child)

    def spin(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while time.monotonic() < until:
            self._loop.idle()

    def until(self, true: Callable[[], Any]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not true():
            if time.monotonic() > deadline:
                raise TimeoutError(f"{self.face} {self.language}: never came to {true}")
            self._loop.idle()

    def on(self, screen: str) -> None:
        self.until(lambda: self.model.navigator.here.screen == screen)

    def ask(self, question: Callable[[Any], Any]) -> Any:
        got: list[Any] = []
        self.worker.ask(question, got.append, got.append)
        self.until(lambda: got)
        if isinstance(got[0], BaseException):
            raise got[0]
        return got[0]

    def sync(self) -> None:
        self.handset.company.pass_ms(61_000)
        self.ask(lambda core: core.sync_once())

    def prefer(self, **chosen: str) -> None:
        for name, value in chosen.items():
            getattr(self.model.preferences, f"tap_{name}")(value)

    def take(self, name: str) -> None:
        """Wait until nothing moves, then the picture."""
        if self.only and name not in self.only:
            return
        from kivy.core.window import Window
        from PIL import Image

        self.spin(STILL_S)
        face = "tablet" if self.face == "kiosk" else self.face
        target = SCREENS / f"{face}-{name}-{self.language}.png"
        raw = Path(Window.screenshot(name=str(target)))
        with Image.open(raw) as picture:
            picture.convert("RGB").save(target, optimize=True)
        raw.unlink()
        print(target.name, flush=True)


def phone_pictures(shops: Shops, open_studio: Callable[[Handset], Any]) -> None:
    from tests.web.company_of_shops import stand

    company = shops.company
    with open_studio(_from_the_box(shops, "phone", person="何平")) as studio:
        studio.on("enrol")
        studio.take("enrol")
        studio.vm("enrol").type_code("AAAA-BBBB-CCCC")
        studio.vm("enrol").tap_enrol()
        studio.until(lambda: studio.vm("enrol").state.problem)
        studio.take("enrol-refused")
        studio.vm("enrol").type_code(company.code_for(person="何平"))
        studio.vm("enrol").tap_enrol()
        studio.until(lambda: studio.vm("enrol").state.step == "who")
        studio.take("enrol-who")
        studio.vm("enrol").tap_that_is_me()
        for digit in "402":
            studio.vm("pin").tap_digit(digit)
        studio.take("pin")

    with open_studio(_at_work(shops, "马超", 0, 18)) as studio:
        studio.on("today")
        studio.until(lambda: studio.vm("today").state.preview)
        studio.take("today")
        studio.vm("today").tap_punch()
        studio.on("punch")
        studio.until(lambda: studio.vm("punch").state.line)
        studio.take("punch-kept")
        studio.sync()
        studio.until(lambda: studio.vm("punch").state.line.state == "with_hq")
        studio.take("punch-with-hq")
        studio.vm("punch").tap_done()
        studio.on("today")
        studio.until(lambda: studio.vm("today").state.preview)
        studio.take("today-after")
        studio.model.navigator.switch("sync")
        studio.until(lambda: studio.vm("sync").state.sync)
        studio.take("sync")
        studio.model.navigator.switch("me")
        studio.take("me")
        studio.prefer(look="dark")
        studio.take("me-dark")
        studio.model.navigator.home()
        studio.until(lambda: studio.vm("today").state.preview)
        studio.take("today-dark")
        studio.prefer(look="light", text_scale="1.6")
        studio.take("today-large-text")
        studio.prefer(text_scale="1.0")

    with open_studio(_at_work(shops, "孙丽", 9_500, 160)) as studio:
        studio.handset.world.link.up = False
        studio.on("today")
        studio.until(lambda: studio.vm("today").state.preview)
        studio.ask(lambda core: core.sync_once())
        studio.until(lambda: studio.vm("today").state.sync.badge == "offline")
        studio.take("today-uncertain")
        studio.vm("today").tap_punch()
        studio.on("punch")
        studio.until(lambda: studio.vm("punch").state.line)
        studio.take("punch-uncertain")
        studio.vm("punch").tap_show_code()
        studio.until(lambda: studio.vm("phone_code").state.code)
        studio.take("my-code")
        studio.vm("phone_code").tap_back()
        studio.on("punch")
        studio.until(lambda: studio.vm("punch").state.line)
        studio.vm("punch").tap_type_code()
        for digit in "4829":
            studio.vm("punch").tap_digit(digit)
        studio.take("punch-code")
        studio.vm("punch").tap_close_pad()
        studio.model.navigator.switch("sync")
        studio.until(lambda: studio.vm("sync").state.sync)
        studio.take("sync-offline")
        studio.handset.world.link.up = True
        studio.ask(_prove_what_hq_does_not_know)
        studio.sync()
        studio.vm("sync").on_news()
        studio.until(lambda: studio.vm("sync").state.sync.badge == "needs_you")
        studio.take("sync-needs-you")
        stand(studio.handset, *SOMEWHERE_ELSE, accuracy_m=14)
        studio.model.navigator.home()
        studio.until(lambda: studio.vm("today").state.preview)
        studio.take("today-outside")


def kiosk_pictures(shops: Shops, open_studio: Callable[[Handset], Any]) -> None:
    with open_studio(_from_the_box(shops, "kiosk", shop="三里屯店")) as studio:
        studio.on("enrol")
        studio.take("enrol")

    kiosk = shops.kiosks[SHOP]
    _fill(shops, kiosk)
    with open_studio(kiosk) as studio:
        floor, punch = studio.vm("floor"), studio.vm("kiosk_punch")
        studio.on("floor")
        studio.until(lambda: floor.state.floor and floor.state.code)
        studio.take("floor")
        studio.prefer(look="dark")
        studio.take("floor-dark")
        studio.prefer(look="light", text_scale="1.6")
        studio.take("floor-large-text")
        studio.prefer(text_scale="1.0")
        who = next(p for p in floor.state.people if p.has_pin)
        floor.tap_person(who.person_id)
        studio.until(lambda: punch.state.step == "pin")
        for digit in "402":
            punch.tap_digit(digit)
        studio.take("pin")
        for digit in "111":
            punch.tap_digit(digit)
        studio.until(lambda: punch.state.problem)
        studio.take("pin-wrong")
        for digit in PIN:
            punch.tap_digit(digit)
        studio.until(lambda: punch.state.step == "result")
        studio.take("result")
        studio.model.navigator.home()
        without = next((p for p in floor.state.people if not p.has_pin), None)
        if without is not None:
            floor.tap_person(without.person_id)
            studio.until(lambda: punch.state.step == "no_pin")
            studio.take("no-pin")
            studio.model.navigator.home()
        floor.tap_scan_phone()
        studio.on("phone_scan")
        studio.vm("phone_scan").tap_type()
        for digit in "4829":
            studio.vm("phone_scan").tap_digit(digit)
        studio.take("scan-a-phone")
        studio.model.navigator.home()
        studio.handset.world.link.up = False
        studio.ask(lambda core: core.sync_once())
        floor.tap_device()
        studio.until(lambda: studio.vm("device").state.sync)
        studio.take("device")


def _fill(shops: Shops, kiosk: Handset) -> None:
    """A shop of a dozen, some of whom have come."""
    from tests.web.company_of_shops import hire, post

    company = shops.company
    for n, name in enumerate(MORE_PEOPLE):
        hire(shops, name, f"E2{n:02}", "江南厨务")
        post(shops, name, SHOP, company.today())
    kiosk.sync()
    for n, name in enumerate(MORE_PEOPLE[:5]):
        person_id = company.people[name]
        kiosk.core.set_pin(PIN, person_id)
        for kind in ("in", "out")[: 2 if n == 3 else 1]:
            company.pass_ms(240_000)
            assert kiosk.core.check_pin(person_id, PIN).ok
            kiosk.core.punch(kind=kind, person_id=person_id, by_pin=True)  # type: ignore[arg-type]
    kiosk.sync()


def _from_the_box(shops: Shops, face: Face, *, person: str | None = None, shop: str | None = None) -> Handset:
    from mobile.devices.fake import FakeClock, FakeWorld
    from tests.support.handset import Handset

    company = shops.company
    clock = FakeClock(true_ms=company.true_ms, booted_ms=company.true_ms - 3_600_000)
    world = FakeWorld(clock=clock, hardware=f"box-{face}-{time.monotonic_ns()}")
    folder = company.folder / f"box-{time.monotonic_ns()}"
    return Handset(f"box-{face}", face, company, folder, person, shop, world)


def _prove_what_hq_does_not_know(core: Any) -> None:
    """A proof for a punch that was made before HQ's server was set back: refused, with its reason, for the person to see."""
    from contract.attendance import AddProof
    from contract.ids import new_id

    core._keep(AddProof(punch_id=new_id(), code="482913"), core.enrolment.person_id, core._ports.clock.read())


def _at_work(shops: Shops, name: str, north_e7: int, accuracy_m: int) -> Handset:
    from tests.web.company_of_shops import NAMES, SHOPS, stand, true_place

    phone = shops.phones[name]
    lat, lng = true_place(shops, SHOPS[NAMES.index(name) % len(SHOPS)][0])
    stand(phone, lat + north_e7, lng, accuracy_m=accuracy_m)
    phone.world.clock.wall_off_ms = 0
    phone.sync()
    return phone


def _prepare(face: Face) -> None:
    """A window that is drawn truly and shown nowhere."""
    from mobile.main import SIZES, prepare_window

    os.environ.update(
        SDL_VIDEODRIVER="offscreen", KIVY_WINDOW="sdl2", KIVY_METRICS_DENSITY="1", KIVY_METRICS_FONTSCALE="1", KIVY_DPI="96"
    )
    prepare_window(*SIZES[face])


def main(arguments: list[str]) -> int:
    """`phone` or `kiosk`, then names of pictures if not all are wanted."""
    face: Face = "kiosk" if arguments[:1] == ["kiosk"] else "phone"
    _prepare(face)
    from tests.web.company_of_shops import working_day
    from tools import shots_desk_roster, shots_heard, shots_hours, shots_hq, shots_learning, shots_scores

    SCREENS.mkdir(parents=True, exist_ok=True)
    only = set(arguments[1:])
    for language in ("zh", "en"):
        with tempfile.TemporaryDirectory() as folder:
            shops = working_day(Path(folder))

            @contextmanager
            def open_studio(handset: Handset, language: str = language) -> Iterator[Studio]:
                studio = Studio(face, language, handset, only)
                try:
                    yield studio
                finally:
                    studio.close()

            (phone_pictures if face == "phone" else kiosk_pictures)(shops, open_studio)
            for more in (shots_hq, shots_hours, shots_desk_roster):
                (more.phone_pictures if face == "phone" else more.kiosk_pictures)(shops, open_studio)
            for own in (shots_learning, shots_scores, shots_heard):  # a company of their own: much happened in the one above
                with tempfile.TemporaryDirectory() as another:
                    shops = working_day(Path(another))
                    (own.phone_pictures if face == "phone" else own.kiosk_pictures)(shops, open_studio)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
