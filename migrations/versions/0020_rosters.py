"""Rosters; and the rights they need, for the ready roles.

Revision 0020, after 0019. That two published shifts of one person never share a minute is an exclusion constraint on PostgreSQL
and triggers on SQLite. A role that a company changed meanwhile gets the rights too: they are new to everybody.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0020"
down_revision = "0019"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c03")
TABLES = (
    "roster_stretch", "roster_shift", "roster_publication", "roster_cell", "demand_figures", "demand_rule", "demand_curve",
    "roster_kit", "roster_store_profile", "roster_worker", "roster_profile_use", "roster_profile", "roster_terms", "skill_grant",
    "skill",
)  # fmt: skip
_OWN = "rosters.own"
_RIGHTS = {
    "employee": _OWN,
    "store_manager": _OWN,
    "department_head": _OWN,
    "region_manager": _OWN,
    "qa": _OWN,
    "leader": _OWN,
    "auditor": _OWN,
    "hr": f"{_OWN} rosters.manage_skills",
    "admin": f"{_OWN} rosters.manage_skills",
}

NO_OVERLAP = """
CREATE TRIGGER roster_stretch_no_overlap_{when} BEFORE {event} ON roster_stretch
WHEN EXISTS (
    SELECT 1 FROM roster_stretch AS other
    WHERE other.person_id = NEW.person_id AND other.id <> NEW.id
      AND other.starts_ms < NEW.ends_ms AND NEW.starts_ms < other.ends_ms
)
BEGIN SELECT RAISE(ABORT, 'published shifts of one person overlap'); END
"""


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(parts)))


def _people() -> None:
    """What is known of people, and the rules."""
    op.create_table(
        "skill",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("needs_certificate", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill")),
        sa.UniqueConstraint("code", name=op.f("uq_skill_code")),
    )
    op.create_table(
        "skill_grant",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("skill", sa.String(length=40), nullable=False),
        sa.Column("level", sa.Integer(), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=True),
        sa.Column("certificate", sa.String(length=120), nullable=True),
        sa.Column("withdrawn_from", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("(withdrawn_from is null) = (reason is null)", name=op.f("ck_skill_grant_withdrawn_with_reason")),
        sa.CheckConstraint("level between 1 and 5", name=op.f("ck_skill_grant_level_known")),
        sa.CheckConstraint("to_day is null or to_day >= from_day", name=op.f("ck_skill_grant_ends_after_start")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_skill_grant_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_skill_grant")),
    )
    op.create_index("ix_skill_grant_person_skill", "skill_grant", ["person_id", "skill"], unique=False)
    op.create_index("ix_skill_grant_to_day", "skill_grant", ["to_day"], unique=False)
    op.create_table(
        "roster_terms",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("system", sa.String(length=15), nullable=False),
        sa.Column("day_max_min", sa.Integer(), nullable=True),
        sa.Column("week_min_min", sa.Integer(), nullable=True),
        sa.Column("week_max_min", sa.Integer(), nullable=True),
        sa.Column("protect", sa.JSON(), nullable=False),
        sa.Column("wage_cents_hour", sa.Integer(), nullable=True),
        sa.Column("born_on", sa.Date(), nullable=True),
        sa.CheckConstraint(
            "system in ('standard','comprehensive','flexible','part_time')", name=op.f("ck_roster_terms_system_known")
        ),
        sa.CheckConstraint("day_max_min is null or day_max_min between 1 and 1440", name=op.f("ck_roster_terms_day_in_bounds")),
        sa.CheckConstraint("wage_cents_hour is null or wage_cents_hour >= 0", name=op.f("ck_roster_terms_wage_not_negative")),
        sa.CheckConstraint(
            "week_min_min is null or week_max_min is null or week_min_min <= week_max_min",
            name=op.f("ck_roster_terms_week_in_order"),
        ),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_terms_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_terms")),
        sa.UniqueConstraint("person_id", "from_day", name=op.f("uq_roster_terms_person_id_from_day")),
    )
    op.create_table(
        "roster_profile",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("rules", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_profile")),
        sa.UniqueConstraint("code", "from_day", name=op.f("uq_roster_profile_code_from_day")),
    )
    op.create_table(
        "roster_profile_use",
        sa.Column("id", _ID, nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("profile", sa.String(length=40), nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("said_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["unit_id"], ["org_unit.id"], name=op.f("fk_roster_profile_use_unit_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_profile_use")),
    )
    op.create_index(op.f("ix_roster_profile_use_unit_id"), "roster_profile_use", ["unit_id"], unique=False)
    op.create_table(
        "roster_worker",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("desks", sa.JSON(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_worker")),
        sa.UniqueConstraint("person_id", name=op.f("uq_roster_worker_person_id")),
    )
    op.create_table(
        "roster_store_profile",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_store_profile")),
    )
    op.create_table(
        "roster_kit",
        sa.Column("id", _ID, nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_kit")),
    )


def _demand() -> None:
    """How many are needed."""
    op.create_table(
        "demand_curve",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("weekday", sa.Integer(), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=True),
        sa.Column("day", sa.Date(), nullable=True),
        sa.Column("slots", sa.JSON(), nullable=False),
        sa.Column("source", sa.String(length=10), nullable=False),
        sa.CheckConstraint("source in ('hand','figures')", name=op.f("ck_demand_curve_source_known")),
        sa.CheckConstraint("(day is null) <> (weekday is null)", name=op.f("ck_demand_curve_weekday_or_day")),
        sa.CheckConstraint("(weekday is null) = (from_day is null)", name=op.f("ck_demand_curve_weekday_from_a_day")),
        sa.CheckConstraint("weekday is null or weekday between 0 and 6", name=op.f("ck_demand_curve_weekday_known")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_demand_curve_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_curve")),
        sa.UniqueConstraint("store_id", "role", "day", name=op.f("uq_demand_curve_store_id_role_day")),
        sa.UniqueConstraint(
            "store_id", "role", "weekday", "from_day", name=op.f("uq_demand_curve_store_id_role_weekday_from_day")
        ),
    )
    op.create_table(
        "demand_rule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=True),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("per_head", sa.BigInteger(), nullable=False),
        sa.Column("at_least", sa.Integer(), nullable=False),
        sa.Column("at_most", sa.Integer(), nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.CheckConstraint("measure in ('sales','footfall')", name=op.f("ck_demand_rule_measure_known")),
        sa.CheckConstraint(
            "at_least >= 0 and (at_most is null or at_most >= at_least)", name=op.f("ck_demand_rule_bounds_in_order")
        ),
        sa.CheckConstraint("per_head > 0", name=op.f("ck_demand_rule_per_head_positive")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_demand_rule_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_rule")),
    )
    op.create_index("ix_demand_rule_store", "demand_rule", ["store_id"], unique=False)
    op.create_table(
        "demand_figures",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("measure", sa.String(length=10), nullable=False),
        sa.Column("figures", sa.JSON(), nullable=False),
        sa.CheckConstraint("measure in ('sales','footfall')", name=op.f("ck_demand_figures_measure_known")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_demand_figures_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_demand_figures")),
        sa.UniqueConstraint("store_id", "day", "measure", name=op.f("uq_demand_figures_store_id_day_measure")),
    )


def _cells() -> None:
    """The working copy and what is published."""
    op.create_table(
        "roster_cell",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("tasks", sa.JSON(), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=True),
        sa.Column("locked", sa.Boolean(), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("published_version", sa.Integer(), nullable=True),
        sa.Column("published", sa.JSON(), nullable=True),
        sa.Column("override", sa.String(length=500), nullable=True),
        sa.Column("made_by", _ID, nullable=True),
        sa.Column("changed_by", _ID, nullable=True),
        sa.Column("changed_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("(state = 'draft') = (published_version is null)", name=op.f("ck_roster_cell_draft_is_unpublished")),
        sa.CheckConstraint(
            "state in ('draft','published','confirmed','changed','removed')", name=op.f("ck_roster_cell_state_known")
        ),
        sa.CheckConstraint(
            "published_version is null or published_version <= version", name=op.f("ck_roster_cell_published_was_there")
        ),
        sa.CheckConstraint("version >= 1", name=op.f("ck_roster_cell_version_counts")),
        sa.ForeignKeyConstraint(["changed_by"], ["person.id"], name=op.f("fk_roster_cell_changed_by_person")),
        sa.ForeignKeyConstraint(["made_by"], ["person.id"], name=op.f("fk_roster_cell_made_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_cell_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_roster_cell_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_cell")),
    )
    op.create_index("ix_roster_cell_person_day", "roster_cell", ["person_id", "day"], unique=False)
    op.create_index("ix_roster_cell_store_day", "roster_cell", ["store_id", "day"], unique=False)
    op.create_table(
        "roster_publication",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("published_by", _ID, nullable=True),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("override", sa.String(length=500), nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("new", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Integer(), nullable=False),
        sa.CheckConstraint("to_day >= from_day", name=op.f("ck_roster_publication_days_in_order")),
        sa.ForeignKeyConstraint(["published_by"], ["person.id"], name=op.f("fk_roster_publication_published_by_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_roster_publication_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_publication")),
    )
    op.create_index("ix_roster_publication_store_days", "roster_publication", ["store_id", "from_day", "to_day"], unique=False)
    op.create_table(
        "roster_shift",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("template", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("windows", sa.JSON(), nullable=False),
        sa.Column("placed", sa.JSON(), nullable=False),
        sa.Column("on_call", sa.Boolean(), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("role", sa.String(length=40), nullable=True),
        sa.Column("tasks", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=True),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("guest", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("confirmed_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("offered_until", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("confirmed_at is null or person_id is not null", name=op.f("ck_roster_shift_somebody_confirms")),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_roster_shift_ends_after_start")),
        sa.ForeignKeyConstraint(["id"], ["roster_cell.id"], name=op.f("fk_roster_shift_id_roster_cell")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_shift_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_roster_shift_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_shift")),
    )
    op.create_index("ix_roster_shift_person_day", "roster_shift", ["person_id", "day"], unique=False)
    op.create_index("ix_roster_shift_store_day", "roster_shift", ["store_id", "day"], unique=False)
    op.create_table(
        "roster_stretch",
        sa.Column("id", _ID, nullable=False),
        sa.Column("shift_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("starts_ms", sa.BigInteger(), nullable=False),
        sa.Column("ends_ms", sa.BigInteger(), nullable=False),
        sa.CheckConstraint("ends_ms > starts_ms", name=op.f("ck_roster_stretch_ends_after_start")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_roster_stretch_person_id_person")),
        sa.ForeignKeyConstraint(["shift_id"], ["roster_shift.id"], name=op.f("fk_roster_stretch_shift_id_roster_shift")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_roster_stretch")),
    )
    op.create_index(op.f("ix_roster_stretch_person_id"), "roster_stretch", ["person_id"], unique=False)
    op.create_index(op.f("ix_roster_stretch_shift_id"), "roster_stretch", ["shift_id"], unique=False)
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            "ALTER TABLE roster_stretch ADD CONSTRAINT ex_roster_stretch_no_overlap"
            " EXCLUDE USING gist (person_id WITH =, int8range(starts_ms, ends_ms) WITH &&)"
        )
    else:
        op.execute(NO_OVERLAP.format(when="new", event="INSERT"))
        op.execute(NO_OVERLAP.format(when="changed", event="UPDATE OF person_id, starts_ms, ends_ms"))


def upgrade() -> None:
    """The tables; the new rights, and the log is asked to vouch for their rows."""
    _people()
    _demand()
    _cells()
    right = sa.table("role_permission", sa.column("id", _ID), sa.column("role", sa.String), sa.column("permission", sa.String))
    op.bulk_insert(
        right,
        [
            {"id": _id("right", role, permission), "role": role, "permission": permission}
            for role, permissions in _RIGHTS.items()
            for permission in permissions.split()
        ],
    )
    op.bulk_insert(
        sa.table("audit_pending", sa.column("body")),
        [{"body": '{"adopt":{"table":"role_permission","after":"","only":true}}'}],
    )


def downgrade() -> None:
    """Back to 0019: the tables go, the rights are taken back from all roles."""
    known = ",".join(f"'{one}'" for one in sorted({right for rights in _RIGHTS.values() for right in rights.split()}))
    for table in TABLES:
        op.drop_table(table)
    op.execute(f"DELETE FROM role_permission WHERE permission IN ({known})")  # noqa: S608 - words of this file
