"""Questions about people, accounts and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.moments import to_ms
from contract.people import (
    ROLES,
    AccountRow,
    AccountsPage,
    AccountsQuery,
    HeldRole,
    PeoplePage,
    PeopleQuery,
    PersonCard,
    Role,
)
from server.kernel.actors import ROLE_PERMISSIONS, Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.paging import containing, page_of
from server.people.model import Account, Grant, Person, PersonStore, SignInTry, WebSession


def person_by_number(session: ScopedSession, number: str) -> Person | None:
    return session.scalars(sa.select(Person).where(Person.number == number)).one_or_none()


def account_by_login(session: ScopedSession, login: str) -> Account | None:
    return session.scalars(sa.select(Account).where(Account.login == login.lower())).one_or_none()


def grants_of(session: ScopedSession, account_id: str) -> Sequence[Grant]:
    return session.scalars(sa.select(Grant).where(Grant.account_id == account_id).order_by(Grant.role)).all()


def open_account_ids(session: ScopedSession, person_id: str) -> list[str]:
    """The accounts of a person that may sign in."""
    return list(session.scalars(sa.select(Account.id).where(Account.person_id == person_id, Account.disabled_at.is_(None))))


def admin_account_ids(session: ScopedSession) -> set[str]:
    """Open accounts that may manage accounts, everywhere."""
    roles = [role for role in ROLES if Permission.MANAGE_ACCOUNTS in ROLE_PERMISSIONS[role]]
    found = session.scalars(
        sa.select(Grant.account_id)
        .join(Account, Account.id == Grant.account_id)
        .where(Grant.role.in_(roles), Grant.store_id.is_(None), Account.disabled_at.is_(None))
    )
    return set(found)


def close_accounts(session: ScopedSession, account_ids: list[str], now: datetime) -> None:
    """Mark accounts closed and end their sessions."""
    for account in session.scalars(sa.select(Account).where(Account.id.in_(account_ids), Account.disabled_at.is_(None))):
        account.disabled_at = now
    end_sessions(session, account_ids, now)


def end_sessions(session: ScopedSession, account_ids: list[str], now: datetime) -> None:
    """End every session of these accounts."""
    running = sa.select(WebSession).where(WebSession.account_id.in_(account_ids), WebSession.ended_at.is_(None))
    for found in session.scalars(running):
        found.ended_at = now


def tries_of(session: ScopedSession, try_id: str) -> SignInTry | None:
    """What is known of the tries of a login, held until the transaction ends: tries are counted one after the other."""
    return session.get(SignInTry, try_id, with_for_update=True)


def blocked_until(session: ScopedSession, try_id: str) -> datetime | None:
    """Until when a login is blocked; None when nobody tried it or it is free to try."""
    return session.scalars(sa.select(SignInTry.blocked_until).where(SignInTry.id == try_id)).one_or_none()


class Session(NamedTuple):
    """A session that counts now, and whose it is."""

    session_id: str
    account_id: str
    person_id: str
    person_name: str
    grants: list[tuple[Role, str | None]]

    @property
    def actor(self) -> Actor:
        return Actor.person(self.person_id, self.account_id, self.grants)


def running_session(session: ScopedSession, token_hash: str, now: datetime) -> Session | None:
    """Whose token this is, with their rights as they are now; None when it is unknown, ended, expired or closed."""
    rows = session.execute(
        sa.select(WebSession.id, Account.id, Person.id, Person.name, Grant.role, Grant.store_id)
        .join(Account, Account.id == WebSession.account_id)
        .join(Person, Person.id == Account.person_id)
        .outerjoin(Grant, Grant.account_id == Account.id)
        .where(
            WebSession.token_hash == token_hash,
            WebSession.ended_at.is_(None),
            WebSession.expires_at > now,
            Account.disabled_at.is_(None),
            Person.active,
        )
    ).all()
    if not rows:
        return None
    session_id, account_id, person_id, name, _, _ = rows[0]
    return Session(session_id, account_id, person_id, name, [(row[4], row[5]) for row in rows if row[4] is not None])


def people_page(session: ScopedSession, asked: PeopleQuery) -> PeoplePage:
    """People by name, number or the day they came, narrowed by what is asked and by who asks."""
    found = sa.select(Person)
    if asked.q.strip():
        wanted = asked.q.strip()
        found = found.where(sa.or_(containing(Person.name_key, wanted), containing(Person.number, wanted)))
    if asked.active is not None:
        found = found.where(Person.active.is_(asked.active))
    if asked.store_id is not None:
        found = found.where(Person.id.in_(sa.select(PersonStore.person_id).where(PersonStore.store_id == asked.store_id)))
    sort = {"name": Person.name_key, "number": Person.number, "-hired": Person.hired_at}[asked.sort]
    rows, following = page_of(
        session, found, [sort, Person.id], limit=asked.limit, cursor=asked.cursor, descending=asked.sort == "-hired"
    )
    return PeoplePage(items=[person_card(session, row[0]) for row in rows], next_cursor=following)


def person_card(session: ScopedSession, person: Person) -> PersonCard:
    """A person as this session's reader may see them."""
    reader: Actor = session.info["actor"]
    own = reader.person_id == person.id
    return PersonCard(
        id=person.id,
        number=person.number,
        name=person.name,
        home_org=person.home_org,
        active=person.active,
        has_pin=person.pin_verifier is not None,
        hired_ms=to_ms(person.hired_at),
        mobile=person.mobile if own or reader.has_everywhere(Permission.MANAGE_PEOPLE) else None,
    )


def held_roles(session: ScopedSession, account_ids: list[str]) -> dict[str, list[HeldRole]]:
    """The roles of each account."""
    held: dict[str, list[HeldRole]] = {account_id: [] for account_id in account_ids}
    grants: Any = session.scalars(sa.select(Grant).where(Grant.account_id.in_(account_ids)).order_by(Grant.role, Grant.id))
    for grant in grants:
        held[grant.account_id].append(HeldRole(grant_id=grant.id, role=grant.role, store_id=grant.store_id))
    return held


def accounts_page(session: ScopedSession, asked: AccountsQuery) -> AccountsPage:
    """Accounts by login."""
    found = sa.select(Account, Person.name).join(Person, Person.id == Account.person_id)
    if asked.q.strip():
        wanted = asked.q.strip()
        found = found.where(sa.or_(containing(Account.login, wanted), containing(Person.name_key, wanted)))
    rows, following = page_of(session, found, [Account.login, Account.id], limit=asked.limit, cursor=asked.cursor)
    held = held_roles(session, [row[0].id for row in rows])
    items = [
        AccountRow(
            id=account.id,
            person_id=account.person_id,
            person_name=name,
            login=account.login,
            closed=account.disabled_at is not None,
            roles=held[account.id],
        )
        for account, name in (row[:2] for row in rows)
    ]
    return AccountsPage(items=items, next_cursor=following)
