"""What somebody's day is at this moment, and what they would punch next. Pure; phone, tablet and server ask the same lines.

Nothing here looks at the last punch alone: a forgotten clock-out of yesterday neither makes somebody present today nor turns
today's first punch into an "out". What counts is the shift's windows and the stretch that is open.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Literal, NamedTuple

from contract.shifts import DutyRow, DutyWindow

# One word for one person at one moment. The counts of a board are over these ten, so they always sum to the headcount.
NowWord = Literal[
    "present", "late", "early", "left", "not_due", "not_in_yet", "absent", "on_leave", "off", "unknown",
]  # fmt: skip
NOW_WORDS: tuple[NowWord, ...] = (
    "present", "late", "early", "left", "not_due", "not_in_yet", "absent", "on_leave", "off", "unknown",
)  # fmt: skip
MINUTE_MS = 60_000
BELONGS_BEFORE_MIN = 180  # `WorkRules.belongs_before_min` and `belongs_after_min` of the standard preset; a device that was
BELONGS_AFTER_MIN = 360  # told no rules proposes by them, and the server's day decides what counts
LONGEST_SPAN_MIN = 960
_DAY_MS = 86_400_000


class NowState(NamedTuple):
    """The word, and what is to be said with it. `silent_since_ms` only with `unknown`."""

    word: NowWord
    late_min: int = 0
    early_min: int = 0
    silent_since_ms: int | None = None


class NextAction(NamedTuple):
    """What a tap now would be taken for, and for which shift. `forgotten_ms`: since when a stretch is open that nobody ended
    and that this action does not continue; the person is told of it."""

    kind: Literal["in", "out"]
    day: str | None = None
    window: DutyWindow | None = None
    forgotten_ms: int | None = None


def minute_of(at_ms: int) -> int:
    """The minute a punch counts at: its instant floored. A clock that shows 09:00 is not late at 09:00:40."""
    return at_ms // MINUTE_MS


def state_now(
    duty: DutyRow | None, *, now_ms: int, first_in_ms: int | None = None, last_out_ms: int | None = None,
    open_since_ms: int | None = None, leave: Sequence[tuple[int, int]] = (), silent_since_ms: int | None = None,
    grace_in_min: int = 0, grace_out_min: int = 0,
) -> NowState:  # fmt: skip
    """One person's state of the business day of `duty`, from the day's counted facts.

    first_in_ms, last_out_ms: of this business day; open_since_ms: the "in" that no "out" followed, if any. leave: granted
    stretches as (from, until) in epoch milliseconds. silent_since_ms: the earliest moment since which a device that could
    hold a punch of this person has not reported; None when all have. Grace is the window's own, else the one given.

    `late` and `early` need a punch that shows it. `absent` needs a due window whose grace is over and no silent device that
    could hold the punch; with one the word is `unknown`. Without a plan nobody is late, absent or not due.
    """
    now_min = minute_of(now_ms)
    came = first_in_ms is not None or open_since_ms is not None
    due = _due(duty, leave)
    if came or last_out_ms is not None:
        late = _late(due, first_in_ms if first_in_ms is not None else open_since_ms, grace_in_min)
        if open_since_ms is not None:
            return NowState("late" if late else "present", late)
        early = _early(due, last_out_ms, now_min, grace_out_min)
        return NowState("early" if early else "left", late, early)
    if duty is None:
        if any(start <= now_ms < end for start, end in leave):
            return NowState("on_leave")
        return NowState("not_in_yet") if silent_since_ms is None else NowState("unknown", silent_since_ms=silent_since_ms)
    if not duty.windows:
        return NowState("off")
    if not due:
        planned = any(window.kind != "on_call" for window in duty.windows)
        return NowState("on_leave" if planned else "not_due")
    first = due[0]
    if any(start <= now_ms < end for start, end in leave):
        return NowState("on_leave")
    if now_min < first.starts:
        return NowState("not_due")
    if now_min <= first.latest + _grace(first.window, grace_in_min):
        return NowState("not_in_yet")
    if silent_since_ms is not None and minute_of(silent_since_ms) < due[-1].ends:
        return NowState("unknown", silent_since_ms=silent_since_ms)
    return NowState("absent")


def next_action(
    duties: Sequence[DutyRow], open_since_ms: int | None, now_ms: int, *,
    before_min: int = BELONGS_BEFORE_MIN, after_min: int = BELONGS_AFTER_MIN, longest_min: int = LONGEST_SPAN_MIN,
) -> NextAction:  # fmt: skip
    """What to propose to somebody who wants to punch now.

    duties: of yesterday, today and tomorrow as far as known, in any order. open_since_ms: the last counted "in" that no "out"
    followed. An open stretch is continued ("out") while its shift or that shift's time afterwards still runs and no other
    shift is nearer; otherwise it was forgotten, and the proposal is "in". Without a shift it is continued for `longest_min`.
    """
    windows = sorted(
        ((window.starts_ms, window.ends_ms, duty.day, window) for duty in duties for window in duty.windows),
        key=lambda row: row[:3],
    )
    before, after = before_min * MINUTE_MS, after_min * MINUTE_MS
    here = _window_for(windows, now_ms, before, after)
    if open_since_ms is None or open_since_ms > now_ms:
        return _action("in", here)
    theirs = _window_for(windows, open_since_ms, before, after)
    if theirs is None:
        if now_ms - open_since_ms <= longest_min * MINUTE_MS:
            return NextAction("out")
        return _action("in", here, open_since_ms)
    last = theirs
    for row in windows:  # somebody who works through the pause between two windows of a day leaves once
        if row[2] == theirs[2] and row[0] >= last[1] and row[3].store_id == theirs[3].store_id:
            last = row
    coming = next((row for row in windows if row[0] >= last[1] and row[3].kind != "on_call"), None)
    until = last[1] + after
    if coming is not None:
        until = min(until, max(last[1], (last[1] + coming[0]) // 2))
    if now_ms <= until:
        return _action("out", theirs)
    return _action("in", here, open_since_ms)


_Row = tuple[int, int, str, DutyWindow]


def _action(kind: Literal["in", "out"], row: _Row | None, forgotten_ms: int | None = None) -> NextAction:
    if row is None:
        return NextAction(kind, forgotten_ms=forgotten_ms)
    return NextAction(kind, row[2], row[3], forgotten_ms)


def _window_for(windows: Sequence[_Row], at_ms: int, before: int, after: int) -> _Row | None:
    """The window an "in" at that moment belongs to: the one that runs, else the next one, else the one that just ended."""
    running = [row for row in windows if row[0] <= at_ms < row[1]]
    coming = [row for row in windows if at_ms < row[0] <= at_ms + before]
    ended = [row for row in windows if row[1] <= at_ms <= row[1] + after]
    if running:
        return max(running, key=lambda row: row[0])
    if coming:
        return min(coming, key=lambda row: row[0])
    return max(ended, key=lambda row: row[1], default=None)


class _Due(NamedTuple):
    """A stretch in which somebody has to be there, in epoch minutes. `latest`: from when on it is not in time any more."""

    starts: int
    ends: int
    latest: int
    leaves_from: int
    window: DutyWindow


def _due(duty: DutyRow | None, leave: Sequence[tuple[int, int]]) -> list[_Due]:
    """What is due of the windows outside leave, in order. On call is not due."""
    found: list[_Due] = []
    for window in () if duty is None else duty.windows:
        if window.kind == "on_call":
            continue
        pieces = without([(minute_of(window.starts_ms), minute_of(window.ends_ms))], _minutes(leave))
        pieces = [piece for piece in (_inside_breaks(window, *piece) for piece in pieces) if piece[0] < piece[1]]
        for starts, ends in pieces:
            if window.kind != "flexible":
                found.append(_Due(starts, ends, starts, ends, window))
                continue
            latest = max(starts, ends - (window.required_min or 0))
            leaves_from = starts
            if window.core_starts_ms is not None and window.core_ends_ms is not None:
                core = without([(minute_of(window.core_starts_ms), minute_of(window.core_ends_ms))], _minutes(leave))
                if core:
                    latest, leaves_from = max(starts, core[0][0]), core[-1][1]
            found.append(_Due(starts, ends, latest, leaves_from, window))
    return sorted(found, key=lambda due: due[:4])


def without(pieces: Sequence[tuple[int, int]], taken: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The stretches `pieces` less the stretches `taken` (any order); empty ones are dropped."""
    left = [piece for piece in pieces if piece[0] < piece[1]]
    for start, end in taken:
        if start >= end:
            continue
        cut: list[tuple[int, int]] = []
        for a, b in left:
            if end <= a or b <= start:
                cut.append((a, b))
                continue
            if a < start:
                cut.append((a, start))
            if end < b:
                cut.append((end, b))
        left = cut
    return left


def _inside_breaks(window: DutyWindow, starts: int, ends: int) -> tuple[int, int]:
    """A due stretch does not begin or end with a fixed unpaid pause: after leave until noon work is due after lunch."""
    for pause in window.breaks:
        if pause.starts_ms is None or pause.paid or pause.kind != "automatic":
            continue
        a = minute_of(pause.starts_ms)
        b = a + pause.minutes
        if a <= starts < b:
            starts = b
        if a < ends <= b:
            ends = a
    return starts, ends


def _minutes(spans: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    return [(minute_of(start), minute_of(end)) for start, end in spans]


def _grace(window: DutyWindow, fallback: int) -> int:
    return fallback if window.grace_min is None else window.grace_min


def _late(due: Sequence[_Due], first_in_ms: int | None, grace: int) -> int:
    """How many minutes after the start of what was due somebody came; 0 within grace, or with the first window over."""
    if not due or first_in_ms is None:
        return 0
    first, came = due[0], minute_of(first_in_ms)
    if first.window.kind == "flexible" and first.window.core_starts_ms is None:
        return 0
    late = min(came, first.ends) - first.latest
    return late if late > _grace(first.window, grace) else 0


def _early(due: Sequence[_Due], last_out_ms: int | None, now_min: int, grace: int) -> int:
    """How many minutes before the end of what was due by now somebody left and did not come back."""
    if last_out_ms is None:
        return 0
    out = minute_of(last_out_ms)
    early, most = 0, 0
    for piece in due:
        if piece.window.kind == "flexible" and piece.window.core_ends_ms is None:
            continue
        if piece.starts > out and now_min <= piece.starts + _grace(piece.window, grace):
            break  # between two windows: the next is not due yet
        missed = piece.leaves_from - max(out, piece.starts)
        if missed > 0:
            early += missed
            most = max(most, missed)
    return early if most > grace else 0
