"""What the today board needs at hand.

Revision 0015, after 0014.
"""

from __future__ import annotations

revision = "0015"
down_revision = "0014"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """What the today board needs at hand."""


def downgrade() -> None:
    """Back to 0014."""
