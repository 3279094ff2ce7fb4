"""Statements by time: weeks that are over become statements, who has not confirmed is reminded once, and what is long over
leaves the devices."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, datetime, timedelta
from typing import Any

import sqlalchemy as sa
import structlog

from contract.ids import derived_id
from contract.moments import business_date
from contract.statements import MakeWeek, Side, WatchWeeks
from contract.wire import Wire
from server.inbox.service import NewItem, put_items
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.http import Outpost
from server.kernel.jobs import does
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.people.model import Person
from server.statements import making, rules
from server.statements.making import CONFIRM, mark_rows
from server.statements.model import Statement, StatementConfirmation, StatementWeek
from server.statements.queries import deadlines_on
from server.statements.sides import people_of
from server.stores.model import Store
from server.timesheets.model import WorkDay

log = structlog.get_logger()
TOGETHER = 200  # people in one transaction
HELD_WEEKS, HELD_AT_MOST = 10, 26  # how long devices keep a week that is complete, and one that is not
PARTIES: tuple[Side, ...] = ("employee", "store", "hq")


@does("make_statements", every=lambda server: timedelta(minutes=20))
def make_statements(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that Monday morning finds last week ready to be confirmed."""
    make_what_is_over(server)


@does("watch_statements", every=lambda server: timedelta(hours=6))
def watch_statements(server: Outpost, _facts: dict[str, Any]) -> None:
    """So that nobody has to remember by when a week is to be confirmed."""
    today = company_day(server.clock())
    for ago in range(HELD_AT_MOST + 2):
        week = rules.week_of(today - timedelta(days=7 * (ago + 1)))
        _say(server, WatchWeeks(week=week), derived_id("watch_weeks", week, today.isoformat()))


def make_what_is_over(server: Outpost) -> int:
    """Make the statements of every week that is over somewhere and not made yet. Answers how many weeks were made."""
    made = 0
    with reading(server.db, Actor.system()) as session:
        due = list(_due(session, server.clock()))
    for zone, turn, week in due:
        with reading(server.db, Actor.system()) as session:
            people = _people_of(session, week)
        parts = [people[start : start + TOGETHER] for start in range(0, len(people), TOGETHER)] or [[]]
        for n, part in enumerate(parts):
            operation = MakeWeek(week=week, zone=zone, day_turns_at_min=turn, people=part, last=n == len(parts) - 1)
            _say(server, operation, derived_id("make_week", week, zone, str(turn), str(n), *part))
        made += 1
    return made


def _due(session: ScopedSession, now: datetime) -> Iterator[tuple[str, int, str]]:
    newest: dict[tuple[str, int], str] = {}
    for row in session.execute(
        sa.select(StatementWeek.zone, StatementWeek.day_turns_at_min, sa.func.max(StatementWeek.week)).group_by(
            StatementWeek.zone, StatementWeek.day_turns_at_min
        )
    ):
        newest[row[0], row[1]] = row[2]
    for zone, turn in session.execute(sa.select(Store.zone, Store.day_turns_at_min).distinct().order_by(Store.zone)):
        today = business_date(now, zone, day_turns_at_min=turn)
        for week in rules.weeks_to_make(today, newest.get((zone, turn))):
            yield zone, turn, week


def _people_of(session: ScopedSession, week: str) -> list[str]:
    first, last = rules.days_of_week(week)
    asked = sa.select(WorkDay.person_id).where(WorkDay.day >= first, WorkDay.day <= last).distinct()
    return sorted(session.scalars(asked))


def _say(server: Outpost, operation: Wire, op_id: str) -> None:
    told = perform(server.db, Actor.system(), operation, op_id=op_id, now=server.clock(), secret=server.settings.secret)
    if told.status != "applied":
        log.error("statements could not be made or watched", code=told.code, facts=told.facts)
        raise Problem(told.code or "operation.failed_here", **told.facts)


@handles(WatchWeeks, needs=Permission.SETTLE_DISPUTE)
def watch_weeks(work: Work, op: WatchWeeks) -> None:
    """Remind whoever has not confirmed, each once for a revision; let devices go of what is long over."""
    if not work.actor.is_system:
        raise Problem("access.not_allowed", needs="system")
    _, last = rules.days_of_week(op.week)
    today = company_day(work.now)
    weeks_ago = (today - last).days // 7
    session = work.session
    if weeks_ago >= HELD_WEEKS:
        gone = sa.select(Statement).where(Statement.week == op.week, Statement.held)
        if weeks_ago < HELD_AT_MOST:
            gone = gone.where(Statement.state == "complete")
        for statement in session.scalars(gone).all():
            statement.held = False
            mark_rows(session, statement)
    remind, due = deadlines_on(session, last)
    if today >= last + timedelta(days=remind):
        _remind(work, op.week, last + timedelta(days=due))


def _remind(work: Work, week: str, due: date) -> None:
    session = work.session
    asked = sa.select(Statement, Person).join(Person, Person.id == Statement.person_id)
    waiting = session.execute(asked.where(Statement.week == week, Statement.state == "open")).all()
    ids = [statement.id for statement, _ in waiting]
    given = {
        (row.statement_id, row.revision, row.side)
        for start in range(0, len(ids), 500)
        for row in session.execute(
            sa.select(StatementConfirmation.statement_id, StatementConfirmation.revision, StatementConfirmation.side).where(
                StatementConfirmation.statement_id.in_(ids[start : start + 500])
            )
        )
    }
    names: dict[str, str] = {row.id: row.name for row in session.execute(sa.select(Store.id, Store.name))}
    items: list[NewItem] = []
    counted: dict[tuple[Side, str], int] = {}
    places: dict[tuple[Side, str], Statement] = {}
    for statement, person in waiting:
        for side in PARTIES:
            if (statement.id, statement.revision, side) in given:
                continue
            if side == "employee":
                facts = making.facts_of(statement, person, names[statement.store_id])
                items.append(_item(statement.person_id, statement.id, facts | {"due": due.isoformat()}, statement.revision))
                continue
            place = statement.store_id if side == "store" else ""
            counted[side, place] = counted.get((side, place), 0) + 1
            places.setdefault((side, place), statement)
    for (party, place), statement in places.items():
        # one item for all the weeks of a store, one for all of the company: nobody reads ten thousand
        about = derived_id("weeks to confirm", party, place, week)
        facts = {
            "week": week,
            "store": names.get(place, ""),
            "count": counted[party, place],
            "due": due.isoformat(),
            "side": party,
        }
        for receiver in people_of(work, statement, party):
            items.append(NewItem("weeks_confirm", receiver, "notice", "statement", about, facts, week))
    put_items(work, items)


def _item(receiver_id: str, statement_id: str, facts: dict[str, Any], revision: int) -> NewItem:
    return NewItem(CONFIRM, receiver_id, "to_do", "statement", statement_id, facts, str(revision))
