"""What lists of shifts, of who follows which, and of rules show: as far as the reader sees them."""

from __future__ import annotations

from datetime import date
from typing import Any, cast

import msgspec
import sqlalchemy as sa

from contract.shifts import (
    AssignmentRow,
    Assignments,
    AssignmentsQuery,
    Break,
    Duties,
    DutyQuery,
    PatternRow,
    Patterns,
    RuleAssignmentRow,
    RuleAssignments,
    RulesPage,
    RulesRow,
    ShiftKind,
    TemplateRow,
    Templates,
    Window,
    WorkRules,
)
from server.kernel.db import ScopedSession
from server.kernel.paging import page_of
from server.kernel.problems import Problem
from server.org.model import UnitVersion
from server.org.queries import at_home_below, is_below
from server.org.rules import day_of
from server.people.model import Person
from server.shifts.model import Duty, PatternAssignment, RuleAssignment, RuleSet, ShiftPattern, ShiftTemplate
from server.shifts.queries import reader

MOST_DAYS = 62


def templates(session: ScopedSession) -> Templates:
    """All versions of all templates, by code, the latest first."""
    found = session.scalars(sa.select(ShiftTemplate).order_by(ShiftTemplate.code, ShiftTemplate.from_day.desc()))
    return Templates(
        items=[
            TemplateRow(
                id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, from_day=row.from_day.isoformat(),
                kind=cast(ShiftKind, row.kind), windows=msgspec.convert(row.windows, list[Window]),
                breaks=msgspec.convert(row.breaks, list[Break]), required_min=row.required_min,
                core_starts_min=row.core_starts_min, core_ends_min=row.core_ends_min, grace_min=row.grace_min,
            )
            for row in found
        ]
    )  # fmt: skip


def patterns(session: ScopedSession) -> Patterns:
    """All versions of all patterns, by code, the latest first."""
    found = session.scalars(sa.select(ShiftPattern).order_by(ShiftPattern.code, ShiftPattern.from_day.desc()))
    return Patterns(
        items=[
            PatternRow(
                id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, from_day=row.from_day.isoformat(),
                starts_on=row.starts_on.isoformat(), cycle=row.cycle, calendar=row.calendar,
            )
            for row in found
        ]
    )  # fmt: skip


def rule_sets(session: ScopedSession) -> RulesPage:
    """All versions of all sets of rules, by code, the latest first."""
    found = session.scalars(sa.select(RuleSet).order_by(RuleSet.code, RuleSet.from_day.desc()))
    return RulesPage(
        items=[
            RulesRow(
                id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, from_day=row.from_day.isoformat(),
                body=msgspec.convert(row.body, WorkRules), reason=row.reason,
            )
            for row in found
        ]
    )  # fmt: skip


def assignments(session: ScopedSession, asked: AssignmentsQuery) -> Assignments:
    """Who follows which pattern, what was said of later days first."""
    rows, following = _said(session, PatternAssignment, asked)
    names = _names(session, [row[0] for row in rows])
    items = [
        AssignmentRow(
            id=row.id, person_id=row.person_id, unit_id=row.unit_id, name=names.get(row.person_id or row.unit_id or "", ""),
            pattern=row.pattern, from_day=row.from_day.isoformat(), until=row.until.isoformat() if row.until else None,
            shifted_by=row.shifted_by,
        )
        for row, *_ in rows
    ]  # fmt: skip
    return Assignments(items=items, next_cursor=following)


def rule_assignments(session: ScopedSession, asked: AssignmentsQuery) -> RuleAssignments:
    """Whose hours which rules make, what was said of later days first."""
    rows, following = _said(session, RuleAssignment, asked)
    names = _names(session, [row[0] for row in rows])
    items = [
        RuleAssignmentRow(
            id=row.id, person_id=row.person_id, unit_id=row.unit_id, name=names.get(row.person_id or row.unit_id or "", ""),
            rules=row.rules, from_day=row.from_day.isoformat(),
        )
        for row, *_ in rows
    ]  # fmt: skip
    return RuleAssignments(items=items, next_cursor=following)


def _said(session: ScopedSession, model: Any, asked: AssignmentsQuery) -> tuple[list[Any], str | None]:
    found = sa.select(model)
    if asked.person_id is not None:
        found = found.where(model.person_id == asked.person_id)
    if asked.unit_id is not None:
        found = found.where(model.unit_id == asked.unit_id)
    keys = [model.from_day, model.said_at, model.id]
    return page_of(session, found, keys, limit=asked.limit, cursor=asked.cursor, descending=True)


def _names(session: ScopedSession, rows: list[Any]) -> dict[str, str]:
    """Names of the people and units of these rows, by id."""
    people, units = {row.person_id for row in rows} - {None}, {row.unit_id for row in rows} - {None}
    named = sa.select(Person.id, Person.name).where(Person.id.in_(people))
    versions = sa.select(UnitVersion.unit_id, UnitVersion.name).where(UnitVersion.unit_id.in_(units))
    found = [*session.execute(named), *session.execute(versions.order_by(UnitVersion.from_day))]
    return {row[0]: row[1] for row in found}


def duties_page(session: ScopedSession, asked: DutyQuery) -> Duties:
    """Duties within reach, by day and person. Raises Problem for more than 62 days."""
    from_day, to_day = _day(asked.from_day, "from_day"), _day(asked.to_day, "to_day")
    if to_day < from_day or (to_day - from_day).days >= MOST_DAYS:
        raise Problem("wire.out_of_range", field="to_day", want=f"{MOST_DAYS} days at most", got=asked.to_day)
    found = sa.select(Duty.person_id.label("whose"), Duty.body).where(Duty.day.between(from_day, to_day))
    if asked.person_id is not None:
        found = found.where(Duty.person_id == asked.person_id)
    if asked.store_id is not None:
        found = found.where(Duty.store_id == asked.store_id)
    if asked.unit_id is not None:
        at_home = Duty.person_id.in_(at_home_below(session, asked.unit_id))
        found = found.where(sa.or_(is_below(session, Duty.unit_id, asked.unit_id), at_home))
    rows, following = page_of(session, found, [Duty.day, Duty.person_id], limit=asked.limit, cursor=asked.cursor)
    read = reader()
    return Duties(items=[read(row.whose, row.body) for row in rows], next_cursor=following)


def _day(text: str, field: str) -> date:
    day = day_of(text)
    if day is None:
        raise Problem("shifts.no_such_day", field=field, day=text)
    return day
