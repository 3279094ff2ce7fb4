"""What a closed month refuses: what people would say about its days. Punches are never refused; they become late changes."""

from __future__ import annotations

from server.approvals.events import RequestChecked
from server.attendance.events import FactChanges
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.postings.rules import day_of
from server.timesheets.closings import is_closed


@reacts_to(FactChanges)
def refuse_in_a_closed_month(work: Work, event: FactChanges) -> None:
    """A correction, a decision on a punch, or its withdrawal: not in a month that is closed."""
    if is_closed(work.session, event.person_id, event.day):
        raise Problem("statements.month_closed", field="day", day=event.day.isoformat())


@reacts_to(RequestChecked)
def refuse_what_comes_too_late(work: Work, event: RequestChecked) -> None:
    """A missed punch of a closed month is refused when it is asked for, not weeks later when it is approved."""
    if event.kind != "missed_punch":
        return
    day = day_of(str(event.form.get("day", "")))
    if day is not None and is_closed(work.session, event.person_id, day):
        raise Problem("statements.month_closed", field="form.day", day=day.isoformat())
