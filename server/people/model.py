"""People, the accounts some of them have, and their grants."""

from __future__ import annotations

from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column

from contract.people import ROLES
from server.kernel.actors import Actor, Permission
from server.kernel.db import Base, id_column, ref
from server.kernel.feed import is_reference, synced
from server.kernel.scope import scoped


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


class PersonStore(Base):
    """In which stores a person's card may be read: a row for each store they were ever posted to, kept by postings.

    It is here because rights on people are by store, and people come before postings.
    """

    __tablename__ = "person_store"
    __table_args__ = (sa.UniqueConstraint("person_id", "store_id"),)
    id: Mapped[str] = id_column()
    person_id: Mapped[str] = ref("person.id", index=True)
    store_id: Mapped[str] = mapped_column(sa.Uuid(as_uuid=False), index=True)


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


class Grant(Base):
    """A role, everywhere or in one store."""

    __tablename__ = "grant"
    __table_args__ = (
        sa.UniqueConstraint("account_id", "role", "store_id"),
        sa.CheckConstraint("role in (" + ",".join(f"'{role}'" for role in ROLES) + ")", name="role_known"),
    )
    id: Mapped[str] = id_column()
    account_id: Mapped[str] = ref("account.id", index=True)
    role: Mapped[str] = mapped_column(sa.String(20))
    store_id: Mapped[str | None] = mapped_column(sa.Uuid(as_uuid=False), index=True)


class WebSession(Base):
    """A signed-in browser or API client. Only the hash of its token is stored."""

    __tablename__ = "web_session"
    id: Mapped[str] = id_column()
    account_id: Mapped[str] = ref("account.id", index=True)
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    started_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    ended_at: Mapped[datetime | None]


def _person_visible(actor: Actor) -> sa.ColumnElement[bool] | None:
    if actor.has_everywhere(Permission.READ_PEOPLE) or actor.device_id is not None:
        return None
    here = sa.select(PersonStore.person_id).where(PersonStore.store_id.in_(actor.stores_for(Permission.READ_PEOPLE)))
    return sa.or_(Person.id == actor.person_id, Person.id.in_(here))


def _person_covers(actor: Actor, row: Person) -> bool:
    if actor.has_everywhere(Permission.READ_PEOPLE) or actor.device_id is not None or row.id == actor.person_id:
        return True
    session = sa.inspect(row).session
    if session is None:
        return False
    stores = actor.stores_for(Permission.READ_PEOPLE)
    found = session.execute(
        sa.select(PersonStore.id).where(PersonStore.person_id == row.id, PersonStore.store_id.in_(stores))
    ).first()
    return found is not None


def _person_writes(actor: Actor, row: Person) -> bool:
    # a device may set the PIN of its person, a kiosk of those posted there: judged in set_pin
    return actor.has_everywhere(Permission.MANAGE_PEOPLE) or actor.device_id is not None


scoped(Person, visible=_person_visible, covers=_person_covers, writes=_person_writes)
scoped(
    PersonStore,
    visible=lambda a: (
        None
        if a.has_everywhere(Permission.READ_PEOPLE) or a.device_id is not None
        else PersonStore.store_id.in_(a.stores_for(Permission.READ_PEOPLE))
    ),
    covers=lambda a, row: (
        a.has_everywhere(Permission.READ_PEOPLE)
        or a.device_id is not None
        or row.store_id in a.stores_for(Permission.READ_PEOPLE)
    ),
    writes=lambda a, row: a.has_everywhere(Permission.MANAGE_POSTINGS),
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

synced(Person, "person", lambda row: [f"person:{row.id}"])
is_reference(Person)
