"""Packs: what stores, regions and the company ask adds up, comes with the posting, goes with it, and what is done stays."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from contract.courses import Audience
from contract.ids import new_id
from contract.postings import EndPosting
from contract.training import PackCourse, SetPack
from server.postings.turning import turn_what_is_due as turn_postings
from server.training import tasks
from tests.server.training_of import School, school_on_sqlite
from tests.server.world import SECRET
from tests.support.planted import instead


@pytest.fixture
def school(tmp_path: Path) -> Iterator[School]:
    made = school_on_sqlite(tmp_path)
    yield made
    made.world.close()


def arrives(school: School, name: str, store: str, days: int = 1) -> str:
    """Somebody is to come to a store in some days; answers who."""
    world = school.world
    person = world.hire(name)
    world.post(person, store, f"2026-11-{20 + days:02d}")
    return person


def the_day_turns(school: School, days: int = 1) -> None:
    school.world.clock.pass_(days=days)
    turn_postings(school.world.db, school.world.clock(), SECRET)


def test_store_course_packs_follow_the_posting_appear_at_arrival_and_stay_finished_after_return(school: School) -> None:
    hygiene, till = school.reading("卫生"), school.reading("收银", audience=Audience(stores=[school.a]))
    school.pack(hygiene, till, unit=school.a)
    person = arrives(school, "陈伟", school.a)
    assert school.tasks(person) == [], "nothing before the first day"
    the_day_turns(school)
    assert school.states(person) == ["open", "open"] and {task.origin for task in school.tasks(person)} == {"posting"}
    school.actors["chen"] = school.world.account(person, "weichen", "employee")
    school.read("chen", hygiene, "k1", "k2", "k3")
    school.read("chen", till, "k1")
    assert sorted(school.states(person)) == ["begun", "done"]
    posting = school.tasks(person)[0].posting_id
    school.world.must(EndPosting(posting_id=posting, ends_on="2026-11-23", reason="back"))
    the_day_turns(school, 3)
    assert school.states(person, hygiene) == ["done"], "what is done stays"
    assert all(task.desks == [] for task in school.tasks(person)), "the store's desk shows them no more"


def test_what_was_not_begun_ends_with_the_posting(school: School) -> None:
    school.pack(school.reading(), unit=school.a)
    person = arrives(school, "陈伟", school.a)
    the_day_turns(school)
    [task] = school.tasks(person)
    school.world.must(EndPosting(posting_id=task.posting_id, ends_on="2026-11-22", reason="back"))
    the_day_turns(school)
    assert school.states(person) == ["ended"]


def test_packs_of_company_and_store_add_up_and_the_strictest_gate_counts(school: School) -> None:
    of_all, of_a = school.exam("公司"), school.exam("门店")
    school.pack(of_all, gate="warn")
    school.pack(of_a, unit=school.a, gate="block")
    gates = {task.course_id: task.gate for task in school.tasks(school.an)}
    assert gates == {of_all.course_id: "block", of_a.course_id: "block"}
    assert [task.course_id for task in school.tasks(school.bo)] == [of_all.course_id], "B asks what the company asks"
    assert [task.gate for task in school.tasks(school.bo)] == ["warn"]


def test_a_course_added_to_a_pack_is_asked_of_who_works_there_and_one_passed_before_is_done_at_once(school: School) -> None:
    first, second = school.exam("一"), school.exam("二")
    school.passes("an", first)
    said = school.pack(first, unit=school.a)
    assert school.states(school.an) == ["done"]
    courses = [PackCourse(course_id=one.course_id) for one in (first, second)]
    school.world.must(SetPack(pack_id=said.pack_id, unit_id=school.a, courses=courses, reason="more"), school.actors["he"])
    assert school.states(school.an, second) == ["open"]
    assert len(school.told("N-13")) == 0, "what a posting brings is told with the posting"


def test_a_course_for_store_a_is_asked_of_nobody_at_b_by_the_companys_pack(school: School) -> None:
    only_a = school.reading("甲店", audience=Audience(stores=[school.a]))
    school.pack(only_a)
    assert school.states(school.an) == ["open"]
    assert school.tasks(school.bo) == []


def test_a_course_asked_no_more_ends_where_it_was_not_begun(school: School) -> None:
    first, second = school.reading("一"), school.reading("二")
    said = school.pack(first, second, unit=school.a)
    school.read("an", second, "k1")
    school.world.must(SetPack(pack_id=said.pack_id, unit_id=school.a, courses=[], reason="less"), school.actors["he"])
    assert (school.states(school.an, first), school.states(school.an, second)) == (["ended"], ["begun"])


def test_a_unit_has_one_pack_and_it_is_set_by_hq_with_courses_there_are(school: School) -> None:
    course = school.reading()
    said = school.pack(course, unit=school.a)
    other = SetPack(pack_id=new_id(), unit_id=school.a, courses=[], reason="r")
    assert school.world.refusal(other, school.actors["he"]) == "training.pack_there"
    elsewhere = SetPack(pack_id=said.pack_id, unit_id=school.b, courses=[], reason="r")
    assert school.world.refusal(elsewhere, school.actors["he"]) == "training.pack_of_another"
    twice = SetPack(pack_id=new_id(), courses=[PackCourse(course_id=course.course_id)] * 2, reason="r")
    assert school.world.refusal(twice, school.actors["he"]) == "training.course_twice"
    unknown = SetPack(pack_id=new_id(), courses=[PackCourse(course_id=new_id())], reason="r")
    assert school.world.refusal(unknown, school.actors["he"]) == "learning.course_unknown"
    drafted = SetPack(pack_id=new_id(), courses=[PackCourse(course_id=school.draft_of().course_id)], reason="r")
    assert school.world.refusal(drafted, school.actors["he"]) == "training.course_closed"
    assert school.world.refusal(other, school.actors["ma"]) == "access.not_allowed"


def test_the_onboarding_list_is_the_same_in_store_1_and_store_4_by_the_companys_pack(school: School) -> None:
    stores = [school.world.open_store(f"{n}号店") for n in (1, 4)]
    hygiene, exam = school.reading("卫生"), school.exam("产品")
    school.pack(hygiene, exam, gate="block", needs_archive=True)
    people = [arrives(school, f"新人{n}", store) for n, store in enumerate(stores)]
    the_day_turns(school)
    lists = [school.list_of(person, store) for person, store in zip(people, stores, strict=True)]
    kinds = [[(item["kind"], item.get("course_id")) for item in one.items] for one in lists]
    assert kinds[0] == kinds[1]
    assert [kind for kind, _ in kinds[0]] == ["archive", "course", "course", "exam", "first_shift"] or [
        kind for kind, _ in kinds[0]
    ] == ["archive", "course", "exam", "course", "first_shift"]
    assert [(one.may_work, one.complete, one.gate) for one in lists] == [(False, False, "block")] * 2


def test_a_pack_that_gives_everybody_their_task_twice_is_found(school: School) -> None:
    school.pack(school.reading(), unit=school.a)
    with instead(tasks, "task_id_of", lambda wish: new_id()), pytest.raises(AssertionError):
        second = school.world.do(
            SetPack(pack_id=new_id(), courses=[PackCourse(course_id=school.tasks(school.an)[0].course_id)], reason="r"),
            school.actors["he"],
        )
        assert second.status == "applied" and len(school.tasks(school.an)) == 1
    assert tasks.task_id_of.__name__ == "task_id_of"
