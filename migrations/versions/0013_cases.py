"""Cases found in the punches, phone codes, and the extra proofs that are drawn.

Revision 0013, after 0012.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "case_file",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("subject", sa.String(length=80), nullable=False),
        sa.Column("period", sa.String(length=7), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("punch_ids", sa.JSON(), nullable=False),
        sa.Column("found_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("finding", sa.String(length=10), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.Column("closed_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("closed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint(
            "finding is null or finding in ('explained','misused','unclear')", name=op.f("ck_case_file_finding_known")
        ),
        sa.CheckConstraint(
            "kind in ('pairs','one_phone','same_coordinates','travel','code_relay')", name=op.f("ck_case_file_kind_known")
        ),
        sa.CheckConstraint("(finding is null) = (closed_at is null)", name=op.f("ck_case_file_closed_with_finding")),
        sa.CheckConstraint("(finding is null) = (reason is null)", name=op.f("ck_case_file_closed_with_reason")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_case_file_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_case_file_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_file")),
        sa.UniqueConstraint("kind", "subject", "period", name=op.f("uq_case_file_kind_subject_period")),
    )
    op.create_index("ix_case_file_found", "case_file", ["found_at", "id"], unique=False)
    op.create_index(op.f("ix_case_file_person_id"), "case_file", ["person_id"], unique=False)
    op.create_index(op.f("ix_case_file_store_id"), "case_file", ["store_id"], unique=False)
    op.create_table(
        "case_person",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("case_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["case_id"], ["case_file.id"], name=op.f("fk_case_person_case_id_case_file")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_case_person_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_case_person_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_case_person")),
        sa.UniqueConstraint("case_id", "person_id", name=op.f("uq_case_person_case_id_person_id")),
    )
    op.create_index(op.f("ix_case_person_case_id"), "case_person", ["case_id"], unique=False)
    op.create_index(op.f("ix_case_person_person_id"), "case_person", ["person_id"], unique=False)
    op.create_table(
        "countersign",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("punch_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("phone_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("minute", sa.BigInteger(), nullable=True),
        sa.Column("short", sa.String(length=8), nullable=True),
        sa.Column("is_signed", sa.Boolean(), nullable=False),
        sa.Column("seen_low", sa.DateTime(timezone=True), nullable=False),
        sa.Column("seen_high", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("why", sa.String(length=40), nullable=True),
        sa.Column("counted_for", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint("(state = 'counted') = (counted_for is not null)", name=op.f("ck_countersign_counted_for_a_punch")),
        sa.CheckConstraint("(state = 'refused') = (why is not null)", name=op.f("ck_countersign_refused_with_why")),
        sa.CheckConstraint("state in ('waiting','counted','refused')", name=op.f("ck_countersign_state_known")),
        sa.CheckConstraint("(punch_id is null) = (phone_id is null)", name=op.f("ck_countersign_scanned_names_both")),
        sa.CheckConstraint("punch_id is not null or short is not null", name=op.f("ck_countersign_says_something")),
        sa.CheckConstraint("seen_low <= seen_high", name=op.f("ck_countersign_interval_ordered")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_countersign_device_id_device")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_countersign_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_countersign")),
        sa.UniqueConstraint("counted_for", name=op.f("uq_countersign_counted_for")),
    )
    op.create_index("ix_countersign_punch", "countersign", ["punch_id"], unique=False)
    op.create_index("ix_countersign_waiting", "countersign", ["state", "store_id", "seen_high"], unique=False)
    op.create_table(
        "extra_rule",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("one_in", sa.Integer(), nullable=False),
        sa.Column("photo_days", sa.Integer(), nullable=False),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("one_in = 0 or one_in between 2 and 1000", name=op.f("ck_extra_rule_rate_in_range")),
        sa.CheckConstraint("photo_days between 1 and 90", name=op.f("ck_extra_rule_photo_days_in_range")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_extra_rule_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_extra_rule")),
        sa.UniqueConstraint("store_id", name=op.f("uq_extra_rule_store_id")),
    )


def downgrade() -> None:
    for table in ("extra_rule", "countersign", "case_person", "case_file"):
        op.drop_table(table)
