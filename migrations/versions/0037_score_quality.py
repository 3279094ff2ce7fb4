"""Reviews of metrics and raters.

Revision 0037, after 0036.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0037"
down_revision = "0036"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_KEPT = "a review stays as it was made"


def upgrade() -> None:
    """The tables; a review that was made is never changed and never goes."""
    op.create_table(
        "score_review",
        sa.Column("id", _ID, nullable=False),
        sa.Column("from_month", sa.String(7), nullable=False),
        sa.Column("to_month", sa.String(7), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("flagged", sa.Integer(), nullable=False),
        sa.Column("metrics", sa.Integer(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint("to_month >= from_month", name=op.f("ck_score_review_ends_after_start")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_review")),
        sa.UniqueConstraint("from_month", "to_month", name=op.f("uq_score_review_from_month_to_month")),
    )
    op.create_table(
        "score_review_rule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("rhythm", sa.String(7), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.CheckConstraint("rhythm in ('quarter','half')", name=op.f("ck_score_review_rule_rhythm_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_review_rule")),
    )
    for event in ("UPDATE", "DELETE"):
        name = f"score_review_kept_{event.lower()}"
        if op.get_bind().dialect.name == "postgresql":
            refuse = f"RAISE integrity_constraint_violation USING MESSAGE = '{_KEPT}';"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {refuse} END $$")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON score_review FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON score_review BEGIN SELECT RAISE(ABORT, '{_KEPT}'); END")


def downgrade() -> None:
    """Back to 0036."""
    op.drop_table("score_review_rule")
    op.drop_table("score_review")
    if op.get_bind().dialect.name == "postgresql":
        for event in ("update", "delete"):
            op.execute(f"DROP FUNCTION score_review_kept_{event}()")
