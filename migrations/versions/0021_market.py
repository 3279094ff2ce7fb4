"""Claims, swaps, wishes, offers, sick calls and loans; calendar feeds.

Revision 0021, after 0020. What was decided stays decided, whoever writes: triggers say so.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0021"
down_revision = "0020"
branch_labels = None
depends_on = None

_ID = sa.Uuid(as_uuid=False)
_MOMENT = sa.DateTime(timezone=True)
# table: the states that may still become others
_RUNNING = {
    "shift_claim": ("asked",),
    "shift_offer": ("open",),
    "shift_swap": ("asked", "consented"),
    "shift_loan": ("asked", "lent", "accepted"),
}


def upgrade() -> None:
    _wishes()
    _open_shifts()
    _swaps()
    _absences()
    _loans()
    _calendars()
    for table, states in _RUNNING.items():
        _guard(table, states)


def _wishes() -> None:
    op.create_table(
        "availability",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("until", sa.Date(), nullable=True),
        sa.Column("stretches", sa.JSON(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("said_at", _MOMENT, nullable=False),
        sa.CheckConstraint("until is null or until > from_day", name=op.f("ck_availability_ends_after_start")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_availability_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_availability")),
    )
    op.create_index("ix_availability_person_from", "availability", ["person_id", "from_day"], unique=False)
    op.create_table(
        "shift_wish",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=12), nullable=False),
        sa.Column("from_min", sa.Integer(), nullable=False),
        sa.Column("to_min", sa.Integer(), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("said_at", _MOMENT, nullable=False),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.CheckConstraint("kind in ('unavailable','undesired','desired')", name=op.f("ck_shift_wish_kind_known")),
        sa.CheckConstraint("from_min >= 0 and to_min > from_min and to_min <= 2880", name=op.f("ck_shift_wish_in_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_wish_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_wish")),
    )
    op.create_index("ix_shift_wish_person_day", "shift_wish", ["person_id", "day"], unique=False)


def _open_shifts() -> None:
    op.create_table(
        "shift_claim",
        sa.Column("id", _ID, nullable=False),
        sa.Column("shift_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("costs", sa.JSON(), nullable=False),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("(state = 'asked') = (decided_at is null)", name=op.f("ck_shift_claim_decided_with_moment")),
        sa.CheckConstraint("state in ('asked','won','lost','refused','withdrawn')", name=op.f("ck_shift_claim_state_known")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_shift_claim_decided_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_claim_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_shift_claim_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_claim")),
    )
    op.create_index(op.f("ix_shift_claim_person_id"), "shift_claim", ["person_id"], unique=False)
    op.create_index(op.f("ix_shift_claim_shift_id"), "shift_claim", ["shift_id"], unique=False)
    op.create_index("ix_shift_claim_store_day", "shift_claim", ["store_id", "day"], unique=False)
    op.create_index(
        "uq_shift_claim_winner",
        "shift_claim",
        ["shift_id", "version"],
        unique=True,
        sqlite_where=sa.text("state = 'won'"),
        postgresql_where=sa.text("state = 'won'"),
    )
    op.create_table(
        "shift_offer",
        sa.Column("id", _ID, nullable=False),
        sa.Column("offer_id", _ID, nullable=False),
        sa.Column("shift_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("offered_at", _MOMENT, nullable=False),
        sa.Column("offered_by", _ID, nullable=False),
        sa.Column("until_at", _MOMENT, nullable=False),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("override", sa.String(length=500), nullable=True),
        sa.CheckConstraint("state in ('open','accepted','declined','taken','ended')", name=op.f("ck_shift_offer_state_known")),
        sa.CheckConstraint("until_at > offered_at", name=op.f("ck_shift_offer_ends_after_start")),
        sa.ForeignKeyConstraint(["offered_by"], ["person.id"], name=op.f("fk_shift_offer_offered_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_offer_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_shift_offer_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_offer")),
        sa.UniqueConstraint("offer_id", "person_id", name=op.f("uq_shift_offer_offer_id_person_id")),
    )
    op.create_index(
        "ix_shift_offer_open",
        "shift_offer",
        ["until_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_shift_offer_person_id"), "shift_offer", ["person_id"], unique=False)
    op.create_index("ix_shift_offer_shift", "shift_offer", ["shift_id"], unique=False)
    op.create_index("ix_shift_offer_store_day", "shift_offer", ["store_id", "day"], unique=False)
    op.create_index(
        "uq_shift_offer_accepted",
        "shift_offer",
        ["offer_id"],
        unique=True,
        sqlite_where=sa.text("state = 'accepted'"),
        postgresql_where=sa.text("state = 'accepted'"),
    )


def _swaps() -> None:
    op.create_table(
        "shift_swap",
        sa.Column("id", _ID, nullable=False),
        sa.Column("asker_id", _ID, nullable=False),
        sa.Column("colleague_id", _ID, nullable=False),
        sa.Column("shift_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("their_shift_id", _ID, nullable=True),
        sa.Column("their_version", sa.Integer(), nullable=True),
        sa.Column("their_store_id", _ID, nullable=True),
        sa.Column("their_brief", sa.JSON(none_as_null=True), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("until_at", _MOMENT, nullable=False),
        sa.Column("costs", sa.JSON(), nullable=False),
        sa.Column("answered_at", _MOMENT, nullable=True),
        sa.Column("decided_at", _MOMENT, nullable=True),
        sa.Column("decided_by", _ID, nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "state in ('asked','consented','done','declined','refused','withdrawn','expired','void')",
            name=op.f("ck_shift_swap_state_known"),
        ),
        sa.CheckConstraint(
            "(their_shift_id is null) = (their_version is null)", name=op.f("ck_shift_swap_their_shift_has_version")
        ),
        sa.CheckConstraint("asker_id <> colleague_id", name=op.f("ck_shift_swap_two_people")),
        sa.CheckConstraint("until_at > asked_at", name=op.f("ck_shift_swap_ends_after_start")),
        sa.ForeignKeyConstraint(["asker_id"], ["person.id"], name=op.f("fk_shift_swap_asker_id_person")),
        sa.ForeignKeyConstraint(["colleague_id"], ["person.id"], name=op.f("fk_shift_swap_colleague_id_person")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_shift_swap_decided_by_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_shift_swap_store_id_store")),
        sa.ForeignKeyConstraint(["their_store_id"], ["store.id"], name=op.f("fk_shift_swap_their_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_swap")),
    )
    op.create_index(op.f("ix_shift_swap_asker_id"), "shift_swap", ["asker_id"], unique=False)
    op.create_index(op.f("ix_shift_swap_colleague_id"), "shift_swap", ["colleague_id"], unique=False)
    op.create_index("ix_shift_swap_store_day", "shift_swap", ["store_id", "day"], unique=False)
    op.create_index(op.f("ix_shift_swap_their_shift_id"), "shift_swap", ["their_shift_id"], unique=False)
    op.create_index(
        "uq_shift_swap_running",
        "shift_swap",
        ["shift_id"],
        unique=True,
        sqlite_where=sa.text("state in ('asked','consented')"),
        postgresql_where=sa.text("state in ('asked','consented')"),
    )


def _absences() -> None:
    op.create_table(
        "shift_absence",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("from_day", sa.Date(), nullable=False),
        sa.Column("to_day", sa.Date(), nullable=False),
        sa.Column("kind", sa.String(length=8), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.Column("reported_by", _ID, nullable=False),
        sa.Column("reported_at", _MOMENT, nullable=False),
        sa.Column("request_id", _ID, nullable=True),
        sa.Column("withdrawn_at", _MOMENT, nullable=True),
        sa.CheckConstraint("kind in ('sick','other')", name=op.f("ck_shift_absence_kind_known")),
        sa.CheckConstraint("to_day >= from_day", name=op.f("ck_shift_absence_in_order")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_absence_person_id_person")),
        sa.ForeignKeyConstraint(["reported_by"], ["person.id"], name=op.f("fk_shift_absence_reported_by_person")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_shift_absence_request_id_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_absence")),
    )
    op.create_index("ix_shift_absence_person_day", "shift_absence", ["person_id", "from_day"], unique=False)
    op.create_table(
        "absence_shift",
        sa.Column("id", _ID, nullable=False),
        sa.Column("absence_id", _ID, nullable=False),
        sa.Column("shift_id", _ID, nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("covered_at", _MOMENT, nullable=True),
        sa.ForeignKeyConstraint(["absence_id"], ["shift_absence.id"], name=op.f("fk_absence_shift_absence_id_shift_absence")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_absence_shift_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_absence_shift_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_absence_shift")),
        sa.UniqueConstraint("absence_id", "shift_id", name=op.f("uq_absence_shift_absence_id_shift_id")),
    )
    op.create_index("ix_absence_shift_shift", "absence_shift", ["shift_id"], unique=False)
    op.create_index("ix_absence_shift_store_day", "absence_shift", ["store_id", "day"], unique=False)


def _loans() -> None:
    op.create_table(
        "shift_loan",
        sa.Column("id", _ID, nullable=False),
        sa.Column("shift_id", _ID, nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("store_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("starts_at", _MOMENT, nullable=False),
        sa.Column("ends_at", _MOMENT, nullable=False),
        sa.Column("brief", sa.JSON(), nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("lender_id", _ID, nullable=False),
        sa.Column("needs_lender", sa.Boolean(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("asked_at", _MOMENT, nullable=False),
        sa.Column("asked_by", _ID, nullable=False),
        sa.Column("until_at", _MOMENT, nullable=False),
        sa.Column("distance_m", sa.Integer(), nullable=True),
        sa.Column("travel_min", sa.Integer(), nullable=True),
        sa.Column("lent_at", _MOMENT, nullable=True),
        sa.Column("lent_by", _ID, nullable=True),
        sa.Column("consented_at", _MOMENT, nullable=True),
        sa.Column("ended_at", _MOMENT, nullable=True),
        sa.Column("costs", sa.JSON(), nullable=False),
        sa.Column("override", sa.String(length=500), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.Column("note", sa.String(length=1000), nullable=False),
        sa.CheckConstraint(
            "state <> 'accepted' or consented_at is not null", name=op.f("ck_shift_loan_nobody_against_their_will")
        ),
        sa.CheckConstraint(
            "state <> 'accepted' or not needs_lender or lent_at is not null", name=op.f("ck_shift_loan_lender_was_asked")
        ),
        sa.CheckConstraint(
            "state in ('asked','lent','accepted','refused','declined','cancelled','expired')",
            name=op.f("ck_shift_loan_state_known"),
        ),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_shift_loan_instants_in_order")),
        sa.CheckConstraint("store_id <> lender_id", name=op.f("ck_shift_loan_two_sides")),
        sa.ForeignKeyConstraint(["asked_by"], ["person.id"], name=op.f("fk_shift_loan_asked_by_person")),
        sa.ForeignKeyConstraint(["lender_id"], ["org_unit.id"], name=op.f("fk_shift_loan_lender_id_org_unit")),
        sa.ForeignKeyConstraint(["lent_by"], ["person.id"], name=op.f("fk_shift_loan_lent_by_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_shift_loan_person_id_person")),
        sa.ForeignKeyConstraint(["store_id"], ["store.id"], name=op.f("fk_shift_loan_store_id_store")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_loan")),
    )
    op.create_index("ix_shift_loan_lender_day", "shift_loan", ["lender_id", "day"], unique=False)
    op.create_index(op.f("ix_shift_loan_person_id"), "shift_loan", ["person_id"], unique=False)
    op.create_index("ix_shift_loan_store_day", "shift_loan", ["store_id", "day"], unique=False)
    op.create_index(
        "uq_shift_loan_accepted",
        "shift_loan",
        ["shift_id"],
        unique=True,
        sqlite_where=sa.text("state = 'accepted'"),
        postgresql_where=sa.text("state = 'accepted'"),
    )
    op.create_index(
        "uq_shift_loan_running",
        "shift_loan",
        ["shift_id", "person_id"],
        unique=True,
        sqlite_where=sa.text("state in ('asked','lent','accepted')"),
        postgresql_where=sa.text("state in ('asked','lent','accepted')"),
    )
    op.create_table(
        "shift_approval",
        sa.Column("id", _ID, nullable=False),
        sa.Column("claims", sa.String(length=12), nullable=False),
        sa.Column("swaps", sa.String(length=12), nullable=False),
        sa.Column("loans", sa.String(length=12), nullable=False),
        sa.CheckConstraint("claims in ('never','when_costly','always')", name=op.f("ck_shift_approval_claims_known")),
        sa.CheckConstraint("loans in ('never','when_costly','always')", name=op.f("ck_shift_approval_loans_known")),
        sa.CheckConstraint("swaps in ('never','when_costly','always')", name=op.f("ck_shift_approval_swaps_known")),
        sa.ForeignKeyConstraint(["id"], ["org_unit.id"], name=op.f("fk_shift_approval_id_org_unit")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_shift_approval")),
    )


def _calendars() -> None:
    op.create_table(
        "calendar_feed",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("token_hash", sa.String(length=64), nullable=False),
        sa.Column("language", sa.String(length=2), nullable=False),
        sa.Column("opened_at", _MOMENT, nullable=False),
        sa.Column("revoked_at", _MOMENT, nullable=True),
        sa.CheckConstraint("language in ('zh','en')", name=op.f("ck_calendar_feed_language_known")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_feed_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_feed")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_calendar_feed_token_hash")),
    )
    op.create_index(op.f("ix_calendar_feed_person_id"), "calendar_feed", ["person_id"], unique=False)
    op.create_index(
        "uq_calendar_feed_open",
        "calendar_feed",
        ["person_id"],
        unique=True,
        sqlite_where=sa.text("revoked_at is null"),
        postgresql_where=sa.text("revoked_at is null"),
    )
    op.create_table(
        "calendar_event",
        sa.Column("id", _ID, nullable=False),
        sa.Column("person_id", _ID, nullable=False),
        sa.Column("day", sa.Date(), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("cancelled", sa.Boolean(), nullable=False),
        sa.Column("body", sa.JSON(), nullable=False),
        sa.Column("changed_at", _MOMENT, nullable=False),
        sa.CheckConstraint("sequence >= 0", name=op.f("ck_calendar_event_sequence_counts")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_calendar_event_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_calendar_event")),
    )
    op.create_index("ix_calendar_event_person_day", "calendar_event", ["person_id", "day"], unique=False)


def _guard(table: str, running: tuple[str, ...]) -> None:
    """What has ended is never taken up again."""
    states = ", ".join(f"'{state}'" for state in running)
    ended = f"OLD.state NOT IN ({states}) AND NEW.state <> OLD.state"
    said = f"{table}: what was decided stays decided"
    if op.get_bind().dialect.name == "postgresql":
        op.execute(
            f"CREATE FUNCTION {table}_stays() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {ended} THEN"
            f" RAISE EXCEPTION '{said}' USING ERRCODE = 'integrity_constraint_violation'; END IF; RETURN NEW; END $$"
        )
        op.execute(f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} FOR EACH ROW EXECUTE FUNCTION {table}_stays()")
    else:
        op.execute(
            f"CREATE TRIGGER {table}_stays BEFORE UPDATE ON {table} FOR EACH ROW WHEN {ended}"
            f" BEGIN SELECT RAISE(ABORT, '{said}'); END"
        )


def downgrade() -> None:
    """Back to 0020: what people asked for around shifts is lost; what came of it stands in the roster."""
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for table in (
        "calendar_event", "calendar_feed", "shift_approval", "shift_loan", "absence_shift", "shift_absence", "shift_swap", "shift_offer", "shift_claim", "shift_wish", "availability",
    ):  # fmt: skip
        op.drop_table(table)
    if is_postgresql:
        for table in _RUNNING:
            op.execute(f"DROP FUNCTION {table}_stays()")
