"""Cycles for the rights matrix: each store's person is in one, with goals and a plan."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

from contract.cycles import STAGES, Goal, OpenCycle, PlanAction, SetGoals, SetPlan, StageDays
from contract.ids import new_id
from contract.wire import Wire, plain
from server.kernel.actors import Actor
from server.kernel.perform import perform
from server.scoring.cycle_parts import part_id_of
from tests.support.company import Company


def _stages(today: date) -> list[StageDays]:
    first, last = (today - timedelta(days=9)).isoformat(), (today + timedelta(days=9)).isoformat()
    return [StageDays(stage=stage, from_day=first, until=last) for stage in STAGES]


def _by_hr(company: Company, operation: Wire) -> None:
    who = Actor.person(company.people["p6"], new_id(), [("hr", None)])
    done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
    assert done.status == "applied", done


def plant(company: Company, things: dict[str, str]) -> None:
    """A cycle of this store, all of whose stages are open."""
    today = company.today()
    month = today.isoformat()[:7]
    cycle_id, goal_id, action_id = new_id(), new_id(), new_id()
    company.must(OpenCycle(
        cycle_id=cycle_id, name_zh="考核", name_en="Review", from_month=month, to_month=month, stages=_stages(today),
        stores=[things["store_id"]],
    ))  # fmt: skip
    part_id = part_id_of(cycle_id, things["person_id"])
    things.update(cycle_id=cycle_id, part_id=part_id, goal_id=goal_id, action_id=action_id)
    _by_hr(company, SetGoals(part_id=part_id, revision=0, goals=[Goal(id=goal_id, text="目标")]))
    due = (today + timedelta(days=30)).isoformat()
    _by_hr(company, SetPlan(part_id=part_id, actions=[PlanAction(id=action_id, text="练习", due_on=due)]))


def bodies(mine: dict[str, str], today: date) -> dict[str, Any]:
    """By path, a body that asks for something that can be done, of this store's person."""
    part, day, stages = {"part_id": mine["part_id"]}, today.isoformat(), plain(_stages(today))
    return {
        "scoring/cycles": {"cycle_id": new_id(), "name_zh": "n", "name_en": "n", "from_month": day[:7], "to_month": day[:7],
                           "stages": stages, "stores": [mine["store_id"]]},
        "scoring/cycles/days": {"cycle_id": mine["cycle_id"], "stages": stages, "reason": "r"},
        "scoring/cycles/closed": {"cycle_id": new_id(), "reason": "r"},
        "scoring/cycles/goals": {**part, "revision": 0, "goals": [{"id": new_id(), "text": "t"}]},
        "scoring/cycles/goals/agreed": {**part, "revision": 1},
        "scoring/cycles/goals/tracked": {**part, "track_id": new_id(), "goal_id": mine["goal_id"], "percent": 10},
        "scoring/cycles/interviews": {**part, "held_on": day, "note": "n"},
        "scoring/cycles/interviews/confirmed": {**part, "revision": 1},
        "scoring/cycles/plans": {**part, "actions": [{"id": mine["action_id"], "text": "t", "due_on": day}]},
        "scoring/cycles/plans/ticked": {**part, "action_id": mine["action_id"]},
    }  # fmt: skip


def query(rule: str, mine: dict[str, str]) -> str:
    """What is asked of a path that reads cycles."""
    found = {
        "/scoring/cycles/board": f"?cycle_id={mine['cycle_id']}", "/scoring/cycles/part": f"?part_id={mine['part_id']}",
        "/scoring/cycles/parts": f"?person_id={mine['person_id']}",
    }  # fmt: skip
    return found.get(rule.removeprefix("/api/v1"), "")
