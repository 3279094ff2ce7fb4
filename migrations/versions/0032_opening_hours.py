"""When stores are open: by weekday from a day on, and on single days otherwise.

Revision 0032, after 0031.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0032"
down_revision = "0031"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    """Nobody has said anything yet: every store counts as always open, as before."""
    op.create_table(
        "opening_week",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("week", sa.JSON(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_opening_week_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_week")),
        sa.UniqueConstraint("store_id", "from_day", name=op.f("uq_opening_week_store_id_from_day")),
    )
    op.create_index(op.f("ix_opening_week_store_id"), "opening_week", ["store_id"])
    op.create_table(
        "opening_day",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("hours", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(120), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_opening_day_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_opening_day")),
        sa.UniqueConstraint("store_id", "day", name=op.f("uq_opening_day_store_id_day")),
    )
    op.create_index(op.f("ix_opening_day_store_id"), "opening_day", ["store_id"])


def downgrade() -> None:
    """Back to 0031."""
    op.drop_table("opening_day")
    op.drop_table("opening_week")
