"""The running day on a phone that hears nothing new: HQ's "not due yet" is no longer said once the shift has begun."""

from __future__ import annotations

from contract.hours import DayRow
from mobile.viewmodels.hours_words import cell_mark, day_mark
from tests.mobile.devices_here import WEI, Device
from tests.mobile.hq_rows import PRIVATE, hq_says
from tests.mobile.test_hours import at, duty, planned, wei

assert wei  # the phone whose person this is about


def _said(wei: Device, day: str) -> tuple[str, str]:
    card = wei.core.hours.day(day).card
    assert next(one for one in wei.core.hours.month(day[:7]).days if one.day == day) == card
    return day_mark(card).said.code.removeprefix("hours_page."), cell_mark(card).said.code.removeprefix("hours_page.")


def test_a_shift_that_has_begun_without_a_punch_is_no_longer_told_as_not_due(wei: Device) -> None:
    day = wei.core.office.today_here()
    planned(wei, duty(day, (9, 18)))
    hq_says(wei, (PRIVATE, "day", f"{WEI}.{day}", DayRow(person_id=WEI, day=day, state="not_due", due_min=480, rules="standard")))
    wei.world.link.up = False
    at(wei, 8)
    assert _said(wei, day) == ("state_not_due", "short_not_due")
    at(wei, 10)
    assert _said(wei, day) == ("state_awaited", "short_awaited")
    wei.core.punch()
    assert _said(wei, day) == ("state_kept", "short_kept"), "punched here: HQ has yet to count it"


def test_of_a_day_that_is_over_only_hq_says_what_it_was(wei: Device) -> None:
    day = wei.core.office.today_here()
    planned(wei, duty(day, (9, 18)))
    hq_says(wei, (PRIVATE, "day", f"{WEI}.{day}", DayRow(person_id=WEI, day=day, state="not_due", due_min=480, rules="standard")))
    wei.world.link.up = False
    at(wei, 24 + 10)
    assert _said(wei, day) == ("state_planned", "short_planned")
    wei.world.link.up = True
    hq_says(wei, (PRIVATE, "day", f"{WEI}.{day}", DayRow(person_id=WEI, day=day, state="absent", due_min=480, rules="standard")))
    assert _said(wei, day) == ("state_absent", "short_absent")


def test_the_same_without_any_word_of_hq_and_never_of_a_day_off_or_on_call(wei: Device) -> None:
    day = wei.core.office.today_here()
    planned(wei, duty(day, (9, 18)))
    at(wei, 8)
    assert _said(wei, day)[0] == "state_planned"
    at(wei, 10)
    assert _said(wei, day) == ("state_awaited", "short_awaited")
    planned(wei, duty(day, (9, 18), kind="on_call"))
    assert _said(wei, day)[0] == "state_planned"
    planned(wei, duty(day))
    assert _said(wei, day)[0] == "state_off"
