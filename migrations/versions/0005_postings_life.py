"""Arrivals, checklists and what a posting remembers of its request.

Revision 0005, after 0004.
"""

from __future__ import annotations

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Arrivals, checklists and what a posting remembers of its request."""


def downgrade() -> None:
    """Back to 0004."""
