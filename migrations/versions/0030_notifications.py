"""Channels beyond the inbox, what is sent through them, what people wish.

Revision 0030, after 0029.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0030"
down_revision = "0029"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Four tables; no channel is set up and nobody has wished anything yet."""
    op.create_table(
        "channel",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("url", sa.Text(), nullable=False),
        sa.Column("shown", sa.String(300), nullable=False),
        sa.Column("groups", sa.JSON(), nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("whole", sa.Boolean(), nullable=False),
        sa.Column("set_at", _AT, nullable=False),
        sa.Column("retired_at", _AT, nullable=True),
        sa.Column("retired_because", sa.String(500), nullable=True),
        sa.CheckConstraint("kind in ('email','webhook','chat')", name=op.f("ck_channel_kind_known")),
        sa.CheckConstraint("language in ('zh','en')", name=op.f("ck_channel_language_known")),
        sa.CheckConstraint("(retired_at is null) = (retired_because is null)", name=op.f("ck_channel_retired_with_reason")),
        sa.CheckConstraint("(retired_at is null) = (url <> '')", name=op.f("ck_channel_sealed_while_used")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_channel")),
    )
    live = sa.text("kind = 'email' and retired_at is null")
    op.create_index("uq_channel_one_mail", "channel", ["kind"], unique=True, sqlite_where=live, postgresql_where=live)
    op.create_table(
        "notice_wish",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("language", sa.String(2), nullable=False),
        sa.Column("zone", sa.String(60), nullable=False),
        sa.Column("quiet_from_min", sa.Integer(), nullable=True),
        sa.Column("quiet_until_min", sa.Integer(), nullable=True),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("email_groups", sa.JSON(), nullable=True),
        sa.Column("push_groups", sa.JSON(), nullable=True),
        sa.Column("said_at", _AT, nullable=False),
        sa.CheckConstraint("language in ('zh','en')", name=op.f("ck_notice_wish_language_known")),
        sa.CheckConstraint(
            "(quiet_from_min is null) = (quiet_until_min is null)", name=op.f("ck_notice_wish_quiet_whole")
        ),
        sa.CheckConstraint("quiet_from_min between 0 and 1439", name=op.f("ck_notice_wish_quiet_from_in_day")),
        sa.CheckConstraint("quiet_until_min between 0 and 1439", name=op.f("ck_notice_wish_quiet_until_in_day")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_notice_wish_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_notice_wish")),
        sa.UniqueConstraint("person_id", name=op.f("uq_notice_wish_person_id")),
    )
    op.create_table(
        "push_subscription",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("sealed", sa.Text(), nullable=False),
        sa.Column("host", sa.String(120), nullable=False),
        sa.Column("since", _AT, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_push_subscription_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_push_subscription")),
    )
    op.create_index("ix_push_subscription_person", "push_subscription", ["person_id"])
    op.create_table(
        "delivery",
        sa.Column("id", _ID, nullable=False),
        sa.Column("item_id", _ID, nullable=True),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("channel_id", _ID, nullable=True),
        sa.Column("subscription_id", _ID, nullable=True),
        sa.Column("via", sa.String(10), nullable=False),
        sa.Column("lane", sa.String(140), nullable=False),
        sa.Column("trigger", sa.String(20), nullable=False),
        sa.Column("address", sa.String(254), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("tries", sa.Integer(), nullable=False),
        sa.Column("said", sa.String(500), nullable=False),
        sa.Column("born_at", _AT, nullable=False),
        sa.Column("due_at", _AT, nullable=False),
        sa.Column("claimed_until", _AT, nullable=True),
        sa.Column("ended_at", _AT, nullable=True),
        sa.CheckConstraint("via in ('email','webhook','chat','push')", name=op.f("ck_delivery_via_known")),
        sa.CheckConstraint("state in ('waiting','sent','dead','dropped','moot')", name=op.f("ck_delivery_state_known")),
        sa.CheckConstraint("(state = 'waiting') = (ended_at is null)", name=op.f("ck_delivery_ended_when_over")),
        sa.ForeignKeyConstraint(["channel_id"], ["channel.id"], name=op.f("fk_delivery_channel_id_channel")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delivery_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delivery")),
    )
    waits = sa.text("state = 'waiting'")
    op.create_index("ix_delivery_due", "delivery", ["lane", "due_at"], sqlite_where=waits, postgresql_where=waits)
    op.create_index("ix_delivery_born", "delivery", ["state", "born_at", "id"])
    op.create_index("ix_delivery_channel_id", "delivery", ["channel_id"])
    op.create_index("ix_delivery_item_id", "delivery", ["item_id"])
    op.create_index("ix_inbox_item_trigger", "inbox_item", ["trigger", "born_at"])


def downgrade() -> None:
    """Back to 0029."""
    op.drop_index("ix_inbox_item_trigger", "inbox_item")
    for table in ("delivery", "push_subscription", "notice_wish", "channel"):
        op.drop_table(table)
