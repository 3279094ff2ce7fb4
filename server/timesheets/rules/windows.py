"""What one window of a day comes to: due, worked, leave, late, early, pauses. Minutes; nothing is rounded here."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from contract.shifts import DutyWindow, WorkRules
from server.timesheets.rules.nights import Piece, Stretch, cut, inside, length, overlap

Step = tuple[str, dict[str, Any]]


class WindowSum:
    """What one window came to. `done`: worked of what was due; `surplus`: worked beyond it inside the window; `paused`: taken
    off as a pause; `paid_pause`: punched and paid all the same; `away`: presence during leave."""

    __slots__ = (
        "away", "break_min", "counted", "done", "due", "early", "forgiven", "late", "leave", "missed", "paid_pause", "paused",
        "short", "steps", "surplus", "worked",
    )  # fmt: skip

    def __init__(self) -> None:
        self.due = self.leave = self.worked = self.done = self.surplus = self.late = self.early = self.forgiven = 0
        self.break_min = self.paused = self.paid_pause = self.away = 0
        self.missed = self.short = False
        self.counted: list[Piece] = []
        self.steps: list[Step] = []


# A window in which somebody was due, and what it came to.
Due = tuple[DutyWindow, WindowSum]


def judge_window(
    window: Any, starts: int, ends: int, pieces: Sequence[Piece], away: Sequence[Stretch], rules: WorkRules, now_min: int,
    running_from: int | None,
) -> WindowSum:  # fmt: skip
    """A window in which somebody was due. pieces: presence, in order; running_from: since when an unfinished stretch runs."""
    total = WindowSum()
    there = inside(pieces, starts, ends)
    fixed: list[Stretch] = []
    due = ends - starts
    for pause in window.breaks:
        if pause.kind == "automatic" and not pause.paid and pause.starts_ms is not None:
            begins = pause.starts_ms // 60_000
            fixed.append((begins, begins + pause.minutes))
            due -= overlap(begins, begins + pause.minutes, starts, ends)
    leave = 0
    if away:
        outside = cut(cut([(starts, ends, "")], fixed), away)
        leave = due - length(outside)
        counted = cut(there, away)
        total.away = length(there) - length(counted)
    else:
        counted = there
    if fixed:
        before = length(counted)
        counted = cut(counted, fixed)
        taken = before - length(counted)
        if taken:
            total.break_min = total.paused = taken
            total.steps.append(("break_fixed", {"pause_min": taken}))
    worked = length(counted)
    whole = due  # the window's length less fixed pauses: what floating pauses are measured by
    for pause in window.breaks:
        floating = pause.starts_ms is None
        if pause.kind == "punched":
            gaps = _gaps(there, away, fixed)
            taken = gaps if gaps < pause.minutes else pause.minutes
            total.break_min += taken
            if pause.paid:
                if taken:
                    worked += taken
                    total.paid_pause += taken
                    total.steps.append(("break_paid", {"pause_min": taken}))
                continue
            if whole > pause.after_min:
                due -= pause.minutes
            if taken:
                total.steps.append(("break_punched", {"pause_min": taken, "planned_min": pause.minutes}))
            if taken < pause.minutes and worked > pause.after_min and running_from is None:
                total.short = True
        elif pause.paid:
            if worked > pause.after_min:
                total.paused += pause.minutes
        elif floating:
            if whole > pause.after_min:
                due -= pause.minutes
            if worked > pause.after_min:
                taken = pause.minutes if pause.minutes < worked else worked
                worked -= taken
                total.break_min += taken
                total.paused += taken
                total.steps.append(("break_automatic", {"pause_min": taken, "after_min": pause.after_min}))
    flexible = window.kind == "flexible"
    if flexible and window.required_min is not None:
        due = window.required_min
    due = max(0, due)
    total.due, total.leave = due, min(leave, due)
    total.counted, total.worked = counted, worked
    left = due - total.leave
    total.done = worked if worked < left else left
    total.surplus = worked - total.done
    if total.leave < due or not away:
        _in_time(total, window, starts, ends, pieces, away, fixed, rules, now_min, running_from, left)
    return total


def _in_time(
    total: WindowSum, window: Any, starts: int, ends: int, pieces: Sequence[Piece], away: Sequence[Stretch],
    fixed: Sequence[Stretch], rules: WorkRules, now_min: int, running_from: int | None, left: int,
) -> None:  # fmt: skip
    flexible = window.kind == "flexible"
    if flexible:
        if window.core_starts_ms is None or window.core_ends_ms is None:
            total.missed = now_min >= ends and running_from is None and not inside(pieces, starts, ends)
            return
        starts, ends = window.core_starts_ms // 60_000, window.core_ends_ms // 60_000
    grace_in = rules.grace_in_min if window.grace_min is None else window.grace_min
    expected = [(starts, ends)] if not away else [(a, b) for a, b, _ in cut([(starts, ends, "")], away)]
    excused = 0
    met: list[tuple[int, int, bool]] = []  # each stretch that was due, and whether anybody was there
    for begins, closes in expected:
        for a, b in fixed:  # a due stretch does not begin or end with a pause
            if a <= begins < b:
                begins = b
            if a < closes <= b:
                closes = a
        if begins >= closes:
            continue
        first = last = None
        for a, b, _ in pieces:
            if a < closes and b > begins:
                first = a if first is None else first
                last = b
        if running_from is not None and running_from < closes:
            first = running_from if first is None else first
            last = closes
        met.append((begins, closes, first is not None))
        if first is None or last is None:
            continue
        late = first - begins - sum(overlap(a, b, begins, first) for a, b in fixed)
        if late > grace_in:
            if rules.late_from == "grace":
                excused += grace_in
                late -= grace_in
            total.late += late
            facts = {"late_min": late, "due_ms": begins * 60_000, "at_ms": first * 60_000, "grace_min": grace_in}
            total.steps.append(("late", facts))
        elif late > 0:
            excused += late
            total.steps.append(("grace_in", {"late_min": late, "grace_min": grace_in}))
        early = closes - last - sum(overlap(a, b, last, closes) for a, b in fixed)
        if early > 0 and now_min >= closes:
            if early > rules.grace_out_min:
                total.early += early
                total.steps.append(("early", {"early_min": early, "due_ms": closes * 60_000, "at_ms": last * 60_000}))
            else:
                excused += early
                total.steps.append(("grace_out", {"early_min": early, "grace_min": rules.grace_out_min}))
    _unmet(total, met, fixed, now_min)
    if not flexible:
        total.forgiven = min(excused, left - total.done)


def _unmet(total: WindowSum, met: Sequence[tuple[int, int, bool]], fixed: Sequence[Stretch], now_min: int) -> None:
    """Stretches nobody came to: all of a window is missed; before the first one somebody came to, late; after it, early."""
    came = False
    missed = [(begins, closes) for begins, closes, there in met if not there and now_min >= closes]
    if not missed:
        return
    if not any(there for _, _, there in met):
        total.missed = True
        return
    for begins, closes, there in met:
        came = came or there
        if there or now_min < closes:
            continue
        facts = {"due_ms": begins * 60_000, "until_ms": closes * 60_000}
        amount = closes - begins - sum(overlap(a, b, begins, closes) for a, b in fixed)
        if came:
            total.early += amount
            total.steps.append(("stretch_early", {"early_min": amount, **facts}))
        else:
            total.late += amount
            total.steps.append(("stretch_late", {"late_min": amount, **facts}))


def _gaps(there: Sequence[Piece], away: Sequence[Stretch], fixed: Sequence[Stretch]) -> int:
    """Minutes between an "out" and the next "in", outside leave and fixed pauses."""
    found = 0
    for number in range(1, len(there)):
        a, b = there[number - 1][1], there[number][0]
        if a < b:
            found += length(cut([(a, b, "")], [*away, *fixed])) if away or fixed else b - a
    return found
