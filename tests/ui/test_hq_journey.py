"""A request from the first tap to the step line, and the manager's desk on the tablet: touches in, words out, HQ behind it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from server.approvals.model import Request
from server.postings.model import HandOverItem
from tests.mobile.field import Field
from tests.server.office import TODAY, Office
from tests.ui.outing import Outing, code_from_hq
from tests.ui.test_tablet_journey import _traces

PIN = "482913"


@pytest.fixture
def office(tmp_path: Path) -> Iterator[Office]:
    field = Field(tmp_path)
    made = Office(field.office)
    made.furnish()
    made.field = field  # type: ignore[attr-defined]
    yield made
    field.close()


@pytest.fixture
def chen(office: Office, tmp_path: Path) -> Iterator[Outing]:
    """Chen's phone, enrolled, on its start page."""
    outing = Outing(office.field, "phone", tmp_path / "chen")  # type: ignore[attr-defined]
    outing.open()
    outing.enrol(code_from_hq(outing.field, person_id=office.people["chen"]))
    outing.choose_pin("481516")
    outing.driver.on("today")
    outing.synced()
    yield outing
    outing.kill()


def _field(driver: Any, words: str) -> Any:
    return driver.find(lambda w: type(w).__name__ == "Field" and w.words == words, f"a field {words!r}")


def _reach(driver: Any, widget: Any) -> Any:
    """Scroll until a thumb can reach it."""
    driver.page().ids.page.scroll_to(widget, animate=False)
    driver.settle()
    return widget


def _ask_for_a_transfer(driver: Any) -> None:
    driver.tap("Requests")
    driver.on("requests")
    driver.tap(driver.page().ids.new)
    driver.on("new_request")
    driver.wait_for("What do you want to ask for?")
    driver.tap(driver.find(lambda w: type(w).__name__ == "KindRow" and w.words == "Transfer to a store"))
    driver.wait_for("First day")
    driver.settle()
    driver.tap("Store")
    driver.settle()
    driver.type_into(driver.page().ids.search, "A001")
    driver.settle()
    driver.tap(driver.find(lambda w: type(w).__name__ == "OptionRow" and w.words == "合作门店A", "the store in the list"))
    driver.settle()
    driver.tap("First day")
    driver.until(lambda: driver.app.model.screens["new_request"].state.picking, "the calendar")
    driver.settle()
    driver.tap(driver.find(lambda w: type(w).__name__ == "DayKey" and w.day == TODAY))
    driver.settle()
    driver.type_into(_reach(driver, _field(driver, "Reason")), "to learn at the store")
    driver.settle()
    driver.tap(_reach(driver, driver.page().ids.send))


def test_a_request_made_with_no_signal_survives_a_kill_and_its_step_line_moves(chen: Outing, office: Office) -> None:
    chen.lose_signal()
    _ask_for_a_transfer(chen.driver)
    chen.driver.on("request")
    chen.driver.wait_for("Kept here, will be sent")
    assert chen.field.office.rows(sa.select(Request)) == []

    driver = chen.restart()
    driver.on("today")
    driver.wait_for("Kept here, will be sent")
    chen.find_signal()
    chen.synced()
    [request] = chen.field.office.rows(sa.select(Request))
    assert request.form["from"] == TODAY and request.person_id == office.people["chen"]
    driver.wait_for("At Department approval")
    office.approve(request.id, ("department", "zhou"))
    chen.field.time.true_ms += 130 * 60_000
    chen.synced()
    driver.wait_for("At HR approval for 2 h 10 min")
    driver.tap(_reach(driver, driver.find(lambda w: type(w).__name__ == "RequestRow")))
    driver.on("request")
    driver.wait_for("Approved")
    lines = [(row.words, row.chip) for row in reversed(driver.page().ids.steps.children)]
    assert lines[:3] == [("Employee", "Approved"), ("Department approval", "Approved"), ("HR approval", "In hand")]
    office.decide(request.id, "hr", "zhao", "refuse", "contract ends in 20 days")
    chen.synced()
    assert driver.wait_for("Reason: contract ends in 20 days")


def test_taking_a_request_back_asks_why_where_the_thumb_is(chen: Outing, office: Office) -> None:
    _ask_for_a_transfer(chen.driver)
    chen.driver.on("request")
    chen.synced()
    driver = chen.driver
    told = lambda: driver.app.model.screens["request"].state
    driver.until(lambda: told().page is not None and told().page.card.on_its_way is None, "the page knows that HQ has it")
    driver.settle()  # its words have changed, and with them where the button is
    driver.tap(_reach(driver, driver.page().ids.withdraw))
    driver.until(lambda: told().asking == "withdraw", "the question why")
    driver.settle()
    send = driver.page().ids.send
    assert 0 <= send.to_window(*send.center)[1] <= driver.page().ids.page.top, "the question is in sight, not a page above"
    driver.tap(send)
    driver.settle()
    chen.synced()
    [request] = chen.field.office.rows(sa.select(Request))
    assert request.state == "withdrawn"


def test_the_inbox_tells_and_opening_a_notice_reads_it(chen: Outing, office: Office) -> None:
    _ask_for_a_transfer(chen.driver)
    chen.driver.on("request")
    chen.synced()
    [request] = chen.field.office.rows(sa.select(Request))
    office.approve(request.id, ("department", "zhou"))
    chen.synced()
    driver = chen.driver
    driver.press_back()
    driver.tap("Inbox")
    driver.on("inbox")
    driver.wait_for("is now at: HR approval")
    driver.tap(driver.find(lambda w: type(w).__name__ == "InboxRow"))
    driver.on("request")
    driver.press_back()
    driver.on("inbox")
    assert driver.wait_for("Nothing to do and nothing new")


def test_a_form_that_is_not_ready_tells_which_lines_and_nothing_is_sent(chen: Outing) -> None:
    driver = chen.driver
    driver.tap("Requests")
    driver.on("requests")
    driver.tap(driver.page().ids.new)
    driver.on("new_request")
    driver.wait_for("What do you want to ask for?")
    driver.tap(driver.find(lambda w: type(w).__name__ == "KindRow" and w.words == "Transfer to a store"))
    driver.wait_for("First day")
    driver.settle()
    driver.tap(_reach(driver, driver.page().ids.send))
    driver.wait_for("3 lines still need you")
    assert driver.shows("Please fill this in") and chen.ask(lambda core: core.sync_state().journal_head) == 1
    driver.press_back()
    driver.wait_for("What do you want to ask for?")


def test_the_pages_behind_me_open_and_lead_back(chen: Outing) -> None:
    driver = chen.driver
    for link, screen, words in (
        ("profile", "profile", "中央厨房"),
        ("leave", "leave", "What is left"),
        ("privacy", "privacy", "Nobody has looked"),
        ("delegation", "delegation", "This phone knows no colleague"),
        ("hand_overs", "hand_overs", "Nobody to hand over"),
    ):
        driver.tap("Me")
        driver.on("me")
        driver.tap(_reach(driver, driver.page().ids[link]))
        driver.on(screen)
        assert driver.wait_for(words) if screen != "leave" else driver.until(lambda: driver.page().state.page, "leave")
        driver.press_back()
        driver.on("me")


# the tablet


@pytest.fixture
def tablet(office: Office, tmp_path: Path) -> Iterator[Outing]:
    """The store's tablet. Wu manages the store and has a PIN; Chen comes today; his return waits for Wu's word."""
    field: Field = office.field  # type: ignore[attr-defined]
    wu, chen = field.phone_of(office.people["wu"]), field.phone_of(office.people["chen"])
    for phone in (wu, chen):
        phone.core.sync_once()
    wu.core.set_pin(PIN)
    wu.core.sync_once()
    request_id = chen.core.office.submit("transfer", {"store": "A001", "from": TODAY, "reason": "new store"})
    chen.core.sync_once()
    office.approve(request_id, ("department", "zhou"), ("hr", "zhao"), ("leader", "sun"))
    chen.core.sync_once()
    chen.core.office.submit("return", {"on": "2026-12-15", "reason": "family"})
    chen.core.sync_once()
    outing = Outing(field, "kiosk", tmp_path / "tablet")
    outing.open()
    outing.enrol(code_from_hq(field, store_id=office.store))
    outing.driver.on("floor")
    outing.synced()
    outing.driver.wait_for("陈伟")
    outing.lose_signal()
    yield outing
    outing.kill()


def _opened(outing: Outing) -> Any:
    driver = outing.driver
    driver.tap(driver.page().ids.manager)
    driver.on("manager")
    driver.wait_for("enter your PIN")
    driver.settle()
    driver.type_pin(PIN)
    driver.until(lambda: driver.app.model.screens["manager"].state.desk, "the desk")
    driver.settle()
    return driver


def test_the_manager_ticks_an_arrival_and_decides_by_pin_and_the_next_person_sees_nothing(tablet: Outing, office: Office) -> None:
    driver = _opened(tablet)
    assert driver.shows("吴芳") and driver.shows("Arrivals (1)") and driver.shows("Approvals (1)")
    driver.tap(driver.find(lambda w: type(w).__name__ == "Choice" and w.value == "arrivals"))
    driver.tap(driver.find(lambda w: type(w).__name__ == "ArrivalRow" and w.words == "陈伟"))
    driver.wait_for("周强")
    driver.settle()
    line = driver.find(lambda w: type(w).__name__ == "TickRow" and not w.disabled and not w.done)
    item_id = line.item_id
    driver.tap(line)
    driver.wait_for("Will be sent")
    driver.tap("Approvals (1)")
    driver.settle()
    driver.tap(driver.find(lambda w: type(w).__name__ == "DecideRow"))
    driver.wait_for("Host store manager")
    driver.settle()
    driver.tap(driver.page().ids.refuse)
    driver.settle()
    assert driver.page().ids.send_refusal.disabled
    driver.tap(driver.page().ids.cancel)
    driver.settle()
    driver.tap(driver.page().ids.approve)
    driver.wait_for("Approved here, will be sent")
    driver.tap(driver.page().ids.lock)
    driver.on("floor")
    driver.advance(4)
    assert _traces(driver, "吴芳", "中央厨房", "周强", PIN) == []
    driver.tap(driver.page().ids.manager)
    driver.on("manager")
    driver.wait_for("enter your PIN")
    assert not driver.shows("中央厨房")

    tablet.find_signal()
    tablet.field.time.true_ms += 600_000
    tablet.synced()
    assert tablet.field.office.row(HandOverItem, item_id).done_by == office.people["wu"]
    [request] = tablet.field.office.rows(sa.select(Request).where(Request.kind == "return"))
    assert office.steps(request.id)["store"].decided_by == office.people["wu"]


def test_a_desk_left_alone_for_a_minute_is_shut(tablet: Outing) -> None:
    driver = _opened(tablet)
    driver.advance(58)
    assert driver.app.model.navigator.here.screen == "manager"
    driver.advance(4)
    driver.on("floor")
    assert _traces(driver, "吴芳", "中央厨房", PIN) == []
    with pytest.raises(Exception, match=r"client\.pin_needed"):
        tablet.ask(lambda core: core.desk.page())


def _tries_left(driver: Any) -> int | None:
    problem = driver.app.model.screens["manager"].state.problem
    return problem.facts["count"] if problem is not None else None


def test_five_wrong_pins_shut_the_pad_of_the_desk_for_a_while(tablet: Outing) -> None:
    driver = tablet.driver
    driver.tap(driver.page().ids.manager)
    driver.on("manager")
    driver.wait_for("enter your PIN")
    driver.settle()
    for left in (4, 3, 2, 1):
        driver.type_pin("111112")
        driver.until(lambda left=left: _tries_left(driver) == left, f"{left} more tries")
        driver.settle()
    driver.type_pin("111112")
    driver.until(lambda: driver.app.model.screens["manager"].state.step == "locked", "the pause")
    driver.settle()
    assert driver.shows("Try again in") and not driver.shows("Arrivals")
