"""The days that are derived from punches, duties, leave and rules.

Revision 0011, after 0010.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None

AMOUNTS = (
    "due_min", "presence_min", "worked_min", "regular_min", "overtime_normal_min", "overtime_weekend_min",
    "overtime_holiday_min", "not_counted_min", "break_min", "late_min", "early_min", "missing_min", "forgiven_min",
    "rounded_min", "leave_min", "night_min", "on_call_min",
)  # fmt: skip


def upgrade() -> None:
    """The days that are derived from punches, duties, leave and rules."""
    op.create_table(
        "work_day",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("state", sa.String(length=12), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in AMOUNTS),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("computed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in ('present','late','early','absent','leave','not_due','off','unknown','unplanned')",
            name=op.f("ck_work_day_state_known"),
        ),
        sa.CheckConstraint(
            "worked_min = regular_min + overtime_normal_min + overtime_weekend_min + overtime_holiday_min",
            name=op.f("ck_work_day_worked_in_classes"),
        ),
        sa.CheckConstraint(
            "presence_min + rounded_min = worked_min + not_counted_min", name=op.f("ck_work_day_presence_conserved")
        ),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_work_day_revision_counts_up")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_work_day_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_work_day_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_day")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_work_day_person_id_day")),
    )
    op.create_index("ix_work_day_store_day", "work_day", ["store_id", "day"], unique=False)
    op.create_index("ix_work_day_day_state", "work_day", ["day", "state"], unique=False)
    op.create_table(
        "dirty_day",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_dirty_day_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_dirty_day")),
    )
    op.create_index("ix_dirty_day_due", "dirty_day", ["due_at"], unique=False)
    op.create_index("ix_dirty_day_person", "dirty_day", ["person_id"], unique=False)
    op.create_table(
        "late_change",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("worked_before", sa.Integer(), nullable=False),
        sa.Column("worked_after", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_late_change_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_late_change_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_late_change")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_late_change_person_id_day")),
    )
    # days that were worked before there were any are computed once the server runs
    is_postgres = op.get_bind().dialect.name == "postgresql"
    long_due = "timestamptz '2000-01-01 00:00:00+00'" if is_postgres else "'2000-01-01 00:00:00.000000'"
    op.execute(
        f"INSERT INTO dirty_day (person_id, day, due_at) SELECT DISTINCT person_id, business_date, {long_due} FROM punch"  # noqa: S608
    )


def downgrade() -> None:
    """Back to 0010."""
    op.drop_table("late_change")
    op.drop_index("ix_dirty_day_person", table_name="dirty_day")
    op.drop_index("ix_dirty_day_due", table_name="dirty_day")
    op.drop_table("dirty_day")
    op.drop_index("ix_work_day_day_state", table_name="work_day")
    op.drop_index("ix_work_day_store_day", table_name="work_day")
    op.drop_table("work_day")
