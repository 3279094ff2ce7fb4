"""Skills and who has them, and what somebody's contract says for rosters."""

from __future__ import annotations

import sqlalchemy as sa

from contract.roster_people import DefineSkill, GrantSkill, SetTerms, WithdrawSkill
from server.kernel.actors import Permission
from server.kernel.events import tell
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.org.rules import tidy
from server.people.model import Person
from server.rosters.desk import must_be_day
from server.rosters.events import KitChanged, WorkerFactsChanged
from server.rosters.people_model import RosterTerms, Skill, SkillGrant


@handles(DefineSkill, needs=Permission.MANAGE_SKILLS)
def define_skill(work: Work, op: DefineSkill) -> None:
    """A skill there is from now on; said again under its code it gets other names."""
    names = tidy(op.name_zh), tidy(op.name_en)
    if not all(names):
        raise Problem("wire.missing", field="name_zh")
    known = work.session.scalars(sa.select(Skill).where(Skill.code == op.code)).one_or_none()
    if known is None:
        if work.session.get(Skill, op.skill_id) is not None:
            raise Problem("operation.already_exists", field="skill_id", id=op.skill_id)
        known = work.add(Skill(id=op.skill_id, code=op.code))
    known.name_zh, known.name_en = names
    known.needs_certificate = op.needs_certificate
    tell(work, KitChanged())


@handles(GrantSkill, needs=Permission.MANAGE_SKILLS)
def grant_skill(work: Work, op: GrantSkill) -> None:
    """Somebody is qualified from a day on. A skill that needs a certificate is granted with its number."""
    from_day = must_be_day(op.from_day, "from_day")
    to_day = must_be_day(op.to_day, "to_day") if op.to_day is not None else None
    if to_day is not None and to_day < from_day:
        raise Problem("rosters.days_backwards", field="to_day")
    work.find(Person, op.person_id, "people.unknown", field="person_id", id=op.person_id)
    skill = work.session.scalars(sa.select(Skill).where(Skill.code == op.skill)).one_or_none()
    if skill is None:
        raise Problem("rosters.skill_unknown", field="skill", skill=op.skill)
    if skill.needs_certificate and not (op.certificate or "").strip():
        raise Problem("rosters.certificate_needed", field="certificate", skill=op.skill)
    if work.session.get(SkillGrant, op.grant_id) is not None:
        raise Problem("operation.already_exists", field="grant_id", id=op.grant_id)
    work.add(
        SkillGrant(
            id=op.grant_id, person_id=op.person_id, skill=op.skill, level=op.level, from_day=from_day, to_day=to_day,
            certificate=op.certificate, withdrawn_from=None, reason=None,
        )
    )  # fmt: skip
    tell(work, WorkerFactsChanged(frozenset({op.person_id})))


@handles(WithdrawSkill, needs=Permission.MANAGE_SKILLS)
def withdraw_skill(work: Work, op: WithdrawSkill) -> None:
    """From a day on somebody is no longer qualified. Shifts that need it show it; they stay until they are mended."""
    grant: SkillGrant = work.find(SkillGrant, op.grant_id, "rosters.grant_unknown", field="grant_id", id=op.grant_id)
    if grant.withdrawn_from is not None:
        raise Problem("rosters.already_withdrawn", field="grant_id")
    grant.withdrawn_from, grant.reason = must_be_day(op.from_day, "from_day"), op.reason
    tell(work, WorkerFactsChanged(frozenset({grant.person_id})))


@handles(SetTerms, needs=Permission.MANAGE_SKILLS)
def set_terms(work: Work, op: SetTerms) -> None:
    """What somebody's contract says from a day on. Said again for the same day it is that."""
    from_day = must_be_day(op.from_day, "from_day")
    born_on = must_be_day(op.born_on, "born_on") if op.born_on is not None else None
    work.find(Person, op.person_id, "people.unknown", field="person_id", id=op.person_id)
    if op.week_min_min is not None and op.week_max_min is not None and op.week_min_min > op.week_max_min:
        raise Problem("rosters.terms_backwards", field="week_min_min")
    asked = sa.select(RosterTerms).where(RosterTerms.person_id == op.person_id, RosterTerms.from_day == from_day)
    terms = work.session.scalars(asked).one_or_none()
    if terms is None:
        if work.session.get(RosterTerms, op.terms_id) is not None:
            raise Problem("operation.already_exists", field="terms_id", id=op.terms_id)
        terms = work.add(RosterTerms(id=op.terms_id, person_id=op.person_id, from_day=from_day))
    terms.system, terms.day_max_min, terms.protect = op.system, op.day_max_min, sorted(set(op.protect))
    terms.week_min_min, terms.week_max_min = op.week_min_min, op.week_max_min
    terms.wage_cents_hour, terms.born_on = op.wage_cents_hour, born_on
    tell(work, WorkerFactsChanged(frozenset({op.person_id})))
