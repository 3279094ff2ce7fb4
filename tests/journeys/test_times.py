"""Clocks set wrong, reboots, no network: the time HQ stores is right, or says honestly how little it knows."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any

import pytest
import sqlalchemy as sa
from hypothesis import HealthCheck, given, note, settings
from hypothesis import strategies as st

from contract.moments import to_ms
from mobile.core.ports import Answer, NoSignal
from server.attendance.model import Punch
from tests.mobile.field import Field, Gadget

HOUR_MS = 3_600_000
TWO_HOURS_BACK = -2 * HOUR_MS


@dataclass
class History:
    """A phone, what happens to it, and what was true when somebody punched on it."""

    company: Field
    phone: Gadget
    made: dict[str, int] = field(default_factory=dict)
    in_anchored_boot: set[str] = field(default_factory=set)
    is_anchored: bool = False
    held_back: list[Callable[[], Any]] = field(default_factory=list)

    def wait(self, ms: int) -> None:
        self.company.time.true_ms += ms

    def set_clock(self, off_ms: int) -> None:
        self.phone.world.clock.wall_off_ms = off_ms

    def reboot(self) -> None:
        self.phone.core.close()
        self.phone.world.clock.reboot()
        self.phone.core = self.phone._start()
        self.is_anchored = False

    def punch(self) -> None:
        kept = self.phone.core.punch(kind="in", store_id=STORE[0])
        self.made[kept.punch_id] = self.company.time.true_ms
        if self.is_anchored:
            self.in_anchored_boot.add(kept.punch_id)
        self.wait(10)

    def sync(self, up_ms: int = 40, down_ms: int = 60) -> None:
        """A round trip; the way there and the way back take their time, each its own."""

        def slow(through: Any, *request: Any) -> Answer:
            self.wait(up_ms)
            answer: Answer = through(*request)
            self.wait(down_ms)
            return answer

        self.phone.world.link.weather = slow
        if self.phone.core.sync_once().reached and up_ms + down_ms <= 20_000:
            self.is_anchored = True

    def heard(self) -> None:
        """What the server writes down of devices within two seconds is written."""
        book = self.company.office.app.extensions["outpost"].notes.get("seen")
        if book is not None:
            book.write()

    def sync_unheard(self) -> None:
        """The server hears it; its answer is lost."""

        def deaf(through: Any, *request: Any) -> Answer:
            self.wait(40)
            through(*request)
            raise NoSignal("lost")

        self.phone.world.link.weather = deaf
        self.phone.core.sync_once()

    def sync_held_back(self) -> None:
        """The network keeps the request and delivers it some other time."""

        def keeps(through: Any, *request: Any) -> Answer:
            self.held_back.append(lambda: through(*request))
            raise NoSignal("kept")

        self.phone.world.link.weather = keeps
        self.phone.core.sync_once()

    def deliver(self) -> None:
        waiting, self.held_back = self.held_back, []
        for request in waiting:
            request()


STORE: list[str] = [""]
WAITS = st.one_of(st.integers(0, 90_000), st.integers(0, 26 * HOUR_MS))
DELAYS = st.one_of(st.integers(0, 3_000), st.integers(0, 100_000))
ACTS = st.one_of(
    st.tuples(st.just("punch")),
    st.tuples(st.just("punch")),
    st.tuples(st.just("wait"), WAITS),
    st.tuples(st.just("set_clock"), st.one_of(st.just(TWO_HOURS_BACK), st.integers(-400 * 24 * HOUR_MS, 400 * 24 * HOUR_MS))),
    st.tuples(st.just("reboot")),
    st.tuples(st.just("sync"), DELAYS, DELAYS),
    st.tuples(st.just("sync_unheard")),
    st.tuples(st.just("sync_held_back")),
    st.tuples(st.just("deliver")),
)


@pytest.fixture(scope="module")
def field_of_all(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Field]:
    made = Field(tmp_path_factory.mktemp("times"))
    STORE[0] = made.office.open_store("豫园店")
    yield made
    made.close()


def begin(field: Field, drift_ppm: int = 0) -> History:
    """A new person with a new phone."""
    person = field.office.hire(f"人{len(field.office.people)}")
    field.office.post(person, STORE[0])
    phone = field.phone_of(person)
    phone.world.clock.drift_ppm = drift_ppm
    history = History(field, phone)
    history.reboot()  # the quartz is as it is from here on
    return history


def end(history: History) -> dict[str, Punch]:
    """The network is well again; everything arrives. What HQ has of this phone."""
    history.deliver()
    history.wait(60_000)
    for _ in range(3):
        history.sync()
    device_id = history.phone.core._parts.identity.device_id
    history.phone.core.close()
    rows = history.company.office.rows(sa.select(Punch).where(Punch.device_id == device_id))
    assert {row.id for row in rows} == set(history.made), "0 lost, 0 doubled"
    return {row.id: row for row in rows}


def check_times(history: History) -> dict[str, Punch]:
    """exact: within 30 s. Whatever the grade: the interval holds the truth, and the stored time lies in it."""
    found = end(history)
    for punch_id, truth in history.made.items():
        row = found[punch_id]
        low, at, high = to_ms(row.taken_low), to_ms(row.taken_at), to_ms(row.taken_high)
        said = f"{row.grade}: {low - truth} .. {at - truth} .. {high - truth} ms around the truth"
        assert low <= truth <= high, said
        assert low <= at <= high, said
        assert row.grade != "exact" or abs(at - truth) <= 30_000, said
        assert row.grade != "bounded" or high - low <= 15 * 60_000, said
        if punch_id in history.in_anchored_boot:
            assert row.grade == "exact", f"an anchor of the same boot was there: {said}"
        if row.grade == "unverified":
            assert row.verdict == "review", "a wide interval is looked at by a person"
    stored = [to_ms(found[punch_id].taken_at) for punch_id in history.made]
    # between two requests a second of doubt is left: the first may have been on its way that long
    assert all(later >= earlier - 1_000 for earlier, later in pairwise(stored)), "what was done later is not stored as earlier"
    return found


@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
@given(acts=st.lists(ACTS, max_size=14), drift_ppm=st.integers(-40, 40))
def test_no_history_of_clocks_reboots_and_networks_ends_in_a_time_that_is_silently_wrong(
    field_of_all: Field, acts: list[tuple[Any, ...]], drift_ppm: int
) -> None:
    history = begin(field_of_all, drift_ppm)
    for name, *values in acts:
        getattr(history, name)(*values)
    note(str(acts))
    check_times(history)


@pytest.mark.parametrize(
    ("story", "grade"),
    [
        (["sync", "set back", "punch"], "exact"),
        (["sync", "punch", "set back"], "exact"),
        (["sync", "set back", "punch", "reboot"], "exact"),
        (["sync", "set back", "reboot", "punch"], "exact"),  # the same boot meets the server before the next one
        (["sync", "set back", "reboot", "punch", "reboot"], "not exact"),
        (["sync", "reboot", "set back", "punch", "reboot", "punch", "reboot"], "not exact"),
        (["sync", "reboot", "punch", "set back", "punch", "reboot"], "not exact"),  # in, then out by an earlier clock
    ],
)
def test_a_clock_set_two_hours_back_offline_with_and_without_reboot(field_of_all: Field, story: list[str], grade: str) -> None:
    history = begin(field_of_all)
    for act in story:
        history.wait(20 * 60_000)
        if act == "set back":
            history.set_clock(TWO_HOURS_BACK)
        else:
            getattr(history, act)()
    history.wait(3 * HOUR_MS)
    rows = check_times(history)
    assert {row.grade == "exact" for row in rows.values()} == {grade == "exact"}


def test_the_control_a_server_that_believed_the_wall_clock_would_be_two_hours_wrong(field_of_all: Field) -> None:
    history = begin(field_of_all)
    history.sync()
    history.set_clock(TWO_HOURS_BACK)
    history.punch()
    [(punch_id, row)] = check_times(history).items()
    assert row.wall_ms is not None and row.wall_ms - history.made[punch_id] == TWO_HOURS_BACK
    assert abs(to_ms(row.taken_at) - history.made[punch_id]) < 1_000


@pytest.mark.parametrize(
    ("story", "points"),
    [
        (["clock", "sync", "punch"], [0]),  # wrong before the day began: not set for this punch
        (["clock", "sync", "punch", "sync", "punch", "sync"], [0, 0]),
        (["sync", "clock", "punch"], [-8]),  # set between the last word and the punch
        (["sync", "clock", "punch", "sync", "punch"], [-8, 0]),
        (["clock", "sync", "back", "sync", "clock", "punch"], [-8]),  # wrong once, right since, and set again
        (["clock", "sync", "reboot", "punch"], [-8]),  # no time is proven: what the clock said matters
    ],
)
def test_a_clock_that_was_wrong_all_along_costs_nothing_and_one_set_for_the_punch_does(
    field_of_all: Field, story: list[str], points: list[int]
) -> None:
    history = begin(field_of_all)
    steps = {
        "clock": lambda: history.set_clock(TWO_HOURS_BACK), "back": lambda: history.set_clock(0),
        "sync": history.sync, "punch": history.punch, "reboot": history.reboot,
    }  # fmt: skip
    history.sync()
    for step in story:
        history.wait(20 * 60_000)
        steps[step]()
        history.heard()
    if story[-2:] == ["reboot", "punch"]:
        history.wait(4 * HOUR_MS)
        history.reboot()
    found = end(history)
    said = [
        [reason["points_db"] for reason in found[punch_id].reasons if reason["code"] == "evidence.clock_off"]
        for punch_id in history.made
    ]
    assert said == [[one] for one in points]
