"""What rosters know of people (skills, terms), the rules they are judged by (profiles), and what devices are handed of both."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import only_with, open_to_all, scoped
from server.kernel.sets import found_by, just
from server.org.queries import at_home_in
from server.people.model import guests_of


class Skill(Base):
    """Something a shift may need somebody for: a role, a certificate. Its code stays."""

    __tablename__ = "skill"
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    needs_certificate: Mapped[bool]


class SkillGrant(Base):
    """Somebody is qualified from a day on; `to_day` is the last day. Withdrawn: from that day on they are not."""

    __tablename__ = "skill_grant"
    __table_args__ = (
        sa.CheckConstraint("level between 1 and 5", name="level_known"),
        sa.CheckConstraint("to_day is null or to_day >= from_day", name="ends_after_start"),
        sa.CheckConstraint("(withdrawn_from is null) = (reason is null)", name="withdrawn_with_reason"),
        sa.Index("ix_skill_grant_person_skill", "person_id", "skill"),
        sa.Index("ix_skill_grant_to_day", "to_day"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    skill: Mapped[str] = mapped_column(sa.String(40))
    level: Mapped[int]
    from_day: Mapped[date]
    to_day: Mapped[date | None]
    certificate: Mapped[str | None] = mapped_column(sa.String(120))
    withdrawn_from: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(sa.String(500))


class RosterTerms(Base):
    """What somebody's contract says for rosters from a day on. Minutes null: as the profile has it. `wage_cents_hour` is pay,
    `born_on` is known of those under age only; who may read them the rules of fields say."""

    __tablename__ = "roster_terms"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "from_day"),
        sa.CheckConstraint("system in ('standard','comprehensive','flexible','part_time')", name="system_known"),
        sa.CheckConstraint("day_max_min is null or day_max_min between 1 and 1440", name="day_in_bounds"),
        sa.CheckConstraint(
            "week_min_min is null or week_max_min is null or week_min_min <= week_max_min", name="week_in_order"
        ),
        sa.CheckConstraint("wage_cents_hour is null or wage_cents_hour >= 0", name="wage_not_negative"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    from_day: Mapped[date]
    system: Mapped[str] = mapped_column(sa.String(15))
    day_max_min: Mapped[int | None]
    week_min_min: Mapped[int | None]
    week_max_min: Mapped[int | None]
    protect: Mapped[list[Any]]
    wage_cents_hour: Mapped[int | None]
    born_on: Mapped[date | None]


class RosterProfile(Base):
    """One version of a set of rules for rosters. `rules`: a list of the contract's RuleSetting."""

    __tablename__ = "roster_profile"
    __table_args__ = (sa.UniqueConstraint("code", "from_day"),)
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    rules: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(sa.String(500))


class ProfileUse(Base):
    """Whose rosters a profile judges from a day on, until the next for the same: a unit's, or (without one) the company's."""

    __tablename__ = "roster_profile_use"
    id: Mapped[str] = id_column()
    unit_id: Mapped[str | None] = ref("org_unit.id", index=True)
    profile: Mapped[str] = mapped_column(sa.String(40))
    from_day: Mapped[date]
    said_at: Mapped[datetime]


class RosterWorker(Base):
    """What devices judge one person's shifts by, made anew when a fact of it changes. `body`: a RosterWorkerRow;
    `desks`: the stores that may plan them in the weeks to come."""

    __tablename__ = "roster_worker"
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = mapped_column(Uuid, unique=True)
    desks: Mapped[list[Any]]
    body: Mapped[str] = mapped_column(sa.Text)


class StoreProfile(Base):
    """By which rules a store's rosters are judged, as devices read it: the versions that count one after the other."""

    __tablename__ = "roster_store_profile"
    id: Mapped[str] = id_column()  # the store's
    store_id: Mapped[str] = mapped_column(Uuid)
    body: Mapped[str] = mapped_column(sa.Text)


class RosterKit(Base):
    """Kinds of shifts and roles as desks offer them today. One row."""

    __tablename__ = "roster_kit"
    id: Mapped[str] = id_column()
    body: Mapped[str] = mapped_column(sa.Text)


def _known_to(actor: Actor) -> tuple[sa.Select[Any], ...]:
    """Oneself; who is, was or will be at home or posted where the actor reads shifts."""
    units = actor.stores_for(Permission.READ_SHIFTS)
    own = (just(actor.person_id),) if actor.person_id is not None and actor.may(Permission.READ_SELF) else ()
    return guests_of(units), at_home_in(units), *own


def _of_person(model: Any) -> None:
    """Rows of a person: themselves, whoever reads shifts where they are, and HQ."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
            return None
        return found_by(model.person_id, *_known_to(actor))

    def covers(actor: Actor, row: Any) -> bool:
        if actor.has_everywhere(Permission.READ_SHIFTS) or actor.device_id is not None:
            return True
        if row.person_id == actor.person_id and actor.may(Permission.READ_SELF):
            return True
        session = sa.inspect(row).session
        if session is None:
            return False
        guests, at_home, *_ = _known_to(actor)
        asked = (found.where(found.selected_columns[0] == row.person_id).limit(1) for found in (guests, at_home))
        return any(session.connection().execute(one).first() is not None for one in asked)

    scoped(model, visible=visible, covers=covers, writes=lambda actor, row: actor.has_everywhere(Permission.MANAGE_SKILLS))


_of_person(SkillGrant)
_of_person(RosterTerms)
open_to_all(Skill, because="which roles there are stands on the wall of every store")
open_to_all(RosterProfile, because="by which rules one's shifts are planned must be open to whoever works them")
open_to_all(ProfileUse, because="by which rules one's shifts are planned must be open to whoever works them")
for _derived in (RosterWorker, StoreProfile, RosterKit):
    only_with(_derived, Permission.READ_OPERATIONS, Permission.REPLAY_OPERATIONS)

synced(RosterWorker, "roster_worker", lambda row: [f"private:{row.person_id}", *(f"desk:{store}" for store in row.desks)])
synced(StoreProfile, "roster_profile", lambda row: [f"store:{row.store_id}", f"desk:{row.store_id}"])
synced(RosterKit, "roster_kit", lambda row: ["company"])
