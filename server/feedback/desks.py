"""What can be done about desks: their people, turns and hours, the rules that route to them; and what a company begins with."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import date, datetime
from typing import Any
from zoneinfo import available_timezones

import msgspec
import sqlalchemy as sa

from contract.desks import DutyTurn, RetireDesk, RetireRule, RuleBody, SetDesk, SetRule
from contract.ids import derived_id
from contract.wire import Wire, plain
from contract.worktime import SetWorkHours, WorkHours, WorkWindow
from server.feedback.desks_model import Desk, DeskHours, DeskPerson, DeskTurn, RoutingRule
from server.feedback.events import DeskRetired, DesksChanged
from server.feedback.routing import GENERAL_DESK
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database
from server.kernel.events import reacts_to, tell
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.org.events import CalendarChanged
from server.org.queries import company_day, unit_on
from server.org.rules import day_of
from server.people.model import Person
from server.postings.life import with_reach

MANAGE = Permission.MANAGE_FEEDBACK
OFFICE_HOURS = derived_id("desk_hours", "office")


@handles(SetWorkHours, needs=MANAGE)
def set_hours(work: Work, op: SetWorkHours) -> None:
    """Hours by name, new or changed. Clocks that run are counted by them from now on, from their beginning."""
    _must_manage(work)
    if op.hours.zone not in available_timezones():
        raise Problem("feedback.zone_unknown", field="hours.zone", zone=op.hours.zone)
    for number, day in enumerate(op.hours.week):
        _must_end_after_start(day, f"hours.week.{number}")
    for text, spans in op.hours.special.items():
        _must_be_day(text, "hours.special")
        _must_end_after_start(spans, "hours.special")
    name = op.name.strip()
    other = work.session.scalars(sa.select(DeskHours.id).where(DeskHours.name == name, DeskHours.id != op.hours_id)).first()
    if other is not None:
        raise Problem("feedback.name_taken", field="name", name=name)
    row = work.session.get(DeskHours, op.hours_id)
    if row is None:
        work.add(DeskHours(id=op.hours_id, name=name, body=plain(op.hours)))
        return
    row.name, row.body = name, plain(op.hours)
    work.wrote = True
    used = work.session.scalars(sa.select(Desk.id).where(Desk.hours_id == op.hours_id))
    if desks := frozenset(used):
        tell(work, DesksChanged(desks, hours=True))


@handles(SetDesk, needs=MANAGE)
def set_desk(work: Work, op: SetDesk) -> None:
    """A desk with all its people and turns, new or changed. Its code stays what it was."""
    _must_manage(work)
    if work.session.get(DeskHours, op.hours_id) is None:
        raise Problem("feedback.hours_unknown", field="hours_id", id=op.hours_id)
    with with_reach(work) as wide:
        people = list(dict.fromkeys(op.people))
        _must_be_people(wide, [*people, *([op.leader_id] if op.leader_id is not None else [])])
        _must_fit(op.turns, people)
    row = work.session.get(Desk, op.desk_id)
    if row is None:
        if work.session.scalars(sa.select(Desk.id).where(Desk.code == op.code)).first() is not None:
            raise Problem("feedback.code_taken", field="code", taken=op.code)
        row = work.add(Desk(id=op.desk_id, code=op.code, retired_at=None))
        has_other_hours = False
    else:
        _must_be_open(row, "desk_id")
        if row.code != op.code:
            raise Problem("feedback.code_fixed", field="code", fixed=row.code)
        has_other_hours = row.hours_id != op.hours_id
    row.name_zh, row.name_en, row.hours_id, row.leader_id = op.name_zh, op.name_en, op.hours_id, op.leader_id
    work.wrote = True
    work.session.flush()
    _seat(work, op.desk_id, people)
    _give_turns(work, op.desk_id, op.turns)
    work.session.flush()
    tell(work, DesksChanged(frozenset({op.desk_id}), hours=has_other_hours))


@handles(RetireDesk, needs=MANAGE)
def retire_desk(work: Work, op: RetireDesk) -> None:
    """It answers no more: its tickets and the rules that name it go to another. The general desk stays."""
    _must_manage(work)
    row: Desk = work.find(Desk, op.desk_id, "feedback.desk_unknown")
    _must_be_open(row, "desk_id")
    if row.id == GENERAL_DESK:
        raise Problem("feedback.desk_needed", field="desk_id", desk=row.code)
    to: Desk = work.find(Desk, op.to_desk_id, "feedback.desk_unknown", field="to_desk_id", id=op.to_desk_id)
    _must_be_open(to, "to_desk_id")
    if to.id == row.id:
        raise Problem("feedback.at_this_desk", field="to_desk_id", id=to.id)
    row.retired_at, work.wrote = work.now, True
    for rule in work.session.scalars(sa.select(RoutingRule).where(RoutingRule.retired_at.is_(None))):
        body = msgspec.convert(rule.body, RuleBody)
        if row.id == body.desk_id or row.id in body.also:
            goes = to.id if body.desk_id == row.id else body.desk_id
            also = [one for one in dict.fromkeys(to.id if each == row.id else each for each in body.also) if one != goes]
            rule.desk_id, rule.body = goes, plain(msgspec.structs.replace(body, desk_id=goes, also=also))
    work.session.flush()
    tell(work, DeskRetired(row.id, to.id, op.reason))


@handles(SetRule, needs=MANAGE)
def set_rule(work: Work, op: SetRule) -> None:
    """A rule, new or changed, for tickets from now on."""
    _must_manage(work)
    body = op.body
    for field, desk_id in (("body.desk_id", body.desk_id), *((f"body.also.{n}", one) for n, one in enumerate(body.also))):
        desk: Desk = work.find(Desk, desk_id, "feedback.desk_unknown", field=field, id=desk_id)
        _must_be_open(desk, field)
    if body.unit_id is not None:
        with with_reach(work) as wide:
            if unit_on(wide.session, body.unit_id, company_day(work.now)) is None:
                raise Problem("org.unit_unknown", field="body.unit_id", id=body.unit_id)
    row = work.session.get(RoutingRule, op.rule_id)
    if row is None:
        row = work.add(RoutingRule(id=op.rule_id, retired_at=None))
    elif row.retired_at is not None:
        raise Problem("feedback.rule_retired", field="rule_id", name=row.name)
    row.name, row.position, row.desk_id, row.body, row.reason = op.name, op.position, body.desk_id, plain(body), op.reason
    work.wrote = True


@handles(RetireRule, needs=MANAGE)
def retire_rule(work: Work, op: RetireRule) -> None:
    """It decides no more; what it has routed stays where it is."""
    _must_manage(work)
    row: RoutingRule = work.find(RoutingRule, op.rule_id, "feedback.rule_unknown")
    if row.retired_at is not None:
        raise Problem("feedback.rule_retired", field="rule_id", name=row.name)
    row.retired_at, row.reason, work.wrote = work.now, op.reason, True


@reacts_to(CalendarChanged)
def the_calendar_changed(work: Work, _event: CalendarChanged) -> None:
    """Every desk whose hours follow the calendar counts otherwise."""
    tell(work, DesksChanged(frozenset(), hours=True))


def _must_manage(work: Work) -> None:
    """Desks are the whole company's: the right must count everywhere."""
    if not work.actor.has_everywhere(MANAGE):
        raise Problem("access.out_of_scope", kind="desk")


def _must_be_open(desk: Desk, field: str) -> None:
    if desk.retired_at is not None:
        raise Problem("feedback.desk_retired", field=field, desk=desk.code)


def _must_end_after_start(spans: Iterable[WorkWindow], field: str) -> None:
    for number, one in enumerate(spans):
        if one.until_min <= one.from_min:
            raise Problem("feedback.window_empty", field=f"{field}.{number}")


def _must_be_day(text: str, field: str) -> date:
    day = day_of(text)
    if day is None:
        raise Problem("shifts.no_such_day", field=field, day=text)
    return day


def _must_be_people(wide: Work, people: Sequence[str]) -> None:
    known = set(wide.session.scalars(sa.select(Person.id).where(Person.id.in_(people), Person.active)))
    if missing := [one for one in people if one not in known]:
        raise Problem("people.unknown", field="people", id=missing[0])


def _must_fit(turns: Sequence[DutyTurn], people: Sequence[str]) -> None:
    for number, turn in enumerate(turns):
        if turn.person_id not in people:
            raise Problem("feedback.not_at_desk", field=f"turns.{number}.person_id", id=turn.person_id)
        from_day, to_day = (
            _must_be_day(turn.from_day, f"turns.{number}.from_day"),
            _must_be_day(turn.to_day, f"turns.{number}.to_day"),
        )
        if to_day < from_day:
            raise Problem("feedback.turn_backwards", field=f"turns.{number}.to_day", day=turn.to_day)


def _seat(work: Work, desk_id: str, people: Sequence[str]) -> None:
    there = {row.person_id: row for row in work.session.scalars(sa.select(DeskPerson).where(DeskPerson.desk_id == desk_id))}
    for person_id, row in there.items():
        if person_id not in people:
            work.session.delete(row)
    for person_id in people:
        if person_id not in there:
            work.add(DeskPerson(id=derived_id("desk_person", desk_id, person_id), desk_id=desk_id, person_id=person_id))


def _give_turns(work: Work, desk_id: str, turns: Sequence[DutyTurn]) -> None:
    wanted: dict[str, dict[str, Any]] = {}
    for turn in turns:
        days = sorted(set(turn.weekdays))
        key = derived_id("desk_turn", desk_id, turn.person_id, turn.from_day, turn.to_day, *(str(day) for day in days))
        wanted[key] = {
            "desk_id": desk_id, "person_id": turn.person_id, "weekdays": days,
            "from_day": date.fromisoformat(turn.from_day), "to_day": date.fromisoformat(turn.to_day),
        }  # fmt: skip
    there = {row.id: row for row in work.session.scalars(sa.select(DeskTurn).where(DeskTurn.desk_id == desk_id))}
    for turn_id, row in there.items():
        if turn_id not in wanted:
            work.session.delete(row)
    for turn_id, values in wanted.items():
        if turn_id not in there:
            work.add(DeskTurn(id=turn_id, **values))


# -- what a company begins with ------------------------------------------------------------------------------------------------

_NINE_TO_SIX = WorkHours(week=[[WorkWindow(from_min=9 * 60, until_min=18 * 60)]] * 5 + [[], []])
BEGINNINGS: tuple[Wire, ...] = (
    SetWorkHours(hours_id=OFFICE_HOURS, name="办公时间 9:00–18:00", hours=_NINE_TO_SIX),
    SetDesk(desk_id=GENERAL_DESK, code="HR", name_zh="人事", name_en="HR", hours_id=OFFICE_HOURS),
)


def ensure(db: Database, now: datetime, secret: bytes) -> None:
    """The general desk, so that nothing is without a receiver. Asking again changes nothing."""
    with reading(db, Actor.system()) as session:
        if session.get(Desk, GENERAL_DESK) is not None:
            return
    for op in BEGINNINGS:
        outcome = perform(db, Actor.system(), op, op_id=derived_id("ensure", "desks", type(op).__name__), now=now, secret=secret)
        if outcome.status != "applied":
            raise RuntimeError(f"{type(op).__name__}: {outcome.code} {outcome.facts}")
