"""What training tells later areas, in the transaction of the operation."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class GateMoved:
    """What stores still wait for before these people work there is another, or may be."""

    people: frozenset[str]


@dataclass(frozen=True)
class TaskSettled:
    """A task is done or waived. `reference` is what its assignment named (an incident, a report, a recommendation)."""

    task_id: str
    person_id: str
    course_id: str
    origin: str
    reference: str
