"""Everything the first release keeps: people, stores, devices, postings, punches, the log and the feed.

Revision 0001. Two rules are not in the models because no declaration of SQLAlchemy covers both databases: postings of one
person never overlap (an exclusion constraint on PostgreSQL, triggers on SQLite), and what was taken in is never rewritten.
"""

from __future__ import annotations

import secrets

import sqlalchemy as sa
from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

OVERLAP = """
CREATE TRIGGER posting_no_overlap_{when} BEFORE {event} ON posting
WHEN EXISTS (
    SELECT 1 FROM posting AS other
    WHERE other.person_id = NEW.person_id AND other.id <> NEW.id
      AND (other.ends_on IS NULL OR other.ends_on > NEW.starts_on)
      AND (NEW.ends_on IS NULL OR NEW.ends_on > other.starts_on)
)
BEGIN SELECT RAISE(ABORT, 'postings of one person overlap'); END
"""
KEPT = """
CREATE TRIGGER op_log_kept_{when} BEFORE {event} ON op_log
BEGIN SELECT RAISE(ABORT, 'what was taken in is never rewritten'); END
"""
KEPT_FUNCTION = """
CREATE FUNCTION op_log_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE integrity_constraint_violation USING MESSAGE = 'what was taken in is never rewritten'; END $$
"""


def upgrade() -> None:
    op.create_table(
        "history",
        sa.Column("id", sa.BigInteger().with_variant(sa.Integer(), "sqlite"), nullable=False),
        sa.Column("op_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("table_name", sa.String(length=60), nullable=False),
        sa.Column("row_id", sa.String(length=60), nullable=False),
        sa.Column("before", sa.JSON(), nullable=True),
        sa.Column("after", sa.JSON(), nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_history")),
    )
    op.create_index(op.f("ix_history_op_id"), "history", ["op_id"], unique=False)
    op.create_index(op.f("ix_history_row_id"), "history", ["row_id"], unique=False)
    op.create_table(
        "job",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=60), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("claimed_until", sa.DateTime(timezone=True), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.Column("last_error", sa.String(length=2000), nullable=True),
        sa.Column("last_done_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("failed_at", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
        sa.UniqueConstraint("kind", "key", name=op.f("uq_job_kind_key")),
    )
    op.create_index(
        "ix_job_due",
        "job",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("failed_at is null"),
        postgresql_where=sa.text("failed_at is null"),
    )
    op.create_table(
        "op_log",
        sa.Column("op_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("type", sa.String(length=80), nullable=False),
        sa.Column("actor_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("ent", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("hash", sa.LargeBinary(), nullable=False),
        sa.Column("sig", sa.String(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("time_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_low", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_high", sa.DateTime(timezone=True), nullable=True),
        sa.Column("time_grade", sa.String(length=12), nullable=True),
        sa.Column("status", sa.String(length=12), nullable=False),
        sa.Column("code", sa.String(length=60), nullable=True),
        sa.Column("facts", sa.JSON(), nullable=True),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("trace", sa.String(length=16), nullable=True),
        sa.Column("receipt", sa.Text(), nullable=True),
        sa.Column("receipt_sig", sa.String(length=120), nullable=True),
        sa.Column("tries", sa.Integer(), server_default="0", nullable=False),
        sa.CheckConstraint(
            "status in ('received','applied','merged','held','rejected','parked')", name=op.f("ck_op_log_status_known")
        ),
        sa.CheckConstraint("(device_id is null) = (seq is null)", name=op.f("ck_op_log_seq_with_device")),
        sa.PrimaryKeyConstraint("op_id", name=op.f("pk_op_log")),
        sa.UniqueConstraint("device_id", "seq", name=op.f("uq_op_log_device_id_seq")),
    )
    op.create_index(
        "ix_op_log_ent",
        "op_log",
        ["ent"],
        unique=False,
        sqlite_where=sa.text("ent is not null"),
        postgresql_where=sa.text("ent is not null"),
    )
    op.create_index(
        "ix_op_log_open",
        "op_log",
        ["device_id", "seq"],
        unique=False,
        sqlite_where=sa.text("status in ('received','held','parked')"),
        postgresql_where=sa.text("status in ('received','held','parked')"),
    )
    op.create_index(
        "ix_op_log_refused",
        "op_log",
        ["received_at"],
        unique=False,
        sqlite_where=sa.text("status in ('rejected','held','parked')"),
        postgresql_where=sa.text("status in ('rejected','held','parked')"),
    )
    op.create_table(
        "op_quarantine",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("seq", sa.BigInteger(), nullable=True),
        sa.Column("raw", sa.LargeBinary(), nullable=False),
        sa.Column("sig", sa.String(), nullable=True),
        sa.Column("why", sa.String(length=60), nullable=False),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("adopted_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_op_quarantine")),
    )
    op.create_index(op.f("ix_op_quarantine_device_id"), "op_quarantine", ["device_id"], unique=False)
    op.create_table(
        "partner",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_partner")),
        sa.UniqueConstraint("name", name=op.f("uq_partner_name")),
    )
    op.create_table(
        "person",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("name_key", sa.String(length=400), nullable=False),
        sa.Column("home_org", sa.String(length=120), nullable=False),
        sa.Column("mobile", sa.String(length=30), nullable=True),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.Column("pin_verifier", sa.String(length=200), nullable=True),
        sa.Column("hired_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("number", name=op.f("uq_person_number")),
    )
    op.create_index(op.f("ix_person_name_key"), "person", ["name_key"], unique=False)
    op.create_table(
        "sign_in_try",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("blocked_until", sa.DateTime(timezone=True), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sign_in_try")),
    )
    op.create_table(
        "sync_change",
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("entity", sa.String(length=20), nullable=False),
        sa.Column("pk", sa.String(length=60), nullable=False),
        sa.Column("pos", sa.BigInteger(), nullable=False),
        sa.Column("gone", sa.Boolean(), nullable=False),
        sa.Column("mix", sa.BigInteger(), nullable=False),
        sa.PrimaryKeyConstraint("scope", "entity", "pk", name=op.f("pk_sync_change")),
    )
    op.create_index("ix_sync_change_scope_pos", "sync_change", ["scope", "pos"], unique=False)
    op.create_table(
        "sync_feed",
        sa.Column("id", sa.Integer(), autoincrement=False, nullable=False),
        sa.Column("pos", sa.BigInteger(), nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.Column("floor", sa.BigInteger(), nullable=False),
        sa.Column("floor_tag", sa.String(length=32), nullable=False),
        sa.Column("epoch", sa.String(length=40), nullable=False),
        sa.Column("reference", sa.BigInteger(), server_default="0", nullable=False),
        sa.CheckConstraint("id = 1", name=op.f("ck_sync_feed_one_row")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_sync_feed")),
        postgresql_with={"fillfactor": 10},
    )
    op.create_table(
        "sync_tx",
        sa.Column("pos_end", sa.BigInteger(), autoincrement=False, nullable=False),
        sa.Column("tag", sa.String(length=32), nullable=False),
        sa.Column("stamped_at", sa.DateTime(timezone=True), nullable=False),
        sa.PrimaryKeyConstraint("pos_end", name=op.f("pk_sync_tx")),
    )
    op.create_table(
        "account",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("login", sa.String(length=60), nullable=False),
        sa.Column("password_hash", sa.String(length=200), nullable=False),
        sa.Column("disabled_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_account_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_account")),
        sa.UniqueConstraint("login", name=op.f("uq_account_login")),
    )
    op.create_index(op.f("ix_account_person_id"), "account", ["person_id"], unique=False)
    op.create_table(
        "person_store",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_store_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_store")),
        sa.UniqueConstraint("person_id", "store_id", name=op.f("uq_person_store_person_id_store_id")),
    )
    op.create_index(op.f("ix_person_store_person_id"), "person_store", ["person_id"], unique=False)
    op.create_index(op.f("ix_person_store_store_id"), "person_store", ["store_id"], unique=False)
    op.create_table(
        "store",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.String(length=40), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("partner_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("day_turns_at_min", sa.Integer(), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("address", sa.String(length=300), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=False),
        sa.Column("lng_e7", sa.BigInteger(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=True),
        sa.Column("points", sa.JSON(), nullable=True),
        sa.Column("datum_entered", sa.String(length=10), nullable=False),
        sa.Column("entered", sa.JSON(), nullable=False),
        sa.Column("has_kiosk", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("day_turns_at_min between 0 and 1439", name=op.f("ck_store_day_turn_in_day")),
        sa.CheckConstraint("lat_e7 between -900000000 and 900000000", name=op.f("ck_store_lat_in_world")),
        sa.CheckConstraint("lng_e7 between -1800000000 and 1800000000", name=op.f("ck_store_lng_in_world")),
        sa.ForeignKeyConstraint(["partner_id"], ["partner.id"], name=op.f("fk_store_partner_id_partner")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_store")),
        sa.UniqueConstraint("number", name=op.f("uq_store_number")),
    )
    op.create_index(op.f("ix_store_city"), "store", ["city"], unique=False)
    op.create_index(op.f("ix_store_name"), "store", ["name"], unique=False)
    op.create_index(op.f("ix_store_partner_id"), "store", ["partner_id"], unique=False)
    op.create_table(
        "device",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("label", sa.String(length=120), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("alg", sa.String(length=20), nullable=False),
        sa.Column("public", sa.LargeBinary(), nullable=False),
        sa.Column("code_key", sa.LargeBinary(), nullable=True),
        sa.Column("hardware", sa.String(length=128), nullable=False),
        sa.Column("enrolled_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("enrolled_with", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("revoked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("revoked_because", sa.String(length=500), nullable=True),
        sa.Column("wiped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("forked_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("app", sa.String(length=120), nullable=False),
        sa.CheckConstraint("(kind = 'kiosk') = (store_id is not null)", name=op.f("ck_device_kiosk_has_store")),
        sa.CheckConstraint("(kind = 'phone') = (person_id is not null)", name=op.f("ck_device_phone_has_person")),
        sa.CheckConstraint("kind in ('phone','kiosk')", name=op.f("ck_device_kind_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_device_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_device_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_device")),
    )
    op.create_index(op.f("ix_device_hardware"), "device", ["hardware"], unique=False)
    op.create_index(op.f("ix_device_person_id"), "device", ["person_id"], unique=False)
    op.create_index(op.f("ix_device_store_id"), "device", ["store_id"], unique=False)
    op.create_table(
        "enrol_code",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("code_hash", sa.String(length=64), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("issued_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("used_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("used_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(kind = 'kiosk') = (store_id is not null)", name=op.f("ck_enrol_code_kiosk_has_store")),
        sa.CheckConstraint("(kind = 'phone') = (person_id is not null)", name=op.f("ck_enrol_code_phone_has_person")),
        sa.CheckConstraint("kind in ('phone','kiosk')", name=op.f("ck_enrol_code_kind_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_enrol_code_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_enrol_code_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_enrol_code")),
        sa.UniqueConstraint("code_hash", name=op.f("uq_enrol_code_code_hash")),
    )
    op.create_table(
        "fence_version",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("valid_from", sa.DateTime(timezone=True), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=False),
        sa.Column("lng_e7", sa.BigInteger(), nullable=False),
        sa.Column("radius_m", sa.Integer(), nullable=True),
        sa.Column("points", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("datum_entered", sa.String(length=10), nullable=False),
        sa.Column("entered", sa.JSON(), nullable=False),
        sa.CheckConstraint("(radius_m is null) <> (points is null)", name=op.f("ck_fence_version_circle_or_polygon")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_fence_version_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_fence_version")),
        sa.UniqueConstraint("store_id", "valid_from", name=op.f("uq_fence_version_store_id_valid_from")),
    )
    op.create_index(op.f("ix_fence_version_store_id"), "fence_version", ["store_id"], unique=False)
    op.create_table(
        "grant",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("role", sa.String(length=20), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint("role in ('employee','store_manager','hr','auditor','admin')", name=op.f("ck_grant_role_known")),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_grant_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_grant")),
        sa.UniqueConstraint("account_id", "role", "store_id", name=op.f("uq_grant_account_id_role_store_id")),
    )
    op.create_index(op.f("ix_grant_account_id"), "grant", ["account_id"], unique=False)
    op.create_index(op.f("ix_grant_store_id"), "grant", ["store_id"], unique=False)
    op.create_table(
        "posting",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ended_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint("ends_on is null or ends_on > starts_on", name=op.f("ck_posting_ends_after_start")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_posting_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_posting_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_posting")),
    )
    op.create_index("ix_posting_person_start", "posting", ["person_id", "starts_at"], unique=False)
    op.create_index("ix_posting_store_end", "posting", ["store_id", "ends_at"], unique=False)
    op.create_table(
        "web_session",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("account_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("started_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("expires_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["account_id"], ["account.id"], name=op.f("fk_web_session_account_id_account")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_web_session")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_web_session_token_hash")),
    )
    op.create_index(op.f("ix_web_session_account_id"), "web_session", ["account_id"], unique=False)
    op.create_table(
        "code_use",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("step", sa.BigInteger(), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("op_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_code_use_device_id_device")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_code_use_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_code_use")),
        sa.UniqueConstraint("device_id", "step", "person_id", name=op.f("uq_code_use_device_id_step_person_id")),
    )
    op.create_table(
        "device_chain",
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("head_seq", sa.BigInteger(), nullable=False),
        sa.Column("head_hash", sa.LargeBinary(), nullable=False),
        sa.Column("head_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reported_head", sa.BigInteger(), nullable=False),
        sa.Column("reported_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("backed_seq", sa.BigInteger(), server_default="0", nullable=False),
        sa.Column("last_seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("head_seq >= 0", name=op.f("ck_device_chain_head_counts_up")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_chain_device_id_device")),
        sa.PrimaryKeyConstraint("device_id", name=op.f("pk_device_chain")),
    )
    op.create_table(
        "device_hour",
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("hour", sa.BigInteger(), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_hour_device_id_device")),
        sa.PrimaryKeyConstraint("device_id", "hour", name=op.f("pk_device_hour")),
    )
    op.create_table(
        "device_scope",
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("scope", sa.String(length=60), nullable=False),
        sa.Column("granted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("dropped_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_device_scope_device_id_device")),
        sa.PrimaryKeyConstraint("device_id", "scope", name=op.f("pk_device_scope")),
    )
    op.create_table(
        "punch",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("op_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("hardware", sa.String(length=128), nullable=False),
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("taken_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_low", sa.DateTime(timezone=True), nullable=False),
        sa.Column("taken_high", sa.DateTime(timezone=True), nullable=False),
        sa.Column("grade", sa.String(length=12), nullable=False),
        sa.Column("wall_ms", sa.BigInteger(), nullable=True),
        sa.Column("received_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("by_kiosk", sa.Boolean(), nullable=False),
        sa.Column("lat_e7", sa.BigInteger(), nullable=True),
        sa.Column("lng_e7", sa.BigInteger(), nullable=True),
        sa.Column("accuracy_dm", sa.BigInteger(), nullable=True),
        sa.Column("place", sa.String(length=12), nullable=False),
        sa.Column("distance_m", sa.BigInteger(), nullable=True),
        sa.Column("p_inside_pm", sa.Integer(), nullable=True),
        sa.Column("score_db", sa.Integer(), nullable=False),
        sa.Column("verdict", sa.String(length=8), nullable=False),
        sa.Column("reasons", sa.JSON(), nullable=False),
        sa.Column("photo", sa.String(length=64), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_taken_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_kind", sa.String(length=3), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("grade in ('exact','bounded','unverified')", name=op.f("ck_punch_grade_known")),
        sa.CheckConstraint("kind in ('in','out')", name=op.f("ck_punch_kind_known")),
        sa.CheckConstraint("state in ('counted','accepted','corrected','rejected')", name=op.f("ck_punch_state_known")),
        sa.CheckConstraint("verdict in ('green','ask','review')", name=op.f("ck_punch_verdict_known")),
        sa.CheckConstraint("taken_low <= taken_high", name=op.f("ck_punch_interval_ordered")),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_punch_device_id_device")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_punch_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_punch_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_punch")),
        sa.UniqueConstraint("op_id", name=op.f("uq_punch_op_id")),
    )
    op.create_index("ix_punch_hardware_day", "punch", ["hardware", "business_date"], unique=False)
    op.create_index(
        "ix_punch_open_review",
        "punch",
        ["store_id", "taken_at"],
        unique=False,
        sqlite_where=sa.text("state = 'counted' and verdict <> 'green'"),
        postgresql_where=sa.text("state = 'counted' and verdict <> 'green'"),
    )
    op.create_index("ix_punch_person_taken", "punch", ["person_id", "taken_at"], unique=False)
    op.create_index(
        "ix_punch_photo",
        "punch",
        ["photo"],
        unique=False,
        sqlite_where=sa.text("photo is not null"),
        postgresql_where=sa.text("photo is not null"),
    )
    op.create_index("ix_punch_store_day", "punch", ["store_id", "business_date", "taken_at"], unique=False)
    op.create_table(
        "punch_proof",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("punch_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("device_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("verdict_before", sa.String(length=8), nullable=False),
        sa.Column("verdict_after", sa.String(length=8), nullable=False),
        sa.Column("score_db", sa.Integer(), nullable=False),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["device_id"], ["device.id"], name=op.f("fk_punch_proof_device_id_device")),
        sa.ForeignKeyConstraint(["punch_id"], ["punch.id"], name=op.f("fk_punch_proof_punch_id_punch")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_punch_proof_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_punch_proof")),
    )
    op.create_index(op.f("ix_punch_proof_punch_id"), "punch_proof", ["punch_id"], unique=False)
    op.create_table(
        "punch_review",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("punch_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("decision", sa.String(length=8), nullable=False),
        sa.Column("corrected_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("corrected_kind", sa.String(length=3), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("decision <> 'correct' or corrected_at is not null", name=op.f("ck_punch_review_correction_has_time")),
        sa.CheckConstraint("decision in ('accept','correct','reject')", name=op.f("ck_punch_review_decision_known")),
        sa.ForeignKeyConstraint(["punch_id"], ["punch.id"], name=op.f("fk_punch_review_punch_id_punch")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_punch_review_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_punch_review")),
    )
    op.create_index(op.f("ix_punch_review_punch_id"), "punch_review", ["punch_id"], unique=False)
    _rules_of_the_database()
    op.bulk_insert(
        sa.table(
            "sync_feed",
            *(sa.column(name) for name in ("id", "pos", "tag", "floor", "floor_tag", "epoch")),
        ),
        [{"id": 1, "pos": 0, "tag": "", "floor": 0, "floor_tag": "", "epoch": secrets.token_hex(8)}],
    )


def _rules_of_the_database() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
        op.execute(
            "ALTER TABLE posting ADD CONSTRAINT ex_posting_no_overlap"
            " EXCLUDE USING gist (person_id WITH =, daterange(starts_on, ends_on) WITH &&)"
        )
        op.execute(KEPT_FUNCTION)
        op.execute(
            "CREATE TRIGGER op_log_kept BEFORE DELETE OR UPDATE OF op_id, device_id, seq, raw, hash, sig, received_at ON op_log"
            " FOR EACH ROW EXECUTE FUNCTION op_log_kept()"
        )
    else:
        op.execute(OVERLAP.format(when="new", event="INSERT"))
        op.execute(OVERLAP.format(when="changed", event="UPDATE OF person_id, starts_on, ends_on"))
        op.execute(KEPT.format(when="gone", event="DELETE"))
        op.execute(KEPT.format(when="changed", event="UPDATE OF op_id, device_id, seq, raw, hash, sig, received_at"))


def downgrade() -> None:
    op.drop_index(op.f("ix_punch_review_punch_id"), table_name="punch_review")
    op.drop_table("punch_review")
    op.drop_index(op.f("ix_punch_proof_punch_id"), table_name="punch_proof")
    op.drop_table("punch_proof")
    op.drop_index("ix_punch_store_day", table_name="punch")
    op.drop_index(
        "ix_punch_photo",
        table_name="punch",
        sqlite_where=sa.text("photo is not null"),
        postgresql_where=sa.text("photo is not null"),
    )
    op.drop_index("ix_punch_person_taken", table_name="punch")
    op.drop_index(
        "ix_punch_open_review",
        table_name="punch",
        sqlite_where=sa.text("state = 'counted' and verdict <> 'green'"),
        postgresql_where=sa.text("state = 'counted' and verdict <> 'green'"),
    )
    op.drop_index("ix_punch_hardware_day", table_name="punch")
    op.drop_table("punch")
    op.drop_table("device_scope")
    op.drop_table("device_hour")
    op.drop_table("device_chain")
    op.drop_table("code_use")
    op.drop_index(op.f("ix_web_session_account_id"), table_name="web_session")
    op.drop_table("web_session")
    op.drop_index("ix_posting_store_end", table_name="posting")
    op.drop_index("ix_posting_person_start", table_name="posting")
    op.drop_table("posting")
    op.drop_index(op.f("ix_grant_store_id"), table_name="grant")
    op.drop_index(op.f("ix_grant_account_id"), table_name="grant")
    op.drop_table("grant")
    op.drop_index(op.f("ix_fence_version_store_id"), table_name="fence_version")
    op.drop_table("fence_version")
    op.drop_table("enrol_code")
    op.drop_index(op.f("ix_device_store_id"), table_name="device")
    op.drop_index(op.f("ix_device_person_id"), table_name="device")
    op.drop_index(op.f("ix_device_hardware"), table_name="device")
    op.drop_table("device")
    op.drop_index(op.f("ix_store_partner_id"), table_name="store")
    op.drop_index(op.f("ix_store_name"), table_name="store")
    op.drop_index(op.f("ix_store_city"), table_name="store")
    op.drop_table("store")
    op.drop_index(op.f("ix_person_store_store_id"), table_name="person_store")
    op.drop_index(op.f("ix_person_store_person_id"), table_name="person_store")
    op.drop_table("person_store")
    op.drop_index(op.f("ix_account_person_id"), table_name="account")
    op.drop_table("account")
    op.drop_table("sync_tx")
    op.drop_table("sync_feed")
    op.drop_index("ix_sync_change_scope_pos", table_name="sync_change")
    op.drop_table("sync_change")
    op.drop_table("sign_in_try")
    op.drop_index(op.f("ix_person_name_key"), table_name="person")
    op.drop_table("person")
    op.drop_table("partner")
    op.drop_index(op.f("ix_op_quarantine_device_id"), table_name="op_quarantine")
    op.drop_table("op_quarantine")
    op.drop_index(
        "ix_op_log_refused",
        table_name="op_log",
        sqlite_where=sa.text("status in ('rejected','held','parked')"),
        postgresql_where=sa.text("status in ('rejected','held','parked')"),
    )
    op.drop_index(
        "ix_op_log_open",
        table_name="op_log",
        sqlite_where=sa.text("status in ('received','held','parked')"),
        postgresql_where=sa.text("status in ('received','held','parked')"),
    )
    op.drop_index(
        "ix_op_log_ent", table_name="op_log", sqlite_where=sa.text("ent is not null"), postgresql_where=sa.text("ent is not null")
    )
    op.drop_table("op_log")
    op.drop_index(
        "ix_job_due", table_name="job", sqlite_where=sa.text("failed_at is null"), postgresql_where=sa.text("failed_at is null")
    )
    op.drop_table("job")
    op.drop_index(op.f("ix_history_row_id"), table_name="history")
    op.drop_index(op.f("ix_history_op_id"), table_name="history")
    op.drop_table("history")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION op_log_kept()")
