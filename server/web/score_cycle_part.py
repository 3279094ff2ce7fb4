"""Somebody's part in a performance cycle: goals, how far they are, marks side by side, the interview, the plan."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from flask import Response, request

from contract import wire
from contract.cycles import AgreeGoals, ConfirmInterview, RecordInterview, SetGoals, SetPlan, TickPlan, TrackGoal
from server.kernel.actors import Actor, Permission
from server.kernel.problems import Problem
from server.org.queries import company_day
from server.scoring import cycle_queries
from server.scoring.model_library import Metric
from server.web.shell import (
    Look,
    action,
    done,
    form_status,
    looking,
    op_id_of_form,
    page,
    perform_form,
    sentence_of,
    show,
)
from server.web.training import courses_to_choose

OWN, GIVE = Permission.OWN_SCORES, Permission.GIVE_SCORES
Wrong = tuple[str, str] | None
GOALS, ACTIONS = 10, 20


@page("/cycles/parts/<part_id>", needs=OWN, endpoint="cycle_part")
def cycle_part(look: Look, part_id: str) -> Response:
    """All there is of somebody in a cycle."""
    return _part(look, part_id, None, None, 200)


def _part(look: Look, part_id: str, given: Mapping[str, Any] | None, problem: Wrong, status: int) -> Response:
    view = cycle_queries.part(look.session, part_id, look.now)
    person = view.person
    is_own = look.actor.person_id == person.person_id
    side = "person" if is_own else "manager" if look.may_at(GIVE, person.store_id) else None
    newest = {one.goal_id: one for one in person.tracks}
    percent = {one.goal_id: one.percent for one in person.tracks if one.percent is not None}
    zh = look.language == "zh"
    metrics = look.session.scalars(sa.select(Metric).where(Metric.state == "active").order_by(Metric.code))
    today = company_day(look.now).isoformat()
    opened = {one.stage for one in view.cycle.stages if one.from_day <= today} if view.cycle.state == "open" else set()
    return show(
        "cycle_part.html", look, status=status, problem=problem, view=view, cycle=view.cycle, person=person, side=side,
        goals=person.goals, talk=person.interview, newest=newest, percent=percent, given=given or {}, today=today,
        opened=opened, standing={one.stage: one for one in view.stages}, goal_rows=min(GOALS, len(person.goals.goals) + 2),
        action_rows=min(ACTIONS, len(person.plan) + 2), days={one.stage: one for one in view.cycle.stages},
        metrics=[(one.code, one.name_zh if zh else one.name_en) for one in metrics],
        metric_names={one.metric: one.name_zh if zh else one.name_en for one in view.marks},
        courses=courses_to_choose(look) if side == "manager" else [], section="console.cycles",
    )  # fmt: skip


def _do(who: Actor, part_id: str, shape: Any, values: dict[str, Any]) -> Response:
    try:
        perform_form(who, wire.convert({"part_id": part_id, **values}, shape))
    except (Problem, wire.Malformed) as wrong:
        with looking(who) as look:
            return _part(look, part_id, request.form, sentence_of(wrong), form_status(wrong))
    return done("console.cycle_part", "saved", part_id=part_id)


def _number(text: str) -> int | str | None:
    tidied = text.strip()
    return int(tidied) if tidied.isascii() and tidied.isdigit() and len(tidied) <= 6 else tidied or None


@action("/cycles/parts/<part_id>/goals", needs=OWN)
def set_cycle_goals(who: Actor, part_id: str) -> Response:
    """Goals as the form's rows have them; a row without words is none."""
    given, goals = request.form, []
    for number in range(GOALS):
        text = given.get(f"g{number}_text", "").strip()
        if text:
            goals.append({
                "id": given.get(f"g{number}_id", ""), "text": text,
                "metric": given.get(f"g{number}_metric") or None, "target": given.get(f"g{number}_target", "").strip() or None,
            })  # fmt: skip
    return _do(who, part_id, SetGoals, {"revision": _number(given.get("revision", "")), "goals": goals})


@action("/cycles/parts/<part_id>/goals/agree", needs=OWN)
def agree_cycle_goals(who: Actor, part_id: str) -> Response:
    """One's side agrees."""
    return _do(who, part_id, AgreeGoals, {"revision": _number(request.form.get("revision", ""))})


@action("/cycles/parts/<part_id>/goals/track", needs=OWN)
def track_cycle_goal(who: Actor, part_id: str) -> Response:
    """How far a goal is."""
    given = request.form
    return _do(who, part_id, TrackGoal, {
        "track_id": op_id_of_form(), "goal_id": given.get("goal", ""), "percent": _number(given.get("percent", "")),
        "note": given.get("note", "").strip(),
    })  # fmt: skip


@action("/cycles/parts/<part_id>/interview", needs=OWN)
def record_cycle_interview(who: Actor, part_id: str) -> Response:
    """The note of the talk."""
    given = request.form
    return _do(who, part_id, RecordInterview, {"held_on": given.get("held_on", ""), "note": given.get("note", "").strip()})


@action("/cycles/parts/<part_id>/interview/confirm", needs=OWN)
def confirm_cycle_interview(who: Actor, part_id: str) -> Response:
    """One's side says: so it was."""
    return _do(who, part_id, ConfirmInterview, {"revision": _number(request.form.get("revision", ""))})


@action("/cycles/parts/<part_id>/plan", needs=OWN)
def set_cycle_plan(who: Actor, part_id: str) -> Response:
    """The plan as the form's rows have it; a row without words is none."""
    given, actions = request.form, []
    for number in range(ACTIONS):
        text = given.get(f"a{number}_text", "").strip()
        if text:
            actions.append({
                "id": given.get(f"a{number}_id", ""), "text": text,
                "due_on": given.get(f"a{number}_due", ""), "course_id": given.get(f"a{number}_course") or None,
            })  # fmt: skip
    return _do(who, part_id, SetPlan, {"actions": actions})


@action("/cycles/parts/<part_id>/plan/tick", needs=OWN)
def tick_cycle_plan(who: Actor, part_id: str) -> Response:
    """An action is done, or not after all."""
    return _do(who, part_id, TickPlan, {"action_id": request.form.get("line", ""), "done": request.form.get("done") == "1"})
