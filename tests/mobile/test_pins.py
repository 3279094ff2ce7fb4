"""PINs: made and checked with no signal, guessed by nobody."""

from __future__ import annotations

import json
import time

import pytest

from contract.people import SetPin
from contract.wire import decode
from mobile.core.pins import FIRST_PAUSE_MS, is_pin, make_verifier
from mobile.core.views import Refused
from tests.mobile.devices_here import LIN, WEI, Device, person_row

PIN = "482913"


def tablet_with_pin(tablet: Device) -> Device:
    """Li Wei's PIN came from HQ with his row."""
    core = tablet.set_up()
    verifier = make_verifier(PIN)
    row = person_row(WEI, has_pin=True, pin=verifier)
    tablet.server.pages.append({"rows": [(f"person:{WEI}", "person", WEI, 101, row)]})
    core.sync_once()
    tablet.world.link.up = False
    return tablet


def test_only_the_verifier_of_a_pin_leaves_the_device(as_shipped: None, phone: Device) -> None:
    core = phone.set_up()
    core.set_pin(PIN)
    core.sync_once()
    signed = json.loads(phone.server.ops[0])
    act = decode(json.dumps(signed["data"]), SetPin)
    assert signed["type"] == "people.set_pin/1" and act.person_id == WEI == signed["actor"]
    assert act.verifier.startswith("$argon2id$v=19$m=19456,t=2,p=1$")
    assert is_pin(act.verifier, PIN) and not is_pin(act.verifier, "482914")
    assert PIN.encode() not in b"".join(phone.server.ops)


@pytest.mark.parametrize("pin", ["12345", "1234567", "48291a", "", "４８２９１３", "48 913"])
def test_a_pin_has_six_digits(pin: str) -> None:
    with pytest.raises(Refused, match=r"client\.pin_six_digits"):
        make_verifier(pin)


@pytest.mark.parametrize("pin", ["000000", "777777", "123456", "654321", "789012", "210987"])
def test_the_first_pins_anybody_would_try_are_refused(pin: str) -> None:
    with pytest.raises(Refused, match=r"client\.pin_too_simple"):
        make_verifier(pin)


def test_a_pin_from_hq_is_checked_with_no_signal(tablet: Device) -> None:
    core = tablet_with_pin(tablet).core
    assert core.check_pin(WEI, PIN).ok
    kept = core.punch(kind="in", person_id=WEI, by_pin=True)
    line = core.punch_line(kept.punch_id)
    assert line is not None and line.proof == "kiosk_pin" and line.state == "kept"


def test_five_wrong_pins_earn_a_pause_that_doubles(tablet: Device) -> None:
    core = tablet_with_pin(tablet).core
    clock = tablet.world.clock
    answers = [core.check_pin(WEI, "000001") for _ in range(5)]
    assert [answer.tries_left for answer in answers] == [4, 3, 2, 1, 0]
    assert [answer.locked_s for answer in answers] == [0, 0, 0, 0, 60]
    during = core.check_pin(WEI, PIN)
    assert not during.ok and during.locked_s == 60, "even the right one is not looked at"
    clock.pass_ms(FIRST_PAUSE_MS)
    assert core.check_pin(WEI, "000001").locked_s == 120
    clock.pass_s(121)
    assert core.check_pin(WEI, PIN).ok
    assert core.check_pin(WEI, "000001").tries_left == 4, "the right one ends counting"
    assert tablet.world.signals.heard.count("refused") == 8


def test_a_restart_or_a_reboot_does_not_shorten_the_pause(tablet: Device) -> None:
    core = tablet_with_pin(tablet).core
    for _ in range(5):
        core.check_pin(WEI, "000001")
    core = tablet.restart()
    assert core.check_pin(WEI, PIN).locked_s == 60
    tablet.world.clock.reboot()
    core = tablet.restart()
    assert 0 < core.check_pin(WEI, PIN).locked_s <= 60
    tablet.world.clock.wall_off_ms = 86_400_000
    assert core.check_pin(WEI, PIN).locked_s > 0, "nor does setting the clock forward"
    tablet.world.clock.pass_s(61)
    assert core.check_pin(WEI, PIN).ok


def test_a_try_is_counted_even_if_the_plug_is_pulled_while_it_is_judged(tablet: Device, monkeypatch: pytest.MonkeyPatch) -> None:
    core = tablet_with_pin(tablet).core

    def plug_pulled(verifier: str, pin: str) -> bool:
        raise KeyboardInterrupt

    with monkeypatch.context() as patch:
        patch.setattr("mobile.core.pins.is_pin", plug_pulled)
        for _ in range(4):
            with pytest.raises(KeyboardInterrupt):
                core.check_pin(WEI, "000001")
    core = tablet.restart()
    assert core.check_pin(WEI, "000001").locked_s == 60


def test_one_persons_wrong_tries_do_not_lock_another(tablet: Device) -> None:
    core = tablet_with_pin(tablet).core
    core.set_pin("591847", LIN)
    for _ in range(6):
        core.check_pin(WEI, "000001")
    assert core.check_pin(LIN, "591847").ok


def test_a_pin_opens_one_punch_by_its_owner_and_soon(tablet: Device) -> None:
    core = tablet_with_pin(tablet).core
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        core.punch(kind="in", person_id=WEI, by_pin=True)
    core.check_pin(WEI, PIN)
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        core.punch(kind="in", person_id=LIN, by_pin=True)
    core.check_pin(WEI, PIN)
    core.punch(kind="in", person_id=WEI, by_pin=True)
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        core.punch(kind="out", person_id=WEI, by_pin=True)
    core.check_pin(WEI, PIN)
    tablet.world.clock.pass_s(121)
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        core.punch(kind="out", person_id=WEI, by_pin=True)


def test_a_pin_set_at_the_tablet_works_at_once_and_is_not_overwritten_by_a_stranger(tablet: Device) -> None:
    core = tablet.set_up()
    assert [person.has_pin for person in core.floor().people] == [False, False]
    core.set_pin("591847", LIN)
    assert core.check_pin(LIN, "591847").ok
    core = tablet.restart()
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        core.set_pin("602958", LIN)
    assert core.check_pin(LIN, "591847").ok
    core.set_pin("602958", LIN)
    assert core.check_pin(LIN, "602958").ok


def test_judging_a_pin_takes_long_enough_to_hurt_and_short_enough_to_wait(as_shipped: None, tablet: Device) -> None:
    verifier = make_verifier(PIN)
    began = time.perf_counter()
    is_pin(verifier, PIN)
    took_s = time.perf_counter() - began
    assert 0.004 < took_s < 1.0
