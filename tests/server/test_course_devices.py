"""Courses on devices: each holds those of its stores and posts and no other, without keys that stay here; pictures in pieces."""

from __future__ import annotations

import io
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from PIL import Image

from contract.courses import AddMedia, Audience, Card, CourseBody, CourseRow, PublishVersion, RetireCourse, SaveDraft
from contract.devices import Revoke
from contract.ids import new_id
from contract.learning import AttemptRow, ProgressRow, SubmitAttempt
from contract.org import DefinePost
from contract.postings import EndPosting, PostEmployee
from contract.wire import Wire
from mobile.core.ports import Answer
from server.kernel.actors import Actor
from server.kernel.perform import perform
from server.learning import pictures, publishing, rows
from server.sync import media_api
from tests.server.courses_of import RIGHT, body, quiz
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.planted import instead


class Shops:
    """p1 is a chef at A with a phone, p2 works at B with a phone, each store has a tablet; p3 writes courses."""

    def __init__(self, folder: Path) -> None:
        self.company = company = Company(folder / "server").prepare().found(people=3)
        self.a, self.b = company.stores["A"], company.stores["B"]
        self.chef, self.posting, day = new_id(), new_id(), company.today()
        company.must(DefinePost(post_id=self.chef, code="chef", name_zh="主厨", name_en="Chef"))
        company.must(
            PostEmployee(
                posting_id=self.posting, person_id=company.people["p1"], store_id=self.a, post_id=self.chef,
                starts_on=(day - timedelta(days=9)).isoformat(),
            )
        )  # fmt: skip
        company.post("p2", "B", day - timedelta(days=9))
        self.devices = {
            "phone A": new_handset(company, "phone-a", person="p1"), "phone B": new_handset(company, "phone-b", person="p2"),
            "tablet A": new_handset(company, "tablet-a", store="A"), "tablet B": new_handset(company, "tablet-b", store="B"),
        }  # fmt: skip

    def hq(self, operation: Wire) -> None:
        who, company = Actor.person(self.company.people["p3"], new_id(), [("admin", None)]), self.company
        done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done

    def publish(self, course: CourseBody, course_id: str | None = None) -> SaveDraft:
        course_id = course_id or new_id()
        said = SaveDraft(course_id=course_id, version_id=new_id(), code=course_id[-12:], body=course)
        self.hq(said)
        self.hq(PublishVersion(version_id=said.version_id, reason="r"))
        return said

    def picture(self, colour: str = "red") -> pictures.Shrunk:
        """A picture that is kept here."""
        out = io.BytesIO()
        Image.new("RGB", (400, 300), colour).save(out, "JPEG")
        small = pictures.shrink(out.getvalue())
        pictures.keep(self.company.settings.data_dir, small.sha256, small.content)
        media: Any = small.media
        self.hq(
            AddMedia(sha256=small.sha256, media=media, size=len(small.content), width=small.width, height=small.height)
        )
        return small

    def held(self, name: str) -> dict[str, CourseRow]:
        device = self.devices[name]
        device.small_pages = False
        assert any(device.sync() for _ in range(5))  # the last word of a round may be a picture's
        with device.parts.db.read():
            return {row.id: row for row in device.parts.replica.all("course", CourseRow)}

    def who_holds(self, course_id: str) -> list[str]:
        return [name for name in self.devices if course_id in self.held(name)]

    def fetch(self, name: str, sha256: str, query: str = "", **headers: str) -> Answer:
        device: Handset = self.devices[name]
        path = f"/api/v1/sync/media/{sha256}"
        signature = device.parts.identity.signer.sign_request("GET", path, b"")
        signed = {"Outpost-Device": device.device_id, "Outpost-Signature": signature}
        return self.company.answer("GET", path + query, b"", {**signed, **headers})


@pytest.fixture(scope="module")
def shops(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Shops]:
    made = Shops(tmp_path_factory.mktemp("course-devices"))
    yield made
    for device in made.devices.values():
        device.core.close()
    made.company.close()


def test_a_course_for_store_a_is_in_no_row_that_b_is_sent(shops: Shops) -> None:
    here = shops.publish(body(audience=Audience(stores=[shops.a])))
    everybody = shops.publish(body())
    chefs = shops.publish(body(audience=Audience(posts=[shops.chef])))
    assert shops.who_holds(here.course_id) == ["phone A", "tablet A"] == shops.who_holds(chefs.course_id)
    assert shops.who_holds(everybody.course_id) == list(shops.devices)
    row = shops.held("phone A")[here.course_id]
    assert row.initials == "sckf", "a device has no table of pinyin of its own"
    assert row.body.audience == Audience() and (row.number, [card.key for card in row.body.cards]) == (1, ["k1", "k2", "k3"])


def test_a_server_that_forgets_whom_a_course_is_for_is_found(shops: Shops) -> None:
    with instead(publishing, "scopes_of", lambda course: ["company"]), pytest.raises(AssertionError) as found:
        test_a_course_for_store_a_is_in_no_row_that_b_is_sent(shops)
    assert "phone B" in str(found.value)


def test_another_audience_moves_the_course_and_retiring_takes_it_away(shops: Shops) -> None:
    course = shops.publish(body(audience=Audience(stores=[shops.a])))
    shops.publish(body(5, audience=Audience(stores=[shops.b])), course.course_id)
    assert shops.who_holds(course.course_id) == ["phone B", "tablet B"]
    assert shops.held("phone B")[course.course_id].earlier == [["k1", "k2", "k3"]]
    shops.hq(RetireCourse(course_id=course.course_id, reason="old"))
    assert shops.who_holds(course.course_id) == []


def test_the_key_of_an_exam_reaches_no_device_and_its_marks_come_back(shops: Shops) -> None:
    exam = shops.publish(body(1, quiz=quiz(kept_by="server")))
    row = shops.held("phone A")[exam.course_id]
    assert row.body.quiz is not None and all(one.solution is None for one in row.body.quiz.questions)
    attempt = SubmitAttempt(
        attempt_id=new_id(), course_id=exam.course_id, version_id=exam.version_id, answers=RIGHT, took_ms=1
    )
    phone = shops.devices["phone A"]
    phone.core._keep(attempt, shops.company.people["p1"], phone.world.clock.read())
    assert phone.sync()
    with phone.parts.db.read():
        [marked] = [one for one in phone.parts.replica.all("quiz_attempt", AttemptRow) if one.id == attempt.attempt_id]
    assert (marked.state, marked.passed, marked.marks[0].right) == ("marked", True, True)


def test_a_server_that_sends_the_key_along_is_found(shops: Shops) -> None:
    with instead(rows, "without_keys", lambda whole: whole), pytest.raises(AssertionError) as found:
        test_the_key_of_an_exam_reaches_no_device_and_its_marks_come_back(shops)
    assert found.value is not None


def test_a_picture_comes_in_pieces_to_who_holds_a_course_with_it(shops: Shops) -> None:
    small = shops.picture()
    shown = [Card(key="p", kind="picture", picture=small.sha256)]
    course = shops.publish(body(cards=shown, audience=Audience(stores=[shops.a])))
    [ref] = shops.held("phone A")[course.course_id].media
    assert (ref.sha256, ref.size, ref.width, ref.height) == (small.sha256, len(small.content), 400, 300)
    first = shops.fetch("phone A", small.sha256, Range="bytes=0-99")
    rest = shops.fetch("tablet A", small.sha256, Range="bytes=100-")
    assert (first.status, rest.status) == (206, 206) and first.body + rest.body == small.content
    assert shops.fetch("phone A", small.sha256).body == small.content
    assert shops.fetch("phone A", small.sha256, "?offset=100&most=50").body == small.content[100:150]
    assert shops.devices["phone A"].core.learning.picture(small.sha256) == small.content  # the device did so by itself
    assert shops.fetch("phone A", small.sha256, Range=f"bytes={len(small.content)}-").status == 416
    assert shops.fetch("phone B", small.sha256).status == 404 == shops.fetch("phone A", "0" * 64).status
    assert shops.fetch("phone A", small.sha256, **{"Outpost-Signature": "A" * 86 + "=="}).status == 401


def test_a_picture_for_any_device_is_found(shops: Shops) -> None:
    with instead(media_api, "scopes_of", lambda *_: {f"store:{shops.a}"}), pytest.raises(AssertionError) as found:
        test_a_picture_comes_in_pieces_to_who_holds_a_course_with_it(shops)
    assert found.value is not None


def test_devices_hold_the_newest_ten_attempts_and_the_standing_knows_all(shops: Shops) -> None:
    course, phone = shops.publish(body(1, quiz=quiz())), shops.devices["phone A"]
    for _ in range(12):
        attempt = SubmitAttempt(
            attempt_id=new_id(), course_id=course.course_id, version_id=course.version_id, answers=RIGHT, took_ms=1
        )
        phone.core._keep(attempt, shops.company.people["p1"], phone.world.clock.read())
        shops.company.pass_ms(1_000)
        assert phone.sync()
    with phone.parts.db.read():
        kept = [one for one in phone.parts.replica.all("quiz_attempt", AttemptRow) if one.course_id == course.course_id]
        [stands] = [one for one in phone.parts.replica.all("course_progress", ProgressRow) if one.course_id == course.course_id]
    assert len(kept) == 10 and len(stands.attempts) == 12


def test_after_the_return_the_course_goes_and_what_was_learnt_stays(shops: Shops) -> None:
    course, phone = shops.publish(body(1, audience=Audience(posts=[shops.chef]), quiz=quiz())), shops.devices["phone A"]
    attempt = SubmitAttempt(
        attempt_id=new_id(), course_id=course.course_id, version_id=course.version_id, answers=RIGHT, took_ms=1
    )
    assert course.course_id in shops.held("phone A")
    phone.core._keep(attempt, shops.company.people["p1"], phone.world.clock.read())
    assert phone.sync()
    day = (shops.company.today() + timedelta(days=1)).isoformat()
    shops.hq(EndPosting(posting_id=shops.posting, ends_on=day, reason="home"))
    shops.company.pass_ms(3 * 86_400_000)
    assert shops.who_holds(course.course_id) == []
    with phone.parts.db.read():
        stands = [one for one in phone.parts.replica.all("course_progress", ProgressRow) if one.course_id == course.course_id]
    assert [one.grade for one in stands] == [100]


def test_a_revoked_phone_is_given_no_picture(shops: Shops) -> None:
    small = shops.picture("blue")
    shops.publish(body(cards=[Card(key="p", kind="picture", picture=small.sha256)]))
    assert shops.fetch("phone B", small.sha256).status == 200
    shops.hq(Revoke(device_id=shops.devices["phone B"].device_id, reason="lost"))
    assert shops.fetch("phone B", small.sha256).status == 403
