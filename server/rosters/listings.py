"""What lists of skills, of who has them, of terms and of profiles show: as far as the reader sees them."""

from __future__ import annotations

from typing import Any, cast

import msgspec
import sqlalchemy as sa

from contract.roster_people import (
    ProfileRow,
    Profiles,
    ProfileUseRow,
    SkillGrantQuery,
    SkillGrantRow,
    SkillGrants,
    SkillRow,
    Skills,
    TermsPage,
    TermsRow,
)
from contract.rostering.shapes import RuleSetting
from server.kernel.actors import Actor
from server.kernel.db import ScopedSession, table_of
from server.kernel.fields import FieldView
from server.kernel.paging import page_of
from server.org.model import UnitVersion
from server.org.queries import reader_day
from server.people.model import Person
from server.people.readers import views_of
from server.postings.model import Posting
from server.rosters.desk import must_be_day
from server.rosters.people_model import ProfileUse, RosterProfile, RosterTerms, Skill, SkillGrant

_grant = table_of(SkillGrant)
_RULES = list[RuleSetting]


def skills(session: ScopedSession) -> Skills:
    """All skills, with how many of those the reader may see have each today."""
    today = reader_day(session)
    counts = sa.select(SkillGrant.skill, sa.func.count(SkillGrant.person_id.distinct())).where(
        SkillGrant.from_day <= today, sa.or_(SkillGrant.to_day.is_(None), SkillGrant.to_day >= today),
        sa.or_(SkillGrant.withdrawn_from.is_(None), SkillGrant.withdrawn_from > today),
    )  # fmt: skip
    have = {row[0]: int(row[1]) for row in session.execute(counts.group_by(SkillGrant.skill))}
    return Skills(
        items=[
            SkillRow(
                id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, needs_certificate=row.needs_certificate,
                people=have.get(row.code, 0),
            )
            for row in session.scalars(sa.select(Skill).order_by(Skill.code))
        ]
    )  # fmt: skip


def grants(session: ScopedSession, asked: SkillGrantQuery) -> SkillGrants:
    """Who has which skill, by person; what ends first of a person's stands first."""
    found = (
        sa.select(SkillGrant, Person.name, Skill.name_zh, Skill.name_en)
        .join(Person, Person.id == SkillGrant.person_id)
        .join(Skill, Skill.code == SkillGrant.skill)
    )
    if asked.person_id is not None:
        found = found.where(SkillGrant.person_id == asked.person_id)
    if asked.skill is not None:
        found = found.where(SkillGrant.skill == asked.skill)
    if asked.store_id is not None:
        today = reader_day(session)
        here = sa.select(Posting.person_id).where(
            Posting.store_id == asked.store_id, Posting.starts_on <= today,
            sa.or_(Posting.ends_on.is_(None), Posting.ends_on > today),
        )  # fmt: skip
        found = found.where(SkillGrant.person_id.in_(here))
    if asked.ends_by is not None:
        found = found.where(SkillGrant.to_day <= must_be_day(asked.ends_by, "ends_by"), SkillGrant.withdrawn_from.is_(None))
    keys = [Person.name_key, SkillGrant.person_id, SkillGrant.from_day, SkillGrant.id]
    rows, following = page_of(session, found, keys, limit=asked.limit, cursor=asked.cursor)
    return SkillGrants(items=[_grant_row(*row[:4]) for row in rows], next_cursor=following)


def _grant_row(row: SkillGrant, name: str, name_zh: str, name_en: str) -> SkillGrantRow:
    return SkillGrantRow(
        id=row.id, person_id=row.person_id, name=name, skill=row.skill, name_zh=name_zh, name_en=name_en, level=row.level,
        from_day=row.from_day.isoformat(), to_day=row.to_day.isoformat() if row.to_day is not None else None,
        certificate=row.certificate,
        withdrawn_from=row.withdrawn_from.isoformat() if row.withdrawn_from is not None else None, reason=row.reason,
    )  # fmt: skip


def terms(session: ScopedSession, person_id: str) -> TermsPage:
    """The terms of somebody. The wage only to whoever may read pay, the day of birth only to whoever may read that."""
    found = sa.select(RosterTerms).where(RosterTerms.person_id == person_id).order_by(RosterTerms.from_day.desc())
    rows = session.scalars(found).all()
    if not rows:
        return TermsPage(items=[])
    actor: Actor = session.info["actor"]
    view = views_of(session, actor, [person_id])[person_id]
    return TermsPage(items=[_terms_row(row, view) for row in rows])


def _terms_row(row: Any, view: FieldView) -> TermsRow:
    return TermsRow(
        id=row.id, person_id=row.person_id, from_day=row.from_day.isoformat(), system=row.system, day_max_min=row.day_max_min,
        week_min_min=row.week_min_min, week_max_min=row.week_max_min, protect=row.protect,
        wage_cents_hour=row.wage_cents_hour if view.reads("pay") else None,
        born_on=row.born_on.isoformat() if row.born_on is not None and view.reads("birth") else None,
    )  # fmt: skip


def profiles(session: ScopedSession) -> Profiles:
    """All profiles with their versions, the latest first; and where which counts."""
    rows = session.scalars(sa.select(RosterProfile).order_by(RosterProfile.code, RosterProfile.from_day.desc()))
    items = [
        ProfileRow(
            id=row.id, code=row.code, name_zh=row.name_zh, name_en=row.name_en, from_day=row.from_day.isoformat(),
            rules=msgspec.convert(row.rules, _RULES), reason=row.reason,
        )
        for row in rows
    ]  # fmt: skip
    uses = session.scalars(sa.select(ProfileUse).order_by(ProfileUse.from_day.desc(), ProfileUse.said_at.desc())).all()
    units = [use.unit_id for use in uses if use.unit_id is not None]
    versions = sa.select(UnitVersion.unit_id, UnitVersion.name).where(UnitVersion.unit_id.in_(units))
    names = {row[0]: row[1] for row in session.execute(versions.order_by(UnitVersion.from_day))}
    return Profiles(
        items=items,
        uses=[
            ProfileUseRow(
                id=use.id, unit_id=use.unit_id, name=names.get(cast(str, use.unit_id), ""), profile=use.profile,
                from_day=use.from_day.isoformat(),
            )
            for use in uses
        ],
    )  # fmt: skip
