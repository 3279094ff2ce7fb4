"""Performance cycles over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.cycle_views import CycleAsk, CycleBoard, CyclePartAsk, CyclePartQuery, CycleParts, CyclePersonView, Cycles
from contract.cycles import (
    AgreeGoals,
    CloseCycle,
    ConfirmInterview,
    MoveCycle,
    OpenCycle,
    RecordInterview,
    SetGoals,
    SetPlan,
    TickPlan,
    TrackGoal,
)
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import outpost, reads, writes
from server.scoring import cycle_queries, cycles

blueprint = Blueprint("cycles", __name__, url_prefix="/api/v1", description="Performance cycles: goals, interviews, plans")
assert cycles  # importing it registers the handlers
OWN, READ, MANAGE = Permission.OWN_SCORES, Permission.READ_SCORES, Permission.MANAGE_SCORING

writes(
    blueprint,
    {
        "/scoring/cycles": (OpenCycle, MANAGE),
        "/scoring/cycles/days": (MoveCycle, MANAGE),
        "/scoring/cycles/closed": (CloseCycle, MANAGE),
        "/scoring/cycles/goals": (SetGoals, OWN),
        "/scoring/cycles/goals/agreed": (AgreeGoals, OWN),
        "/scoring/cycles/goals/tracked": (TrackGoal, OWN),
        "/scoring/cycles/interviews": (RecordInterview, OWN),
        "/scoring/cycles/interviews/confirmed": (ConfirmInterview, OWN),
        "/scoring/cycles/plans": (SetPlan, OWN),
        "/scoring/cycles/plans/ticked": (TickPlan, OWN),
    },
)


@reads(blueprint, "/scoring/cycles", needs=OWN, answers=Cycles)
def all_cycles(session: ScopedSession) -> Cycles:
    """All cycles with the days of their stages."""
    return cycle_queries.cycles(session)


@reads(blueprint, "/scoring/cycles/board", needs=READ, answers=CycleBoard, asks=CycleAsk)
def cycle_board(session: ScopedSession, asked: CycleAsk) -> CycleBoard:
    """A cycle's stages by store, and what is overdue by store and person."""
    return cycle_queries.board(session, asked.cycle_id, outpost().clock())


@reads(blueprint, "/scoring/cycles/parts", needs=OWN, answers=CycleParts, asks=CyclePartQuery)
def cycle_parts(session: ScopedSession, asked: CyclePartQuery) -> CycleParts:
    """Somebody's parts in cycles; without a person one's own."""
    own = session.info["actor"].person_id
    return cycle_queries.parts_of(session, asked.person_id or own) if asked.person_id or own else CycleParts(items=[])


@reads(blueprint, "/scoring/cycles/part", needs=OWN, answers=CyclePersonView, asks=CyclePartAsk)
def cycle_part(session: ScopedSession, asked: CyclePartAsk) -> CyclePersonView:
    """Somebody's part in a cycle with its goals, marks side by side, interview and plan."""
    return cycle_queries.part(session, asked.part_id, outpost().clock())
