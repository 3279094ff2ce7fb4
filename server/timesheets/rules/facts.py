"""What a day is made of: what was planned, what happened, when somebody was on leave. Instants are epoch minutes."""

from __future__ import annotations

from typing import NamedTuple

from contract.shifts import DutyRow, WorkRules


class Granted(NamedTuple):
    """Overtime of one business date that was asked for and granted. `lieu`: given back as time off instead of being paid.
    `number`: of the request, as people say it. `starts_min`, `ends_min`: the stretch it was granted for, as epoch minutes;
    without one it is for any minutes of the day."""

    minutes: int
    lieu: bool = False
    request_id: str = ""
    number: str = ""
    starts_min: int | None = None
    ends_min: int | None = None


class PlannedDay(NamedTuple):
    """One business date of one person with everything that is decided before a punch.

    duty: the plan; where nobody planned anything (`has_plan` False) a row without windows that says when the business day
    begins and ends and what the calendar calls it. silent_since_ms: the earliest moment since which a device that could hold
    a punch of this person has not reported; None when all have. grants: overtime that was granted, in the order in which it is
    used up.
    """

    duty: DutyRow
    has_plan: bool
    rules: WorkRules
    rules_code: str = "standard"
    rules_from: str = ""
    silent_since_ms: int | None = None
    grants: tuple[Granted, ...] = ()


class Fact(NamedTuple):
    """Somebody came ("in") or left ("out"): a punch or a correction that counts. `at_min`: its instant floored to the minute.

    source: "punch", else what the correction came of (request, vouch, hq). received_min: when the server had it.
    """

    id: str
    at_min: int
    kind: str
    store_id: str
    received_min: int = 0
    source: str = "punch"
    doubtful: bool = False


class Away(NamedTuple):
    """Granted leave from a minute until another."""

    starts_min: int
    ends_min: int
    paid: bool = True
