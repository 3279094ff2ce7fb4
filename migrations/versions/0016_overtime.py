"""Overtime that was granted, what of it is given back as time off, and the days it is seen on.

Revision 0016, after 0015. Two grants of one person never share a minute: an exclusion constraint on PostgreSQL, triggers on
SQLite. What a grant says is never rewritten: a trigger lets only its withdrawal in (and the reason go, when somebody is
forgotten). A closed month keeps the new amounts too. Days with work on rest days are computed again: the time that rules give
back for them stands on the day from now on.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0016"
down_revision = "0015"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
# the new amounts of a day, each with what must hold of it
NEW = {
    "granted_min": ("granted_known", "granted_min >= 0"),
    "not_granted_min": ("not_granted_not_counted", "not_granted_min >= 0 and not_granted_min <= not_counted_min"),
    "in_lieu_min": ("lieu_of_overtime", "in_lieu_min >= 0 and in_lieu_min <= overtime_normal_min + overtime_weekend_min"),
}
CLOSED = """
    EXISTS (
        SELECT 1 FROM month_closing AS c WHERE c.state <> 'reopened' AND c.covers_all
          AND OLD.day BETWEEN c.from_day AND c.to_day
    ) OR EXISTS (
        SELECT 1 FROM closed_stretch AS s JOIN month_closing AS c ON c.id = s.closing_id
        WHERE s.person_id = OLD.person_id AND OLD.day BETWEEN s.from_day AND s.to_day AND c.state <> 'reopened'
    )
"""
OVERLAP = """
CREATE TRIGGER overtime_grant_no_overlap_{when} BEFORE {event} ON overtime_grant
WHEN EXISTS (
    SELECT 1 FROM overtime_grant AS other
    WHERE other.person_id = NEW.person_id AND other.id <> NEW.id
      AND other.withdrawn_at IS NULL AND NEW.withdrawn_at IS NULL
      AND other.starts_min < NEW.ends_min AND NEW.starts_min < other.ends_min
)
BEGIN SELECT RAISE(ABORT, 'overtime of one person overlaps'); END
"""
SAID = "person_id, store_id, request_id, day, minutes, compensation, starts_min, ends_min, granted_at"


def upgrade() -> None:
    op.create_table(
        "overtime_grant",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=True),
        sa.Column("request_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.Column("compensation", sa.String(length=4), nullable=False),
        sa.Column("starts_min", sa.BigInteger(), nullable=True),
        sa.Column("ends_min", sa.BigInteger(), nullable=True),
        sa.Column("granted_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.Column("withdrawn_by", _ID, nullable=True),
        sa.Column("withdrawn_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint("minutes between 1 and 1440", name=op.f("ck_overtime_grant_minutes_in_day")),
        sa.CheckConstraint("compensation in ('pay','lieu')", name=op.f("ck_overtime_grant_compensation_known")),
        sa.CheckConstraint("(starts_min is null) = (ends_min is null)", name=op.f("ck_overtime_grant_stretch_whole")),
        sa.CheckConstraint(
            "starts_min is null or minutes <= ends_min - starts_min", name=op.f("ck_overtime_grant_minutes_in_stretch")
        ),
        sa.CheckConstraint(
            "(withdrawn_at is null) = (withdrawn_because is null) and (withdrawn_at is null) = (withdrawn_by is null)",
            name=op.f("ck_overtime_grant_withdrawn_with_reason"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_overtime_grant_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_overtime_grant_store_id_store")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_overtime_grant_request_id_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_overtime_grant")),
        sa.UniqueConstraint("request_id", name=op.f("uq_overtime_grant_request_id")),
    )
    op.create_index("ix_overtime_grant_person_day", "overtime_grant", ["person_id", "day"], unique=False)
    op.create_index("ix_overtime_grant_day", "overtime_grant", ["day"], unique=False)
    op.create_table(
        "lieu_credit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("minutes", sa.Integer(), nullable=False),
        sa.CheckConstraint("minutes > 0", name=op.f("ck_lieu_credit_minutes_earned")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_lieu_credit_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_lieu_credit")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_lieu_credit_person_id_day")),
    )
    for name, (rule, holds) in NEW.items():  # in this form both databases check it, and drop it with the column
        op.execute(
            f"ALTER TABLE work_day ADD COLUMN {name} INTEGER DEFAULT 0 NOT NULL CONSTRAINT ck_work_day_{rule} CHECK ({holds})"
        )
    if op.get_bind().dialect.name == "postgresql":
        _guards_of_postgresql()
    else:
        _guards_of_sqlite()
    op.execute(
        "INSERT INTO dirty_day (person_id, day, due_at) SELECT person_id, day, '2000-01-01 00:00:00' FROM work_day"
        " WHERE overtime_weekend_min > 0"
    )


def _guards_of_sqlite() -> None:
    op.execute(OVERLAP.format(when="new", event="INSERT"))
    op.execute(OVERLAP.format(when="changed", event="UPDATE"))
    op.execute(
        f"CREATE TRIGGER overtime_grant_kept BEFORE UPDATE OF {SAID} ON overtime_grant"
        " BEGIN SELECT RAISE(ABORT, 'what was granted is never rewritten'); END"
    )
    op.execute(
        f"CREATE TRIGGER work_day_closed_overtime BEFORE UPDATE OF {', '.join(NEW)} ON work_day WHEN {CLOSED}"
        " BEGIN SELECT RAISE(ABORT, 'the month is closed'); END"
    )


def _guards_of_postgresql() -> None:
    op.execute(
        "ALTER TABLE overtime_grant ADD CONSTRAINT ex_overtime_grant_no_overlap"
        " EXCLUDE USING gist (person_id WITH =, int8range(starts_min, ends_min) WITH &&)"
        " WHERE (withdrawn_at IS NULL AND starts_min IS NOT NULL)"
    )
    refuse = "RAISE integrity_constraint_violation USING MESSAGE = '{said}';"
    kept = refuse.format(said="what was granted is never rewritten")
    op.execute(f"CREATE FUNCTION overtime_grant_kept() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {kept} END $$")
    op.execute(
        f"CREATE TRIGGER overtime_grant_kept BEFORE UPDATE OF {SAID} ON overtime_grant"
        " FOR EACH ROW EXECUTE FUNCTION overtime_grant_kept()"
    )
    closed = f"IF {CLOSED} THEN {refuse.format(said='the month is closed')} END IF; RETURN NEW;"
    op.execute(f"CREATE FUNCTION work_day_closed_overtime() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {closed} END $$")
    op.execute(
        f"CREATE TRIGGER work_day_closed_overtime BEFORE UPDATE OF {', '.join(NEW)} ON work_day"
        " FOR EACH ROW EXECUTE FUNCTION work_day_closed_overtime()"
    )


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    op.execute("DROP TRIGGER work_day_closed_overtime ON work_day" if postgresql else "DROP TRIGGER work_day_closed_overtime")
    if postgresql:
        op.execute("DROP FUNCTION work_day_closed_overtime()")
    for name in NEW:
        op.drop_column("work_day", name)
    op.drop_table("lieu_credit")
    op.drop_index("ix_overtime_grant_day", table_name="overtime_grant")
    op.drop_index("ix_overtime_grant_person_day", table_name="overtime_grant")
    op.drop_table("overtime_grant")
    if postgresql:
        op.execute("DROP FUNCTION overtime_grant_kept()")
