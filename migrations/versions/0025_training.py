"""Training: packs, assignments, the tasks of both, reminders, onboarding lists.

Revision 0025, after 0024.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0025"
down_revision = "0024"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Five tables; nothing is asked of anybody yet."""
    op.create_table(
        "training_pack",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("unit_key", sa.String(length=36), nullable=False),
        sa.Column("courses", sa.JSON(), nullable=False),
        sa.Column("gate", sa.String(length=10), nullable=False),
        sa.Column("needs_archive", sa.Boolean(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("set_at", _AT, nullable=False),
        sa.Column("set_by", _ID, nullable=True),
        sa.CheckConstraint("(unit_id is null) = (unit_key = 'company')", name=op.f("ck_training_pack_key_of_its_unit")),
        sa.CheckConstraint("gate in ('none','warn','block')", name=op.f("ck_training_pack_gate_known")),
        sa.ForeignKeyConstraint(["set_by"], ["person.id"], name=op.f("fk_training_pack_set_by_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_training_pack_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_pack")),
        sa.UniqueConstraint("unit_key", name=op.f("uq_training_pack_unit_key")),
    )
    op.create_table(
        "training_assignment",
        sa.Column("id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("to_kind", sa.String(length=10), nullable=False),
        sa.Column("to_id", _ID, nullable=False),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("repeat", sa.String(length=10), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("origin_ref", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("assigned_at", _AT, nullable=False),
        sa.Column("assigned_on", sa.Date(), nullable=False),
        sa.Column("assigned_by", _ID, nullable=True),
        sa.Column("ended_at", _AT, nullable=True),
        sa.Column("ended_because", sa.String(length=500), nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("turn_on", sa.Date(), nullable=False),
        sa.Column("turn_due", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "repeat in ('none','weekly','monthly','quarterly','yearly')", name=op.f("ck_training_assignment_repeat_known")
        ),
        sa.CheckConstraint("to_kind in ('person','unit','store','post')", name=op.f("ck_training_assignment_to_known")),
        sa.CheckConstraint("(ended_at is null) = (ended_because is null)", name=op.f("ck_training_assignment_ended_with_reason")),
        sa.CheckConstraint("turn >= 1", name=op.f("ck_training_assignment_turns_from_one")),
        sa.ForeignKeyConstraint(["assigned_by"], ["person.id"], name=op.f("fk_training_assignment_assigned_by_person")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_training_assignment_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_assignment")),
    )
    op.create_index("ix_training_assignment_assigned", "training_assignment", ["assigned_at", "id"])
    op.create_index(op.f("ix_training_assignment_assigned_by"), "training_assignment", ["assigned_by"])
    op.create_index("ix_training_assignment_course", "training_assignment", ["course_id"])
    op.create_table(
        "training_task",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("source", sa.String(length=100), nullable=False),
        sa.Column("origin", sa.String(length=20), nullable=False),
        sa.Column("origin_ref", sa.String(length=120), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("assignment_id", _ID, nullable=True),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("posting_id", _ID, nullable=True),
        sa.Column("store_id", _ID, nullable=True),
        sa.Column("gate", sa.String(length=10), nullable=False),
        sa.Column("desks", sa.JSON(), nullable=False),
        sa.Column("assigned_at", _AT, nullable=False),
        sa.Column("assigned_by", _ID, nullable=True),
        sa.Column("since", _AT, nullable=True),
        sa.Column("due_on", sa.Date(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.Column("done_at", _AT, nullable=True),
        sa.Column("settled_at", _AT, nullable=True),
        sa.Column("settled_by", _ID, nullable=True),
        sa.Column("because", sa.String(length=500), nullable=True),
        sa.Column("reminded_at", _AT, nullable=True),
        sa.Column("told_due", sa.Boolean(), nullable=False),
        sa.Column("told_late", sa.Boolean(), nullable=False),
        sa.CheckConstraint("(state = 'done') = (done_at is not null)", name=op.f("ck_training_task_done_has_a_moment")),
        sa.CheckConstraint("gate in ('none','warn','block')", name=op.f("ck_training_task_gate_known")),
        sa.CheckConstraint(
            "state <> 'waived' or (settled_by is not null and because is not null)", name=op.f("ck_training_task_waived_by_name")
        ),
        sa.CheckConstraint("state in ('open','begun','done','waived','ended')", name=op.f("ck_training_task_state_known")),
        sa.CheckConstraint("percent between 0 and 100", name=op.f("ck_training_task_percent_is_one")),
        sa.ForeignKeyConstraint(["assigned_by"], ["person.id"], name=op.f("fk_training_task_assigned_by_person")),
        sa.ForeignKeyConstraint(
            ["assignment_id"], ["training_assignment.id"], name=op.f("fk_training_task_assignment_id_training_assignment")
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_training_task_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_training_task_person_id_person")),
        sa.ForeignKeyConstraint(["settled_by"], ["person.id"], name=op.f("fk_training_task_settled_by_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_training_task_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_task")),
        sa.UniqueConstraint("person_id", "course_id", "source", name=op.f("uq_training_task_person_id_course_id_source")),
    )
    op.create_index("ix_training_task_assignment", "training_task", ["assignment_id"])
    op.create_index("ix_training_task_course_state", "training_task", ["course_id", "state"])
    op.create_index(
        "ix_training_task_due",
        "training_task",
        ["due_on"],
        sqlite_where=sa.text("state in ('open','begun')"),
        postgresql_where=sa.text("state in ('open','begun')"),
    )
    op.create_index("ix_training_task_posting", "training_task", ["posting_id"])
    op.create_table(
        "training_reminder",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("people", sa.JSON(), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_training_reminder_by_id_person")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_training_reminder_course_id_course")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_training_reminder_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_reminder")),
    )
    op.create_index("ix_training_reminder_store_at", "training_reminder", ["store_id", "at"])
    op.create_table(
        "training_onboarding",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("begun_at", _AT, nullable=False),
        sa.Column("desks", sa.JSON(), nullable=False),
        sa.Column("items", sa.JSON(), nullable=False),
        sa.Column("gate", sa.String(length=10), nullable=False),
        sa.Column("may_work", sa.Boolean(), nullable=False),
        sa.Column("complete", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_training_onboarding_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_training_onboarding_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_training_onboarding")),
        sa.UniqueConstraint("person_id", "store_id", name=op.f("uq_training_onboarding_person_id_store_id")),
    )
    op.create_index("ix_training_onboarding_store", "training_onboarding", ["store_id", "complete"])


def downgrade() -> None:
    """Back to 0024: what was asked of whom is forgotten; what people learnt stays."""
    for table in ("training_onboarding", "training_reminder", "training_task", "training_assignment", "training_pack"):
        op.drop_table(table)
