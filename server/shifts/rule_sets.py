"""What can be done to the rules of working time: define a set or its next version, say whose hours it makes."""

from __future__ import annotations

import sqlalchemy as sa

from contract.shifts import AssignRules, DefineRules
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.model import OrgUnit
from server.org.rules import day_of, tidy
from server.people.model import Person
from server.shifts.events import RulesChanged
from server.shifts.model import RuleAssignment, RuleSet
from server.shifts.rules.judge import judge_rules
from server.shifts.versions import keep, replaced_by


@handles(DefineRules, needs=Permission.MANAGE_RULES)
def define_rules(work: Work, op: DefineRules) -> None:
    """A set of rules, or its next version: days before it keep the version before. On its own first day at the latest it can be
    said again."""
    from_day = day_of(op.from_day)
    if from_day is None:
        raise Problem("shifts.no_such_day", field="from_day", day=op.from_day)
    there = replaced_by(work, RuleSet, op.rules_id, op.code, from_day)
    if (wrong := judge_rules(op.body)) is not None:
        raise Problem(wrong.code, field=wrong.field)
    keep(
        work, RuleSet, there, op.rules_id, code=op.code, from_day=from_day, name_zh=tidy(op.name_zh), name_en=tidy(op.name_en),
        body=plain(op.body), reason=op.reason,
    )  # fmt: skip
    work.session.flush()
    tell(work, RulesChanged(None, from_day))


@handles(AssignRules, needs=Permission.MANAGE_RULES)
def assign_rules(work: Work, op: AssignRules) -> None:
    """Whose hours a set makes from a day on: a person's, a unit's and all below, or the company's."""
    from_day = day_of(op.from_day)
    if from_day is None:
        raise Problem("shifts.no_such_day", field="from_day", day=op.from_day)
    if op.person_id is not None and op.unit_id is not None:
        raise Problem("shifts.person_or_unit", field="person_id")
    if op.person_id is not None:
        work.find(Person, op.person_id, "people.unknown", field="person_id", id=op.person_id)
    if op.unit_id is not None:
        work.find(OrgUnit, op.unit_id, "org.unit_unknown", field="unit_id", id=op.unit_id)
    if work.session.get(RuleAssignment, op.assignment_id) is not None:
        raise Problem("operation.already_exists", field="assignment_id", id=op.assignment_id)
    known = sa.select(RuleSet.id).where(RuleSet.code == op.rules, RuleSet.from_day <= from_day)
    if work.session.execute(known).first() is None:
        raise Problem("shifts.rules_unknown", field="rules", rules=op.rules, day=op.from_day)
    work.add(
        RuleAssignment(
            id=op.assignment_id, person_id=op.person_id, unit_id=op.unit_id, rules=op.rules, from_day=from_day, said_at=work.now
        )
    )
    work.session.flush()
    people = frozenset({op.person_id}) if op.person_id is not None else None
    tell(work, RulesChanged(people, from_day))
