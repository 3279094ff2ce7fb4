"""When to try to reach the server next, and how much to carry. Pure: a state and a time in, a step out.

Everything here is a level: what waits, what failed, what the clocks show. There is no event whose loss could leave the
device silent for ever (the commonest failure of sync engines). Times are on the boot clock.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Final, Literal

from contract.limits import MAX_OPS_PER_REQUEST

TRY_WITHIN_MS: Final = 60_000  # T: something waits and the app is awake, so within this time it is tried
BACKOFF_FIRST_MS: Final = 2_000
IDLE_MOST_MS: Final = 300_000
REFUSED_MS: Final = 300_000  # the server refused the whole request: asking again soon would not change its mind
RETRY_AFTER_MOST_MS: Final = 600_000
BUDGET_MOST: Final = 200_000
BUDGET_LEAST: Final = 4_000
POLL_MS: Final = {"phone": 300_000, "kiosk": 60_000}

Wanted = Literal["rest", "hello", "sync"]


@dataclass(frozen=True)
class PlanState:
    """All that the plan looks at."""

    enrolled: bool = False
    sends: bool = True  # False once the chain has forked: nothing more is sent until somebody enrols the device anew
    stays: bool = True  # False: HQ removed this device, and it has yet to say its last word
    awake: bool = True
    kind: Literal["phone", "kiosk"] = "phone"
    waiting: int = 0  # operations the server does not have
    photos: int = 0  # photos whose operation it has
    media: int = 0  # pictures of courses that are not whole here
    last_seq: int = 0
    anchored: bool = False  # this boot has an anchor
    follow_up: bool = False  # the server has more to say, or asked for something
    check_due: bool = False
    tried_ms: int | None = None
    tried_seq: int = 0  # how far the journal reached at the last try
    failures: int = 0
    jitter: float = 0.0  # drawn at each failure, 0..1
    not_before_ms: int = 0  # the server's Retry-After, or a refusal of the whole request
    most_ops: int = MAX_OPS_PER_REQUEST
    budget: int = BUDGET_MOST


@dataclass(frozen=True)
class Step:
    """What to do: rest for so long, say hello (to get an anchor before operations are judged), or sync."""

    want: Wanted
    wait_ms: int = 0


def next_step(state: PlanState, now_ms: int) -> Step:
    """The next thing to do, and how long to wait before it."""
    if not state.enrolled or not state.sends:
        return Step("rest", IDLE_MOST_MS)
    if state.tried_ms is not None and now_ms < state.tried_ms:
        state = replace(state, tried_ms=None, not_before_ms=0)  # the boot clock began anew: what was noted on it is void
    due = due_ms(state)
    if due > now_ms:
        return Step("rest", due - now_ms)
    return Step("hello" if state.waiting and not state.anchored else "sync")


def due_ms(state: PlanState) -> int:
    """When the next try is due. Anything in the past means now."""
    if state.tried_ms is None:
        return state.not_before_ms
    busy = bool(state.waiting or state.photos or state.media or state.follow_up or not state.stays)
    if state.failures and not (busy and state.awake and state.last_seq > state.tried_seq):
        wait = backoff_ms(state.failures, state.jitter, most_ms=TRY_WITHIN_MS if busy and state.awake else IDLE_MOST_MS)
    elif (busy and state.awake) or (state.check_due and state.awake):
        wait = 0
    else:
        wait = POLL_MS[state.kind] if state.awake else IDLE_MOST_MS
    return max(state.tried_ms + wait, state.not_before_ms)


def backoff_ms(failures: int, jitter: float, *, most_ms: int) -> int:
    """Full jitter: anywhere between half a second and a ceiling that doubles with each failure."""
    ceiling = min(most_ms, BACKOFF_FIRST_MS * 2 ** min(failures - 1, 16))
    return 500 + int(jitter * (ceiling - 500))


def after_answer(state: PlanState, now_ms: int, *, follow_up: bool, retry_after_ms: int = 0) -> PlanState:
    """The server answered: no backoff, and the request may carry more again."""
    return replace(
        state,
        tried_ms=now_ms,
        failures=0,
        follow_up=follow_up,
        not_before_ms=now_ms + min(retry_after_ms, RETRY_AFTER_MOST_MS) if retry_after_ms else 0,
        most_ops=min(MAX_OPS_PER_REQUEST, state.most_ops * 2),
        budget=min(BUDGET_MOST, state.budget * 2),
    )


def after_silence(state: PlanState, now_ms: int, rng: random.Random, *, too_much: bool) -> PlanState:
    """No answer, or none from our server. `too_much`: it was too slow or too large, so the next one carries half."""
    state = replace(
        state, tried_ms=now_ms, tried_seq=state.last_seq, failures=state.failures + 1, jitter=rng.random(), not_before_ms=0
    )
    if too_much:
        state = replace(state, most_ops=max(1, state.most_ops // 2), budget=max(BUDGET_LEAST, state.budget // 2))
    return state


def after_put_off(state: PlanState, now_ms: int, rng: random.Random, *, retry_after_ms: int | None, refused: bool) -> PlanState:
    """The server answered, but not with a sync: it is busy (429, 5xx), or refuses the whole request (401, 403, ...)."""
    state = after_silence(state, now_ms, rng, too_much=False)
    wait = retry_after_ms if retry_after_ms is not None else REFUSED_MS if refused else None
    return state if wait is None else replace(state, not_before_ms=now_ms + min(wait, RETRY_AFTER_MOST_MS))
