"""Lent to another store for one day, with the real phone and the real tablet: what works when of C19, and N-12 once for each."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from contract.ids import new_id
from contract.moments import to_ms
from contract.org import ChangeUnit
from contract.postings import PostingRow
from contract.rosters import Publish, SetShift
from contract.shift_market import AcceptLoan, AnswerLoan, AskLoan, LoanRow
from server.audit.sequencer import catch_up as enter_all
from server.inbox.model import InboxItem
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from server.rosters.market.loan_model import ShiftLoan
from server.shifts import presets
from server.statements.model import Statement
from server.statements.watching import make_what_is_over
from server.timesheets.model import WorkDay
from server.timesheets.recompute import catch_up
from server.wiring import every_handler
from tests.support.company import Company
from tests.support.handset import Handset, new_handset
from tests.support.lent_app import lent_app

HOUR_MS = 3_600_000
EMPLOYEE, BORROWS, LENDS = "p1", "p2", "p3"


class Lent:
    """p1 works at B (p3); A (p2) has an open shift on `day` and asks for p1, whose phone has no signal when he agrees."""

    def __init__(self, folder: Path) -> None:
        every_handler()
        self.company = company = Company(folder / "server").prepare().found(people=3)
        presets.ensure(company.db, company.now(), company.settings.secret)
        company.post(EMPLOYEE, "B", company.today() - timedelta(days=30))
        for store, manager in (("A", BORROWS), ("B", LENDS)):
            company.must(
                ChangeUnit(
                    unit_id=company.stores[store], from_day=company.today().isoformat(), manager_id=company.people[manager]
                )
            )
        self.phone = new_handset(company, "phone", person=EMPLOYEE)
        self.tablet = new_handset(company, "tablet", store="A")
        self.day = company.today() + timedelta(days=2)
        self.shift_id, self.loan_id = new_id(), new_id()
        company.must(
            SetShift(shift_id=self.shift_id, store_id=company.stores["A"], day=self.day.isoformat(), template="early")
        )
        day = self.day.isoformat()
        company.must(Publish(publish_id=new_id(), store_id=company.stores["A"], from_day=day, to_day=day))

    def says(self, who: str, store: str, operation: Any) -> None:
        actor = Actor.person(self.company.people[who], new_id(), [("store_manager", self.company.stores[store])])
        done = perform(
            self.company.db, actor, operation, op_id=new_id(), now=self.company.now(), secret=self.company.settings.secret
        )
        assert done.status == "applied", done

    def ask(self) -> None:
        until_ms = to_ms(self.company.now()) + 24 * HOUR_MS
        person_id = self.company.people[EMPLOYEE]
        self.says(BORROWS, "A", AskLoan(loan_id=self.loan_id, shift_id=self.shift_id, person_id=person_id, until_ms=until_ms))
        self.says(LENDS, "B", AnswerLoan(loan_id=self.loan_id, lend=True))

    def agree_without_signal(self) -> None:
        """On the phone, kept there until there is signal."""
        parts, person_id = self.phone.parts, self.company.people[EMPLOYEE]
        self.phone.core._keep(AcceptLoan(loan_id=self.loan_id, accept=True), person_id, self.phone.world.clock.read())
        assert parts.journal.last_seq > 0

    def until(self, day: date, hour: int) -> None:
        """The clock is at that hour of that day in Shanghai."""
        now = self.company.now() + timedelta(hours=8)
        hours = (day - now.date()).days * 24 + hour - now.hour
        self.company.pass_ms(hours * HOUR_MS - now.minute * 60_000)

    def loan(self) -> ShiftLoan:
        with reading(self.company.db, Actor.system()) as session:
            return session.get_one(ShiftLoan, self.loan_id)

    def punches_in(self, where: str) -> Any:
        """He stands at a store and taps the big button; what the server made of it."""
        before = {punch.id for punch in self.company.punches()}
        self.phone.stand_at(where)
        assert self.phone.punch() and self.phone.sync()
        (punch,) = [punch for punch in self.company.punches() if punch.id not in before]
        return punch

    def on_the_tablet(self) -> set[str]:
        """Whom the tablet of store A lists."""
        self.tablet.sync()
        return {person.person_id for person in self.tablet.core.floor().people}


@pytest.fixture
def lent(tmp_path: Path) -> Iterator[Lent]:
    made = Lent(tmp_path)
    yield made
    for handset in (made.phone, made.tablet):
        handset.core.close()
    made.company.close()


def _held(phone: Handset, entity: str, shape: type) -> list[Any]:
    return list(phone.parts.replica.all(entity, shape))


def test_a_loan_agreed_to_without_signal_lets_him_clock_in_at_the_host_that_day_only(lent: Lent) -> None:
    lent.phone.sync()
    lent.tablet.sync()
    lent.ask()
    lent.phone.sync()
    assert [(row.state, row.needs_lender) for row in _held(lent.phone, "shift_loan", LoanRow)] == [("lent", True)]
    lent.agree_without_signal()
    assert lent.loan().state == "lent", "nobody has heard of it yet"
    lent.phone.sync()
    assert lent.loan().state == "accepted"
    stays = {row.id: (row.store_id, row.starts_on) for row in _held(lent.phone, "posting", PostingRow)}
    assert stays[lent.loan_id] == (lent.company.stores["A"], lent.day.isoformat()), "it is on the phone ahead of the day"

    lent.until(lent.day - timedelta(days=1), 8)
    his = lent.company.people[EMPLOYEE]
    assert his not in lent.on_the_tablet()
    assert lent.punches_in("B").store_id == lent.company.stores["B"], "the day before he is at his own store"

    lent.until(lent.day, 8)
    assert his in lent.on_the_tablet()
    punch = lent.punches_in("A")
    assert (punch.store_id, punch.verdict, punch.place) == (lent.company.stores["A"], "green", "inside")
    lent.until(lent.day, 16)
    lent.phone.core.punch(kind="out")
    lent.phone.note_made()
    assert lent.phone.sync()

    lent.until(lent.day + timedelta(days=1), 8)
    assert his not in lent.on_the_tablet()
    assert lent.punches_in("B").store_id == lent.company.stores["B"]
    assert "evidence.not_posted_here" in _forced_at(lent, "A")

    server = lent_app(lent.company.settings, db=lent.company.db, clock=lent.company.now).extensions["outpost"]
    enter_all(server)
    catch_up(server)
    with reading(lent.company.db, Actor.system()) as session:
        worked = session.scalars(sa.select(WorkDay).where(WorkDay.person_id == his, WorkDay.day == lent.day)).one()
    assert (worked.store_id, worked.worked_min > 0) == (lent.company.stores["A"], True), "the host's hours"
    lent.until(lent.day + timedelta(days=6), 12)
    for handset in (lent.phone, lent.tablet):
        handset.sync()
    enter_all(server)
    catch_up(server)
    make_what_is_over(server)
    with reading(lent.company.db, Actor.system()) as session:
        weeks = session.scalars(sa.select(Statement).where(Statement.person_id == his)).all()
    assert lent.company.stores["A"] in {week.store_id for week in weeks if week.from_day <= lent.day < week.to_day}


def _forced_at(lent: Lent, store: str) -> list[str]:
    """The reasons of a punch made at a store all the same."""
    before = {punch.id for punch in lent.company.punches()}
    lent.phone.stand_at(store)
    assert lent.phone.punch(store=store) and lent.phone.sync()
    (punch,) = [punch for punch in lent.company.punches() if punch.id not in before]
    assert punch.verdict != "green"
    return [reason["code"] for reason in punch.reasons]


def test_each_side_hears_of_a_loan_once_however_often_the_phone_asks(lent: Lent) -> None:
    lent.phone.sync()
    lent.ask()
    lent.phone.sync()
    lent.agree_without_signal()
    for _ in range(3):
        lent.phone.sync()
    with reading(lent.company.db, Actor.system()) as session:
        told = session.execute(
            sa.select(InboxItem.receiver_id, InboxItem.kind, InboxItem.key).where(InboxItem.trigger == "N-12")
        ).all()
    names = {person_id: name for name, person_id in lent.company.people.items()}
    assert sorted((names[row[0]], row[1], row[2]) for row in told) == [
        (EMPLOYEE, "notice", "accepted"), (EMPLOYEE, "to_do", "employee"), (BORROWS, "notice", "accepted"),
        (LENDS, "notice", "accepted"), (LENDS, "to_do", "lender"),
    ]  # fmt: skip
