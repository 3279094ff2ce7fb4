"""The rights that hours, shifts, corrections and weekly statements need, for the ready roles.

Revision 0009, after 0008. A role that a company changed meanwhile gets them too: they are new to everybody.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0009"
down_revision = "0008"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c03")
_OWN = "attendance.appeal statements.confirm"
_LOOK = "shifts.read hours.read"
_LEAD = f"{_OWN} {_LOOK} statements.read"
_STEER = "attendance.vouch attendance.cases shifts.plan"
_HR = f"{_LEAD} {_STEER} shifts.manage shifts.manage_rules statements.settle statements.close"
_RIGHTS = {
    "employee": _OWN,
    "store_manager": f"{_LEAD} {_STEER}",
    "department_head": _LEAD,
    "region_manager": f"{_LEAD} {_STEER}",
    "qa": f"{_OWN} {_LOOK}",
    "leader": _LEAD,
    "auditor": f"{_LEAD} attendance.cases",
    "hr": _HR,
    "admin": _HR,
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
    """Back to 0008: the rights are taken back from all roles."""
    known = ",".join(f"'{one}'" for one in sorted({right for rights in _RIGHTS.values() for right in rights.split()}))
    op.execute(f"DELETE FROM role_permission WHERE permission IN ({known})")  # noqa: S608 - words of this file
