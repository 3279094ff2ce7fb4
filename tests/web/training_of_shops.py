"""A shop that learns: its pack, an assignment to everybody there, who has finished and who is behind."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from contract.courses import Card, CourseBody, PublishVersion, SaveDraft
from contract.ids import derived_id, new_id
from contract.learning import RecordCard
from contract.training import AssignCourse, PackCourse, RemindPeople, SetPack
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from server.learning.model import Course
from server.training.model import Task
from tests.web.company_of_shops import SHOPS, Shops

COURSES = (("产品知识", "Product knowledge"), ("食品安全", "Food safety"))


def taught(shops: Shops) -> str:
    """The store whose board has something to show; made when first wanted."""
    company, store = shops.company, shops.company.stores[SHOPS[0][0]]
    ids = [derived_id("shops", "course", en) for _, en in COURSES]
    with reading(company.db, Actor.system()) as session:
        if session.get(Course, ids[0]) is not None:
            return store
    boss = Actor.person(company.people["周总管"], new_id(), [("admin", None)])

    def does(operation: Wire, who: Actor = boss) -> None:
        done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done

    for course_id, (zh, en) in zip(ids, COURSES, strict=True):
        cards = [Card(key=f"k{n}", kind="text", zh=f"要点 {n}", en=f"Point {n}") for n in range(1, 4)]
        version = derived_id("shops", "version", en)
        body = CourseBody(title_zh=zh, title_en=en, cards=cards)
        does(SaveDraft(course_id=course_id, version_id=version, code=en.split()[0].lower(), body=body))
        does(PublishVersion(version_id=version, reason="first"))
    due = (company.today() + timedelta(days=4)).isoformat()
    pack = derived_id("shops", "pack")
    does(SetPack(pack_id=pack, unit_id=store, courses=[PackCourse(course_id=ids[1], due_days=3)], gate="warn", reason="opening"))
    does(AssignCourse(
        assignment_id=derived_id("shops", "assignment"), course_id=ids[0], to="store", to_id=store, due_on=due,
        origin="incident", origin_ref="IR-2026-17",
    ))  # fmt: skip
    with reading(company.db, Actor.system()) as session:
        asked = sa.select(Task.person_id).where(Task.course_id == ids[0]).order_by(Task.person_id)
        people = list(session.scalars(asked))
    for n, person in enumerate(people[:2]):
        for key in ("k1", "k2", "k3")[: 3 - n]:
            version = derived_id("shops", "version", COURSES[0][1])
            card = RecordCard(event_id=new_id(), course_id=ids[0], version_id=version, card=key, event="finished")
            does(card, Actor.person(person, new_id(), [("employee", None)]))
    does(RemindPeople(reminder_id=new_id(), store_id=store, course_id=ids[0], people=people[2:3]))
    return store
