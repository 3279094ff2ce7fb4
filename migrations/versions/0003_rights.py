"""Roles, their rights and fields as data, changed by two people.

Revision 0003, after 0002.
"""

from __future__ import annotations

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Roles, their rights and fields as data, changed by two people."""


def downgrade() -> None:
    """Back to 0002."""
