"""Rules that recommend a course may count tickets.

Revision 0041, after 0040.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0041"
down_revision = "0040"
branch_labels = None
depends_on = None

_TABLE, _NAME = "recommendation_rule", "ck_recommendation_rule_kind_known"


def upgrade() -> None:
    """A further kind."""
    _known("'post','indicator','quiz','tickets'")


def downgrade() -> None:
    """Back to 0040: rules of the further kind go, with what they recommended."""
    op.execute(sa.text(
        "delete from recommendation where rule_id in (select id from recommendation_rule where kind = 'tickets')"
    ))  # fmt: skip
    op.execute(sa.text("delete from recommendation_rule where kind = 'tickets'"))
    _known("'post','indicator','quiz'")


def _known(kinds: str) -> None:
    with op.batch_alter_table(_TABLE) as table:
        table.drop_constraint(op.f(_NAME), type_="check")
        table.create_check_constraint(op.f(_NAME), f"kind in ({kinds})")
