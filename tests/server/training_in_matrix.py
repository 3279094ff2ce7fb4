"""Training for the rights matrix: each store asks a course of its own of whoever works there."""

from __future__ import annotations

from typing import Any

from contract.courses import Audience, Card, CourseBody, PublishVersion, SaveDraft
from contract.ids import new_id
from contract.training import PackCourse, SetPack
from server.kernel.actors import Actor
from server.kernel.perform import perform
from tests.support.company import Company


def plant(company: Company, things: dict[str, str]) -> None:
    """A course for this store, its pack, and thereby a task and a list of its person."""
    course, version = new_id(), new_id()
    body = CourseBody(
        title_zh="本店", title_en="This store", cards=[Card(key="one", kind="text", zh="字")],
        audience=Audience(stores=[things["store_id"]]),
    )  # fmt: skip
    hr = Actor.person(things["person_id"], new_id(), [("hr", None)])
    for said in (
        SaveDraft(course_id=course, version_id=version, code=f"T{course[-10:]}", body=body),
        PublishVersion(version_id=version, reason="r"),
    ):
        done = perform(company.db, hr, said, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done
    company.must(SetPack(
        pack_id=new_id(), unit_id=things["store_id"], courses=[PackCourse(course_id=course)], gate="none", reason="r"
    ))  # fmt: skip
    things["training_course_id"] = course


def bodies(mine: dict[str, str]) -> dict[str, Any]:
    """By path, a body that asks for something that can be done at this store."""
    course, fresh = mine["training_course_id"], new_id()
    return {
        "training/packs": {"pack_id": fresh, "unit_id": mine["store_id"], "courses": [], "reason": "r"},
        "training/assignments": {"assignment_id": fresh, "course_id": course, "to": "store", "to_id": mine["store_id"]},
        "training/assignments/ended": {"assignment_id": fresh, "reason": "r"},
        "training/tasks/waived": {"task_id": fresh, "reason": "r"},
        "training/reminders": {"reminder_id": fresh, "store_id": mine["store_id"], "course_id": course,
                               "people": [mine["person_id"]]},
    }  # fmt: skip


def query(rule: str, mine: dict[str, str]) -> str:
    """What is asked of a path that reads training."""
    return f"?store_id={mine['store_id']}" if rule.endswith("/training/board") else ""

