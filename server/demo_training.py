"""The demo's training: what the company and its first store ask, and an assignment that came of an incident, with people who are
further than others. All by operations; the company's pack is the same list in the first store and in the fourth."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import date, datetime, timedelta

import sqlalchemy as sa

from contract.ids import derived_id
from contract.learning import RecordCard
from contract.training import AssignCourse, PackCourse, RemindPeople, SetPack
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.db import Database
from server.kernel.perform import reading
from server.learning.model import Course, CourseVersion
from server.stores.model import Store
from server.training.model import Pack
from server.training.places import at_work

COMPANY, SHOP, GIVEN = ("hygiene-101", "script-welcome"), "product-101", "service-201"
As = Callable[[str, Wire, str], object]


def train(db: Database, stores: Sequence[Store], now: datetime, today: date, teacher_id: str, do_as: As) -> None:
    """Packs and an assignment, once. `do_as(person, operation, op_id)` performs and fails loudly."""
    with reading(db, Actor.system()) as session:
        if session.scalars(sa.select(Pack.id).limit(1)).first() is not None:
            return
        known = {row.code: row for row in session.scalars(sa.select(Course).where(Course.number > 0))}
        version = session.get_one(CourseVersion, known[GIVEN].version_id)
        people = sorted(at_work(session, now, units=[stores[0].id]))

    def does(who: str, operation: Wire, *name: str) -> None:
        do_as(who, operation, derived_id("demo", "training", *name))

    company = [PackCourse(course_id=known[code].id, due_days=7) for code in COMPANY]
    does(teacher_id, SetPack(pack_id=_born("pack"), courses=company, gate="warn", reason="demo"), "company")
    shop = [PackCourse(course_id=known[SHOP].id, due_days=3)]
    does(teacher_id, SetPack(pack_id=_born("pack of"), unit_id=stores[0].id, courses=shop, gate="warn", reason="demo"), "store")
    given = AssignCourse(
        assignment_id=_born("given"), course_id=known[GIVEN].id, to="store", to_id=stores[0].id, origin="incident",
        origin_ref="IR-17", due_on=(today + timedelta(days=5)).isoformat(),
    )  # fmt: skip
    does(teacher_id, given, "given")
    for number, person in enumerate(people[:-1]):
        for card in version.cards if number % 2 == 0 else version.cards[:1]:
            event, course = _born("card", person, card), known[GIVEN].id
            said = RecordCard(event_id=event, course_id=course, version_id=version.id, card=card, event="finished")
            does(person, said, "card", person, card)
    tap = RemindPeople(reminder_id=_born("tap"), store_id=stores[0].id, course_id=known[GIVEN].id, people=people[-1:])
    does(teacher_id, tap, "tap")


def _born(*what: str) -> str:
    """An id as a console gives birth to one, derived from what it names."""
    found = derived_id("demo", "training", *what)
    return f"{found[:14]}7{found[15:]}"
