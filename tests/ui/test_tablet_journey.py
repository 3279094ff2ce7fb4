"""The store's tablet: three people in a minute without signal, and the next one sees nothing of the one before."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from kivy.uix.label import Label
from kivy.uix.textinput import TextInput

from contract.moments import to_ms
from server.attendance.model import Punch
from tests.mobile.field import Field, fix_at
from tests.ui.driver import Driver
from tests.ui.outing import Outing, code_from_hq

MALL = (31.2304, 121.4737)
PINS = {"李伟": "481516", "林静": "734902", "王芳": "260817"}


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


@pytest.fixture
def tablet(field: Field, tmp_path: Path) -> Iterator[Outing]:
    """Enrolled for a store where four people work; three have chosen a PIN on their phones, one has none."""
    office = field.office
    store = office.open_store("豫园店", lat=MALL[0], lng=MALL[1])
    for name in (*PINS, "张强"):
        office.post(office.hire(name), store)
    for name, pin in PINS.items():
        phone = field.phone_of(office.people[name])
        phone.core.sync_once()
        phone.core.set_pin(pin)
        phone.core.sync_once()
    outing = Outing(field, "kiosk", tmp_path / "tablet")
    outing.open()
    outing.enrol(code_from_hq(field, store_id=store))
    outing.driver.on("floor")
    outing.synced()
    outing.driver.wait_for("张强")
    yield outing
    outing.kill()


def _punch(outing: Outing, name: str, pin: str) -> None:
    driver = outing.driver
    driver.tap(name)
    driver.on("kiosk_punch")
    driver.until(lambda: driver.app.model.screens["kiosk_punch"].state.step == "pin", "the PIN pad")
    driver.settle()
    driver.type_pin(pin)


def _punched(outing: Outing, name: str, pin: str) -> None:
    _punch(outing, name, pin)
    outing.driver.until(lambda: outing.driver.app.model.screens["kiosk_punch"].state.step == "result", "the result")
    outing.driver.settle()
    assert outing.driver.shows(name) and outing.driver.shows("Kept on this device")


def _traces(driver: Driver, *secrets: str) -> list[str]:
    """Where something of a person still stands: in any widget but the cards of the start page, or in any state."""
    people = driver.app.shell.pages["floor"].ids.people
    cards = {id(widget) for widget in people.walk(restrict=True)}
    for kept in people.view_adapter.dirty_views.values():
        cards |= {id(widget) for view in kept for widget in view.walk(restrict=True)}
    found = []
    for widget in driver.everything():
        text = widget.text if isinstance(widget, Label | TextInput) else getattr(widget, "person", "")
        if id(widget) not in cards and any(secret in text for secret in secrets):
            found.append(f"{type(widget).__name__} {text!r}")
    model = driver.app.model
    for name, vm in {**model.screens, "toasts": model.toasts, "navigator": model.navigator}.items():
        if name != "floor" and any(secret in repr(vars(vm)) for secret in secrets):
            found.append(f"view-model {name}: {vm.state}")
    return found


def _punches(field: Field) -> list[Punch]:
    return field.office.rows(sa.select(Punch).order_by(Punch.taken_at, Punch.id))


def test_three_people_clock_in_within_a_minute_without_signal(tablet: Outing) -> None:
    tablet.lose_signal()
    began = tablet.field.time.true_ms
    for name, pin in PINS.items():
        _punched(tablet, name, pin)
        tablet.field.time.true_ms += 15_000
        tablet.driver.tap(tablet.driver.page().ids.done)
        tablet.driver.on("floor")
        tablet.driver.wait_for("In ")
        assert _traces(tablet.driver, name) == []
    assert tablet.field.time.true_ms - began < 60_000 and not _punches(tablet.field)
    tablet.find_signal()
    tablet.field.time.true_ms += 60_000
    tablet.synced()
    punches = _punches(tablet.field)
    names = {person_id: name for name, person_id in tablet.field.office.people.items()}
    assert [names[p.person_id] for p in punches] == list(PINS)
    assert all(p.by_kiosk and to_ms(p.taken_at) < began + 60_000 for p in punches)


def test_a_fourth_reads_the_tablets_code_with_a_phone_and_it_counts(tablet: Outing, field: Field) -> None:
    phone = field.phone_of(field.office.people["张强"])
    phone.core.sync_once()
    phone.world.link.up = False
    digits = tablet.driver.until(lambda: tablet.driver.app.model.screens["floor"].state.code, "a code").digits
    tablet.driver.settle()
    assert tablet.driver.shows(f"{digits[:3]} {digits[3:]}")
    phone.world.locator.now = fix_at(MALL[0] + 0.0012, MALL[1], accuracy_m=120)
    phone.core.punch(kind="in", code=digits)
    phone.world.link.up = True
    field.time.true_ms += 5_000
    phone.core.sync_once()
    [punch] = _punches(field)
    assert "evidence.code_fresh" in [reason["code"] for reason in punch.reasons]


def test_the_qr_on_the_tablet_is_what_a_camera_reads(tablet: Outing) -> None:
    from mobile.devices.desktop_qr import read_qr

    code = tablet.driver.until(lambda: tablet.driver.app.model.screens["floor"].state.code, "a code")
    matrix = tablet.driver.page().matrix(code)
    assert read_qr(*_photographed(matrix)) == code.qr


def _photographed(matrix: Any, module_px: int = 5, quiet: int = 4) -> tuple[bytes, int, int]:
    side = (len(matrix) + 2 * quiet) * module_px
    pixels = bytearray(b"\xff\xff\xff\xff" * side * side)
    for row, line in enumerate(matrix):
        for column, dark in enumerate(line):
            if dark:
                for y in range((row + quiet) * module_px, (row + quiet + 1) * module_px):
                    start = (y * side + (column + quiet) * module_px) * 4
                    pixels[start : start + 4 * module_px] = b"\x00\x00\x00\xff" * module_px
    return bytes(pixels), side, side


def test_the_result_goes_away_by_itself_after_five_seconds(tablet: Outing) -> None:
    _punched(tablet, "李伟", PINS["李伟"])
    tablet.driver.advance(5.2)
    tablet.driver.on("floor")
    assert _traces(tablet.driver, "李伟", PINS["李伟"]) == []


def test_back_from_a_half_typed_pin_leaves_nothing(tablet: Outing) -> None:
    driver = tablet.driver
    _punch(tablet, "李伟", "4815")
    assert driver.app.model.screens["kiosk_punch"].state.typed == 4
    driver.press_back()
    driver.on("floor")
    assert _traces(driver, "李伟", "4815") == []
    driver.press_back()
    assert driver.app.model.navigator.here.screen == "floor"


def test_back_never_leads_into_the_page_of_the_one_before(tablet: Outing) -> None:
    driver = tablet.driver
    _punched(tablet, "李伟", PINS["李伟"])
    driver.tap(driver.page().ids.done)
    driver.on("floor")
    _punch(tablet, "林静", "73")
    driver.press_back()
    driver.on("floor")
    assert _traces(driver, "李伟", "林静") == []


def test_a_tablet_left_alone_for_a_minute_forgets(tablet: Outing) -> None:
    driver = tablet.driver
    _punch(tablet, "李伟", "4815")
    driver.advance(58)
    assert driver.app.model.navigator.here.screen == "kiosk_punch"
    driver.advance(3)
    driver.on("floor")
    assert _traces(driver, "李伟", "4815") == []


def test_a_touch_starts_the_minute_anew(tablet: Outing) -> None:
    driver = tablet.driver
    _punch(tablet, "李伟", "4")
    driver.advance(50)
    driver.type_pin("8")
    driver.advance(50)
    assert driver.app.model.navigator.here.screen == "kiosk_punch"


def test_the_search_for_traces_finds_a_name_that_stayed(tablet: Outing) -> None:
    """The control: a view-model that forgets nothing must be caught."""
    driver = tablet.driver
    vm = driver.app.model.screens["kiosk_punch"]
    vm._forget = lambda: None
    _punch(tablet, "李伟", "4815")
    driver.press_back()
    driver.on("floor")
    assert _traces(driver, "李伟") != [] and _traces(driver, "4815") != []


def test_five_wrong_pins_close_the_pad_for_a_while_and_punch_nothing(tablet: Outing) -> None:
    driver = tablet.driver
    vm = driver.app.model.screens["kiosk_punch"]
    _punch(tablet, "李伟", "111112")
    for left in (4, 3, 2, 1):
        driver.wait_for(f"Wrong PIN. Tries left: {left}")
        driver.until(lambda: not vm.state.busy, "the next try")
        driver.type_pin("111112")
    driver.until(lambda: vm.state.step == "locked", "locked")
    driver.settle()
    assert driver.shows("Too many wrong PINs")
    assert tablet.ask(lambda core: core.sync_state().waiting) == 0


def test_who_has_no_pin_is_told_so_and_can_choose_one_here(tablet: Outing) -> None:
    driver = tablet.driver
    tablet.lose_signal()
    driver.tap("张强")
    driver.on("kiosk_punch")
    driver.wait_for("You have no PIN yet")
    driver.tap(driver.page().ids.choose_pin)
    tablet.choose_pin("905173")
    driver.on("floor")
    _punched(tablet, "张强", "905173")
    assert tablet.ask(lambda core: core.sync_state().waiting) == 2  # the PIN and the punch


def test_in_or_out_is_proposed_and_can_be_changed(tablet: Outing) -> None:
    driver = tablet.driver
    _punched(tablet, "李伟", PINS["李伟"])
    driver.tap(driver.page().ids.done)
    driver.on("floor")
    tablet.field.time.true_ms += 8 * 3_600_000
    driver.tap("李伟")
    driver.on("kiosk_punch")
    vm = driver.app.model.screens["kiosk_punch"]
    driver.until(lambda: vm.state.step == "pin", "the PIN pad")
    assert vm.state.kind == "out"
    driver.settle()
    driver.tap("In")
    assert vm.state.kind == "in"
    driver.tap("Out")
    driver.type_pin(PINS["李伟"])
    driver.until(lambda: vm.state.step == "result", "the result")
    driver.settle()
    assert driver.shows("Out ")


def test_the_clock_on_the_wall_is_true_though_the_tablets_own_is_two_hours_slow(tablet: Outing) -> None:
    tablet.world.clock.wall_off_ms = -2 * 3_600_000
    driver = tablet.restart()
    driver.on("floor")
    assert driver.until(lambda: driver.page().ids.clock.text == "12:00", "true time on the wall")


def test_the_tablet_speaks_english_or_chinese_at_a_touch(tablet: Outing) -> None:
    driver = tablet.driver
    driver.tap(driver.page().ids.language)
    driver.settle()
    assert driver.shows("手机打卡时扫描或输入此码")
    driver.tap(driver.page().ids.language)
    driver.settle()
    assert driver.shows("Scan or type this on your phone")


def test_a_long_list_can_be_searched_by_name_or_number(field: Field, tmp_path: Path) -> None:
    office = field.office
    store = office.open_store("豫园店", lat=MALL[0], lng=MALL[1])
    for n in range(14):
        office.post(office.hire(f"员工{n:02}", f"K{n:03}"), store)
    outing = Outing(field, "kiosk", tmp_path / "tablet")
    outing.open()
    outing.enrol(code_from_hq(field, store_id=store))
    outing.driver.on("floor")
    outing.synced()
    outing.driver.wait_for("员工00")
    outing.driver.type_into(outing.driver.page().ids.search, "K013")
    outing.driver.settle()
    assert outing.driver.shows("员工13") and not outing.driver.shows("员工01")
    outing.kill()
