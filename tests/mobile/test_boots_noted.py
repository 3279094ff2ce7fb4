"""A phone notes that it runs, and tells HQ of its boots only where that can help."""

from __future__ import annotations

import json
from typing import Any

import pytest

from mobile.background import LOOK_AT_LEAST_EVERY_S, rest_by_the_clock
from mobile.core import anchors
from tests.mobile.devices_here import Device
from tests.support.planted import instead

MINUTE_MS = 60_000


def clocks_said(phone: Device) -> dict[str, Any]:
    """The `clock` of the next request."""
    out = phone.core.begin_exchange()
    assert out is not None
    phone.core.finish_exchange(out, phone.core.carry(out))
    said: dict[str, Any] = json.loads(out.body)["clock"]
    return said


@pytest.fixture
def lived(phone: Device) -> Device:
    """Met HQ, ran for an hour, was restarted, used, ran for two hours more and was restarted again; never a signal since."""
    phone.set_up()
    phone.core.sync_once()
    phone.world.link.up = False
    for hours in (1, 2):
        for _ in range(hours * 60):
            phone.world.clock.pass_ms(MINUTE_MS)
            phone.core.pulse()
        if hours == 2:
            break
        phone.world.clock.reboot()
        phone.restart()
        phone.core.punch(kind="in")
    phone.world.clock.reboot()
    phone.restart()
    phone.world.link.up = True
    return phone


def test_of_a_boot_that_never_met_hq_the_boots_around_it_are_told(lived: Device) -> None:
    clocks_said(lived)  # hello first
    said = clocks_said(lived)
    first, second = said["boots"]
    assert [first["until"] >= 60 * MINUTE_MS, second["until"] >= 120 * MINUTE_MS] == [True, True]
    assert [anchor["bid"] for anchor in said["anchors"]] == [said["bid"], first["bid"]], "the boot before it met HQ: that helps"


def test_where_every_boot_met_hq_nothing_is_told(phone: Device) -> None:
    phone.set_up()
    phone.core.sync_once()
    phone.core.punch(kind="in")
    assert "boots" not in clocks_said(phone) or clocks_said(phone)["boots"] == []


def test_that_the_phone_runs_is_written_down_once_a_minute_and_no_oftener(phone: Device) -> None:
    phone.set_up()
    clocks = phone.world.clock.read()
    known = phone.core._parts.run.anchors
    assert not known.is_news(clocks)
    phone.world.clock.pass_ms(MINUTE_MS - 1)
    assert not known.is_news(phone.world.clock.read())
    phone.world.clock.pass_ms(1)
    assert known.is_news(phone.world.clock.read())
    phone.core.pulse()
    assert not known.is_news(phone.world.clock.read())


def test_a_phone_keeps_few_boots_and_their_anchors(phone: Device) -> None:
    phone.set_up()
    for _ in range(20):
        phone.world.clock.reboot()
        phone.restart()
    rows = phone.core._parts.db.rows("SELECT bid FROM boot_seen ORDER BY nr")
    assert len(rows) == anchors.BOOTS_KEPT and rows[-1][0] == phone.world.clock.read().boot_id


def test_a_phone_that_never_notes_that_it_runs_is_found(phone: Device) -> None:
    """The control: nothing but what its start wrote down."""
    with instead(anchors.Anchors, "is_news", lambda self, clocks: False):
        phone.set_up()
        for _ in range(60):
            phone.world.clock.pass_ms(MINUTE_MS)
            phone.core.pulse()
        until = phone.core._parts.db.value("SELECT max(until) FROM boot_seen")
    assert phone.world.clock.read().boot_ms - until >= 60 * MINUTE_MS


def test_the_service_rests_by_the_clock_that_runs_through_sleep(phone: Device) -> None:
    naps: list[float] = []

    def asleep(seconds: float) -> None:
        naps.append(seconds)
        phone.world.clock.pass_ms(70_000)  # the processor slept, and the nap with it

    rest_by_the_clock(LOOK_AT_LEAST_EVERY_S, phone.world.clock, asleep)
    assert naps == [10.0, 10.0], "two minutes are over after two naps, not after twelve"
