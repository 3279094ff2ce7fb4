"""What happens to requests that later areas judge or follow. All of it is told in the transaction of the operation, with
the system's reach: a request's effects are the company's, not its last approver's."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import date
from typing import Any


@dataclass(frozen=True)
class RequestChecked:
    """Somebody asks for something and the form fits its fields. Told before the request is accepted.

    A reaction raises Problem to refuse it (`field="form.<key>"`), or appends to `warnings` what the applicant must have seen:
    (code, facts). A code appended is refused as `approvals.warning` unless the request lists it as `warned`; steps that are
    `only_if` that code then take place. `asked_on` is the company's day.
    """

    kind: str
    person_id: str
    form: dict[str, Any]
    asked_on: date
    request_id: str = ""
    applicant_id: str = ""
    warnings: list[tuple[str, dict[str, Any]]] = field(default_factory=list)


@dataclass(frozen=True)
class RequestSubmitted:
    """A request was accepted and stands; its first step has not been decided yet."""

    request_id: str
    kind: str
    person_id: str
    form: dict[str, Any]


@dataclass(frozen=True)
class RequestApproved:
    """The last step of a request was approved just now: what it asked for is to happen.

    A reaction that tells somebody of it by an inbox item of its own adds them to `told`; the others get a plain notice.
    """

    request_id: str
    kind: str
    person_id: str
    applicant_id: str
    form: dict[str, Any]
    told: set[str] = field(default_factory=set, compare=False)


@dataclass(frozen=True)
class RequestRefused:
    """A request ended with a refusal."""

    request_id: str
    kind: str
    person_id: str
    applicant_id: str
    form: dict[str, Any]
    reason: str


@dataclass(frozen=True)
class RequestWithdrawn:
    """Its applicant took a request back."""

    request_id: str
    kind: str
    person_id: str
    applicant_id: str
    form: dict[str, Any]
    reason: str
