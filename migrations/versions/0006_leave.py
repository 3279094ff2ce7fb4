"""Leave kinds, balances and granted leave.

Revision 0006, after 0005. That two leaves of one person never share a minute is an exclusion constraint on PostgreSQL and
triggers on SQLite.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

OVERLAP = """
CREATE TRIGGER leave_no_overlap_{when} BEFORE {event} ON "leave"
WHEN EXISTS (
    SELECT 1 FROM "leave" AS other
    WHERE other.person_id = NEW.person_id AND other.id <> NEW.id
      AND other.starts_min < NEW.ends_min AND NEW.starts_min < other.ends_min
      AND other.starts_min < other.ends_min AND NEW.starts_min < NEW.ends_min
)
BEGIN SELECT RAISE(ABORT, 'leaves of one person overlap'); END
"""


def upgrade() -> None:
    op.create_table(
        "leave_kind",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("paid", sa.Boolean(), nullable=False),
        sa.Column("accrual", sa.String(length=12), nullable=False),
        sa.Column("days_a_year", sa.Integer(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("carry_over_days", sa.Integer(), nullable=False),
        sa.Column("smallest_min", sa.Integer(), nullable=False),
        sa.Column("day_min", sa.Integer(), nullable=False),
        sa.Column("needs_document", sa.Boolean(), nullable=False),
        sa.Column("is_sensitive", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "accrual in ('none','yearly','monthly','by_service')", name=op.f("ck_leave_kind_accrual_known")
        ),
        sa.CheckConstraint("smallest_min > 0 and day_min > 0", name=op.f("ck_leave_kind_amounts_positive")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave_kind")),
        sa.UniqueConstraint("code", "from_day", name=op.f("uq_leave_kind_code_from_day")),
    )
    op.create_table(
        "leave",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=True),
        sa.Column("to_min", sa.Integer(), nullable=True),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("starts_min", sa.BigInteger(), nullable=False),
        sa.Column("ends_min", sa.BigInteger(), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("called_off_from", sa.Date(), nullable=True),
        sa.Column("called_off_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint("to_day >= from_day", name=op.f("ck_leave_ends_after_start")),
        sa.CheckConstraint("ends_min >= starts_min", name=op.f("ck_leave_minutes_in_order")),
        sa.CheckConstraint("from_min is null or from_min between 0 and 1439", name=op.f("ck_leave_from_min_in_day")),
        sa.CheckConstraint("to_min is null or to_min between 1 and 1440", name=op.f("ck_leave_to_min_in_day")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_leave_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave")),
        sa.UniqueConstraint("request_id", name=op.f("uq_leave_request_id")),
    )
    op.create_index("ix_leave_person_day", "leave", ["person_id", "from_day"], unique=False)
    op.create_index("ix_leave_days", "leave", ["to_day", "from_day"], unique=False)
    op.create_table(
        "leave_adjustment",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("on_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_leave_adjustment_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave_adjustment")),
    )
    op.create_index(op.f("ix_leave_adjustment_person_id"), "leave_adjustment", ["person_id"], unique=False)
    op.create_table(
        "leave_balance",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("year", sa.Integer(), nullable=False),
        sa.Column("accrued", sa.Integer(), nullable=False),
        sa.Column("carried", sa.Integer(), nullable=False),
        sa.Column("adjusted", sa.Integer(), nullable=False),
        sa.Column("taken", sa.Integer(), nullable=False),
        sa.Column("asked", sa.Integer(), nullable=False),
        sa.Column("as_of", sa.Date(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_leave_balance_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_leave_balance")),
        sa.UniqueConstraint("person_id", "kind", name=op.f("uq_leave_balance_person_id_kind")),
    )
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            'ALTER TABLE "leave" ADD CONSTRAINT ex_leave_no_overlap'
            " EXCLUDE USING gist (person_id WITH =, int8range(starts_min, ends_min) WITH &&)"
        )
    else:
        op.execute(OVERLAP.format(when="new", event="INSERT"))
        op.execute(OVERLAP.format(when="changed", event="UPDATE OF person_id, starts_min, ends_min"))


def downgrade() -> None:
    op.drop_table("leave_balance")
    op.drop_index(op.f("ix_leave_adjustment_person_id"), table_name="leave_adjustment")
    op.drop_table("leave_adjustment")
    op.drop_index("ix_leave_days", table_name="leave")
    op.drop_index("ix_leave_person_day", table_name="leave")
    op.drop_table("leave")
    op.drop_table("leave_kind")
