"""The inbox, flows, requests and their steps.

Revision 0004, after 0003. That a step cannot be skipped is kept by triggers, whoever writes: a step opens and is decided only
when all before it are done and only out of its waiting or open state, it is approved only by as many signatures as its rule
asks, a decided step and an ended request stay what they are, and a request is approved only when every step is done. What a
flow said and who signed is never rewritten.
"""

from __future__ import annotations

import sqlalchemy as sa
from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

# (trigger, when it fires, table, what must not be, what is said)
GUARDS = (
    ("flow_version_kept", "UPDATE", "flow_version", "1 = 1", "what a flow said is never rewritten"),
    ("flow_version_stays", "DELETE", "flow_version", "1 = 1", "what a flow said is never rewritten"),
    (
        "request_signature_kept", "UPDATE OF id, request_id, step_id, signer_id, for_id, decision, signed_at",
        "request_signature", "1 = 1", "who signed is never rewritten",
    ),
    ("request_signature_stays", "DELETE", "request_signature", "1 = 1", "who signed is never rewritten"),
    ("request_step_begins", "INSERT", "request_step", "NEW.state <> 'waiting'", "a step begins by waiting"),
    ("request_step_stays", "DELETE", "request_step", "1 = 1", "a step is never taken away"),
    (
        "request_step_rule_kept",
        "UPDATE OF id, request_id, key, turn, named_by, who, mandatory, signatures, only_if", "request_step", "1 = 1",
        "the rule of a step is never rewritten",
    ),
    (
        "request_step_once", "UPDATE OF state", "request_step",
        "OLD.state <> NEW.state AND (OLD.state IN ('approved', 'refused', 'skipped') OR NEW.state = 'waiting'"
        " OR (OLD.state = 'waiting' AND NEW.state IN ('approved', 'refused')))",
        "a step is decided once, and only when it is open",
    ),
    (
        "request_step_in_turn", "UPDATE OF state", "request_step",
        "OLD.state <> NEW.state AND EXISTS (SELECT 1 FROM request_step AS other WHERE other.request_id = NEW.request_id"
        " AND other.turn < NEW.turn AND other.state NOT IN ('approved', 'skipped'))",
        "a step comes after those before it",
    ),
    (
        "request_step_signed", "UPDATE OF state", "request_step",
        "OLD.state <> NEW.state AND NEW.state = 'approved' AND (SELECT count(*) FROM request_signature AS s"
        " WHERE s.step_id = NEW.id AND s.decision = 'approve') < NEW.signatures",
        "a step is approved by those who must sign it",
    ),
    ("request_begins", "INSERT", "request", "NEW.state <> 'running'", "a request begins by running"),
    ("request_once", "UPDATE OF state", "request", "OLD.state <> NEW.state AND OLD.state <> 'running'", "a request ends once"),
    (
        "request_whole", "UPDATE OF state", "request",
        "OLD.state <> NEW.state AND NEW.state = 'approved' AND EXISTS (SELECT 1 FROM request_step AS s"
        " WHERE s.request_id = NEW.id AND s.state NOT IN ('approved', 'skipped'))",
        "a request is approved when every step is",
    ),
)  # fmt: skip


def upgrade() -> None:
    """The inbox, flows, requests and their steps."""
    _inbox()
    _flows()
    _requests()
    _parts()
    _guards()


def _inbox() -> None:
    op.create_table(
        "inbox_item",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("trigger", sa.String(length=20), nullable=False),
        sa.Column("receiver_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=10), nullable=False),
        sa.Column("about", sa.String(length=20), nullable=False),
        sa.Column("about_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=120), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("born_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("seen_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("done_at", sa.DateTime(timezone=True), nullable=True),
        sa.CheckConstraint("kind in ('to_do','notice')", name=op.f("ck_inbox_item_kind_known")),
        sa.ForeignKeyConstraint(["receiver_id"], ["person.id"], name=op.f("fk_inbox_item_receiver_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_inbox_item")),
    )
    op.create_index(op.f("ix_inbox_item_about_id"), "inbox_item", ["about_id"], unique=False)
    op.create_index(
        "ix_inbox_item_open",
        "inbox_item",
        ["receiver_id"],
        unique=False,
        sqlite_where=sa.text("done_at is null"),
        postgresql_where=sa.text("done_at is null"),
    )
    op.create_index("ix_inbox_item_receiver", "inbox_item", ["receiver_id", "born_at"], unique=False)


def _flows() -> None:
    op.create_table(
        "flow_version",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(length=120), nullable=False),
        sa.Column("name_en", sa.String(length=120), nullable=False),
        sa.Column("fields", sa.JSON(), nullable=False),
        sa.Column("steps", sa.JSON(), nullable=False),
        sa.Column("from_phone", sa.Boolean(), nullable=False),
        sa.Column("urgent", sa.Boolean(), nullable=False),
        sa.Column("published_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("published_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint("version >= 1", name=op.f("ck_flow_version_from_one")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow_version")),
        sa.UniqueConstraint("kind", "version", name=op.f("uq_flow_version_kind_version")),
    )
    op.create_table(
        "flow",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("version_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("retired_at", sa.DateTime(timezone=True), nullable=True),
        sa.ForeignKeyConstraint(["version_id"], ["flow_version.id"], name=op.f("fk_flow_version_id_flow_version")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_flow")),
        sa.UniqueConstraint("kind", name=op.f("uq_flow_kind")),
    )


def _requests() -> None:
    op.create_table(
        "request",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("kind", sa.String(length=40), nullable=False),
        sa.Column("flow_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("number", sa.String(length=20), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("applicant_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("unit_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("store_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("asked_on", sa.Date(), nullable=False),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("form", sa.JSON(), nullable=False),
        sa.Column("shown", sa.JSON(), nullable=False),
        sa.Column("warnings", sa.JSON(), nullable=False),
        sa.Column("scopes", sa.JSON(), nullable=False),
        sa.Column("rev", sa.Integer(), nullable=False),
        sa.Column("submitted_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ended_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reason", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("(state = 'running') = (ended_at is null)", name=op.f("ck_request_ends_once")),
        sa.CheckConstraint("state <> 'refused' or reason <> ''", name=op.f("ck_request_refusal_says_why")),
        sa.CheckConstraint("state in ('running','approved','refused','withdrawn')", name=op.f("ck_request_state_known")),
        sa.ForeignKeyConstraint(["applicant_id"], ["person.id"], name=op.f("fk_request_applicant_id_person")),
        sa.ForeignKeyConstraint(["flow_id"], ["flow_version.id"], name=op.f("fk_request_flow_id_flow_version")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_request_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request")),
    )
    op.create_index(op.f("ix_request_kind"), "request", ["kind"], unique=False)
    op.create_index(op.f("ix_request_number"), "request", ["number"], unique=False)
    op.create_index(op.f("ix_request_person_id"), "request", ["person_id"], unique=False)
    op.create_index("ix_request_state", "request", ["state", "submitted_at"], unique=False)
    op.create_index(op.f("ix_request_store_id"), "request", ["store_id"], unique=False)
    op.create_index("ix_request_submitted", "request", ["submitted_at", "id"], unique=False)
    op.create_index(op.f("ix_request_unit_id"), "request", ["unit_id"], unique=False)
    op.create_table(
        "request_step",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("key", sa.String(length=40), nullable=False),
        sa.Column("turn", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(length=120), nullable=False),
        sa.Column("title_en", sa.String(length=120), nullable=False),
        sa.Column("named_by", sa.String(length=10), nullable=False),
        sa.Column("who", sa.String(length=40), nullable=False),
        sa.Column("mandatory", sa.Boolean(), nullable=False),
        sa.Column("signatures", sa.Integer(), nullable=False),
        sa.Column("deadline_h", sa.Integer(), nullable=True),
        sa.Column("only_if", sa.String(length=40), nullable=True),
        sa.Column("state", sa.String(length=10), nullable=False),
        sa.Column("deciders", sa.JSON(), nullable=False),
        sa.Column("round", sa.Integer(), nullable=False),
        sa.Column("stand_ins", sa.JSON(), nullable=False),
        sa.Column("named", sa.JSON(), nullable=False),
        sa.Column("desk_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("opened_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("due_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("reminded_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("escalated_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_at", sa.DateTime(timezone=True), nullable=True),
        sa.Column("decided_by", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("for_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.CheckConstraint("(state = 'waiting') = (opened_at is null)", name=op.f("ck_request_step_opens_once")),
        sa.CheckConstraint("(state in ('waiting','open')) = (decided_at is null)", name=op.f("ck_request_step_decided_once")),
        sa.CheckConstraint("state <> 'refused' or comment <> ''", name=op.f("ck_request_step_refusal_says_why")),
        sa.CheckConstraint(
            "state <> 'skipped' or not mandatory or only_if is not null", name=op.f("ck_request_step_mandatory_stays")
        ),
        sa.CheckConstraint(
            "state in ('waiting','open','approved','refused','skipped')", name=op.f("ck_request_step_state_known")
        ),
        sa.CheckConstraint(
            "state not in ('approved','refused') or decided_by is not null", name=op.f("ck_request_step_decided_by_somebody")
        ),
        sa.CheckConstraint("signatures >= 1", name=op.f("ck_request_step_somebody_signs")),
        sa.ForeignKeyConstraint(["decided_by"], ["person.id"], name=op.f("fk_request_step_decided_by_person")),
        sa.ForeignKeyConstraint(["for_id"], ["person.id"], name=op.f("fk_request_step_for_id_person")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_step_request_id_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_step")),
        sa.UniqueConstraint("request_id", "key", name=op.f("uq_request_step_request_id_key")),
    )
    op.create_index(
        "ix_request_step_open",
        "request_step",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("state = 'open'"),
        postgresql_where=sa.text("state = 'open'"),
    )
    op.create_index(op.f("ix_request_step_request_id"), "request_step", ["request_id"], unique=False)


def _parts() -> None:
    op.create_table(
        "request_signature",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("step_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("signer_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("for_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("decision", sa.String(length=10), nullable=False),
        sa.Column("comment", sa.String(length=1000), nullable=False),
        sa.Column("signed_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("desk_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.CheckConstraint("decision <> 'refuse' or comment <> ''", name=op.f("ck_request_signature_refusal_says_why")),
        sa.CheckConstraint("decision in ('approve','refuse')", name=op.f("ck_request_signature_decision_known")),
        sa.ForeignKeyConstraint(["for_id"], ["person.id"], name=op.f("fk_request_signature_for_id_person")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_signature_request_id_request")),
        sa.ForeignKeyConstraint(["signer_id"], ["person.id"], name=op.f("fk_request_signature_signer_id_person")),
        sa.ForeignKeyConstraint(["step_id"], ["request_step.id"], name=op.f("fk_request_signature_step_id_request_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_signature")),
        sa.UniqueConstraint("step_id", "for_id", name=op.f("uq_request_signature_step_id_for_id")),
        sa.UniqueConstraint("step_id", "signer_id", name=op.f("uq_request_signature_step_id_signer_id")),
    )
    op.create_index(op.f("ix_request_signature_request_id"), "request_signature", ["request_id"], unique=False)
    op.create_table(
        "request_party",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("waits", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_request_party_person_id_person")),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_party_request_id_request")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_party")),
        sa.UniqueConstraint("request_id", "person_id", name=op.f("uq_request_party_request_id_person_id")),
    )
    op.create_index("ix_request_party_person", "request_party", ["person_id", "waits"], unique=False)
    op.create_table(
        "request_note",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("request_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("step_id", sa.Uuid(as_uuid=False), nullable=True),
        sa.Column("code", sa.String(length=40), nullable=False),
        sa.Column("facts", sa.JSON(), nullable=False),
        sa.Column("noted_at", sa.DateTime(timezone=True), nullable=False),
        sa.ForeignKeyConstraint(["request_id"], ["request.id"], name=op.f("fk_request_note_request_id_request")),
        sa.ForeignKeyConstraint(["step_id"], ["request_step.id"], name=op.f("fk_request_note_step_id_request_step")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_request_note")),
    )
    op.create_index(op.f("ix_request_note_request_id"), "request_note", ["request_id"], unique=False)
    op.create_table(
        "delegation",
        sa.Column("id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("person_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("delegate_id", sa.Uuid(as_uuid=False), nullable=False),
        sa.Column("starts_at", sa.DateTime(timezone=True), nullable=False),
        sa.Column("ends_at", sa.DateTime(timezone=True), nullable=False),
        sa.CheckConstraint("ends_at > starts_at", name=op.f("ck_delegation_ends_after_start")),
        sa.CheckConstraint("person_id <> delegate_id", name=op.f("ck_delegation_to_another")),
        sa.ForeignKeyConstraint(["delegate_id"], ["person.id"], name=op.f("fk_delegation_delegate_id_person")),
        sa.ForeignKeyConstraint(["person_id"], ["person.id"], name=op.f("fk_delegation_person_id_person")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_delegation")),
    )
    op.create_index(op.f("ix_delegation_delegate_id"), "delegation", ["delegate_id"], unique=False)
    op.create_index(op.f("ix_delegation_person_id"), "delegation", ["person_id"], unique=False)


def _guards() -> None:
    is_postgresql = op.get_bind().dialect.name == "postgresql"
    for name, event, table, wrong, said in GUARDS:
        if is_postgresql:
            row = "OLD" if event == "DELETE" else "NEW"
            op.execute(
                f"CREATE FUNCTION {name}() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN IF {wrong} THEN"
                f" RAISE integrity_constraint_violation USING MESSAGE = '{said}'; END IF; RETURN {row}; END $$"
            )
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} FOR EACH ROW EXECUTE FUNCTION {name}()")
        else:
            op.execute(f"CREATE TRIGGER {name} BEFORE {event} ON {table} WHEN {wrong} BEGIN SELECT RAISE(ABORT, '{said}'); END")


def downgrade() -> None:
    """Back to 0003. Flows, requests and inboxes are lost."""
    for table in (
        "delegation", "request_note", "request_party", "request_signature", "request_step", "request", "flow",
        "flow_version", "inbox_item",
    ):  # fmt: skip
        op.drop_table(table)
    if op.get_bind().dialect.name == "postgresql":
        for name, *_ in GUARDS:
            op.execute(f"DROP FUNCTION {name}()")
