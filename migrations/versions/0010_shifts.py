"""Shift templates, patterns, planned days, duties, and the rules of working time.

Revision 0010, after 0009.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)


def _versioned(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        *columns,
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
        sa.UniqueConstraint("code", "from_day", name=op.f(f"uq_{table}_code_from_day")),
    )


def _said_of(table: str, *columns: sa.schema.SchemaItem) -> None:
    op.create_table(
        table,
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        *columns,
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f(f"fk_{table}_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f(f"fk_{table}_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f(f"pk_{table}")),
    )
    op.create_index(op.f(f"ix_{table}_person_id"), table, ["person_id"], unique=False)
    op.create_index(op.f(f"ix_{table}_unit_id"), table, ["unit_id"], unique=False)


def _check(table: str, name: str, rule: str) -> sa.CheckConstraint:
    return sa.CheckConstraint(rule, name=op.f(f"ck_{table}_{name}"))


def upgrade() -> None:
    """Shift templates, patterns, planned days, duties, and the rules of working time."""
    _versioned(
        "shift_template",
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("breaks", sa.JSON(), nullable=False),
        sa.Column("required_min", sa.Integer(), nullable=True),
        sa.Column("core_starts_min", sa.Integer(), nullable=True),
        sa.Column("core_ends_min", sa.Integer(), nullable=True),
        sa.Column("grace_min", sa.Integer(), nullable=True),
        _check("shift_template", "kind_known", "kind in ('fixed','flexible','windows','on_call')"),
        _check("shift_template", "flexible_requires", "(kind = 'flexible') = (required_min is not null)"),
        _check("shift_template", "core_has_both_ends", "(core_starts_min is null) = (core_ends_min is null)"),
        _check("shift_template", "core_in_order", "core_starts_min is null or core_ends_min > core_starts_min"),
        _check("shift_template", "grace_not_negative", "grace_min is null or grace_min >= 0"),
    )
    _versioned(
        "shift_pattern",
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("cycle", sa.JSON(), nullable=False),
        sa.Column("calendar", sa.String(length=10), nullable=False),
        _check("shift_pattern", "calendar_known", "calendar in ('company','none')"),
    )
    _versioned(
        "rule_set",
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
    )
    _said_of(
        "pattern_assignment",
        sa.Column("pattern", sa.String(length=40), nullable=True),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("shifted_by", sa.Integer(), nullable=False),
        _check("pattern_assignment", "person_or_unit", "(person_id is null) <> (unit_id is null)"),
        _check("pattern_assignment", "ends_after_start", "until is null or until > from_day"),
        _check("pattern_assignment", "shift_not_negative", "shifted_by >= 0"),
    )
    _said_of(
        "rule_assignment",
        sa.Column("rules", sa.String(length=40), nullable=False),
        _check("rule_assignment", "not_both", "person_id is null or unit_id is null"),
    )
    op.create_table(
        "planned_day",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("shifts", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("source", sa.String(length=10), nullable=False),
        _check("planned_day", "source_known", "source in ('planned','roster')"),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_planned_day_person_id_person")),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_planned_day_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_planned_day")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_planned_day_person_id_day")),
    )
    op.create_index("ix_planned_day_day", "planned_day", ["day"], unique=False)
    op.create_index(op.f("ix_planned_day_unit_id"), "planned_day", ["unit_id"], unique=False)
    op.create_table(
        "duty",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("unit_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=True),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("is_off", sa.Boolean(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        _check("duty", "span_has_both_ends", "(starts_at is null) = (ends_at is null)"),
        _check("duty", "off_has_no_span", "is_off = (starts_at is null)"),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_duty")),
        sa.UniqueConstraint("person_id", "day", name=op.f("uq_duty_person_id_day")),
    )
    op.create_index("ix_duty_day_unit", "duty", ["day", "unit_id"], unique=False)
    op.create_index("ix_duty_store_day", "duty", ["store_id", "day"], unique=False)


def downgrade() -> None:
    """Back to 0009."""
    op.drop_index("ix_duty_store_day", table_name="duty")
    op.drop_index("ix_duty_day_unit", table_name="duty")
    op.drop_table("duty")
    op.drop_index(op.f("ix_planned_day_unit_id"), table_name="planned_day")
    op.drop_index("ix_planned_day_day", table_name="planned_day")
    op.drop_table("planned_day")
    for table in ("rule_assignment", "pattern_assignment"):
        op.drop_index(op.f(f"ix_{table}_unit_id"), table_name=table)
        op.drop_index(op.f(f"ix_{table}_person_id"), table_name=table)
        op.drop_table(table)
    for table in ("rule_set", "shift_pattern", "shift_template"):
        op.drop_table(table)
