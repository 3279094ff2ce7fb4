"""Corrections, vouching and appeals beside the punches.

Revision 0012, after 0011. One correction can stand for a punch, one appeal can be open about a thing: unique indexes. What
a correction says is never rewritten: a trigger lets only its withdrawal in (and the reason go, when somebody is forgotten).
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0012"
down_revision = "0011"
branch_labels = None
depends_on = None

SAID = "person_id, store_id, kind, at, business_date, source, replaces, request_id, made_by, made_at"
SQLITE = f"""
CREATE TRIGGER punch_correction_kept BEFORE UPDATE OF {SAID} ON punch_correction
BEGIN SELECT RAISE(ABORT, 'what a correction says is never rewritten'); END
"""
POSTGRES = """
CREATE OR REPLACE FUNCTION punch_correction_kept() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE integrity_constraint_violation USING MESSAGE = 'what a correction says is never rewritten'; END $$
"""
POSTGRES_TRIGGER = f"""
CREATE TRIGGER punch_correction_kept BEFORE UPDATE OF {SAID} ON punch_correction
FOR EACH ROW EXECUTE FUNCTION punch_correction_kept()
"""


def upgrade() -> None:
    """Corrections, vouching and appeals beside the punches."""
    op.create_table(
        "punch_correction",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=3), nullable=False),
        sa.Column("at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("business_date", sa.Date(), nullable=False),
        sa.Column("source", sa.String(length=8), nullable=False),
        sa.Column("replaces", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("made_by", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("withdrawn_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("withdrawn_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("withdrawn_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint("kind in ('in','out')", name=op.f("ck_punch_correction_kind_known")),
        sa.CheckConstraint("source in ('request','vouch','hq')", name=op.f("ck_punch_correction_source_known")),
        sa.CheckConstraint(
            "(source = 'request') = (request_id is not null)", name=op.f("ck_punch_correction_request_named")
        ),
        sa.CheckConstraint("made_by <> person_id", name=op.f("ck_punch_correction_never_for_oneself")),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_because is null) and (withdrawn_at is null) = (withdrawn_by is null)",
            name=op.f("ck_punch_correction_withdrawn_with_reason"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_punch_correction_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_punch_correction_store_id_store")),
        sa.ForeignKeyConstraint(["replaces"], ["punch.id"], name=op.f("fk_punch_correction_replaces_punch")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_punch_correction_request_id_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_punch_correction")),
        sa.UniqueConstraint("request_id", name=op.f("uq_punch_correction_request_id")),
    )
    op.create_index("ix_punch_correction_person_at", "punch_correction", ["person_id", "at"], unique=False)
    op.create_index("ix_punch_correction_store_day", "punch_correction", ["store_id", "business_date"], unique=False)
    _where("ux_punch_correction_standing", "punch_correction", ["replaces"], "withdrawn_at is null and replaces is not null")
    op.create_table(
        "appeal",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("punch_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("text", sa.String(length=1000), nullable=False),
        sa.Column("photo", sa.String(length=64), nullable=True),
        sa.Column("made_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("state", sa.String(length=8), nullable=False),
        sa.Column("answer", sa.String(length=500), nullable=True),
        sa.Column("answered_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("answered_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("(punch_id is null) <> (day is null)", name=op.f("ck_appeal_about_one_thing")),
        sa.CheckConstraint("state in ('open','upheld','refused')", name=op.f("ck_appeal_state_known")),
        sa.CheckConstraint(
            "(state = 'open') = (answered_at is null) and (answered_at is null) = (answer is null)"
            " and (answered_at is null) = (answered_by is null)",
            name=op.f("ck_appeal_answered_by_somebody"),
        ),
        sa.CheckConstraint("answered_by is null or answered_by <> person_id", name=op.f("ck_appeal_never_ones_own")),
        sa.CheckConstraint(
            "answered_by is null or decided_by is null or answered_by <> decided_by", name=op.f("ck_appeal_somebody_else")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_appeal_person_id_person")),
        sa.ForeignKeyConstraint(["punch_id"], ["punch.id"], name=op.f("fk_appeal_punch_id_punch")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_appeal_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_appeal")),
    )
    op.create_index(op.f("ix_appeal_punch_id"), "appeal", ["punch_id"], unique=False)
    op.create_index("ix_appeal_store_state", "appeal", ["store_id", "state"], unique=False)
    op.create_index("ix_appeal_person", "appeal", ["person_id", "made_at"], unique=False)
    _where("ux_appeal_open_punch", "appeal", ["punch_id"], "state = 'open' and punch_id is not null")
    _where("ux_appeal_open_day", "appeal", ["person_id", "day"], "state = 'open' and day is not null")
    _where("ix_punch_person_decided", "punch", ["person_id", "decided_taken_at"], "decided_taken_at is not null", unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(POSTGRES)
        op.execute(POSTGRES_TRIGGER)
    else:
        op.execute(SQLITE)


def _where(name: str, table: str, columns: list[str], condition: str, *, unique: bool = True) -> None:
    op.create_index(
        name, table, columns, unique=unique, sqlite_where=sa.text(condition), postgresql_where=sa.text(condition)
    )


def downgrade() -> None:
    """Back to 0011."""
    op.drop_index("ix_punch_person_decided", table_name="punch")
    op.drop_table("appeal")
    op.drop_table("punch_correction")
    if op.get_bind().dialect.name == "postgresql":
        op.execute("DROP FUNCTION punch_correction_kept")
