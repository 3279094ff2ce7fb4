"""Decisions on punches, one at a time or many at once. A decision is a fact beside the punch; a later one is one more fact."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from contract.attendance import ReviewPunch
from contract.corrections import ReviewPunches
from contract.ids import derived_id
from contract.moments import instant
from server.attendance.events import FactChanges
from server.attendance.model import Punch, PunchReview
from server.attendance.rules import is_in_future
from server.inbox.service import close_items
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem

SUSPICIOUS = "N-10"  # the trigger of the inbox items about punches that wait for a decision
STATES = {"accept": "accepted", "correct": "corrected", "reject": "rejected"}


@dataclass(frozen=True)
class Decision:
    """What somebody decides on a punch. `corrected_at` belongs to `correct` and to nothing else."""

    decision: str
    reason: str
    corrected_at: datetime | None = None
    corrected_kind: str | None = None


def decision_of(decision: str, reason: str, corrected_ms: int | None, corrected_kind: str | None, now: datetime) -> Decision:
    """The decision an operation carries. Raises Problem where a correction has no time, or one that is still to come."""
    if decision != "correct":
        return Decision(decision, reason)
    if corrected_ms is None:
        raise Problem("attendance.time_needed", field="corrected_ms")
    corrected = instant(corrected_ms)
    if is_in_future(corrected, now):
        raise Problem("attendance.time_in_future", field="corrected_ms")
    return Decision(decision, reason, corrected, corrected_kind)


def decide_on(work: Work, punch: Punch, made: Decision, *, review_id: str, by: str | None) -> None:
    """Write a decision beside a punch. Nobody decides on their own punch; what the inbox asked for is done by it."""
    if by is not None and punch.person_id == by:
        raise Problem("attendance.own_punch", id=punch.id)
    tell(work, FactChanges(punch.person_id, punch.business_date))
    work.add(
        PunchReview(
            id=review_id, punch_id=punch.id, store_id=punch.store_id, decision=made.decision, corrected_at=made.corrected_at,
            corrected_kind=made.corrected_kind, reason=made.reason, decided_by=by, decided_at=work.now,
        )
    )  # fmt: skip
    punch.state = STATES[made.decision]
    punch.decided_at, punch.decided_taken_at, punch.decided_kind = work.now, made.corrected_at, made.corrected_kind
    punch.decision_reason = made.reason
    close_items(work, punch.id, triggers=[SUSPICIOUS])


@handles(ReviewPunch, needs=Permission.REVIEW_PUNCHES)
def review_punch(work: Work, op: ReviewPunch) -> None:
    """A decision on one punch."""
    punch: Punch = work.find(Punch, op.punch_id, "attendance.punch_unknown")
    made = decision_of(op.decision, op.reason, op.corrected_ms, op.corrected_kind, work.now)
    decide_on(work, punch, made, review_id=work.act.op_id, by=work.actor.person_id)


@handles(ReviewPunches, needs=Permission.REVIEW_PUNCHES)
def review_punches(work: Work, op: ReviewPunches) -> None:
    """The same decision on several punches: all of them, or, where one cannot be decided, none."""
    made = decision_of(op.decision, op.reason, None, None, work.now)
    for punch_id in dict.fromkeys(op.punch_ids):
        punch: Punch = work.find(Punch, punch_id, "attendance.punch_unknown")
        decide_on(work, punch, made, review_id=derived_id("review", work.act.op_id, punch_id), by=work.actor.person_id)
