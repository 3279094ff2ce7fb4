"""What stores ask: the packs of a unit and of all above it add up, and of their gates the strictest counts."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime

import msgspec
import sqlalchemy as sa

from contract.rostering.shapes import Lack
from contract.training import Gate, PackCourse
from server.archive.model import ArchiveState
from server.kernel.db import ScopedSession, table_of
from server.kernel.sets import within
from server.learning.queries import ForWhom, Title, for_whom, standings, titles
from server.org.model import HomeStay
from server.org.queries import Tree, company_day, tree_on
from server.postings.model import Posting
from server.training.model import Pack, Task
from server.training.rules import strictest

_pack, _task, _state = table_of(Pack), table_of(Task), table_of(ArchiveState)
_posting, _home = table_of(Posting), table_of(HomeStay)
_COURSES = list[PackCourse]


@dataclass(frozen=True)
class Asked:
    """What a unit asks in all. `due`: by course, in how many days; `gating`: courses that work waits for."""

    due: Mapping[str, int] = field(default_factory=dict)
    gating: frozenset[str] = frozenset()
    gate: Gate = "none"
    needs_archive: bool = False

    @property
    def is_empty(self) -> bool:
        """Whether nothing is asked of anybody."""
        return not self.due and not self.needs_archive


class PackBook:
    """All packs as they are set now, over the organisation of a day. Courses that nobody can begin any more are left out."""

    def __init__(self, session: ScopedSession, day: date) -> None:
        rows = session.connection().execute(sa.select(_pack)).all()
        self._packs = {row.unit_key: row for row in rows}
        self._courses = {row.unit_key: msgspec.convert(row.courses, _COURSES) for row in rows}
        self._tree: Tree | None = tree_on(session, day) if rows else None
        named = sorted({one.course_id for some in self._courses.values() for one in some})
        self.titles: dict[str, Title] = titles(session, named) if named else {}
        self.whom: dict[str, ForWhom] = for_whom(session, named) if named else {}
        self._asked: dict[str, Asked] = {}

    @property
    def is_empty(self) -> bool:
        """Whether nobody asks anything of anybody."""
        return not self._packs

    def of(self, unit_id: str) -> Asked:
        """What a unit asks, with all above it."""
        if unit_id not in self._asked:
            self._asked[unit_id] = self._sum(unit_id)
        return self._asked[unit_id]

    def _sum(self, unit_id: str) -> Asked:
        above = self._tree.above(unit_id) if self._tree is not None else []
        keys = [key for key in (unit_id, *above, "company") if key in self._packs]
        due: dict[str, int] = {}
        gating = set()
        for key in keys:
            for one in self._courses[key]:
                title = self.titles.get(one.course_id)
                if title is None or not title.is_open:
                    continue
                due[one.course_id] = min(one.due_days, due.get(one.course_id, one.due_days))
                if one.gates:
                    gating.add(one.course_id)
        gate = strictest(self._packs[key].gate for key in keys)
        return Asked(due, frozenset(gating), gate, any(self._packs[key].needs_archive for key in keys))

    def courses_for(self, unit_id: str, posts: Collection[str]) -> list[str]:
        """The courses a unit asks of somebody with these posts, as far as the courses are for them there."""
        asked = self.of(unit_id)
        return [course for course in asked.due if self._is_for(course, unit_id, posts)]

    def _is_for(self, course_id: str, unit_id: str, posts: Collection[str]) -> bool:
        whom = self.whom[course_id]
        return whom.company or unit_id in whom.stores or not whom.posts.isdisjoint(posts)


def lacks_of(session: ScopedSession, there: Mapping[str, Sequence[str]], now_day: date) -> dict[str, list[Lack]]:
    """What stores still wait for of people: `there` has by person the stores whose shifts may be theirs. The session reaches all.

    A course that was waived for somebody is settled, like one they have passed: at any time, at any store.
    """
    book = PackBook(session, now_day)
    if book.is_empty:
        return {}
    wanted = {person: [store for store in stores if book.of(store).gate != "none"] for person, stores in there.items()}
    people = sorted(person for person, stores in wanted.items() if stores)
    if not people:
        return {}
    posts = posts_of(session, people, now_day)
    settled = settled_courses(session, people)
    incomplete = incomplete_records(session, people)
    found: dict[str, list[Lack]] = {}
    for person in people:
        for store in dict.fromkeys(wanted[person]):
            asked = book.of(store)
            blocks = asked.gate == "block"
            for course in sorted(book.courses_for(store, posts.get(person, ()))):
                if course in asked.gating and (person, course) not in settled:
                    title = book.titles[course]
                    lack = Lack(store_id=store, course=course, zh=title.zh, en=title.en, blocks=blocks)
                    found.setdefault(person, []).append(lack)
            if asked.needs_archive and person in incomplete:
                found.setdefault(person, []).append(Lack(store_id=store, blocks=blocks))
    return found


def settled_courses(session: ScopedSession, people: Collection[str]) -> set[tuple[str, str]]:
    """(person, course) that nobody waits for any more: passed, finished without a quiz, confirmed, or waived by somebody."""
    known = standings(session, people)
    found = {key for key, standing in known.items() if standing.settled_ms is not None}
    t = _task.c
    waived = sa.select(t.person_id, t.course_id).where(within(t.person_id, people), t.state == "waived")
    return found | {(row.person_id, row.course_id) for row in session.connection().execute(waived)}


def incomplete_records(session: ScopedSession, people: Collection[str]) -> dict[str, list[str]]:
    """Whose record lacks something, and what (group.field). Of whom nothing was ever judged everything is missing."""
    asked = sa.select(_state.c.person_id, _state.c.percent, _state.c.missing).where(within(_state.c.person_id, people))
    rows = {row.person_id: row for row in session.connection().execute(asked)}
    found = {person: list(row.missing) for person, row in rows.items() if row.percent < 100}
    return found | {person: [] for person in people if person not in rows}


def posts_of(session: ScopedSession, people: Collection[str], day: date) -> dict[str, set[str]]:
    """The posts of people, by their home and by postings that are not over."""
    p, h = _posting.c, _home.c
    found: dict[str, set[str]] = {}
    for asked in (
        sa.select(p.person_id, p.post_id).where(within(p.person_id, people), sa.or_(p.ends_on.is_(None), p.ends_on > day)),
        sa.select(h.person_id, h.post_id).where(
            within(h.person_id, people), h.from_day <= day, sa.or_(h.until.is_(None), h.until > day)
        ),
    ):
        for row in session.connection().execute(asked):
            if row.post_id is not None:
                found.setdefault(row.person_id, set()).add(row.post_id)
    return found


def book_of(session: ScopedSession, now: datetime) -> PackBook:
    """The packs over the organisation of today."""
    return PackBook(session, company_day(now))
