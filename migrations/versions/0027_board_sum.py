"""What all lines of the today board come to, in one row; and lines are found by what HQ looks for first.

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
_FOUND_BY = ("until", "late", "absent", "unknown", "to_review", "seen_at")


def upgrade() -> None:
    """Without a mark the worker counts everything anew, and fills the row."""
    op.create_table(
        "board_sum",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in _NUMBERS),
        sa.CheckConstraint("id = 1", name=op.f("ck_board_sum_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_board_sum")),
    )
    for name in _FOUND_BY:
        op.create_index(op.f(f"ix_board_count_{name}"), "board_count", [name])
    op.execute("DELETE FROM board_mark")


def downgrade() -> None:
    """Back to 0026, where the mark of rows made by other rules is not believed."""
    for name in _FOUND_BY:
        op.drop_index(op.f(f"ix_board_count_{name}"), table_name="board_count")
    op.drop_table("board_sum")
    op.execute("DELETE FROM board_mark")
