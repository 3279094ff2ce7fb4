"""The log of files of indicator values, with what their columns were taken to mean.

Revision 0040, after 0039.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0040"
down_revision = "0039"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    """A row for each run."""
    op.create_table(
        "value_import",
        sa.Column("id", _ID, nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("file", sa.String(length=120), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("source", sa.String(length=120), nullable=False),
        sa.Column("headings", sa.String(length=64), nullable=False),
        sa.Column("columns", sa.JSON(), nullable=False),
        sa.Column("lines", sa.Integer(), nullable=False),
        sa.Column("left_out", sa.Integer(), nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.CheckConstraint("fresh >= 0 and changed >= 0 and same >= 0", name=op.f("ck_value_import_counted")),
        sa.CheckConstraint("left_out between 0 and lines", name=op.f("ck_value_import_left_out_of_lines")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_value_import_by_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_value_import")),
    )
    op.create_index(op.f("ix_value_import_taken_at"), "value_import", ["taken_at"])
    op.create_index(op.f("ix_value_import_headings"), "value_import", ["headings", "taken_at"])


def downgrade() -> None:
    """Back to 0039."""
    op.drop_table("value_import")
