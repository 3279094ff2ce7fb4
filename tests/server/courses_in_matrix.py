"""Courses for the rights matrix: each store has a course with a quiz that its person has passed, and a script."""

from __future__ import annotations

from typing import Any

from contract import wire
from contract.courses import Audience, CourseBody, PublishVersion, SaveDraft
from contract.ids import derived_id, new_id
from contract.learning import SubmitAttempt
from server.kernel.actors import Actor
from server.kernel.perform import perform
from tests.server.courses_of import RIGHT, body, quiz
from tests.support.company import Company


def _by(company: Company, person_id: str, role: str, operation: wire.Wire) -> None:
    who = Actor.person(person_id, new_id(), [(role, None)])
    done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done


def _publish(company: Company, person_id: str, course: CourseBody) -> tuple[str, str, str]:
    said = SaveDraft(course_id=new_id(), version_id=new_id(), code=f"m-{new_id()[-10:]}", body=course)
    _by(company, person_id, "hr", said)
    _by(company, person_id, "hr", PublishVersion(version_id=said.version_id, reason="r"))
    return said.course_id, said.version_id, said.code


def plant(company: Company, things: dict[str, str]) -> None:
    """A course and a script of this store, and the certificate of its person."""
    person_id, here = things["person_id"], Audience(stores=[things["store_id"]])
    course_id, version_id, code = _publish(company, person_id, body(1, quiz=quiz(), audience=here))
    script_id, script_version_id, _ = _publish(company, person_id, body(1, kind="script", audience=here))
    attempt = SubmitAttempt(attempt_id=new_id(), course_id=course_id, version_id=version_id, answers=RIGHT, took_ms=1)
    _by(company, person_id, "employee", attempt)
    things.update(
        course_id=course_id, version_id=version_id, course_code=code, script_id=script_id, script_version_id=script_version_id,
        certificate_id=derived_id("certificate", person_id, course_id),
    )  # fmt: skip


def query(rule: str, things: dict[str, str]) -> str:
    """What a list is asked for."""
    if rule == "/api/v1/learning":
        return f"?person_id={things['person_id']}"
    return f"?course_id={things['script_id']}" if rule == "/api/v1/courses/readers" else ""


def bodies(mine: dict[str, str]) -> dict[str, Any]:
    """By path, what is said of this store's course."""
    of = {"course_id": mine["course_id"], "version_id": mine["version_id"]}
    script = {"course_id": mine["script_id"], "version_id": mine["script_version_id"]}
    return {
        "courses/drafts": {"course_id": mine["course_id"], "version_id": new_id(), "code": mine["course_code"],
                           "body": wire.plain(body(2))},
        "courses/drafts/submitted": {"version_id": mine["version_id"], "request_id": new_id()},
        "courses/drafts/discarded": {"version_id": mine["version_id"]},
        "courses/media": {},
        "courses/published": {"version_id": mine["version_id"], "reason": "r"},
        "courses/retired": {"course_id": new_id(), "reason": "r"},
        "learning/cards": {**of, "event_id": new_id(), "card": "k1", "event": "opened"},
        "learning/readings": {**script, "confirm_id": new_id()},
        "learning/attempts": {**of, "attempt_id": new_id(), "answers": [], "took_ms": 1},
        "learning/reviews": {**of, "review_id": new_id(), "question": "q1", "answer": {"question": "q1"}, "rating": 3},
    }  # fmt: skip
