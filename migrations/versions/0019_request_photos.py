"""Photos handed in with a request.

Revision 0019, after 0018.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0019"
down_revision = "0018"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Which photos belong to which request, by their hash."""
    op.create_table(
        "request_photo",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("photo", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_photo_request_id_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_photo")),
        sa.UniqueConstraint("request_id", "photo", name=op.f("uq_request_photo_request_id_photo")),
    )
    op.create_index(op.f("ix_request_photo_request_id"), "request_photo", ["request_id"], unique=False)
    op.create_index(op.f("ix_request_photo_photo"), "request_photo", ["photo"], unique=False)


def downgrade() -> None:
    op.drop_table("request_photo")
