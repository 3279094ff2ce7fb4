"""The clocks of a ticket: working time of the desks that had it, on the way to its first reply and to its solution.

Each stretch of time counts by the hours of the desk that had the ticket then. The clock of the first reply runs from the arrival
to the first word of somebody who answers; that of the solution from the arrival (or the last reopening) to the solution and
stands still while the ticket waits. Both are reckoned anew of the ticket's stations whenever something about it, its desk's hours
or the calendar is another.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime
from typing import Any, NamedTuple

from contract.moments import LATEST_MS, instant, to_ms
from contract.worktime import MINUTE_MS, Calendar, Pause, WorkHours, moment_after, worked_ms
from server.feedback.model import Ticket
from server.feedback.on_duty import calendar_of, hours_of_desks
from server.kernel.db import ScopedSession

END_OF_TIME = instant(LATEST_MS)  # `due_at` of a ticket no target of which runs
TOLD_FIRST, TOLD_LATE = "first_reply_late", "late"


class Stay(NamedTuple):
    """A desk had the ticket from a moment to another (None: still), in epoch milliseconds, and these are its hours."""

    hours: WorkHours
    from_ms: int
    until_ms: int | None


class Hours(NamedTuple):
    """What clocks are reckoned by: the hours of every desk, and the days that are not what their weekday says."""

    by_desk: Mapping[str, WorkHours]
    calendar: Calendar


def hours_now(session: ScopedSession) -> Hours:
    """As they are now."""
    return Hours(hours_of_desks(session), calendar_of(session))


def passed_ms(stays: Sequence[Stay], calendar: Calendar, since: int, until: int, pauses: Sequence[Pause] = ()) -> int:
    """Working time between two moments, each part of it by the hours of the desk that had the ticket."""
    return sum(
        worked_ms(stay.hours, calendar, max(since, stay.from_ms), until if stay.until_ms is None else min(until, stay.until_ms),
                  pauses)
        for stay in stays
    )  # fmt: skip


def runs_out(stays: Sequence[Stay], calendar: Calendar, since: int, minutes: int, pauses: Sequence[Pause] = ()) -> int | None:
    """The moment at which so many minutes have passed since then; None where that does not come as things stand."""
    missing = minutes * MINUTE_MS
    for stay in stays:
        start = max(since, stay.from_ms)
        if stay.until_ms is not None:
            here = worked_ms(stay.hours, calendar, start, stay.until_ms, pauses)
            if here < missing:
                missing -= here
                continue
        due = moment_after(stay.hours, calendar, start, -(-missing // MINUTE_MS), pauses)
        return due - (-missing % MINUTE_MS) if due is not None else None
    return None


def stays_of(ticket: Any, hours: Hours) -> list[Stay]:
    """The desks a ticket was at, the first first."""
    return [
        Stay(hours.by_desk[hop["desk_id"]], hop["from_ms"], hop["until_ms"])
        for hop in ticket.hops
        if hop["kind"] == "desk" and hop["desk_id"] in hours.by_desk
    ]


def wind(ticket: Any, hours: Hours, *, told: Callable[[str], bool]) -> None:
    """Set everything about a ticket that its clocks say: `worked_min` of each desk's hop, minutes to the first reply and to the
    solution, when targets run out, which are missed, and what of it is due next.

    `told`: whether its people were told already that the first reply (or the solution since it last began) is late; that stays
    true of a target that is not met, also when hours change.
    """
    stays, calendar = stays_of(ticket, hours), hours.calendar
    pauses = [(since, until) for since, until in ticket.pauses]
    ticket.hops = [_timed(hop, hours) for hop in ticket.hops]
    arrived = to_ms(ticket.arrived_at)
    first = _minutes(stays, calendar, arrived, ticket.first_reply_at)
    ticket.first_reply_min = first[0]
    due, is_late = _target(stays, calendar, arrived, ticket.first_target_min, first[1], ())
    is_over = ticket.state in ("resolved", "closed")
    ticket.first_due_at = due if ticket.first_reply_at is None and not is_over else None
    ticket.first_late = is_late if ticket.first_reply_at is not None else told(TOLD_FIRST)
    since = to_ms(ticket.resolve_from or ticket.arrived_at)
    done = _minutes(stays, calendar, since, ticket.resolved_at, pauses)
    ticket.resolve_min = done[0]
    due, is_late = _target(stays, calendar, since, ticket.resolve_target_min, done[1], pauses)
    ticket.resolve_due_at = due if ticket.resolved_at is None and ticket.state == "open" else None
    ticket.late = is_late if ticket.resolved_at is not None else told(TOLD_LATE)
    ticket.is_late = ticket.first_late or ticket.late
    ticket.due_at = min((one for one in (ticket.first_due_at, ticket.resolve_due_at) if one is not None), default=END_OF_TIME)


def _timed(hop: Mapping[str, Any], hours: Hours) -> dict[str, Any]:
    if hop["kind"] != "desk" or hop["until_ms"] is None or hop["desk_id"] not in hours.by_desk:
        return {**hop, "worked_min": None}
    passed = worked_ms(hours.by_desk[hop["desk_id"]], hours.calendar, hop["from_ms"], hop["until_ms"])
    return {**hop, "worked_min": passed // MINUTE_MS}


def _minutes(
    stays: Sequence[Stay], calendar: Calendar, since: int, until: datetime | None, pauses: Sequence[Pause] = ()
) -> tuple[int | None, int | None]:
    """Whole minutes and milliseconds up to a moment that has come; None, None where it has not."""
    if until is None:
        return None, None
    passed = passed_ms(stays, calendar, since, to_ms(until), pauses)
    return passed // MINUTE_MS, passed


def _target(
    stays: Sequence[Stay], calendar: Calendar, since: int, minutes: int | None, passed: int | None, pauses: Sequence[Pause]
) -> tuple[datetime | None, bool]:
    """When a target runs out, and whether what has passed is more than it."""
    if minutes is None:
        return None, False
    if passed is not None:
        return None, passed > minutes * MINUTE_MS
    due = runs_out(stays, calendar, since, minutes, pauses)
    return (instant(due) if due is not None else None), False


def lies_late(ticket: Ticket, hours: Hours, since: datetime, minutes: int) -> datetime | None:
    """The moment so many working minutes after a miss, by the desk that has the ticket now: the next above is told then."""
    if ticket.desk_id is None or ticket.desk_id not in hours.by_desk:
        return None
    due = moment_after(hours.by_desk[ticket.desk_id], hours.calendar, to_ms(since), minutes)
    return instant(due) if due is not None else None
