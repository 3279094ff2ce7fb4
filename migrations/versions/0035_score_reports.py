"""Month reports with their revisions, which the database keeps as they were made; the log of runs.

Revision 0035, after 0034.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0035"
down_revision = "0034"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
_TABLE = "score_report_revision"
# a revision stays as it was made; only a text may become empty, and only once
_KEPT = (
    (
        "UPDATE",
        "NEW.id <> OLD.id OR NEW.report_id <> OLD.report_id OR NEW.person_id <> OLD.person_id OR NEW.store_id <> OLD.store_id"
        " OR NEW.revision <> OLD.revision OR coalesce(NEW.previous, '') <> coalesce(OLD.previous, '')"
        " OR NEW.digest <> OLD.digest OR NEW.code <> OLD.code OR NEW.because <> OLD.because OR NEW.made_at <> OLD.made_at"
        " OR (NEW.text IS NOT NULL AND (OLD.text IS NULL OR NEW.text <> OLD.text))"
        " OR (NEW.text IS NOT NULL AND CAST(NEW.differences AS TEXT) <> CAST(OLD.differences AS TEXT))",
    ),
    ("DELETE", "1 = 1"),
)


def upgrade() -> None:
    """The tables, and what keeps them."""
    op.create_table(
        "score_report",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("scheme_id", _ID, nullable=True),
        sa.Column("scheme_zh", sa.String(120), nullable=False),
        sa.Column("scheme_en", sa.String(120), nullable=False),
        sa.Column("hundredths", sa.Integer(), nullable=True),
        sa.Column("why", sa.String(20), nullable=False),
        sa.Column("known", sa.Integer(), nullable=False),
        sa.Column("measured", sa.Integer(), nullable=False),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint("revision >= 1", name=op.f("ck_score_report_revision_counts_up")),
        sa.CheckConstraint(
            "hundredths is null or (hundredths between 0 and 10000)", name=op.f("ck_score_report_composite_in_bounds")
        ),
        sa.CheckConstraint("known between 0 and measured", name=op.f("ck_score_report_known_of_measured")),
        sa.CheckConstraint("(hundredths is null) = (why <> '')", name=op.f("ck_score_report_says_why_not")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_score_report_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_score_report_store_id_store")),
        sa.ForeignKeyConstraint(["scheme_id"], ["scheme.id"], name=op.f("fk_score_report_scheme_id_scheme")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_report")),
        sa.UniqueConstraint("person_id", "store_id", "month", name=op.f("uq_score_report_person_id_store_id_month")),
    )
    op.create_index("ix_score_report_month", "score_report", ["month", "store_id"])
    op.create_index("ix_score_report_store", "score_report", ["store_id", "month"])
    op.create_index(op.f("ix_score_report_scheme_id"), "score_report", ["scheme_id"])
    _make_revisions()
    op.create_table(
        "score_run",
        sa.Column("id", _ID, nullable=False),
        sa.Column("month", sa.String(7), nullable=False),
        sa.Column("kind", sa.String(10), nullable=False),
        sa.Column("ran_at", _MOMENT, nullable=False),
        sa.Column("fresh", sa.Integer(), nullable=False),
        sa.Column("changed", sa.Integer(), nullable=False),
        sa.Column("same", sa.Integer(), nullable=False),
        sa.CheckConstraint("kind in ('attendance','training','tickets','reports')", name=op.f("ck_score_run_kind_known")),
        sa.CheckConstraint("fresh >= 0 and changed >= 0 and same >= 0", name=op.f("ck_score_run_counted")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_run")),
    )
    op.create_index("ix_score_run_at", "score_run", ["ran_at"])
    for event, broken in _KEPT:
        name, said = f"{_TABLE}_kept_{event.lower()}", "a revision stays as it was made"
        if op.get_bind().dialect.name == "postgresql":
            refuse = f"RAISE integrity_constraint_violation USING MESSAGE = '{said}';"
            body = f"IF {broken} THEN {refuse} END IF; RETURN {'OLD' if event == 'DELETE' else 'NEW'};"
            op.execute(f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN {body} END $$")
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {_TABLE} FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {_TABLE} WHEN {broken} BEGIN SELECT RAISE(ABORT, '{said}'); END")


def _make_revisions() -> None:
    op.create_table(
        _TABLE,
        sa.Column("id", _ID, nullable=False),
        sa.Column("report_id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("revision", sa.Integer(), nullable=False),
        sa.Column("previous", sa.String(64), nullable=True),
        sa.Column("digest", sa.String(64), nullable=False),
        sa.Column("code", sa.String(14), nullable=False),
        sa.Column("because", sa.String(10), nullable=False),
        sa.Column("differences", sa.JSON(), nullable=False),
        sa.Column("text", sa.Text(), nullable=True),
        sa.Column("made_at", _MOMENT, nullable=False),
        sa.CheckConstraint(
            "revision >= 1 and (revision = 1) = (previous is null)", name=op.f("ck_score_report_revision_names_the_one_before")
        ),
        sa.CheckConstraint(
            "because in ('','late','appeal') and (revision = 1) = (because = '')", name=op.f("ck_score_report_revision_says_why")
        ),
        sa.ForeignKeyConstraint(["report_id"], ["score_report.id"], name=op.f("fk_score_report_revision_report_id_score_report")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_score_report_revision_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_score_report_revision_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_score_report_revision")),
        sa.UniqueConstraint("report_id", "revision", name=op.f("uq_score_report_revision_report_id_revision")),
    )
    op.create_index("ix_score_report_revision_code", _TABLE, ["code"])
    op.create_index(op.f("ix_score_report_revision_person_id"), _TABLE, ["person_id"])


def downgrade() -> None:
    """Back to 0034."""
    postgresql = op.get_bind().dialect.name == "postgresql"
    for event, _ in _KEPT:
        name = f"{_TABLE}_kept_{event.lower()}"
        op.execute(f"DROP TRIGGER {name}" + (f" ON {_TABLE}" if postgresql else ""))
        if postgresql:
            op.execute(f"DROP FUNCTION {name}()")
    op.drop_table("score_run")
    op.drop_table(_TABLE)
    op.drop_table("score_report")
