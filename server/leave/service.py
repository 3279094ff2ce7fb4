"""What can be done to leave. It is granted by the flow of requests (reactions.py); here are its kinds, corrections, and the end
of leave that does not take place."""

from __future__ import annotations

from datetime import date

import sqlalchemy as sa

from contract.leave import AdjustBalance, CallOffLeave, DefineLeaveKind
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.leave import queries, reactions
from server.leave.balances import refresh_balances
from server.leave.events import LeaveCalledOff
from server.leave.model import Leave, LeaveAdjustment, LeaveKind, LieuCredit
from server.people.model import Person
from server.postings.rules import day_of

assert reactions  # importing them registers what follows from requests and from people leaving


@handles(DefineLeaveKind, needs=Permission.MANAGE_LEAVE)
def define_kind(work: Work, op: DefineLeaveKind) -> None:
    """A new kind, or a new version of one from a day on. What was granted before stays what it was."""
    from_day = _day(op.from_day, "from_day")
    known = queries.version_from(work.session, op.code, from_day)
    if known is not None or work.session.get(LeaveKind, op.kind_id) is not None:
        raise Problem("operation.already_exists", field="code", id=op.code)
    if [step.years for step in op.steps] != sorted({step.years for step in op.steps}):
        raise Problem("leave.steps_not_rising", field="steps")
    values = {key: value for key, value in plain(op).items() if key not in ("kind_id", "from_day")}
    work.add(LeaveKind(id=op.kind_id, from_day=from_day, **values))


@handles(AdjustBalance, needs=Permission.MANAGE_LEAVE)
def adjust_balance(work: Work, op: AdjustBalance) -> None:
    """More or less of a kind for one person, with the reason kept beside it."""
    person: Person = work.find(Person, op.person_id, "people.unknown")
    day = _day(op.on, "on")
    kind = queries.kinds_on(work.session, day).get(op.kind)
    if kind is None or kind.accrual == "none":
        raise Problem("leave.kind_unknown", field="kind", kind=op.kind)
    if work.session.get(LeaveAdjustment, op.adjustment_id) is not None:
        raise Problem("operation.already_exists", field="adjustment_id", id=op.adjustment_id)
    if op.kind == queries.LIEU and op.minutes > 0:
        _not_given_already(work, person.id, day)
    work.add(
        LeaveAdjustment(
            id=op.adjustment_id, person_id=person.id, kind=op.kind, minutes=op.minutes, on=day, reason=op.reason, made_at=work.now
        )
    )
    work.session.flush()
    refresh_balances(work.session, person, queries.today_of(work.session, person.id, work.now))


def _not_given_already(work: Work, person_id: str, day: date) -> None:
    """Time off for overtime of a day is given once: by the day itself where its overtime is given back, or by hand."""
    credited = sa.select(LieuCredit.minutes).where(LieuCredit.person_id == person_id, LieuCredit.day == day)
    if (minutes := work.session.scalar(credited)) is not None:
        raise Problem("leave.lieu_credited", field="on", day=day.isoformat(), minutes=minutes)
    by_hand = sa.select(sa.func.coalesce(sa.func.sum(LeaveAdjustment.minutes), 0)).where(
        LeaveAdjustment.person_id == person_id, LeaveAdjustment.kind == queries.LIEU, LeaveAdjustment.on == day
    )
    if (given := int(work.session.scalar(by_hand) or 0)) > 0:
        raise Problem("leave.lieu_given", field="on", day=day.isoformat(), minutes=given)


@handles(CallOffLeave, needs=Permission.MANAGE_LEAVE)
def call_off(work: Work, op: CallOffLeave) -> None:
    """From a day on granted leave does not take place: the person is expected again and gets the time back."""
    leave: Leave = work.find(Leave, op.leave_id, "leave.unknown")
    cut_off(work, leave, _day(op.from_day, "from_day"), op.reason)


def cut_off(work: Work, leave: Leave, from_day: date, reason: str) -> None:
    """Shorten a leave so that it ends before `from_day`."""
    if from_day > leave.to_day or (leave.called_off_from is not None and from_day >= leave.called_off_from):
        raise Problem("leave.over_by_then", field="from_day", to_day=leave.to_day.isoformat())
    leave.called_off_from, leave.called_off_because = from_day, reason
    stretch = queries.stretch_of(leave)
    leave.ends_min = stretch.ends if stretch is not None else leave.starts_min
    work.session.flush()
    person = work.session.get_one(Person, leave.person_id)
    refresh_balances(work.session, person, queries.today_of(work.session, person.id, work.now))
    tell(work, LeaveCalledOff(leave.id, leave.person_id, from_day, reason))


def _day(text: str, field: str) -> date:
    day = day_of(text)
    if day is None:
        raise Problem("wire.invalid", field=field)
    return day
