"""Rules of rosters and skills at the console: the profiles with their versions, an editor, where which counts; who has which
skill, and whose certificate runs out."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from typing import Any

from flask import Response, request

from contract import wire
from contract.roster_people import (
    AssignProfile,
    DefineProfile,
    DefineSkill,
    GrantSkill,
    SkillGrantQuery,
    WithdrawSkill,
)
from contract.rostering.presets import PRESETS
from contract.rostering.rules import CATALOGUE, RuleDef, filled
from contract.rostering.shapes import RuleSetting
from server.archive.looks import note_look
from server.kernel.actors import Actor, Permission
from server.kernel.http import outpost
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.rosters import listings
from server.web.find import person_meant, unit_meant
from server.web.shell import (
    Look,
    action,
    born_of_form,
    done,
    form_status,
    looking,
    page,
    perform_form,
    sentence_of,
    show,
)  # fmt: skip
from server.web.shifts import newest
from server.web.tables import Column, contains, csv_answer, table, wants_csv

SECTION = "console.rosters"
SOON = timedelta(days=60)
Wrong = tuple[str, str] | None


@page("/rosters/profiles", needs=Permission.READ_SHIFTS)
def roster_profiles(look: Look) -> Response:
    return _profiles(look, None, 200)


def _profiles(look: Look, problem: Wrong, status: int) -> Response:
    found = listings.profiles(look.session)
    rows = sorted(found.items, key=lambda row: (row.code, row.from_day), reverse=True)
    names = {row.code: row.name_zh if look.language == "zh" else row.name_en for row in newest(rows)}
    code = request.args.get("code", "") or (found.uses[0].profile if found.uses else "")
    chosen = next((row for row in rows if row.code == code), rows[0] if rows else None)
    return show(
        "roster_profiles.html", look, status=status, problem=problem, rows=newest(rows), names=names, uses=found.uses,
        chosen=chosen, versions=[row for row in rows if chosen is not None and row.code == chosen.code],
        settings=_lines(chosen.rules) if chosen is not None else [], given=request.form, presets=PRESETS, section=SECTION,
        next_day=(company_day(look.now) + timedelta(days=1)).isoformat(),
    )  # fmt: skip


def _lines(rules: Sequence[RuleSetting]) -> list[tuple[RuleDef, RuleSetting, dict[str, int]]]:
    """Every rule there is, as a profile has it; what it does not name is switched off."""
    said = {one.rule: one for one in rules}
    found = []
    for name, rule in CATALOGUE.items():
        setting = said.get(name) or RuleSetting(
            rule=name, enabled=False, hard=rule.hard, overridable=rule.overridable, weight=rule.weight
        )
        found.append((rule, setting, filled(setting)))
    return sorted(found, key=lambda line: (line[0].tier, not line[1].enabled))


@action("/rosters/profiles", needs=Permission.MANAGE_RULES)
def define_roster_profile(who: Actor) -> Response:
    given = request.form
    try:
        values = {
            "profile_id": born_of_form("profile"), "code": given.get("code", "").strip(),
            "name_zh": given.get("name_zh", "").strip(), "name_en": given.get("name_en", "").strip(),
            "from_day": given.get("from_day", ""), "reason": given.get("reason", "").strip(), "rules": _typed(given),
        }  # fmt: skip
        perform_form(who, wire.convert(values, DefineProfile))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _profiles(look, sentence_of(wrong), form_status(wrong))
    return done("console.roster_profiles", "saved", code=values["code"])


def _typed(given: Mapping[str, str]) -> list[dict[str, Any]]:
    """The settings as a form has them; a rule whose box is not ticked is switched off."""
    return [
        {
            "rule": name, "enabled": f"{name}.enabled" in given, "hard": given.get(f"{name}.level") == "hard",
            "overridable": f"{name}.overridable" in given, "weight": _number(given.get(f"{name}.weight", "0")),
            "params": {param: _number(given.get(f"{name}.{param}", "")) for param in rule.params},
        }
        for name, rule in CATALOGUE.items()
        if f"{name}.level" in given
    ]  # fmt: skip


def _number(text: str) -> int | str:
    tidied = text.strip()
    return int(tidied) if tidied.removeprefix("-").isdecimal() and tidied.isascii() and len(tidied) < 9 else tidied


@action("/rosters/profiles/assign", needs=Permission.MANAGE_RULES)
def assign_roster_profile(who: Actor) -> Response:
    given = request.form
    try:
        with looking(who) as look:
            unit = unit_meant(look, given["unit"]) if given.get("unit", "").strip() else None
        values = {
            "assignment_id": born_of_form("profile_use"), "unit_id": unit, "profile": given.get("profile", ""),
            "from_day": given.get("from_day", ""),
        }  # fmt: skip
        perform_form(who, wire.convert(values, AssignProfile))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _profiles(look, sentence_of(wrong), form_status(wrong))
    return done("console.roster_profiles", "saved", code=given.get("profile", ""))


# -- skills --------------------------------------------------------------------------------------------------------------

COLUMNS = (
    Column("person", lambda row: row.name, always=True),
    Column("skill", lambda row: row.name_zh, always=True),
    Column("level", lambda row: row.level, number=True),
    Column("from_day", lambda row: row.from_day),
    Column("to_day", lambda row: row.to_day or "9999"),
    Column("certificate", lambda row: row.certificate or "", hidden=True),
)


@page("/rosters/skills", needs=Permission.READ_SHIFTS)
def roster_skills(look: Look) -> Response:
    return _skills(look, None, 200)


def _skills(look: Look, problem: Wrong, status: int) -> Response:
    today = company_day(look.now)
    ends_by = (today + SOON).isoformat() if request.args.get("show") == "ending" else None
    asked = SkillGrantQuery(skill=request.args.get("skill") or None, ends_by=ends_by, limit=500)
    found = listings.grants(look.session, asked)
    lines = [row for row in found.items if contains(request.args.get("q", ""), row.name, row.name_zh, row.name_en)]
    rows = table("skills", COLUMNS, lines, sort="person")
    if wants_csv():
        note_look(outpost(), look.actor, "export", [row.person_id for row in rows.rows])
        return csv_answer(look, rows)
    return show(
        "roster_skills.html", look, status=status, problem=problem, table=rows, skills=listings.skills(look.session).items,
        given=request.form, today=today.isoformat(), soon=(today + SOON).isoformat(), section=SECTION,
    )  # fmt: skip


@action("/rosters/skills", needs=Permission.MANAGE_SKILLS)
def define_roster_skill(who: Actor) -> Response:
    given = request.form
    return _do(who, DefineSkill, {
        "skill_id": born_of_form("skill"), "code": given.get("code", "").strip(), "name_zh": given.get("name_zh", "").strip(),
        "name_en": given.get("name_en", "").strip(), "needs_certificate": "needs_certificate" in given,
    })  # fmt: skip


@action("/rosters/skills/grant", needs=Permission.MANAGE_SKILLS)
def grant_roster_skill(who: Actor) -> Response:
    given = request.form
    try:
        with looking(who) as look:
            person_id = person_meant(look, given.get("person", ""))
    except Problem as wrong:
        with looking(who) as look:
            return _skills(look, sentence_of(wrong), form_status(wrong))
    return _do(who, GrantSkill, {
        "grant_id": born_of_form("skill_grant"), "person_id": person_id, "skill": given.get("skill", ""),
        "level": _number(given.get("level", "1")), "from_day": given.get("from_day", ""), "to_day": given.get("to_day") or None,
        "certificate": given.get("certificate", "").strip() or None,
    })  # fmt: skip


@action("/rosters/skills/withdraw", needs=Permission.MANAGE_SKILLS)
def withdraw_roster_skill(who: Actor) -> Response:
    given = request.form
    return _do(who, WithdrawSkill, {
        "grant_id": given.get("grant", ""), "from_day": given.get("from_day", ""), "reason": given.get("reason", "").strip(),
    })  # fmt: skip


def _do(who: Actor, shape: Any, values: dict[str, Any]) -> Response:
    try:
        perform_form(who, wire.convert(values, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _skills(look, sentence_of(wrong), form_status(wrong))
    return done("console.roster_skills", "saved")


