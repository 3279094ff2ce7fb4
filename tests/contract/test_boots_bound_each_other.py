"""Phones that were restarted without a signal: what one boot proves of the next, and that it never proves too much."""

from __future__ import annotations

from dataclasses import dataclass, replace

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from contract import moments
from contract.moments import (
    DRIFT_PER_MILLION,
    NARROW_MS,
    Anchor,
    BootLine,
    BootSeen,
    Stamp,
    judge_time,
    line_of,
    lines_across,
)
from tests.support.planted import instead

NOON = 1_780_286_400_000
MINUTE, HOUR = 60_000, 3_600_000


@dataclass(frozen=True)
class Boot:
    """One boot as it truly was: from when to when, how fast its quartz goes, when the app last ran, when it met the server."""

    bid: str
    began: int
    ended: int
    rate: int
    looked: int
    met: int | None

    def reads(self, true_ms: int) -> int:
        return (true_ms - self.began) * (1_000_000 + self.rate) // 1_000_000

    @property
    def seen(self) -> BootSeen:
        return BootSeen(bid=self.bid, until=self.reads(self.looked))

    @property
    def line(self) -> BootLine | None:
        if self.met is None:
            return None
        return line_of(Anchor(id="x", bid=self.bid, sent=self.reads(self.met), got=self.reads(self.met + 300)), self.met + 150)


@dataclass(frozen=True)
class Life:
    boots: list[Boot]
    acted: int
    in_boot: int
    received: int

    def judged(self, wall: int, seen_ms: int | None = None, told: list[BootSeen] | None = None) -> moments.TimeTaken:
        """The server's interval of a punch that showed this wall clock. `told`: what the device says of its boots."""
        here = self.boots[-1]
        lines = [line for boot in self.boots if (line := boot.line) is not None]
        lines.append(BootLine(here.bid, None, self.received - here.reads(self.received), here.reads(self.received)))
        sent = [boot.seen for boot in self.boots[:-1]] if told is None else told
        boots = [*sent, BootSeen(bid=here.bid, until=here.reads(self.received))] if sent else []
        boot = self.boots[self.in_boot]
        stamp = Stamp(wall=wall, boot=boot.reads(self.acted), bid=boot.bid, tz=480)
        lines += lines_across(lines, boots, self.received)
        return judge_time(stamp, lines, not_before_ms=seen_ms or self.boots[0].began, received_ms=self.received)


def restarted_twice(off_ms: int, looked_before_ms: int, met: bool = True) -> Life:
    """On since the morning and met HQ at eight; restarted at half past eight and at half past five, punched at nine, heard of at
    six. `off_ms`: how long each restart took; `looked_before_ms`: how long before it the app had last noted that it ran."""
    eight = NOON - 4 * HOUR
    first, second = eight + HOUR // 2, eight + 9 * HOUR + HOUR // 2
    rows = [(eight - HOUR, first, eight if met else None), (first + off_ms, second, None), (second + off_ms, second + HOUR, None)]
    boots = [Boot(f"b{n}", began, ended, 0, ended - looked_before_ms, at) for n, (began, ended, at) in enumerate(rows)]
    return Life(boots, acted=eight + HOUR, in_boot=1, received=eight + 10 * HOUR)


def test_a_phone_that_was_restarted_twice_says_to_the_minutes_it_was_off_when_it_was_used() -> None:
    life = restarted_twice(off_ms=MINUTE, looked_before_ms=2 * MINUTE)
    alone = life.judged(life.acted, told=[])
    assert alone.grade == "unverified" and alone.high_ms - alone.low_ms > 8 * HOUR
    told = life.judged(life.acted)
    assert told.grade == "bounded" and told.at_ms == life.acted
    # by hand: two restarts of a minute each, each noted two minutes before: six minutes are open, and the drift of the quartz
    assert 6 * MINUTE <= told.high_ms - told.low_ms <= 6 * MINUTE + 5_000


@pytest.mark.parametrize(("off_min", "looked_min"), [(8, 0), (1, 7), (60, 1)])
def test_who_was_off_or_not_looked_at_for_longer_stays_with_a_manager(off_min: int, looked_min: int) -> None:
    told = restarted_twice(off_ms=off_min * MINUTE, looked_before_ms=looked_min * MINUTE)
    assert told.judged(told.acted).grade == "unverified"


def test_a_clock_that_was_set_back_gains_nothing_where_the_phone_ran() -> None:
    life = restarted_twice(off_ms=MINUTE, looked_before_ms=2 * MINUTE)
    taken = life.judged(life.acted - 2 * HOUR)
    assert taken.low_ms == taken.at_ms and life.acted - taken.at_ms <= 6 * MINUTE + 5_000, "the nearest moment that can be true"


def test_where_no_boot_before_met_the_server_only_the_chain_says_how_early_it_can_have_been() -> None:
    life = restarted_twice(off_ms=MINUTE, looked_before_ms=MINUTE, met=False)
    taken = life.judged(life.acted)
    assert taken.low_ms == life.boots[0].began and taken.grade == "unverified"
    assert life.acted <= taken.high_ms <= life.acted + 2 * MINUTE + 5_000, "the boots after it bound it all the same"


@st.composite
def lives(draw: st.DrawFn) -> Life:
    """Up to six boots with any gaps between, quartzes that keep what quartzes keep, looks and meetings at any time."""
    boots: list[Boot] = []
    at = NOON
    for n in range(draw(st.integers(2, 6))):
        began = at + draw(st.integers(0, 30 * HOUR))
        ended = began + draw(st.integers(1_000, 60 * HOUR))
        looked = draw(st.integers(began, ended))
        met = draw(st.none() | st.integers(began, max(began, looked - 1_000)))
        rate = draw(st.integers(-DRIFT_PER_MILLION + 5, DRIFT_PER_MILLION - 5))
        boots.append(Boot(f"b{n}", began, ended, rate, looked, met))
        at = ended
    boots[-1] = replace(boots[-1], looked=boots[-1].ended)
    which = draw(st.integers(0, len(boots) - 1))
    acted = draw(st.integers(boots[which].began, boots[which].looked))
    return Life(boots, acted, which, received=boots[-1].ended + draw(st.integers(0, 2_000)))


def _holds_the_truth(life: Life, wall_off: int) -> None:
    taken = life.judged(life.acted + wall_off)
    assert taken.low_ms <= life.acted <= taken.high_ms
    if taken.grade != "unverified":
        assert abs(taken.at_ms - life.acted) <= NARROW_MS, "whatever somebody set their clock to"


@pytest.mark.slow
@settings(max_examples=300)
@given(lives(), st.integers(-99 * HOUR, 99 * HOUR))
def test_the_truth_lies_in_the_interval_whatever_the_wall_clock_says(life: Life, wall_off: int) -> None:
    _holds_the_truth(life, wall_off)
    assert life.boots


@given(lives(), st.data())
def test_a_boot_that_is_not_told_of_only_makes_the_interval_wider(life: Life, data: st.DataObject) -> None:
    seen = [boot.seen for boot in life.boots[:-1]]
    some = [one for one in seen if one.bid == life.boots[life.in_boot].bid or data.draw(st.booleans())]
    few, all_ = life.judged(life.acted, told=some), life.judged(life.acted)
    assert few.low_ms <= all_.low_ms <= all_.high_ms <= few.high_ms


@given(lives(), st.integers(0, 60 * HOUR))
def test_what_was_noted_earlier_leaves_more_open(life: Life, less: int) -> None:
    late = [boot.seen for boot in life.boots[:-1]]
    acted = life.boots[life.in_boot].reads(life.acted)
    early = [BootSeen(bid=one.bid, until=max(one.until - less, acted if n == life.in_boot else 0)) for n, one in enumerate(late)]
    few, all_ = life.judged(life.acted, told=early), life.judged(life.acted, told=late)
    assert few.low_ms <= all_.low_ms <= all_.high_ms <= few.high_ms


def test_a_device_that_contradicts_itself_proves_nothing_by_its_boots() -> None:
    life = restarted_twice(off_ms=MINUTE, looked_before_ms=MINUTE)
    first, second = (boot.seen for boot in life.boots[:-1])
    here = life.boots[-1]
    now = BootSeen(bid=here.bid, until=here.reads(life.received))
    lines = [line for boot in life.boots if (line := boot.line) is not None]
    lines.append(BootLine(now.bid, None, life.received - now.until, now.until))
    assert lines_across(lines, [first, second, now], life.received)
    for told in (
        [first, replace_until(second, 20 * HOUR), now],  # longer than there was time
        [first, first, now], [first, replace_until(second, -1), now],
    ):  # fmt: skip
        assert lines_across(lines, told, life.received) == []


def replace_until(one: BootSeen, until: int) -> BootSeen:
    return BootSeen(bid=one.bid, until=until)


@pytest.mark.parametrize("fault", ["a boot that begins late", "a quartz that never drifts"])
def test_careless_reckoning_is_found(fault: str) -> None:
    """The controls: bounds that begin too late, or the drift of its clock."""
    off_ms = 5 * MINUTE if fault.startswith("a boot") else 0
    life = restarted_twice(off_ms=off_ms, looked_before_ms=0)
    fast = Life([replace(boot, rate=45) for boot in life.boots], life.boots[1].ended - MINUTE, 1, life.received)

    @settings(max_examples=5, database=None)
    @example(fast, 0)
    @given(lives(), st.just(0))
    def told(life: Life, wall_off: int) -> None:
        _holds_the_truth(life, wall_off)

    ended, late = moments._ended, 7 * MINUTE
    wrong = {
        "a boot that begins late": ("_ended", lambda *args: ended(*args) + late * (args[1].bid == "b0")),
        "a quartz that never drifts": ("_drift", lambda since: 0),
    }[fault]
    with instead(moments, *wrong), pytest.raises(AssertionError):
        told()
    assert life.judged(life.acted).grade != "unverified"
