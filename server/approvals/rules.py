"""Judgments about flows and requests: which steps open next, when a request ends, who may decide, what a flow may say.

Times are aware instants. Deadlines are plain hours, nights and holidays included: a deadline of 24 hours is over at the same
time tomorrow, everywhere, and nobody needs a calendar to check it.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Literal, NamedTuple

from contract.approvals import FormField, StepRule
from contract.forms import MOST_PHOTOS

DONE = frozenset({"approved", "skipped"})
ESCALATE_AFTER = timedelta(hours=24)
RELATIONS = frozenset(
    {"applicant", "own_manager", "host_manager", "receiving_manager", "department_head", "region_manager"}
)  # fmt: skip
SkippedBecause = Literal["not_needed", "nobody"]


@dataclass(frozen=True)
class StepFacts:
    """What deciding needs to know of a step."""

    id: str
    turn: int
    state: str
    mandatory: bool = True
    only_if: str | None = None


class Advance(NamedTuple):
    """What happens next: steps that open, steps passed over and why, and whether all is approved by that."""

    opens: list[str]
    skips: list[tuple[str, SkippedBecause]]
    approved: bool


def advance(steps: Sequence[StepFacts], warnings: Collection[str], can_be_decided: Callable[[str], bool]) -> Advance:
    """What follows when nothing of the current order is open any more.

    Steps of one order run side by side; the next order opens when all of one are done. A step that is `only_if` a warning
    the request did not meet does not take place. A step that nobody can decide is passed over if it is optional; a mandatory
    one opens all the same and waits for somebody to be named.
    """
    skips: list[tuple[str, SkippedBecause]] = []
    for turn in sorted({step.turn for step in steps}):
        mine = [step for step in steps if step.turn == turn]
        if all(step.state in DONE for step in mine):
            continue
        if any(step.state in ("open", "refused") for step in mine):
            return Advance([], skips, False)
        opens: list[str] = []
        for step in mine:
            if step.state in DONE:
                continue
            if step.only_if is not None and step.only_if not in warnings:
                skips.append((step.id, "not_needed"))
            elif not step.mandatory and not can_be_decided(step.id):
                skips.append((step.id, "nobody"))
            else:
                opens.append(step.id)
        if opens:
            return Advance(opens, skips, False)
    return Advance([], skips, True)


class Deciders(NamedTuple):
    """Who may decide a step, and whether they stand above those the rule names."""

    people: list[str]
    from_above: bool = False


def deciders(
    named_by_rule: Iterable[str | None], barred: Collection[str], managers_above: Iterable[str | None], *, must_go_up: bool
) -> Deciders:
    """The people of a step's rule without those who are `barred` (the person, the applicant, who has left).

    Where nobody is left of those the rule names, the nearest manager above who is not barred decides. `must_go_up` says so
    of a place that is vacant as well; a role that nobody holds goes to nobody.
    """
    found = [person for person in dict.fromkeys(named_by_rule) if person is not None]
    left = [person for person in found if person not in barred]
    if left or not (found or must_go_up):
        return Deciders(left)
    above = next((person for person in managers_above if person is not None and person not in barred), None)
    return Deciders([above], from_above=True) if above is not None else Deciders([])


class Right(NamedTuple):
    """By whose right somebody decides."""

    for_id: str


def right_of(
    person_id: str,
    holders: Collection[str],
    stand_ins: Collection[tuple[str, str]],
    used: Collection[str],
    barred: Collection[str],
) -> Right | None:
    """By whose right this person may sign a step now: their own, else of somebody they stand in for; None: by nobody's.

    `used`: whose rights have signed already, `barred`: who may not in any case. Whoever stands in for somebody does not stand
    in for those that one stands in for: chains are not followed.
    """
    if person_id in barred:
        return None
    if person_id in holders and person_id not in used:
        return Right(person_id)
    for delegate, owner in stand_ins:
        if delegate == person_id and owner in holders and owner not in used:
            return Right(owner)
    return None


def may_decide(request_state: str, step_state: str, decision: str, comment: str) -> str | None:
    """The refusal code where a decision cannot be taken at all, whoever takes it; None where it can."""
    if request_state != "running":
        return "approvals.ended"
    if step_state == "waiting":
        return "approvals.not_open"
    if step_state != "open":
        return "approvals.already_decided"
    if decision == "refuse" and not comment.strip():
        return "approvals.reason_missing"
    return None


def due(opened_at: datetime, deadline_h: int | None) -> datetime | None:
    """When a step is overdue: so many hours after it opened."""
    return opened_at + timedelta(hours=deadline_h) if deadline_h is not None else None


def is_overdue(due_at: datetime | None, now: datetime) -> bool:
    """Whether the deadline has passed: its deciders are reminded."""
    return due_at is not None and due_at <= now


def is_escalated(due_at: datetime | None, now: datetime) -> bool:
    """Whether a day has gone since the deadline: the deciders' managers hear of it."""
    return due_at is not None and due_at + ESCALATE_AFTER <= now


class Fault(NamedTuple):
    """What is wrong with a flow's definition: where, and a refusal code."""

    field: str
    code: str


def judge_flow(fields: Sequence[FormField], steps: Sequence[StepRule], roles: Collection[str]) -> Fault | None:
    """The first thing a flow may not say; None: it can be published."""
    for n, key in enumerate(field.key for field in fields):
        if key in [field.key for field in fields[:n]]:
            return Fault(f"fields[{n}].key", "approvals.key_twice")
    for n, field in enumerate(fields):
        if field.kind == "choice" and not field.choices:
            return Fault(f"fields[{n}].choices", "approvals.choices_missing")
        if field.kind == "photo" and field.most is not None and not 1 <= field.most <= MOST_PHOTOS:
            return Fault(f"fields[{n}].most", "approvals.photos_out_of_range")
        if field.least is not None and field.most is not None and field.least > field.most:
            return Fault(f"fields[{n}].most", "approvals.bounds_crossed")
    for n, step in enumerate(steps):
        if step.key in [other.key for other in steps[:n]]:
            return Fault(f"steps[{n}].key", "approvals.key_twice")
        if step.by == "relation" and step.who not in RELATIONS:
            return Fault(f"steps[{n}].who", "approvals.who_unknown")
        if step.by == "role" and step.who not in roles:
            return Fault(f"steps[{n}].who", "approvals.who_unknown")
        if step.by == "relation" and step.signatures > 1:
            return Fault(f"steps[{n}].signatures", "approvals.one_manager")
        if step.who == "receiving_manager" and not any(field.kind == "store" and field.required for field in fields):
            return Fault(f"steps[{n}].who", "approvals.store_needed")
    if not any(step.mandatory and step.only_if is None and step.who != "applicant" for step in steps):
        return Fault("steps", "approvals.nobody_must_decide")
    return None
