"""Which rights somebody has at a moment, and who has a role over a unit. Read at each request; nothing is remembered of it.

A role is held by a grant (over a unit and all below, or everywhere; perhaps until a day, while a posting runs, while a post is
held) or, without anybody granting it, by managing a unit: whoever manages a store is its store manager from that day on and
until the day it ends. What the role may do is data (`rulebook`), kept in memory for as long as it is true.
"""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Any, NamedTuple

import sqlalchemy as sa

from contract.people import HeldRole
from server.kernel.actors import Actor, Held, Permission, Rulebook
from server.kernel.db import ScopedSession
from server.kernel.feed import reference_of
from server.kernel.fields import Mode, Relation
from server.kernel.scope import whole
from server.org.queries import Tree, company_day, home_of, tree_on
from server.people.model import Account, FieldRule, Grant, Person, PersonStore, Role, RolePermission

# What managing a unit makes of somebody, there and in all below it.
MANAGES: dict[str, str] = {
    "company": "leader",
    "region": "region_manager",
    "department": "department_head",
    "own_store": "store_manager",
    "partner_store": "store_manager",
}


class GrantFacts(NamedTuple):
    """A grant as it is read with the session it counts in."""

    grant_id: str
    role: str
    unit_id: str | None
    until: date | None
    posting_id: str | None
    post_id: str | None


def rulebook(session: ScopedSession) -> Rulebook:
    """What each role may do and read, as of this transaction."""
    if session.info.get("cache") is None or session.info.get("reference_moved"):
        return _rulebook(session)
    found: Rulebook = reference_of(session).one("rulebook", None, lambda: _rulebook(session))
    return found


_NAMES = (Role.key, Role.name_zh, Role.name_en)


def _rulebook(session: ScopedSession) -> Rulebook:
    permissions: dict[str, set[Permission]] = {}
    known = {permission.value for permission in Permission}
    fields: dict[tuple[str, Relation], dict[str, Mode]] = {}
    with whole(session) as everything:
        for role, permission in everything.execute(sa.select(RolePermission.role, RolePermission.permission)):
            if permission in known:  # a right that this release no longer has
                permissions.setdefault(role, set()).add(Permission(permission))
        for rule in everything.execute(sa.select(FieldRule.role, FieldRule.relation, FieldRule.field, FieldRule.mode)):
            fields.setdefault((rule.role, rule.relation), {})[rule.field] = rule.mode
        names = {role.key: (role.name_zh, role.name_en) for role in everything.execute(sa.select(*_NAMES))}
    return Rulebook({role: frozenset(held) for role, held in permissions.items()}, fields, names)


def actor_with(session: ScopedSession, person_id: str, account_id: str, roles: Iterable[HeldRole], now: datetime) -> Actor:
    """The signed-in person with the rights that these roles give them at this moment, each over its unit and all below."""
    day = company_day(now)
    tree = tree_on(session, day)
    held = [Held(role.role, None if role.unit_id is None else _below(session, tree, day, role.unit_id)) for role in roles]
    return Actor.person(person_id, account_id, held, rules=rulebook(session), now=now)


def roles_of(session: ScopedSession, person_id: str, grants: Iterable[GrantFacts], now: datetime) -> list[HeldRole]:
    """The roles a person holds at this moment: those granted, where they still count, and those that managing a unit brings."""
    day = company_day(now)
    held = [
        HeldRole(
            role=grant.role, grant_id=grant.grant_id, unit_id=grant.unit_id,
            until=grant.until.isoformat() if grant.until is not None else None,
            posting_id=grant.posting_id, post_id=grant.post_id,
        )
        for grant in grants
        if _counts(session, person_id, grant, day)
    ]  # fmt: skip
    managed = _managed_units(session, tree_on(session, day), day).get(person_id, ())
    return held + [HeldRole(role=role, unit_id=unit_id) for role, unit_id in managed]


def _counts(session: ScopedSession, person_id: str, grant: GrantFacts, day: date) -> bool:
    if grant.until is not None and day >= grant.until:
        return False
    if grant.post_id is not None:
        home = home_of(session, person_id, day)
        if home is None or home.post_id != grant.post_id:
            return False
    return grant.posting_id is None or _runs(session, grant.posting_id, day)


def _runs(session: ScopedSession, posting_id: str, day: date) -> bool:
    with whole(session) as everything:
        stay = everything.execute(
            sa.select(PersonStore.from_at, PersonStore.until_at).where(PersonStore.id == posting_id)
        ).one_or_none()
    if stay is None:
        return False
    return company_day(stay.from_at) <= day and (stay.until_at is None or day < company_day(stay.until_at))


def _managed_units(session: ScopedSession, tree: Tree, day: date) -> dict[str, list[tuple[str, str]]]:
    """Person -> (role, unit) of every unit they manage on a day."""

    def load() -> dict[str, list[tuple[str, str]]]:
        found: dict[str, list[tuple[str, str]]] = {}
        for unit in tree.units.values():
            if unit.manager_id is not None:
                found.setdefault(unit.manager_id, []).append((MANAGES[unit.kind], unit.unit_id))
        return found

    if session.info.get("cache") is None or session.info.get("reference_moved"):
        return load()
    managed: dict[str, list[tuple[str, str]]] = reference_of(session).one("managed units", day, load)
    return managed


def _below(session: ScopedSession, tree: Tree, day: date, unit_id: str) -> frozenset[str]:
    if session.info.get("cache") is None or session.info.get("reference_moved"):
        return frozenset(tree.below(unit_id))
    found: frozenset[str] = reference_of(session).one("below", (day, unit_id), lambda: frozenset(tree.below(unit_id)))
    return found


def holders_of(session: ScopedSession, role: str, unit_id: str | None, day: date) -> list[str]:
    """The people whose role counts over a unit on a day: granted there, on a unit above or everywhere, or brought by managing.

    Whoever is nearest comes first, those everywhere last. The answer is the same whoever asks. Without a unit only those
    who hold it everywhere.
    """
    tree = tree_on(session, day)
    near = [unit_id, *tree.above(unit_id)] if unit_id is not None else []
    asked = (
        sa.select(
            Person.id.label("person_id"), Grant.id, Grant.role, Grant.unit_id, Grant.until, Grant.posting_id, Grant.post_id
        )
        .join(Account, Account.person_id == Person.id)
        .join(Grant, Grant.account_id == Account.id)
        .where(
            Grant.role == role, Account.disabled_at.is_(None), Person.active,
            sa.or_(Grant.unit_id.is_(None), Grant.unit_id.in_(near)),
        )
    )  # fmt: skip
    managers = {
        unit.manager_id: unit.unit_id
        for unit in (tree.units[above] for above in reversed(near) if above in tree.units)
        if unit.manager_id is not None and MANAGES[unit.kind] == role
    }
    with whole(session) as everything:
        granted = list(everything.execute(asked).all())
        here = set(everything.scalars(sa.select(Person.id).where(Person.id.in_(list(managers)), Person.active)))
    far: dict[str, int] = {person: near.index(unit) for person, unit in managers.items() if person in here}
    for row in granted:
        if _counts(session, row.person_id, GrantFacts(*row[1:]), day):
            distance = near.index(row.unit_id) if row.unit_id is not None else len(near)
            far[row.person_id] = min(distance, far.get(row.person_id, distance))
    return sorted(far, key=lambda person: (far[person], person))


def admins_among(session: ScopedSession, roles: Iterable[str]) -> set[str]:
    """Open accounts of people here who hold one of these roles everywhere and without an end."""
    asked: Any = (
        sa.select(Grant.account_id)
        .join(Account, Account.id == Grant.account_id)
        .join(Person, Person.id == Account.person_id)
        .where(
            Grant.role.in_(list(roles)), Grant.unit_id.is_(None), Grant.until.is_(None), Grant.posting_id.is_(None),
            Grant.post_id.is_(None), Account.disabled_at.is_(None), Person.active,
        )
    )  # fmt: skip
    return set(session.scalars(asked))
