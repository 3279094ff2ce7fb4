"""When the device tries to reach the server. The promise: something waits and the app is awake, so it is tried within T."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mobile.core import sync_plan
from mobile.core.sync_plan import (
    BUDGET_LEAST,
    BUDGET_MOST,
    RETRY_AFTER_MOST_MS,
    TRY_WITHIN_MS,
    PlanState,
    after_answer,
    after_put_off,
    after_silence,
    backoff_ms,
    due_ms,
    next_step,
)
from tests.support.planted import instead

READY = PlanState(enrolled=True, anchored=True)


def test_something_that_waits_is_tried_at_once() -> None:
    state = replace(READY, tried_ms=1_000, waiting=1, last_seq=1)
    assert next_step(state, 1_000).want == "sync"


def test_operations_of_a_boot_without_an_anchor_are_preceded_by_a_hello() -> None:
    """Their time is exact only if the server can tie this boot's clock to its own."""
    state = replace(READY, anchored=False, waiting=3, last_seq=3)
    assert next_step(state, 0).want == "hello"
    assert next_step(replace(state, anchored=True), 0).want == "sync"
    assert next_step(replace(state, waiting=0), 0).want == "sync"


def test_nothing_to_say_is_said_seldom() -> None:
    state = replace(READY, tried_ms=0)
    assert next_step(state, 60_000).want == "rest"
    assert next_step(replace(state, kind="kiosk"), 60_000).want == "sync"
    assert next_step(state, 300_000).want == "sync"


def test_a_new_tap_is_tried_even_while_backing_off_but_only_once() -> None:
    state = after_silence(replace(READY, waiting=1, last_seq=1), 0, random.Random(1), too_much=False)
    for _ in range(6):
        state = after_silence(state, 0, random.Random(1), too_much=False)
    state = replace(state, jitter=1.0)
    assert next_step(state, 1_000).want == "rest"
    tapped = replace(state, waiting=2, last_seq=2)
    assert next_step(tapped, 1_000).want == "sync"
    assert next_step(after_silence(replace(tapped), 1_000, random.Random(1), too_much=False), 1_001).want == "rest"


def test_the_servers_wish_to_wait_is_honoured_even_with_a_new_tap() -> None:
    state = after_put_off(replace(READY, waiting=1), 0, random.Random(1), retry_after_ms=40_000, refused=False)
    assert next_step(replace(state, last_seq=9), 39_999).want == "rest"
    assert next_step(replace(state, last_seq=9), 40_000).want == "sync"


def test_a_request_that_was_too_much_is_halved_and_grows_again() -> None:
    state = READY
    for _ in range(12):
        state = after_silence(state, 0, random.Random(1), too_much=True)
    assert (state.most_ops, state.budget) == (1, BUDGET_LEAST)
    for _ in range(12):
        state = after_answer(state, 0, follow_up=False)
    assert (state.most_ops, state.budget) == (200, BUDGET_MOST)


@given(failures=st.integers(1, 10_000), jitter=st.floats(0, 1), most=st.sampled_from([TRY_WITHIN_MS, 300_000]))
def test_backoff_is_full_jitter_below_a_ceiling(failures: int, jitter: float, most: int) -> None:
    assert 500 <= backoff_ms(failures, jitter, most_ms=most) <= most


def test_a_fleet_that_lost_the_server_together_does_not_come_back_together() -> None:
    rng = random.Random(5)
    waits = []
    for _ in range(1_000):
        state = replace(READY, waiting=1, last_seq=1)
        for _ in range(6):
            state = after_silence(state, 0, rng, too_much=False)
        waits.append(due_ms(state))
    busiest = max(sum(1 for wait in waits if second * 1_000 <= wait < (second + 1) * 1_000) for second in range(61))
    assert busiest < 45, "at best 17 a second over a minute; a fixed backoff would give 1,000"


def test_a_boot_clock_that_began_anew_does_not_silence_the_device() -> None:
    state = replace(READY, tried_ms=900_000_000, not_before_ms=900_500_000, failures=9, jitter=1.0, waiting=1, last_seq=1)
    assert next_step(state, 5_000).want == "sync"


def test_a_forked_device_sends_nothing() -> None:
    assert next_step(replace(READY, sends=False, waiting=5), 10**9).want == "rest"


@dataclass
class Life:
    """An app's clock and plan, and what may happen to them."""

    state: PlanState
    rng: random.Random
    now: int = 1_000

    def time_passes(self, ms: int) -> None:
        self.now += ms

    def tap(self) -> None:
        self.state = replace(self.state, waiting=self.state.waiting + 1, last_seq=self.state.last_seq + 1)

    def front_or_back(self, awake: bool) -> None:
        self.state = replace(self.state, awake=awake)

    def no_answer(self, too_much: bool) -> None:
        self.state = after_silence(self.state, self.now, self.rng, too_much=too_much)

    def put_off(self, after: int | None, refused: bool) -> None:
        self.state = after_put_off(self.state, self.now, self.rng, retry_after_ms=after, refused=refused)

    def answer(self, follow_up: bool, taken: bool) -> None:
        self.state = after_answer(self.state, self.now, follow_up=follow_up)
        if taken:
            self.state = replace(self.state, waiting=0)

    def reboot(self) -> None:
        self.now = 500

    def tries_within_t(self) -> None:
        if not (self.state.waiting and self.state.awake):
            return
        at = self.now
        most = max(self.now + TRY_WITHIN_MS, min(self.state.not_before_ms, self.now + RETRY_AFTER_MOST_MS))
        while (step := next_step(self.state, at)).want == "rest":
            assert step.wait_ms > 0, "a rest of nothing would be a busy loop"
            at += step.wait_ms
            assert at <= most, f"waits until {at - self.now} ms from now"


HAPPENS = st.one_of(
    st.tuples(st.just(Life.time_passes), st.integers(0, 10**7)),
    st.tuples(st.just(Life.tap)),
    st.tuples(st.just(Life.front_or_back), st.booleans()),
    st.tuples(st.just(Life.no_answer), st.booleans()),
    st.tuples(st.just(Life.put_off), st.none() | st.integers(0, 10**9), st.booleans()),
    st.tuples(st.just(Life.answer), st.booleans(), st.booleans()),
    st.tuples(st.just(Life.reboot)),
)


SILENCES = [(Life.tap,), *[(Life.no_answer, False)] * 8]


def lives(happened: list[tuple[Any, ...]], kind: str, seed: int) -> int:
    """A life; how often there was something to say."""
    life, pressing = Life(replace(READY, kind=kind), random.Random(seed)), 0  # type: ignore[arg-type]
    for what, *how in happened:
        what(life, *how)
        life.tries_within_t()
        pressing += bool(life.state.waiting and life.state.awake)
    return pressing


@settings(max_examples=300)
@given(st.lists(HAPPENS, min_size=25, max_size=30), st.sampled_from(["phone", "kiosk"]), st.integers(0, 2**32))
@example(SILENCES, "phone", 1)
def test_whatever_has_happened_an_awake_app_with_something_to_send_tries_within_t(
    happened: list[tuple[Any, ...]], kind: str, seed: int
) -> None:
    """The server's own wish to wait aside."""
    assert 0 <= lives(happened, kind, seed) <= len(happened)


def test_a_plan_that_backs_off_without_a_ceiling_is_found() -> None:
    """The control: after eight silences nobody would try for minutes, and drawn lives find it."""
    with instead(sync_plan, "backoff_ms", lambda failures, _jitter, *, most_ms: 2_000 * 2**failures):
        with pytest.raises(AssertionError, match="waits until"):
            test_whatever_has_happened_an_awake_app_with_something_to_send_tries_within_t()
