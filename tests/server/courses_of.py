"""Courses for tests: bodies of every kind, and a small company that writes, reviews and takes them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from contract.approvals import DecideStep
from contract.courses import Audience, Card, CourseBody, PublishVersion, SaveDraft
from contract.ids import new_id
from contract.learning import RecordCard, SubmitAttempt
from contract.quizzes import Answer, Choice, Question, Quiz, Solution
from server.approvals.model import RequestStep
from server.approvals.presets import ensure_presets
from server.kernel.actors import Actor
from server.kernel.perform import Outcome
from server.learning.model import Progress
from tests.server.world import SECRET, World


def cards(n: int, first: int = 1) -> list[Card]:
    """So many cards of text: k1, k2, ..."""
    numbers = range(first, first + n)
    return [Card(key=f"k{one}", kind="text", title_zh=f"第{one}课", zh=f"要点 {one}", en=f"Point {one}") for one in numbers]


def choice_question(key: str = "q1", **more: Any) -> Question:
    """One right answer of three: a."""
    choices = [Choice(key=one, zh=one, en=one) for one in "abc"]
    return Question(key=key, kind="single", zh="选哪个？", choices=choices, solution=Solution(right=["a"]), **more)


def quiz(n: int = 1, **more: Any) -> Quiz:
    """So many questions, each answered by a."""
    return Quiz(questions=[choice_question(f"q{one + 1}") for one in range(n)], **more)


def body(n: int = 3, **more: Any) -> CourseBody:
    """A course of so many cards."""
    return CourseBody(**{"title_zh": "手冲咖啡", "title_en": "Pour-over", "cards": cards(n), **more})


RIGHT, WRONG = [Answer(question="q1", chosen=["a"])], [Answer(question="q1", chosen=["b"])]


class Academy:
    """Stores A and B; An works at A, Bo at B; Ma manages A; He and Hu are HR; the admin publishes what is not to be reviewed."""

    def __init__(self, folder: Path, world: World | None = None, **options: Any) -> None:
        self.world = world or World.on_sqlite(folder, **options)
        world = self.world
        self.a, self.b = world.open_store("甲店"), world.open_store("乙店")
        self.an, self.bo = world.hire("安宁"), world.hire("白露")
        world.post(self.an, self.a)
        world.post(self.bo, self.b)
        self.actors = {
            "an": world.account(self.an, "an", "employee"),
            "bo": world.account(self.bo, "bo", "employee"),
            "ma": world.account(world.hire("马超"), "ma", "store_manager", self.a),
            "mb": world.account(world.hire("牟冰"), "mb", "store_manager", self.b),
            "he": world.account(world.hire("何静"), "he", "hr"),
            "hu": world.account(world.hire("胡兰"), "hu", "hr"),
        }
        ensure_presets(world.db, now=world.clock(), secret=SECRET)

    def as_(self, who: str) -> Actor:
        return self.actors[who]

    def draft(self, course: CourseBody, who: str | None = None, code: str | None = None, **more: Any) -> SaveDraft:
        """A draft that has just been saved."""
        said = SaveDraft(
            **{"course_id": new_id(), "version_id": new_id(), "code": code or f"C-{new_id()[-8:]}", "body": course, **more}
        )
        self.world.must(said, self.actors[who] if who else None)
        return said

    def publish(self, course: CourseBody, **more: Any) -> SaveDraft:
        """A course that counts."""
        said = self.draft(course, **more)
        self.world.must(PublishVersion(version_id=said.version_id, reason="new"))
        return said

    def next_version(self, of: SaveDraft, course: CourseBody) -> SaveDraft:
        """Another version of a course, published."""
        return self.publish(course, course_id=of.course_id, code=of.code)

    def read(self, who: str, of: SaveDraft, *keys: str, event: Any = "finished") -> None:
        """Somebody finishes cards."""
        for key in keys:
            said = RecordCard(event_id=new_id(), course_id=of.course_id, version_id=of.version_id, card=key, event=event)
            self.world.must(said, self.actors[who])

    def attempt(self, who: str, of: SaveDraft, answers: list[Answer], took_ms: int = 1_000, **more: Any) -> Outcome:
        """Somebody hands in an attempt."""
        said = SubmitAttempt(
            **{"attempt_id": new_id(), "course_id": of.course_id, "version_id": of.version_id, "answers": answers,
               "took_ms": took_ms, **more}
        )  # fmt: skip
        return self.world.must(said, self.actors[who])

    def progress(self, person_id: str, of: SaveDraft) -> Progress | None:
        """Somebody's standing, whoever may see it."""
        found = sa.select(Progress).where(Progress.person_id == person_id, Progress.course_id == of.course_id)
        rows: list[Progress] = self.world.rows(found)
        return rows[0] if rows else None

    def decide(self, who: str, request_id: str, verdict: Any = "approve", comment: str = "看过了") -> Outcome:
        """HQ's word on a review."""
        [step] = self.world.rows(
            sa.select(RequestStep.id).where(RequestStep.request_id == request_id, RequestStep.state == "open")
        )
        said = DecideStep(step_id=step, decision=verdict, comment=comment)
        return self.world.do(said, self.actors[who])


def for_stores(*stores: str) -> Audience:
    return Audience(stores=list(stores))
