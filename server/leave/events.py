"""What happens to leave that later areas may follow: attendance, boards, the schedule."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True)
class LeaveGranted:
    """Leave was granted just now."""

    leave_id: str
    person_id: str
    from_day: date
    to_day: date


@dataclass(frozen=True)
class LeaveCalledOff:
    """From `from_day` on a leave does not take place."""

    leave_id: str
    person_id: str
    from_day: date
    reason: str
