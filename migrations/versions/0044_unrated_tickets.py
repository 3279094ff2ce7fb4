"""Tickets that were closed and got no stars are found without reading all that ever were.

Revision 0044, after 0043.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0044"
down_revision = "0043"
branch_labels = None
depends_on = None

_INDEX = "ix_ticket_unrated"
_UNRATED = "state = 'closed' and rating is null and desk_id is not null"


def upgrade() -> None:
    """The index; the rows stay as they are."""
    where = sa.text(_UNRATED)
    op.create_index(_INDEX, "ticket", ["moved_at", "id"], sqlite_where=where, postgresql_where=where)


def downgrade() -> None:
    """Back to 0043."""
    op.drop_index(_INDEX, "ticket")
