"""Cycles with goals, interviews and plans.

Revision 0036, after 0035.
"""

from __future__ import annotations

revision = "0036"
down_revision = "0035"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables."""


def downgrade() -> None:
    """Back to 0035."""
