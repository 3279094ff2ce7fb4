"""How many a store needs: said by hand, copied from a week, reckoned from sales or visitors."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Any

import msgspec
import sqlalchemy as sa

from contract.ids import derived_id
from contract.roster_demand import CopyDemand, DefineDemand, DefineDemandRule, Figure, Need, NoteFigures
from contract.wire import plain
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.rosters.demand_model import DemandCurve, DemandFigures, DemandRule
from server.rosters.demand_queries import demand_book, rules_on
from server.rosters.demand_rules import heads_of, scaled, wrong_slots
from server.rosters.desk import must_be_day, must_be_store, must_read_at, planner_at
from server.rosters.people_model import Skill

_FIGURES = list[Figure]


@handles(DefineDemand, needs=Permission.PLAN_SHIFTS)
def define_demand(work: Work, op: DefineDemand) -> None:
    """What a store needs of a role on weekdays from a day on, or on one day."""
    planner_at(work, op.store_id, None)
    must_be_store(work.session, op.store_id)
    _must_be_role(work.session, op.role)
    if (op.day is None) == (not op.weekdays) or (op.day is None) != (op.from_day is not None):
        raise Problem("rosters.weekday_or_day", field="weekdays")
    if (wrong := wrong_slots(op.slots)) is not None:
        raise Problem(wrong, field="slots")
    if op.day is not None:
        keep(work, op.store_id, op.role or "", op.slots, day=must_be_day(op.day, "day"))
        return
    from_day = must_be_day(op.from_day or "", "from_day")
    for weekday in sorted(set(op.weekdays)):
        keep(work, op.store_id, op.role or "", op.slots, weekday=weekday, from_day=from_day)


def _must_be_role(session: ScopedSession, role: str | None) -> None:
    if role is not None and session.scalar(sa.select(Skill.id).where(Skill.code == role)) is None:
        raise Problem("rosters.skill_unknown", field="role", skill=role)


def keep(
    work: Work, store_id: str, role: str, slots: Sequence[Need], *, weekday: int | None = None, from_day: date | None = None,
    day: date | None = None, source: str = "hand",
) -> bool:  # fmt: skip
    """Write a curve, over the one that is there for the same. Answers whether anything is another now; what was said by hand is
    not overwritten by figures."""
    when = day.isoformat() if day is not None else f"{weekday} {from_day}"
    row_id = derived_id("demand", store_id, role, when)
    body = plain(sorted(slots, key=lambda one: one.from_min))
    there = work.session.get(DemandCurve, row_id)
    if there is None:
        values = {"id": row_id, "store_id": store_id, "role": role, "weekday": weekday, "from_day": from_day, "day": day}
        work.add(DemandCurve(slots=body, source=source, **values))
        return True
    if source == "figures" and there.source == "hand":
        return False
    if there.slots == body and there.source == source:
        return False
    there.slots, there.source = body, source
    work.wrote = True
    return True


@handles(CopyDemand, needs=Permission.PLAN_SHIFTS)
def copy_demand(work: Work, op: CopyDemand) -> dict[str, Any]:
    """The demand of a week once more, here: every week from a Monday on, or the days of that one. Answers how many curves."""
    planner_at(work, op.store_id, None)
    must_be_store(work.session, op.store_id)
    must_be_store(work.session, op.from_store_id, "from_store_id")
    must_read_at(work.actor, op.from_store_id)
    first, onto = (_monday(text, field) for text, field in ((op.from_week, "from_week"), (op.onto_week, "onto_week")))
    book = demand_book(work.session, [op.from_store_id], first, first + timedelta(days=6))
    made = 0
    for number in range(7):
        day = first + timedelta(days=number)
        for role, found in sorted(book.of(op.from_store_id, day).items()):
            slots = scaled(found.slots, op.percent)
            if op.every_week:
                made += keep(work, op.store_id, role, slots, weekday=number, from_day=onto)
            else:
                made += keep(work, op.store_id, role, slots, day=onto + timedelta(days=number))
    if not book.curves:
        raise Problem("rosters.no_demand_there", field="from_week")
    return {"curves": made}


def _monday(text: str, field: str) -> date:
    day = must_be_day(text, field)
    if day.weekday():
        raise Problem("rosters.not_a_monday", field=field, day=text)
    return day


@handles(DefineDemandRule, needs=Permission.PLAN_SHIFTS)
def define_demand_rule(work: Work, op: DefineDemandRule) -> None:
    """How figures become heads: at a store by whoever plans it, for all by HQ."""
    from_day = must_be_day(op.from_day, "from_day")
    if op.store_id is not None:
        planner_at(work, op.store_id, None)
        must_be_store(work.session, op.store_id)
    elif not work.actor.has_everywhere(Permission.MANAGE_RULES):
        raise Problem("access.not_allowed", needs=Permission.MANAGE_RULES.value)
    _must_be_role(work.session, op.role)
    if op.at_most is not None and op.at_most < op.at_least:
        raise Problem("rosters.slot_bounds", field="at_most")
    if work.session.get(DemandRule, op.rule_id) is not None:
        raise Problem("operation.already_exists", field="rule_id", id=op.rule_id)
    work.add(
        DemandRule(
            id=op.rule_id, store_id=op.store_id, role=op.role or "", measure=op.measure, per_head=op.per_head,
            at_least=op.at_least, at_most=op.at_most, from_day=from_day,
        )
    )  # fmt: skip


@handles(NoteFigures, needs=Permission.PLAN_SHIFTS)
def note_figures(work: Work, op: NoteFigures) -> dict[str, Any]:
    """Figures of a day; its demand follows by the rules. Answers whether anything is another now."""
    planner_at(work, op.store_id, None)
    must_be_store(work.session, op.store_id)
    day = must_be_day(op.day, "day")
    figures = sorted(op.figures, key=lambda one: one.from_min)
    if any(one.to_min <= one.from_min for one in figures):
        raise Problem("rosters.slot_bounds", field="figures")
    if any(later.from_min < earlier.to_min for earlier, later in pairwise(figures)):
        raise Problem("rosters.slots_overlap", field="figures")
    row_id = derived_id("demand_figures", op.store_id, op.day, op.measure)
    there, body = work.session.get(DemandFigures, row_id), plain(figures)
    changed = there is None or there.figures != body
    if there is None:
        values = {"store_id": op.store_id, "day": day, "measure": op.measure}
        work.add(DemandFigures(id=row_id, figures=body, **values))
    elif changed:
        there.figures = body
        work.wrote = True
    work.session.flush()
    curves = follow(work, op.store_id, day) if changed else 0
    return {"changed": changed, "curves": curves}


def follow(work: Work, store_id: str, day: date) -> int:
    """The demand of a day is made of its figures by the rules that count. Answers how many curves are others now."""
    asked = sa.select(DemandFigures).where(DemandFigures.store_id == store_id, DemandFigures.day == day)
    by_measure = {row.measure: msgspec.convert(row.figures, _FIGURES) for row in work.session.scalars(asked)}
    rules = [rule for rule in rules_on(work.session, store_id, day) if rule.measure in by_measure]
    made = 0
    for role in sorted({rule.role for rule in rules}):
        mine = [rule for rule in rules if rule.role == role]
        slots = heads_of([(rule, by_measure[rule.measure]) for rule in mine])
        made += keep(work, store_id, role, slots, day=day, source="figures")
    return made


