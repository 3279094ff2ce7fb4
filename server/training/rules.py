"""Judgments about training: gates, turns, what a task has come to, what a list still lacks. Pure."""

from __future__ import annotations

from calendar import monthrange
from collections.abc import Iterable
from datetime import date, timedelta
from typing import NamedTuple

from contract.training import Gate, OnboardingItem, TaskRepeat, TaskState

_STRICTNESS: tuple[Gate, ...] = ("none", "warn", "block")
_MONTHS = {"monthly": 1, "quarterly": 3, "yearly": 12}


def strictest(gates: Iterable[Gate]) -> Gate:
    """The gate that counts where several packs do: block before warn before none."""
    return max(gates, key=_STRICTNESS.index, default="none")


def moved(day: date, repeat: TaskRepeat, times: int) -> date:
    """A day so many turns later. What a month has not becomes its last day: 31 January is 28 February, then 31 March."""
    if repeat == "weekly":
        return day + timedelta(days=7 * times)
    months = day.year * 12 + day.month - 1 + _MONTHS.get(repeat, 0) * times
    year, month = divmod(months, 12)
    return date(year, month + 1, min(day.day, monthrange(year, month + 1)[1]))


def turn_by(first_day: date, repeat: TaskRepeat, turn: int, today: date) -> int:
    """The turn that a repeated assignment is in by a day, not before the one it is in now. The first begins on `first_day`."""
    if repeat == "none":
        return turn
    while moved(first_day, repeat, turn) <= today:
        turn += 1
    return turn


class Standing(NamedTuple):
    """What somebody has done of a course, as far as it counts for a task. Milliseconds; None: not yet."""

    percent: int
    grade: int | None
    begun: bool
    failed: bool
    settled_ms: int | None


def state_of(was: TaskState, standing: Standing | None) -> TaskState:
    """What a task has come to. Nothing takes back what was done, waived or ended; what was begun stays begun."""
    if was not in ("open", "begun") or standing is None:
        return was
    if standing.settled_ms is not None:
        return "done"
    return "begun" if was == "begun" or standing.begun or standing.percent > 0 else "open"


def participation(done: int, of: int) -> int:
    """How many of a turn have done it, in whole percent rounded down; nobody is 0."""
    return done * 100 // of if of else 0


def may_work(waits: bool, gate: Gate) -> bool:
    """Whether somebody may be given shifts: nothing that gates is open (`waits`), or the gate only warns."""
    return not waits or gate != "block"


def is_complete(items: Iterable[OnboardingItem]) -> bool:
    """Whether everything of a list is done."""
    return all(item.done for item in items)


def is_late(state: str, due_on: date | None, today: date) -> bool:
    """Whether a task is overdue: the day it was due is over and it is still to be done."""
    return state in ("open", "begun") and due_on is not None and due_on < today
