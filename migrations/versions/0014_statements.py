"""Weekly statements with their confirmations and disputes, and closed months.

Revision 0014, after 0013.
"""

from __future__ import annotations

revision = "0014"
down_revision = "0013"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Weekly statements with their confirmations and disputes, and closed months."""


def downgrade() -> None:
    """Back to 0013."""
