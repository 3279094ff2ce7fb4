"""The shops' courses: the demo's, and a next version of one being written."""

from __future__ import annotations

import msgspec
import sqlalchemy as sa

from contract.courses import Card, SaveDraft
from contract.ids import derived_id, new_id
from contract.learning import ConfirmReading
from contract.wire import Wire
from server import demo_courses
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from server.learning.model import Course, CourseVersion
from server.learning.standing import body_of
from tests.web.company_of_shops import Shops

DRAFT = derived_id("shops", "draft")[:14] + "7" + derived_id("shops", "draft")[15:]


def written(shops: Shops) -> dict[str, str]:
    """Pages of courses; made when first wanted."""
    company = shops.company
    boss = Actor.person(company.people["周总管"], new_id(), [("admin", None)])

    def does(_person: str, operation: Wire, op_id: str) -> None:
        done = perform(company.db, boss, operation, op_id=op_id, now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done

    demo_courses.teach(company.db, company.settings.data_dir, str(boss.person_id), does)
    with reading(company.db, Actor.system()) as session:
        ids = dict(session.execute(sa.select(Course.code, Course.id)).tuples().all())
        known = session.get(CourseVersion, DRAFT)
        asked = sa.select(CourseVersion).where(CourseVersion.course_id == ids["hygiene-101"], CourseVersion.state == "published")
        body = body_of(session.scalars(asked).one().body)
        script = session.scalars(sa.select(CourseVersion.id).where(CourseVersion.course_id == ids["script-welcome"])).one()
    if known is None:
        cards = [*body.cards, Card(key="fire", kind="checklist", title_zh="灭火器在哪里", title_en="Where the extinguisher is")]
        changed = msgspec.structs.replace(body, cards=cards, minutes=7)
        does("", SaveDraft(course_id=ids["hygiene-101"], version_id=DRAFT, code="hygiene-101", body=changed), new_id())
        read = ConfirmReading(confirm_id=new_id(), course_id=ids["script-welcome"], version_id=script)
        does("", read, new_id())
    editor = f"/console/courses/versions/{DRAFT}/edit"
    return {
        "courses": "/console/courses",
        "course": f"/console/courses/{ids['hygiene-101']}",
        "course-script": f"/console/courses/{ids['script-welcome']}",
        "course-new": "/console/courses/new",
        "course-edit": editor,
        "course-card": f"{editor}?part=card:cold",
        "course-checklist": f"{editor}?part=card:hands",
        "course-quiz": f"{editor}?part=quiz",
        "course-question": f"{editor}?part=question:shelf",
        "course-import": "/console/courses/import",
    }
