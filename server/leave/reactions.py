"""What follows for leave from requests and from people leaving."""

from __future__ import annotations

from contract import leave_days
from contract.ids import derived_id
from contract.leave_days import Stretch
from server.approvals.events import RequestApproved, RequestChecked, RequestRefused, RequestWithdrawn
from server.inbox.service import put_item
from server.kernel.events import reacts_to, tell
from server.kernel.perform import Work
from server.kernel.problems import Problem
from server.leave import queries, requests, rules
from server.leave.balances import refresh_balances
from server.leave.events import LeaveGranted
from server.leave.model import Leave, LeaveKind
from server.org.queries import manager_of
from server.people.events import PersonLeft
from server.people.model import Person
from server.postings.queries import posting_at


@reacts_to(RequestChecked)
def judge_request(work: Work, event: RequestChecked) -> None:
    """Leave that cannot be granted is refused when it is asked for: the days, the kind, what is left."""
    if event.kind != requests.KIND:
        return
    stretch = requests.stretch_asked(event.form)
    minutes, kind = _judge(work, event.person_id, str(event.form.get("leave_kind")), stretch)
    person: Person = work.find(Person, event.person_id, "people.unknown")
    day = queries.today_of(work.session, person.id, work.now)
    refresh_balances(work.session, person, day, also_asked={kind.code: minutes})


def _judge(work: Work, person_id: str, code: str, stretch: Stretch) -> tuple[int, LeaveKind]:
    session = work.session
    kind = queries.kinds_on(session, stretch.from_day).get(code)
    if kind is None:
        raise Problem("leave.kind_unknown", field="form.leave_kind", kind=code)
    other = queries.overlapping(session, person_id, stretch)
    if other is not None:
        raise Problem(
            "leave.overlaps", field="form.from_day", from_day=other.from_day.isoformat(), to_day=other.to_day.isoformat()
        )
    person: Person = work.find(Person, person_id, "people.unknown")
    is_working = queries.working_days(session)
    days = leave_days.minutes_by_day(stretch, kind.day_min, is_working)
    # judged as of the last day: leave asked for next year is taken from next year's
    facts = queries.facts_of(session, person, stretch.to_day, is_working)
    asked = requests.asked_min(session, person_id, {code: kind}, is_working).get(code, 0)
    left = queries.balance_of(facts, kind, stretch.to_day, asked).left
    refusal = rules.judge_amount(queries.rule_of(kind), sum(days.values()), left)
    if refusal is not None:
        raise Problem(
            refusal, field="form.to_day", left_min=left, asked_min=sum(days.values()), smallest_min=kind.smallest_min,
            left_days=f"{left / kind.day_min:g}", asked_days=f"{sum(days.values()) / kind.day_min:g}",
        )  # fmt: skip
    return sum(days.values()), kind


@reacts_to(RequestApproved)
def grant(work: Work, event: RequestApproved) -> None:
    """The leave is a fact; the person and the manager of the store they work at are told (N-08)."""
    if event.kind != requests.KIND:
        return
    stretch = requests.stretch_asked(event.form)
    with work.with_system_reach() as session:
        kind = queries.kinds_on(session, stretch.from_day).get(str(event.form.get("leave_kind")))
        if kind is None:
            raise Problem("leave.kind_unknown", field="form.leave_kind")
        other = queries.overlapping(session, event.person_id, stretch)
        if other is not None:  # granted meanwhile by another request
            raise Problem(
                "leave.overlaps", field="form.from_day", from_day=other.from_day.isoformat(), to_day=other.to_day.isoformat()
            )
        days = leave_days.minutes_by_day(stretch, kind.day_min, queries.working_days(session))
        leave_id = derived_id("leave", event.request_id)
        session.add(
            Leave(
                id=leave_id, person_id=event.person_id, kind=kind.code, request_id=event.request_id,
                from_day=stretch.from_day, to_day=stretch.to_day, from_min=stretch.from_min, to_min=stretch.to_min,
                minutes=sum(days.values()), starts_min=stretch.starts, ends_min=stretch.ends, granted_at=work.now,
            )
        )  # fmt: skip
        session.flush()
        person = session.get_one(Person, event.person_id)
        today = queries.today_of(session, person.id, work.now)
        refresh_balances(session, person, today)
        posting = posting_at(session, person.id, work.now)
        manager = manager_of(session, posting.store_id, today) if posting is not None else None
        name = person.name
    facts = {"person": name, "from_day": stretch.from_day.isoformat(), "to_day": stretch.to_day.isoformat()}
    for receiver in dict.fromkeys([event.person_id, manager]):
        if receiver is not None:
            put_item(
                work, trigger="N-08", receiver_id=receiver, kind="notice", about="leave", about_id=leave_id,
                facts={**facts, "own": receiver == event.person_id, "decision": "approved"},
            )  # fmt: skip
    event.told.add(event.person_id)
    tell(work, LeaveGranted(leave_id, event.person_id, stretch.from_day, stretch.to_day))


@reacts_to(RequestRefused)
def forget_what_was_asked(work: Work, event: RequestRefused) -> None:
    """What a refused request asked for can be asked for again. That it was refused, the applicant hears from the flow (N-03)."""
    _no_longer_asked(work, event.kind, event.person_id)


@reacts_to(RequestWithdrawn)
def forget_what_was_withdrawn(work: Work, event: RequestWithdrawn) -> None:
    """The same, when the applicant took it back."""
    _no_longer_asked(work, event.kind, event.person_id)


def _no_longer_asked(work: Work, kind: str, person_id: str) -> None:
    if kind != requests.KIND:
        return
    with work.with_system_reach() as session:
        person = session.get_one(Person, person_id)
        refresh_balances(session, person, queries.today_of(session, person.id, work.now))


@reacts_to(PersonLeft)
def call_off_what_is_to_come(work: Work, event: PersonLeft) -> None:
    """Leave after the last day does not take place; what was earned and not taken stays to be read in the balance."""
    with work.with_system_reach() as session:
        today = queries.today_of(session, event.person_id, work.now)
        for leave in queries.leaves_of(session, event.person_id):
            if leave.to_day > today and leave.called_off_from is None:
                leave.called_off_from = max(leave.from_day, queries.day_after(today))
                leave.called_off_because = event.reason
                stretch = queries.stretch_of(leave)
                leave.ends_min = stretch.ends if stretch is not None else leave.starts_min
