"""Questions about roles: what each is now, and what was proposed, confirmed and rejected."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import aliased

from contract import wire
from contract.moments import to_ms
from contract.people import ROLES
from contract.roles import FieldRuleBody, RoleBody, RoleChangeRow, RoleChanges, RoleRow, Roles
from server.kernel.actors import Permission
from server.kernel.db import ScopedSession
from server.kernel.fields import FIELDS
from server.people.model import FieldRule, Grant, Person, Role, RoleChange, RolePermission


def role_called(session: ScopedSession, key: str) -> Role | None:
    return session.scalars(sa.select(Role).where(Role.key == key)).one_or_none()


def body_of(session: ScopedSession, role: Role) -> RoleBody:
    """All that a role is now."""
    return _bodies(session, [role])[role.key]


def _bodies(session: ScopedSession, roles: list[Role]) -> dict[str, RoleBody]:
    keys = [role.key for role in roles]
    permissions: dict[str, list[str]] = {key: [] for key in keys}
    asked = sa.select(RolePermission).where(RolePermission.role.in_(keys)).order_by(RolePermission.permission)
    for right in session.scalars(asked):
        permissions[right.role].append(right.permission)
    fields: dict[str, list[FieldRuleBody]] = {key: [] for key in keys}
    rules = sa.select(FieldRule).where(FieldRule.role.in_(keys)).order_by(FieldRule.relation, FieldRule.field)
    for rule in session.scalars(rules):
        found: Any = {"relation": rule.relation, "field": rule.field, "mode": rule.mode}
        fields[rule.role].append(FieldRuleBody(**found))
    return {
        role.key: RoleBody(
            name_zh=role.name_zh, name_en=role.name_en, permissions=permissions[role.key], fields=fields[role.key]
        )
        for role in roles
    }


def rights_of(session: ScopedSession, key: str) -> list[RolePermission]:
    return list(session.scalars(sa.select(RolePermission).where(RolePermission.role == key)))


def field_rules_of(session: ScopedSession, key: str) -> list[FieldRule]:
    return list(session.scalars(sa.select(FieldRule).where(FieldRule.role == key)))


def roles(session: ScopedSession) -> Roles:
    """Every role as it is now, the ready ones first, with how many accounts the reader may know to hold it."""
    found = list(session.scalars(sa.select(Role).order_by(Role.is_ready.desc(), Role.key)))
    found.sort(key=lambda role: ROLES.index(role.key) if role.key in ROLES else len(ROLES))  # the company's own behind ours
    bodies = _bodies(session, found)
    holders: dict[str, int] = {
        row.role: row.n
        for row in session.execute(
            sa.select(Grant.role, sa.func.count(sa.distinct(Grant.account_id)).label("n")).group_by(Grant.role)
        )
    }
    waiting = {row.role: row.id for row in session.execute(sa.select(RoleChange.role, RoleChange.id).where(_OPEN))}
    items = [
        RoleRow(
            key=role.key,
            name_zh=role.name_zh,
            name_en=role.name_en,
            is_ready=role.is_ready,
            grantable=role.grantable,
            permissions=bodies[role.key].permissions,
            fields=bodies[role.key].fields,
            holders=holders.get(role.key, 0),
            open_change=waiting.get(role.key),
        )
        for role in found
    ]
    return Roles(items=items, permissions=[right.value for right in Permission], fields=list(FIELDS))


_OPEN = RoleChange.state == "open"


def open_change_of(session: ScopedSession, key: str) -> RoleChange | None:
    """The proposal for this role that still waits for a second person."""
    return session.scalars(sa.select(RoleChange).where(RoleChange.role == key, _OPEN)).one_or_none()


def role_changes(session: ScopedSession, *, role: str | None = None, limit: int = 200) -> RoleChanges:
    """Proposals, those that wait first, then the newest."""
    asked = _changes().order_by(RoleChange.state != "open", RoleChange.proposed_at.desc(), RoleChange.id).limit(limit)
    if role is not None:
        asked = asked.where(RoleChange.role == role)
    return RoleChanges(items=[_row(*found) for found in session.execute(asked)])


def role_change(session: ScopedSession, change_id: str) -> RoleChangeRow | None:
    """One proposal."""
    found = session.execute(_changes().where(RoleChange.id == change_id)).one_or_none()
    return _row(*found) if found is not None else None


def _changes() -> sa.Select[Any]:
    proposer, decider = aliased(Person), aliased(Person)
    return (
        sa.select(RoleChange, proposer.name, decider.name)
        .outerjoin(proposer, proposer.id == RoleChange.proposed_by)
        .outerjoin(decider, decider.id == RoleChange.decided_by)
    )


def _row(change: RoleChange, proposer: str | None, decider: str | None) -> RoleChangeRow:
    state: Any = change.state
    return RoleChangeRow(
        id=change.id,
        role=change.role,
        state=state,
        before=wire.convert(change.before, RoleBody) if change.before is not None else None,
        after=wire.convert(change.after, RoleBody),
        reason=change.reason,
        proposed_by=change.proposed_by,
        proposed_by_name=proposer or "",
        proposed_ms=to_ms(change.proposed_at),
        decided_by=change.decided_by,
        decided_by_name=decider,
        decided_ms=to_ms(change.decided_at) if change.decided_at is not None else None,
        decision_reason=change.decision_reason or "",
    )
