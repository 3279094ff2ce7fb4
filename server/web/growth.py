"""What is measured of people and stores, and values by hand; and the rules that recommend courses, tried first.

Values out of files: value_import.py.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from flask import Response, request

from contract import wire
from contract.growth import DefineIndicator, RecordValues, RuleWhen, SetRecommendation
from contract.growth_views import ValueQuery
from contract.ids import is_id
from server.feedback.queries import category_ops
from server.growth import queries, reported
from server.growth.rules.recommending import judge_when
from server.imports import taking
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.listings import posts
from server.org.queries import company_day
from server.web.find import person_meant, store_meant
from server.web.shell import (
    Look,
    action,
    born_of_form,
    done,
    form_status,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)  # fmt: skip
from server.web.shift_forms import minutes_typed
from server.web.tables import Column, contains, csv_answer, table, wants_csv

SECTION = "console.growth_effects"
MOST_VALUES = 500
Wrong = tuple[str, str] | None
VALUES = (
    Column("whose", lambda row: row.name, always=True),
    Column("indicator", lambda row: row.indicator, always=True),
    Column("value", lambda row: row.value, always=True, number=True),
    Column("from_day", lambda row: row.from_day),
    Column("to_day", lambda row: row.to_day),
    Column("cases", lambda row: row.n, number=True),
    Column("source", lambda row: row.source),
)


def course_names(look: Look) -> list[tuple[str, str]]:
    """Courses one may begin, in the reader's language, for a choice."""
    return [(one, zh if look.language == "zh" else en) for one, zh, en in queries.open_courses(look.session)]


def indicator_names(look: Look) -> dict[str, str]:
    """What each indicator is called, by code."""
    found = queries.indicators(look.session).items
    return {one.code: one.name_zh if look.language == "zh" else one.name_en for one in found}


# -- indicators ----------------------------------------------------------------------------------------------------------


@page("/growth/indicators", needs=Permission.READ_TRAINING)
def growth_indicators(look: Look) -> Response:
    return indicators_again(look, None, 200)


def indicators_again(look: Look, problem: Wrong, status: int) -> Response:
    """The page with what was wrong with one of its forms."""
    indicators = queries.indicators(look.session).items
    code = request.args.get("indicator", "")
    asked = ValueQuery(indicator=code if any(one.code == code for one in indicators) else None, limit=MOST_VALUES)
    found = queries.values(look.session, asked).items
    lines = [row for row in found if contains(request.args.get("q", ""), row.name, row.indicator, row.source)]
    rows = table("values", VALUES, lines, sort="-to_day")
    if wants_csv():
        return csv_answer(look, rows, about=lambda row: row.person_id or "")
    return show(
        "growth_indicators.html", look, status=status, problem=problem, indicators=indicators, table=rows,
        names=indicator_names(look), given=request.form, section=SECTION, today=company_day(look.now).isoformat(),
        runs=_runs(look),
    )  # fmt: skip


def _runs(look: Look) -> set[str]:
    """The ids of imports in the log, for who may see it: a value says which of them it came with."""
    return {run.id for run in taking.runs(look.session).items} if look.may(Permission.MANAGE_TRAINING) else set()


@action("/growth/indicators", needs=Permission.MANAGE_TRAINING)
def define_growth_indicator(who: Actor) -> Response:
    given = request.form
    indicator_id = given.get("indicator_id", "")
    return _do(who, DefineIndicator, lambda: {
        "indicator_id": indicator_id if is_id(indicator_id) else born_of_form("indicator"),
        "code": given.get("code", "").strip(), "name_zh": given.get("name_zh", "").strip(),
        "name_en": given.get("name_en", "").strip(), "unit": given.get("unit", "").strip(),
        "better": given.get("better", "higher"),
    })  # fmt: skip


@action("/growth/values", needs=Permission.MANAGE_TRAINING)
def record_growth_value(who: Actor) -> Response:
    """One value by hand, of a person or of a store."""
    given = request.form

    def values() -> dict[str, Any]:
        with looking(who) as look:
            person = person_meant(look, given["person"]) if given.get("person", "").strip() else None
            store = store_meant(look, given["store"]) if given.get("store", "").strip() else None
        cases = given.get("n", "").strip()
        value = {
            "indicator": given.get("indicator", ""), "person_id": person, "store_id": store,
            "from_day": given.get("from_day", ""), "to_day": given.get("to_day", ""), "value": given.get("value", "").strip(),
            "n": int(cases) if cases.isascii() and cases.isdigit() and len(cases) <= 7 else None,
        }  # fmt: skip
        return {"batch_id": op_id_of_form(), "values": [value], "source": given.get("source", "").strip()}

    return _do(who, RecordValues, values)


def _do(who: Actor, shape: Any, values: Any) -> Response:
    try:
        perform_form(who, wire.convert(values(), shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return indicators_again(look, sentence_of(wrong), form_status(wrong))
    return done("console.growth_indicators", "saved")


# -- rules ---------------------------------------------------------------------------------------------------------------


@page("/growth/rules", needs=Permission.READ_TRAINING)
def growth_rules(look: Look) -> Response:
    return _rules(look, request.args, None, 200)


def _rules(look: Look, given: Mapping[str, str], problem: Wrong, status: int) -> Response:
    rules = queries.rules(look.session).items
    chosen = next((one for one in rules if one.id == given.get("rule")), None)
    return show(
        "growth_rules.html", look, status=status, problem=problem, rules=rules, chosen=chosen, section=SECTION,
        given=given if problem is not None else _filled(chosen), courses=course_names(look), indicators=_named_by_rules(look),
        posts=[(one.id, one.name_zh if look.language == "zh" else one.name_en) for one in posts(look.session).items],
        categories=[
            (one.code, one.name_zh if look.language == "zh" else one.name_en)
            for one in category_ops(look.session) if one.store_sees
        ],
    )  # fmt: skip


def _named_by_rules(look: Look) -> dict[str, str]:
    """What a rule may go by: indicators, and metrics that only month reports know."""
    found = reported.metrics(look.session)
    return {code: zh if look.language == "zh" else en for code, (zh, en) in found.items()} | indicator_names(look)


def _filled(rule: Any) -> dict[str, str]:
    """A rule as its form has it; without one, how a new one begins."""
    if rule is None:
        return {"kind": "indicator", "side": "below", "active": "yes"}
    when = rule.when
    return {
        "rule": rule.id, "code": rule.code, "kind": when.kind, "course": rule.course_id, "post": when.post_id or "",
        "indicator": when.indicator or "", "side": "above" if when.above is not None else "below",
        "line": when.below or when.above or "", "quiz": when.quiz_course_id or "",
        "percent": "" if when.percent_below is None else str(when.percent_below), "category": when.category or "",
        "at_least": str(when.at_least or ""), "days": str(when.days or ""), "why_zh": rule.why_zh,
        "why_en": rule.why_en, "active": "yes" if rule.active else "",
    }  # fmt: skip


def _when(given: Mapping[str, str]) -> dict[str, Any]:
    """The condition that a form says: of its kind only."""
    kind = given.get("kind", "")
    if kind == "post":
        return {"kind": kind, "post_id": given.get("post", "")}
    if kind == "quiz":
        percent = given.get("percent", "").strip()
        plain = percent.isascii() and percent.isdigit() and len(percent) <= 3
        below = {"percent_below": int(percent) if plain else percent} if percent else {}
        return {"kind": kind, "quiz_course_id": given.get("quiz", ""), **below}
    if kind == "tickets":
        counts = {name: minutes_typed(given, name) for name in ("at_least", "days")}
        return {"kind": kind, "category": given.get("category", ""), **{name: n for name, n in counts.items() if n is not None}}
    side = "above" if given.get("side") == "above" else "below"
    return {"kind": kind, "indicator": given.get("indicator", ""), side: given.get("line", "").strip()}


@action("/growth/rules", needs=Permission.MANAGE_TRAINING)
def set_growth_rule(who: Actor) -> Response:
    given = request.form
    try:
        values = {
            "rule_id": given["rule"] if is_id(given.get("rule", "")) else born_of_form("rule"),
            "code": given.get("code", "").strip(), "when": _when(given), "course_id": given.get("course", ""),
            "why_zh": given.get("why_zh", "").strip(), "why_en": given.get("why_en", "").strip(), "active": "active" in given,
        }  # fmt: skip
        perform_form(who, wire.convert(values, SetRecommendation))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _rules(look, given, sentence_of(wrong), form_status(wrong))
    return done("console.growth_rules", "saved", rule=values["rule_id"])


@page("/growth/rules/preview", needs=Permission.MANAGE_TRAINING)
def growth_rule_preview(look: Look) -> Response:
    """To how many people the form's rule would recommend its course now, and to whom: nothing is written, nobody is told."""
    given = request.args
    people, problem = None, None
    names: list[str] = []
    try:
        when = wire.convert(_when(given), RuleWhen)
        fault = judge_when(when)
        if fault is not None:
            raise Problem(fault.code, field=fault.field)
        if not is_id(given.get("course", "")):
            raise Problem("wire.missing", field="course_id")
        people, names = queries.would_recommend(look.session, when, given["course"], look.now)
    except (Problem, wire.Malformed) as wrong:
        problem = sentence_of(wrong)
    return show("growth_preview.html", look, people=people, names=names, problem=problem, section=SECTION)
