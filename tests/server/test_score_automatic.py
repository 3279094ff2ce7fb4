"""What the product reckons of a month itself, on real days, courses and tickets of two people in two stores over a month's end.

The figures that are expected are worked by hand beside what was lived; a wrong join of each area's rows is planted and found.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from contract.courses import CourseBody, PublishVersion, SaveDraft
from contract.feedback import CloseTicket, ResolveTicket, TakeTicket
from contract.ids import new_id
from contract.learning import SubmitAttempt
from contract.training import AssignCourse, WaiveTask
from server.feedback.turning import turn_what_is_due
from server.growth.model import Indicator
from server.growth.model import IndicatorValue as HeldValue
from server.people.model import PersonStore
from server.scoring import automatic, month_end
from server.scoring.automatic import AUTOMATIC, values_of
from server.training.model import Task
from tests.server.courses_of import RIGHT, WRONG, body, quiz
from tests.server.hours_world import HoursWorld, moment
from tests.server.tickets_of import DESIGN, Floor
from tests.server.world import SECRET
from tests.support.planted import instead

Found = dict[tuple[str, str], tuple[str, int | None]]  # (figure, person): (value, of how many)
WORK = ("09:00", "18:00")

# NOVEMBER, by hand.
#   punctuality    An: the 24th, 26th (left early), 29th (lent to B) and the night of the 30th on time, the 25th late; the day she
#                  was away and the day nobody planned are not asked: 4 of 5. Bo: the 25th of 24th, 25th, 26th: 1 of 3
#   participation  An: the first course; the second ten minutes after the month; one waived: 1 of 2. Bo failed the first and
#                  passed two: 2 of 3
#   first reply    An: three in time (one over midnight), one after 90 minutes, one never: 3 of 5. Bo: 1 of 2
#   rating         An: 5 and 4; two more were closed in December. Bo: 3
NOVEMBER: Found = {
    ("punctuality", "an"): ("80", 5), ("punctuality", "bo"): ("33.3333", 3),
    ("training_participation", "an"): ("50", 2), ("training_participation", "bo"): ("66.6667", 3),
    ("first_reply_in_time", "an"): ("60", 5), ("first_reply_in_time", "bo"): ("50", 2),
    ("ticket_rating", "an"): ("4.5", 2), ("ticket_rating", "bo"): ("3", 1),
}  # fmt: skip
# DECEMBER: An late on the 1st, Bo not; An's course that was due on the 1st; the ticket of
# twenty past midnight; stars of 2 and 1.
DECEMBER: Found = {
    ("punctuality", "an"): ("0", 1), ("punctuality", "bo"): ("100", 1),
    ("training_participation", "an"): ("100", 1), ("first_reply_in_time", "an"): ("100", 1), ("ticket_rating", "an"): ("1.5", 2),
}  # fmt: skip


class Lived(Floor):
    """Floor from the 20th of November to the 3rd of December: An of store A and Bo of store B work, learn and answer tickets."""

    def __init__(self, folder: Any) -> None:
        super().__init__(folder)
        self.desk(DESIGN, "design", ["an", "bo"])
        self.rule(desk_id=DESIGN, first_reply_min=60)
        self.hours_a, self.hours_b = HoursWorld(self.world, "甲店"), HoursWorld(self.world, "乙店")
        self.courses = [self._course(body(title_zh=f"课程{n}", quiz=quiz())) for n in range(4)]
        self._asked()
        self._told()
        self._worked()
        self.at("2026-12-03 09:00")
        turn_what_is_due(self.world.db, self.world.clock(), SECRET)
        self.hours_a.round()

    def at(self, text: str) -> None:
        self.world.clock.now = moment(text)

    # days

    def _worked(self) -> None:
        a, b = self.hours_a, self.hours_b
        self.at("2026-12-02 12:00")
        for one, name in ((a, "安宁"), (b, "白露")):
            one.device(name, heard="2026-12-02 12:00")  # a silent phone's day would be unknown
        b.devices = a.devices = a.devices | b.devices
        a.full_day("安宁", "2026-11-24")
        a.full_day("安宁", "2026-11-25", came="09:20")
        a.full_day("安宁", "2026-11-26", left="17:30")
        a.shift("安宁", "2026-11-27", WORK)
        a.punch("安宁", "in", "2026-11-28 08:00")
        a.punch("安宁", "out", "2026-11-28 12:00")
        b.full_day("安宁", "2026-11-29")
        a.shift("安宁", "2026-11-30", ("22:00", "+06:00"))
        a.punch("安宁", "in", "2026-11-30 21:55")
        a.punch("安宁", "out", "2026-12-01 06:02")
        a.shift("安宁", "2026-12-01", ("12:00", "18:00"))
        a.punch("安宁", "in", "2026-12-01 12:30")
        a.punch("安宁", "out", "2026-12-01 18:01")
        for day, came in (("2026-11-24", "09:10"), ("2026-11-25", "08:50"), ("2026-11-26", "09:45"), ("2026-12-01", "08:59")):
            b.full_day("白露", day, came=came)

    # courses

    def _course(self, told: CourseBody) -> SaveDraft:
        said = SaveDraft(course_id=new_id(), version_id=new_id(), code=f"C-{new_id()[-8:]}", body=told)
        self.world.must(said)
        self.world.must(PublishVersion(version_id=said.version_id, reason="new"))
        return said

    def _ask(self, who: str, number: int, due_on: str) -> None:
        self.must(AssignCourse(
            assignment_id=new_id(), course_id=self.courses[number].course_id, to="person", to_id=self.ids[who], due_on=due_on
        ), "he")  # fmt: skip

    def _tries(self, who: str, number: int, text: str, answers: Any = RIGHT) -> None:
        self.at(text)
        one = self.courses[number]
        self.must(SubmitAttempt(
            attempt_id=new_id(), course_id=one.course_id, version_id=one.version_id, answers=answers, took_ms=1_000
        ), who)  # fmt: skip

    def _asked(self) -> None:
        for who, number, due_on in (
            ("an", 0, "2026-11-28"), ("an", 1, "2026-11-30"), ("an", 2, "2026-11-25"), ("an", 3, "2026-12-01"),
            ("bo", 0, "2026-11-28"), ("bo", 1, "2026-11-30"), ("bo", 2, "2026-11-25"),
        ):  # fmt: skip
            self._ask(who, number, due_on)
        asked = sa.select(Task).where(Task.person_id == self.ids["an"], Task.course_id == self.courses[2].course_id)
        [waived] = self.world.rows(asked)
        self.must(WaiveTask(task_id=waived.id, reason="会了"), "he")
        self._tries("bo", 2, "2026-11-24 20:00")
        self._tries("bo", 0, "2026-11-27 20:00", WRONG)
        self._tries("an", 0, "2026-11-27 20:10")
        self._tries("an", 3, "2026-11-29 20:00")
        self._tries("bo", 1, "2026-11-30 23:50")
        self._tries("an", 1, "2026-12-01 00:10")

    # tickets

    def _ticket(self, author: str, holder: str, filed: str, answered: str | None) -> str:
        self.at(filed)
        ticket = self.file(author, store_id=self.b if author == "bo" else self.a)
        self.must(TakeTicket(event_id=new_id(), ticket_id=ticket, person_id=self.ids[holder]), holder)
        if answered is not None:
            self.at(answered)
            self.reply(ticket, holder)
        return ticket

    def _over(self, ticket: str, author: str, text: str, stars: int | None) -> None:
        """Done by whoever holds it; the author closes it then, with stars or without."""
        self.at(text)
        holder = next(login for login, person in self.ids.items() if person == self.ticket(ticket).holder_id)
        self.must(ResolveTicket(event_id=new_id(), ticket_id=ticket, text="好了"), holder)
        self.must(CloseTicket(event_id=new_id(), ticket_id=ticket, rating=stars), author)

    def _told(self) -> None:
        first = self._ticket("ma", "an", "2026-11-24 10:00", "2026-11-24 10:20")
        self._over(first, "ma", "2026-11-25 09:00", 5)
        slow = self._ticket("bo", "an", "2026-11-25 10:00", "2026-11-25 11:30")
        quick = self._ticket("bo", "an", "2026-11-26 10:00", "2026-11-26 10:59")
        self._over(quick, "bo", "2026-11-26 12:00", 4)
        mine = self._ticket("an", "bo", "2026-11-26 13:00", "2026-11-26 13:05")
        self._over(mine, "an", "2026-11-27 13:00", 3)
        self._ticket("ma", "an", "2026-11-27 10:00", None)
        night = self._ticket("ma", "an", "2026-11-30 23:40", "2026-12-01 00:10")
        self._over(night, "ma", "2026-12-01 00:15", 1)
        late = self._ticket("an", "bo", "2026-11-30 23:50", "2026-12-01 01:20")
        self._over(late, "an", "2026-12-01 01:30", None)
        self._ticket("ma", "an", "2026-12-01 00:20", "2026-12-01 00:30")
        self._over(slow, "bo", "2026-12-02 09:00", 2)

    # what is made of it

    def reckoned(self, month: str) -> Found:
        """What the counting makes of it, nothing written."""
        names = {person: login for login, person in self.ids.items()}
        with self.world.looking() as session:
            return {
                (one.code, names.get(value.person_id or "", "?")): (value.value, value.n)
                for one in AUTOMATIC for value in values_of(session, one, month)
            }  # fmt: skip

    def held(self, month: str) -> Found:
        """What was recorded of a month."""
        names = {person: login for login, person in self.ids.items()}
        asked = sa.select(Indicator.code, HeldValue.person_id, HeldValue.value, HeldValue.n, HeldValue.from_day).join(
            Indicator, Indicator.id == HeldValue.indicator_id
        )
        with self.world.looking() as session:
            rows = session.execute(asked).all()
        return {(row[0], names.get(row[1], "?")): (row[2], row[3]) for row in rows if row[4].isoformat()[:7] == month}


@pytest.fixture(scope="module")
def lived(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Lived]:
    made = Lived(tmp_path_factory.mktemp("lived"))
    yield made
    made.world.close()


def test_a_months_figures_are_what_a_hand_makes_of_the_days_courses_and_tickets(lived: Lived) -> None:
    assert lived.reckoned("2026-11") == NOVEMBER
    assert lived.reckoned("2026-12") == DECEMBER
    assert lived.reckoned("2026-10") == {}


def _instead_of(table: Any, **columns: Any) -> Any:
    """The table, with some of its columns read from somewhere else."""
    kept = [columns.get(one.name, one).label(one.name) for one in table.c]
    return sa.select(*kept).subquery()


def _whoever_is_posted_there() -> Any:
    """Days by their store instead of by whom they are of."""
    where = PersonStore.store_id == automatic._day.c.store_id
    kept = [PersonStore.person_id.label("person_id"), *(one for one in automatic._day.c if one.name != "person_id")]
    return sa.select(*kept).select_from(automatic._day.join(PersonStore.__table__, where)).subquery()


def _at_ones_own_store_only() -> Any:
    """Days joined to postings by person and store: what was worked on loan is lost."""
    day = automatic._day
    theirs = sa.and_(PersonStore.store_id == day.c.store_id, PersonStore.person_id == day.c.person_id)
    return sa.select(*day.c).select_from(day.join(PersonStore.__table__, theirs)).subquery()


def _of_stores_only() -> Any:
    """Tasks that a store asked for, and none that was assigned."""
    return sa.select(*automatic._task.c).where(automatic._task.c.store_id.is_not(None)).subquery()


WRONG_JOINS: dict[str, tuple[str, Callable[[], Any], str]] = {
    "days of whoever is posted to the store": ("_day", _whoever_is_posted_there, "punctuality"),
    "days at one's own store only": ("_day", _at_ones_own_store_only, "punctuality"),
    "days by when they were reckoned": (
        "_day", lambda: _instead_of(automatic._day, day=sa.func.date(automatic._day.c.computed_at)), "punctuality",
    ),
    "courses of who assigned them": (
        "_task", lambda: _instead_of(automatic._task, person_id=automatic._task.c.assigned_by), "training_participation",
    ),
    "courses of stores only": ("_task", _of_stores_only, "training_participation"),
    "courses by when they were assigned": (
        "_task", lambda: _instead_of(automatic._task, due_on=sa.func.date(automatic._task.c.assigned_at)),
        "training_participation",
    ),
    "tickets of their authors": (
        "_ticket", lambda: _instead_of(automatic._ticket, holder_id=automatic._ticket.c.author_id), "first_reply_in_time",
    ),
    "stars of their authors": (
        "_ticket", lambda: _instead_of(automatic._ticket, holder_id=automatic._ticket.c.author_id), "ticket_rating",
    ),
    "replies by when the ticket was closed": (
        "_ticket", lambda: _instead_of(automatic._ticket, filed_at=automatic._ticket.c.closed_at), "first_reply_in_time",
    ),
    "stars by when the ticket was filed": (
        "_ticket", lambda: _instead_of(automatic._ticket, closed_at=automatic._ticket.c.filed_at), "ticket_rating",
    ),
}  # fmt: skip


@pytest.mark.parametrize("named", list(WRONG_JOINS))
def test_a_wrong_join_makes_another_figure(lived: Lived, named: str) -> None:
    table, broken, figure = WRONG_JOINS[named]
    right = {key: value for key, value in NOVEMBER.items() if key[0] == figure}
    with instead(automatic, table, broken()):
        wrong = {key: value for key, value in lived.reckoned("2026-11").items() if key[0] == figure}
    assert wrong != right, f"{named} came out as the true figure"


def test_a_month_that_ends_by_greenwich_is_another_month(lived: Lived) -> None:
    with instead(automatic, "COMPANY_ZONE", "UTC"):
        wrong = lived.reckoned("2026-11")
    assert {key for key in NOVEMBER if wrong.get(key) != NOVEMBER[key]} == {
        ("training_participation", "an"), ("first_reply_in_time", "an"), ("ticket_rating", "an"),
    }  # fmt: skip


def test_the_months_end_records_them_and_nobody_typed(lived: Lived) -> None:
    server: Any = lived.hours_a.out
    month_end.run_month(server, "2026-11")
    assert lived.held("2026-11") == NOVEMBER
    again = month_end.run_month(server, "2026-11")
    assert [(again[source]["new"], again[source]["changed"]) for source in automatic.SOURCES] == [(0, 0)] * 3
    assert lived.held("2026-12") == {}
