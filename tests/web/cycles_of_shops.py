"""Shops in a performance cycle: some have goals and are done with them, some are overdue, one has had the interview."""

from __future__ import annotations

from datetime import timedelta

import sqlalchemy as sa

from contract.cycles import (
    STAGES,
    AgreeGoals,
    ConfirmInterview,
    Goal,
    OpenCycle,
    PlanAction,
    RecordInterview,
    SetGoals,
    SetPlan,
    StageDays,
    TickPlan,
    TrackGoal,
)
from contract.ids import new_id
from contract.wire import Wire
from server.kernel.actors import Actor
from server.kernel.perform import perform, reading
from server.scoring.cycle_model import Cycle, CyclePart
from tests.web.company_of_shops import SHOPS, Shops

AROUND = ((-20, -8), (-7, 2), (-2, 3), (-1, 5), (0, 9))  # first and last day of each stage, from today on
TEXTS = (("准时开档，零迟到", 80), ("客诉率降到 2% 以下", 55))


def in_a_cycle(shops: Shops) -> dict[str, str]:
    """The pages of a cycle; made when first wanted."""
    company = shops.company
    with reading(company.db, Actor.system()) as session:
        cycle_id = session.scalars(sa.select(Cycle.id)).first()
    if cycle_id is None:
        cycle_id = _made(shops)
    with reading(company.db, Actor.system()) as session:
        asked = sa.select(CyclePart.id).where(CyclePart.cycle_id == cycle_id, CyclePart.talk_revision > 0)
        part = session.scalars(asked).one()
    shop = company.stores[SHOPS[0][0]]
    return {
        "cycles": "/console/cycles", "cycle": f"/console/cycles/{cycle_id}", "cycle-part": f"/console/cycles/parts/{part}",
        "cycle-store": f"/console/cycles/{cycle_id}?store={shop}",
    }  # fmt: skip


def _made(shops: Shops) -> str:
    company, today = shops.company, shops.company.today()
    boss = Actor.person(company.people["周总管"], new_id(), [("admin", None)])

    def does(operation: Wire, who: Actor = boss) -> None:
        done = perform(company.db, who, operation, op_id=new_id(), now=company.now(), secret=company.settings.secret)
        assert done.status == "applied", done

    cycle_id, month = new_id(), today.isoformat()[:7]
    stages = [
        StageDays(stage=stage, from_day=(today + timedelta(days=a)).isoformat(), until=(today + timedelta(days=b)).isoformat())
        for stage, (a, b) in zip(STAGES, AROUND, strict=True)
    ]
    does(OpenCycle(
        cycle_id=cycle_id, name_zh="第二季度考核", name_en="Second quarter", from_month=f"{month[:4]}-04", to_month=month,
        stages=stages,
    ))  # fmt: skip
    with reading(company.db, Actor.system()) as session:
        here = sa.select(CyclePart.id, CyclePart.person_id).where(CyclePart.store_id == company.stores[SHOPS[0][0]])
        parts = session.execute(here.order_by(CyclePart.person_id).limit(3)).all()
    for part_id, person_id in parts:
        who = Actor.person(person_id, new_id(), [("employee", None)])
        goals = [Goal(id=new_id(), text=text) for text, _ in TEXTS]
        does(SetGoals(part_id=part_id, revision=0, goals=goals))
        does(AgreeGoals(part_id=part_id, revision=1), who)
        for goal, (_, percent) in zip(goals, TEXTS, strict=True):
            does(TrackGoal(track_id=new_id(), part_id=part_id, goal_id=goal.id, percent=percent, note="本周有进步"), who)
    part_id, person_id = parts[0]
    who = Actor.person(person_id, new_id(), [("employee", None)])
    does(RecordInterview(part_id=part_id, held_on=today.isoformat(), note="优点：守时，带新人耐心。\n改进：高峰时段出品速度。"))
    does(ConfirmInterview(part_id=part_id, revision=1), who)
    actions = [
        PlanAction(id=new_id(), text="每周跟早班主管练习备料两次", due_on=(today + timedelta(days=21)).isoformat()),
        PlanAction(id=new_id(), text="复习产品知识", due_on=(today + timedelta(days=7)).isoformat()),
    ]
    does(SetPlan(part_id=part_id, actions=actions))
    does(TickPlan(part_id=part_id, action_id=actions[1].id), who)
    return cycle_id
