"""What employees say to HQ: voices, answers, themes.

Revision 0033, after 0032.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0033"
down_revision = "0032"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """The tables."""
    op.create_table(
        "voice_theme",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("words", sa.JSON(), nullable=False),
        sa.Column("retired_because", sa.String(length=500), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_theme")),
        sa.UniqueConstraint("code", name=op.f("uq_voice_theme_code")),
    )
    op.create_table(
        "voice",
        sa.Column("id", _ID, nullable=False),
        sa.Column("answer_key", sa.String(length=64), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("anonymous", sa.Boolean(), nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("said_at", _MOMENT, nullable=True),
        sa.Column("shown_from", sa.Date(), nullable=False),
        sa.Column("drawn", sa.BigInteger(), nullable=False),
        sa.Column("themes", sa.JSON(), nullable=False),
        sa.Column("sorted_by", _ID, nullable=True),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.CheckConstraint("anonymous = (person_id is null)", name=op.f("ck_voice_no_name_without_leave")),
        sa.CheckConstraint("anonymous = (said_at is null)", name=op.f("ck_voice_no_moment_without_leave")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_voice_person_id_person")),
        sa.ForeignKeyConstraint(["sorted_by"], ["person.id"], name=op.f("fk_voice_sorted_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice")),
        sa.UniqueConstraint("answer_key", name=op.f("uq_voice_answer_key")),
    )
    op.create_index("ix_voice_month", "voice", ["month", "drawn"], unique=False)
    op.create_index("ix_voice_person", "voice", ["person_id"], unique=False)
    op.create_index("ix_voice_unit", "voice", ["unit_id", "month"], unique=False)
    op.create_table(
        "voice_answer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("voice_id", _ID, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_voice_answer_by_id_person")),
        sa.ForeignKeyConstraint(["voice_id"], ["voice.id"], name=op.f("fk_voice_answer_voice_id_voice")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_voice_answer")),
    )
    op.create_index("ix_voice_answer_voice", "voice_answer", ["voice_id"], unique=False)


def downgrade() -> None:
    """Back to 0032."""
    for table in ("voice_answer", "voice", "voice_theme"):
        op.drop_table(table)
