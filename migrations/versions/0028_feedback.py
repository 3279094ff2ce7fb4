"""Tickets; and the rights that feedback, notices, voice and channels need, for the ready roles.

Revision 0028, after 0027. A role that a company changed meanwhile gets the rights too: they are new to everybody.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0028"
down_revision = "0027"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c03")
_OWN = "feedback.own announcements.own voice.own"
_LEAD = f"{_OWN} feedback.read voice.read"
_ANSWER = f"{_LEAD} feedback.answer announcements.publish"
_ALL = f"{_ANSWER} feedback.manage voice.manage inbox.manage_channels"
_RIGHTS = {
    "employee": _OWN,
    "store_manager": _ANSWER,
    "department_head": _ANSWER,
    "region_manager": _ANSWER,
    "qa": f"{_OWN} feedback.read",
    "leader": _LEAD,
    "auditor": _LEAD,
    "hr": _ALL,
    "admin": _ALL,
}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(parts)))


_TABLES = ("ticket_category", "ticket", "ticket_event", "ticket_watcher", "ticket_stop", "ticket_photo", "ticket_words")
# what was said stays as it was said; it may be emptied, when its author is forgotten, and go to other devices
_SAID = ("id", "ticket_id", "author_id", "number", "kind", "at", "arrived_at", "internal")
_SAID_OR_NOT = ("by_id", "desk_id", "person_id", "priority", "rating", "over_ids")
_EMPTIED = {"text": "", "form": "{}", "photos": "[]"}


def _keep() -> None:
    def text(row: str, column: str) -> str:
        return f"COALESCE(CAST({row}.{column} AS TEXT), '')"

    changed = [f"NEW.{column} <> OLD.{column}" for column in _SAID]
    changed += [f"{text('NEW', column)} <> {text('OLD', column)}" for column in _SAID_OR_NOT]
    changed += [
        f"({text('NEW', column)} <> {text('OLD', column)} AND {text('NEW', column)} <> '{empty}')"
        for column, empty in _EMPTIED.items()
    ]
    for event, broken in (("UPDATE", " OR ".join(changed)), ("DELETE", "1 = 1")):
        name, said = f"ticket_event_kept_{event.lower()}", "what was said of a ticket is kept"
        if op.get_bind().dialect.name == "postgresql":
            refuse = f"RAISE integrity_constraint_violation USING MESSAGE = '{said}';"
            body = f"IF {broken} THEN {refuse} END IF; RETURN {'OLD' if event == 'DELETE' else 'NEW'};"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON ticket_event FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            raised = f"BEGIN SELECT RAISE(ABORT, '{said}'); END"
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON ticket_event WHEN {broken} {raised}")


def _give_rights() -> None:
    right = sa.table("role_permission", sa.column("id", _ID), sa.column("role", sa.String), sa.column("permission", sa.String))
    op.bulk_insert(
        right,
        [
            {"id": _id("right", role, permission), "role": role, "permission": permission}
            for role, permissions in _RIGHTS.items()
            for permission in permissions.split()
        ],
    )
    op.bulk_insert(
        sa.table("audit_pending", sa.column("body")),
        [{"body": '{"adopt":{"table":"role_permission","after":"","only":true}}'}],
    )


def upgrade() -> None:
    """The tables; the new rights, and the log is asked to vouch for their rows."""
    _make_tables()
    _keep()
    _give_rights()


def _make_tables() -> None:
    op.create_table(
        "ticket_category",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("hint_zh", sa.String(length=1000), nullable=False),
        sa.Column("hint_en", sa.String(length=1000), nullable=False),
        sa.Column("icon", sa.String(length=20), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("store_sees", sa.Boolean(), nullable=False),
        sa.Column("answered", sa.Boolean(), nullable=False),
        sa.Column("position", sa.Integer(), nullable=False),
        sa.Column("stores", sa.JSON(), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.Column("retired_at", _MOMENT, nullable=True),
        sa.Column("retired_because", sa.String(length=500), nullable=True),
        sa.CheckConstraint("priority in ('low','normal','high','urgent')", name=op.f("ck_ticket_category_priority_known")),
        sa.CheckConstraint(
            "(retired_at is null) = (retired_because is null)", name=op.f("ck_ticket_category_retired_with_reason")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_category")),
        sa.UniqueConstraint("code", name=op.f("uq_ticket_category_code")),
    )
    op.create_table(
        "ticket",
        sa.Column("id", _ID, nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("category_id", _ID, nullable=False),
        sa.Column("category", sa.String(length=40), nullable=False),
        sa.Column("category_zh", sa.String(length=120), nullable=False),
        sa.Column("category_en", sa.String(length=120), nullable=False),
        sa.Column("icon", sa.String(length=20), nullable=False),
        sa.Column("labels", sa.JSON(), nullable=False),
        sa.Column("store_sees", sa.Boolean(), nullable=False),
        sa.Column("unit_id", _ID, nullable=True),
        sa.Column("store_id", _ID, nullable=True),
        sa.Column("author_id", _ID, nullable=False),
        sa.Column("spot", sa.String(length=120), nullable=False),
        sa.Column("fix", sa.JSON(), nullable=True),
        sa.Column("device_id", _ID, nullable=True),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("filed_at", _MOMENT, nullable=False),
        sa.Column("arrived_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("priority", sa.String(length=10), nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("desk_id", _ID, nullable=True),
        sa.Column("holder_id", _ID, nullable=True),
        sa.Column("rule_id", _ID, nullable=True),
        sa.Column("hops", sa.JSON(), nullable=False),
        sa.Column("pauses", sa.JSON(), nullable=False),
        sa.Column("first_target_min", sa.Integer(), nullable=True),
        sa.Column("resolve_target_min", sa.Integer(), nullable=True),
        sa.Column("escalate_min", sa.Integer(), nullable=False),
        sa.Column("first_reply_at", _MOMENT, nullable=True),
        sa.Column("first_reply_min", sa.Integer(), nullable=True),
        sa.Column("first_due_at", _MOMENT, nullable=True),
        sa.Column("first_late", sa.Boolean(), nullable=False),
        sa.Column("resolve_from", _MOMENT, nullable=True),
        sa.Column("resolved_at", _MOMENT, nullable=True),
        sa.Column("resolve_min", sa.Integer(), nullable=True),
        sa.Column("resolve_due_at", _MOMENT, nullable=True),
        sa.Column("late", sa.Boolean(), nullable=False),
        sa.Column("is_late", sa.Boolean(), nullable=False),
        sa.Column("due_at", _MOMENT, nullable=False),
        sa.Column("escalated", sa.Integer(), nullable=False),
        sa.Column("escalated_at", _MOMENT, nullable=True),
        sa.Column("paused_at", _MOMENT, nullable=True),
        sa.Column("pause_reason", sa.String(length=500), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("closed_at", _MOMENT, nullable=True),
        sa.Column("events", sa.Integer(), nullable=False),
        sa.Column("moved_at", _MOMENT, nullable=False),
        sa.Column("watchers", sa.JSON(), nullable=False),
        sa.Column("may_answer", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("inner_scopes", sa.JSON(), nullable=False),
        sa.CheckConstraint("(state = 'closed') = (closed_at is not null)", name=op.f("ck_ticket_closed_has_a_moment")),
        sa.CheckConstraint("(state = 'waiting') = (paused_at is not null)", name=op.f("ck_ticket_waits_since")),
        sa.CheckConstraint("priority in ('low','normal','high','urgent')", name=op.f("ck_ticket_priority_known")),
        sa.CheckConstraint(
            "rating is null or (rating between 1 and 5 and state = 'closed')", name=op.f("ck_ticket_rated_when_closed")
        ),
        sa.CheckConstraint("state <> 'resolved' or resolved_at is not null", name=op.f("ck_ticket_resolved_has_a_moment")),
        sa.CheckConstraint("state in ('open','waiting','resolved','closed')", name=op.f("ck_ticket_state_known")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_ticket_author_id_person")),
        sa.ForeignKeyConstraint(["category_id"], ["ticket_category.id"], name=op.f("fk_ticket_category_id_ticket_category")),
        sa.ForeignKeyConstraint(["holder_id"], ["person.id"], name=op.f("fk_ticket_holder_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_ticket_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket")),
    )
    op.create_index("ix_ticket_author", "ticket", ["author_id", "moved_at", "id"], unique=False)
    op.create_index("ix_ticket_category", "ticket", ["category", "moved_at", "id"], unique=False)
    op.create_index("ix_ticket_desk", "ticket", ["desk_id", "moved_at", "id"], unique=False)
    op.create_index("ix_ticket_due", "ticket", ["due_at", "id"], unique=False)
    op.create_index("ix_ticket_filed", "ticket", ["filed_at", "id"], unique=False)
    op.create_index(
        "ix_ticket_first_due",
        "ticket",
        ["first_due_at"],
        unique=False,
        sqlite_where=sa.text("first_due_at is not null"),
        postgresql_where=sa.text("first_due_at is not null"),
    )
    op.create_index("ix_ticket_holder", "ticket", ["holder_id", "moved_at", "id"], unique=False)
    op.create_index(
        "ix_ticket_late",
        "ticket",
        ["moved_at", "id"],
        unique=False,
        sqlite_where=sa.text("is_late and state <> 'closed'"),
        postgresql_where=sa.text("is_late and state <> 'closed'"),
    )
    op.create_index("ix_ticket_moved", "ticket", ["moved_at", "id"], unique=False)
    op.create_index(op.f("ix_ticket_number"), "ticket", ["number"], unique=False)
    op.create_index(
        "ix_ticket_open",
        "ticket",
        ["moved_at", "id"],
        unique=False,
        sqlite_where=sa.text("state in ('open','waiting')"),
        postgresql_where=sa.text("state in ('open','waiting')"),
    )
    op.create_index("ix_ticket_priority", "ticket", ["priority", "moved_at", "id"], unique=False)
    op.create_index(
        "ix_ticket_resolve_due",
        "ticket",
        ["resolve_due_at"],
        unique=False,
        sqlite_where=sa.text("resolve_due_at is not null"),
        postgresql_where=sa.text("resolve_due_at is not null"),
    )
    op.create_index(
        "ix_ticket_resolved",
        "ticket",
        ["resolved_at"],
        unique=False,
        sqlite_where=sa.text("state = 'resolved'"),
        postgresql_where=sa.text("state = 'resolved'"),
    )
    op.create_index("ix_ticket_state", "ticket", ["state", "moved_at", "id"], unique=False)
    op.create_index("ix_ticket_store", "ticket", ["store_id", "moved_at", "id"], unique=False)
    op.create_index("ix_ticket_unit", "ticket", ["unit_id", "moved_at", "id"], unique=False)
    op.create_table(
        "ticket_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ticket_id", _ID, nullable=False),
        sa.Column("author_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=20), nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("arrived_at", _MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("desk_id", _ID, nullable=True),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("priority", sa.String(length=10), nullable=True),
        sa.Column("rating", sa.Integer(), nullable=True),
        sa.Column("over_ids", sa.JSON(), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.CheckConstraint(
            "kind in ('filed','routed','replied','noted','amended','passed','taken','paused','resumed','resolved','closed','reopened','watched','unwatched','first_reply_late','late','escalated')",
            name=op.f("ck_ticket_event_kind_known"),
        ),
        sa.CheckConstraint(
            "rating is null or (rating between 1 and 5 and kind = 'closed')", name=op.f("ck_ticket_event_rating_is_one")
        ),
        sa.CheckConstraint("number >= 1", name=op.f("ck_ticket_event_numbers_from_one")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_ticket_event_author_id_person")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ticket_event_by_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_event_person_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_event_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_event")),
        sa.UniqueConstraint("ticket_id", "number", name=op.f("uq_ticket_event_ticket_id_number")),
    )
    op.create_index(op.f("ix_ticket_event_by_id"), "ticket_event", ["by_id"], unique=False)
    op.create_index(op.f("ix_ticket_event_person_id"), "ticket_event", ["person_id"], unique=False)
    op.create_table(
        "ticket_watcher",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ticket_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_ticket_watcher_person_id_person")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_watcher_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_watcher")),
        sa.UniqueConstraint("person_id", "ticket_id", name=op.f("uq_ticket_watcher_person_id_ticket_id")),
    )
    op.create_index(op.f("ix_ticket_watcher_ticket_id"), "ticket_watcher", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_stop",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ticket_id", _ID, nullable=False),
        sa.Column("desk_id", _ID, nullable=False),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_stop_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_stop")),
        sa.UniqueConstraint("desk_id", "ticket_id", name=op.f("uq_ticket_stop_desk_id_ticket_id")),
    )
    op.create_index(op.f("ix_ticket_stop_ticket_id"), "ticket_stop", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_photo",
        sa.Column("id", _ID, nullable=False),
        sa.Column("ticket_id", _ID, nullable=False),
        sa.Column("event_id", _ID, nullable=False),
        sa.Column("author_id", _ID, nullable=False),
        sa.Column("by_id", _ID, nullable=True),
        sa.Column("device_id", _ID, nullable=True),
        sa.Column("photo", sa.String(length=64), nullable=True),
        sa.Column("shown", sa.String(length=64), nullable=True),
        sa.Column("internal", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("code", sa.String(length=40), nullable=True),
        sa.CheckConstraint("(state = 'refused') = (code is not null)", name=op.f("ck_ticket_photo_refused_with_reason")),
        sa.CheckConstraint("state in ('awaited','ok','refused')", name=op.f("ck_ticket_photo_state_known")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_ticket_photo_author_id_person")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_ticket_photo_by_id_person")),
        sa.ForeignKeyConstraint(["event_id"], ["ticket_event.id"], name=op.f("fk_ticket_photo_event_id_ticket_event")),
        sa.ForeignKeyConstraint(["ticket_id"], ["ticket.id"], name=op.f("fk_ticket_photo_ticket_id_ticket")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_photo")),
        sa.UniqueConstraint("event_id", "photo", name=op.f("uq_ticket_photo_event_id_photo")),
    )
    op.create_index(op.f("ix_ticket_photo_photo"), "ticket_photo", ["photo"], unique=False)
    op.create_index(op.f("ix_ticket_photo_shown"), "ticket_photo", ["shown"], unique=False)
    op.create_index(op.f("ix_ticket_photo_ticket_id"), "ticket_photo", ["ticket_id"], unique=False)
    op.create_table(
        "ticket_words",
        sa.Column("id", _ID, nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_ticket_words")),
    )


def downgrade() -> None:
    """Back to 0027: the tables go, and the rights are taken back from all roles."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for event in ("update", "delete"):
            op.execute(f"DROP FUNCTION ticket_event_kept_{event}()")
    known = ",".join(f"'{one}'" for one in sorted(set(_ALL.split())))
    op.execute(f"DELETE FROM role_permission WHERE permission IN ({known})")  # noqa: S608 - words of this file
