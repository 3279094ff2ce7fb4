"""What Chen Wei is taught at store A: step 5 of story 1, and the board of a store of eight (issue 6).

The store's courses, its seven others and what they had read are there before the doors open. From then on everything goes through
devices and desks.
"""

from __future__ import annotations

from typing import Any

from contract.courses import CourseBody, PublishVersion, SaveDraft
from contract.ids import new_id
from contract.learning import RecordCard, SubmitAttempt
from contract.quizzes import Answer
from contract.rosters import SetShift
from contract.training import AssignCourse, PackCourse, SetPack
from tests.server.courses_of import body, for_stores, quiz
from tests.server.world import World

BEFORE = ("丁一", "范文", "葛兰", "何苗")  # who have passed it when Chen arrives
BEHIND = ("江河", "康乐", "林夕")
NAME = "产品知识"


class Lessons:
    """Three courses of store A that gate its shifts; product knowledge ends in an exam of five questions, pass mark 60."""

    def __init__(self, world: World, store: str, other: str) -> None:
        self.world, self.store = world, store
        seven = {name: world.hire(name, home_org="合作门店A") for name in (*BEFORE, *BEHIND)}
        actors = {}
        for number, (name, person) in enumerate(seven.items()):
            world.post(person, store)
            actors[name] = world.account(person, f"seven-{number}", "employee")
        self.behind = {seven[name] for name in BEHIND}
        here = for_stores(store)
        self.product = self._publish(body(title_zh=NAME, audience=here, quiz=quiz(5, pass_percent=60)))
        self.others = [self._publish(body(1, title_zh=title, audience=here)) for title in ("门店安全", "备货流程")]
        self.elsewhere = self._publish(body(title_zh="服装陈列", audience=for_stores(other)))
        for name in BEFORE:
            self._reads(actors[name], "k1", "k2", "k3")
            world.must(self._handed_in("aaaab"), actors[name])
        self._reads(actors[BEHIND[0]], "k1")

    def pack(self) -> SetPack:
        """What the store asks of whoever comes: work waits for product knowledge."""
        asked = [PackCourse(course_id=self.product.course_id)]
        asked += [PackCourse(course_id=one.course_id, gates=False) for one in self.others]
        return SetPack(pack_id=new_id(), unit_id=self.store, courses=asked, gate="block", reason="new store")

    def assignment(self) -> AssignCourse:
        """Product knowledge for everybody at the store."""
        return AssignCourse(
            assignment_id=new_id(), course_id=self.product.course_id, to="store", to_id=self.store, due_on="2027-03-08"
        )

    def shift_of(self, person_id: str, day: str = "2027-03-02") -> SetShift:
        return SetShift(shift_id=new_id(), store_id=self.store, day=day, person_id=person_id, template="early")

    def _publish(self, course: CourseBody) -> SaveDraft:
        code = f"C-{new_id()[-8:]}"
        said = SaveDraft(course_id=new_id(), version_id=new_id(), code=code, body=course)
        self.world.must(said)
        self.world.must(PublishVersion(version_id=said.version_id, reason="new"))
        return said

    def _reads(self, who: Any, *keys: str) -> None:
        for key in keys:
            course = self.product
            said = RecordCard(
                event_id=new_id(), course_id=course.course_id, version_id=course.version_id, card=key, event="finished"
            )
            self.world.must(said, who)

    def _handed_in(self, chosen: str) -> SubmitAttempt:
        return SubmitAttempt(
            attempt_id=new_id(), course_id=self.product.course_id, version_id=self.product.version_id,
            answers=answers(chosen), took_ms=60_000,
        )  # fmt: skip


def answers(chosen: str) -> list[Answer]:
    """q1, q2, ...: the letter chosen for each; a is right."""
    return [Answer(question=f"q{number}", chosen=[letter]) for number, letter in enumerate(chosen, 1)]
