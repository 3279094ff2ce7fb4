"""The phone, from the code HQ gives to the third tick: touches in, words out, everything between them real."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
import sqlalchemy as sa

from contract.moments import to_ms
from server.attendance.model import Punch
from tests.mobile.field import Field, fix_at
from tests.ui.outing import Outing, code_from_hq

MALL = (31.2304, 121.4737)
PIN = "481516"


@pytest.fixture
def field(tmp_path: Path) -> Iterator[Field]:
    made = Field(tmp_path)
    yield made
    made.close()


@pytest.fixture
def wei(field: Field, tmp_path: Path) -> Iterator[Outing]:
    """Li Wei's phone as it comes out of its box; he is posted to a store in a mall."""
    store = field.office.open_store("豫园店", lat=MALL[0], lng=MALL[1])
    field.office.post(field.office.hire("李伟"), store)
    outing = Outing(field, "phone", tmp_path / "wei")
    outing.open()
    yield outing
    outing.kill()


def _enrolled(outing: Outing) -> None:
    outing.enrol(code_from_hq(outing.field, person_id=outing.field.office.people["李伟"]))
    outing.choose_pin(PIN)
    outing.driver.on("today")
    outing.synced()
    outing.driver.wait_for("豫园店")


def _punches(field: Field) -> list[Punch]:
    return field.office.rows(sa.select(Punch).order_by(Punch.taken_at))


def test_a_new_phone_tells_whose_it_is_and_where_he_works(wei: Outing) -> None:
    driver = wei.driver
    driver.on("enrol")
    wei.enrol(code_from_hq(wei.field, person_id=wei.field.office.people["李伟"]), whose="李伟")
    wei.choose_pin(PIN)
    driver.on("today")
    wei.synced()
    driver.wait_for("豫园店")
    assert driver.shows("李伟") and driver.shows("Clock in")


def test_a_code_nobody_issued_is_refused_in_words_and_can_be_tried_again(wei: Outing) -> None:
    driver = wei.driver
    driver.on("enrol")
    page = driver.page()
    driver.type_into(page.ids.code, "AAAA-BBBB-CCCC")
    driver.tap(page.ids.enrol)
    problem = driver.until(lambda: driver.app.model.screens["enrol"].state.problem, "a refusal")
    assert problem.code == "device.code_unknown"
    driver.settle()
    assert driver.shows(page.say.said(problem))
    page.ids.code.ids.input.text = ""
    _enrolled(wei)


def test_enrolment_works_again_after_its_answer_was_lost(wei: Outing) -> None:
    driver = wei.driver
    driver.on("enrol")
    code = code_from_hq(wei.field, person_id=wei.field.office.people["李伟"])

    def heard_but_unanswered(through, method, path, body, headers):  # type: ignore[no-untyped-def]
        from mobile.core.ports import NoSignal

        through(method, path, body, headers)
        raise NoSignal("the answer was lost")

    wei.world.link.weather = heard_but_unanswered
    driver.type_into(driver.page().ids.code, code)
    driver.tap(driver.page().ids.enrol)
    driver.until(lambda: driver.app.model.screens["enrol"].state.problem, "no signal, said")
    driver.settle()
    assert driver.shows("HQ cannot be reached right now")
    wei.world.link.weather = None
    driver.tap(driver.page().ids.enrol)
    driver.until(lambda: driver.app.model.screens["enrol"].state.step == "who", "enrolled after all")


def test_a_punch_without_signal_takes_one_tap_survives_a_kill_and_reaches_hq(wei: Outing) -> None:
    _enrolled(wei)
    wei.lose_signal()
    wei.world.locator.now = fix_at(*MALL)
    wei.field.time.true_ms += 3_600_000
    made_at = wei.field.time.true_ms
    taps = 0

    driver = wei.restart()  # open ...
    driver.on("today")
    driver.until(lambda: driver.app.model.screens["today"].state.can_punch, "ready to punch")
    driver.tap(driver.page().ids.punch)  # ... tap
    taps += 1
    driver.on("punch")
    driver.wait_for("Kept on this phone")
    assert taps == 1 and wei.world.signals.heard[-1] == "kept"
    assert _ticks(driver) == [True, False, False]

    driver = wei.restart()
    driver.on("today")
    driver.wait_for("Kept on this device")
    assert not _punches(wei.field)

    wei.field.time.true_ms += 3 * 3_600_000
    wei.find_signal()
    wei.synced()
    [punch] = _punches(wei.field)
    assert abs(to_ms(punch.taken_at) - made_at) < 1_000 and punch.grade == "exact"
    driver.wait_for("With HQ")
    driver.tap(driver.find(lambda w: type(w).__name__ == "PunchRow"))
    driver.on("punch")
    assert _ticks(driver) == [True, True, False]
    wei.field.time.true_ms += 60_000
    wei.synced()
    driver.advance(0.2)
    assert driver.shows("Counts")


def _ticks(driver) -> list[bool]:  # type: ignore[no-untyped-def]
    page = driver.page()
    return [page.ids[f"step_{step}"].reached for step in ("kept", "with_hq", "backed_up")]


def test_a_full_disk_is_said_before_anything_sounds_done(wei: Outing) -> None:
    _enrolled(wei)
    heard = len(wei.world.signals.heard)
    wei.world.space.free = 1_000_000
    wei.driver.tap(wei.driver.page().ids.punch)
    problem = wei.driver.until(lambda: wei.driver.app.model.screens["today"].state.problem, "a refusal")
    assert problem.code == "client.disk_full"
    assert len(wei.world.signals.heard) == heard
    assert wei.driver.app.model.navigator.here.screen == "today"


def test_a_place_that_is_uncertain_is_told_with_what_to_do(wei: Outing) -> None:
    _enrolled(wei)
    wei.world.locator.now = fix_at(MALL[0] + 0.0015, MALL[1], accuracy_m=180)
    wei.driver.app.model.screens["today"].tap_look_again()
    assert wei.driver.wait_for("Position uncertain, ±180 m")
    wei.world.locator.now = fix_at(MALL[0] + 0.02, MALL[1], accuracy_m=12)
    wei.driver.app.model.screens["today"].tap_look_again()
    assert wei.driver.wait_for("km from the store")


def test_every_page_speaks_the_other_language_from_the_next_frame_on(wei: Outing) -> None:
    _enrolled(wei)
    driver = wei.driver
    driver.tap("Me")
    driver.on("me")
    driver.page().ids.page.scroll_to(driver.page().ids.language, animate=False)
    driver.settle()
    driver.tap("中文")
    driver.settle()
    assert driver.shows("文字大小") and not driver.shows("Text size")
    driver.tap("同步")
    driver.on("sync")
    assert driver.shows("立即同步")
    assert wei.ask(lambda core: core.language) == "zh"
    wei.language = None  # type: ignore[assignment]
    driver = wei.restart()
    driver.on("today")
    driver.wait_for("上班打卡")


def test_back_leads_from_the_sheet_to_today_and_from_today_out(wei: Outing) -> None:
    _enrolled(wei)
    driver = wei.driver
    driver.tap(driver.page().ids.punch)
    driver.on("punch")
    driver.press_back()
    driver.on("today")
    assert driver.app.model.navigator.back() is False


def test_a_revoked_phone_forgets_and_asks_to_be_enrolled(wei: Outing) -> None:
    from contract.devices import Revoke

    _enrolled(wei)
    device_id = wei.ask(lambda core: core.enrolment.device_id)
    wei.field.office.must(Revoke(device_id=device_id, reason="lost"))
    wei.field.time.true_ms += 60_000
    wei.ask(lambda core: core.sync_once())
    wei.field.time.true_ms += 60_000
    wei.ask(lambda core: core.sync_once())
    wei.driver.on("enrol")
    assert not wei.driver.shows("李伟")
