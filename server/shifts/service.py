"""What can be done to shifts: define them, say who follows which. Single days are planning.py, rules of hours rule_sets.py."""

from __future__ import annotations

from datetime import date

from contract.shifts import AssignPattern, DefinePattern, DefineTemplate
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.model import OrgUnit
from server.org.rules import day_of, tidy
from server.people.model import Person
from server.shifts import planning, reactions, rule_sets
from server.shifts.events import TemplatesChanged
from server.shifts.follow import everybody_below, follow
from server.shifts.model import PatternAssignment, ShiftPattern, ShiftTemplate
from server.shifts.planner import load_catalogue
from server.shifts.rules import judge
from server.shifts.versions import keep, replaced_by

assert planning and reactions and rule_sets  # importing them registers what they do


@handles(DefineTemplate, needs=Permission.MANAGE_SHIFTS)
def define_template(work: Work, op: DefineTemplate) -> None:
    """A kind of shift, or its next version: days before it keep the version before. On its own first day at the latest it can
    be said again."""
    from_day = must_be_day(op.from_day, "from_day")
    there = replaced_by(work, ShiftTemplate, op.template_id, op.code, from_day)
    if (wrong := judge.judge_template(op)) is not None:
        raise Problem(wrong.code, field=wrong.field)
    values = {key: value for key, value in plain(op).items() if key not in ("template_id", "from_day", "name_zh", "name_en")}
    values |= {"from_day": from_day, "name_zh": said(op.name_zh), "name_en": said(op.name_en)}
    keep(work, ShiftTemplate, there, op.template_id, **values)
    follow(work, None, from_day)
    tell(work, TemplatesChanged())


@handles(DefinePattern, needs=Permission.MANAGE_SHIFTS)
def define_pattern(work: Work, op: DefinePattern) -> None:
    """A cycle of templates, or its next version: days before it keep the version before. On its own first day at the latest it
    can be said again."""
    from_day, starts_on = must_be_day(op.from_day, "from_day"), must_be_day(op.starts_on, "starts_on")
    there = replaced_by(work, ShiftPattern, op.pattern_id, op.code, from_day)
    catalogue = load_catalogue(work.session)
    wrong = judge.judge_cycle(op.cycle, lambda code: catalogue.template(code, from_day))
    if wrong is not None:
        raise Problem(wrong[0].code, field=wrong[0].field, template=wrong[1], day=op.from_day)
    keep(
        work, ShiftPattern, there, op.pattern_id, code=op.code, from_day=from_day, name_zh=said(op.name_zh),
        name_en=said(op.name_en), starts_on=starts_on, cycle=op.cycle, calendar=op.calendar,
    )  # fmt: skip
    follow(work, None, from_day)


@handles(AssignPattern, needs=Permission.MANAGE_SHIFTS)
def assign_pattern(work: Work, op: AssignPattern) -> None:
    """Who follows which pattern from a day on. What was said before stays readable, and counts until that day."""
    from_day = must_be_day(op.from_day, "from_day")
    until = must_be_day(op.until, "until") if op.until is not None else None
    if (op.person_id is None) == (op.unit_id is None):
        raise Problem("shifts.person_or_unit", field="person_id")
    must_be_somebody(work, op.person_id, op.unit_id)
    if work.session.get(PatternAssignment, op.assignment_id) is not None:
        raise Problem("operation.already_exists", field="assignment_id", id=op.assignment_id)
    if until is not None and until <= from_day:
        raise Problem("shifts.ends_before_start", field="until")
    if op.pattern is not None:
        pattern = load_catalogue(work.session).pattern(op.pattern, from_day)
        if pattern is None:
            raise Problem("shifts.pattern_unknown", field="pattern", pattern=op.pattern, day=op.from_day)
        if op.shifted_by >= len(pattern.cycle):
            raise Problem("shifts.beyond_cycle", field="shifted_by", days=len(pattern.cycle))
    work.add(
        PatternAssignment(
            id=op.assignment_id, person_id=op.person_id, unit_id=op.unit_id, pattern=op.pattern, from_day=from_day, until=until,
            shifted_by=op.shifted_by, said_at=work.now,
        )
    )  # fmt: skip
    follow(work, [op.person_id] if op.person_id is not None else everybody_below(work, op.unit_id or "", from_day), from_day)


def must_be_somebody(work: Work, person_id: str | None, unit_id: str | None) -> None:
    """Refuse a person or a unit that there is not."""
    if person_id is not None:
        work.find(Person, person_id, "people.unknown", field="person_id", id=person_id)
    if unit_id is not None:
        work.find(OrgUnit, unit_id, "org.unit_unknown", field="unit_id", id=unit_id)


def must_be_day(text: str, field: str) -> date:
    """The day, or a refusal of one that no calendar has."""
    day = day_of(text)
    if day is None:
        raise Problem("shifts.no_such_day", field=field, day=text)
    return day


def said(text: str) -> str:
    """A name as it is kept."""
    tidied = tidy(text)
    if not tidied:
        raise Problem("wire.missing", field="name_zh")
    return tidied
