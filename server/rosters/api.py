"""Rosters over HTTP."""

from __future__ import annotations

from flask import Response
from flask_smorest import Blueprint

from contract.roster_demand import CopyDemand, DefineDemand, DefineDemandRule, DemandAnswer, DemandQuery, NoteFigures
from contract.roster_people import (
    AssignProfile,
    DefineProfile,
    DefineSkill,
    GrantSkill,
    Profiles,
    SetTerms,
    SkillGrantQuery,
    SkillGrants,
    Skills,
    TermsPage,
    TermsQuery,
    WithdrawSkill,
)
from contract.roster_views import (
    Across,
    AcrossQuery,
    Coverage,
    CoverageQuery,
    Fairness,
    FairnessQuery,
    Grid,
    GridQuery,
    PersonLine,
    PersonLineQuery,
    RosterExportQuery,
    WeekendRest,
    WeekendRestQuery,
)
from contract.rosters import (
    CheckAnswer,
    CheckChange,
    ConfirmShifts,
    CopyDays,
    DiscardDraft,
    FillByPattern,
    Publish,
    RemoveShift,
    SetShift,
)
from server.archive.looks import note_look
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.http import actor, answer, declare, document_refusals, outpost, reads, writes
from server.kernel.perform import reading
from server.kernel.schemas import schema_of
from server.rosters import cells, listings, service
from server.rosters import coverage as covers
from server.rosters import fairness as fair
from server.rosters import grid as grids
from server.rosters.exports import file_of

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


@reads(blueprint, "/rosters/coverage", needs=READ, answers=Coverage, asks=CoverageQuery)
def coverage(session: ScopedSession, asked: CoverageQuery) -> Coverage:
    """A store's demand against its plan, by stretches of the day."""
    return covers.coverage(session, asked)


@reads(blueprint, "/rosters/across", needs=READ, answers=Across, asks=AcrossQuery)
def across(session: ScopedSession, asked: AcrossQuery) -> Across:
    """Stores side by side: what is needed, planned, lacking, day by day."""
    return covers.across(session, asked)


@reads(blueprint, "/rosters/fairness", needs=READ, answers=Fairness, asks=FairnessQuery)
def fairness(session: ScopedSession, asked: FairnessQuery) -> Fairness:
    """Who carried what in eight weeks."""
    return fair.fairness(session, asked)


@reads(blueprint, "/rosters/weekend-rest", needs=READ, answers=WeekendRest, asks=WeekendRestQuery)
def weekend_rest(session: ScopedSession, asked: WeekendRestQuery) -> WeekendRest:
    """Who has no free weekend in four weeks, by name."""
    return fair.weekend_rest(session, asked)


@reads(blueprint, "/rosters/person", needs=Permission.READ_SELF, answers=PersonLine, asks=PersonLineQuery)
def person(session: ScopedSession, asked: PersonLineQuery) -> PersonLine:
    """Somebody's published shifts, and what the rules say of them."""
    return fair.person_line(session, asked)


@reads(blueprint, "/rosters/demand", needs=READ, answers=DemandAnswer, asks=DemandQuery)
def demand(session: ScopedSession, asked: DemandQuery) -> DemandAnswer:
    """What a store needs, day by day, and what says so."""
    return covers.demand(session, asked)


@reads(blueprint, "/rosters/skills", needs=Permission.READ_SELF, answers=Skills)
def skills(session: ScopedSession) -> Skills:
    """The skills there are."""
    return listings.skills(session)


@reads(blueprint, "/rosters/skills/grants", needs=Permission.READ_SELF, answers=SkillGrants, asks=SkillGrantQuery)
def grants(session: ScopedSession, asked: SkillGrantQuery) -> SkillGrants:
    """Who has which skill: oneself, and those whose shifts one may see."""
    return listings.grants(session, asked)


@reads(blueprint, "/rosters/terms", needs=Permission.READ_SELF, answers=TermsPage, asks=TermsQuery)
def terms(session: ScopedSession, asked: TermsQuery) -> TermsPage:
    """What somebody's contract says for rosters: oneself, and those whose shifts one may see."""
    return listings.terms(session, asked.person_id)


@reads(blueprint, "/rosters/profiles", needs=Permission.READ_SELF, answers=Profiles)
def profiles(session: ScopedSession) -> Profiles:
    """The rules of rosters, with all versions, and where which counts."""
    return listings.profiles(session)


declare("POST", "/api/v1/rosters/check", PLAN)


@blueprint.route("/rosters/check", methods=["POST"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(summary="What a change of a shift would mean", security=[{"bearer": []}])
@blueprint.arguments(schema_of(CheckChange), location="json")
@blueprint.response(200, schema_of(CheckAnswer))
def checked(asked: CheckChange) -> Response:
    """What the rules would say of a change. It is judged and shown; nothing is kept."""
    who = actor().at(outpost().clock())
    who.must(PLAN)
    with reading(outpost().db, who) as session:
        return answer(cells.check_change(session, who, asked))


declare("GET", "/api/v1/rosters/exports", Permission.EXPORT)


@blueprint.route("/rosters/exports", methods=["GET"])
@lambda view: document_refusals(blueprint, view)
@blueprint.doc(summary="A store's roster as a file", security=[{"bearer": []}])
@blueprint.arguments(schema_of(RosterExportQuery, from_text=True), location="query")
@blueprint.response(200, {"type": "string", "format": "binary"}, content_type="text/csv")
def exported(asked: RosterExportQuery) -> Response:
    """A line for each shift, as the desk has it. That this reader took it along is written down before it leaves."""
    who = actor().at(outpost().clock())
    who.must(READ)
    who.must(Permission.EXPORT)
    with reading(outpost().db, who) as session:
        body, media, people = file_of(session, asked)
    note_look(outpost(), who, "export", people)
    response = Response(body, mimetype=media)
    name = f"roster-{asked.from_day}-{asked.to_day}.{asked.format}"
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response
