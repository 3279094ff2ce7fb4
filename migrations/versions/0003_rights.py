"""Roles, their rights and fields as data, changed by two people; grants over the organisation; guests with their dates.

Revision 0003, after 0002.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c03")
_OLD_ROLES = ("employee", "store_manager", "hr", "auditor", "admin")

_ROLES = (
    ("employee", "员工", "Employee", True),
    ("store_manager", "店长", "Store manager", True),
    ("department_head", "部门主管", "Department head", True),
    ("region_manager", "区域经理", "Region manager", True),
    ("hr", "人事", "HR", True),
    ("qa", "品质管理", "QA", True),
    ("leader", "公司领导", "Leader", True),
    ("auditor", "审计", "Auditor", True),
    ("admin", "管理员", "Administrator", True),
    ("tablet", "门店平板", "Store tablet", False),
)
_RIGHTS = {
    "employee": (
        "approvals.decide approvals.submit inbox.read_own people.change_own_password postings.tick privacy.read_own "
        "self.read"
    ),
    "store_manager": (
        "approvals.decide approvals.read approvals.submit archive.read attendance.read attendance.review boards.read "
        "devices.read exports.run inbox.read_own leave.read org.read people.change_own_password people.read postings.read "
        "postings.tick privacy.read_own self.read stores.read"
    ),
    "department_head": (
        "approvals.decide approvals.read approvals.submit archive.read attendance.read boards.read devices.read exports.run "
        "inbox.read_own leave.read org.read people.change_own_password people.read postings.read postings.tick "
        "privacy.read_own self.read stores.read"
    ),
    "region_manager": (
        "approvals.decide approvals.read approvals.submit archive.read attendance.read attendance.review boards.read "
        "devices.read exports.run inbox.read_own leave.read org.read people.change_own_password people.read postings.read "
        "postings.tick privacy.read_own self.read stores.read"
    ),
    "qa": (
        "approvals.decide approvals.submit archive.read attendance.read boards.read devices.read exports.run inbox.read_own "
        "org.read people.change_own_password people.read postings.read postings.tick privacy.read_own self.read stores.read"
    ),
    "leader": (
        "approvals.decide approvals.read approvals.submit archive.read attendance.read boards.read devices.read exports.run "
        "inbox.read_own leave.read org.read people.change_own_password people.read postings.read postings.tick "
        "privacy.read_own self.read stores.read"
    ),
    "auditor": (
        "approvals.decide approvals.read approvals.submit archive.read attendance.read audit.read audit.verify boards.read "
        "devices.read exports.run inbox.read_own leave.read operations.read org.read people.change_own_password people.read "
        "postings.read postings.tick privacy.read_own self.read stores.read"
    ),
    "hr": (
        "approvals.decide approvals.manage_flows approvals.name_decider approvals.read approvals.submit archive.documents "
        "archive.manage archive.read attendance.read attendance.review audit.read boards.read devices.enrol devices.read "
        "devices.revoke exports.run imports.run inbox.read_own leave.manage leave.read operations.read org.manage org.read "
        "people.change_own_password people.manage people.read postings.manage postings.read postings.tick privacy.erase "
        "privacy.read_own self.read stores.manage stores.read"
    ),
    "admin": (
        "approvals.decide approvals.manage_flows approvals.name_decider approvals.read approvals.submit archive.documents "
        "archive.manage archive.read attendance.read attendance.review audit.read audit.verify boards.read devices.enrol "
        "devices.read devices.revoke exports.run imports.run inbox.read_own leave.manage leave.read operations.read "
        "operations.replay org.manage org.read people.change_own_password people.manage people.manage_accounts "
        "people.manage_roles people.read postings.manage postings.read postings.tick privacy.erase privacy.read_own "
        "self.read stores.manage stores.read"
    ),
}
# (role, relation): the fields it reads, the fields it sees masked
_FIELDS = {
    ("employee", "self"): (
        (
            "name number home_org post active hired has_pin mobile contact birth id_number contract pay social_insurance "
            "documents postings training performance photo"
        ),
        "",
    ),
    ("store_manager", "home"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("store_manager", "host_before"): (
        "name number home_org post training performance",
        "id_number",
    ),
    ("store_manager", "host_during"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("store_manager", "host_after"): (
        "name number photo",
        "",
    ),
    ("department_head", "home"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("department_head", "host_before"): (
        "name number home_org post training performance",
        "id_number",
    ),
    ("department_head", "host_during"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("department_head", "host_after"): (
        "name number photo",
        "",
    ),
    ("region_manager", "home"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("region_manager", "host_before"): (
        "name number home_org post training performance",
        "id_number",
    ),
    ("region_manager", "host_during"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("region_manager", "host_after"): (
        "name number photo",
        "",
    ),
    ("hr", "home"): (
        (
            "name number home_org post active hired has_pin mobile contact birth id_number contract pay social_insurance "
            "documents postings training performance photo"
        ),
        "",
    ),
    ("hr", "host_before"): (
        "name number home_org post training performance",
        "id_number",
    ),
    ("hr", "host_during"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("hr", "host_after"): (
        "name number photo",
        "",
    ),
    ("qa", "home"): (
        "name number home_org post active hired has_pin postings training performance photo",
        "",
    ),
    ("qa", "host_during"): (
        "name number home_org post active hired has_pin postings training performance photo",
        "",
    ),
    ("leader", "home"): (
        "name number home_org post active hired has_pin mobile contract postings training performance",
        "id_number",
    ),
    ("leader", "host_during"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("auditor", "home"): (
        "name number home_org post active hired has_pin contract postings training performance photo",
        "mobile id_number",
    ),
    ("auditor", "host_during"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("admin", "home"): (
        "name number home_org post active hired has_pin mobile postings training performance photo",
        "id_number",
    ),
    ("tablet", "host_before"): (
        "name number home_org post active has_pin",
        "",
    ),
    ("tablet", "host_during"): (
        "name number home_org post active has_pin",
        "",
    ),
}


def upgrade() -> None:
    """Roles, their rights and fields as data, changed by two people; grants over the organisation; guests with their dates."""
    _make_roles()
    _seed()
    _widen_grants()
    _date_the_guests()


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(parts)))


def _make_roles() -> None:
    op.create_table(
        "role",
        sa.Column("id", _ID, nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("is_ready", sa.Boolean(), nullable=False),
        sa.Column("grantable", sa.Boolean(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role")),
        sa.UniqueConstraint("key", name=op.f("uq_role_key")),
    )
    op.create_table(
        "role_permission",
        sa.Column("id", _ID, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("permission", sa.String(length=60), nullable=False),
        sa.ForeignKeyConstraint(["role"], ["role.key"], name=op.f("fk_role_permission_role_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_permission")),
        sa.UniqueConstraint("role", "permission", name=op.f("uq_role_permission_role_permission")),
    )
    op.create_table(
        "field_rule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("relation", sa.String(length=20), nullable=False),
        sa.Column("field", sa.String(length=40), nullable=False),
        sa.Column("mode", sa.String(length=10), nullable=False),
        sa.CheckConstraint("mode in ('masked','read')", name=op.f("ck_field_rule_mode_known")),
        sa.CheckConstraint(
            "relation in ('self','home','host_before','host_during','host_after')", name=op.f("ck_field_rule_relation_known")
        ),
        sa.ForeignKeyConstraint(["role"], ["role.key"], name=op.f("fk_field_rule_role_role")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_field_rule")),
        sa.UniqueConstraint("role", "relation", "field", name=op.f("uq_field_rule_role_relation_field")),
    )
    op.create_table(
        "role_change",
        sa.Column("id", _ID, nullable=False),
        sa.Column("role", sa.String(length=40), nullable=False),
        sa.Column("before", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("after", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("proposed_by", _ID, nullable=False),
        sa.Column("proposed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decision_reason", sa.String(length=500), nullable=True),
        sa.CheckConstraint("(state = 'open') = (decided_by is null)", name=op.f("ck_role_change_decided_by_somebody")),
        sa.CheckConstraint("decided_by is null or decided_by <> proposed_by", name=op.f("ck_role_change_two_people")),
        sa.CheckConstraint("state in ('open','confirmed','rejected')", name=op.f("ck_role_change_state_known")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_role_change_decided_by_person")),
        sa.ForeignKeyConstraint(["proposed_by"], ["person.id"], name=op.f("fk_role_change_proposed_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_role_change")),
    )
    op.create_index(
        "uq_role_change_open",
        "role_change",
        ["role"],
        unique=True,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )


def _seed() -> None:
    role = sa.table(
        "role",
        sa.column("id", _ID),
        *(sa.column(name, sa.String) for name in ("key", "name_zh", "name_en")),
        *(sa.column(name, sa.Boolean) for name in ("is_ready", "grantable")),
    )
    right = sa.table("role_permission", sa.column("id", _ID), sa.column("role", sa.String), sa.column("permission", sa.String))
    rule = sa.table(
        "field_rule",
        sa.column("id", _ID),
        *(sa.column(name, sa.String) for name in ("role", "relation", "field", "mode")),
    )
    op.bulk_insert(
        role,
        [
            {"id": _id("role", key), "key": key, "name_zh": zh, "name_en": en, "is_ready": True, "grantable": grantable}
            for key, zh, en, grantable in _ROLES
        ],
    )
    op.bulk_insert(
        right,
        [
            {"id": _id("right", key, permission), "role": key, "permission": permission}
            for key, permissions in _RIGHTS.items()
            for permission in permissions.split()
        ],
    )
    op.bulk_insert(
        rule,
        [
            {"id": _id("rule", key, relation, field), "role": key, "relation": relation, "field": field, "mode": mode}
            for (key, relation), by_mode in _FIELDS.items()
            for mode, fields in zip(("read", "masked"), by_mode, strict=True)
            for field in fields.split()
        ],
    )


def _widen_grants() -> None:
    op.drop_index(op.f("ix_grant_store_id"), table_name="grant")
    with op.batch_alter_table("grant") as grant:
        grant.drop_constraint(op.f("ck_grant_role_known"), type_="check")
        grant.drop_constraint(op.f("uq_grant_account_id_role_store_id"), type_="unique")
        grant.alter_column("role", existing_type=sa.String(length=20), type_=sa.String(length=40), existing_nullable=False)
        grant.alter_column("store_id", new_column_name="unit_id", existing_type=_ID, existing_nullable=True)
        grant.add_column(sa.Column("until", sa.Date(), nullable=True))
        grant.add_column(sa.Column("posting_id", _ID, nullable=True))
        grant.add_column(sa.Column("post_id", _ID, nullable=True))
    with op.batch_alter_table("grant") as grant:
        grant.create_unique_constraint(op.f("uq_grant_account_id_role_unit_id"), ["account_id", "role", "unit_id"])
        grant.create_foreign_key(op.f("fk_grant_role_role"), "role", ["role"], ["key"])
    op.create_index(op.f("ix_grant_unit_id"), "grant", ["unit_id"], unique=False)


def _date_the_guests() -> None:
    op.drop_table("person_store")
    op.create_table(
        "person_store",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("from_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("until_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_store_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_store")),
    )
    op.create_index(op.f("ix_person_store_person_id"), "person_store", ["person_id"], unique=False)
    op.create_index("ix_person_store_store_until", "person_store", ["store_id", "until_at"], unique=False)
    op.execute(
        "INSERT INTO person_store (id, person_id, store_id, from_at, until_at)"
        " SELECT id, person_id, store_id, starts_at, ends_at FROM posting"
    )


def downgrade() -> None:
    """Back to 0002: grants of roles that were unknown then are taken back, and a guest is one for good again."""
    op.drop_table("person_store")
    op.create_table(
        "person_store",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_person_store_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person_store")),
        sa.UniqueConstraint("person_id", "store_id", name=op.f("uq_person_store_person_id_store_id")),
    )
    op.create_index(op.f("ix_person_store_person_id"), "person_store", ["person_id"], unique=False)
    op.create_index(op.f("ix_person_store_store_id"), "person_store", ["store_id"], unique=False)
    op.execute(
        "INSERT INTO person_store (id, person_id, store_id)"
        " SELECT id, person_id, store_id FROM posting AS one WHERE NOT EXISTS (SELECT 1 FROM posting AS other"
        " WHERE other.person_id = one.person_id AND other.store_id = one.store_id AND other.id < one.id)"
    )
    known = ",".join(f"'{role}'" for role in _OLD_ROLES)
    op.execute(f'DELETE FROM "grant" WHERE role NOT IN ({known})')  # noqa: S608 - words of this file
    op.execute('DELETE FROM "grant" WHERE until IS NOT NULL OR posting_id IS NOT NULL OR post_id IS NOT NULL')
    op.drop_index(op.f("ix_grant_unit_id"), table_name="grant")
    with op.batch_alter_table("grant") as grant:
        grant.drop_constraint(op.f("fk_grant_role_role"), type_="foreignkey")
        grant.drop_constraint(op.f("uq_grant_account_id_role_unit_id"), type_="unique")
        grant.drop_column("until")
        grant.drop_column("posting_id")
        grant.drop_column("post_id")
        grant.alter_column("unit_id", new_column_name="store_id", existing_type=_ID, existing_nullable=True)
        grant.alter_column("role", existing_type=sa.String(length=40), type_=sa.String(length=20), existing_nullable=False)
    with op.batch_alter_table("grant") as grant:
        grant.create_unique_constraint(op.f("uq_grant_account_id_role_store_id"), ["account_id", "role", "store_id"])
        grant.create_check_constraint(op.f("ck_grant_role_known"), f"role in ({known})")
    op.create_index(op.f("ix_grant_store_id"), "grant", ["store_id"], unique=False)
    for table in ("role_change", "field_rule", "role_permission", "role"):
        op.drop_table(table)
