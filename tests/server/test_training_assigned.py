"""Courses assigned to people, departments, stores and posts; due, overdue, asked again; the board and the manager's tap."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest
import sqlalchemy as sa

from contract.approvals import DecideStep, SubmitRequest
from contract.attendance import KioskProof
from contract.courses import Audience, RetireCourse
from contract.ids import new_id
from contract.moments import TimeTaken, to_ms
from contract.training import AssignmentQuery, EndAssignment, RemindPeople, TurnTasks, UnitBoardAsk
from server.approvals.model import RequestStep
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import Act, DeviceFacts, Work, writing
from server.kernel.problems import Problem
from server.org.queries import company_day, unit_called
from server.training import desk, service, turning
from server.training.model import Assignment, Reminder
from server.training.queries import assignments_page, unit_board
from tests.server.courses_of import WRONG
from tests.server.training_of import School, school_on_sqlite
from tests.server.world import SECRET
from tests.support.planted import instead

EIGHT = ("甲一", "甲二", "甲三", "甲四", "甲五", "甲六", "甲七")


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = school_on_sqlite(tmp_path)
    yield made
    made.world.close()


def line_of(school: School) -> Any:
    with school.world.looking(school.actors["he"].at(school.world.clock())) as session:
        [line] = assignments_page(session, AssignmentQuery()).items
        return line


def test_the_board_says_5_of_8_finished_with_3_names_and_one_tap_reminds_exactly_these_3(school: School) -> None:
    exam = school.exam()
    people = {"安宁": school.an, **school.staff(school.a, *EIGHT)}
    school.give(exam, "store", school.a, who="ma")
    for name in ("an", *EIGHT[:4]):
        school.passes(name, exam)
    school.attempt("甲五", exam, WRONG)
    school.staff(school.b, "乙一")
    [course] = school.board(school.a)
    assert (course.finished, course.of, course.rest) == (5, 8, ["甲七", "甲五", "甲六"])
    behind = [people[name] for name in course.rest]
    tap = RemindPeople(reminder_id=new_id(), store_id=school.a, course_id=exam.course_id, people=behind)
    assert school.world.refusal(tap, school.actors["mb"]) == "access.out_of_scope", "another store's manager may not"
    school.world.must(tap, school.actors["ma"])
    assert sorted(receiver for receiver, _ in school.told("N-14")) == sorted(behind)
    assert {facts["by"] for _, facts in school.told("N-14")} == {"马超"}
    [course] = school.board(school.a)
    assert {one.name for one in course.people if one.reminded_ms} == set(course.rest)
    with pytest.raises(Exception, match="out_of_scope"):
        school.board(school.a, who="mb")


def test_who_finished_meanwhile_is_not_reminded_and_a_stranger_is_refused_by_name(school: School) -> None:
    exam = school.exam()
    school.give(exam, "store", school.a, who="ma")
    school.passes("an", exam)
    tap = RemindPeople(reminder_id=new_id(), store_id=school.a, course_id=exam.course_id, people=[school.an])
    assert school.world.must(tap, school.actors["ma"]).answer == {"reminded": []}
    assert school.told("N-14") == []
    stranger = RemindPeople(reminder_id=new_id(), store_id=school.a, course_id=exam.course_id, people=[school.bo])
    outcome = school.world.do(stranger, school.actors["ma"])
    assert (outcome.code, outcome.facts["names"]) == ("training.not_here", "白露")
    assert [row.people for row in school.world.rows(sa.select(Reminder))] == [[]]


def at_a_tablet(school: School, store: str, who: str | None, operation: RemindPeople) -> dict[str, Any] | str:
    """What the tablet of a store gets for an operation of somebody who typed their PIN at it: its answer, or a refusal."""
    op_id, now = new_id(), school.world.clock()
    act = Act(op_id, None, who, TimeTaken(to_ms(now), to_ms(now), to_ms(now), "exact"), now)
    tablet = DeviceFacts(new_id(), "kiosk", None, store, "hardware", None)
    actor = Actor.device(tablet.device_id, None)
    try:
        with writing(school.world.db, actor, op_id=op_id, now=now) as session:
            return service.remind(Work(session, actor, now, act, SECRET, tablet), operation)
    except Problem as refused:
        return refused.code


def test_at_the_tablet_only_that_stores_manager_reminds_and_only_with_her_pin(school: School) -> None:
    exam = school.exam()
    school.give(exam, "store", school.a, who="ma")
    tap = RemindPeople(reminder_id=new_id(), store_id=school.a, course_id=exam.course_id, people=[school.an])
    proven = msgspec.structs.replace(tap, kiosk=KioskProof(pin=True))
    assert at_a_tablet(school, school.a, school.ma, tap) == "training.pin_needed"
    assert at_a_tablet(school, school.b, school.ma, proven) == "training.not_your_store"
    for nobody in (school.mb, school.an, None):
        assert at_a_tablet(school, school.a, nobody, proven) == "training.not_your_store"
    assert school.told("N-14") == []
    with instead(desk, "teaches_at", lambda *_: True):
        assert at_a_tablet(school, school.a, school.an, proven) != "training.not_your_store", "the planted fault is seen"
    at_a_tablet(school, school.a, school.ma, msgspec.structs.replace(proven, reminder_id=new_id()))
    assert {receiver for receiver, _ in school.told("N-14")} == {school.an}


def test_an_incident_assigns_a_course_due_in_3_days_to_a_department_and_day_4_shows_the_late_ones(school: School) -> None:
    world = school.world
    people = [world.hire(name, home_org="厨房") for name in ("厨甲", "厨乙", "厨丙")]
    with world.looking() as session:
        kitchen = unit_called(session, "厨房", company_day(world.clock()))
    assert kitchen is not None
    course = school.exam("食品安全")
    school.actors["cook"] = world.account(people[0], "cook", "employee")
    given = school.give(course, "unit", kitchen.unit_id, due_on="2026-11-23", origin="incident", origin_ref="IR-7")
    assert given.answer == {"people": 3}
    assert {receiver for receiver, _ in school.told("N-13")} == set(people), "told as something to do"
    school.passes("cook", course)
    school.day_passes(2)
    assert {receiver for receiver, _ in school.told("N-13_due")} == set(people[1:]), "tomorrow it is due"
    school.day_passes(2)
    assert {receiver for receiver, _ in school.told("N-13_late")} == set(people[1:])
    line = line_of(school)
    assert (line.of, line.done, line.late, line.participation, line.origin_ref) == (3, 1, 2, 33, "IR-7")
    assert school.turn() == 0 and len(school.told("N-13_late")) == 2, "again says nothing again"


def test_a_manager_gets_one_item_for_all_who_are_late_at_the_store(school: School) -> None:
    people = {"安宁": school.an, **school.staff(school.a, "甲一", "甲二")}
    for title in ("一", "二"):
        school.give(school.exam(title), "store", school.a, due_on="2026-11-21")
    school.day_passes(2)
    [(receiver, facts)] = school.told("N-13_team")
    assert (receiver, facts["count"]) == (school.ma, 3) and all(name in facts["names_zh"] for name in people)
    school.day_passes()
    assert len(school.told("N-13_team")) == 1, "the next day brings nothing new"


def test_what_is_due_is_told_once_also_when_two_workers_turn_the_same_page(school: School) -> None:
    school.give(school.exam(), "person", school.an, due_on="2026-11-21")
    [task] = school.tasks(school.an)
    turns = TurnTasks(due=[task.id])
    for _ in range(2):
        school.world.must(turns, Actor.system())
    assert len(school.told("N-13_due")) == 1
    assert school.world.refusal(turns, school.world.admin) == "access.not_allowed"


def test_a_monthly_assignment_is_asked_again_and_counts_what_is_done_from_its_turn_on(school: School) -> None:
    course = school.exam("消防")
    school.passes("an", course)
    school.world.clock.pass_(minutes=5)
    school.give(course, "store", school.a, due_on="2026-11-27", repeat="monthly")
    assert school.states(school.an) == ["open"], "what was passed before does not count for what is asked again and again"
    school.world.clock.pass_(minutes=5)
    school.passes("an", course)
    assert school.states(school.an) == ["done"]
    school.day_passes(30)
    assert school.states(school.an) == ["done", "open"]
    assert school.tasks(school.an)[1].due_on.isoformat() == "2026-12-27"
    assert (line_of(school).turn, line_of(school).participation) == (2, 0)
    school.passes("an", course)
    assert line_of(school).participation == 100


def test_a_course_that_is_not_for_somebody_is_refused_by_name_and_nobody_is_given_it(school: School) -> None:
    only_b = school.exam(audience=Audience(stores=[school.b]))
    outcome = school.give(only_b, "store", school.a)
    assert (outcome.code, outcome.facts["names"]) == ("training.not_for_some", "安宁")
    assert school.tasks(school.an) == [] and school.world.rows(sa.select(Assignment)) == []


def test_an_assignment_ends_with_its_open_tasks_and_what_is_begun_is_not_lost(school: School) -> None:
    course = school.exam()
    school.give(course, "store", school.a, who="ma")
    [row] = school.world.rows(sa.select(Assignment))
    end = EndAssignment(assignment_id=row.id, reason="not needed")
    assert school.world.refusal(end, school.actors["mb"]) == "training.assignment_unknown"
    school.world.must(end, school.actors["ma"])
    assert school.states(school.an) == ["ended"]
    assert school.world.refusal(end, school.actors["ma"]) == "training.assignment_over"
    [item] = school.world.rows(sa.select(InboxItem).where(InboxItem.trigger == "N-13"))
    assert item.done_at is not None, "nobody is asked for it any more"


def test_a_manager_gives_courses_to_their_own_people_only(school: School) -> None:
    course = school.exam()
    assert school.give(course, "person", school.an, who="ma").status == "applied"
    assert school.give(course, "person", school.bo, who="ma").code == "people.unknown"
    assert school.give(course, "store", school.b, who="ma").code == "access.out_of_scope"
    assert school.give(course, "person", school.an, who="an").code == "access.not_allowed"
    assert school.give(course, "person", school.an, due_on="2026-11-01").code == "training.due_over"


def test_a_retired_course_asks_nothing_more(school: School) -> None:
    course = school.exam()
    school.give(course, "person", school.an)
    school.world.must(RetireCourse(course_id=course.course_id, reason="old"), school.actors["he"])
    assert school.states(school.an) == ["ended"]
    assert school.give(course, "person", school.an).code == "training.course_closed"


def test_a_request_for_training_that_is_granted_assigns_the_course_with_the_request_as_origin(school: School) -> None:
    world, course = school.world, school.exam("拉花")
    request = new_id()
    ask = SubmitRequest(
        request_id=request, kind="training_request", person_id=school.an, form={"course": "拉花", "reason": "想学"}
    )
    wrong = SubmitRequest(
        request_id=new_id(), kind="training_request", person_id=school.an, form={"course": "没有", "reason": "想学"}
    )
    assert world.refusal(wrong, school.actors["an"]) == "learning.course_unknown"
    world.must(ask, school.actors["an"])
    [step] = world.rows(sa.select(RequestStep.id).where(RequestStep.request_id == request, RequestStep.state == "open"))
    world.must(DecideStep(step_id=step, decision="approve", comment="好"), school.actors["ma"])
    [task] = school.tasks(school.an)
    assert (task.course_id, task.origin, task.origin_ref) == (course.course_id, "request", request)


def test_stores_stand_side_by_side_in_pages_and_a_manager_sees_hers(school: School) -> None:
    exam = school.exam()
    school.give(exam, "store", school.a)
    school.give(exam, "store", school.b)
    school.passes("bo", exam)
    with school.world.looking(school.actors["he"].at(school.world.clock())) as session:
        first = unit_board(session, UnitBoardAsk(limit=1))
        rest = unit_board(session, UnitBoardAsk(limit=1, cursor=first.next_cursor))
    assert {(one.store_name, one.finished, one.of) for one in [*first.items, *rest.items]} == {("甲店", 0, 1), ("乙店", 1, 1)}
    with school.world.looking(school.actors["ma"].at(school.world.clock())) as session:
        assert [one.store_name for one in unit_board(session, UnitBoardAsk()).items] == ["甲店"]


def test_a_manager_sees_the_assignments_of_her_store_and_no_others(school: School) -> None:
    exam = school.exam()
    school.give(exam, "store", school.a)
    school.give(exam, "store", school.b)
    seen = {}
    for who in ("he", "ma"):
        with school.world.looking(school.actors[who].at(school.world.clock())) as session:
            seen[who] = {one.to_name for one in assignments_page(session, AssignmentQuery()).items}
    assert seen == {"he": {"甲店", "乙店"}, "ma": {"甲店"}}


def test_a_turn_that_tells_everything_again_is_found(school: School) -> None:
    real = turning.due_turns

    def always(session: Any, now: Any) -> Any:
        due, late, again = real(session, now)
        return [*due, *(task.id for task in school.tasks(school.an))], late, again

    school.give(school.exam(), "person", school.an, due_on="2026-11-21")
    with instead(turning, "due_turns", always), pytest.raises(AssertionError):
        assert school.turn() == 1 and school.turn() == 0
    assert len(school.told("N-13_due")) == 1
