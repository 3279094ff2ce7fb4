"""People, the accounts some of them have, and their grants."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref, table_of
from server.kernel.feed import is_reference, synced
from server.kernel.fields import RELATIONS
from server.kernel.scope import only_with, scoped
from server.kernel.sets import found_by, just, within
from server.org.queries import at_home_in, company_day


class Person(Base):
    """One person. `posted_to` is not here: where somebody works is a dated posting."""

    __tablename__ = "person"
    id: Mapped[str] = id_column()
    number: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name: Mapped[str] = mapped_column(sa.String(120))
    name_key: Mapped[str] = mapped_column(sa.String(400), index=True)
    home_org: Mapped[str] = mapped_column(sa.String(120))
    mobile: Mapped[str | None] = mapped_column(sa.String(30))
    active: Mapped[bool] = mapped_column(default=True)
    pin_verifier: Mapped[str | None] = mapped_column(sa.String(200))
    hired_at: Mapped[datetime]
    # who manages their home as of now, for devices that show it; kept by postings/home_managers.py
    home_manager_id: Mapped[str | None] = ref("person.id")


class PersonStore(Base):
    """When a person is a guest of which store: a row for each posting, of the same id, its mirror (postings/guests.py).

    It is here because what a host may read of a person begins and ends with the posting's dates, and people come before
    postings. `until_at` is the first instant after it; None while open.
    """

    __tablename__ = "person_store"
    __table_args__ = (sa.Index("ix_person_store_store_until", "store_id", "until_at"),)
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    store_id: Mapped[str] = mapped_column(sa.Uuid(as_uuid=False))
    from_at: Mapped[datetime]
    until_at: Mapped[datetime | None]


class Account(Base):
    """A person's sign-in to the console. Devices never use one."""

    __tablename__ = "account"
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    login: Mapped[str] = mapped_column(sa.String(60), unique=True)
    password_hash: Mapped[str] = mapped_column(sa.String(200))
    disabled_at: Mapped[datetime | None]


class SignInTry(Base):
    """How often somebody tried a login since it last worked. Kept for logins that do not exist too: nobody shall learn which do.

    The id is made from the keyed hash of the login, not from the account.
    """

    __tablename__ = "sign_in_try"
    id: Mapped[str] = id_column()
    tries: Mapped[int]
    last_at: Mapped[datetime]
    blocked_until: Mapped[datetime | None]


class Role(Base):
    """A role. The ready ones come with the first release; a company changes them and makes more, always two people together.

    What is not `grantable` nobody holds: `tablet` is what a store's shared tablet may keep of people.
    """

    __tablename__ = "role"
    id: Mapped[str] = id_column()
    key: Mapped[str] = mapped_column(sa.String(40), unique=True)
    name_zh: Mapped[str] = mapped_column(sa.String(120))
    name_en: Mapped[str] = mapped_column(sa.String(120))
    is_ready: Mapped[bool]
    grantable: Mapped[bool]


class RolePermission(Base):
    """A right that a role has."""

    __tablename__ = "role_permission"
    __table_args__ = (sa.UniqueConstraint("role", "permission"),)
    id: Mapped[str] = id_column()
    role: Mapped[str] = mapped_column(sa.String(40), sa.ForeignKey("role.key"))
    permission: Mapped[str] = mapped_column(sa.String(60))


class FieldRule(Base):
    """How a role reads a field of those to whom its holder stands so (kernel/fields.py). Without a row it is hidden."""

    __tablename__ = "field_rule"
    __table_args__ = (
        sa.UniqueConstraint("role", "relation", "field"),
        sa.CheckConstraint("mode in ('masked','read')", name="mode_known"),
        sa.CheckConstraint(
            "relation in (" + ",".join(f"'{relation}'" for relation in RELATIONS) + ")", name="relation_known"
        ),
    )
    id: Mapped[str] = id_column()
    role: Mapped[str] = mapped_column(sa.String(40), sa.ForeignKey("role.key"))
    relation: Mapped[str] = mapped_column(sa.String(20))
    field: Mapped[str] = mapped_column(sa.String(40))
    mode: Mapped[str] = mapped_column(sa.String(10))


class RoleChange(Base):
    """A proposal to change a role, and what a second person said to it. Both facts stay; the two are never the same person."""

    __tablename__ = "role_change"
    __table_args__ = (
        sa.CheckConstraint("state in ('open','confirmed','rejected')", name="state_known"),
        sa.CheckConstraint("(state = 'open') = (decided_by is null)", name="decided_by_somebody"),
        sa.CheckConstraint("decided_by is null or decided_by <> proposed_by", name="two_people"),
        sa.Index(
            "uq_role_change_open",
            "role",
            unique=True,
            sqlite_where=sa.text("state = 'open'"),
            postgresql_where=sa.text("state = 'open'"),
        ),
    )
    id: Mapped[str] = id_column()
    role: Mapped[str] = mapped_column(sa.String(40))
    before: Mapped[dict[str, Any] | None] = mapped_column(sa.JSON(none_as_null=True))
    after: Mapped[dict[str, Any]]
    reason: Mapped[str] = mapped_column(sa.String(500))
    state: Mapped[str] = mapped_column(sa.String(10))
    proposed_by: Mapped[str] = ref("person.id")
    proposed_at: Mapped[datetime]
    decided_by: Mapped[str | None] = ref("person.id")
    decided_at: Mapped[datetime | None]
    decision_reason: Mapped[str | None] = mapped_column(sa.String(500))


class Grant(Base):
    """A role, everywhere or over a unit and all below it. It may end with a day, a posting, or the holder's post."""

    __tablename__ = "grant"
    __table_args__ = (sa.UniqueConstraint("account_id", "role", "unit_id"),)
    id: Mapped[str] = id_column()
    account_id: Mapped[str] = ref("account.id", index=True)
    role: Mapped[str] = mapped_column(sa.String(40), sa.ForeignKey("role.key"))
    unit_id: Mapped[str | None] = mapped_column(sa.Uuid(as_uuid=False), index=True)
    until: Mapped[date | None]
    posting_id: Mapped[str | None] = mapped_column(sa.Uuid(as_uuid=False))
    post_id: Mapped[str | None] = mapped_column(sa.Uuid(as_uuid=False))


class WebSession(Base):
    """A signed-in browser or API client. Only the hash of its token is stored."""

    __tablename__ = "web_session"
    id: Mapped[str] = id_column()
    account_id: Mapped[str] = ref("account.id", index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def guests_of(stores: Collection[str]) -> sa.Select[tuple[str]]:
    """Who is, was or will be a guest of one of these stores, by id. For conditions of scopes: it asks the table itself, which no
    scope narrows."""
    stays = table_of(PersonStore).c
    return sa.select(stays.person_id).where(within(stays.store_id, stores))


def _known(actor: Actor) -> tuple[sa.Select[tuple[str]], ...]:
    """Guests of the actor's stores, and those at home in their units today."""
    units = actor.stores_for(Permission.READ_PEOPLE)
    return guests_of(units), at_home_in(units, company_day(actor.now) if actor.now is not None else date.max)


def _person_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    """Whose record exists for the actor: their own, of those at home in a unit of theirs, of guests of a store of theirs.

    Of guests also those still to come and those who have left: how much of them can be read is for the fields to say.
    """
    if actor.has_everywhere(Permission.READ_PEOPLE) or actor.device_id is not None:
        return None
    themselves = () if actor.person_id is None else (just(actor.person_id),)
    return found_by(Person.id, *themselves, *_known(actor))


def _person_covers(actor: Actor, row: Person) -> bool:
    if actor.has_everywhere(Permission.READ_PEOPLE) or actor.device_id is not None or row.id == actor.person_id:
        return True
    session = sa.inspect(row).session
    if session is None:
        return False
    asked = (found.where(found.selected_columns[0] == row.id).limit(1) for found in _known(actor))
    return any(session.connection().execute(one).first() is not None for one in asked)


def _person_writes(actor: Actor, row: Person) -> bool:
    # a device may set the PIN of its person, a kiosk of those posted there: judged in set_pin
    return actor.has_everywhere(Permission.MANAGE_PEOPLE) or actor.device_id is not None


scoped(Person, visible=_person_visible, covers=_person_covers, writes=_person_writes)
scoped(
    PersonStore,
    visible=lambda a: None if a.has_everywhere(Permission.READ_PEOPLE) or a.device_id is not None else within(
        PersonStore.store_id, a.stores_for(Permission.READ_PEOPLE)
    ),
    covers=lambda a, row: (
        a.has_everywhere(Permission.READ_PEOPLE)
        or a.device_id is not None
        or row.store_id in a.stores_for(Permission.READ_PEOPLE)
    ),
    writes=lambda a, row: False,  # a mirror: it follows the postings and is written by nobody
)


def _own_account(actor: Actor, account_id: str) -> bool:
    return actor.has_everywhere(Permission.MANAGE_ACCOUNTS) or account_id == actor.account_id


scoped(
    Account,
    visible=lambda a: None if a.has_everywhere(Permission.MANAGE_ACCOUNTS) else Account.id == a.account_id,
    covers=lambda a, row: _own_account(a, row.id),
)
for _model in (Grant, WebSession):
    scoped(
        _model,
        visible=lambda a, m=_model: None if a.has_everywhere(Permission.MANAGE_ACCOUNTS) else m.account_id == a.account_id,
        covers=lambda a, row: _own_account(a, row.account_id),
        writes=(
            (lambda a, row: a.has_everywhere(Permission.MANAGE_ACCOUNTS))
            if _model is Grant
            else (lambda a, row: _own_account(a, row.account_id))
        ),
    )

scoped(
    SignInTry,
    visible=lambda a: None if a.has_everywhere(Permission.MANAGE_ACCOUNTS) else sa.false(),
    covers=lambda a, row: a.has_everywhere(Permission.MANAGE_ACCOUNTS),
)

for _model in (Role, RolePermission, FieldRule):
    # what a role may do is no secret: whoever is refused something may know what for
    scoped(
        _model,
        visible=lambda a: None,
        covers=lambda a, row: True,
        writes=lambda a, row: a.has_everywhere(Permission.MANAGE_ROLES),
    )
only_with(RoleChange, Permission.MANAGE_ROLES, Permission.MANAGE_ROLES)

synced(Person, "person", lambda row: [f"person:{row.id}"])
is_reference(Person, Role, RolePermission, FieldRule)
