"""What a phone reckons a leave takes is what the server reckons, as long as the calendar has only weekends."""

from __future__ import annotations

from datetime import date, timedelta

from hypothesis import given
from hypothesis import strategies as st

from contract.leave_days import minutes_by_day
from mobile.core.leave import minutes_of
from server.leave.requests import stretch_asked

DAYS = st.dates(date(2026, 1, 1), date(2027, 12, 31))


@given(
    first=DAYS,
    more=st.integers(0, 30),
    part=st.sampled_from(["whole", "first_half", "second_half"]),
    hours=st.none() | st.tuples(st.integers(0, 20), st.integers(1, 4)),
    day_min=st.sampled_from([420, 480, 600]),
)
def test_phone_and_server_reckon_alike(first: date, more: int, part: str, hours: tuple[int, int] | None, day_min: int) -> None:
    form: dict[str, str | int | bool | None] = {
        "from_day": first.isoformat(),
        "to_day": (first + timedelta(days=more)).isoformat(),
    }
    if more == 0:
        form["part"] = part
    if more == 0 and hours is not None:
        form |= {"from_time": f"{hours[0]:02}:00", "to_time": f"{min(24, hours[0] + hours[1]):02}:00"}
    by_server = minutes_by_day(stretch_asked(form), day_min, lambda day: day.weekday() < 5)
    assert minutes_of(form, day_min) == sum(by_server.values())


def test_a_form_that_says_no_stretch_is_not_reckoned() -> None:
    assert minutes_of({}, 480) is None
    assert minutes_of({"from_day": "2026-06-05", "to_day": "2026-06-04"}, 480) is None
    assert minutes_of({"from_day": "2026-06-05", "to_day": "2026-06-05", "from_time": "10:00", "to_time": "09:00"}, 480) is None
