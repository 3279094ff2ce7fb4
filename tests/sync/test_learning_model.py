"""One person, a phone and a store's tablet, one course: whatever is read and handed in where, and whatever is lost on the way.

All of it is kept, progress never falls, 100 % comes once, and marks are the same on both sides.
"""

from __future__ import annotations

import logging
import random
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

import pytest
import sqlalchemy as sa
import structlog
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from contract.courses import Audience, CourseBody, CourseRow, PublishVersion, SaveDraft
from contract.ids import new_id
from contract.learning import AttemptRow, ProgressRow, RecordCard, SubmitAttempt, percent_done
from contract.quizzes import Answer, Choice, PoolDraw, Question, Quiz, Solution, ask, mark
from contract.wire import Wire, plain
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from server.learning import doing, rules, standing
from server.learning.events import CourseSettled
from server.learning.model import Attempt, CardEvent, Certificate, Progress
from tests.server.courses_of import cards
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead

WHO, CARDS = "p1", 3
FATES = ("ok", "ok", "lost_request", "lost_reply", "doubled")
_ABC = [Choice(key=key, zh=key) for key in "abc"]
QUIZ = Quiz(
    questions=[
        Question(key="one", kind="single", zh="?", choices=_ABC, solution=Solution(right=["a"])),
        Question(key="some", kind="multiple", zh="?", choices=_ABC, partial=True, points=3, solution=Solution(right=["a", "b"])),
        Question(key="row", kind="order", zh="?", choices=_ABC, partial=True, solution=Solution(right=["b", "a", "c"])),
        Question(
            key="two", kind="match", zh="?", choices=_ABC[:2], others=_ABC, partial=True, pool="p",
            solution=Solution(pairs={"a": "c", "b": "a"}),
        ),
        Question(key="sum", kind="number", zh="?", pool="p", solution=Solution(number="4.5", tolerance="0.5")),
        Question(key="say", kind="text", zh="?", solution=Solution(texts=["Thank you"])),
    ],
    draws=[PoolDraw(pool="p", count=1)], pass_percent=60,
)  # fmt: skip


class Step(NamedTuple):
    """`where` 0 is the phone, 1 the tablet; `n` which card, which answers, which fate."""

    what: str
    where: int
    n: int


STEPS = st.builds(
    Step, st.sampled_from(("card", "card", "attempt", "sync", "sync", "version")), st.integers(0, 1), st.integers(0, 9)
)
# card 2 of 3 on the phone, card 3 on the tablet, attempts on both, then the network: everything a fault below breaks
STORY = [
    Step("card", 0, 0), Step("card", 0, 1), Step("sync", 0, 3), Step("card", 1, 2), Step("attempt", 0, 1), Step("attempt", 1, 3),
    Step("sync", 1, 0), Step("version", 0, 0), Step("sync", 0, 2), Step("attempt", 1, 0), Step("sync", 1, 4),
]  # fmt: skip


class Classroom:
    """A company whose p1 has a phone and works at A, where there is a tablet."""

    def __init__(self, folder: Any) -> None:
        self.company = company = Company(folder / "server").prepare().found(people=2)
        self.person = company.people[WHO]
        company.post(WHO, "A", company.today())
        self.devices = [new_handset(company, "phone", person=WHO), new_handset(company, "tablet", store="A")]
        for device in self.devices:
            device.small_pages = False
            assert device.sync()

    def hq(self, operation: Wire) -> None:
        who = Actor.person(self.company.people["p2"], new_id(), [("admin", None)])
        company = self.company
        done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done

    def publish(self, course_id: str, n: int) -> str:
        version_id, audience = new_id(), Audience(stores=[self.company.stores["A"]])
        body = CourseBody(title_zh="待客", cards=cards(n), quiz=QUIZ, audience=audience)
        self.hq(SaveDraft(course_id=course_id, version_id=version_id, code=course_id[-12:], body=body))
        self.hq(PublishVersion(version_id=version_id, reason="r"))
        return version_id

    def keep(self, device: Handset, act: Wire) -> None:
        device.core._keep(act, self.person, device.world.clock.read())

    def rows(self, statement: Any) -> list[Any]:
        with reading(self.company.db, Actor.system()) as session:
            return list(session.scalars(statement))

    def held(self, device: Handset, entity: str, shape: type) -> list[Any]:
        with device.parts.db.read():
            return list(device.parts.replica.all(entity, shape))


def answers(n: int) -> list[Answer]:
    """Ten ways to answer: some right, some in part, some not at all."""
    draw = random.Random(n)
    return [
        Answer(question="one", chosen=[draw.choice("abc")]),
        Answer(question="some", chosen=draw.sample("abc", draw.randint(0, 3))),
        Answer(question="row", chosen=draw.sample("abc", 3)),
        Answer(question="two", pairs={"a": draw.choice("abc"), "b": draw.choice("abc")}),
        Answer(question="sum", text=draw.choice(("4", "４．５", "5,1", "?"))),
        Answer(question="say", text=draw.choice((" thank  YOU! ", "thanks", ""))),
    ]


def live(room: Classroom, steps: list[Step]) -> None:
    """Live through a course, and compare what came of it with what was done."""
    course_id, n = new_id(), CARDS
    versions = {room.publish(course_id, n): [card.key for card in cards(n)]}
    for device in room.devices:
        assert device.sync()
    events: set[str] = set()
    finished: set[str] = set()
    attempts: dict[str, SubmitAttempt] = {}
    percent = 0
    settled: list[str] = []

    def hear(work: Any, event: Any) -> None:
        if isinstance(event, CourseSettled):
            settled.append(event.course_id)
        _tell(work, event)

    _tell: Callable[[Any, Any], None] = standing.tell
    with instead(standing, "tell", hear):
        for step in [*steps, Step("sync", 0, 0), Step("sync", 1, 0), Step("sync", 0, 0)]:
            device = room.devices[step.where]
            room.company.pass_ms(60_000)
            version_id = list(versions)[-1]
            if step.what == "card":
                card, said = f"k{step.n % n + 1}", new_id()
                room.keep(
                    device,
                    RecordCard(event_id=said, course_id=course_id, version_id=version_id, card=card, event="finished"),
                )
                events.add(said)
                finished.add(card)
            elif step.what == "attempt":
                act = SubmitAttempt(
                    attempt_id=new_id(), course_id=course_id, version_id=version_id, answers=answers(step.n), took_ms=1_000
                )
                room.keep(device, act)
                attempts[act.attempt_id] = act
            elif step.what == "version":
                n += 1
                versions[room.publish(course_id, n)] = [card.key for card in cards(n)]
            else:
                device.exchange(FATES[step.n % len(FATES)])
            for row in room.rows(sa.select(Progress).where(Progress.course_id == course_id)):
                assert row.percent >= percent, "progress fell"
                percent = row.percent
        for device in (*room.devices, *room.devices):
            assert device.sync()
    compare(room, course_id, events, attempts, percent_done(finished, list(versions.values())), settled)


def compare(
    room: Classroom, course_id: str, events: set[str], attempts: dict[str, SubmitAttempt], percent: int, settled: list[str]
) -> None:
    assert set(room.rows(sa.select(CardEvent.id).where(CardEvent.course_id == course_id))) == events, "a card was lost"
    kept = {row.id: row for row in room.rows(sa.select(Attempt).where(Attempt.course_id == course_id))}
    assert kept.keys() == attempts.keys(), "an attempt was lost"
    for attempt_id, act in attempts.items():
        marks = mark(QUIZ, attempt_id, act.answers, act.took_ms)
        assert (kept[attempt_id].marks, kept[attempt_id].percent) == (plain(marks.marks), marks.percent), "other marks"
    found = room.rows(sa.select(Progress).where(Progress.course_id == course_id))
    passed = any(row.passed for row in kept.values())
    assert [row.percent for row in found] == ([percent] if events or attempts else [])
    ends = [(row.finished_at is not None, row.passed_at is not None) for row in found]
    assert ends == [(percent == 100, passed) for _ in found]
    certificates = room.rows(sa.select(Certificate.id).where(Certificate.course_id == course_id))
    assert len(certificates) == len(settled) == passed, "not once"
    best = max((row.percent for row in kept.values()), default=None)
    for device in room.devices:
        mine = [row for row in room.held(device, "course_progress", ProgressRow) if row.course_id == course_id]
        assert [(row.percent, row.grade, len(row.attempts)) for row in mine] == [(percent, best, len(kept)) for _ in found]
        [course] = [row for row in room.held(device, "course", CourseRow) if row.id == course_id]
        there = {row.id: row for row in room.held(device, "quiz_attempt", AttemptRow) if row.course_id == course_id}
        newest = sorted(kept.values(), key=lambda row: (row.at, row.id))[-10:]
        assert there.keys() == {row.id for row in newest}
        for attempt_id, row in there.items():
            assert course.body.quiz is not None
            marks = mark(course.body.quiz, attempt_id, attempts[attempt_id].answers, 1_000)
            assert (row.marks, row.passed) == (marks.marks, marks.passed), "a device marks otherwise"


@pytest.fixture(scope="module")
def room(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Classroom]:
    before = structlog.get_config()
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    made = Classroom(tmp_path_factory.mktemp("classroom"))
    yield made
    structlog.configure(**before)
    for device in made.devices:
        device.core.close()
    made.company.close()


@settings(
    max_examples=12, deadline=None, database=None, derandomize=True,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)  # fmt: skip
@example(STORY)
@given(st.lists(STEPS, max_size=14))
def test_two_devices_and_the_server_agree_on_all_that_was_learnt(room: Classroom, steps: list[Step]) -> None:
    live(room, steps)
    assert {asked.question.kind for asked in ask(QUIZ, new_id())} >= {"single", "multiple", "order", "text"}


_percent, _standing = percent_done, rules.standing_of
FAULTS: dict[str, tuple[Any, str, Any]] = {
    "the newest version alone counts": (rules, "percent_done", lambda done, versions: _percent(done, versions[-1:])),
    "cards of the other device are forgotten": (
        rules, "standing_of", lambda kind, all_of_them, *, finished, **more: _standing(
            kind, all_of_them, finished=finished[-2:], **more
        ),
    ),
    "the server marks what it likes": (doing, "mark", lambda quiz, name, said, took: mark(quiz, name, said[1:], took)),
    "certificates are issued for finishing alone": (
        rules, "_settled_ms", lambda kind, versions, finished, *_: min((one.at_ms for one in finished), default=None),
    ),
}  # fmt: skip


@pytest.mark.parametrize("fault", sorted(FAULTS))
def test_the_model_finds_a_planted_fault(room: Classroom, fault: str) -> None:
    with instead(*FAULTS[fault]), pytest.raises(AssertionError) as found:
        live(room, STORY)
    assert str(found.value)
