"""Cycles with goals, interviews and plans.

Revision 0036, after 0035.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_BY = ("goals_by", "goals_manager", "talk_by", "talk_manager")


def upgrade() -> None:
    """The tables."""
    op.create_table(
        "score_cycle",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("from_month", sa.String(length=7), nullable=False),
        sa.Column("to_month", sa.String(length=7), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("stores", sa.JSON(), nullable=False),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("opened_by", _ID, nullable=True),
        sa.Column("moved_because", sa.String(length=500), nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("closed_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint("to_month >= from_month", name=op.f("ck_score_cycle_ends_after_start")),
        sa.CheckConstraint("(closed_at is null) = (closed_because is null)", name=op.f("ck_score_cycle_closed_with_reason")),
        sa.ForeignKeyConstraint(["opened_by"], ["person.id"], name=op.f("fk_score_cycle_opened_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_cycle")),
    )
    op.create_table(
        "score_cycle_part",
        sa.Column("id", _ID, nullable=False),
        sa.Column("cycle_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("since", _MOMENT, nullable=False),
        sa.Column("takes_part", sa.Boolean(), nullable=False),
        sa.Column("goals_revision", sa.Integer(), nullable=False),
        sa.Column("goals", sa.JSON(), nullable=False),
        sa.Column("goals_at", _MOMENT, nullable=True),
        sa.Column("goals_by", _ID, nullable=True),
        sa.Column("goals_agreed_person", _MOMENT, nullable=True),
        sa.Column("goals_agreed_manager", _MOMENT, nullable=True),
        sa.Column("goals_manager", _ID, nullable=True),
        sa.Column("tracks", sa.JSON(), nullable=False),
        sa.Column("talk_revision", sa.Integer(), nullable=False),
        sa.Column("talk_on", sa.String(length=10), nullable=False),
        sa.Column("talk_note", sa.Text(), nullable=False),
        sa.Column("talk_at", _MOMENT, nullable=True),
        sa.Column("talk_by", _ID, nullable=True),
        sa.Column("talk_confirmed_person", _MOMENT, nullable=True),
        sa.Column("talk_confirmed_manager", _MOMENT, nullable=True),
        sa.Column("talk_manager", _ID, nullable=True),
        sa.Column("plan", sa.JSON(), nullable=False),
        sa.Column("scored", sa.JSON(), nullable=False),
        sa.Column("by_hq", sa.JSON(), nullable=False),
        sa.Column("assessed", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "talk_confirmed_person is null or talk_revision > 0", name=op.f("ck_score_cycle_part_own_word_of_a_note")
        ),
        sa.CheckConstraint(
            "talk_confirmed_manager is null or talk_revision > 0", name=op.f("ck_score_cycle_part_managers_word_of_a_note")
        ),
        sa.ForeignKeyConstraint(["cycle_id"], ["score_cycle.id"], name=op.f("fk_score_cycle_part_cycle_id_score_cycle")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_score_cycle_part_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_score_cycle_part_store_id_store")),
        *(sa.ForeignKeyConstraint([by], ["person.id"], name=op.f(f"fk_score_cycle_part_{by}_person")) for by in _BY),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_cycle_part")),
        sa.UniqueConstraint("cycle_id", "person_id", name=op.f("uq_score_cycle_part_cycle_id_person_id")),
    )
    op.create_index("ix_score_cycle_part_store", "score_cycle_part", ["store_id", "cycle_id"], unique=False)
    op.create_index("ix_score_cycle_part_person", "score_cycle_part", ["person_id"], unique=False)


def downgrade() -> None:
    """Back to 0035."""
    for table in ("score_cycle_part", "score_cycle"):
        op.drop_table(table)
