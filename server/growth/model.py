"""Indicators and their values, rules that recommend, paths with who follows them, wishes and promotions; and what follows of it.

`recommendation` and `career` are computed of the rest and can be made again (recommending.py, standing.py).
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from contract.moments import COMPANY_ZONE, business_date
from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref, table_of
from server.kernel.feed import synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import just, within
from server.learning import model as _learning
from server.org.queries import at_home_in
from server.people.model import PersonStore

assert _learning  # its tables are pointed at


class Indicator(Base):
    """Something that is measured. Its code stays."""

    __tablename__ = "indicator"
    __table_args__ = (sa.CheckConstraint("better in ('higher','lower')", name="better_known"),)
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    unit: Mapped[str] = mapped_column(sa.String(20))
    better: Mapped[str] = mapped_column(sa.String(6))


class IndicatorValue(Base):
    """A value of a person (then `store_id` is where it was measured, if said) or of a store, over days, both included. `value` is
    the exact decimal as text. The id follows from indicator, whom and days: the same said again is replaced."""

    __tablename__ = "indicator_value"
    __table_args__ = (
        sa.CheckConstraint("person_id is not null or store_id is not null", name="of_somebody"),
        sa.CheckConstraint("to_day >= from_day", name="ends_after_start"),
        sa.CheckConstraint("n is null or n >= 0", name="cases_counted"),
        sa.Index("ix_indicator_value_person", "person_id", "indicator_id", "to_day"),
        sa.Index("ix_indicator_value_store", "store_id", "indicator_id", "to_day"),
        sa.Index("ix_indicator_value_newest", "indicator_id", "to_day", "id"),
    )
    id: Mapped[str] = id_column()
    indicator_id: Mapped[str] = ref("indicator.id")
    person_id: Mapped[str | None] = ref("person.id")
    store_id: Mapped[str | None] = ref("store.id")
    from_day: Mapped[date]
    to_day: Mapped[date]
    value: Mapped[str] = mapped_column(sa.String(20))
    n: Mapped[int | None]
    source: Mapped[str] = mapped_column(sa.String(120))
    batch_id: Mapped[str] = mapped_column(sa.Uuid(as_uuid=False))
    said_at: Mapped[datetime]


class RecommendationRule(Base):
    """A rule that recommends a course. `when`: contract.growth.RuleWhen."""

    __tablename__ = "recommendation_rule"
    __table_args__ = (sa.CheckConstraint("kind in ('post','indicator','quiz','tickets')", name="kind_known"),)
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    kind: Mapped[str] = mapped_column(sa.String(10))
    when: Mapped[dict[str, Any]] = mapped_column("condition", sa.JSON)
    course_id: Mapped[str] = ref("course.id", index=True)
    why_zh: Mapped[str] = mapped_column(sa.String(120))
    why_en: Mapped[str] = mapped_column(sa.String(120))
    active: Mapped[bool]


class Recommendation(Base):
    """What a rule recommends to somebody now, in words. It is there as long as the rule holds and the course is not passed."""

    __tablename__ = "recommendation"
    __table_args__ = (sa.UniqueConstraint("rule_id", "person_id"),)
    id: Mapped[str] = id_column()
    rule_id: Mapped[str] = ref("recommendation_rule.id")
    person_id: Mapped[str] = ref("person.id", index=True)
    course_id: Mapped[str] = ref("course.id", index=True)
    why_zh: Mapped[str] = mapped_column(sa.String(500))
    why_en: Mapped[str] = mapped_column(sa.String(500))
    since: Mapped[datetime]


class CareerPath(Base):
    """A career path as it is now. `stages`: a list of contract.growth.PathStage. What it was is in the history of changes."""

    __tablename__ = "career_path"
    id: Mapped[str] = id_column()
    code: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    target_post_id: Mapped[str | None] = ref("post.id")
    stages: Mapped[list[Any]]
    reason: Mapped[str] = mapped_column(sa.String(500))


class PathMember(Base):
    """Somebody follows a path from a day on, up to `until`, the first day they do not. One at a time."""

    __tablename__ = "path_member"
    __table_args__ = (
        sa.CheckConstraint("until is null or until >= from_day", name="ends_after_start"),
        sa.CheckConstraint("(until is null) = (reason is null)", name="left_with_reason"),
        sa.Index(
            "uq_path_member_open", "person_id", unique=True,
            sqlite_where=sa.text("until is null"), postgresql_where=sa.text("until is null"),
        ),
        sa.Index("ix_path_member_person", "person_id", "from_day"),
        sa.Index("ix_path_member_path", "path_id"),
    )  # fmt: skip
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    path_id: Mapped[str] = ref("career_path.id")
    from_day: Mapped[date]
    until: Mapped[date | None]
    reason: Mapped[str | None] = mapped_column(sa.String(500))


class CareerWish(Base):
    """What somebody said they would like to become, each word of it; the newest by `said_at`, then id, counts."""

    __tablename__ = "career_wish"
    __table_args__ = (
        sa.CheckConstraint("wish in ('promotion','other_post','other_store','stay')", name="wish_known"),
        sa.Index("ix_career_wish_person", "person_id", "said_at"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    wish: Mapped[str] = mapped_column(sa.String(12))
    path_id: Mapped[str | None] = ref("career_path.id")
    note: Mapped[str] = mapped_column(sa.String(1000))
    said_at: Mapped[datetime]


class Promotion(Base):
    """Somebody was promoted. `missing_*`: what of their path was not met when it was written down."""

    __tablename__ = "promotion"
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    path_id: Mapped[str] = ref("career_path.id")
    from_day: Mapped[date]
    reason: Mapped[str] = mapped_column(sa.String(500))
    missing_zh: Mapped[list[Any]]
    missing_en: Mapped[list[Any]]
    recorded_at: Mapped[datetime]


class Career(Base):
    """Where somebody stands, and their newest wish: `body` is a contract.growth.CareerRow, the columns are what lists ask for."""

    __tablename__ = "career"
    __table_args__ = (sa.Index("ix_career_wished", "wished_ms", "person_id"),)
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", unique=True)
    path_id: Mapped[str | None] = ref("career_path.id", index=True)
    month: Mapped[int]
    missing: Mapped[int]
    wish: Mapped[str | None] = mapped_column(sa.String(12))
    wish_path_id: Mapped[str | None] = ref("career_path.id")
    wished_ms: Mapped[int] = mapped_column(sa.BigInteger)
    body: Mapped[str] = mapped_column(sa.Text)


def people_read(actor: Actor) -> list[sa.Select[Any]]:
    """Whose growth the actor reads: their own; of those at home in a unit of theirs today, and of guests of a store of theirs who
    are there or still to come. Who has gone on to another store is that store's concern."""
    units = actor.stores_for(Permission.READ_TRAINING)
    stays = table_of(PersonStore).c
    day = business_date(actor.now, COMPANY_ZONE, day_turns_at_min=0) if actor.now is not None else date.max
    here = stays.until_at.is_(None) if actor.now is None else sa.or_(stays.until_at.is_(None), stays.until_at > actor.now)
    guests = sa.select(stays.person_id).where(within(stays.store_id, units), here)
    own = [just(actor.person_id)] if actor.person_id is not None and actor.may(Permission.READ_SELF) else []
    return [guests, at_home_in(units, day), *own]


def _everything(actor: Actor) -> bool:
    return actor.has_everywhere(Permission.READ_TRAINING) or actor.device_id is not None


def _reached(actor: Actor, row: Any) -> bool:
    session = sa.inspect(row).session
    if session is None:
        return False
    asked = (found.where(found.selected_columns[0] == row.person_id).limit(1) for found in people_read(actor))
    return any(session.connection().execute(one).first() is not None for one in asked)


def _of_person(model: Any, *, own_device: bool = False) -> None:
    """Rows of one person. HR writes them; of their own wish people themselves, as their devices say it."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if _everything(actor):
            return None
        first, *others = (question.correlate(None) for question in people_read(actor))
        return model.person_id.in_(first.union_all(*others))  # type: ignore[no-any-return]

    def writes(actor: Actor, row: Any) -> bool:
        own = own_device and row.person_id == actor.person_id and actor.may(Permission.LEARN)
        return own or actor.has_everywhere(Permission.MANAGE_TRAINING)

    scoped(model, visible=visible, covers=lambda actor, row: _everything(actor) or _reached(actor, row), writes=writes)


def _values_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    if _everything(actor):
        return None
    first, *others = (question.correlate(None) for question in people_read(actor))
    of_stores = sa.and_(
        IndicatorValue.person_id.is_(None), within(IndicatorValue.store_id, actor.stores_for(Permission.READ_TRAINING))
    )
    return sa.or_(IndicatorValue.person_id.in_(first.union_all(*others)), of_stores)


def _value_covers(actor: Actor, row: IndicatorValue) -> bool:
    if _everything(actor):
        return True
    if row.person_id is None:
        return row.store_id in actor.stores_for(Permission.READ_TRAINING)
    return _reached(actor, row)


def _manages(actor: Actor, _row: Any) -> bool:
    return actor.has_everywhere(Permission.MANAGE_TRAINING)


scoped(IndicatorValue, visible=_values_visible, covers=_value_covers, writes=_manages)
for _model in (Recommendation, PathMember, Promotion, Career):
    _of_person(_model)
_of_person(CareerWish, own_device=True)
open_to_all(Indicator, because="what people are measured by must be known to whoever is measured")
open_to_all(RecommendationRule, because="why a course is recommended is said to whomever it is recommended")
open_to_all(CareerPath, because="which paths there are, and what they ask for, hangs in the staff room")

synced(Recommendation, "recommendation", lambda row: [f"person:{row.person_id}"])
synced(Career, "career", lambda row: [f"person:{row.person_id}"])
synced(CareerPath, "career_path", lambda row: ["company"])
