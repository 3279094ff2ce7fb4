"""Days on which nobody works by the calendar, on a phone: marked as that, and not as a day off of one's own."""

from __future__ import annotations

import msgspec

from contract.hours import DayRow, DayStep
from mobile.core.views_hq import Both
from tests.mobile.devices_here import WEI, Device
from tests.mobile.hq_rows import PRIVATE, hq_says
from tests.mobile.test_hours import duty, planned, wei

assert wei  # the phone whose person this is about
FESTIVAL = Both("端午节", "Dragon Boat Festival")


def test_a_day_the_calendar_closes_is_no_day_off_of_ones_own(wei: Device) -> None:
    closed = msgspec.structs.replace(duty("2026-06-19"), day_kind="holiday", holiday_zh=FESTIVAL.zh, holiday_en=FESTIVAL.en)
    weekend = msgspec.structs.replace(duty("2026-06-20"), day_kind="weekend")
    called = DayStep(code="day_weekend", facts={"holiday_zh": "国庆节", "holiday_en": "National Day"})
    plain = DayStep(code="day_weekend", facts={"holiday_zh": "", "holiday_en": ""})
    planned(wei, closed, weekend)
    for number, step in (("01", called), ("02", plain)):
        row = DayRow(person_id=WEI, day=f"2026-06-{number}", state="off", steps=[step], rules="standard")
        hq_says(wei, (PRIVATE, "day", f"{WEI}.{number}", row))
    cards = {card.day: card for card in wei.core.hours.month("2026-06").days}
    assert cards["2026-06-19"].holiday == FESTIVAL and cards["2026-06-19"].is_closed
    assert cards["2026-06-01"].holiday == Both("国庆节", "National Day"), "the days around it have its name"
    assert [cards[f"2026-06-{n}"].is_closed for n in ("02", "20", "21")] == [False, False, False]
