"""How old the fix of a punch was when the button was pressed.

Revision 0038, after 0037. Punches from before do not say it: where they told a place, their fix was younger than two minutes.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0038"
down_revision = "0037"
branch_labels = None
depends_on = None


def upgrade() -> None:
    """One more number per punch."""
    op.add_column("punch", sa.Column("fix_age_ms", sa.BigInteger(), nullable=True))


def downgrade() -> None:
    """Ages are let go; places stay."""
    op.drop_column("punch", "fix_age_ms")
