"""Pauses the law asks for, what overtime counts, rounding, and the class of each minute. Whole minutes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

from contract.shifts import DayKind, WorkRules
from server.timesheets.rules.facts import Granted, PlannedDay
from server.timesheets.rules.nights import Piece, cut, inside, length

_REST_DAYS = frozenset({"weekend"})


class Overtime:
    """Minutes beyond what was due: `asked` were worked, `counted` are left by the rules, `refused` were worked without
    anybody having granted them; `granted` in all, `used`: the grants with what was worked of each; `steps` say why."""

    __slots__ = ("asked", "counted", "granted", "refused", "steps", "used")

    def __init__(self) -> None:
        self.asked = self.counted = self.granted = self.refused = 0
        self.used: list[Granted] = []
        self.steps: list[tuple[str, dict[str, Any]]] = []


class Amounts(NamedTuple):
    """A day's worked minutes by class."""

    regular: int = 0
    normal: int = 0
    weekend: int = 0
    holiday: int = 0


def pause_by_law(worked: int, paused: int, rules: WorkRules) -> int:
    """Minutes to take off because the law asks for a longer pause than was made: German ArbZG § 4 has 30 minutes beyond six
    hours and 45 beyond nine. Never more than what was worked beyond the limit: a pause is owed only by who goes past it."""
    taken = 0
    for law in sorted(rules.legal_breaks, key=lambda pause: pause.after_min):
        beyond = worked - taken - law.after_min
        owed = law.minutes - paused - taken
        if beyond > 0 and owed > 0:
            taken += min(owed, beyond)
    return taken


def granted_min(grants: Sequence[Granted]) -> int:
    """What was granted in all."""
    return sum(one.minutes for one in grants)


def last_minutes(pieces: Sequence[Piece], minutes: int) -> list[Piece]:
    """The last `minutes` of what was worked inside windows: what lies beyond what was due is worked last."""
    found: list[Piece] = []
    for a, b, store in sorted(pieces, reverse=True):
        if minutes <= 0:
            break
        found.append((max(a, b - minutes), b, store))
        minutes -= b - a
    return found


def worked_of(grants: Sequence[Granted], beyond: Sequence[Piece]) -> list[Granted]:
    """The grants with the minutes that were worked of each, each minute by one of them: those with a stretch take what lies in
    it, then those without take of the rest."""
    left = sorted(beyond)
    used = {}
    for number, one in sorted(enumerate(grants), key=lambda pair: (pair[1].starts_min is None, pair[0])):
        starts, ends = one.starts_min, one.ends_min
        fitting = left if starts is None or ends is None else inside(left, starts, ends)
        taken: list[Piece] = []
        for a, b, store in fitting:
            room = one.minutes - length(taken)
            if room > 0:
                taken.append((a, min(b, a + room), store))
        left = cut(left, [(a, b) for a, b, _ in taken])
        used[number] = one._replace(minutes=length(taken))
    return [used[number] for number in range(len(grants))]


def grant(over: Overtime, planned: PlannedDay, beyond: Sequence[Piece]) -> None:
    """Sets `counted`: nothing below `overtime_after_min`, what was granted where a request is needed, whole steps only. beyond:
    presence beyond what was due; of a grant for a stretch only minutes in it count."""
    rules, counted = planned.rules, over.asked
    over.granted, over.used = granted_min(planned.grants), worked_of(planned.grants, beyond)
    if counted and counted < rules.overtime_after_min:
        over.steps.append(("overtime_short", {"amount_min": counted, "after_min": rules.overtime_after_min}))
        counted = 0
    for one in planned.grants:
        facts = {"granted_min": one.minutes, "number": one.number, "request_id": one.request_id}
        over.steps.append(("overtime_granted_lieu" if one.lieu else "overtime_granted", facts))
    if counted and rules.overtime_needs_request:
        allowed = granted_min(over.used)
        if counted > allowed:
            over.refused = counted - allowed
            facts = {"amount_min": counted, "granted_min": allowed, "rest_min": over.refused, "rules": planned.rules_code}
            has_room = allowed < min(counted, over.granted)
            over.steps.append(("overtime_outside" if has_room else "overtime_unasked", facts))
            counted = allowed
    if rules.overtime_step_min > 1 and counted % rules.overtime_step_min:
        over.steps.append(("overtime_step", {"amount_min": counted, "step_min": rules.overtime_step_min}))
        counted -= counted % rules.overtime_step_min
    over.counted = counted


def rounded(minutes: int, rules: WorkRules) -> int:
    """A derived amount by the rule: down, up, or to the nearest step (half a step goes up)."""
    step = rules.rounding_step_min
    if rules.rounding == "down":
        return minutes - minutes % step
    if rules.rounding == "up":
        return -(-minutes // step) * step
    if rules.rounding == "nearest":
        return (2 * minutes + step) // (2 * step) * step
    return minutes


def classed(day_kind: DayKind, rules: WorkRules, *, planned: bool, off: bool, done: int, over: int, called: int) -> Amounts:
    """Which class each minute is. done: worked of what was due; over: beyond it; called: worked while on call.

    Standard (劳动法 art. 44): beyond what was due on a working day 150 %, on a rest day 200 %, any work on a public holiday
    300 %. Comprehensive: only holidays have a class of their own, the excess comes of the period. None: everything is regular.
    A day off by the plan is a rest day also when the calendar calls it a working day. Nobody planned: hours only.
    """
    beyond = over + called
    if rules.system == "none" or not planned:
        return Amounts(regular=done + beyond)
    if day_kind == "holiday":
        return Amounts(holiday=done + beyond)
    if rules.system == "comprehensive":
        return Amounts(regular=done + beyond)
    if day_kind in _REST_DAYS or off:
        return Amounts(regular=done, weekend=beyond)
    return Amounts(regular=done, normal=beyond)


def given_back(amounts: Amounts, grants: Sequence[Granted], rules: WorkRules) -> int:
    """Minutes of a day's overtime that are given back as time off, as many as were worked (劳动法 art. 44 (2): 补休).

    Overtime is used up by the grants (`worked_of`) in their order: of each as it was granted, paid or in lieu. What no grant
    speaks of is paid, on rest days given back under `weekend_in_lieu`. Work on public holidays is always paid (art. 44 (3)).
    """
    left, found = amounts.normal + amounts.weekend, 0
    for one in grants:
        taken = min(left, one.minutes)
        left -= taken
        if one.lieu:
            found += taken
    if rules.weekend_in_lieu and amounts.weekend:
        found += left
    return found
