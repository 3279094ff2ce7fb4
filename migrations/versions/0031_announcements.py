"""Notices, their readers and receipts.

Revision 0031, after 0030.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0031"
down_revision = "0030"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_TABLES = ("announcement", "announcement_file", "announcement_readers", "announcement_receipt", "announcement_reminder")
# what went out, and who got and read it, stays: rules of the database as well
_KEPT = (
    (
        "announcement", "UPDATE",
        "OLD.published_at IS NOT NULL AND (CAST(NEW.body AS TEXT) <> CAST(OLD.body AS TEXT) OR NEW.published_at IS NULL"
        " OR NEW.author_id <> OLD.author_id)",
    ),
    ("announcement", "DELETE", "OLD.published_at IS NOT NULL"),
    ("announcement_receipt", "DELETE", "1 = 1"),
    (
        "announcement_receipt", "UPDATE",
        "(OLD.read_at IS NOT NULL AND (NEW.read_at IS NULL OR NEW.read_at <> OLD.read_at))"
        " OR (OLD.confirmed_at IS NOT NULL AND (NEW.confirmed_at IS NULL OR NEW.confirmed_at <> OLD.confirmed_at))",
    ),
)  # fmt: skip


def _keep() -> None:
    for table, event, broken in _KEPT:
        name, said = f"{table}_kept_{event.lower()}", "what went out or was read is kept"
        if op.get_bind().dialect.name == "postgresql":
            refuse = f"RAISE integrity_constraint_violation USING MESSAGE = '{said}';"
            body = f"IF {broken} THEN {refuse} END IF; RETURN {'OLD' if event == 'DELETE' else 'NEW'};"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {broken} BEGIN SELECT RAISE(ABORT, '{said}'); END")


def upgrade() -> None:
    """The tables, and that what went out stays."""
    op.create_table(
        "announcement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("author_id", _ID, nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("from_at", _MOMENT, nullable=True),
        sa.Column("until_at", _MOMENT, nullable=True),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint(
            "(state = 'withdrawn') = (withdrawn_because is not null)", name=op.f("ck_announcement_withdrawn_with_reason")
        ),
        sa.CheckConstraint(
            "(state in ('draft','planned')) = (published_at is null)", name=op.f("ck_announcement_published_has_a_moment")
        ),
        sa.CheckConstraint(
            "state in ('draft','planned','published','ended','withdrawn')", name=op.f("ck_announcement_state_known")
        ),
        sa.CheckConstraint(
            "until_at is null or from_at is null or until_at > from_at", name=op.f("ck_announcement_ends_after_it_begins")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_announcement_author_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement")),
    )
    op.create_index(op.f("ix_announcement_author_id"), "announcement", ["author_id"], unique=False)
    op.create_index("ix_announcement_made", "announcement", ["made_at", "id"], unique=False)
    op.create_index("ix_announcement_state", "announcement", ["state"], unique=False)
    op.create_table(
        "announcement_file",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("added_by", _ID, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.CheckConstraint("size > 0", name=op.f("ck_announcement_file_has_a_size")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_announcement_file_added_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_file")),
        sa.UniqueConstraint("sha256", name=op.f("uq_announcement_file_sha256")),
    )
    op.create_table(
        "announcement_readers",
        sa.Column("id", _ID, nullable=False),
        sa.Column("notice_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("reached", sa.Integer(), nullable=False),
        sa.Column("seen", sa.Integer(), nullable=False),
        sa.Column("confirmed", sa.Integer(), nullable=False),
        sa.Column("over", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint(
            "reached >= seen and seen >= confirmed and confirmed >= 0", name=op.f("ck_announcement_readers_counts_fit")
        ),
        sa.ForeignKeyConstraint(["notice_id"], ["announcement.id"], name=op.f("fk_announcement_readers_notice_id_announcement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_readers")),
        sa.UniqueConstraint("notice_id", "unit_id", name=op.f("uq_announcement_readers_notice_id_unit_id")),
    )
    op.create_index("ix_announcement_readers_unit", "announcement_readers", ["unit_id", "notice_id"], unique=False)
    op.create_table(
        "announcement_receipt",
        sa.Column("id", _ID, nullable=False),
        sa.Column("notice_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("reached_at", _MOMENT, nullable=False),
        sa.Column("read_at", _MOMENT, nullable=True),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("reminded_at", _MOMENT, nullable=True),
        sa.Column("over", sa.Boolean(), server_default=sa.false(), nullable=False),
        sa.CheckConstraint("confirmed_at is null or read_at is not null", name=op.f("ck_announcement_receipt_confirmed_is_read")),
        sa.ForeignKeyConstraint(["notice_id"], ["announcement.id"], name=op.f("fk_announcement_receipt_notice_id_announcement")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_announcement_receipt_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_receipt")),
        sa.UniqueConstraint("notice_id", "person_id", name=op.f("uq_announcement_receipt_notice_id_person_id")),
    )
    op.create_index("ix_announcement_receipt_person", "announcement_receipt", ["person_id", "notice_id"], unique=False)
    op.create_index("ix_announcement_receipt_unit", "announcement_receipt", ["notice_id", "unit_id"], unique=False)
    op.create_table(
        "announcement_reminder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("notice_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_announcement_reminder_by_id_person")),
        sa.ForeignKeyConstraint(["notice_id"], ["announcement.id"], name=op.f("fk_announcement_reminder_notice_id_announcement")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_announcement_reminder")),
    )
    op.create_index("ix_announcement_reminder_notice", "announcement_reminder", ["notice_id", "at"], unique=False)
    _keep()


def downgrade() -> None:
    """Back to 0030."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table, event, _ in _KEPT:
            op.execute(f"DROP FUNCTION {table}_kept_{event.lower()}()")
