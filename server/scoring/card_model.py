"""Score cards, what was said over them later, and months that open and close.

A card is kept as it was given, and each later word over it (a correction, a withdrawal, a reply, an appeal and its answer) is a
fact of its own: migration 0034 lets none be changed. `marks` is what counts of a card now and follows from both.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import within

OWN, READ, GIVE = Permission.OWN_SCORES, Permission.READ_SCORES, Permission.GIVE_SCORES
MANAGE = Permission.MANAGE_SCORING


class ScoreCard(Base):
    """What one rater said of one person's work of a day. `given`, `comment`: as it was said; `marks`: as it counts now, empty
    once withdrawn; both [{metric, value, points, comment}]. `at`: when it was said, by the time that counts; `facts`: how many
    later words there are. `day` of a self-assessment: the day it was said."""

    __tablename__ = "score_card"
    __table_args__ = (
        sa.CheckConstraint("rater in ('manager','second','self','hq')", name="rater_known"),
        sa.CheckConstraint("(rater = 'self') = (rater_id = person_id)", name="self_is_oneself"),
        sa.CheckConstraint("facts >= 0", name="facts_counted"),
        sa.Index("ix_score_card_month", "month", "person_id", "store_id"),
        sa.Index("ix_score_card_person", "person_id", "at"),
        sa.Index("ix_score_card_store", "store_id", "at"),
        sa.Index("ix_score_card_rater", "rater_id", "at"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    day: Mapped[date]
    month: Mapped[str] = mapped_column(sa.String(7))
    rater: Mapped[str] = mapped_column(sa.String(10))
    rater_id: Mapped[str] = ref("person.id")
    given: Mapped[list[Any]]
    comment: Mapped[str] = mapped_column(sa.Text)
    photos: Mapped[list[Any]]
    at: Mapped[datetime]
    arrived_at: Mapped[datetime]
    op_id: Mapped[str] = mapped_column(Uuid)
    # what follows from later words
    marks: Mapped[list[Any]]
    withdrawn: Mapped[bool]
    facts: Mapped[int]


class ScorePhoto(Base):
    """A photo that a card names, by the SHA-256 of what the device sends (none once it is forgotten). The card keeps the names as
    they were signed; these rows say who may send a photo, and who may open it."""

    __tablename__ = "score_photo"
    __table_args__ = (sa.UniqueConstraint("card_id", "photo"),)
    id: Mapped[str] = id_column()
    card_id: Mapped[str] = ref("score_card.id")
    person_id: Mapped[str] = ref("person.id", index=True)
    store_id: Mapped[str] = ref("store.id")
    by_id: Mapped[str] = ref("person.id")
    device_id: Mapped[str | None] = mapped_column(Uuid)
    photo: Mapped[str | None] = mapped_column(sa.String(64), index=True)


class ScoreFact(Base):
    """A later word over a card, or over a month report. `before`, `comment_before`: what counted until a correction. `answers`:
    the appeal that an answer is to."""

    __tablename__ = "score_fact"
    __table_args__ = (
        sa.CheckConstraint("kind in ('corrected','withdrawn','replied','appealed','answered')", name="kind_known"),
        sa.CheckConstraint("(card_id is null) <> (report_id is null)", name="over_one_thing"),
        sa.CheckConstraint("(kind = 'answered') = (answers is not null)", name="answers_an_appeal"),
        sa.CheckConstraint("(kind = 'answered') = (upheld is not null)", name="answer_decides"),
        sa.UniqueConstraint("answers"),
        sa.Index("ix_score_fact_card", "card_id", "number"),
        sa.Index("ix_score_fact_report", "report_id", "at"),
        sa.Index("ix_score_fact_open", "kind", "at"),
    )
    id: Mapped[str] = id_column()
    card_id: Mapped[str | None] = ref("score_card.id")
    report_id: Mapped[str | None] = mapped_column(Uuid)
    number: Mapped[int]
    kind: Mapped[str] = mapped_column(sa.String(10))
    person_id: Mapped[str] = ref("person.id", index=True)
    store_id: Mapped[str] = ref("store.id")
    by_id: Mapped[str] = ref("person.id")
    at: Mapped[datetime]
    arrived_at: Mapped[datetime]
    text: Mapped[str] = mapped_column(sa.Text)
    marks: Mapped[list[Any]]
    comment: Mapped[str] = mapped_column(sa.Text)
    before: Mapped[list[Any]] = mapped_column("before_marks", sa.JSON)
    comment_before: Mapped[str] = mapped_column(sa.Text)
    answers: Mapped[str | None] = mapped_column(Uuid)
    upheld: Mapped[bool | None]
    op_id: Mapped[str] = mapped_column(Uuid)


class ScorePeriod(Base):
    """Until when a month can be scored: `closes_at` is the first moment it no longer can, the end of `closes_on` by the company's
    calendar."""

    __tablename__ = "score_period"
    __table_args__ = (sa.CheckConstraint("state in ('open','closed')", name="state_known"),)
    id: Mapped[str] = id_column()
    month: Mapped[str] = mapped_column(sa.String(7), unique=True)
    closes_on: Mapped[date]
    closes_at: Mapped[datetime]
    state: Mapped[str] = mapped_column(sa.String(6))
    reason: Mapped[str] = mapped_column(sa.String(500))
    set_at: Mapped[datetime]


def _all(actor: Actor) -> bool:
    return actor.has_everywhere(READ) or actor.device_id is not None


def _nobody(actor: Actor, row: Any) -> bool:
    return False  # written with the system's reach: who may was judged by the operation


def _scores_of(model: Any) -> None:
    """One's own, and those of the stores one reads scores of: a store keeps what was said there, and gets nothing of others."""

    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        if _all(actor):
            return None
        mine = [model.person_id == actor.person_id] if actor.person_id is not None and actor.may(OWN) else []
        return sa.or_(within(model.store_id, actor.stores_for(READ)), *mine)

    def covers(actor: Actor, row: Any) -> bool:
        if _all(actor) or row.store_id in actor.stores_for(READ):
            return True
        return actor.person_id is not None and row.person_id == actor.person_id and actor.may(OWN)

    scoped(model, visible=visible, covers=covers, writes=_nobody)


_scores_of(ScoreCard)
_scores_of(ScorePhoto)
_scores_of(ScoreFact)
open_to_all(ScorePeriod, because="until when a month is scored must be known to whoever is scored")

# on the phone of whom it concerns, and at the desk of its store; not with the person's rows, which a next store's tablet holds
synced(ScoreCard, "score_card", lambda row: [f"private:{row.person_id}", f"desk:{row.store_id}"])
synced(ScorePeriod, "score_period", lambda row: ["company"])
