"""Learning at the store's tablet against the real server: one person on two devices, and the board that reminds by one tap."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from contract.courses import SaveDraft
from contract.quizzes import Answer
from mobile.core.views import Refused
from mobile.core.views_learning import TrainingCourse
from tests.mobile.field import Field, Gadget
from tests.server.training_of import School

PIN = "591847"
NAMES = ("艾米", "白雪", "陈晨", "丁一", "范文", "高原", "何苗")


class Counter:
    """Store A with An, Ma who manages it, the store's tablet, and An's phone. Both have a PIN."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.school = School(folder, world=self.field.office)
        self.tablet = self.field.tablet_of(self.school.a)
        self.phone = self.field.phone_of(self.school.an)
        for phone in (self.phone, self.field.phone_of(self.school.ma)):
            synced(phone)
            phone.core.set_pin(PIN)
            synced(phone)
        synced(self.tablet, self.tablet)

    def course(self) -> SaveDraft:
        """Three cards and no quiz, given to everybody at the store."""
        made = self.school.reading("手冲咖啡")
        assert self.school.give(made, "store", self.school.a).status == "applied"
        synced(self.phone, self.tablet)
        return made

    def on_tablet(self) -> None:
        """An's PIN."""
        assert self.tablet.core.own.open(self.school.an, PIN).ok

    def desk(self) -> None:
        assert self.tablet.core.desk.open(self.school.ma, PIN).ok

    def board(self, of: SaveDraft) -> TrainingCourse:
        return next(one for one in self.tablet.core.desk_training.board().courses if one.course_id == of.course_id)


@pytest.fixture
def counter(tmp_path: Path) -> Iterator[Counter]:
    made = Counter(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached


def test_the_board_names_who_is_missing_and_one_tap_reminds_exactly_these_three(counter: Counter) -> None:
    school = counter.school
    people = school.staff(school.a, *NAMES)
    course = counter.course()
    for name in NAMES[:5]:
        school.read(name, course, "k1", "k2", "k3")
    school.read(NAMES[5], course, "k1")
    synced(counter.tablet)
    counter.tablet.world.link.up = False
    counter.desk()
    board = counter.board(course)
    assert (board.finished, board.of, board.begun) == (5, 8, 1)
    assert {one.name for one in board.missing} == {"安宁", "高原", "何苗"}
    assert set(counter.tablet.core.desk_training.remind(course.course_id)) == {"安宁", "高原", "何苗"}
    counter.desk()
    kept = counter.board(course).missing
    assert all(one.on_its_way is not None and one.on_its_way.state == "kept" and one.reminded is not None for one in kept)
    assert school.told("N-14") == [], "nobody is told before HQ knows"
    counter.tablet.world.link.up = True
    synced(counter.tablet, counter.tablet)
    assert counter.tablet.core.sync_state().needs_you == ()
    told = {person for person, _ in school.told("N-14")}
    assert told == {school.an, people["高原"], people["何苗"]}
    counter.desk()
    after = counter.board(course).missing
    assert all(one.on_its_way is None and one.reminded is not None for one in after)


def test_another_stores_tablet_knows_nothing_of_this_board(counter: Counter) -> None:
    course = counter.course()
    other = counter.field.tablet_of(counter.school.b)
    phone = counter.field.phone_of(counter.school.mb)
    synced(phone)
    phone.core.set_pin(PIN)
    synced(phone, other, other)
    assert other.core.desk.open(counter.school.mb, PIN).ok
    assert course.course_id not in {one.course_id for one in other.core.desk_training.board().courses}
    with pytest.raises(Refused, match=r"client\.nobody_to_remind"):
        other.core.desk_training.remind(course.course_id)


def test_a_newcomer_sees_the_list_and_a_quiz_goes_on_after_the_next_pin_and_is_marked_alike_at_hq(
    counter: Counter,
) -> None:
    school, tablet = counter.school, counter.tablet
    exam = school.exam()
    school.pack(exam, unit=school.a, gate="block")
    school.turn()
    synced(tablet, tablet)
    tablet.world.link.up = False
    counter.on_tablet()
    learning = tablet.core.own_learning
    [mine] = [one for one in learning.home().onboarding if one.store_id == school.a]
    told = tablet.core.desk_training.newcomer(school.an)
    assert told == replace(mine, lines=tuple(replace(one, held=False) for one in mine.lines))
    assert not mine.complete and not mine.may_work and exam.course_id in {line.course_id for line in mine.lines}
    counter.desk()
    newcomers = dict(tablet.core.desk_training.board().newcomers)
    assert newcomers["安宁"].person_id == school.an and not newcomers["安宁"].complete
    attempt = learning.begin(exam.course_id)
    learning.answer(attempt.attempt_id, Answer(question="q1", chosen=["a"]))
    tablet.core.own.close()
    with pytest.raises(Refused, match=r"client\.pin_needed"):
        learning.attempt(attempt.attempt_id)
    counter.on_tablet()
    assert learning.home().running == exam.course_id
    again = learning.begin(exam.course_id)
    assert again.attempt_id == attempt.attempt_id and again.answers["q1"].chosen == ["a"]
    result = learning.hand_in(attempt.attempt_id)
    assert result.state == "marked" and result.percent == 100 and result.passed
    tablet.world.link.up = True
    synced(tablet, tablet)
    assert school.states(school.an, exam) == ["done"] and tablet.core.sync_state().needs_you == ()
    synced(counter.phone)
    page = counter.phone.core.learning.course(exam.course_id)
    assert page is not None and page.card.standing == "done" and page.card.grade == 100
