"""Questions about people, accounts and sessions."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.moments import to_ms
from contract.people import (
    AccountRow,
    AccountsPage,
    AccountsQuery,
    HeldRole,
    PeoplePage,
    PeopleQuery,
    PersonCard,
)
from server.kernel.actors import Actor, Permission
from server.kernel.db import ScopedSession
from server.kernel.feed import SyncFeed
from server.kernel.fields import FieldView
from server.kernel.paging import containing, page_of
from server.org.queries import at_home_below, is_below
from server.people.model import Account, Grant, Person, PersonStore, Role, SignInTry, WebSession
from server.people.readers import readable, views_of, visible_fields
from server.people.rights import GrantFacts, actor_with, admins_among, holders_of, roles_of, rulebook

__all__ = ["holders_of", "visible_fields"]

LEAST_DIGITS = 4  # of a mobile number, to search by it
LAST_MOMENT = datetime.max.replace(tzinfo=UTC)  # for readers who ask at none: what has an end has ended


def person_by_number(session: ScopedSession, number: str) -> Person | None:
    return session.scalars(sa.select(Person).where(Person.number == number)).one_or_none()


def account_by_login(session: ScopedSession, login: str) -> Account | None:
    return session.scalars(sa.select(Account).where(Account.login == login.lower())).one_or_none()


def grants_of(session: ScopedSession, account_id: str) -> Sequence[Grant]:
    return session.scalars(sa.select(Grant).where(Grant.account_id == account_id).order_by(Grant.role)).all()


def open_account_ids(session: ScopedSession, person_id: str) -> list[str]:
    """The accounts of a person that may sign in."""
    return list(session.scalars(sa.select(Account.id).where(Account.person_id == person_id, Account.disabled_at.is_(None))))


def is_grantable(session: ScopedSession, role: str) -> bool:
    """Whether there is such a role and somebody may hold it."""
    return session.execute(sa.select(Role.id).where(Role.key == role, Role.grantable)).first() is not None


def _admin_roles(session: ScopedSession) -> list[str]:
    rights = rulebook(session).permissions
    return [role for role, held in rights.items() if Permission.MANAGE_ACCOUNTS in held]


def admin_account_ids(session: ScopedSession) -> set[str]:
    """Open accounts that may manage accounts, everywhere."""
    return admins_among(session, _admin_roles(session))


def makes_an_admin(session: ScopedSession, grant: Grant) -> bool:
    """Whether this grant alone makes its account one that may manage accounts, everywhere and without an end."""
    is_whole = grant.unit_id is None and grant.until is None and grant.posting_id is None and grant.post_id is None
    return is_whole and grant.role in _admin_roles(session)


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
    """A session that counts now, whose it is, and what they may do at this moment."""

    session_id: str
    account_id: str
    person_id: str
    person_name: str
    roles: list[HeldRole]
    actor: Actor


_REFERENCE = sa.select(SyncFeed.reference).where(SyncFeed.id == 1).scalar_subquery()
_GRANT = (Grant.id, Grant.role, Grant.unit_id, Grant.until, Grant.posting_id, Grant.post_id)


def running_session(session: ScopedSession, token_hash: str, now: datetime) -> Session | None:
    """Whose token this is, with their rights as they are now; None when it is unknown, ended, expired or closed.

    One statement brings the grants and the state of the reference rows, so the rules of roles and the tree of units are asked
    for only when they have changed.
    """
    rows = session.execute(
        sa.select(_REFERENCE, WebSession.id, Account.id, Person.id, Person.name, *_GRANT)
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
    version, session_id, account_id, person_id, name = rows[0][:5]
    session.info["reference"] = session.info["cache"].at(version)
    grants = [GrantFacts(*row[5:]) for row in rows if row[5] is not None]
    roles = roles_of(session, person_id, grants, now)
    return Session(session_id, account_id, person_id, name, roles, actor_with(session, person_id, account_id, roles, now))


def actor_of_account(session: ScopedSession, account: Account, now: datetime) -> Actor:
    """The owner of an account, with their rights as they are now."""
    grants = [GrantFacts(*row) for row in session.execute(sa.select(*_GRANT).where(Grant.account_id == account.id))]
    roles = roles_of(session, account.person_id, grants, now)
    return actor_with(session, account.person_id, account.id, roles, now)


def people_page(session: ScopedSession, asked: PeopleQuery) -> PeoplePage:
    """People by name, number or the day they came, narrowed by what is asked, by who asks and by what they may read."""
    reader: Actor = session.info["actor"]
    found = narrowed(session, sa.select(Person), asked)
    if asked.sort == "-hired":
        found = found.where(readable(reader, "hired"))
    sort = {"name": Person.name_key, "number": Person.number, "-hired": Person.hired_at}[asked.sort]
    rows, following = page_of(
        session, found, [sort, Person.id], limit=asked.limit, cursor=asked.cursor, descending=asked.sort == "-hired"
    )
    return PeoplePage(items=cards_of(session, [row[0] for row in rows]), next_cursor=following)


def cards_of(session: ScopedSession, people: Sequence[Person]) -> list[PersonCard]:
    """The cards of people, as this session's reader may see each of them."""
    views = views_of(session, session.info["actor"], [person.id for person in people])
    return [_card(person, views[person.id]) for person in people]


def narrowed(session: ScopedSession, found: Any, asked: PeopleQuery) -> Any:
    """A statement over people, narrowed by what is asked and by what the reader may read of them."""
    reader: Actor = session.info["actor"]
    if asked.q.strip():
        found = found.where(_matches(reader, asked.q.strip()))
    if asked.active is not None:
        found = found.where(Person.active.is_(asked.active), readable(reader, "active"))
    if asked.store_id is not None:
        found = found.where(Person.id.in_(sa.select(PersonStore.person_id).where(PersonStore.store_id == asked.store_id)))
    if asked.unit_id is not None:
        at_home = sa.and_(Person.id.in_(at_home_below(session, asked.unit_id)), readable(reader, "home_org"))
        found = found.where(sa.or_(at_home, Person.id.in_(guests_below(session, asked.unit_id))))
    return found


def belongs_below(session: ScopedSession, unit_id: str, person_id: Any) -> sa.ColumnElement[bool]:
    """Of a column with a person: at home in this unit or one below it, or posted there, as far as the reader sees either."""
    at_home, as_guest = at_home_below(session, unit_id), guests_below(session, unit_id)
    return sa.or_(person_id.in_(at_home), person_id.in_(as_guest))


def guests_below(session: ScopedSession, unit_id: str) -> sa.Select[tuple[str]]:
    """Who is posted to a store below this unit now, by id, as far as the reader sees guests."""
    now = session.info["actor"].now or LAST_MOMENT
    return sa.select(PersonStore.person_id).where(
        is_below(session, PersonStore.store_id, unit_id),
        PersonStore.from_at <= now,
        sa.or_(PersonStore.until_at.is_(None), PersonStore.until_at > now),
    )


def _matches(reader: Actor, wanted: str) -> sa.ColumnElement[bool]:
    """Where a search finds what was typed: only in fields that the reader may read of that person."""
    found = sa.or_(
        sa.and_(containing(Person.name_key, wanted), readable(reader, "name")),
        sa.and_(containing(Person.number, wanted), readable(reader, "number")),
    )
    if sum(letter.isdigit() for letter in wanted) >= LEAST_DIGITS:
        found = sa.or_(found, sa.and_(containing(Person.mobile, wanted), readable(reader, "mobile")))
    return found


def person_card(session: ScopedSession, person: Person) -> PersonCard:
    """A person as this session's reader may see them."""
    return _card(person, visible_fields(session, session.info["actor"], person.id))


def _card(person: Person, view: FieldView) -> PersonCard:
    return PersonCard(
        id=person.id,
        number=view.show("number", person.number),
        name=view.show("name", person.name),
        home_org=view.show("home_org", person.home_org),
        active=view.show("active", person.active),
        has_pin=view.show("has_pin", person.pin_verifier is not None),
        hired_ms=view.show("hired", to_ms(person.hired_at)),
        mobile=view.show("mobile", person.mobile),
    )


def held_roles(session: ScopedSession, account_ids: list[str]) -> dict[str, list[HeldRole]]:
    """The roles granted to each account. What follows from managing a unit is not among them: rights.roles_of."""
    held: dict[str, list[HeldRole]] = {account_id: [] for account_id in account_ids}
    grants: Any = session.scalars(sa.select(Grant).where(Grant.account_id.in_(account_ids)).order_by(Grant.role, Grant.id))
    for grant in grants:
        held[grant.account_id].append(
            HeldRole(
                grant_id=grant.id, role=grant.role, unit_id=grant.unit_id,
                until=grant.until.isoformat() if grant.until is not None else None,
                posting_id=grant.posting_id, post_id=grant.post_id,
            )
        )  # fmt: skip
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
