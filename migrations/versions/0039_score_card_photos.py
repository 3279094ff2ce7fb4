"""Photos on score cards.

Revision 0039, after 0038.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0039"
down_revision = "0038"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)


def upgrade() -> None:
    """Which photos belong to which card, by their hash."""
    op.create_table(
        "score_photo",
        sa.Column("id", _ID, nullable=False),
        sa.Column("card_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("device_id", _ID, nullable=True),
        sa.Column("photo", sa.String(length=64), nullable=True),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_score_photo_by_id_person")),
        sa.ForeignKeyConstraint(["card_id"], ["score_card.id"], name=op.f("fk_score_photo_card_id_score_card")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_score_photo_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_score_photo_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_photo")),
        sa.UniqueConstraint("card_id", "photo", name=op.f("uq_score_photo_card_id_photo")),
    )
    op.create_index(op.f("ix_score_photo_person_id"), "score_photo", ["person_id"])
    op.create_index(op.f("ix_score_photo_photo"), "score_photo", ["photo"])


def downgrade() -> None:
    """Back to 0038."""
    op.drop_table("score_photo")
