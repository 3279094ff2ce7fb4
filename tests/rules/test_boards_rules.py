"""What the board says of one person, from what is known: silence is never absence, and the counts are of those posted."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from server.boards.rules import KIOSK_SILENT_AFTER, LATE_SYNC_AFTER, kiosk_silent_since, minutes_late_synced, state_of

NOW = datetime(2026, 11, 20, 4, 0, tzinfo=UTC)
DAY_START = datetime(2026, 11, 19, 21, 0, tzinfo=UTC)
STATES = {"present", "left", "not_in_yet", "unknown"}
moments = st.datetimes(datetime(2026, 11, 1), datetime(2026, 11, 20, 4), timezones=st.just(UTC))


def ago(**duration: float) -> datetime:
    return NOW - timedelta(**duration)


@pytest.mark.parametrize(
    ("last_seen", "since"),
    [
        ([], None),
        ([NOW], None),
        ([ago(minutes=15)], None),
        ([ago(minutes=15, seconds=1)], ago(minutes=15, seconds=1)),
        ([ago(hours=9), ago(minutes=1)], None),
        ([ago(hours=9), ago(hours=2)], ago(hours=2)),
    ],
)
def test_a_store_is_silent_when_none_of_its_tablets_speaks(last_seen: list[datetime], since: datetime | None) -> None:
    assert kiosk_silent_since(last_seen, NOW) == since


@given(st.lists(moments, min_size=1, max_size=4))
def test_one_tablet_that_is_awake_is_enough_whatever_the_others_do(others: list[datetime]) -> None:
    assert kiosk_silent_since([*others, NOW], NOW) is None
    silent = kiosk_silent_since(others, NOW)
    assert silent is None or NOW - silent > KIOSK_SILENT_AFTER


@pytest.mark.parametrize(
    ("last_kind", "kiosk_silent", "has_kiosk", "phone_seen", "has_phone", "state", "since"),
    [
        ("in", ago(hours=3), True, None, True, "present", None),
        ("out", None, True, None, False, "left", None),
        (None, None, True, None, False, "not_in_yet", None),
        (None, None, True, ago(days=9), True, "not_in_yet", None),
        (None, ago(hours=1), True, NOW, True, "unknown", ago(hours=1)),
        (None, None, False, DAY_START, True, "not_in_yet", None),
        (None, None, False, DAY_START - timedelta(seconds=1), True, "unknown", DAY_START - timedelta(seconds=1)),
        (None, None, False, None, True, "unknown", None),
        (None, None, False, None, False, "not_in_yet", None),
    ],
)
def test_who_has_not_punched_is_absent_only_where_a_device_that_would_know_has_spoken(
    last_kind: str | None, kiosk_silent: datetime | None, has_kiosk: bool, phone_seen: datetime | None, has_phone: bool,
    state: str, since: datetime | None,
) -> None:  # fmt: skip
    said = state_of(
        last_kind, kiosk_silent=kiosk_silent, has_kiosk=has_kiosk, phone_seen=phone_seen, has_phone=has_phone, day_start=DAY_START
    )
    assert said == (state, since)


facts = st.fixed_dictionaries(
    {
        "kiosk_silent": st.none() | moments, "has_kiosk": st.booleans(), "phone_seen": st.none() | moments,
        "has_phone": st.booleans(),
    }
)  # fmt: skip


@given(facts)
def test_a_silent_tablet_never_makes_anybody_absent(known: dict[str, object]) -> None:
    silent = {**known, "has_kiosk": True, "kiosk_silent": ago(hours=1)}
    assert state_of(None, day_start=DAY_START, **silent)[0] == "unknown"  # type: ignore[arg-type]


@given(st.sampled_from(["in", "out"]), facts)
def test_a_punch_that_is_here_is_believed_whatever_is_silent(kind: str, known: dict[str, object]) -> None:
    assert state_of(kind, day_start=DAY_START, **known) == ({"in": "present", "out": "left"}[kind], None)  # type: ignore[arg-type]


@given(st.lists(st.tuples(st.sampled_from(["in", "out", None]), facts), max_size=30))
def test_everybody_who_is_posted_is_counted_once(people: list[tuple[str | None, dict[str, object]]]) -> None:
    states = [state_of(kind, day_start=DAY_START, **known)[0] for kind, known in people]  # type: ignore[arg-type]
    assert sum(states.count(state) for state in STATES) == len(people)
    assert sum(kind is not None for kind, _ in people) == states.count("present") + states.count("left")


@pytest.mark.parametrize(
    ("waited", "minutes"),
    [({"seconds": 0}, None), ({"minutes": 15}, None), ({"minutes": 15, "seconds": 1}, 15),
     ({"hours": 30}, 1_800), ({"minutes": -5}, None)],
)  # fmt: skip
def test_a_late_punch_is_marked_from_a_quarter_of_an_hour_on(waited: dict[str, float], minutes: int | None) -> None:
    assert minutes_late_synced(NOW, NOW + timedelta(**waited)) == minutes
    assert timedelta(minutes=15) == LATE_SYNC_AFTER
