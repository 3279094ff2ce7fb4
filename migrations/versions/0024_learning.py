"""Courses and learning; and the rights they need, for the ready roles.

Revision 0024, after 0023. A role that a company changed meanwhile gets the rights too: they are new to everybody.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0024"
down_revision = "0023"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c03")
_RIGHTS = {
    "employee": "learning.own",
    "store_manager": "learning.own training.read learning.write training.assign",
    "department_head": "learning.own training.read learning.write training.assign",
    "region_manager": "learning.own training.read learning.write training.assign",
    "qa": "learning.own",
    "leader": "learning.own training.read",
    "auditor": "learning.own training.read",
    "hr": "learning.own training.read learning.write training.assign learning.publish training.manage",
    "admin": "learning.own training.read learning.write training.assign learning.publish training.manage",
}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(parts)))


_DONE = ("card_event", "reading", "attempt", "recall_review")
_TABLES = (
    "course",
    "course_media",
    "course_audience",
    "course_picture",
    "course_progress",
    "course_version",
    "recall",
    "attempt",
    "card_event",
    "certificate",
    "reading",
    "recall_review",
)
# what was published, and what people did, stays: rules of the database as well
_KEPT = (
    ("course_version", "UPDATE", "OLD.published_at IS NOT NULL AND (NEW.body <> OLD.body OR NEW.number <> OLD.number)"),
    ("course_version", "DELETE", "OLD.published_at IS NOT NULL"),
    *((table, "DELETE", "1 = 1") for table in _DONE),
)


def _keep() -> None:
    for table, event, broken in _KEPT:
        name, said = f"{table}_kept_{event.lower()}", "what was published or done is kept"
        if op.get_bind().dialect.name == "postgresql":
            refuse = f"RAISE integrity_constraint_violation USING MESSAGE = '{said}';"
            body = f"IF {broken} THEN {refuse} END IF; RETURN {'OLD' if event == 'DELETE' else 'NEW'};"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {broken} BEGIN SELECT RAISE(ABORT, '{said}'); END")


def upgrade() -> None:
    """The tables; the new rights, and the log is asked to vouch for their rows."""
    _make_tables()
    _keep()
    _give_rights()


def _make_tables() -> None:
    op.create_table(
        "course",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("author_id", _ID, nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("topic", sa.String(length=120), nullable=False),
        sa.Column("title_zh", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("words", sa.Text(), nullable=False),
        sa.Column("version_id", _ID, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("retired_at", _MOMENT, nullable=True),
        sa.Column("retired_because", sa.String(length=500), nullable=True),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.CheckConstraint("kind in ('course','script')", name=op.f("ck_course_kind_known")),
        sa.CheckConstraint(
            "(number = 0) = (version_id is null) and (number = 0) = (published_at is null)",
            name=op.f("ck_course_published_whole"),
        ),
        sa.CheckConstraint("(retired_at is null) = (retired_because is null)", name=op.f("ck_course_retired_with_reason")),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_course_author_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course")),
        sa.UniqueConstraint("code", name=op.f("uq_course_code")),
    )
    op.create_index(op.f("ix_course_author_id"), "course", ["author_id"], unique=False)
    op.create_table(
        "course_media",
        sa.Column("id", _ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.Column("media", sa.String(length=20), nullable=False),
        sa.Column("size", sa.Integer(), nullable=False),
        sa.Column("width", sa.Integer(), nullable=False),
        sa.Column("height", sa.Integer(), nullable=False),
        sa.Column("name", sa.String(length=120), nullable=False),
        sa.Column("added_by", _ID, nullable=False),
        sa.Column("added_at", _MOMENT, nullable=False),
        sa.CheckConstraint("size > 0 and width > 0 and height > 0", name=op.f("ck_course_media_has_a_size")),
        sa.ForeignKeyConstraint(["added_by"], ["person.id"], name=op.f("fk_course_media_added_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_media")),
        sa.UniqueConstraint("sha256", name=op.f("uq_course_media_sha256")),
    )
    op.create_table(
        "course_audience",
        sa.Column("id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("ref_id", _ID, nullable=True),
        sa.CheckConstraint(
            "kind in ('company','store','post') and (kind = 'company') = (ref_id is null)",
            name=op.f("ck_course_audience_kind_known"),
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_audience_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_audience")),
        sa.UniqueConstraint("course_id", "kind", "ref_id", name=op.f("uq_course_audience_course_id_kind_ref_id")),
    )
    op.create_index("ix_course_audience_ref", "course_audience", ["kind", "ref_id"], unique=False)
    op.create_table(
        "course_picture",
        sa.Column("id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("sha256", sa.String(length=64), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_picture_course_id_course")),
        sa.ForeignKeyConstraint(["sha256"], ["course_media.sha256"], name=op.f("fk_course_picture_sha256_course_media")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_picture")),
        sa.UniqueConstraint("course_id", "sha256", name=op.f("uq_course_picture_course_id_sha256")),
    )
    op.create_index("ix_course_picture_sha256", "course_picture", ["sha256"], unique=False)
    op.create_table(
        "course_progress",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("done", sa.JSON(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("begun_at", _MOMENT, nullable=True),
        sa.Column("finished_at", _MOMENT, nullable=True),
        sa.Column("confirmed_at", _MOMENT, nullable=True),
        sa.Column("confirmed_version_id", _ID, nullable=True),
        sa.Column("attempts", sa.JSON(), nullable=False),
        sa.Column("grade", sa.Integer(), nullable=True),
        sa.Column("passed_at", _MOMENT, nullable=True),
        sa.Column("settled_at", _MOMENT, nullable=True),
        sa.Column("failed", sa.Boolean(), nullable=False),
        sa.CheckConstraint(
            "percent between 0 and 100 and (percent = 100) = (finished_at is not null)",
            name=op.f("ck_course_progress_finished_is_all"),
        ),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_progress_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_course_progress_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_progress")),
        sa.UniqueConstraint("person_id", "course_id", name=op.f("uq_course_progress_person_id_course_id")),
    )
    op.create_index("ix_course_progress_course", "course_progress", ["course_id", "settled_at"], unique=False)
    op.create_table(
        "course_version",
        sa.Column("id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("number", sa.Integer(), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("edit", sa.Integer(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.Column("cards", sa.JSON(), nullable=False),
        sa.Column("policy", sa.String(length=5), nullable=True),
        sa.Column("author_id", _ID, nullable=False),
        sa.Column("saved_by", _ID, nullable=False),
        sa.Column("saved_at", _MOMENT, nullable=False),
        sa.Column("published_at", _MOMENT, nullable=True),
        sa.Column("request_id", _ID, nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "(state in ('published','replaced')) = (published_at is not null) and (number is null) = (published_at is null)",
            name=op.f("ck_course_version_published_whole"),
        ),
        sa.CheckConstraint("policy in ('best','last','first')", name=op.f("ck_course_version_policy_known")),
        sa.CheckConstraint("state <> 'in_review' or request_id is not null", name=op.f("ck_course_version_review_has_a_request")),
        sa.CheckConstraint(
            "state in ('draft','in_review','published','refused','replaced')", name=op.f("ck_course_version_state_known")
        ),
        sa.ForeignKeyConstraint(["author_id"], ["person.id"], name=op.f("fk_course_version_author_id_person")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_course_version_course_id_course")),
        sa.ForeignKeyConstraint(["saved_by"], ["person.id"], name=op.f("fk_course_version_saved_by_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_course_version")),
        sa.UniqueConstraint("course_id", "number", name=op.f("uq_course_version_course_id_number")),
    )
    op.create_index(op.f("ix_course_version_request_id"), "course_version", ["request_id"], unique=False)
    op.create_index(
        "uq_course_version_open",
        "course_version",
        ["course_id"],
        unique=True,
        sqlite_where=sa.text("state in ('draft','in_review')"),
        postgresql_where=sa.text("state in ('draft','in_review')"),
    )
    op.create_index(
        "uq_course_version_published",
        "course_version",
        ["course_id"],
        unique=True,
        sqlite_where=sa.text("state = 'published'"),
        postgresql_where=sa.text("state = 'published'"),
    )
    op.create_table(
        "recall",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("reviews", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_recall_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recall_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall")),
        sa.UniqueConstraint("person_id", "course_id", "question", name=op.f("uq_recall_person_id_course_id_question")),
    )
    op.create_table(
        "attempt",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("answers", sa.JSON(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("handed_in", sa.String(length=10), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("device_id", _ID, nullable=True),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("earned", sa.Integer(), nullable=False),
        sa.Column("points", sa.Integer(), nullable=False),
        sa.Column("percent", sa.Integer(), nullable=False),
        sa.Column("passed", sa.Boolean(), nullable=False),
        sa.Column("over_time", sa.Boolean(), nullable=False),
        sa.Column("early", sa.Boolean(), nullable=False),
        sa.CheckConstraint("handed_in in ('finished','time_over')", name=op.f("ck_attempt_handed_in_known")),
        sa.CheckConstraint("not (passed and over_time)", name=op.f("ck_attempt_over_time_never_passes")),
        sa.CheckConstraint("percent between 0 and 100 and earned between 0 and points", name=op.f("ck_attempt_marks_in_bounds")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_attempt_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_attempt_person_id_person")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_attempt_version_id_course_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_attempt")),
    )
    op.create_index("ix_attempt_course", "attempt", ["course_id"], unique=False)
    op.create_index("ix_attempt_person_course", "attempt", ["person_id", "course_id"], unique=False)
    op.create_table(
        "card_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("card", sa.String(length=40), nullable=False),
        sa.Column("event", sa.String(length=10), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=True),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("device_id", _ID, nullable=True),
        sa.CheckConstraint("event in ('opened','answered','finished')", name=op.f("ck_card_event_event_known")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_card_event_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_card_event_person_id_person")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_card_event_version_id_course_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_card_event")),
    )
    op.create_index("ix_card_event_course", "card_event", ["course_id"], unique=False)
    op.create_index("ix_card_event_person_course", "card_event", ["person_id", "course_id"], unique=False)
    op.create_table(
        "certificate",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("title_zh", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("issued_at", _MOMENT, nullable=False),
        sa.Column("percent", sa.Integer(), nullable=True),
        sa.Column("code", sa.String(length=14), nullable=False),
        sa.CheckConstraint("percent is null or percent between 0 and 100", name=op.f("ck_certificate_percent_is_one")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_certificate_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_certificate_person_id_person")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_certificate_version_id_course_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_certificate")),
        sa.UniqueConstraint("code", name=op.f("uq_certificate_code")),
        sa.UniqueConstraint("person_id", "course_id", name=op.f("uq_certificate_person_id_course_id")),
    )
    op.create_table(
        "reading",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("device_id", _ID, nullable=True),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_reading_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_reading_person_id_person")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_reading_version_id_course_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_reading")),
    )
    op.create_index(op.f("ix_reading_course_id"), "reading", ["course_id"], unique=False)
    op.create_index("ix_reading_person_course", "reading", ["person_id", "course_id"], unique=False)
    op.create_index("ix_reading_version", "reading", ["version_id"], unique=False)
    op.create_table(
        "recall_review",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("version_id", _ID, nullable=False),
        sa.Column("question", sa.String(length=40), nullable=False),
        sa.Column("answer", sa.JSON(), nullable=False),
        sa.Column("rating", sa.Integer(), nullable=False),
        sa.Column("took_ms", sa.Integer(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("received_at", _MOMENT, nullable=False),
        sa.Column("device_id", _ID, nullable=True),
        sa.CheckConstraint("rating between 1 and 4", name=op.f("ck_recall_review_rating_known")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_recall_review_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recall_review_person_id_person")),
        sa.ForeignKeyConstraint(["version_id"], ["course_version.id"], name=op.f("fk_recall_review_version_id_course_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recall_review")),
    )
    op.create_index("ix_recall_review_person_course", "recall_review", ["person_id", "course_id", "question"], unique=False)


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


def downgrade() -> None:
    """Back to 0023: the tables go, and the rights are taken back from all roles."""
    for table in reversed(_TABLES):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table, event, _ in _KEPT:
            op.execute(f"DROP FUNCTION {table}_kept_{event.lower()}()")
    known = ",".join(f"'{one}'" for one in sorted({right for rights in _RIGHTS.values() for right in rights.split()}))
    op.execute(f"DELETE FROM role_permission WHERE permission IN ({known})")  # noqa: S608 - words of this file
