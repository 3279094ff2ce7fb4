"""The archive's groups, documents, sealed fields, and who looked at what.

Revision 0007, after 0006. The rule that what was taken in is never rewritten gets its one exception: an operation may be
forgotten. Its bytes become empty in the same statement that says since when; hash, place in the chain, signature and receipt
stay, and nothing of it can change ever after (docs/concepts/privacy.md).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0007"
down_revision = "0006"
branch_labels = None
depends_on = None

KEPT = "op_id, device_id, seq, raw, hash, sig, received_at"
FORGOTTEN = """
    NEW.erased_at IS NOT NULL AND OLD.erased_at IS NULL AND length(NEW.raw) = 0 AND NEW.op_id = OLD.op_id
    AND NEW.device_id {same} OLD.device_id AND NEW.seq {same} OLD.seq AND NEW.hash = OLD.hash
    AND NEW.sig {same} OLD.sig AND NEW.received_at = OLD.received_at
"""
SQLITE = """
CREATE TRIGGER op_log_kept_changed BEFORE UPDATE OF {columns} ON op_log
WHEN {unless}
BEGIN SELECT RAISE(ABORT, 'what was taken in is never rewritten'); END
"""
POSTGRES = """
CREATE OR REPLACE FUNCTION op_log_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
{exception}
RAISE integrity_constraint_violation USING MESSAGE = 'what was taken in is never rewritten'; END $$
"""
POSTGRES_EXCEPTION = "IF TG_OP = 'UPDATE' THEN IF {condition} THEN RETURN NEW; END IF; END IF;"
POSTGRES_TRIGGER = """
CREATE TRIGGER op_log_kept BEFORE DELETE OR UPDATE OF {columns} ON op_log FOR EACH ROW EXECUTE FUNCTION op_log_kept()
"""


def upgrade() -> None:
    op.add_column("op_log", sa.Column("erased_at", sa.DateTime(timezone=True), nullable=True))
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER op_log_kept ON op_log")
        exception = POSTGRES_EXCEPTION.format(condition=FORGOTTEN.format(same="IS NOT DISTINCT FROM"))
        op.execute(POSTGRES.format(exception=exception))
        op.execute(POSTGRES_TRIGGER.format(columns=KEPT + ", erased_at"))
    else:
        op.execute("DROP TRIGGER op_log_kept_changed")
        op.execute(SQLITE.format(columns=KEPT + ", erased_at", unless=f"NOT ({FORGOTTEN.format(same='IS')})"))
    op.create_table(
        "archive_basics",
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("id_kind", sa.String(length=20), nullable=True),
        sa.Column("id_fingerprint", sa.String(length=64), nullable=True),
        sa.Column("sealed", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_archive_basics_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_archive_basics")),
    )
    op.create_index(
        "ux_archive_basics_id_fingerprint",
        "archive_basics",
        ["id_fingerprint"],
        unique=True,
        sqlite_where=sa.text("id_fingerprint is not null"),
        postgresql_where=sa.text("id_fingerprint is not null"),
    )
    op.create_table(
        "archive_contract",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("sealed", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.CheckConstraint("until is null or until > from_day", name=op.f("ck_archive_contract_ends_after_start")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_archive_contract_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_contract")),
    )
    op.create_index(op.f("ix_archive_contract_person_id"), "archive_contract", ["person_id"], unique=False)
    op.create_index("ix_archive_contract_until", "archive_contract", ["until"], unique=False)
    op.create_table(
        "archive_document",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("title", sa.String(length=120), nullable=False),
        sa.Column("media", sa.String(length=80), nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("issued_on", sa.Date(), nullable=True),
        sa.Column("expires_on", sa.Date(), nullable=True),
        sa.Column("added_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_because is null)", name=op.f("ck_archive_document_withdrawn_with_reason")
        ),
        sa.CheckConstraint("size > 0", name=op.f("ck_archive_document_has_bytes")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_archive_document_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_document")),
    )
    op.create_index(op.f("ix_archive_document_person_id"), "archive_document", ["person_id"], unique=False)
    op.create_table(
        "archive_insurance",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("city", sa.String(length=120), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("sealed", sa.JSON(), nullable=False),
        sa.Column("recorded_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_archive_insurance_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_archive_insurance")),
    )
    op.create_index(op.f("ix_archive_insurance_person_id"), "archive_insurance", ["person_id"], unique=False)
    op.create_table(
        "archive_state",
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("missing", sa.JSON(), nullable=False),
        sa.Column("contract_until", sa.Date(), nullable=True),
        sa.Column("left_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("looked_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("percent between 0 and 100", name=op.f("ck_archive_state_percent_is_one")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_archive_state_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_archive_state")),
    )
    op.create_index("ix_archive_state_contract_until", "archive_state", ["contract_until"], unique=False)
    op.create_table(
        "erasure",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("refused_because", sa.String(length=500), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("state in ('proposed','confirmed','done','refused')", name=op.f("ck_erasure_state_known")),
        sa.CheckConstraint(
            "state not in ('confirmed','done') or decided_by is not null", name=op.f("ck_erasure_confirmed_by_somebody")
        ),
        sa.CheckConstraint("decided_by is null or decided_by <> proposed_by", name=op.f("ck_erasure_two_people")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_erasure_decided_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_erasure_person_id_person")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_erasure_proposed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_erasure")),
    )
    op.create_index(op.f("ix_erasure_person_id"), "erasure", ["person_id"], unique=False)
    op.create_index(
        "ux_erasure_open",
        "erasure",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("state <> 'refused'"),
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.create_table(
        "look",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("reader_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("role", sa.String(length=60), nullable=False),
        sa.Column("what", sa.String(length=12), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("about_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("why", sa.String(length=500), nullable=False),
        sa.Column("first_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("last_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("times", sa.Integer(), nullable=False),
        sa.CheckConstraint("times >= 1 and last_at >= first_at", name=op.f("ck_look_counted_in_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_look_person_id_person")),
        sa.ForeignKeyConstraint(["reader_id"], ["person.id"], name=op.f("fk_look_reader_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_look")),
    )
    op.create_index("ix_look_person_first", "look", ["person_id", "first_at"], unique=False)
    op.create_index("ix_look_reader_last", "look", ["reader_id", "last_at"], unique=False)
    op.create_table(
        "person_key",
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("wrapped_key", sa.LargeBinary(), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("destroyed_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(wrapped_key is null) = (destroyed_at is not null)", name=op.f("ck_person_key_gone_or_there")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_key_person_id_person")),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_person_key")),
    )


def downgrade() -> None:
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP TRIGGER op_log_kept ON op_log")
        op.execute(POSTGRES.format(exception=""))
        op.execute(POSTGRES_TRIGGER.format(columns=KEPT))
    else:
        op.execute("DROP TRIGGER op_log_kept_changed")
        op.execute(SQLITE.format(columns=KEPT, unless="1"))
    op.drop_column("op_log", "erased_at")
    op.drop_table("person_key")
    op.drop_index("ix_look_reader_last", table_name="look")
    op.drop_index("ix_look_person_first", table_name="look")
    op.drop_table("look")
    op.drop_index(
        "ux_erasure_open",
        table_name="erasure",
        sqlite_where=sa.text("state <> 'refused'"),
        postgresql_where=sa.text("state <> 'refused'"),
    )
    op.drop_index(op.f("ix_erasure_person_id"), table_name="erasure")
    op.drop_table("erasure")
    op.drop_index("ix_archive_state_contract_until", table_name="archive_state")
    op.drop_table("archive_state")
    op.drop_index(op.f("ix_archive_insurance_person_id"), table_name="archive_insurance")
    op.drop_table("archive_insurance")
    op.drop_index(op.f("ix_archive_document_person_id"), table_name="archive_document")
    op.drop_table("archive_document")
    op.drop_index("ix_archive_contract_until", table_name="archive_contract")
    op.drop_index(op.f("ix_archive_contract_person_id"), table_name="archive_contract")
    op.drop_table("archive_contract")
    op.drop_index(
        "ux_archive_basics_id_fingerprint",
        table_name="archive_basics",
        sqlite_where=sa.text("id_fingerprint is not null"),
        postgresql_where=sa.text("id_fingerprint is not null"),
    )
    op.drop_table("archive_basics")
