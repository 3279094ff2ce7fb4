"""What the today board needs at hand: states written down ahead of time, and what is to be made anew.

Revision 0015, after 0014.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What the today board needs at hand. It is empty: the worker makes it, and until then boards are counted without."""
    op.create_table(
        "board_row",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("home_unit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("day_starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("day_ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("needs0", sa.DateTime(timezone=True), nullable=True),
        sa.Column("word0", sa.SmallInteger(), nullable=False),
        sa.Column("from1", sa.DateTime(timezone=True), nullable=True),
        sa.Column("word1", sa.SmallInteger(), nullable=True),
        sa.Column("from2", sa.DateTime(timezone=True), nullable=True),
        sa.Column("word2", sa.SmallInteger(), nullable=True),
        sa.Column("from3", sa.DateTime(timezone=True), nullable=True),
        sa.Column("word3", sa.SmallInteger(), nullable=True),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("asks_from", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_board_row_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_board_row_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_row")),
        sa.UniqueConstraint("person_id", "store_id", name=op.f("uq_board_row_person_id_store_id")),
    )
    op.create_index("ix_board_row_store_id", "board_row", ["store_id"], unique=False)
    op.create_index("ix_board_row_until", "board_row", ["until"], unique=False)
    op.create_index("ix_board_row_asks_from", "board_row", ["asks_from"], unique=False)
    op.create_table(
        "board_count",
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("until", sa.DateTime(timezone=True), nullable=False),
        sa.Column("counts", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_board_count_store_id_store")),
        sa.PrimaryKeyConstraint("store_id", name=op.f("pk_board_count")),
    )
    op.create_table(
        "board_change",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_change")),
    )
    op.create_table(
        "board_mark",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_board_mark_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_mark")),
    )


def downgrade() -> None:
    """Back to 0014."""
    op.drop_table("board_mark")
    op.drop_table("board_change")
    op.drop_table("board_count")
    op.drop_table("board_row")
