"""The onboarding list of whoever came to a store: the record complete, the pack's courses and exams, the first shift.

A store that asks for nothing has no list. With the company's pack each store has the same.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from contract.moments import to_ms
from contract.training import OnboardingItem
from contract.wire import plain
from server.attendance.model import Punch
from server.kernel.db import table_of
from server.kernel.perform import Work
from server.kernel.sets import within
from server.learning.model import Course, CourseVersion
from server.learning.queries import standings
from server.org.queries import company_day
from server.training.model import Onboarding
from server.training.packs import PackBook, book_of, incomplete_records, posts_of, settled_courses
from server.training.places import AtWork, at_work, stores_among
from server.training.rules import is_complete, may_work

_punch, _course, _version = table_of(Punch), table_of(Course), table_of(CourseVersion)
AT_ONCE = 200


def refresh(wide: Work, people: Iterable[str], book: PackBook | None = None) -> int:
    """Make the lists of these people what they are: of the store where they work now, and of those they have left, whose desks
    no longer show them. Answers how many are others now. With the system's reach."""
    ordered = sorted(set(people))
    book = book or book_of(wide.session, wide.now)
    if book.is_empty:
        ordered = sorted(set(wide.session.scalars(sa.select(Onboarding.person_id).where(within(Onboarding.person_id, ordered)))))
    return sum(_refresh_some(wide, ordered[start : start + AT_ONCE], book) for start in range(0, len(ordered), AT_ONCE))


def _refresh_some(wide: Work, people: list[str], book: PackBook) -> int:
    session = wide.session
    there = at_work(session, wide.now, people=people)
    stores = stores_among(session, {one.unit_id for one in there.values()})
    asked = sa.select(Onboarding).where(within(Onboarding.person_id, people)).order_by(Onboarding.id)
    held = {(row.person_id, row.store_id): row for row in session.scalars(asked)}
    wanted: dict[tuple[str, str], AtWork] = {}
    for person, one in there.items():
        if one.unit_id in stores and (not book.of(one.unit_id).is_empty or (person, one.unit_id) in held):
            wanted[person, one.unit_id] = one
    lists = _lists(wide, wanted, book)
    changed = 0
    for key, values in lists.items():
        row = held.get(key)
        if row is None:
            person, store = key
            row_id = derived_id("onboarding", person, store)
            session.add(Onboarding(id=row_id, person_id=person, store_id=store, begun_at=wide.now, desks=[store], **values))
            changed += 1
        elif any(getattr(row, name) != value for name, value in {**values, "desks": [key[1]]}.items()):
            row.desks = [key[1]]
            for name, value in values.items():
                setattr(row, name, value)
            changed += 1
    for key, row in held.items():
        if key not in wanted and row.desks:
            row.desks = []
            changed += 1
    session.flush()
    return changed


def _lists(wide: Work, wanted: dict[tuple[str, str], AtWork], book: PackBook) -> dict[tuple[str, str], dict[str, Any]]:
    session, people = wide.session, sorted({person for person, _ in wanted})
    if not people:
        return {}
    posts = posts_of(session, people, company_day(wide.now))
    settled, known = settled_courses(session, people), standings(session, people)
    records, punched = incomplete_records(session, people), _first_punches(wide, wanted)
    exams = _with_exam(wide, {course for _, store in wanted for course in book.of(store).due})
    found = {}
    for key in wanted:
        person, store = key
        asked = book.of(store)
        courses = sorted(book.courses_for(store, posts.get(person, ())), key=lambda one: (asked.due[one], book.titles[one].code))
        items = [OnboardingItem(kind="archive", done=person not in records, missing=records.get(person, []))]
        waits = asked.needs_archive and person in records
        for course in courses:
            title, standing = book.titles[course], known.get((person, course))
            names: dict[str, Any] = {"course_id": course, "title_zh": title.zh, "title_en": title.en}
            is_settled = (person, course) in settled
            waits = waits or (course in asked.gating and not is_settled)
            read_ms = standing.finished_ms if standing is not None else None
            done_ms = standing.settled_ms if standing is not None else None
            if course in exams:
                items.append(OnboardingItem(kind="course", done=is_settled or read_ms is not None, done_ms=read_ms, **names))
                items.append(OnboardingItem(kind="exam", done=is_settled, done_ms=done_ms, **names))
            else:
                items.append(OnboardingItem(kind="course", done=is_settled, done_ms=done_ms, **names))
        first = punched.get(key)
        items.append(OnboardingItem(kind="first_shift", done=first is not None, done_ms=first))
        found[key] = {
            "items": plain(items), "gate": asked.gate, "may_work": may_work(waits, asked.gate), "complete": is_complete(items),
        }  # fmt: skip
    return found


def _first_punches(wide: Work, wanted: Collection[tuple[str, str]]) -> dict[tuple[str, str], int]:
    """When these people first punched at these stores: what counts, and what waits for somebody to look at it."""
    p = _punch.c
    asked = (
        sa.select(p.person_id, p.store_id, sa.func.min(p.taken_at).label("first"))
        .where(within(p.person_id, {person for person, _ in wanted}), within(p.store_id, {store for _, store in wanted}))
        .group_by(p.person_id, p.store_id)
    )
    rows = wide.session.connection().execute(asked)
    return {(row.person_id, row.store_id): to_ms(row.first) for row in rows}


def _with_exam(wide: Work, courses: Collection[str]) -> set[str]:
    """Those of these courses that end in a quiz."""
    asked = sa.select(_course.c.id).join(_version, _version.c.id == _course.c.version_id)
    return set(wide.session.connection().scalars(asked.where(within(_course.c.id, courses), _version.c.policy.is_not(None))))
