"""Training on devices: tasks and lists go to their person and to the desk where they work; a pass that syncs opens the gate."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from contract.courses import Audience
from contract.ids import new_id
from contract.learning import SubmitAttempt
from contract.rosters import RosterWorkerRow
from contract.training import OnboardingRow, PackCourse, SetPack, TaskRow
from server.kernel import feed
from server.training import model
from tests.server.courses_of import RIGHT, body, quiz
from tests.server.test_course_devices import Shops
from tests.support.planted import instead


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    made = Shops(tmp_path_factory.mktemp("training-devices"))
    yield made
    for device in made.devices.values():
        device.core.close()
    made.company.close()


def rows(shops: Shops, name: str, entity: str, shape: type) -> Any:
    """What a device holds once it has heard everything."""
    device = shops.devices[name]
    device.small_pages = False
    assert any(device.sync() for _ in range(5))
    with device.parts.db.read():
        return list(device.parts.replica.all(entity, shape))


def waits(shops: Shops, person: str) -> set[str]:
    """What the store's tablet knows that work of somebody waits for."""
    held = [one for one in rows(shops, "tablet A", "roster_worker", RosterWorkerRow) if one.person_id == person]
    assert held
    return {lack.course for one in held for lack in one.worker.lacks}


def test_the_gate_opens_on_the_tablet_the_moment_the_phones_pass_syncs(shops: Shops) -> None:
    exam = shops.publish(body(title_zh="产品知识", quiz=quiz(), audience=Audience(stores=[shops.a])))
    courses = [PackCourse(course_id=exam.course_id)]
    shops.hq(SetPack(pack_id=new_id(), unit_id=shops.a, courses=courses, gate="block", reason="r"))
    person = shops.company.people["p1"]
    [task] = rows(shops, "phone A", "training_task", TaskRow)
    assert (task.title_zh, task.state, task.gate, task.origin) == ("产品知识", "open", "block", "posting")
    assert {one.person_id for one in rows(shops, "tablet A", "training_task", TaskRow)} == {person}
    [mine] = rows(shops, "phone A", "onboarding", OnboardingRow)
    assert (mine.may_work, mine.complete) == (False, False) and "exam" in {item.kind for item in mine.items}
    for stranger in ("phone B", "tablet B"):
        assert rows(shops, stranger, "training_task", TaskRow) == [] == rows(shops, stranger, "onboarding", OnboardingRow)
    assert waits(shops, person) == {exam.course_id}
    phone = shops.devices["phone A"]
    attempt = SubmitAttempt(
        attempt_id=new_id(), course_id=exam.course_id, version_id=exam.version_id, answers=RIGHT, took_ms=1_000
    )
    phone.core._keep(attempt, person, phone.world.clock.read())
    assert phone.sync()
    assert waits(shops, person) == set(), "the tablet's own facts are renewed"
    [task] = rows(shops, "phone A", "training_task", TaskRow)
    assert task.state == "done" and task.done_ms is not None
    assert {one.may_work for one in rows(shops, "tablet A", "onboarding", OnboardingRow)} == {True}


def test_tasks_that_go_to_every_desk_are_found(shops: Shops) -> None:
    everywhere = feed.Synced("training_task", lambda row: ["company"])
    with instead(feed, "SYNCED", {**feed.SYNCED, model.Task: everywhere}), pytest.raises(AssertionError):
        course = shops.publish(body(title_zh="乙", audience=Audience(stores=[shops.b])))
        packs = [PackCourse(course_id=course.course_id)]
        shops.hq(SetPack(pack_id=new_id(), unit_id=shops.b, courses=packs, gate="none", reason="r"))
        assert course.course_id not in {one.course_id for one in rows(shops, "phone A", "training_task", TaskRow)}
    assert model.Task in feed.SYNCED
