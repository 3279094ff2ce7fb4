"""Questions about desks: how they are set, who is on duty, which rules decide, and the breach list."""

from __future__ import annotations

from datetime import datetime, timedelta

import msgspec
import sqlalchemy as sa

from contract.desks import Breaches, BreachLine, Desks, DeskView, DutyTurn, HoursRow, RuleRow, Rules
from contract.moments import to_ms
from contract.worktime import WorkHours, is_working
from server.feedback.desks_model import Desk, DeskHours, DeskPerson, DeskTurn, RoutingRule
from server.feedback.model import Ticket
from server.feedback.on_duty import calendar_of, on_duty
from server.feedback.routing import rules_in_force
from server.kernel.db import ScopedSession
from server.kernel.scope import whole
from server.org.queries import company_day, tree_on
from server.people.model import Person

SOON = timedelta(hours=4)
MEDIAN_OVER = timedelta(days=30)
_OPEN = ("open", "waiting")


def hours_page(session: ScopedSession) -> list[HoursRow]:
    """All working hours, by name."""
    rows = session.scalars(sa.select(DeskHours).order_by(DeskHours.name))
    return [HoursRow(id=row.id, name=row.name, hours=msgspec.convert(row.body, WorkHours)) for row in rows]


def desks(session: ScopedSession, now: datetime) -> Desks:
    """Every desk that answers, by code."""
    hours = {row.id: row for row in hours_page(session)}
    calendar = calendar_of(session)
    rows = list(session.scalars(sa.select(Desk).where(Desk.retired_at.is_(None)).order_by(Desk.code)))
    people: dict[str, list[str]] = {}
    turns: dict[str, list[DutyTurn]] = {}
    for one in session.scalars(sa.select(DeskPerson).order_by(DeskPerson.person_id)):
        people.setdefault(one.desk_id, []).append(one.person_id)
    for turn in session.scalars(sa.select(DeskTurn).order_by(DeskTurn.from_day, DeskTurn.person_id, DeskTurn.id)):
        said = DutyTurn(
            person_id=turn.person_id, from_day=turn.from_day.isoformat(), to_day=turn.to_day.isoformat(), weekdays=turn.weekdays
        )
        turns.setdefault(turn.desk_id, []).append(said)
    duty = {row.id: on_duty(session, row.id, now) for row in rows}
    names = names_of(session, {one for some in (*people.values(), *duty.values()) for one in some}
                   | {row.leader_id for row in rows if row.leader_id})  # fmt: skip
    items = [
        DeskView(
            id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, people=people.get(row.id, []),
            turns=turns.get(row.id, []), hours_id=row.hours_id, hours_name=hours[row.hours_id].name, leader_id=row.leader_id,
            names={one: names[one] for one in {*people.get(row.id, []), *duty[row.id], row.leader_id} if one in names},
            on_duty=duty[row.id], open=is_working(hours[row.hours_id].hours, calendar, to_ms(now)),
        )
        for row in rows
    ]  # fmt: skip
    return Desks(items=items, hours=list(hours.values()))


def names_of(session: ScopedSession, people: set[str]) -> dict[str, str]:
    """Names of people who answer: whoever may see a desk may see them."""
    with whole(session) as everything:
        asked = sa.select(Person.id, Person.name).where(Person.id.in_(people))
        return {row.id: row.name for row in everything.execute(asked)}


def rules(session: ScopedSession, now: datetime) -> Rules:
    """The rules in force with their names and reasons, the first first."""
    units = tree_on(session, company_day(now)).units
    said = {row.id: row for row in session.execute(sa.select(RoutingRule.id, RoutingRule.name, RoutingRule.reason))}
    return Rules(items=[
        RuleRow(
            id=rule.rule_id, name=said[rule.rule_id].name, position=rule.position, body=rule.body,
            reason=said[rule.rule_id].reason,
            unit_name=units[rule.body.unit_id].name if rule.body.unit_id in units else "",
        )
        for rule in rules_in_force(session)
    ])  # fmt: skip


def breaches(session: ScopedSession, now: datetime) -> Breaches:
    """The breach list over the tickets one may see."""
    soon = sa.and_(Ticket.due_at <= now + SOON, Ticket.due_at > now)
    count = sa.func.count()
    asked = (
        sa.select(
            Ticket.desk_id, count.label("open"), count.filter(Ticket.is_late).label("late"), count.filter(soon).label("soon"),
            count.filter(Ticket.holder_id.is_(None)).label("unassigned"),
        )
        .where(Ticket.state.in_(_OPEN))
        .group_by(Ticket.desk_id)
    )  # fmt: skip
    found = {row.desk_id: row for row in session.execute(asked)}
    medians = _medians(session, now)
    items = []
    for desk in session.scalars(sa.select(Desk).where(Desk.retired_at.is_(None)).order_by(Desk.code)):
        row = found.get(desk.id)
        items.append(
            BreachLine(
                desk_id=desk.id, name_zh=desk.name_zh, name_en=desk.name_en, open=row.open if row else 0,
                late=row.late if row else 0, due_soon=row.soon if row else 0, unassigned=row.unassigned if row else 0,
                first_reply_median=medians.get(desk.id),
            )
        )  # fmt: skip
    return Breaches(items=sorted(items, key=lambda line: (-line.late, -line.due_soon, -line.open)))


def _medians(session: ScopedSession, now: datetime) -> dict[str, int]:
    """The lower median minutes to the first reply by desk."""
    place = sa.func.row_number().over(partition_by=Ticket.desk_id, order_by=(Ticket.first_reply_min, Ticket.id)).label("place")
    size = sa.func.count().over(partition_by=Ticket.desk_id).label("size")
    of_late = sa.select(Ticket.desk_id, Ticket.first_reply_min, place, size).where(
        Ticket.first_reply_min.is_not(None), Ticket.desk_id.is_not(None), Ticket.filed_at >= now - MEDIAN_OVER
    ).subquery()  # fmt: skip
    asked = sa.select(of_late.c.desk_id, of_late.c.first_reply_min).where(of_late.c.place == (of_late.c.size + 1) // 2)
    return {row.desk_id: row.first_reply_min for row in session.execute(asked)}
