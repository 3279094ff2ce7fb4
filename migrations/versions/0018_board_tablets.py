"""A store of the today board is one line: all its counts, the devices asked, and its tablets' last word beside it.

Revision 0018, after 0017.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0018"
down_revision = "0017"
branch_labels = None
depends_on = None

_NUMBERS = (
    "present", "late", "early", "left", "not_due", "not_in_yet", "absent", "on_leave", "off", "unknown", "visitors", "to_review",
)  # fmt: skip


def upgrade() -> None:
    """What was counted before is thrown away: without a mark the worker makes everything, boards are computed until then."""
    op.drop_table("board_count")
    op.create_table(
        "board_count",
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _NUMBERS),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_board_count_store_id_store")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_board_count")),
    )
    op.create_index(
        "ix_board_row_home_unit_id", "board_row", ["home_unit_id"],
        postgresql_where=sa.text("home_unit_id IS NOT NULL"), sqlite_where=sa.text("home_unit_id IS NOT NULL"),
    )  # fmt: skip
    op.add_column("board_change", sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=True))
    _mark("kept_at")


def downgrade() -> None:
    """Back to 0017: everything is made anew there too."""
    _mark("made_at")
    op.execute("DELETE FROM board_change")
    op.drop_column("board_change", "store_id")
    op.drop_index("ix_board_row_home_unit_id", table_name="board_row")
    op.drop_table("board_count")
    op.create_table(
        "board_count",
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_board_count_store_id_store")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_board_count")),
    )


def _mark(moment: str) -> None:
    op.drop_table("board_mark")
    op.create_table(
        "board_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column(moment, sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_board_mark_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_mark")),
    )
