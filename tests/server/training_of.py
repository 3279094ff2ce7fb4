"""Training for tests: two stores with their managers in the organisation, and what is asked, given and told there."""

from __future__ import annotations

import copy
import functools
import shutil
import tempfile
from datetime import timedelta
from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.courses import CourseBody, SaveDraft
from contract.ids import new_id
from contract.org import ChangeUnit
from contract.rosters import SetShift
from contract.training import AssignCourse, BoardAsk, BoardCourse, Gate, PackCourse, SetPack
from server.inbox.model import InboxItem
from server.kernel.perform import Outcome
from server.rosters import profiles
from server.shifts import presets
from server.training.model import Onboarding, Task
from server.training.queries import board
from server.training.turning import keep_lists, turn_what_is_due
from tests.server.courses_of import RIGHT, Academy, body, quiz
from tests.server.world import NOON, SECRET, World


class School(Academy):
    """Ma manages A and Mb manages B, in the organisation too; An works at A, Bo at B."""

    def __init__(self, folder: Path, **options: Any) -> None:
        super().__init__(folder, **options)
        world = self.world
        presets.ensure(world.db, NOON, SECRET)
        profiles.ensure(world.db, NOON, SECRET)
        self.ma, self.mb = world.people["马超"], world.people["牟冰"]
        for store, manager in ((self.a, self.ma), (self.b, self.mb)):
            world.must(ChangeUnit(unit_id=store, from_day="2026-11-01", manager_id=manager))

    def exam(self, title: str = "产品知识", **more: Any) -> SaveDraft:
        """A published course of three cards that ends in a quiz of one question."""
        return self.publish(body(title_zh=title, title_en=f"{title} (en)", quiz=quiz(), **more))

    def reading(self, title: str = "欢迎", **more: Any) -> SaveDraft:
        """A published course without a quiz."""
        said: CourseBody = body(title_zh=title, **more)
        return self.publish(said)

    def draft_of(self) -> SaveDraft:
        """A course nobody has published."""
        return self.draft(body())

    def pack(self, *courses: SaveDraft, unit: str | None = None, gate: Gate = "warn", **more: Any) -> SetPack:
        """What a unit (none: the company) asks from now on."""
        asked = [PackCourse(course_id=one.course_id, due_days=3) for one in courses]
        said = SetPack(**{"pack_id": new_id(), "unit_id": unit, "courses": asked, "gate": gate, "reason": "new", **more})
        self.world.must(said, self.actors["he"])
        return said

    def give(self, course: SaveDraft, to: str, to_id: str, who: str = "he", **more: Any) -> Outcome:
        """Somebody assigns a course."""
        said = AssignCourse(
            **{"assignment_id": new_id(), "course_id": course.course_id, "to": to, "to_id": to_id, **more}
        )  # fmt: skip
        return self.world.do(said, self.actors[who])

    def passes(self, who: str, course: SaveDraft) -> None:
        """Somebody passes the course's quiz."""
        self.attempt(who, course, RIGHT)

    def staff(self, store: str, *names: str) -> dict[str, str]:
        """More people at a store, each with an account of the same name."""
        found = {}
        for name in names:
            person = self.world.hire(name)
            self.world.post(person, store)
            self.actors[name] = self.world.account(person, f"login-{name}", "employee")
            found[name] = person
        return found

    # what is seen

    def tasks(self, person_id: str, course: SaveDraft | None = None) -> list[Task]:
        found = sa.select(Task).where(Task.person_id == person_id).order_by(Task.assigned_at, Task.turn, Task.id)
        if course is not None:
            found = found.where(Task.course_id == course.course_id)
        return self.world.rows(found)

    def states(self, person_id: str, course: SaveDraft | None = None) -> list[str]:
        return [task.state for task in self.tasks(person_id, course)]

    def board(self, store: str, who: str = "ma") -> list[BoardCourse]:
        with self.world.looking(self.actors[who].at(self.world.clock())) as session:
            return board(session, BoardAsk(store_id=store)).courses

    def told(self, trigger: str) -> list[tuple[str, dict[str, Any]]]:
        """Whom a trigger has told, and with what."""
        found = sa.select(InboxItem).where(InboxItem.trigger == trigger).order_by(InboxItem.born_at, InboxItem.receiver_id)
        return [(row.receiver_id, row.facts) for row in self.world.rows(found)]

    def list_of(self, person_id: str, store: str) -> Onboarding:
        row: Onboarding
        [row] = self.world.rows(sa.select(Onboarding).where(Onboarding.person_id == person_id, Onboarding.store_id == store))
        return row

    # time, shifts

    def day_passes(self, days: int = 1) -> None:
        """So many days go by, each with its turn."""
        for _ in range(days):
            self.world.clock.pass_(days=1)
            self.turn()

    def turn(self) -> int:
        now = self.world.clock()
        keep_lists(self.world.db, now, SECRET)
        return turn_what_is_due(self.world.db, now, SECRET)

    def shift(self, person_id: str, store: str | None = None, at: int = 3, **more: Any) -> SetShift:
        """A shift so many days from now."""
        day = (self.world.clock() + timedelta(days=at)).date().isoformat()
        return SetShift(
            **{"shift_id": new_id(), "store_id": store or self.a, "day": day, "person_id": person_id, "template": "early", **more}
        )

    def plan(self, person_id: str, store: str | None = None, who: str = "ma", **more: Any) -> Outcome:
        """Its manager plans somebody."""
        return self.world.do(self.shift(person_id, store, **more), self.actors[who])


@functools.cache
def _furnished() -> School:
    """One such school in a SQLite file for this process; every test gets a copy."""
    found = School(Path(tempfile.mkdtemp(prefix="outpost-school-")))
    found.world.close()
    return found


def school_on_sqlite(folder: Path) -> School:
    """The school of these tests, fresh."""
    known = _furnished()
    file = folder / f"{new_id()}.db"
    shutil.copy(str(known.world.db.url.database), file)
    found = copy.copy(known)
    found.actors = dict(known.actors)
    found.world = World.on(f"sqlite:///{file}", folder)
    found.world.people.update(known.world.people)
    found.world.stores.update(known.world.stores)
    return found
