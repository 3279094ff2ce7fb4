"""Desks that answer tickets, their hours and duty turns, rules of routing.

Revision 0029, after 0028.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0029"
down_revision = "0028"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_AT = sa.DateTime(timezone=True)
_TABLES = ("routing_rule", "desk_turn", "desk_person", "desk", "desk_hours")


def upgrade() -> None:
    """Five tables; what a company begins with is made by operations when its server starts."""
    op.create_table(
        "desk_hours",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_hours")),
        sa.UniqueConstraint("name", name=op.f("uq_desk_hours_name")),
    )
    op.create_table(
        "desk",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("hours_id", _ID, nullable=False),
        sa.Column("leader_id", _ID, nullable=True),
        sa.Column("retired_at", _AT, nullable=True),
        sa.ForeignKeyConstraint(["hours_id"], ["desk_hours.id"], name=op.f("fk_desk_hours_id_desk_hours")),
        sa.ForeignKeyConstraint(["leader_id"], ["person.id"], name=op.f("fk_desk_leader_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk")),
        sa.UniqueConstraint("code", name=op.f("uq_desk_code")),
    )
    op.create_index("ix_desk_hours_id", "desk", ["hours_id"])
    op.create_table(
        "desk_person",
        sa.Column("id", _ID, nullable=False),
        sa.Column("desk_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_desk_person_desk_id_desk")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_desk_person_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_person")),
        sa.UniqueConstraint("desk_id", "person_id", name=op.f("uq_desk_person_desk_id_person_id")),
    )
    op.create_index("ix_desk_person_person_id", "desk_person", ["person_id"])
    op.create_table(
        "desk_turn",
        sa.Column("id", _ID, nullable=False),
        sa.Column("desk_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("weekdays", sa.JSON(), nullable=False),
        sa.CheckConstraint("to_day >= from_day", name=op.f("ck_desk_turn_ends_after_start")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_desk_turn_desk_id_desk")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_desk_turn_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_desk_turn")),
    )
    op.create_index("ix_desk_turn_days", "desk_turn", ["desk_id", "from_day", "to_day"])
    op.create_index("ix_desk_turn_person_id", "desk_turn", ["person_id"])
    op.create_table(
        "routing_rule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("name", sa.String(120), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("desk_id", _ID, nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("retired_at", _AT, nullable=True),
        sa.CheckConstraint("position >= 0", name=op.f("ck_routing_rule_position_counted")),
        sa.ForeignKeyConstraint(["desk_id"], ["desk.id"], name=op.f("fk_routing_rule_desk_id_desk")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_routing_rule")),
    )
    op.create_index("ix_routing_rule_desk_id", "routing_rule", ["desk_id"])
    op.create_index("ix_routing_rule_position", "routing_rule", ["position", "id"])


def downgrade() -> None:
    """Back to 0028: desks, turns, hours and rules go."""
    for table in _TABLES:
        op.drop_table(table)
