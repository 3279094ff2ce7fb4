"""The Merkle log over operations, its heads and witnesses.

Revision 0008, after 0007. What was there before enters the log by itself: the row in `audit_pending` asks for it.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0008"
down_revision = "0007"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "audit_pending",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_pending")),
    )
    op.create_table(
        "audit_leaf",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("op_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("body", sa.LargeBinary(), nullable=False),
        sa.Column("salt", sa.LargeBinary(), nullable=True),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_audit_leaf")),
    )
    op.create_index(op.f("ix_audit_leaf_op_id"), "audit_leaf", ["op_id"], unique=False)
    op.create_table(
        "audit_tile",
        sa.Column("level", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("hashes", sa.LargeBinary(), nullable=False),
        sa.PrimaryKeyConstraint("level", "idx", name=op.f("pk_audit_tile")),
    )
    op.create_table(
        "audit_tree",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("epoch", sa.String(length=40), nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_audit_tree_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_tree")),
    )
    op.create_table(
        "audit_head",
        sa.Column("size", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("epoch", sa.String(length=40), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("size", name=op.f("pk_audit_head")),
    )
    op.create_table(
        "audit_restart",
        sa.Column("to_epoch", sa.String(length=40), nullable=False),
        sa.Column("from_epoch", sa.String(length=40), nullable=False),
        sa.Column("size", sa.BigInteger(), nullable=False),
        sa.Column("root", sa.LargeBinary(), nullable=False),
        sa.Column("note", sa.Text(), nullable=False),
        sa.Column("lost", sa.Text(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("to_epoch", name=op.f("pk_audit_restart")),
        sa.UniqueConstraint("from_epoch", name=op.f("uq_audit_restart_from_epoch")),
    )
    op.create_table(
        "audit_erasure",
        sa.Column("idx", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("op_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("erased_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("idx", name=op.f("pk_audit_erasure")),
    )
    op.create_table(
        "audit_run",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("asked_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("asked_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("total", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("result", sa.JSON(), nullable=True),
        sa.CheckConstraint("state in ('waiting','running','clean','broken','failed')", name=op.f("ck_audit_run_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_run")),
    )
    op.create_table(
        "audit_alarm",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("held", sa.Text(), nullable=False),
        sa.Column("offered", sa.Text(), nullable=False),
        sa.Column("proof", sa.JSON(), nullable=False),
        sa.Column("restarts", sa.JSON(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_audit_alarm_device_id_device")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_audit_alarm")),
    )
    op.create_index(op.f("ix_audit_alarm_device_id"), "audit_alarm", ["device_id"], unique=False)
    epoch = sa.select(sa.literal(1), sa.literal(0), sa.column("epoch")).select_from(sa.table("sync_feed"))
    tree = sa.table("audit_tree", sa.column("id"), sa.column("size"), sa.column("epoch"))
    op.execute(sa.insert(tree).from_select(["id", "size", "epoch"], epoch))
    op.bulk_insert(sa.table("audit_pending", sa.column("body")), [{"body": '{"adopt":{"table":"op_log","after":""}}'}])


def downgrade() -> None:
    op.drop_index(op.f("ix_audit_alarm_device_id"), table_name="audit_alarm")
    op.drop_table("audit_alarm")
    op.drop_table("audit_run")
    op.drop_table("audit_erasure")
    op.drop_table("audit_restart")
    op.drop_table("audit_head")
    op.drop_table("audit_tree")
    op.drop_table("audit_tile")
    op.drop_index(op.f("ix_audit_leaf_op_id"), table_name="audit_leaf")
    op.drop_table("audit_leaf")
    op.drop_table("audit_pending")
