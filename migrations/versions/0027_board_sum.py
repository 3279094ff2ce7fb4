"""What all lines of the today board come to, in one row; and silent tablets are found by an index.

Revision 0027, after 0026.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0027"
down_revision = "0026"
branch_labels = None
depends_on = None

_NUMBERS = (
    "stores", "staffed", "present", "late", "early", "left", "not_due", "not_in_yet", "absent", "on_leave", "off", "unknown",
    "visitors", "to_review",
)  # fmt: skip


def upgrade() -> None:
    """Without a mark the worker counts everything anew, and fills the row."""
    op.create_table(
        "board_sum",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _NUMBERS),
        sa.CheckConstraint("id = 1", name=op.f("ck_board_sum_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_sum")),
    )
    op.create_index(op.f("ix_board_count_seen_at"), "board_count", ["seen_at"])
    op.execute("DELETE FROM board_mark")


def downgrade() -> None:
    """Back to 0026, where the mark of rows made by other rules is not believed."""
    op.drop_index(op.f("ix_board_count_seen_at"), table_name="board_count")
    op.drop_table("board_sum")
    op.execute("DELETE FROM board_mark")
