"""Cases found in the punches, phone codes, and the extra proofs that are drawn.

Revision 0013, after 0012.
"""

from __future__ import annotations

revision = "0013"
down_revision = "0012"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """Cases found in the punches, phone codes, and the extra proofs that are drawn."""


def downgrade() -> None:
    """Back to 0012."""
