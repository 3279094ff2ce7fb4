"""How old the fix of a punch was when the button was pressed; how far a device's wall clock is off, and since when.

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
    """One more number per punch, two per device."""
    op.add_column("punch", sa.Column("fix_age_ms", sa.BigInteger(), nullable=True))
    op.add_column("device_chain", sa.Column("wall_off_ms", sa.BigInteger(), nullable=True))
    op.add_column("device_chain", sa.Column("wall_off_since", sa.DateTime(timezone=True), nullable=True))


def downgrade() -> None:
    """Ages and offsets are let go; places stay."""
    op.drop_column("device_chain", "wall_off_since")
    op.drop_column("device_chain", "wall_off_ms")
    op.drop_column("punch", "fix_age_ms")
