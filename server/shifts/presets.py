"""The shifts and rules a company begins with: defined by operations, to be changed by HR like any other version. Nobody follows
a pattern because of them: a company that plans nothing sees hours and no lateness.

standard: 标准工时制, 8 hours a day and 40 a week (国务院关于职工工作时间的规定 art. 3), overtime at 150, 200 and 300 percent
(劳动法 art. 44), at most 36 hours of it a month (art. 41).
comprehensive: 综合计算工时制, balanced over a month or a quarter; what exceeds it at 150, statutory holidays at 300 percent
(劳部发〔1994〕503 号 art. 5, 劳部发〔1995〕309 号 art. 62 and 65).
unscheduled: 不定时工作制, no overtime is reckoned (劳部发〔1994〕489 号 art. 13).
eu: Directive 2003/88/EC art. 3 (11 hours of daily rest), art. 5 (24 hours of weekly rest on top of those 11: 35), and the
breaks of German ArbZG § 4 (30 minutes after 6 hours, 45 after 9).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa

from contract.ids import derived_id
from contract.shifts import AssignRules, Break, DefinePattern, DefineRules, DefineTemplate, Window, WorkRules
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.db import Database, ScopedSession
from server.kernel.perform import perform, reading
from server.shifts.model import RuleAssignment, RuleSet, ShiftPattern, ShiftTemplate

_FROM = "2000-01-01"
_MONDAY = "2000-01-03"


def _at(hours: int, minutes: int = 0) -> int:
    return hours * 60 + minutes


def _template(code: str, zh: str, en: str, *windows: tuple[int, int], **more: Any) -> DefineTemplate:
    values = {"kind": "fixed", **more}
    return DefineTemplate(
        template_id=derived_id("shift_template", code, _FROM), code=code, name_zh=zh, name_en=en, from_day=_FROM,
        windows=[Window(starts_min=starts, ends_min=ends) for starts, ends in windows], **values,
    )  # fmt: skip


def _pattern(code: str, zh: str, en: str, cycle: list[str], calendar: Any) -> DefinePattern:
    return DefinePattern(
        pattern_id=derived_id("shift_pattern", code, _FROM), code=code, name_zh=zh, name_en=en, from_day=_FROM,
        starts_on=_MONDAY, cycle=cycle, calendar=calendar,
    )  # fmt: skip


def _rules(code: str, zh: str, en: str, **body: Any) -> DefineRules:
    return DefineRules(
        rules_id=derived_id("rule_set", code, _FROM), code=code, name_zh=zh, name_en=en, from_day=_FROM,
        body=WorkRules(**body), reason="preset",
    )  # fmt: skip


_NOON = Break(minutes=60, starts_min=_at(12))
_MEAL = Break(minutes=30, after_min=_at(4))
TEMPLATES: tuple[DefineTemplate, ...] = (
    _template("day", "白班", "Day", (_at(9), _at(18)), breaks=[_NOON]),
    _template("early", "早班", "Early", (_at(8), _at(16)), breaks=[_MEAL]),
    _template("late", "晚班", "Late", (_at(14), _at(22)), breaks=[_MEAL]),
    _template("night", "夜班", "Night", (_at(22), _at(30)), breaks=[_MEAL]),
    _template(
        "flex", "弹性班", "Flexible", (_at(7), _at(21)), kind="flexible", required_min=_at(8), core_starts_min=_at(10),
        core_ends_min=_at(16), breaks=[Break(minutes=60, after_min=_at(5))],
    ),
    _template("split", "两头班", "Split", (_at(10), _at(14)), (_at(17), _at(21)), kind="windows"),
    _template("oncall", "待命", "On call", (_at(18), _at(22)), kind="on_call"),
)  # fmt: skip
PATTERNS: tuple[DefinePattern, ...] = (
    _pattern("office", "行政班（周一至周五）", "Office week", ["day"] * 5 + [""] * 2, "company"),
    _pattern("shop", "做六休一", "Six on, one off", ["day"] * 6 + [""], "none"),
    _pattern(
        "three-shift", "三班倒", "Three shifts", ["early"] * 2 + ["late"] * 2 + ["night"] * 2 + [""] * 2, "none"
    ),
)  # fmt: skip
RULES: tuple[DefineRules, ...] = (
    _rules("standard", "标准工时", "Standard hours"),
    _rules("comprehensive", "综合工时（按月）", "Comprehensive hours, by month", system="comprehensive", period="month"),
    _rules(
        "comprehensive-quarter", "综合工时（按季）", "Comprehensive hours, by quarter", system="comprehensive", period="quarter"
    ),
    _rules(
        "unscheduled", "不定时工时", "Unscheduled hours", system="none", day_min=0, week_min=0, month_overtime_limit_min=44_640,
        late_from="grace", grace_in_min=240, grace_out_min=240,
    ),
    _rules(
        "eu", "欧盟工时", "EU hours", month_overtime_limit_min=44_640, daily_rest_min=_at(11), weekly_rest_min=_at(35),
        legal_breaks=[Break(minutes=30, after_min=_at(6)), Break(minutes=45, after_min=_at(9))],
    ),
)  # fmt: skip
THE_COMPANYS = AssignRules(
    assignment_id=derived_id("rule_assignment", "company", _FROM), rules="standard", from_day=_FROM
)  # fmt: skip


def _begin_later(session: ScopedSession, model: type[ShiftTemplate | RuleSet]) -> set[str]:
    """The codes the company has, but not from the day on from which ours would count."""
    first = sa.select(model.code).group_by(model.code).having(sa.func.min(model.from_day) > date.fromisoformat(_FROM))
    return set(session.scalars(first))


def ensure(db: Database, now: datetime, secret: bytes) -> None:
    """Define what a new company has none of yet. Asking again changes nothing; what HR changed since stays. A pattern whose
    template the company has by that code from a later day on is left out: what it calls so is not ours."""
    with reading(db, Actor.system()) as session:
        known = [set(session.scalars(sa.select(model.code).distinct())) for model in (ShiftTemplate, ShiftPattern, RuleSet)]
        later, later_rules = (_begin_later(session, model) for model in (ShiftTemplate, RuleSet))
        is_assigned = session.execute(sa.select(RuleAssignment.id).limit(1)).first() is not None
    templates, patterns, sets = known
    wanted: list[tuple[str, Wire]] = [(op.template_id, op) for op in TEMPLATES if op.code not in templates]
    wanted += [(op.pattern_id, op) for op in PATTERNS if op.code not in patterns and not later & set(op.cycle)]
    wanted += [(op.rules_id, op) for op in RULES if op.code not in sets]
    if not is_assigned and THE_COMPANYS.rules not in later_rules:
        wanted.append((THE_COMPANYS.assignment_id, THE_COMPANYS))
    for key, op in wanted:
        outcome = perform(db, Actor.system(), op, op_id=derived_id("ensure", key), now=now, secret=secret)
        if outcome.status != "applied":
            raise RuntimeError(f"{key}: {outcome.code} {outcome.facts}")
