"""Month reports with their revisions.

Revision 0035, after 0034.
"""

from __future__ import annotations

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables."""


def downgrade() -> None:
    """Back to 0034."""
