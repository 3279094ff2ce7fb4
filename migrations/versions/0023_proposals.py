"""Rosters that were computed: what was asked for, and how far the computing is.

Revision 0023, after 0022.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0023"
down_revision = "0022"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Two tables; nothing was asked for yet."""
    op.create_table(
        "roster_proposal",
        sa.Column("id", _ID, nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("store_ids", sa.JSON(), nullable=False),
        sa.Column("stores", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        sa.Column("seconds", sa.Integer(), nullable=False),
        sa.Column("seed", sa.Integer(), nullable=False),
        sa.Column("importance", sa.JSON(), nullable=False),
        sa.Column("keep", sa.String(10), nullable=False),
        sa.Column("asked", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("asked_by", _ID, nullable=True),
        sa.Column("asked_at", _AT, nullable=False),
        sa.Column("cancelled_at", _AT, nullable=True),
        sa.Column("taken_at", _AT, nullable=True),
        sa.Column("taken_by", _ID, nullable=True),
        sa.Column("taken", sa.JSON(none_as_null=True), nullable=True),
        sa.CheckConstraint("kind in ('roster','replan')", name=op.f("ck_roster_proposal_kind_known")),
        sa.CheckConstraint("keep in ('published','locked','all')", name=op.f("ck_roster_proposal_keep_known")),
        sa.CheckConstraint(
            "days between 1 and 42 and seconds between 1 and 900 and stores between 1 and 20",
            name=op.f("ck_roster_proposal_bounded"),
        ),
        sa.CheckConstraint("(taken_at is null) = (taken is null)", name=op.f("ck_roster_proposal_taken_with_figures")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_roster_proposal_store_id_store")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_roster_proposal_asked_by_person")),
        sa.ForeignKeyConstraint(["taken_by"], ["person.id"], name=op.f("fk_roster_proposal_taken_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_proposal")),
    )
    op.create_index("ix_roster_proposal_store_asked", "roster_proposal", ["store_id", "asked_at"])
    op.create_table(
        "roster_proposal_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("stores", sa.Integer(), nullable=False),
        sa.Column("asked_by", _ID, nullable=True),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("alive_until", _AT, nullable=True),
        sa.Column("started_at", _AT, nullable=True),
        sa.Column("ended_at", _AT, nullable=True),
        sa.Column("engine", sa.String(20), nullable=False),
        sa.Column("cpu_ms", sa.Integer(), nullable=False),
        sa.Column("best", sa.BigInteger(), nullable=True),
        sa.Column("bound", sa.BigInteger(), nullable=True),
        sa.Column("checked", sa.Boolean(), nullable=False),
        sa.Column("problem_hash", sa.String(64), nullable=False),
        sa.Column("code", sa.String(60), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("seen", sa.JSON(), nullable=False),
        sa.Column("progress", sa.JSON(), nullable=False),
        sa.Column("result", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "state in ('waiting','running','done','cancelled','failed','refused')",
            name=op.f("ck_roster_proposal_run_state_known"),
        ),
        sa.CheckConstraint(
            "(state in ('waiting','running')) = (ended_at is null)", name=op.f("ck_roster_proposal_run_ended_is_over")
        ),
        sa.ForeignKeyConstraint(["id"], ["roster_proposal.id"], name=op.f("fk_roster_proposal_run_id_roster_proposal")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_roster_proposal_run_store_id_store")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_roster_proposal_run_asked_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_proposal_run")),
    )
    op.create_index("ix_roster_proposal_run_state", "roster_proposal_run", ["state"])


def downgrade() -> None:
    """Back to 0022: proposals are forgotten; what was taken of them stays in the drafts."""
    op.drop_table("roster_proposal_run")
    op.drop_table("roster_proposal")
