"""How a role changes: one person proposes what it shall be, another confirms or rejects it. Both facts stay.

What is confirmed counts with the next request on every process: rights are read at each one (people/rights.py).
"""

from __future__ import annotations

from collections.abc import Iterable

from contract import wire
from contract.ids import derived_id
from contract.roles import ConfirmRoleChange, FieldRuleBody, ProposeRoleChange, RejectRoleChange, RoleBody
from server.kernel.actors import Permission
from server.kernel.fields import FIELDS
from server.kernel.perform import Work, handles
from server.kernel.problems import Problem
from server.people import roles_queries as queries
from server.people import rules
from server.people.model import FieldRule, Role, RoleChange, RolePermission

# Whoever takes these from the administrators locks everybody out: nobody could give them back.
ADMIN_KEEPS = frozenset({Permission.MANAGE_ACCOUNTS, Permission.MANAGE_ROLES})
ADMIN = "admin"


@handles(ProposeRoleChange, needs=Permission.MANAGE_ROLES)
def propose_role_change(work: Work, op: ProposeRoleChange) -> None:
    proposer = _second_pair_of_eyes(work)
    role = queries.role_called(work.session, op.role)
    after = _settled(op.after)
    _must_be_possible(op.role, after)
    before = queries.body_of(work.session, role) if role is not None else None
    if before is not None and not rules.role_difference(wire.plain(before), wire.plain(after)):
        raise Problem("people.role_unchanged", role=op.role)
    waiting = queries.open_change_of(work.session, op.role)
    if waiting is not None:
        raise Problem("people.role_change_open", role=op.role, id=waiting.id)
    if work.session.get(RoleChange, op.change_id) is not None:
        raise Problem("operation.already_exists", field="change_id", id=op.change_id)
    work.add(
        RoleChange(
            id=op.change_id,
            role=op.role,
            before=wire.plain(before) if before is not None else None,
            after=wire.plain(after),
            reason=op.reason,
            state="open",
            proposed_by=proposer,
            proposed_at=work.now,
        )
    )


@handles(ConfirmRoleChange, needs=Permission.MANAGE_ROLES)
def confirm_role_change(work: Work, op: ConfirmRoleChange) -> None:
    change = _waiting_for_another(work, op.change_id)
    role = queries.role_called(work.session, change.role)
    now = wire.plain(queries.body_of(work.session, role)) if role is not None else None
    if now != change.before:
        raise Problem("people.role_change_stale", role=change.role)
    after: RoleBody = wire.convert(change.after, RoleBody)
    _must_be_possible(change.role, after)
    if role is None:
        role = work.add(Role(id=derived_id("role", change.role), key=change.role, is_ready=False, grantable=True))
    role.name_zh, role.name_en = after.name_zh, after.name_en
    work.session.flush()  # its rows name it
    _become(work, change.role, after)
    _decide(work, change, "confirmed", None)


@handles(RejectRoleChange, needs=Permission.MANAGE_ROLES)
def reject_role_change(work: Work, op: RejectRoleChange) -> None:
    _decide(work, _waiting_for_another(work, op.change_id), "rejected", op.reason)


def _second_pair_of_eyes(work: Work) -> str:
    """The person who acts. The system itself is nobody's second person, and nobody's first."""
    if work.actor.person_id is None or work.actor.is_system:
        raise Problem("access.not_allowed", needs=Permission.MANAGE_ROLES.value)
    return work.actor.person_id


def _waiting_for_another(work: Work, change_id: str) -> RoleChange:
    person = _second_pair_of_eyes(work)
    change: RoleChange = work.find(RoleChange, change_id, "people.role_change_unknown")
    if change.state != "open":
        raise Problem("people.role_change_decided", id=change.id)
    if change.proposed_by == person:  # the person, not the account: one with two accounts is still one
        raise Problem("people.same_person", id=change.id)
    return change


def _decide(work: Work, change: RoleChange, state: str, reason: str | None) -> None:
    change.state, change.decision_reason = state, reason
    change.decided_by, change.decided_at = work.actor.person_id, work.now


def _settled(body: RoleBody) -> RoleBody:
    """The same role, said in one way: nothing twice, everything in order."""
    rule_by = {(rule.relation, rule.field): rule for rule in body.fields}
    return RoleBody(
        name_zh=rules.tidy(body.name_zh),
        name_en=rules.tidy(body.name_en),
        permissions=sorted(set(body.permissions)),
        fields=[rule_by[key] for key in sorted(rule_by)],
    )


def _must_be_possible(key: str, after: RoleBody) -> None:
    for name, field in ((after.name_zh, "name_zh"), (after.name_en, "name_en")):
        if not name:
            raise Problem("wire.missing", field=field)
    known = {permission.value for permission in Permission}
    for right in after.permissions:
        if right not in known:
            raise Problem("people.right_unknown", field="permissions", right=right)
    for rule in after.fields:
        if rule.field not in FIELDS:
            raise Problem("people.field_unknown", field="fields", name=rule.field)
        if rule.mode == "masked" and FIELDS[rule.field].mask is None:
            raise Problem("people.field_not_masked", field="fields", name=rule.field)
    if key == ADMIN and not {right.value for right in ADMIN_KEEPS} <= set(after.permissions):
        raise Problem("people.admin_keeps", role=key)


def _become(work: Work, key: str, after: RoleBody) -> None:
    """Bring the rows of a role to what it shall be; what stays is not touched, so the history says what changed."""
    have = {right.permission: right for right in queries.rights_of(work.session, key)}
    for gone in have.keys() - set(after.permissions):
        work.session.delete(have[gone])
    for right in sorted(set(after.permissions) - have.keys()):
        work.add(RolePermission(id=derived_id("role_permission", key, right, work.act.op_id), role=key, permission=right))
    _become_in_fields(work, key, after.fields)


def _become_in_fields(work: Work, key: str, after: Iterable[FieldRuleBody]) -> None:
    want: dict[tuple[str, str], str] = {(rule.relation, rule.field): rule.mode for rule in after}
    have = {(rule.relation, rule.field): rule for rule in queries.field_rules_of(work.session, key)}
    for (relation, field), row in have.items():
        if (relation, field) not in want:
            work.session.delete(row)
        elif row.mode != want[relation, field]:
            row.mode = want[relation, field]
    for (relation, field), mode in want.items():
        if (relation, field) not in have:
            row_id = derived_id("field_rule", key, relation, field, work.act.op_id)
            work.add(FieldRule(id=row_id, role=key, relation=relation, field=field, mode=mode))
