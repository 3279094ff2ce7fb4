"""Weekly statements with their confirmations and disputes, and closed months.

Revision 0014, after 0013. What was signed cannot be rewritten, a closed month cannot be changed and is opened by two people
only: triggers say so, whoever writes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)

CLOSED = """
    EXISTS (
        SELECT 1 FROM month_closing AS c WHERE c.state <> 'reopened' AND c.covers_all
          AND {row}.{day} BETWEEN c.from_day AND c.to_day
    ) OR EXISTS (
        SELECT 1 FROM closed_stretch AS s JOIN month_closing AS c ON c.id = s.closing_id
        WHERE s.person_id = {row}.person_id AND {row}.{day} BETWEEN s.from_day AND s.to_day AND c.state <> 'reopened'
    )
"""
# what is locked, by which column it has its day, and which columns are the facts of it (the rest may be erased)
_AMOUNTS = [
    "due_min", "presence_min", "worked_min", "regular_min", "overtime_normal_min", "overtime_weekend_min",
    "overtime_holiday_min", "not_counted_min", "break_min", "late_min", "early_min", "missing_min", "leave_min", "night_min",
    "on_call_min",
]  # fmt: skip
LOCKED = {
    "work_day": ("day", ["person_id", "day", "store_id", "state", *_AMOUNTS]),
    "punch_correction": ("business_date", ["person_id", "business_date", "kind", "at", "replaces", "withdrawn_at"]),
}
BACK = (
    "(OLD.state = 'closed' AND NEW.state = 'reopened') OR (OLD.state = 'reopened' AND NEW.state <> 'reopened')"
    " OR (OLD.state = 'reopen_asked' AND NEW.state = 'reopened' AND NEW.asked_by <> OLD.asked_by)"
    " OR NEW.from_day <> OLD.from_day OR NEW.to_day <> OLD.to_day OR NEW.unit_id <> OLD.unit_id"
    " OR NEW.covers_all <> OLD.covers_all OR NEW.revision <> OLD.revision OR NEW.closed_by <> OLD.closed_by"
)
REWRITTEN = (
    "NEW.text IS NOT NULL OR NEW.digest <> OLD.digest OR NEW.code <> OLD.code OR NEW.revision <> OLD.revision"
    " OR NEW.statement_id <> OLD.statement_id OR NEW.made_at <> OLD.made_at"
    " OR NEW.person_id <> OLD.person_id OR NEW.store_id <> OLD.store_id OR COALESCE(NEW.previous, '') <> COALESCE(OLD.previous, '')"
)
SETTLED = (
    "OLD.outcome IS NOT NULL AND (NEW.outcome IS NULL OR NEW.outcome <> OLD.outcome OR NEW.settled_by <> OLD.settled_by)"
    " OR NEW.made_by <> OLD.made_by OR NEW.side <> OLD.side OR NEW.revision <> OLD.revision"
    " OR NEW.statement_id <> OLD.statement_id"
)
# table: (when, condition, what is said); None: always
KEPT = [
    ("month_closing", "DELETE", None, "a closing is never deleted"),
    ("month_closing", "UPDATE", BACK, "a closed month is opened by two people"),
    ("closed_stretch", "DELETE", None, "what was closed is never changed"),
    ("closed_stretch", "UPDATE", None, "what was closed is never changed"),
    ("statement_revision", "DELETE", None, "what was signed is never rewritten"),
    ("statement_revision", "UPDATE", REWRITTEN, "what was signed is never rewritten"),
    ("statement_confirmation", "DELETE", None, "a confirmation is never taken back"),
    ("statement_confirmation", "UPDATE", None, "a confirmation is never taken back"),
    ("statement_dispute", "DELETE", None, "a dispute is never deleted"),
    ("statement_dispute", "UPDATE", SETTLED, "a dispute is settled once"),
]


def upgrade() -> None:
    _closings()
    _statements()
    _signed()
    if op.get_bind().dialect.name == "postgresql":
        _guards_of_postgresql()
    else:
        _guards_of_sqlite()


def _closings() -> None:
    op.create_table(
        "month_closing",
        sa.Column("id", _ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("covers_all", sa.Boolean(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=12), nullable=False),
        sa.Column("people", sa.Integer(), nullable=False),
        sa.Column("found", sa.JSON(), nullable=False),
        sa.Column("closed_by", _ID, nullable=False),
        sa.Column("closed_at", _MOMENT, nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("asked_by", _ID, nullable=True),
        sa.Column("asked_at", _MOMENT, nullable=True),
        sa.Column("asked_reason", sa.String(length=500), nullable=True),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("state in ('closed','reopen_asked','reopened')", name=op.f("ck_month_closing_state_known")),
        sa.CheckConstraint("to_day >= from_day and revision >= 1", name=op.f("ck_month_closing_in_order")),
        sa.CheckConstraint("(asked_by is null) = (state = 'closed')", name=op.f("ck_month_closing_asked_by_somebody")),
        sa.CheckConstraint(
            "(asked_by is null) = (asked_at is null) and (asked_by is null) = (asked_reason is null)",
            name=op.f("ck_month_closing_asked_with_reason"),
        ),
        sa.CheckConstraint("state <> 'reopened' or decided_by is not null", name=op.f("ck_month_closing_opened_by_somebody")),
        sa.CheckConstraint("decided_by is null or decided_by <> asked_by", name=op.f("ck_month_closing_opened_by_two")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_month_closing_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_month_closing")),
        sa.UniqueConstraint("unit_id", "month", "revision", name=op.f("uq_month_closing_unit_id_month_revision")),
    )
    op.create_index(
        "uq_month_closing_standing", "month_closing", ["unit_id", "month"], unique=True,
        sqlite_where=sa.text("state <> 'reopened'"), postgresql_where=sa.text("state <> 'reopened'"),
    )  # fmt: skip
    op.create_index("ix_month_closing_days", "month_closing", ["from_day", "to_day"], unique=False)
    op.create_table(
        "closed_stretch",
        sa.Column("id", _ID, nullable=False),
        sa.Column("closing_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("days", sa.Integer(), nullable=False),
        *(
            sa.Column(f"{name}_min", sa.Integer(), nullable=False)
            for name in (
                "worked", "regular", "overtime_normal", "overtime_weekend", "overtime_holiday", "leave", "night", "missing",
            )
        ),
        sa.CheckConstraint("to_day >= from_day", name=op.f("ck_closed_stretch_in_order")),
        sa.ForeignKeyConstraint(["closing_id"], ["month_closing.id"], name=op.f("fk_closed_stretch_closing_id_month_closing")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_closed_stretch_unit_id_org_unit")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_closed_stretch_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_closed_stretch")),
        sa.UniqueConstraint(
            "closing_id", "person_id", "from_day", name=op.f("uq_closed_stretch_closing_id_person_id_from_day")
        ),
    )  # fmt: skip
    op.create_index("ix_closed_stretch_person", "closed_stretch", ["person_id", "from_day", "to_day"], unique=False)


def _statements() -> None:
    op.create_table(
        "statement",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.Column("held", sa.Boolean(), nullable=False),
        sa.CheckConstraint("state in ('open','disputed','complete')", name=op.f("ck_statement_state_known")),
        sa.CheckConstraint("revision >= 1 and to_day > from_day", name=op.f("ck_statement_in_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_statement_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement")),
        sa.UniqueConstraint("person_id", "store_id", "week", name=op.f("uq_statement_person_id_store_id_week")),
    )
    op.create_index("ix_statement_store_week", "statement", ["store_id", "week"], unique=False)
    op.create_index("ix_statement_week_state", "statement", ["week", "state"], unique=False)
    op.create_table(
        "statement_revision",
        sa.Column("id", _ID, nullable=False),
        sa.Column("statement_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(length=64), nullable=True),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "revision >= 1 and (revision = 1) = (previous is null)", name=op.f("ck_statement_revision_names_the_one_before")
        ),
        sa.ForeignKeyConstraint(["statement_id"], ["statement.id"], name=op.f("fk_statement_revision_statement_id_statement")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_revision_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_statement_revision_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_revision")),
        sa.UniqueConstraint("statement_id", "revision", name=op.f("uq_statement_revision_statement_id_revision")),
        sa.UniqueConstraint(
            "statement_id", "revision", "digest", name=op.f("uq_statement_revision_statement_id_revision_digest")
        ),
    )
    op.create_index("ix_statement_revision_code", "statement_revision", ["code"], unique=False)
    op.create_index(op.f("ix_statement_revision_person_id"), "statement_revision", ["person_id"], unique=False)
    op.create_table(
        "statement_week",
        sa.Column("id", _ID, nullable=False),
        sa.Column("zone", sa.String(length=60), nullable=False),
        sa.Column("day_turns_at_min", sa.Integer(), nullable=False),
        sa.Column("week", sa.String(length=8), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_week")),
        sa.UniqueConstraint("zone", "day_turns_at_min", "week", name=op.f("uq_statement_week_zone_day_turns_at_min_week")),
    )
    op.create_table(
        "statement_deadline",
        sa.Column("id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("remind_days", sa.Integer(), nullable=False),
        sa.Column("due_days", sa.Integer(), nullable=False),
        sa.CheckConstraint(
            "remind_days between 0 and 60 and due_days between 1 and 90", name=op.f("ck_statement_deadline_days_sensible")
        ),
        sa.CheckConstraint("remind_days <= due_days", name=op.f("ck_statement_deadline_reminded_before_due")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_deadline")),
        sa.UniqueConstraint("from_day", name=op.f("uq_statement_deadline_from_day")),
    )


def _signed() -> None:
    op.create_table(
        "statement_confirmation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("statement_id", _ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(length=64), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("confirmed_by", _ID, nullable=False),
        sa.Column("confirmed_at", _MOMENT, nullable=False),
        sa.Column("op_id", _ID, nullable=False),
        sa.CheckConstraint("side in ('employee','store','hq')", name=op.f("ck_statement_confirmation_side_known")),
        sa.CheckConstraint(
            "(side = 'employee') = (confirmed_by = person_id)", name=op.f("ck_statement_confirmation_employee_is_the_person")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id", "revision", "digest"],
            ["statement_revision.statement_id", "statement_revision.revision", "statement_revision.digest"],
            name="fk_statement_confirmation_revision",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_confirmation_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_statement_confirmation_store_id_store")),
        sa.ForeignKeyConstraint(["confirmed_by"], ["person.id"], name=op.f("fk_statement_confirmation_confirmed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_confirmation")),
        sa.UniqueConstraint(
            "statement_id", "revision", "side", name=op.f("uq_statement_confirmation_statement_id_revision_side")
        ),
        sa.UniqueConstraint(
            "statement_id", "revision", "confirmed_by", name=op.f("uq_statement_confirmation_statement_id_revision_confirmed_by")
        ),
    )
    op.create_table(
        "statement_dispute",
        sa.Column("id", _ID, nullable=False),
        sa.Column("statement_id", _ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("side", sa.String(length=8), nullable=False),
        sa.Column("made_by", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.Column("outcome", sa.String(length=10), nullable=True),
        sa.Column("settled_by", _ID, nullable=True),
        sa.Column("settled_reason", sa.String(length=500), nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.CheckConstraint("side in ('employee','store','hq')", name=op.f("ck_statement_dispute_side_known")),
        sa.CheckConstraint("outcome in ('stands','corrected')", name=op.f("ck_statement_dispute_outcome_known")),
        sa.CheckConstraint(
            "(outcome is null) = (settled_at is null) and (outcome is null) = (settled_by is null)"
            " and (outcome is null) = (settled_reason is null)",
            name=op.f("ck_statement_dispute_settled_with_reason"),
        ),
        sa.CheckConstraint(
            "settled_by is null or settled_by <> made_by", name=op.f("ck_statement_dispute_settled_by_another")
        ),
        sa.ForeignKeyConstraint(
            ["statement_id", "revision"],
            ["statement_revision.statement_id", "statement_revision.revision"],
            name="fk_statement_dispute_revision",
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_statement_dispute_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_statement_dispute_store_id_store")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_statement_dispute_made_by_person")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_statement_dispute_settled_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_statement_dispute")),
    )
    op.create_index(op.f("ix_statement_dispute_person_id"), "statement_dispute", ["person_id"], unique=False)
    op.create_index(
        "uq_statement_dispute_open", "statement_dispute", ["statement_id", "side"], unique=True,
        sqlite_where=sa.text("outcome is null"), postgresql_where=sa.text("outcome is null"),
    )  # fmt: skip


def _guards_of_sqlite() -> None:
    for table, event, condition, said in KEPT:
        when = f" WHEN {condition}" if condition is not None else ""
        op.execute(
            f"CREATE TRIGGER {table}_kept_{event.lower()} BEFORE {event} ON {table}{when} BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )
    for table, (day, facts) in LOCKED.items():
        for event, row in (("INSERT", "NEW"), (f"UPDATE OF {', '.join(facts)}", "OLD"), ("DELETE", "OLD")):
            name = f"{table}_closed_{event.split()[0].lower()}"
            op.execute(
                f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {CLOSED.format(row=row, day=day)}"
                " BEGIN SELECT RAISE(ABORT, 'the month is closed'); END"
            )


def _guards_of_postgresql() -> None:
    for table, event, condition, said in KEPT:
        name = f"{table}_kept_{event.lower()}"
        _function(name, condition, said, answers="OLD" if event == "DELETE" else "NEW")
        op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
    for table, (day, facts) in LOCKED.items():
        for event, row in (("INSERT", "NEW"), (f"UPDATE OF {', '.join(facts)}", "OLD"), ("DELETE", "OLD")):
            name = f"{table}_closed_{event.split()[0].lower()}"
            _function(name, CLOSED.format(row=row, day=day), "the month is closed", answers="OLD" if event == "DELETE" else "NEW")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")


def _function(name: str, condition: str | None, said: str, *, answers: str) -> None:
    refuse = f"RAISE integrity_constraint_violation USING MESSAGE = '{said}';"
    body = f"IF {condition} THEN {refuse} END IF; RETURN {answers};" if condition is not None else refuse
    op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")


def downgrade() -> None:
    postgresql = op.get_bind().dialect.name == "postgresql"
    names = [(table, f"{table}_kept_{event.lower()}") for table, event, _, _ in KEPT]
    names += [(table, f"{table}_closed_{event}") for table in LOCKED for event in ("insert", "update", "delete")]
    for table, name in names:
        if postgresql:
            op.execute(f"DROP TRIGGER {name} ON {table}")
            op.execute(f"DROP FUNCTION {name}()")
        else:
            op.execute(f"DROP TRIGGER {name}")
    op.drop_table("statement_dispute")
    op.drop_table("statement_confirmation")
    op.drop_table("statement_deadline")
    op.drop_table("statement_week")
    op.drop_table("statement_revision")
    op.drop_table("statement")
    op.drop_table("closed_stretch")
    op.drop_table("month_closing")
