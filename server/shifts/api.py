"""Shifts, duties and rules of working time over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.shifts import (
    Assignments,
    AssignmentsQuery,
    AssignPattern,
    AssignRules,
    DefinePattern,
    DefineRules,
    DefineTemplate,
    Duties,
    DutyQuery,
    Patterns,
    PlanDay,
    RuleAssignments,
    RulesPage,
    Templates,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads, writes
from server.shifts import listings, service

blueprint = Blueprint("shifts", __name__, url_prefix="/api/v1", description="Shifts, who is due when, and rules of hours")
assert service  # importing it registers the handlers

writes(
    blueprint,
    {
        "/shifts/templates": (DefineTemplate, Permission.MANAGE_SHIFTS),
        "/shifts/patterns": (DefinePattern, Permission.MANAGE_SHIFTS),
        "/shifts/assignments": (AssignPattern, Permission.MANAGE_SHIFTS),
        "/shifts/days": (PlanDay, Permission.PLAN_SHIFTS),
        "/rules": (DefineRules, Permission.MANAGE_RULES),
        "/rules/assignments": (AssignRules, Permission.MANAGE_RULES),
    },
)


@reads(blueprint, "/shifts/templates", needs=Permission.READ_SELF, answers=Templates)
def templates(session: ScopedSession) -> Templates:
    """The kinds of shifts, with all versions."""
    return listings.templates(session)


@reads(blueprint, "/shifts/patterns", needs=Permission.READ_SELF, answers=Patterns)
def patterns(session: ScopedSession) -> Patterns:
    """The patterns, with all versions."""
    return listings.patterns(session)


@reads(blueprint, "/shifts/assignments", needs=Permission.READ_SELF, answers=Assignments, asks=AssignmentsQuery)
def assignments(session: ScopedSession, asked: AssignmentsQuery) -> Assignments:
    """Who follows which pattern: oneself, and those whose shifts one may see."""
    return listings.assignments(session, asked)


@reads(blueprint, "/shifts/duties", needs=Permission.READ_SELF, answers=Duties, asks=DutyQuery)
def duties(session: ScopedSession, asked: DutyQuery) -> Duties:
    """Who is due when: oneself, and those whose shifts one may see."""
    return listings.duties_page(session, asked)


@reads(blueprint, "/rules", needs=Permission.READ_SELF, answers=RulesPage)
def rules(session: ScopedSession) -> RulesPage:
    """The rules hours are made by, with all versions."""
    return listings.rule_sets(session)


@reads(blueprint, "/rules/assignments", needs=Permission.READ_SELF, answers=RuleAssignments, asks=AssignmentsQuery)
def rule_assignments(session: ScopedSession, asked: AssignmentsQuery) -> RuleAssignments:
    """Whose hours which rules make: one's own, and of those whose shifts one may see."""
    return listings.rule_assignments(session, asked)
