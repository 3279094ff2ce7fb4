"""Metrics, schemes, cards; and the rights of scoring, for the ready roles.

Revision 0034, after 0033. A role that a company changed meanwhile gets the rights too: they are new to everybody.
"""

from __future__ import annotations

import uuid

import sqlalchemy as sa
from alembic import op

revision = "0034"
down_revision = "0033"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_SPACE = uuid.UUID("6f5f7a0e-7a55-5c0c-9d4b-3f2f0d5b1c03")
_OWN = "scoring.own"
_LEAD = f"{_OWN} scoring.read"
_GIVE = f"{_LEAD} scoring.give"
_ALL = f"{_GIVE} scoring.manage scoring.quality"
_RIGHTS = {
    "employee": _OWN,
    "store_manager": _GIVE,
    "department_head": _GIVE,
    "region_manager": _GIVE,
    "qa": _OWN,
    "leader": _LEAD,
    "auditor": f"{_LEAD} scoring.quality",
    "hr": _ALL,
    "admin": _ALL,
}


def _id(*parts: str) -> str:
    return str(uuid.uuid5(_SPACE, "|".join(parts)))


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


# -- the library of metrics, and schemes ---------------------------------------------------------------------------------------

_LIBRARY = ("score_channel", "scheme_line", "scheme_weights", "scheme", "metric")
# weights that were said stay as they were said; new ones count from a later day
_SAID = (
    ("scheme_weights", "UPDATE", "1 = 1"),
    ("scheme_weights", "DELETE", "1 = 1"),
    ("scheme_line", "UPDATE", "1 = 1"),
    ("scheme_line", "DELETE", "1 = 1"),
    (
        "scheme_line",
        "INSERT",
        "NEW.hundredths + (SELECT coalesce(sum(hundredths), 0) FROM scheme_line WHERE weights_id = NEW.weights_id) > 10000",
    ),
)


def _make_library() -> None:
    """Metrics, schemes with their weights, where stores sell."""
    _make_metrics()
    _make_schemes()
    for table, event, broken in _SAID:
        name, said = f"{table}_said_{event.lower()}", "weights that were said stay, and never pass 100"
        if op.get_bind().dialect.name == "postgresql":
            refuse = f"RAISE integrity_constraint_violation USING MESSAGE = '{said}';"
            body = f"IF {broken} THEN {refuse} END IF; RETURN {'OLD' if event == 'DELETE' else 'NEW'};"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {broken} BEGIN SELECT RAISE(ABORT, '{said}'); END")


def _make_metrics() -> None:
    op.create_table(
        "metric",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("means_zh", sa.String(1000), nullable=False),
        sa.Column("means_en", sa.String(1000), nullable=False),
        sa.Column("area", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("direction", sa.String(6), nullable=False),
        sa.Column("unit", sa.String(20), nullable=False),
        sa.Column("target", sa.String(20), nullable=True),
        sa.Column("source", sa.String(10), nullable=True),
        sa.Column("rhythm", sa.String(10), nullable=True),
        sa.Column("gathered", sa.String(4), nullable=False),
        sa.Column("formula", sa.String(500), nullable=False),
        sa.Column("levels", sa.JSON(), nullable=False),
        sa.Column("posts", sa.JSON(), nullable=False),
        sa.Column("core", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(10), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.Column("retired_because", sa.String(500), nullable=True),
        sa.CheckConstraint("kind in ('points','number','rubric','yes_no','milestones')", name=op.f("ck_metric_kind_known")),
        sa.CheckConstraint("direction in ('higher','lower')", name=op.f("ck_metric_direction_known")),
        sa.CheckConstraint(
            "source in ('manager','hq','import','attendance','training','tickets','formula')", name=op.f("ck_metric_source_known")
        ),
        sa.CheckConstraint("rhythm in ('shift','day','week','month','quarter')", name=op.f("ck_metric_rhythm_known")),
        sa.CheckConstraint("gathered in ('mean','sum','last')", name=op.f("ck_metric_gathered_known")),
        sa.CheckConstraint("state in ('draft','active','retired')", name=op.f("ck_metric_state_known")),
        sa.CheckConstraint(
            "state <> 'active' or (source is not null and rhythm is not null)", name=op.f("ck_metric_active_is_whole")
        ),
        sa.CheckConstraint(
            "state <> 'active' or source <> 'formula' or formula <> ''", name=op.f("ck_metric_formula_there")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_metric")),
        sa.UniqueConstraint("code", name=op.f("uq_metric_code")),
    )
    op.create_table(
        "score_channel",
        sa.Column("id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("channel", sa.String(10), nullable=False),
        sa.CheckConstraint("channel in ('offline','online')", name=op.f("ck_score_channel_channel_known")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_score_channel_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_channel")),
        sa.UniqueConstraint("store_id", name=op.f("uq_score_channel_store_id")),
    )


def _make_schemes() -> None:
    op.create_table(
        "scheme",
        sa.Column("id", _ID, nullable=False),
        sa.Column("code", sa.String(40), nullable=False),
        sa.Column("name_zh", sa.String(120), nullable=False),
        sa.Column("name_en", sa.String(120), nullable=False),
        sa.Column("post_id", _ID, nullable=True),
        sa.Column("store_id", _ID, nullable=True),
        sa.Column("channel", sa.String(10), nullable=True),
        sa.Column("whose", sa.String(100), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("retired_because", sa.String(500), nullable=True),
        sa.Column("moved_at", _MOMENT, nullable=False),
        sa.CheckConstraint("channel in ('offline','online')", name=op.f("ck_scheme_channel_known")),
        sa.CheckConstraint("channel is null or store_id is null", name=op.f("ck_scheme_store_has_its_channel")),
        sa.CheckConstraint("(until is null) = (retired_because is null)", name=op.f("ck_scheme_retired_with_reason")),
        sa.ForeignKeyConstraint(["post_id"], ["post.id"], name=op.f("fk_scheme_post_id_post")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_scheme_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme")),
        sa.UniqueConstraint("code", name=op.f("uq_scheme_code")),
    )
    op.create_index(op.f("ix_scheme_post_id"), "scheme", ["post_id"])
    op.create_index(op.f("ix_scheme_store_id"), "scheme", ["store_id"])
    open_ended = sa.text("until is null")
    op.create_index("uq_scheme_whose", "scheme", ["whose"], unique=True, sqlite_where=open_ended, postgresql_where=open_ended)
    op.create_table(
        "scheme_weights",
        sa.Column("id", _ID, nullable=False),
        sa.Column("scheme_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_scheme_weights_scheme_id_scheme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_weights")),
        sa.UniqueConstraint("scheme_id", "from_day", name=op.f("uq_scheme_weights_scheme_id_from_day")),
    )
    op.create_table(
        "scheme_line",
        sa.Column("id", _ID, nullable=False),
        sa.Column("weights_id", _ID, nullable=False),
        sa.Column("metric_id", _ID, nullable=False),
        sa.Column("place", sa.Integer(), nullable=False),
        sa.Column("owner", sa.String(5), nullable=False),
        sa.Column("hundredths", sa.Integer(), nullable=False),
        sa.Column("target", sa.String(20), nullable=True),
        sa.Column("missing", sa.String(6), nullable=False),
        sa.CheckConstraint("hundredths between 1 and 10000", name=op.f("ck_scheme_line_weighs_something")),
        sa.CheckConstraint("owner in ('hq','store')", name=op.f("ck_scheme_line_owner_known")),
        sa.CheckConstraint("missing in ('spread','zero')", name=op.f("ck_scheme_line_missing_known")),
        sa.ForeignKeyConstraint(["metric_id"], ["metric.id"], name=op.f("fk_scheme_line_metric_id_metric")),
        sa.ForeignKeyConstraint(["weights_id"], ["scheme_weights.id"], name=op.f("fk_scheme_line_weights_id_scheme_weights")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_scheme_line")),
        sa.UniqueConstraint("weights_id", "metric_id", name=op.f("uq_scheme_line_weights_id_metric_id")),
    )
    op.create_index(op.f("ix_scheme_line_metric_id"), "scheme_line", ["metric_id"])


def _drop_library() -> None:
    for table in _LIBRARY:
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table, event, _ in _SAID:
            op.execute(f"DROP FUNCTION {table}_said_{event.lower()}()")


# what was said stays as it was said; it may be emptied, when its author is forgotten
_CARD_SAID = ("id", "person_id", "store_id", "day", "month", "rater", "rater_id", "at", "arrived_at", "op_id")
_FACT_SAID = ("id", "card_id", "report_id", "number", "kind", "person_id", "store_id", "by_id", "at", "arrived_at", "answers")
_CARD_EMPTIED = {"given": "[]", "comment": "", "photos": "[]"}
_FACT_EMPTIED = {"text": "", "marks": "[]", "comment": "", "before_marks": "[]", "comment_before": ""}


def _make_cards() -> None:
    op.create_table(
        "score_card",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("rater", sa.String(length=10), nullable=False),
        sa.Column("rater_id", _ID, nullable=False),
        sa.Column("given", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("photos", sa.JSON(), nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("arrived_at", _MOMENT, nullable=False),
        sa.Column("op_id", _ID, nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("withdrawn", sa.Boolean(), nullable=False),
        sa.Column("facts", sa.Integer(), nullable=False),
        sa.CheckConstraint("facts >= 0", name=op.f("ck_score_card_facts_counted")),
        sa.CheckConstraint("rater in ('manager','second','self','hq')", name=op.f("ck_score_card_rater_known")),
        sa.CheckConstraint("(rater = 'self') = (rater_id = person_id)", name=op.f("ck_score_card_self_is_oneself")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_score_card_person_id_person")),
        sa.ForeignKeyConstraint(["rater_id"], ["person.id"], name=op.f("fk_score_card_rater_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_score_card_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_card")),
    )
    op.create_index("ix_score_card_month", "score_card", ["month", "person_id", "store_id"])
    op.create_index("ix_score_card_person", "score_card", ["person_id", "at"])
    op.create_index("ix_score_card_store", "score_card", ["store_id", "at"])
    op.create_index("ix_score_card_rater", "score_card", ["rater_id", "at"])
    op.create_table(
        "score_fact",
        sa.Column("id", _ID, nullable=False),
        sa.Column("card_id", _ID, nullable=True),
        sa.Column("report_id", _ID, nullable=True),
        sa.Column("number", sa.Integer(), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("by_id", _ID, nullable=False),
        sa.Column("at", _MOMENT, nullable=False),
        sa.Column("arrived_at", _MOMENT, nullable=False),
        sa.Column("text", sa.Text(), nullable=False),
        sa.Column("marks", sa.JSON(), nullable=False),
        sa.Column("comment", sa.Text(), nullable=False),
        sa.Column("before_marks", sa.JSON(), nullable=False),
        sa.Column("comment_before", sa.Text(), nullable=False),
        sa.Column("answers", _ID, nullable=True),
        sa.Column("upheld", sa.Boolean(), nullable=True),
        sa.Column("op_id", _ID, nullable=False),
        sa.CheckConstraint("(kind = 'answered') = (upheld is not null)", name=op.f("ck_score_fact_answer_decides")),
        sa.CheckConstraint("(kind = 'answered') = (answers is not null)", name=op.f("ck_score_fact_answers_an_appeal")),
        sa.CheckConstraint(
            "kind in ('corrected','withdrawn','replied','appealed','answered')", name=op.f("ck_score_fact_kind_known")
        ),
        sa.CheckConstraint("(card_id is null) <> (report_id is null)", name=op.f("ck_score_fact_over_one_thing")),
        sa.ForeignKeyConstraint(["by_id"], ["person.id"], name=op.f("fk_score_fact_by_id_person")),
        sa.ForeignKeyConstraint(["card_id"], ["score_card.id"], name=op.f("fk_score_fact_card_id_score_card")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_score_fact_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_score_fact_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_fact")),
        sa.UniqueConstraint("answers", name=op.f("uq_score_fact_answers")),
    )
    op.create_index("ix_score_fact_card", "score_fact", ["card_id", "number"])
    op.create_index("ix_score_fact_report", "score_fact", ["report_id", "at"])
    op.create_index("ix_score_fact_open", "score_fact", ["kind", "at"])
    op.create_index(op.f("ix_score_fact_person_id"), "score_fact", ["person_id"])
    op.create_table(
        "score_period",
        sa.Column("id", _ID, nullable=False),
        sa.Column("month", sa.String(length=7), nullable=False),
        sa.Column("closes_on", sa.Date(), nullable=False),
        sa.Column("closes_at", _MOMENT, nullable=False),
        sa.Column("state", sa.String(length=6), nullable=False),
        sa.Column("reason", sa.String(length=500), nullable=False),
        sa.Column("set_at", _MOMENT, nullable=False),
        sa.CheckConstraint("state in ('open','closed')", name=op.f("ck_score_period_state_known")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_period")),
        sa.UniqueConstraint("month", name=op.f("uq_score_period_month")),
    )
    _keep_cards("score_card", _CARD_SAID, _CARD_EMPTIED)
    _keep_cards("score_fact", _FACT_SAID, _FACT_EMPTIED)


def _keep_cards(table: str, said: tuple[str, ...], emptied: dict[str, str]) -> None:
    def text(row: str, column: str) -> str:
        return f"COALESCE(CAST({row}.{column} AS TEXT), '')"

    changed = [f"{text('NEW', column)} <> {text('OLD', column)}" for column in said]
    changed += [
        f"({text('NEW', column)} <> {text('OLD', column)} AND {text('NEW', column)} <> '{empty}')"
        for column, empty in emptied.items()
    ]
    for event, broken in (("UPDATE", " OR ".join(changed)), ("DELETE", "1 = 1")):
        name, why = f"{table}_kept_{event.lower()}", "what was said of a person is kept"
        if op.get_bind().dialect.name == "postgresql":
            refuse = f"RAISE integrity_constraint_violation USING MESSAGE = '{why}';"
            body = f"IF {broken} THEN {refuse} END IF; RETURN {'OLD' if event == 'DELETE' else 'NEW'};"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            raised = f"BEGIN SELECT RAISE(ABORT, '{why}'); END"
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {broken} {raised}")


def _drop_cards() -> None:
    for table in ("score_fact", "score_card", "score_period"):
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for table in ("score_card", "score_fact"):
            for event in ("update", "delete"):
                op.execute(f"DROP FUNCTION {table}_kept_{event}()")


def upgrade() -> None:
    """The tables; the new rights, and the log is asked to vouch for their rows."""
    _make_library()
    _make_cards()
    _give_rights()


def downgrade() -> None:
    """Back to 0033: the tables go, and the rights are taken back from all roles."""
    _drop_cards()
    _drop_library()
    known = ",".join(f"'{one}'" for one in sorted(set(_ALL.split())))
    op.execute(f"DELETE FROM role_permission WHERE permission IN ({known})")  # noqa: S608 - words of this file
