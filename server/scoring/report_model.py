"""Month reports: one of a person and a store, in revisions that never change; and the log of the runs that made them.

The database refuses to change a revision (migration 0035); only an erasure empties a text, its digest stays.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import synced
from server.kernel.scope import only_with, scoped
from server.kernel.sets import within

OWN, READ = Permission.OWN_SCORES, Permission.READ_SCORES
HUNDREDTHS = 100


class ScoreReport(Base):
    """The report of a person's month at a store. `revision`, `digest`, `hundredths` (of the composite, null without one) are the
    newest revision's; `known` of its `measured` lines have a figure. `scheme_id`: the scheme that counted."""

    __tablename__ = "score_report"
    __table_args__ = (
        sa.UniqueConstraint("person_id", "store_id", "month"),
        sa.CheckConstraint("revision >= 1", name="revision_counts_up"),
        sa.CheckConstraint("hundredths is null or (hundredths between 0 and 10000)", name="composite_in_bounds"),
        sa.CheckConstraint("known between 0 and measured", name="known_of_measured"),
        sa.CheckConstraint("(hundredths is null) = (why <> '')", name="says_why_not"),
        sa.Index("ix_score_report_month", "month", "store_id"),
        sa.Index("ix_score_report_store", "store_id", "month"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id")
    store_id: Mapped[str] = ref("store.id")
    month: Mapped[str] = mapped_column(sa.String(7))
    revision: Mapped[int]
    digest: Mapped[str] = mapped_column(sa.String(64))
    scheme_id: Mapped[str | None] = ref("scheme.id", index=True)
    scheme_zh: Mapped[str] = mapped_column(sa.String(120))
    scheme_en: Mapped[str] = mapped_column(sa.String(120))
    hundredths: Mapped[int | None]
    why: Mapped[str] = mapped_column(sa.String(20))
    known: Mapped[int]
    measured: Mapped[int]
    made_at: Mapped[datetime]


class ScoreReportRevision(Base):
    """A revision word for word: canonical JSON of contract.score_reports.ReportText; null once it was erased. `differences`:
    contract.scoring.ReportDifference each, against the one before."""

    __tablename__ = "score_report_revision"
    __table_args__ = (
        sa.UniqueConstraint("report_id", "revision"),
        sa.CheckConstraint("revision >= 1 and (revision = 1) = (previous is null)", name="names_the_one_before"),
        sa.CheckConstraint("because in ('','late','appeal') and (revision = 1) = (because = '')", name="says_why"),
        sa.Index("ix_score_report_revision_code", "code"),
    )
    id: Mapped[str] = id_column()
    report_id: Mapped[str] = ref("score_report.id")
    person_id: Mapped[str] = ref("person.id", index=True)
    store_id: Mapped[str] = ref("store.id")
    revision: Mapped[int]
    previous: Mapped[str | None] = mapped_column(sa.String(64))
    digest: Mapped[str] = mapped_column(sa.String(64))
    code: Mapped[str] = mapped_column(sa.String(14))
    because: Mapped[str] = mapped_column(sa.String(10))
    differences: Mapped[list[Any]]
    text: Mapped[str | None] = mapped_column(sa.Text)
    made_at: Mapped[datetime]


class ScoreRun(Base):
    """The system looked at a month: what it recorded of one source, or made of reports."""

    __tablename__ = "score_run"
    __table_args__ = (
        sa.CheckConstraint("kind in ('attendance','training','tickets','reports')", name="kind_known"),
        sa.CheckConstraint("fresh >= 0 and changed >= 0 and same >= 0", name="counted"),
        sa.Index("ix_score_run_at", "ran_at"),
    )
    id: Mapped[str] = id_column()
    month: Mapped[str] = mapped_column(sa.String(7))
    kind: Mapped[str] = mapped_column(sa.String(10))
    ran_at: Mapped[datetime]
    fresh: Mapped[int]
    changed: Mapped[int]
    same: Mapped[int]


def _all(actor: Actor) -> bool:
    return actor.has_everywhere(READ) or actor.device_id is not None


def _nobody(actor: Actor, row: Any) -> bool:
    return False  # only the system makes reports


def _reports_of(model: Any) -> None:
    """One's own, and those of the stores one reads scores of: a store keeps its own and gets nothing of others."""

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


_reports_of(ScoreReport)
_reports_of(ScoreReportRevision)
only_with(ScoreRun, Permission.READ_SCORES, Permission.MANAGE_SCORING)

# on the phone of whom it concerns, and at the desk of its store; a next store's tablet gets nothing of it
synced(ScoreReport, "score_report", lambda row: [f"private:{row.person_id}", f"desk:{row.store_id}"])
