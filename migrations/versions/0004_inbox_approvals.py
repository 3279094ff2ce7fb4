"""The inbox, flows, requests and their steps.

Revision 0004, after 0003.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_OPEN = sa.text("done_at is null")


def upgrade() -> None:
    """The inbox, flows, requests and their steps."""
    _inbox()


def _inbox() -> None:
    op.create_table(
        "inbox_item",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("trigger", sa.String(length=20), nullable=False),
        sa.Column("receiver_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("born_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('to_do','notice')", name=op.f("ck_inbox_item_kind_known")),
        sa.ForeignKeyConstraint(["receiver_id"], ["person.id"], name=op.f("fk_inbox_item_receiver_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_item")),
    )
    op.create_index("ix_inbox_item_receiver", "inbox_item", ["receiver_id", "born_at"], unique=False)
    op.create_index(
        "ix_inbox_item_open", "inbox_item", ["receiver_id"], unique=False, sqlite_where=_OPEN, postgresql_where=_OPEN
    )
    op.create_index(op.f("ix_inbox_item_about_id"), "inbox_item", ["about_id"], unique=False)


def downgrade() -> None:
    """Back to 0003."""
    op.drop_table("inbox_item")
