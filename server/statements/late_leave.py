"""Leave that was granted, or called off, for days of a month that is closed.

Nobody is refused what they are entitled to because a month was closed: the leave is a fact and its balance counts. The closed
days stay as they were signed and paid; what they would come to is a late change. So whoever closes months, and whoever granted
it, is told once, with the closing where it is settled: two people open the month again, or the difference goes into the next
month's pay.
"""

from __future__ import annotations

from datetime import date

from server.approvals.service import acting
from server.inbox.service import put_item
from server.kernel.events import reacts_to
from server.kernel.perform import Work
from server.leave.events import LeaveCalledOff, LeaveGranted
from server.leave.model import Leave
from server.org.queries import company_day, unit_on
from server.people.model import Person
from server.people.queries import holders_of
from server.statements.month_queries import closings_over

LATE_LEAVE = "late_leave"


@reacts_to(LeaveGranted)
def tell_of_late_leave(work: Work, event: LeaveGranted) -> None:
    """Leave for days of a closed month was granted just now."""
    _tell(work, event.leave_id, event.person_id, event.from_day, event.to_day)


@reacts_to(LeaveCalledOff)
def tell_of_leave_called_off(work: Work, event: LeaveCalledOff) -> None:
    """Leave for days of a closed month does not take place after all."""
    with work.with_system_reach() as session:
        last = session.get_one(Leave, event.leave_id).to_day
    _tell(work, event.leave_id, event.person_id, event.from_day, last)


def _tell(work: Work, leave_id: str, person_id: str, first: date, last: date) -> None:
    with work.with_system_reach() as session:
        closings = closings_over(session, person_id, first, last)
        if not closings:
            return
        today, name = company_day(work.now), session.get_one(Person, person_id).name
        units = {one.unit_id: unit_on(session, one.unit_id, today) for one in closings}
    approver = {acting(work)} if not work.actor.is_system else set()
    for closing in closings:
        unit = units[closing.unit_id]
        facts = {
            "person": name, "from_day": first.isoformat(), "to_day": last.isoformat(), "month": closing.month,
            "unit": unit.name if unit is not None else "",
        }  # fmt: skip
        for receiver in sorted({*holders_of(work.session, "hr", closing.unit_id, today), *approver} - {person_id}):
            put_item(
                work, trigger=LATE_LEAVE, receiver_id=receiver, kind="notice", about="closing", about_id=closing.id,
                facts=facts, key=f"{leave_id} {first}",
            )  # fmt: skip
