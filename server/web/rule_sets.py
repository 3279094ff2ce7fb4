"""Rules of working time at the console: the sets and what each version changed, an editor, and what a change would do before it
is made."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, request

from contract import wire
from contract.hours import PeriodSum, Simulated, SimulateRules
from contract.shifts import AssignmentsQuery, AssignRules, DefineRules, RulesRow, WorkRules
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.shifts import listings
from server.timesheets.simulation import simulate
from server.web.find import person_meant, unit_meant
from server.web.rule_fields import GROUPS, changes, shown, typed
from server.web.shell import Look, action, born_of_form, done, form_status, looking, page, perform_form, sentence_of, show
from server.web.shifts import newest
from server.web.stores import everything
from server.web.timesheets import hours

SECTION = "console.rules"
Wrong = tuple[str, str] | None


@page("/rules", needs=Permission.READ_SHIFTS, endpoint="rules")
def rules(look: Look) -> Response:
    return _rules(look, None, 200)


def _rules(look: Look, problem: Wrong, status: int) -> Response:
    """The sets with their versions, each beside what it changed, and whose hours they make."""
    rows = listings.rule_sets(look.session).items
    sets = [{"newest": row, "versions": _versions([one for one in rows if one.code == row.code])} for row in newest(rows)]
    said = everything(lambda cursor: listings.rule_assignments(look.session, AssignmentsQuery(limit=500, cursor=cursor)))
    names = {row.code: row.name_zh if look.language == "zh" else row.name_en for row in newest(rows)}
    return show(
        "rules.html", look, status=status, problem=problem, sets=sets, said=said, names=names, given=request.form,
        next_day=(company_day(look.now) + timedelta(days=1)).isoformat(),
    )  # fmt: skip


def _versions(rows: Sequence[RulesRow]) -> list[dict[str, Any]]:
    """The versions of a set, the newest first, each with what differs from the one before it."""
    return [
        {"row": row, "changes": changes(rows[n + 1].body, row.body) if n + 1 < len(rows) else None}
        for n, row in enumerate(rows)
    ]  # fmt: skip


@page("/rules/edit", needs=Permission.MANAGE_RULES)
def rules_edit(look: Look) -> Response:
    return _edit(look, None, 200)


def _edit(look: Look, problem: Wrong, status: int, simulated: Simulated | None = None) -> Response:
    """The editor: begins with the newest version of a set, or with an older one that shall count again."""
    rows = listings.rule_sets(look.session).items
    code = request.form.get("code") or request.args.get("rules", "")
    known = next((row for row in rows if row.code == code), None)
    like = next((row for row in rows if row.id == request.args.get("like")), None) or known
    body = like.body if like is not None else WorkRules()
    today = company_day(look.now)
    first = today.replace(day=1)
    last_month = first - timedelta(days=1)
    return show(
        "rules_edit.html", look, status=status, problem=problem, had=known, groups=GROUPS, section=SECTION,
        given=request.form, values=request.form if request.form else shown(body), simulated=simulated,
        **_of_overtime(simulated),
        differs=_differs(known.body if known is not None else None),
        next_day=(today + timedelta(days=1)).isoformat(), sim_from=last_month.replace(day=1).isoformat(),
        sim_to=last_month.isoformat(),
    )  # fmt: skip


def _of_overtime(simulated: Simulated | None) -> dict[str, Any]:
    """What a change does to overtime: how much more and less whom, and whether anything would not be granted."""
    named = simulated.changed if simulated is not None else []
    by = [overtime_of(one.after) - overtime_of(one.before) for one in named]
    return {
        "overtime": overtime_of, "hours": hours, "more": [n for n in by if n > 0], "less": [-n for n in by if n < 0],
        "refused": any(one.after.not_granted_min for one in named),
    }  # fmt: skip


def overtime_of(total: PeriodSum) -> int:
    """All overtime of a sum, in minutes."""
    days = total.overtime_normal_min + total.overtime_weekend_min + total.overtime_holiday_min
    return days + total.overtime_period_min


def _differs(before: WorkRules | None) -> list[Any]:
    """What the form changes of the version that counts now; nothing while it cannot be read."""
    if before is None or not request.form:
        return []
    try:
        return changes(before, wire.convert(typed(request.form), WorkRules))
    except (Problem, wire.Malformed):
        return []


@action("/rules/edit", needs=Permission.MANAGE_RULES)
def define_rules(who: Actor) -> Response:
    given = request.form
    try:
        values = {
            "rules_id": born_of_form("rules"), **_stripped(given, "code", "name_zh", "name_en", "from_day", "reason"),
            "body": typed(given),
        }  # fmt: skip
        perform_form(who, wire.convert(values, DefineRules))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _edit(look, sentence_of(wrong), form_status(wrong))
    return done("console.rules", "saved")


def _stripped(given: Mapping[str, str], *names: str) -> dict[str, str]:
    return {name: given.get(name, "").strip() for name in names}


@action("/rules/simulate", needs=Permission.MANAGE_RULES)
def simulate_rules(who: Actor) -> Response:
    """What the form's rules would have made of days that have been: shown above the form, and nothing is kept."""
    given = request.form
    with looking(who) as look:
        try:
            asked = {
                "rules": given.get("code", "").strip(), "body": typed(given),
                "from_day": given.get("sim_from", ""), "to_day": given.get("sim_to", ""),
            }  # fmt: skip
            found = simulate(look.session, wire.convert(asked, SimulateRules), look.now)
        except (Problem, wire.Malformed) as wrong:
            return _edit(look, sentence_of(wrong), form_status(wrong))
        return _edit(look, None, 200, found)


@action("/rules/assign", needs=Permission.MANAGE_RULES)
def assign_rules(who: Actor) -> Response:
    given = request.form
    try:
        with looking(who) as look:
            person = person_meant(look, given["person_id"]) if given.get("person_id", "").strip() else None
            unit = unit_meant(look, given["unit_id"]) if given.get("unit_id", "").strip() else None
        values = {
            "assignment_id": born_of_form("rules"), "person_id": person, "unit_id": unit,
            "rules": given.get("rules", ""), "from_day": given.get("from_day", ""),
        }  # fmt: skip
        perform_form(who, wire.convert(values, AssignRules))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _rules(look, sentence_of(wrong), form_status(wrong))
    return done("console.rules", "saved")
