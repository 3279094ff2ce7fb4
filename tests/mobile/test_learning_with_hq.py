"""Learning on the phone and the tablet against the real server: read apart, added up, marked alike, asked for and reminded."""

from __future__ import annotations

import io
import random
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from PIL import Image

from contract.courses import AddMedia, Card
from contract.quizzes import Answer, Quiz
from mobile.core.learning import Learning
from mobile.core.media import PIECE_BYTES, Want
from mobile.core.recall import due_ms
from server.learning import pictures
from server.learning.model import Attempt, Certificate
from tests.mobile.courses_here import every_kind, single
from tests.mobile.field import Field, Gadget
from tests.server.courses_of import body, for_stores
from tests.server.training_of import School

PIN = "481516"
RIGHT = {
    "one": Answer(question="one", chosen=["a"]),
    "many": Answer(question="many", chosen=["a"]),  # half of it
    "row": Answer(question="row", chosen=["c", "b", "a"]),
    "pair": Answer(question="pair", pairs={"a": "x", "b": "y", "c": "z"}),
    "count": Answer(question="count", text="83"),
    "word": Answer(question="word", text="　龙井。"),
}


class Town:
    """The school's stores; An's phone and the tablet of store A, which knows An's PIN."""

    def __init__(self, folder: Path) -> None:
        self.field = Field(folder)
        self.school = School(folder, world=self.field.office)

    def devices(self) -> tuple[Gadget, Gadget]:
        phone = self.field.phone_of(self.school.an)
        phone.core.set_pin(PIN)
        synced(phone)
        tablet = self.field.tablet_of(self.school.a)
        synced(tablet)
        return phone, tablet

    def own(self, tablet: Gadget) -> Learning:
        """An's page on the tablet, opened by the PIN."""
        assert tablet.core.own.open(self.school.an, PIN).ok
        return tablet.core.own_learning


@pytest.fixture
def town(tmp_path: Path) -> Iterator[Town]:
    made = Town(tmp_path)
    yield made
    made.field.close()


def synced(*devices: Gadget) -> None:
    for device in devices:
        assert device.core.sync_once().reached
        assert device.core.sync_state().needs_you == (), device.core.sync_state().needs_you


def signal(up: bool, *devices: Gadget) -> None:
    for device in devices:
        device.world.link.up = up


@pytest.mark.parametrize("phone_first", [True, False])
def test_a_card_read_on_the_phone_and_one_on_the_tablet_are_a_whole_course_once(town: Town, phone_first: bool) -> None:
    written = town.school.publish(body(3))
    course = written.course_id
    phone, tablet = town.devices()
    phone.core.learning.finish_card(course, "k1")
    synced(phone, tablet)
    signal(False, phone, tablet)
    phone.core.learning.finish_card(course, "k2")
    own = town.own(tablet)
    own.finish_card(course, "k3")
    here, there = phone.core.learning.course(course), own.course(course)
    assert here is not None and there is not None and (here.card.percent, there.card.percent) == (67, 67)
    for device in (phone, tablet) if phone_first else (tablet, phone):
        signal(True, device)
        synced(device)
    synced(phone, tablet)
    here, there = phone.core.learning.course(course), town.own(tablet).course(course)
    assert here is not None and there is not None
    assert (here.card.percent, there.card.percent, here.card.standing) == (100, 100, "done")
    stands = town.school.progress(town.school.an, written)
    assert stands is not None and stands.percent == 100
    assert len(town.field.office.rows(sa.select(Certificate.id).where(Certificate.course_id == course))) == 1
    [certificate] = phone.core.learning.certificates()
    assert certificate.person_name == "安宁" and certificate.link == f"http://server/verify/{certificate.code}"


def test_an_attempt_offline_earns_what_the_server_marks_for_every_kind_of_question(town: Town) -> None:
    course = town.school.publish(body(1, quiz=Quiz(questions=every_kind()))).course_id
    phone, _ = town.devices()
    signal(False, phone)
    page = phone.core.learning.begin(course)
    for asked in page.questions:
        phone.core.learning.answer(page.attempt_id, RIGHT[asked.key])
    told = phone.core.learning.hand_in(page.attempt_id)
    signal(True, phone)
    synced(phone, phone)
    [row] = town.field.office.rows(sa.select(Attempt).where(Attempt.course_id == course))
    at_hq = {one["question"]: one["earned"] for one in row.marks}
    assert {line.question.key: line.judgement.earned for line in told.lines} == at_hq and row.percent == told.percent
    after = phone.core.learning.result(page.attempt_id)
    assert after is not None and after.on_its_way is None and after.lines == told.lines


def test_the_key_of_an_exam_that_hq_keeps_never_reaches_a_device_and_marks_come_with_the_sync(town: Town) -> None:
    exam = Quiz(questions=[single("q1"), single("q2")], kept_by="server", pass_percent=50)
    course = town.school.publish(body(1, quiz=exam)).course_id
    phone, tablet = town.devices()
    rows = [row for device in (phone, tablet) for row in device.core._parts.replica.rows().items()]
    held = [raw for (_, kind, _), (_, raw) in rows if kind == "course"]
    assert held and all(b'"solution"' not in raw and "热水出香".encode() not in raw for raw in held)
    signal(False, phone)
    page = phone.core.learning.begin(course)
    phone.core.learning.answer(page.attempt_id, Answer(question="q1", chosen=["a"]))
    assert phone.core.learning.hand_in(page.attempt_id).state == "waiting"
    signal(True, phone)
    synced(phone, phone)
    told = phone.core.learning.result(page.attempt_id)
    assert told is not None and (told.state, told.percent, told.passed) == ("marked", 50, True)
    assert {line.question.key: line.judgement.right for line in told.lines} == {"q1": True, "q2": False}
    assert all(not line.judgement.solution for line in told.lines)


def test_what_a_store_asks_of_newcomers_is_due_here_blocks_work_and_is_gone_once_passed(town: Town) -> None:
    school = town.school
    exam, elsewhere = school.exam(), school.publish(body(1, audience=for_stores(school.b))).course_id
    school.pack(exam, unit=school.a, gate="block")
    phone, tablet = town.devices()
    home = phone.core.learning.home()
    [due] = home.due
    assert (due.course_id, due.gate, due.origin, due.gate_store) == (exam.course_id, "block", "posting", "甲店")
    assert due.due_on is not None and home.onboarding and not home.onboarding[0].may_work
    assert phone.core.learning.course(elsewhere) is None, "a course for another store is not here"
    signal(False, phone)
    assert [one.course_id for one in phone.core.learning.home("cpzs").found or ()] == [exam.course_id], "产品知识"
    page = phone.core.learning.begin(exam.course_id)
    phone.core.learning.answer(page.attempt_id, Answer(question="q1", chosen=["a"]))
    assert phone.core.learning.hand_in(page.attempt_id).passed and phone.core.learning.home().due == ()
    signal(True, phone)
    synced(phone, phone, tablet)
    assert phone.core.learning.home().due == () and phone.core.learning.home().onboarding[0].may_work
    assert [one.course_id for one in town.own(tablet).home().done] == [exam.course_id]


def test_reviews_of_phone_and_tablet_come_to_the_same_due_dates(town: Town) -> None:
    course = town.school.publish(body(1, quiz=Quiz(questions=[single("q1"), single("q2")]))).course_id
    phone, tablet = town.devices()
    phone.core.learning.open_card(course, "k1")
    synced(phone, tablet)
    signal(False, phone, tablet)
    phone.core.learning.daily_answer(course, "q1", Answer(question="q1", chosen=["a"]))
    phone.core.learning.daily_felt("easy")
    town.field.time.true_ms += 3_600_000
    own = town.own(tablet)
    own.daily_answer(course, "q1", Answer(question="q1", chosen=["b"]))
    own.daily_felt("fine")
    signal(True, phone, tablet)
    synced(tablet, phone, tablet)

    def dues(learning: Learning) -> dict[Any, int | None]:
        return {name: due_ms(reviews) for name, reviews in learning._known(learning._who()).reviews.items()}

    here, there = dues(phone.core.learning), dues(town.own(tablet))
    assert here == there and list(here) == [(course, "q1")]
    assert phone.core.learning.daily().done == town.own(tablet).daily().done == 2


def test_a_picture_comes_in_pieces_from_hq_and_to_nobody_it_is_not_for(town: Town) -> None:
    school, office = town.school, town.field.office
    raw = io.BytesIO()
    Image.frombytes("RGB", (500, 400), random.Random(7).randbytes(500 * 400 * 3)).save(raw, "JPEG", quality=90)
    small = pictures.shrink(raw.getvalue())
    pictures.keep(office.settings.data_dir, small.sha256, small.content)
    office.must(
        AddMedia(sha256=small.sha256, media=small.media, size=len(small.content), width=small.width, height=small.height)  # type: ignore[arg-type]
    )
    shown = [Card(key="p", kind="picture", title_zh="收银台", picture=small.sha256)]
    course = school.publish(body(cards=shown, audience=for_stores(school.a))).course_id
    phone, _ = town.devices()
    page = phone.core.learning.course(course)
    assert page is not None and page.cards[0].picture is not None and page.cards[0].picture.state == "here"
    assert phone.core.learning.picture(small.sha256) == small.content
    asked = [path for _, path, _ in phone.world.link.sent if "/sync/media/" in path]
    assert len(asked) == -(-len(small.content) // PIECE_BYTES) > 1
    elsewhere = town.field.phone_of(school.bo)
    synced(elsewhere)
    assert elsewhere.core.learning.course(course) is None and elsewhere.core.learning.picture(small.sha256) is None
    out = elsewhere.core._parts.run._words.media(Want(small.sha256, 0, 1), elsewhere.world.clock.read())
    assert elsewhere.core.carry(out).status == 404, "nor is it handed out to whom the course is not for"  # type: ignore[union-attr]


def test_one_tap_at_the_desk_reminds_exactly_those_who_have_not_finished(town: Town) -> None:
    school = town.school
    world = town.field.office
    people = [school.an, *(world.hire(f"员工{n}") for n in range(3))]
    for person in people[1:]:
        world.post(person, school.a)
    course = school.reading()
    school.give(course, "store", school.a)
    manager = town.field.phone_of(school.ma)
    manager.core.set_pin(PIN)
    synced(manager)
    phone, tablet = town.devices()
    for key in ("k1", "k2", "k3"):
        phone.core.learning.finish_card(course.course_id, key)
    synced(phone, tablet)
    signal(False, tablet)
    assert tablet.core.desk.open(school.ma, PIN).ok
    [line] = [one for one in tablet.core.desk_training.board().courses if one.course_id == course.course_id]
    told = tablet.core.desk_training.remind(course.course_id)
    missing = {one.person_id for one in line.missing}
    assert line.finished == line.of - len(missing) and school.an not in missing and set(people[1:]) <= missing
    assert set(told) == {one.name for one in line.missing}
    signal(True, tablet)
    synced(tablet, tablet)
    items = [receiver for receiver, _ in school.told("N-14")]
    assert set(items) == missing and len(items) == len(missing)
