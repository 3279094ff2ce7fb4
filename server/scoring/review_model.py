"""Reviews of raters and metrics as they were frozen, and how often one is made."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Permission
from server.kernel.db import Base, id_column
from server.kernel.scope import only_with


class ScoreReview(Base):
    """The review of some whole months. `text`: canonical JSON of contract.score_quality.ReviewText, with ids and no names;
    `digest`: its SHA-256. Migration 0037 lets none be changed."""

    __tablename__ = "score_review"
    __table_args__ = (
        sa.UniqueConstraint("from_month", "to_month"),
        sa.CheckConstraint("to_month >= from_month", name="ends_after_start"),
    )
    id: Mapped[str] = id_column()
    from_month: Mapped[str] = mapped_column(sa.String(7))
    to_month: Mapped[str] = mapped_column(sa.String(7))
    text: Mapped[str] = mapped_column(sa.Text)
    digest: Mapped[str] = mapped_column(sa.String(64))
    flagged: Mapped[int]
    metrics: Mapped[int]
    made_at: Mapped[datetime]


class ReviewRule(Base):
    """How often a review is made. One row; without it each quarter."""

    __tablename__ = "score_review_rule"
    __table_args__ = (sa.CheckConstraint("rhythm in ('quarter','half')", name="rhythm_known"),)
    id: Mapped[str] = id_column()
    rhythm: Mapped[str] = mapped_column(sa.String(7))
    reason: Mapped[str] = mapped_column(sa.String(500))
    set_at: Mapped[datetime]


only_with(ScoreReview, Permission.READ_QUALITY, Permission.MANAGE_SCORING)
only_with(ReviewRule, Permission.READ_QUALITY, Permission.MANAGE_SCORING)
