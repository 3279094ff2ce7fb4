"""What a closed month refuses: what people would say about its days. Punches are never refused; they become late changes. Leave
is not refused either, but whoever asks for it, and whoever grants it, is warned that the closed days stay as they are."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from server.approvals.events import RequestChecked
from server.attendance.events import FactChanges
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.postings.rules import day_of
from server.shifts.events import VersionReplaced
from server.timesheets.closing_model import MonthClosing
from server.timesheets.closings import closed_of, is_closed

WARNING = "month_closed"
MOST_ASKED = timedelta(days=400)


@reacts_to(FactChanges)
def refuse_in_a_closed_month(work: Work, event: FactChanges) -> None:
    """A correction, a decision on a punch, or its withdrawal: not in a month that is closed."""
    if is_closed(work.session, event.person_id, event.day):
        raise Problem("statements.month_closed", field="day", day=event.day.isoformat())


@reacts_to(VersionReplaced)
def refuse_where_days_are_final(work: Work, event: VersionReplaced) -> None:
    """A version that is said again would be what closed days were made by."""
    final = sa.select(MonthClosing.to_day).where(MonthClosing.state != "reopened", MonthClosing.to_day >= event.from_day)
    with work.with_system_reach() as session:
        last = session.scalars(final.order_by(MonthClosing.to_day.desc()).limit(1)).first()
    if last is not None:
        raise Problem("statements.month_closed", field="from_day", day=last.isoformat())


@reacts_to(RequestChecked)
def refuse_what_comes_too_late(work: Work, event: RequestChecked) -> None:
    """A missed punch of a closed month is refused when it is asked for, not weeks later when it is approved."""
    if event.kind == "leave":
        _warn_of_closed_days(work, event)
    if event.kind != "missed_punch":
        return
    day = day_of(str(event.form.get("day", "")))
    if day is not None and is_closed(work.session, event.person_id, day):
        raise Problem("statements.month_closed", field="form.day", day=day.isoformat())


def _warn_of_closed_days(work: Work, event: RequestChecked) -> None:
    """Days that cannot be read are for whoever judges the form of a leave."""
    first, last = day_of(str(event.form.get("from_day", ""))), day_of(str(event.form.get("to_day", "")))
    if first is None or last is None:
        return
    closed = closed_of(work.session, [event.person_id], first, min(last, first + MOST_ASKED))
    if closed:
        days = sorted(day for _, day in closed)
        event.warnings.append((WARNING, {"from_day": days[0].isoformat(), "to_day": days[-1].isoformat()}))
