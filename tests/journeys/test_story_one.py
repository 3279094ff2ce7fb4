"""Story 1: from HQ to the partner store and back. Real devices' cores, a real server, HQ at its desks.

The shop's months pass in minutes: the server and every device read the time the story tells.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Any
from urllib.parse import quote
from zoneinfo import ZoneInfo

import pytest

from contract.approvals import DecideStep
from contract.ids import new_id
from contract.people import GrantRole, OpenAccount
from contract.postings import RecallEmployee
from contract.wire import Wire
from mobile.core.views import Refused
from tests.journeys.conftest import LAKE, MALL
from tests.journeys.lessons import BEHIND, NAME, Lessons, answers
from tests.journeys.stage import Desk, Stage
from tests.mobile.field import Gadget, fix_at
from tests.server.office import Office
from tests.server.world import PASSWORD

PIN, CHENS_PIN = "482913", "591847"
FORM = {"store": "A001", "from": "2027-03-01", "until": "2027-06-01", "reason": "门店新开，需要主厨"}


class Story:
    """Chen Wei's spring: the office of the requests' tests with its doors open, and a second store."""

    def __init__(self, folder: Path, *, taught: bool = False) -> None:
        self.stage = Stage(folder)
        office = Office(self.stage.office)
        office.furnish()
        self.people, self.store = office.people, office.store
        self.post_id = office.post()
        world = self.stage.office
        self.other = world.open_store("合作门店B", "B001", lat=LAKE[0], lng=LAKE[1])
        self.he = world.hire("何经理", home_org="合作伙伴")
        account = new_id()
        world.must(OpenAccount(account_id=account, person_id=self.he, login="he.x", password=PASSWORD))
        world.must(GrantRole(grant_id=new_id(), account_id=account, role="store_manager", unit_id=self.other))
        self.lessons = Lessons(world, self.store, self.other) if taught else None
        self.stage.open_doors()
        self.at("2027-02-20", "09:00")
        self.phones = {who: self.stage.phone_of(self.people[who]) for who in ("chen", "zhou", "wu", "li")}
        self.tablet = self.stage.tablet_of(self.store)
        self.phones["wu"].core.set_pin(PIN)
        self.sync()

    def at(self, day: str, time: str) -> None:
        """The story's clock, in Shanghai."""
        told = datetime.fromisoformat(f"{day}T{time}").replace(tzinfo=ZoneInfo("Asia/Shanghai"))
        assert self.stage.time is not None
        self.stage.time.true_ms = round(told.timestamp() * 1000)

    def desk(self, login: str) -> Desk:
        return self.stage.desk(login if login == "chen" else f"{login}.x")

    def work_off(self) -> None:
        """What a worker beside the server does within a minute."""
        self.stage.outpost("worker", "--once")

    def sync(self, *devices: Gadget) -> None:
        for _ in range(2):
            for device in devices or (*self.phones.values(), self.tablet):
                assert device.core.sync_once().reached

    def request(self, request_id: str, who: str = "zhao") -> Any:
        return self.desk(who).get(f"/api/v1/requests/{request_id}")

    def decide(self, who: str, request_id: str, key: str, decision: str = "approve", comment: str = "") -> tuple[int, Any]:
        step = next(step for step in self.request(request_id)["steps"] if step["key"] == key)
        said: Wire = DecideStep(step_id=step["id"], decision=decision, comment=comment)  # type: ignore[arg-type]
        return self.desk(who).api("POST", "/api/v1/requests/decisions", said)

    def items(self, person: str, trigger: str) -> list[tuple[Any, ...]]:
        asked = "SELECT about_id, key FROM inbox_item WHERE receiver_id = ? AND trigger = ?"
        return self.stage.sql(asked, self.people.get(person, person).replace("-", ""), trigger)

    def where(self, day: str) -> tuple[str | None, str | None]:
        said = self.desk("zhao").get(f"/api/v1/people/{self.people['chen']}/where?as_of={day}")
        return said.get("home_name"), said.get("host_name")


@pytest.fixture
def story(tmp_path: Path) -> Iterator[Story]:
    made = Story(tmp_path)
    yield made
    made.stage.close()


@pytest.fixture
def taught(tmp_path: Path) -> Iterator[Story]:
    """The same spring at a store of eight that asks for three courses."""
    made = Story(tmp_path, taught=True)
    yield made
    made.stage.close()


def test_chen_wei_is_lent_to_store_a_and_comes_back(taught: Story) -> None:
    story = taught
    chen, zhou = story.phones["chen"].core, story.phones["zhou"].core

    # 1. the phone asks; the step line says that the department has it
    request_id = chen.office.submit("transfer", {**FORM, "post": "chef"})
    story.sync()
    [card] = chen.office.requests().mine
    assert card.step is not None and card.step.zh == "部门审批"

    # 2. Zhou on his phone, Zhao and Sun at their desks; out of order or by the wrong hand it is refused
    assert story.decide("sun", request_id, "leader")[0] in (403, 404, 409)
    assert story.decide("zhao", request_id, "department")[0] in (403, 404, 409)
    page = zhou.office.request(request_id)
    assert page is not None and page.to_decide is not None
    zhou.office.decide(request_id, page.to_decide.step_id, "approve", "接任者已安排")
    story.sync()
    story.at("2027-02-20", "11:30")
    [card] = chen.office.requests().mine
    assert card.step is not None and card.step.zh == "人事部审批" and card.waiting_ms is not None
    assert 2 * 3_600_000 <= card.waiting_ms <= 3 * 3_600_000
    assert story.decide("zhao", request_id, "hr", comment="同意")[0] == 201
    assert story.decide("sun", request_id, "leader", comment="同意")[0] == 201
    trail = [step for step in story.request(request_id)["steps"] if step["state"] == "approved"]
    assert [(step["decided_by"], bool(step["decided_ms"])) for step in trail] == [
        ("陈伟", True), ("周强", True), ("赵敏", True), ("孙立", True),
    ]  # fmt: skip

    # 3. Li Na is refused, and not without a reason
    li = story.phones["li"].core
    second = li.office.submit("transfer", FORM)
    story.sync()
    assert story.decide("zhou", second, "department")[0] == 201
    assert story.decide("zhao", second, "hr", "refuse")[0] == 422
    assert story.decide("zhao", second, "hr", "refuse", "合同20天后到期")[0] == 201
    story.sync()
    refused = li.office.request(second)
    assert refused is not None and refused.card.state == "refused" and refused.reason == "合同20天后到期"

    # 4. the eve: a card on the desk, and the phone knows where it goes; then the store's day turns by itself
    story.at("2027-02-28", "20:00")
    story.sync()
    assert story.tablet.core.desk.open(story.people["wu"], PIN).ok
    [arrival] = [one for one in story.tablet.core.desk.page().arrivals if one.person_name == "陈伟"]
    assert (arrival.person_name, arrival.courses, arrival.home_manager) == ("陈伟", (), "周强")
    assert story.where("2027-02-28") == ("中央厨房", None)
    line = next(line for line in arrival.hand_over if line.side_is_ours)
    story.tablet.core.desk.tick(line.item_id)
    story.tablet.core.desk.close()
    lessons = story.lessons
    assert lessons is not None
    chen.set_pin(CHENS_PIN)
    story.desk("zhao").do("/api/v1/training/packs", lessons.pack())
    story.sync()
    home = chen.learning.home()
    assert (home.due, home.onboarding) == ((), ()), "nothing is asked before he arrives"
    story.at("2027-03-01", "08:00")
    story.work_off()
    story.work_off()
    for who in ("chen", "zhou", "wu", "zhao"):
        assert len(story.items(who, "N-05")) == 1, f"{who}, also when the job runs twice"
    assert len(story.items("chen", "N-13")) == 1
    story.sync()
    profile = chen.office.profile()
    assert (profile.home_unit, profile.home_manager) == ("中央厨房", "周强")
    assert profile.now is not None and (profile.now.store_name, profile.now.host_manager) == ("合作门店A", "吴芳")
    mine = story.desk("wu").get("/api/v1/arrivals")["items"]
    assert sum(row["person_name"] == "陈伟" for row in mine) == 1 and "pay" not in str(mine)
    he = story.desk("he")
    assert he.get(f"/api/v1/people?q={quote('陈伟')}")["items"] == [] and he.get("/api/v1/arrivals")["items"] == []
    assert he.api("GET", f"/api/v1/people/{story.people['chen']}")[0] == 404

    learns(story, lessons)

    # 6. the first punch, in the basement: made at 09:52 without signal, heard of at 10:05
    story.at("2027-03-01", "09:52")
    phone = story.phones["chen"]
    phone.world.link.up = False
    phone.world.locator.now = fix_at(*MALL)
    made = chen.punch(kind="in").punch_id
    story.at("2027-03-01", "10:05")
    phone.world.link.up = True
    story.sync(phone)
    [punch] = [line["punch"] for line in story.desk("zhao").get("/api/v1/punches")["punches"] if line["punch"]["id"] == made]
    assert punch["store_id"] == story.store and punch["place"] == "inside"
    assert "evidence.not_posted_here" not in [reason["code"] for reason in punch["reasons"]]

    # 8. a week before the end it is announced, and on 1 June he is back
    story.at("2027-05-25", "05:30")
    story.work_off()
    for who in ("chen", "zhou", "wu", "zhao"):
        assert [key for _, key in story.items(who, "N-06")] == ["near 2027-06-01"]
    story.at("2027-05-31", "18:00")
    story.sync()
    phone.world.link.up = False
    phone.world.locator.now = fix_at(*MALL)
    last = chen.punch(kind="out").punch_id
    story.at("2027-06-01", "08:00")
    story.work_off()
    story.work_off()
    assert all(len(story.items(who, "N-06")) == 2 for who in ("chen", "zhou", "wu", "zhao"))
    assert len(story.items("chen", "N-13")) == 3, "the refresher of the kitchen"
    assert "陈伟" not in str(story.desk("wu").get("/api/v1/arrivals")["items"])
    assert "home_org" not in story.desk("wu").get(f"/api/v1/people/{story.people['chen']}")
    phone.world.link.up = True
    story.sync()
    landed = [line["punch"] for line in story.desk("wu").get("/api/v1/punches")["punches"] if line["punch"]["id"] == last]
    assert [one["store_id"] for one in landed] == [story.store], "captured while posted, told after the return"
    profile = chen.office.profile()
    assert profile.now is None and profile.home_unit == "中央厨房"
    home = chen.learning.home()
    assert home.due == () and [(card.title.zh, card.percent, card.grade, card.held) for card in home.done] == [
        (NAME, 100, 80, False)
    ], "what was not begun ends with the posting, what is done stays, and the course itself is A's"
    assert [story.where(day) for day in ("2027-02-28", "2027-04-15", "2027-06-02")] == [
        ("中央厨房", None), ("中央厨房", "合作门店A"), ("中央厨房", None),
    ]  # fmt: skip
    assert story.stage.outpost("audit", "verify") != ""


def learns(story: Story, lessons: Lessons) -> None:
    """5. Wu's assignment and the store's pack; two cards without signal and the third at the tablet; 80 of 60; then the shift."""
    phone, tablet, wu = story.phones["chen"], story.tablet, story.desk("wu")
    chen, course, me = phone.core, lessons.product.course_id, story.people["chen"]
    wu.do("/api/v1/training/assignments", lessons.assignment())
    story.sync()
    [needed] = chen.learning.home().onboarding
    asked = {line.course_id for line in needed.lines if line.course_id is not None}
    assert len(asked) == 3 and needed.done == 0 and not needed.may_work, "0 of 3 courses"
    status, said = wu.api("POST", "/api/v1/rosters/shifts", lessons.shift_of(me))
    assert status in (409, 422) and said["code"] == "rosters.breaks_course_gate" and NAME in str(said)

    # cards 1 and 2 in the basement, card 3 at the tablet, which has no signal either
    phone.world.link.up = tablet.world.link.up = False
    for key in ("k1", "k2"):
        chen.learning.finish_card(course, key)
    there = chen.learning.course(course)
    assert there is not None and there.card.percent == 67
    assert tablet.core.own.open(me, CHENS_PIN).ok
    tablet.core.own_learning.finish_card(course, "k3")
    tablet.core.own.close()
    tablet.world.link.up = True
    story.sync(tablet)
    phone.world.link.up = True
    story.sync(phone, tablet)
    page = chen.learning.course(course)
    assert page is not None and (page.card.percent, page.card.standing) == (100, "begun")
    told = "SELECT percent, json_array_length(done) FROM course_progress WHERE person_id = ? AND course_id = ?"
    assert story.stage.sql(told, me.replace("-", ""), course.replace("-", "")) == [(100, 3)]

    # the exam, offline: marked at once, and the gate opens when it syncs
    phone.world.link.up = False
    attempt = chen.learning.begin(course)
    for answer in answers("aaaab"):
        chen.learning.answer(attempt.attempt_id, answer)
    result = chen.learning.hand_in(attempt.attempt_id)
    assert (result.state, result.percent, result.passed) == ("marked", 80, True)
    assert wu.api("POST", "/api/v1/rosters/shifts", lessons.shift_of(me))[0] != 201, "HQ has not heard of it"
    phone.world.link.up = True
    story.sync(phone, tablet)
    wu.do("/api/v1/rosters/shifts", lessons.shift_of(me))
    certificate = "SELECT count(*) FROM certificate WHERE person_id = ? AND course_id = ?"
    assert story.stage.sql(certificate, me.replace("-", ""), course.replace("-", "")) == [(1,)]

    # a store of eight: five have finished, three names, one tap reaches exactly these; He sees nothing of it
    assert tablet.core.desk.open(story.people["wu"], PIN).ok
    [line] = [one for one in tablet.core.desk_training.board().courses if one.course_id == course]
    assert (line.finished, line.of, {one.name for one in line.missing}) == (5, 8, set(BEHIND))
    assert set(tablet.core.desk_training.remind(course)) == set(BEHIND)
    tablet.core.desk.close()
    story.sync(tablet)
    reminded = story.stage.sql("SELECT receiver_id FROM inbox_item WHERE trigger = 'N-14'")
    assert sorted(row[0] for row in reminded) == sorted(person.replace("-", "") for person in lessons.behind)
    he = story.desk("he")
    assert he.api("GET", f"/api/v1/training/board?store_id={story.store}")[0] == 404
    assert {one["title_zh"] for one in he.get("/api/v1/courses")["items"]} == {"服装陈列"}
    other = story.stage.tablet_of(story.other)
    story.sync(other)
    rows = [raw for (_, kind, _), (_, raw) in other.core._parts.replica.rows().items() if kind == "course"]
    assert rows and not [raw for raw in rows if NAME.encode() in raw] and "服装陈列".encode() in rows[0]


def test_what_cannot_be_is_refused_where_it_is_asked(story: Story) -> None:
    """Yesterday, an end before the beginning, days that are taken, a return of somebody who is at home."""
    chen, story_phone = story.phones["chen"].core, story.phones["chen"]

    def refused(kind: str, form: dict[str, Any]) -> str:
        try:
            first = chen.office.submit(kind, form)
        except Refused as at_once:
            return at_once.code
        story.sync(story_phone)
        needs = [need for need in chen.sync_state().needs_you if need.about == first]
        return needs[0].said.code if needs else "it was not"

    assert refused("transfer", {**FORM, "from": "2027-02-19"}) == "postings.in_the_past"
    assert refused("transfer", {**FORM, "until": "2027-02-28"}) == "postings.ends_before_start"
    assert refused("return", {"on": "2027-03-05", "reason": "家里有事"}) == "postings.not_posted"
    request_id = chen.office.submit("transfer", FORM)
    story.sync()
    for who, key in (("zhou", "department"), ("zhao", "hr"), ("sun", "leader")):
        assert story.decide(who, request_id, key)[0] == 201
    assert refused("transfer", {**FORM, "from": "2027-05-31", "until": "2027-07-01"}) == "postings.overlaps"


def test_a_recall_in_the_middle_ends_it_that_minute(story: Story) -> None:
    chen = story.phones["chen"]
    request_id = chen.core.office.submit("transfer", {**FORM, "from": "2027-02-20"})
    story.sync()
    for who, key in (("zhou", "department"), ("zhao", "hr"), ("sun", "leader")):
        assert story.decide(who, request_id, key)[0] == 201
    story.sync()
    assert [person.name for person in story.tablet.core.floor().people] == ["陈伟"]
    [(posting_id,)] = story.stage.sql("SELECT id FROM posting")
    spelled = f"{posting_id[:8]}-{posting_id[8:12]}-{posting_id[12:16]}-{posting_id[16:20]}-{posting_id[20:]}"
    story.desk("zhao").do("/api/v1/postings/recalled", RecallEmployee(posting_id=spelled, reason="家中有急事"))
    assert story.desk("wu").get("/api/v1/arrivals")["items"] == []
    story.sync()
    assert story.tablet.core.floor().people == () and chen.core.office.profile().now is None
