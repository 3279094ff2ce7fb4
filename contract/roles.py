"""Roles on the wire: what each may do and which fields it reads, changed by two people."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Id, Label, Note, Reason
from contract.people import RoleKey
from contract.wire import Wire, operation

FieldMode = Literal["hidden", "masked", "read"]
FieldRelation = Literal["self", "home", "host_before", "host_during", "host_after"]
Right = Annotated[str, Meta(min_length=3, max_length=60, pattern=r"^[a-z_]+\.[a-z_]+$(?!\n)")]
FieldName = Annotated[str, Meta(min_length=2, max_length=40, pattern=r"^[a-z][a-z0-9_]*$(?!\n)")]
ChangeState = Literal["open", "confirmed", "rejected"]


class FieldRuleBody(Wire, frozen=True, kw_only=True):
    """How a role reads a field of people to whom its holder stands so. What is not said is hidden."""

    relation: FieldRelation
    field: FieldName
    mode: Literal["masked", "read"]


class RoleBody(Wire, frozen=True, kw_only=True):
    """All that a role is: its names, its rights, its fields."""

    name_zh: Label
    name_en: Label
    permissions: Annotated[list[Right], Meta(max_length=200)]
    fields: Annotated[list[FieldRuleBody], Meta(max_length=500)]


@operation("people.propose_role_change/1")
class ProposeRoleChange(Wire, frozen=True, kw_only=True):
    """A role shall be so from now on; a key nobody has is a new role. It counts once somebody else has confirmed it."""

    change_id: Id
    role: RoleKey
    after: RoleBody
    reason: Reason


@operation("people.confirm_role_change/1")
class ConfirmRoleChange(Wire, frozen=True, kw_only=True):
    """A second person agrees: from the next request on, the role is as proposed."""

    change_id: Id


@operation("people.reject_role_change/1")
class RejectRoleChange(Wire, frozen=True, kw_only=True):
    """A second person does not agree, and says why."""

    change_id: Id
    reason: Reason


class RoleRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A role as it is now. `holders`: accounts it is granted to. What is not `grantable` nobody holds: it is a device's."""

    key: str
    name_zh: str
    name_en: str
    is_ready: bool
    grantable: bool
    permissions: list[str]
    fields: list[FieldRuleBody]
    holders: int = 0
    open_change: str | None = None


class Roles(Wire, frozen=True, kw_only=True):
    """The roles, and every right and field there is."""

    items: list[RoleRow]
    permissions: list[str]
    fields: list[str]


class RoleChangeRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A proposed change: what the role was, what it shall be, by whom and why; and what became of it."""

    id: str
    role: str
    state: ChangeState
    before: RoleBody | None
    after: RoleBody
    reason: str
    proposed_by: str
    proposed_by_name: str
    proposed_ms: int
    decided_by: str | None = None
    decided_by_name: str | None = None
    decided_ms: int | None = None
    decision_reason: Note = ""


class RoleChanges(Wire, frozen=True, kw_only=True):
    """Changes of roles, the newest first."""

    items: list[RoleChangeRow]
