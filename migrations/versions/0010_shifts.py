"""Shift templates, patterns, planned days, duties, and the rules of working time.

Revision 0010, after 0009.
"""

from __future__ import annotations

revision = "0010"
down_revision = "0009"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Shift templates, patterns, planned days, duties, and the rules of working time."""


def downgrade() -> None:
    """Back to 0009."""
