"""How a week was confirmed, and when the server heard of it.

Revision 0017, after 0016. Null says that it was confirmed before this was kept: nobody can say it afterwards, and a confirmation is
never rewritten.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0017"
down_revision = "0016"
branch_labels = None
depends_on = None


def upgrade() -> None:
    known = sa.CheckConstraint("way in ('phone','tablet','console')", name=op.f("ck_statement_confirmation_way_known"))
    op.add_column("statement_confirmation", sa.Column("way", sa.String(length=8), known, nullable=True))
    op.add_column("statement_confirmation", sa.Column("received_at", sa.DateTime(timezone=True), nullable=True))
    op.create_index("ix_statement_confirmation_received", "statement_confirmation", ["received_at"])


def downgrade() -> None:
    op.drop_index("ix_statement_confirmation_received", table_name="statement_confirmation")
    op.drop_column("statement_confirmation", "received_at")
    op.drop_column("statement_confirmation", "way")
