"""No passed exam, no shift: packs gate the roster, block or warning, and the gate opens the moment somebody passes."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import date
from pathlib import Path

import msgspec
import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.rostering.from_problem import read_problem
from contract.rostering.sentences import tell
from contract.rostering.shapes import Verdict
from contract.rosters import CheckChange, Publish, RosterWorkerRow
from contract.shift_market import ClaimShift
from contract.training import WaiveTask
from server.kernel.scope import whole
from server.learning.model import Course
from server.rosters import gathering
from server.rosters.cells import check_change
from server.rosters.model import RosterCell
from server.rosters.people_model import RosterWorker
from server.rosters.problem import Asked, build
from tests.server.training_of import School, school_on_sqlite
from tests.support.planted import instead


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = school_on_sqlite(tmp_path)
    yield made
    made.world.close()


def handed(school: School, person: str) -> RosterWorkerRow:
    """What devices judge somebody by."""
    [row] = school.world.rows(sa.select(RosterWorker).where(RosterWorker.person_id == person))
    return msgspec.json.decode(row.body, type=RosterWorkerRow)


def test_no_passed_exam_no_shift_and_it_opens_the_moment_it_is_passed(school: School) -> None:
    exam = school.exam()
    school.pack(exam, unit=school.a, gate="block")
    outcome = school.plan(school.an, override="we need somebody")
    assert outcome.code == "rosters.breaks_course_gate", "a reason does not set it aside"
    assert "产品知识" in outcome.facts["said_zh"] and outcome.facts["overridable"] is False
    assert [one.course for one in handed(school, school.an).worker.lacks] == [exam.course_id], "a tablet without signal knows it"
    school.passes("an", exam)
    assert handed(school, school.an).worker.lacks == [], "and knows at its next sync that it is open"
    assert school.plan(school.an).status == "applied"


def test_a_store_that_only_warns_says_so_and_its_manager_goes_on(school: School) -> None:
    school.pack(school.exam(), unit=school.a, gate="warn")
    outcome = school.plan(school.an)
    assert outcome.status == "applied"
    assert [one["rule"] for one in outcome.answer["verdicts"]] == ["course_due"]


def test_the_way_out_names_the_course(school: School) -> None:
    school.pack(school.exam(), unit=school.a, gate="block")
    facts = school.plan(school.an).facts
    verdict = msgspec.convert(facts["verdicts"][0], Verdict)
    told = tell("en", verdict, {}, name="An", stores={school.a: "A"})
    assert told.ways[0] == 'An passes "产品知识 (en)"'


def test_another_store_does_not_wait_for_a_course_of_this_one(school: School) -> None:
    school.pack(school.exam(), unit=school.a, gate="block")
    assert school.plan(school.bo, school.b, who="mb").status == "applied"
    assert school.world.rows(sa.select(RosterWorker).where(RosterWorker.person_id == school.an))
    assert "产品知识" not in json.dumps([row.body for row in school.world.rows(
        sa.select(RosterWorker).where(RosterWorker.person_id == school.bo))], ensure_ascii=False)  # fmt: skip


def test_an_incomplete_record_closes_the_gate_where_the_pack_asks_for_it(school: School) -> None:
    school.pack(unit=school.a, gate="block", needs_archive=True)
    outcome = school.plan(school.an)
    assert outcome.code == "rosters.breaks_course_gate" and "record" in outcome.facts["said_en"]


def test_what_is_waived_by_name_opens_the_gate(school: School) -> None:
    exam = school.exam()
    school.pack(exam, unit=school.a, gate="block")
    [task] = school.tasks(school.an)
    assert school.world.refusal(WaiveTask(task_id=task.id, reason="knows it"), school.actors["mb"]) == "training.task_unknown"
    school.world.must(WaiveTask(task_id=task.id, reason="knows it"), school.actors["ma"])
    [task] = school.tasks(school.an)
    assert (task.state, task.settled_by, task.because) == ("waived", school.ma, "knows it")
    assert school.plan(school.an).status == "applied"


def test_a_shift_that_is_published_already_stays_when_the_gate_comes_later(school: School) -> None:
    world = school.world
    first = school.shift(school.an, at=3)
    world.must(first, school.actors["ma"])
    days = {"store_id": school.a, "from_day": first.day, "to_day": first.day}
    world.must(Publish(publish_id=new_id(), **days), school.actors["ma"])
    school.pack(school.exam(), unit=school.a, gate="block")
    assert [cell.state for cell in world.rows(sa.select(RosterCell))] == ["published"]
    other = school.staff(school.a, "新人")["新人"]
    assert school.plan(other, at=3).code == "rosters.breaks_course_gate"
    world.must(school.shift(None, at=3), school.actors["ma"])
    again = world.do(Publish(publish_id=new_id(), **days), school.actors["ma"])
    assert again.status == "applied", again.facts


def test_the_auto_roster_and_the_phone_are_told_the_same(school: School) -> None:
    world = school.world
    opened = school.shift(None, at=3)
    world.must(opened, school.actors["ma"])
    days = {"store_id": school.a, "from_day": opened.day, "to_day": opened.day}
    world.must(Publish(publish_id=new_id(), **days), school.actors["ma"])
    exam = school.exam()
    school.pack(exam, unit=school.a, gate="block")
    claim = ClaimShift(claim_id=new_id(), shift_id=opened.shift_id, version=1)
    assert world.refusal(claim, school.actors["an"]) == "rosters.breaks_course_gate"
    with world.looking(school.world.admin.at(world.clock())) as session, whole(session) as everything:
        asked = Asked(problem_id="p", store_ids=[school.a], from_day=date.fromisoformat(opened.day), days=7)
        problem, _ = build(everything, asked)
    facts = read_problem(problem)
    assert [one.course for one in facts.workers[school.an].lacks] == [exam.course_id]
    school.passes("an", exam)
    assert world.refusal(msgspec.structs.replace(claim, claim_id=new_id()), school.actors["an"]) is None


def test_a_person_is_judged_the_same_before_the_tap_as_by_it(school: School) -> None:
    school.pack(school.exam(), unit=school.a, gate="block")
    asked = school.shift(school.an)
    ask = CheckChange(
        shift_id=asked.shift_id, store_id=asked.store_id, day=asked.day, person_id=asked.person_id, template=asked.template
    )
    with school.world.looking(school.actors["ma"].at(school.world.clock())) as session:
        answer = check_change(session, school.actors["ma"].at(school.world.clock()), ask)
    assert answer.refused and [one.rule for one in answer.verdicts] == ["course_gate"]


def test_a_gate_that_nobody_reads_is_found(school: School) -> None:
    with instead(gathering, "lacks_of", lambda *_: {}), pytest.raises(AssertionError):
        test_no_passed_exam_no_shift_and_it_opens_the_moment_it_is_passed(school)
    assert school.world.rows(sa.select(Course))

