"""Rosters over HTTP."""

from __future__ import annotations

from flask_smorest import Blueprint

from contract.roster_demand import CopyDemand, DefineDemand, DefineDemandRule, NoteFigures
from contract.roster_people import AssignProfile, DefineProfile, DefineSkill, GrantSkill, SetTerms, WithdrawSkill
from contract.roster_views import Grid, GridQuery
from contract.rosters import ConfirmShifts, CopyDays, DiscardDraft, FillByPattern, Publish, RemoveShift, SetShift
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import reads, writes
from server.rosters import grid as grids
from server.rosters import service

blueprint = Blueprint("rosters", __name__, url_prefix="/api/v1", description="Rosters: cells, publishing, demand, skills, rules")
assert service  # importing it registers the handlers
PLAN, READ = Permission.PLAN_SHIFTS, Permission.READ_SHIFTS

writes(
    blueprint,
    {
        "/rosters/shifts": (SetShift, PLAN),
        "/rosters/shifts/removed": (RemoveShift, PLAN),
        "/rosters/copies": (CopyDays, PLAN),
        "/rosters/fills": (FillByPattern, PLAN),
        "/rosters/discards": (DiscardDraft, PLAN),
        "/rosters/publications": (Publish, PLAN),
        "/rosters/confirmations": (ConfirmShifts, Permission.OWN_SHIFTS),
        "/rosters/demand": (DefineDemand, PLAN),
        "/rosters/demand/copies": (CopyDemand, PLAN),
        "/rosters/demand/rules": (DefineDemandRule, PLAN),
        "/rosters/demand/figures": (NoteFigures, PLAN),
        "/rosters/skills": (DefineSkill, Permission.MANAGE_SKILLS),
        "/rosters/skills/grants": (GrantSkill, Permission.MANAGE_SKILLS),
        "/rosters/skills/grants/withdrawn": (WithdrawSkill, Permission.MANAGE_SKILLS),
        "/rosters/terms": (SetTerms, Permission.MANAGE_SKILLS),
        "/rosters/profiles": (DefineProfile, Permission.MANAGE_RULES),
        "/rosters/profiles/uses": (AssignProfile, Permission.MANAGE_RULES),
    },
)


@reads(blueprint, "/rosters/grid", needs=READ, answers=Grid, asks=GridQuery)
def grid(session: ScopedSession, asked: GridQuery) -> Grid:
    """A store's roster: people, days, cells, and what the rules and the demand say of it."""
    return grids.grid(session, asked)
