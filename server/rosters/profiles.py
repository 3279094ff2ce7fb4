"""Profiles: sets of rules as data, in versions from a day on, and whose rosters they judge."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa

from contract.ids import derived_id
from contract.roster_people import AssignProfile, DefineProfile
from contract.rostering.presets import PRESETS
from contract.rostering.rules import wrong_settings
from contract.wire import plain
from server.kernel.actors import Actor, Permission
from server.kernel.db import Database
from server.kernel.events import tell
from server.kernel.perform import Work, handles, perform, reading
from server.kernel.problems import Problem
from server.org.model import OrgUnit
from server.org.queries import company_day
from server.org.rules import tidy
from server.rosters.desk import must_be_day
from server.rosters.events import ProfilesChanged
from server.rosters.people_model import ProfileUse, RosterProfile

_FROM = "2000-01-01"


@handles(DefineProfile, needs=Permission.MANAGE_RULES)
def define_profile(work: Work, op: DefineProfile) -> None:
    """A set of rules, or its next version. Refused with the first setting that cannot be meant. Until its first day is over a
    version can be said again."""
    from_day = must_be_day(op.from_day, "from_day")
    wrong = wrong_settings(op.rules)
    if wrong:
        raise Problem(wrong[0].code, field=f"rules.{wrong[0].field}", **wrong[0].facts)
    there = work.session.scalars(
        sa.select(RosterProfile).where(RosterProfile.code == op.code, RosterProfile.from_day == from_day)
    ).one_or_none()
    is_past = there is not None and from_day < company_day(work.now)
    if work.session.get(RosterProfile, op.profile_id) is not None or is_past:
        raise Problem("operation.already_exists", field="from_day", id=op.code)
    if there is None:
        there = work.add(RosterProfile(id=op.profile_id, code=op.code, from_day=from_day))
    there.name_zh, there.name_en = tidy(op.name_zh), tidy(op.name_en)
    if not there.name_zh or not there.name_en:
        raise Problem("wire.missing", field="name_zh")
    there.rules, there.reason = plain(op.rules), op.reason
    tell(work, ProfilesChanged())


@handles(AssignProfile, needs=Permission.MANAGE_RULES)
def assign_profile(work: Work, op: AssignProfile) -> None:
    """Whose rosters a profile judges from a day on."""
    from_day = must_be_day(op.from_day, "from_day")
    if op.unit_id is not None:
        work.find(OrgUnit, op.unit_id, "org.unit_unknown", field="unit_id", id=op.unit_id)
    if work.session.scalars(sa.select(RosterProfile.id).where(RosterProfile.code == op.profile).limit(1)).first() is None:
        raise Problem("rosters.profile_unknown", field="profile", profile=op.profile)
    if work.session.get(ProfileUse, op.assignment_id) is not None:
        raise Problem("operation.already_exists", field="assignment_id", id=op.assignment_id)
    work.add(
        ProfileUse(id=op.assignment_id, unit_id=op.unit_id, profile=op.profile, from_day=from_day, said_at=work.now)
    )  # fmt: skip
    tell(work, ProfilesChanged())


def ensure(db: Database, now: datetime, secret: bytes) -> None:
    """The sets of rules a company begins with, and Chinese law for everybody: made where they are not there yet."""
    with reading(db, Actor.system()) as session:
        known = set(session.scalars(sa.select(RosterProfile.code)))
        used = session.execute(sa.select(ProfileUse.id).limit(1)).first() is not None
    operations: list[tuple[str, DefineProfile | AssignProfile]] = [
        (
            derived_id("preset", "roster_profile", code),
            DefineProfile(
                profile_id=derived_id("roster_profile", code, _FROM), code=code, name_zh=profile.name_zh, name_en=profile.name_en,
                from_day=_FROM, rules=profile.rules, reason="preset",
            ),
        )
        for code, profile in PRESETS.items()
        if code not in known
    ]  # fmt: skip
    if not used:
        begins = AssignProfile(assignment_id=derived_id("roster_profile_use", "company"), profile="cn-2025", from_day=_FROM)
        operations.append((derived_id("preset", "roster_profile_use"), begins))
    for op_id, operation in operations:
        outcome = perform(db, Actor.system(), operation, op_id=op_id, now=now, secret=secret)
        if outcome.status == "rejected" and outcome.code != "operation.already_exists":
            raise RuntimeError(f"{operation}: {outcome.code}")
