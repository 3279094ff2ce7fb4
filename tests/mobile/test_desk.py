"""The manager's desk on the store's tablet: opened by a PIN with no signal, every act the manager's own, shut for the next."""

from __future__ import annotations

import json
from datetime import date, timedelta
from typing import Any

import pytest

from contract.approvals import DecideStep
from contract.attendance import KioskProof
from contract.wire import decode
from mobile.core.desk import HOLDS_MS
from mobile.core.pins import make_verifier
from mobile.core.punches import StoreTime
from mobile.core.views import Refused
from tests.mobile.devices_here import DAY_MS, LIN, STORE, Device
from tests.mobile.hq_rows import (
    DESK,
    ITEM_HOME,
    ITEM_HOST,
    REQUEST,
    STEP_1,
    WU,
    arrival_row,
    hq_says,
    manager_row,
    open_for,
    request_row,
)

PIN = "482913"
MIN_MS = 60_000


@pytest.fixture
def desk(tablet: Device) -> Device:
    """Wu manages the store; somebody comes tomorrow, and a return waits for Wu's word."""
    tablet.set_up()
    waiting = request_row(person_id=LIN, person_name="林静", applicant_id=LIN, steps=[open_for(WU, "吴", desk_id=STORE)])
    hq_says(
        tablet,
        (DESK, "manager", WU, manager_row(make_verifier(PIN))),
        (DESK, "arrival", "e1", arrival_row()),
        (DESK, "request", REQUEST, waiting),
    )
    tablet.world.link.up = False
    return tablet


def opened(device: Device) -> Any:
    assert device.core.desk.open(WU, PIN).ok
    return device.core.desk


def test_before_the_pin_only_the_managers_name_is_known(desk: Device) -> None:
    [manager] = desk.core.desk.managers()
    assert manager.name == "吴" and manager.has_pin
    for act in (desk.core.desk.page, lambda: desk.core.desk.request(REQUEST), lambda: desk.core.desk.tick(ITEM_HOST)):
        with pytest.raises(Refused, match=r"client\.pin_needed"):
            act()
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        desk.core.desk.decide(REQUEST, STEP_1, "approve")


def test_the_pin_opens_the_desk_with_no_signal(desk: Device) -> None:
    page = opened(desk).page()
    [arrival] = page.arrivals
    assert (arrival.person_name, arrival.stage, arrival.last_day) == ("林静", "coming", "2026-08-31")
    assert arrival.masked_id == "3101**********1234" and arrival.courses == () and arrival.to_tick == 1
    assert [card.request_id for card in page.to_decide] == [REQUEST]


def test_a_decision_is_signed_as_the_managers_with_how_the_tablet_knew_them(desk: Device) -> None:
    opened(desk).decide(REQUEST, STEP_1, "approve")
    assert desk.core.desk.page().to_decide == () and len(desk.core.desk.page().decided) == 1
    desk.world.link.up = True
    desk.core.sync_once()
    [op] = [json.loads(raw) for raw in desk.server.ops]
    assert op["actor"] == WU and op["ent"] == REQUEST
    assert decode(json.dumps(op["data"]), DecideStep) == DecideStep(
        step_id=STEP_1, decision="approve", kiosk=KioskProof(pin=True)
    )


def test_the_hosts_lines_are_ticked_here_and_the_homes_are_not(desk: Device) -> None:
    opened(desk).tick(ITEM_HOST, note="two keys")
    [arrival] = desk.core.desk.page().arrivals
    assert [(line.done, line.side_is_ours) for line in arrival.hand_over] == [(True, True), (False, False)]
    assert arrival.hand_over[0].on_its_way is not None and arrival.hand_over[0].on_its_way.state == "kept"
    desk.core.desk.tick(ITEM_HOST, done=False)
    assert desk.core.desk.page().arrivals[0].to_tick == 1
    with pytest.raises(Refused, match=r"client\.not_ours_to_tick"):
        desk.core.desk.tick(ITEM_HOME)


def test_a_step_for_another_desk_is_not_decided_here(tablet: Device) -> None:
    tablet.set_up()
    elsewhere = request_row(steps=[open_for(WU, "吴", desk_id="01900000-0000-7000-8000-00000000005b")])
    hq_says(tablet, (DESK, "manager", WU, manager_row(make_verifier(PIN))), (DESK, "request", REQUEST, elsewhere))
    desk = opened(tablet)
    assert desk.page().to_decide == ()
    with pytest.raises(Refused, match=r"client\.not_yours_to_decide"):
        desk.decide(REQUEST, STEP_1, "approve")


def test_who_leaves_the_desk_leaves_it_shut(desk: Device) -> None:
    opened(desk).close()
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        desk.core.desk.page()
    opened(desk)
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        desk.restart().desk.page()


def test_a_desk_nobody_works_at_shuts_by_itself(desk: Device) -> None:
    held = opened(desk)
    desk.world.clock.pass_ms(HOLDS_MS - 1_000)
    held.tick(ITEM_HOST)
    desk.world.clock.pass_ms(HOLDS_MS - 1_000)
    assert held.page().arrivals, "an act keeps it open"
    desk.world.clock.pass_ms(2_000)
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        held.page()


def test_five_wrong_pins_earn_the_same_pause_as_at_the_punch(desk: Device) -> None:
    answers = [desk.core.desk.open(WU, "000001") for _ in range(5)]
    assert [answer.tries_left for answer in answers] == [4, 3, 2, 1, 0] and answers[-1].locked_s == 60
    assert not desk.core.desk.open(WU, PIN).ok
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        desk.core.desk.page()
    desk.world.clock.pass_s(61)
    assert desk.core.desk.open(WU, PIN).ok


def test_a_wrong_pin_shuts_what_the_right_one_opened(desk: Device) -> None:
    opened(desk)
    assert not desk.core.desk.open(WU, "000001").ok
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        desk.core.desk.page()


def test_somebody_who_manages_the_store_no_more_is_not_let_in(desk: Device) -> None:
    opened(desk)
    desk.world.link.up = True
    desk.server.pages.append({"gone": [(DESK, "manager", WU, 999_999_999)]})
    desk.core.sync_once()
    assert desk.core.desk.managers() == ()
    with pytest.raises(Refused, match=r"client\.person_unknown"):
        desk.core.desk.page()
    with pytest.raises(Refused, match=r"client\.no_pin"):
        desk.core.desk.open(WU, PIN)


def test_a_manager_without_a_pin_is_told_so(tablet: Device) -> None:
    tablet.set_up()
    hq_says(tablet, (DESK, "manager", WU, manager_row()))
    assert [manager.has_pin for manager in tablet.core.desk.managers()] == [False]
    with pytest.raises(Refused, match=r"client\.no_pin"):
        tablet.core.desk.open(WU, PIN)


def test_the_managers_pin_opens_no_punch(desk: Device) -> None:
    """One PIN, one use: the one that opened the desk cannot be spent on a punch as well."""
    opened(desk)
    with pytest.raises(Refused, match=r"client\.pin_needed|client\.person_unknown"):
        desk.core.punch(kind="in", person_id=WU, by_pin=True)


def test_past_the_lease_the_desk_stays_shut(desk: Device) -> None:
    desk.world.clock.pass_ms(15 * DAY_MS)
    with pytest.raises(Refused, match=r"client\.locked"):
        desk.core.desk.managers()
    with pytest.raises(Refused, match=r"client\.locked"):
        desk.core.desk.open(WU, PIN)


def test_the_desk_changes_hands_at_the_stores_own_midnight_with_no_signal(tablet: Device) -> None:
    tablet.set_up()
    today = tablet.core.office.today_here()
    tomorrow = (date.fromisoformat(today) + timedelta(days=1)).isoformat()
    hq_says(
        tablet,
        (DESK, "manager", "v1", manager_row(make_verifier(PIN), until=tomorrow)),
        (DESK, "manager", "v2", manager_row(make_verifier("591847"), id=LIN, name="林静", from_day=tomorrow)),
    )
    tablet.world.link.up = False
    assert [one.name for one in tablet.core.desk.managers()] == ["吴"]
    midnight_ms = StoreTime().midnight_ms(tomorrow)
    tablet.world.clock.pass_ms(midnight_ms - tablet.core.now_ms() - MIN_MS)
    opened(tablet)
    tablet.world.clock.pass_ms(2 * MIN_MS)
    assert StoreTime().day(tablet.core.now_ms()) == today, "the business day goes on for hours"
    assert [one.name for one in tablet.core.desk.managers()] == ["林静"]
    with pytest.raises(Refused, match=r"client\.pin_needed|client\.person_unknown"):
        tablet.core.desk.page()
    assert tablet.core.desk.open(LIN, "591847").ok
