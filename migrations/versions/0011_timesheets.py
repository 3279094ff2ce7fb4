"""The days that are derived from punches, duties, leave and rules.

Revision 0011, after 0010.
"""

from __future__ import annotations

revision = "0011"
down_revision = "0010"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The days that are derived from punches, duties, leave and rules."""


def downgrade() -> None:
    """Back to 0010."""
