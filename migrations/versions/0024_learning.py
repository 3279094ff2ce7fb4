"""Courses and learning; and the rights they need, for the ready roles.

Revision 0024, after 0023. A role that a company changed meanwhile gets the rights too: they are new to everybody.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c03")
_RIGHTS = {
    "employee": "learning.own",
    "store_manager": "learning.own training.read learning.write training.assign",
    "department_head": "learning.own training.read learning.write training.assign",
    "region_manager": "learning.own training.read learning.write training.assign",
    "qa": "learning.own",
    "leader": "learning.own training.read",
    "auditor": "learning.own training.read",
    "hr": "learning.own training.read learning.write training.assign learning.publish training.manage",
    "admin": "learning.own training.read learning.write training.assign learning.publish training.manage",
}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(parts)))


def upgrade() -> None:
    """The new rights, and the log is asked to vouch for their rows."""
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
    """Back to 0023: the rights are taken back from all roles."""
    known = ",".join(f"'{one}'" for one in sorted({right for rights in _RIGHTS.values() for right in rights.split()}))
    op.execute(f"DELETE FROM role_permission WHERE permission IN ({known})")  # noqa: S608 - words of this file
