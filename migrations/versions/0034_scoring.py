"""Metrics, schemes, cards; and the rights of scoring, for the ready roles.

Revision 0034, after 0033. A role that a company changed meanwhile gets the rights too: they are new to everybody.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c03")
_OWN = "scoring.own"
_LEAD = f"{_OWN} scoring.read"
_GIVE = f"{_LEAD} scoring.give"
_ALL = f"{_GIVE} scoring.manage scoring.quality"
_RIGHTS = {
    "employee": _OWN,
    "store_manager": _GIVE,
    "department_head": _GIVE,
    "region_manager": _GIVE,
    "qa": _OWN,
    "leader": _LEAD,
    "auditor": f"{_LEAD} scoring.quality",
    "hr": _ALL,
    "admin": _ALL,
}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(parts)))


def _give_rights() -> None:
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


def upgrade() -> None:
    """The tables; the new rights, and the log is asked to vouch for their rows."""
    _give_rights()


def downgrade() -> None:
    """Back to 0033: the tables go, and the rights are taken back from all roles."""
    known = ",".join(f"'{one}'" for one in sorted(set(_ALL.split())))
    op.execute(f"DELETE FROM role_permission WHERE permission IN ({known})")  # noqa: S608 - words of this file
