"""Reviews of metrics and raters.

Revision 0037, after 0036.
"""

from __future__ import annotations

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """The tables."""


def downgrade() -> None:
    """Back to 0036."""
