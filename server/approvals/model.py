"""Flows with their versions, requests with their steps and signatures, delegations.

What keeps a step from being skipped stands in the database too (migration 0004): a step opens and is decided only when all
before it are done, is approved only by as many people as its rule asks, and a request is approved only when every step is.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, Uuid, id_column, ref, table_of
from server.kernel.feed import synced
from server.kernel.scope import open_to_all, scoped
from server.kernel.sets import found_by, within

_NAME = sa.String(120)


class FlowVersion(Base):
    """What a kind of request asks and who decides, as it was published. Never changed afterwards (migration 0004)."""

    __tablename__ = "flow_version"
    __table_args__ = (
        sa.UniqueConstraint("kind", "version"),
        sa.CheckConstraint("version >= 1", name="from_one"),
    )
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(40))
    version: Mapped[int]
    name_zh: Mapped[str] = mapped_column(_NAME)
    name_en: Mapped[str] = mapped_column(_NAME)
    fields: Mapped[list[Any]]
    steps: Mapped[list[Any]]
    from_phone: Mapped[bool]
    urgent: Mapped[bool]
    published_at: Mapped[datetime]
    published_by: Mapped[str | None] = mapped_column(Uuid)


class Flow(Base):
    """A kind of request and the version that counts for new ones."""

    __tablename__ = "flow"
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(40), unique=True)
    version_id: Mapped[str] = ref("flow_version.id")
    retired_at: Mapped[datetime | None]


class Request(Base):
    """One request. `unit_id` is the person's home on the day they asked, `store_id` the store the form names.

    `scopes`: the sync scopes that hold it; `rev` rises with every change of it or of its steps, so that devices hear of it.
    """

    __tablename__ = "request"
    __table_args__ = (
        sa.CheckConstraint("state in ('running','approved','refused','withdrawn')", name="state_known"),
        sa.CheckConstraint("(state = 'running') = (ended_at is null)", name="ends_once"),
        sa.CheckConstraint("state <> 'refused' or reason <> ''", name="refusal_says_why"),
        sa.Index("ix_request_state", "state", "submitted_at"),
        sa.Index("ix_request_submitted", "submitted_at", "id"),
    )
    id: Mapped[str] = id_column()
    kind: Mapped[str] = mapped_column(sa.String(40), index=True)
    flow_id: Mapped[str] = ref("flow_version.id")
    number: Mapped[str] = mapped_column(sa.String(20), index=True)
    person_id: Mapped[str] = ref("person.id", index=True)
    applicant_id: Mapped[str] = ref("person.id")
    unit_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    store_id: Mapped[str | None] = mapped_column(Uuid, index=True)
    asked_on: Mapped[date]
    state: Mapped[str] = mapped_column(sa.String(10))
    form: Mapped[dict[str, Any]]
    shown: Mapped[dict[str, Any]]
    warnings: Mapped[list[Any]]
    scopes: Mapped[list[Any]]
    rev: Mapped[int]
    submitted_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]
    reason: Mapped[str] = mapped_column(sa.String(1000))


class RequestStep(Base):
    """A step of one request, with its rule as it was when the request began.

    `turn`: its order. `deciders`: who may decide now, by id, as last computed; `stand_ins`: [delegate, for whom]; `named`: whom
    HR named; `round` counts how often the deciders changed; `desk_id`: the store whose tablet may decide it.
    """

    __tablename__ = "request_step"
    __table_args__ = (
        sa.UniqueConstraint("request_id", "key"),
        sa.CheckConstraint("state in ('waiting','open','approved','refused','skipped')", name="state_known"),
        sa.CheckConstraint("(state = 'waiting') = (opened_at is null)", name="opens_once"),
        sa.CheckConstraint("(state in ('waiting','open')) = (decided_at is null)", name="decided_once"),
        sa.CheckConstraint("state not in ('approved','refused') or decided_by is not null", name="decided_by_somebody"),
        sa.CheckConstraint("state <> 'refused' or comment <> ''", name="refusal_says_why"),
        sa.CheckConstraint("state <> 'skipped' or not mandatory or only_if is not null", name="mandatory_stays"),
        sa.CheckConstraint("signatures >= 1", name="somebody_signs"),
        sa.Index(
            "ix_request_step_open",
            "due_at",
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )
    id: Mapped[str] = id_column()
    request_id: Mapped[str] = ref("request.id", index=True)
    key: Mapped[str] = mapped_column(sa.String(40))
    turn: Mapped[int]
    title_zh: Mapped[str] = mapped_column(_NAME)
    title_en: Mapped[str] = mapped_column(_NAME)
    by: Mapped[str] = mapped_column("named_by", sa.String(10))
    who: Mapped[str] = mapped_column(sa.String(40))
    mandatory: Mapped[bool]
    signatures: Mapped[int]
    deadline_h: Mapped[int | None]
    only_if: Mapped[str | None] = mapped_column(sa.String(40))
    state: Mapped[str] = mapped_column(sa.String(10))
    deciders: Mapped[list[Any]]
    round: Mapped[int]
    stand_ins: Mapped[list[Any]]
    named: Mapped[list[Any]]
    desk_id: Mapped[str | None] = mapped_column(Uuid)
    opened_at: Mapped[datetime | None]
    due_at: Mapped[datetime | None]
    reminded_at: Mapped[datetime | None]
    escalated_at: Mapped[datetime | None]
    decided_at: Mapped[datetime | None]
    decided_by: Mapped[str | None] = ref("person.id")
    for_id: Mapped[str | None] = ref("person.id")
    comment: Mapped[str] = mapped_column(sa.String(1000))


class Signature(Base):
    """One person's word on one step: never changed, never taken back. `for_id`: whose right it was (their own, or of whom
    they stand in for)."""

    __tablename__ = "request_signature"
    __table_args__ = (
        sa.UniqueConstraint("step_id", "signer_id"),
        sa.UniqueConstraint("step_id", "for_id"),
        sa.CheckConstraint("decision in ('approve','refuse')", name="decision_known"),
        sa.CheckConstraint("decision <> 'refuse' or comment <> ''", name="refusal_says_why"),
    )
    id: Mapped[str] = id_column()
    request_id: Mapped[str] = ref("request.id", index=True)
    step_id: Mapped[str] = ref("request_step.id")
    signer_id: Mapped[str] = ref("person.id")
    for_id: Mapped[str] = ref("person.id")
    decision: Mapped[str] = mapped_column(sa.String(10))
    comment: Mapped[str] = mapped_column(sa.String(1000))
    signed_at: Mapped[datetime]
    desk_id: Mapped[str | None] = mapped_column(Uuid)


class RequestParty(Base):
    """Whom a request concerns: applicant, person, deciders past and present and who stands in for them. `waits`: it waits for
    them now."""

    __tablename__ = "request_party"
    __table_args__ = (
        sa.UniqueConstraint("request_id", "person_id"),
        sa.Index("ix_request_party_person", "person_id", "waits"),
    )
    id: Mapped[str] = id_column()
    request_id: Mapped[str] = ref("request.id")
    person_id: Mapped[str] = ref("person.id")
    waits: Mapped[bool]


class RequestNote(Base):
    """What happened to a request beside decisions: other deciders, a reminder, a step passed over and why."""

    __tablename__ = "request_note"
    id: Mapped[str] = id_column()
    request_id: Mapped[str] = ref("request.id", index=True)
    step_id: Mapped[str | None] = ref("request_step.id")
    code: Mapped[str] = mapped_column(sa.String(40))
    facts: Mapped[dict[str, Any]]
    noted_at: Mapped[datetime]


class RequestPhoto(Base):
    """A photo handed in with a request, by its hash; it goes when its time is over, and the row stays without it."""

    __tablename__ = "request_photo"
    __table_args__ = (sa.UniqueConstraint("request_id", "photo"),)
    id: Mapped[str] = id_column()
    request_id: Mapped[str] = ref("request.id", index=True)
    key: Mapped[str] = mapped_column(sa.String(40))
    photo: Mapped[str | None] = mapped_column(sa.String(64), index=True)


class Delegation(Base):
    """While somebody is away another decides what is theirs to decide."""

    __tablename__ = "delegation"
    __table_args__ = (
        sa.CheckConstraint("ends_at > starts_at", name="ends_after_start"),
        sa.CheckConstraint("person_id <> delegate_id", name="to_another"),
    )
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    delegate_id: Mapped[str] = ref("person.id", index=True)
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


_FLOWS = "whoever fills in a form must read it; what a flow says is known to everybody who ever used it"
for _model in (Flow, FlowVersion):
    open_to_all(_model, because=_FLOWS)


def _sees(actor: Actor) -> sa.ColumnElement[bool] | None:
    """Requests that concern the reader; those of people at home where they may read requests; all, where they may everywhere."""
    if actor.has_everywhere(Permission.READ_REQUESTS):
        return None
    party = table_of(RequestParty)  # its own rows: nothing of theirs is narrowed away
    concerned = found_by(Request.id, sa.select(party.c.request_id).where(party.c.person_id == actor.person_id))
    units = actor.stores_for(Permission.READ_REQUESTS)
    if not units:
        return concerned
    return sa.or_(concerned, within(Request.unit_id, units))


def _covers(actor: Actor, row: Request) -> bool:
    units = actor.stores_for(Permission.READ_REQUESTS)
    if actor.has_everywhere(Permission.READ_REQUESTS) or row.unit_id in units:
        return True
    return _is_party(actor, row, row.id)


def _is_party(actor: Actor, row: Any, request_id: str) -> bool:
    session = sa.inspect(row).session
    if session is None or actor.person_id is None:
        return False
    asked = sa.select(RequestParty.id).where(
        RequestParty.request_id == request_id, RequestParty.person_id == actor.person_id
    )  # fmt: skip
    return session.execute(asked).first() is not None


def _nobody(_actor: Actor, _row: Any) -> bool:
    return False  # the engine writes with the system's reach; nobody else does


scoped(Request, visible=_sees, covers=_covers, writes=_nobody)


def _with_its_request(model: Any) -> None:
    def visible(actor: Actor) -> sa.ColumnElement[bool] | None:
        seen = _sees(actor)
        return None if seen is None else model.request_id.in_(sa.select(Request.id).where(seen))

    def covers(actor: Actor, row: Any) -> bool:
        session = sa.inspect(row).session
        request = session.get(Request, row.request_id) if session is not None else None
        return request is not None and _covers(actor, request)

    scoped(model, visible=visible, covers=covers, writes=_nobody)


for _part in (RequestStep, Signature, RequestNote, RequestPhoto):
    _with_its_request(_part)
scoped(
    RequestParty,
    visible=lambda a: (
        None if a.has_everywhere(Permission.READ_REQUESTS) else RequestParty.person_id == a.person_id
    ),
    covers=lambda a, row: (
        a.has_everywhere(Permission.READ_REQUESTS) or (a.person_id is not None and row.person_id == a.person_id)
    ),
    writes=_nobody,
)  # fmt: skip
scoped(
    Delegation,
    visible=lambda a: (
        None
        if a.has_everywhere(Permission.READ_REQUESTS)
        else sa.or_(Delegation.person_id == a.person_id, Delegation.delegate_id == a.person_id)
    ),
    covers=lambda a, row: (
        a.has_everywhere(Permission.READ_REQUESTS)
        or (a.person_id is not None and a.person_id in (row.person_id, row.delegate_id))
    ),
    writes=_nobody,
)

synced(Flow, "flow", lambda row: ["company"])
synced(Request, "request", lambda row: list(row.scopes))
synced(Delegation, "delegation", lambda row: [f"private:{row.person_id}", f"private:{row.delegate_id}"])
