"""What was worked in a second store of a day: parts of days, for the managers of each of the stores.

Revision 0022, after 0021.
"""

from __future__ import annotations

from datetime import UTC, datetime

import sqlalchemy as sa
from alembic import op

revision = "0022"
down_revision = "0021"
branch_labels = None
depends_on = None

AMOUNTS = (
    "due_min", "presence_min", "worked_min", "regular_min", "overtime_normal_min", "overtime_weekend_min",
    "overtime_holiday_min", "not_counted_min", "break_min", "late_min", "early_min", "missing_min", "forgiven_min",
    "rounded_min", "leave_min", "night_min", "on_call_min", "granted_min", "not_granted_min", "in_lieu_min",
)  # fmt: skip
_STATES = ("present", "late", "early", "absent", "leave", "not_due", "off", "unknown", "unplanned")
_UUID = sa.Uuid(as_uuid=False)
# as in 0014: a day of a closed month does not move, nor do its parts
CLOSED = """
    EXISTS (
        SELECT 1 FROM month_closing AS c WHERE c.state <> 'reopened' AND c.covers_all
          AND {row}.day BETWEEN c.from_day AND c.to_day
    ) OR EXISTS (
        SELECT 1 FROM closed_stretch AS s JOIN month_closing AS c ON c.id = s.closing_id
        WHERE s.person_id = {row}.person_id AND {row}.day BETWEEN s.from_day AND s.to_day AND c.state <> 'reopened'
    )
"""
_EVENTS = (("INSERT", "NEW"), ("UPDATE", "OLD"), ("DELETE", "OLD"))
# days with presence at two stores, or not where or when somebody was due, are looked at again
_AT_SEVERAL = ('%"elsewhere"%', '%"missed"%', '%"stores":[{%},{%],"spans":%')


def upgrade() -> None:
    """The table is filled by the worker: days that may have parts are marked. Days of closed months stay as they were closed."""
    op.create_table(
        "work_part",
        sa.Column("id", _UUID, nullable=False),
        sa.Column("person_id", _UUID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("store_id", _UUID, nullable=False),
        sa.Column("state", sa.String(12), nullable=False),
        *(sa.Column(name, sa.Integer(), nullable=False) for name in AMOUNTS),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.CheckConstraint(
            "state in (" + ",".join(f"'{state}'" for state in _STATES) + ")", name=op.f("ck_work_part_state_known")
        ),
        sa.CheckConstraint(
            "worked_min = regular_min + overtime_normal_min + overtime_weekend_min + overtime_holiday_min",
            name=op.f("ck_work_part_worked_in_classes"),
        ),
        sa.CheckConstraint(
            "presence_min + rounded_min = worked_min + not_counted_min", name=op.f("ck_work_part_presence_conserved")
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_work_part_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_work_part_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_work_part")),
        sa.UniqueConstraint("person_id", "day", "store_id", name=op.f("uq_work_part_person_id_day_store_id")),
    )
    op.create_index("ix_work_part_store_day", "work_part", ["store_id", "day"], unique=False)
    op.add_column("work_day", sa.Column("parts", sa.Integer(), server_default=sa.text("1"), nullable=False))
    day = sa.table("work_day", sa.column("person_id", _UUID), sa.column("day", sa.Date()), sa.column("body", sa.Text()))
    dirty = sa.table("dirty_day", sa.column("person_id"), sa.column("day"), sa.column("due_at"))
    at_once = sa.literal(datetime(2026, 1, 1, tzinfo=UTC), sa.DateTime(timezone=True))
    several = sa.select(day.c.person_id, day.c.day, at_once).where(sa.or_(*(day.c.body.like(one) for one in _AT_SEVERAL)))
    op.execute(sa.insert(dirty).from_select(["person_id", "day", "due_at"], several))
    for event, row in _EVENTS:
        name, closed = f"work_part_closed_{event.lower()}", CLOSED.format(row=row)
        if op.get_bind().dialect.name == "postgresql":
            answers = "OLD" if event == "DELETE" else "NEW"
            refuse = "RAISE integrity_constraint_violation USING MESSAGE = 'the month is closed';"
            body = f"IF {closed} THEN {refuse} END IF; RETURN {answers};"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON work_part FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON work_part WHEN {closed}"
                " BEGIN SELECT RAISE(ABORT, 'the month is closed'); END"
            )


def downgrade() -> None:
    """Back to 0021: a day stands with the store where most was worked."""
    for event, _ in _EVENTS:
        name = f"work_part_closed_{event.lower()}"
        if op.get_bind().dialect.name == "postgresql":
            op.execute(f"DROP TRIGGER {name} ON work_part")
            op.execute(f"DROP FUNCTION {name}()")
        else:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_column("work_day", "parts")
    op.drop_index("ix_work_part_store_day", table_name="work_part")
    op.drop_table("work_part")
