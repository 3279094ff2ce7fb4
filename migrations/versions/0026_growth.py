"""Growth: indicators and their values, rules that recommend, paths, wishes, promotions; and what follows of them.

Revision 0026, after 0025.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0026"
down_revision = "0025"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_AT = sa.DateTime(timezone=True)


def upgrade() -> None:
    """Nine tables; nothing was measured or said yet."""
    op.create_table(
        "indicator",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("better", sa.String(6), nullable=False),
        sa.CheckConstraint("better in ('higher','lower')", name=op.f("ck_indicator_better_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator")),
        sa.UniqueConstraint("code", name=op.f("uq_indicator_code")),
    )
    op.create_table(
        "career_path",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("target_post_id", _ID, nullable=True),
        sa.Column("stages", sa.JSON(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(["target_post_id"], ["post.id"], name=op.f("fk_career_path_target_post_id_post")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_career_path")),
        sa.UniqueConstraint("code", name=op.f("uq_career_path_code")),
    )
    op.create_table(
        "career",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("path_id", _ID, nullable=True),
        sa.Column("month", sa.Integer(), nullable=False),
        sa.Column("missing", sa.Integer(), nullable=False),
        sa.Column("wish", sa.String(12), nullable=True),
        sa.Column("wish_path_id", _ID, nullable=True),
        sa.Column("wished_ms", sa.BigInteger(), nullable=False),
        sa.Column("body", sa.Text(), nullable=False),
        sa.ForeignKeyConstraint(["path_id"], ["career_path.id"], name=op.f("fk_career_path_id_career_path")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_career_person_id_person")),
        sa.ForeignKeyConstraint(["wish_path_id"], ["career_path.id"], name=op.f("fk_career_wish_path_id_career_path")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_career")),
        sa.UniqueConstraint("person_id", name=op.f("uq_career_person_id")),
    )
    op.create_index("ix_career_path_id", "career", ["path_id"])
    op.create_index("ix_career_wished", "career", ["wished_ms", "person_id"])
    op.create_table(
        "career_wish",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("wish", sa.String(12), nullable=False),
        sa.Column("path_id", _ID, nullable=True),
        sa.Column("note", sa.String(1000), nullable=False),
        sa.Column("said_at", _AT, nullable=False),
        sa.CheckConstraint("wish in ('promotion','other_post','other_store','stay')", name=op.f("ck_career_wish_wish_known")),
        sa.ForeignKeyConstraint(["path_id"], ["career_path.id"], name=op.f("fk_career_wish_path_id_career_path")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_career_wish_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_career_wish")),
    )
    op.create_index("ix_career_wish_person", "career_wish", ["person_id", "said_at"])
    op.create_table(
        "indicator_value",
        sa.Column("id", _ID, nullable=False),
        sa.Column("indicator_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=True),
        sa.Column("store_id", _ID, nullable=True),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("value", sa.String(20), nullable=False),
        sa.Column("n", sa.Integer(), nullable=True),
        sa.Column("source", sa.String(120), nullable=False),
        sa.Column("batch_id", _ID, nullable=False),
        sa.Column("said_at", _AT, nullable=False),
        sa.CheckConstraint("n is null or n >= 0", name=op.f("ck_indicator_value_cases_counted")),
        sa.CheckConstraint("person_id is not null or store_id is not null", name=op.f("ck_indicator_value_of_somebody")),
        sa.CheckConstraint("to_day >= from_day", name=op.f("ck_indicator_value_ends_after_start")),
        sa.ForeignKeyConstraint(["indicator_id"], ["indicator.id"], name=op.f("fk_indicator_value_indicator_id_indicator")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_indicator_value_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_indicator_value_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_indicator_value")),
    )
    op.create_index("ix_indicator_value_newest", "indicator_value", ["indicator_id", "to_day", "id"])
    op.create_index("ix_indicator_value_person", "indicator_value", ["person_id", "indicator_id", "to_day"])
    op.create_index("ix_indicator_value_store", "indicator_value", ["store_id", "indicator_id", "to_day"])
    op.create_table(
        "path_member",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("path_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("reason", sa.String(500), nullable=True),
        sa.CheckConstraint("(until is null) = (reason is null)", name=op.f("ck_path_member_left_with_reason")),
        sa.CheckConstraint("until is null or until >= from_day", name=op.f("ck_path_member_ends_after_start")),
        sa.ForeignKeyConstraint(["path_id"], ["career_path.id"], name=op.f("fk_path_member_path_id_career_path")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_path_member_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_path_member")),
    )
    op.create_index("ix_path_member_path", "path_member", ["path_id"])
    op.create_index("ix_path_member_person", "path_member", ["person_id", "from_day"])
    op.create_index(
        "uq_path_member_open", "path_member", ["person_id"], unique=True,
        sqlite_where=sa.text("until is null"), postgresql_where=sa.text("until is null"),
    )  # fmt: skip
    op.create_table(
        "promotion",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("path_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("missing_zh", sa.JSON(), nullable=False),
        sa.Column("missing_en", sa.JSON(), nullable=False),
        sa.Column("recorded_at", _AT, nullable=False),
        sa.ForeignKeyConstraint(["path_id"], ["career_path.id"], name=op.f("fk_promotion_path_id_career_path")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_promotion_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_promotion")),
    )
    op.create_index("ix_promotion_person_id", "promotion", ["person_id"])
    op.create_table(
        "recommendation_rule",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("condition", sa.JSON(), nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("why_zh", sa.String(120), nullable=False),
        sa.Column("why_en", sa.String(120), nullable=False),
        sa.Column("active", sa.Boolean(), nullable=False),
        sa.CheckConstraint("kind in ('post','indicator','quiz')", name=op.f("ck_recommendation_rule_kind_known")),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_recommendation_rule_course_id_course")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation_rule")),
        sa.UniqueConstraint("code", name=op.f("uq_recommendation_rule_code")),
    )
    op.create_index("ix_recommendation_rule_course_id", "recommendation_rule", ["course_id"])
    op.create_table(
        "recommendation",
        sa.Column("id", _ID, nullable=False),
        sa.Column("rule_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("course_id", _ID, nullable=False),
        sa.Column("why_zh", sa.String(500), nullable=False),
        sa.Column("why_en", sa.String(500), nullable=False),
        sa.Column("since", _AT, nullable=False),
        sa.ForeignKeyConstraint(["course_id"], ["course.id"], name=op.f("fk_recommendation_course_id_course")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_recommendation_person_id_person")),
        sa.ForeignKeyConstraint(["rule_id"], ["recommendation_rule.id"], name=op.f("fk_recommendation_rule_id_recommendation_rule")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_recommendation")),
        sa.UniqueConstraint("rule_id", "person_id", name=op.f("uq_recommendation_rule_id_person_id")),
    )
    op.create_index("ix_recommendation_course_id", "recommendation", ["course_id"])
    op.create_index("ix_recommendation_person_id", "recommendation", ["person_id"])


def downgrade() -> None:
    """Back to 0025: what was measured, recommended and wished is forgotten."""
    op.drop_table("recommendation")
    op.drop_table("recommendation_rule")
    op.drop_table("promotion")
    op.drop_table("path_member")
    op.drop_table("indicator_value")
    op.drop_table("career_wish")
    op.drop_table("career")
    op.drop_table("career_path")
    op.drop_table("indicator")
