"""A closed ticket leaves devices after a while.

Revision 0042, after 0041.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0042"
down_revision = "0041"
branch_labels = None
depends_on = None

_INDEX, _CHECK = "ix_ticket_to_put_away", "ck_ticket_put_away_when_closed"
_WAITS = "state = 'closed' and not put_away"


def upgrade() -> None:
    """Which have left; none at first, the system's minute finds those that are due."""
    with op.batch_alter_table("ticket") as table:
        table.add_column(sa.Column("put_away", sa.Boolean(), nullable=False, server_default=sa.false()))
        table.create_check_constraint(op.f(_CHECK), "not put_away or state = 'closed'")
    op.create_index(_INDEX, "ticket", ["moved_at"], sqlite_where=sa.text(_WAITS), postgresql_where=sa.text(_WAITS))


def downgrade() -> None:
    """Back to 0041. Tickets that had left stay away until something happens to them: the server before knew no leaving."""
    op.drop_index(_INDEX, "ticket")
    with op.batch_alter_table("ticket") as table:
        table.drop_constraint(op.f(_CHECK), type_="check")
        table.drop_column("put_away")
