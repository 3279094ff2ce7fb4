"""Who is asking, what they may do, and in which stores. Roles are data: a role is a set of permissions."""

from __future__ import annotations

from dataclasses import dataclass, field
from enum import StrEnum

from contract.people import Role
from server.kernel.problems import Problem


class Permission(StrEnum):
    """Every right there is. A handler and an endpoint each name the one they need."""

    PUNCH_SELF = "attendance.punch_self"
    READ_PUNCHES = "attendance.read"
    REVIEW_PUNCHES = "attendance.review"
    READ_BOARD = "boards.read"
    READ_PEOPLE = "people.read"
    MANAGE_PEOPLE = "people.manage"
    MANAGE_ACCOUNTS = "people.manage_accounts"
    SET_OWN_PIN = "people.set_own_pin"
    CHANGE_OWN_PASSWORD = "people.change_own_password"  # noqa: S105 - the name of a right
    READ_STORES = "stores.read"
    MANAGE_STORES = "stores.manage"
    READ_DEVICES = "devices.read"
    ENROL_DEVICES = "devices.enrol"
    REVOKE_DEVICES = "devices.revoke"
    READ_POSTINGS = "postings.read"
    MANAGE_POSTINGS = "postings.manage"
    READ_OPERATIONS = "operations.read"
    REPLAY_OPERATIONS = "operations.replay"
    IMPORT = "imports.run"
    READ_SELF = "self.read"
    MANAGE_ORG = "org.manage"
    READ_ORG = "org.read"
    SUBMIT_REQUEST = "approvals.submit"
    DECIDE_STEP = "approvals.decide"
    MANAGE_FLOWS = "approvals.manage_flows"
    READ_REQUESTS = "approvals.read"
    NAME_DECIDER = "approvals.name_decider"
    READ_OWN_INBOX = "inbox.read_own"
    TICK_HANDOVER = "postings.tick"
    READ_LEAVE = "leave.read"
    MANAGE_LEAVE = "leave.manage"
    READ_ARCHIVE = "archive.read"
    MANAGE_ARCHIVE = "archive.manage"
    READ_DOCUMENTS = "archive.documents"
    READ_AUDIT = "audit.read"
    VERIFY_AUDIT = "audit.verify"
    ERASE_PERSON = "privacy.erase"
    READ_OWN_PRIVACY = "privacy.read_own"
    MANAGE_ROLES = "people.manage_roles"
    EXPORT = "exports.run"


# What everybody with an account may do about themselves. Whose step a decision is, is computed from the flow, not from a role.
_OWN = frozenset(
    {
        Permission.READ_SELF,
        Permission.CHANGE_OWN_PASSWORD,
        Permission.SUBMIT_REQUEST,
        Permission.DECIDE_STEP,
        Permission.READ_OWN_INBOX,
        Permission.TICK_HANDOVER,
        Permission.READ_OWN_PRIVACY,
    }
)
_LOOK = frozenset(
    {
        Permission.READ_PUNCHES,
        Permission.READ_BOARD,
        Permission.READ_PEOPLE,
        Permission.READ_STORES,
        Permission.READ_DEVICES,
        Permission.READ_POSTINGS,
        Permission.READ_ORG,
        Permission.EXPORT,
    }
)
_LEAD = _OWN | _LOOK | {Permission.READ_REQUESTS, Permission.READ_LEAVE, Permission.READ_ARCHIVE}
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "employee": _OWN,
    "store_manager": _LEAD | {Permission.REVIEW_PUNCHES},
    "department_head": _LEAD,
    "region_manager": _LEAD | {Permission.REVIEW_PUNCHES},
    "qa": _OWN | _LOOK | {Permission.READ_ARCHIVE},
    "leader": _LEAD,
    "auditor": _LEAD | {Permission.READ_OPERATIONS, Permission.READ_AUDIT, Permission.VERIFY_AUDIT},
    "hr": _LEAD
    | {
        Permission.REVIEW_PUNCHES,
        Permission.MANAGE_PEOPLE,
        Permission.MANAGE_STORES,
        Permission.ENROL_DEVICES,
        Permission.REVOKE_DEVICES,
        Permission.MANAGE_POSTINGS,
        Permission.READ_OPERATIONS,
        Permission.IMPORT,
        Permission.MANAGE_ORG,
        Permission.MANAGE_FLOWS,
        Permission.NAME_DECIDER,
        Permission.MANAGE_LEAVE,
        Permission.MANAGE_ARCHIVE,
        Permission.READ_DOCUMENTS,
        Permission.READ_AUDIT,
        Permission.ERASE_PERSON,
    },
    "admin": frozenset(Permission) - {Permission.PUNCH_SELF, Permission.SET_OWN_PIN},
}
# A device acts as its person, or as whoever typed a PIN at it; its handlers see to it that it does so about nobody else.
DEVICE_PERMISSIONS = frozenset(
    {
        Permission.PUNCH_SELF,
        Permission.SET_OWN_PIN,
        Permission.SUBMIT_REQUEST,
        Permission.DECIDE_STEP,
        Permission.READ_OWN_INBOX,
        Permission.TICK_HANDOVER,
    }
)


@dataclass(frozen=True)
class Actor:
    """A person at the console, a device, or the system itself.

    `everywhere` holds the rights that count in all stores; `in_stores` those that count in some.
    """

    person_id: str | None = None
    account_id: str | None = None
    device_id: str | None = None
    everywhere: frozenset[Permission] = frozenset()
    in_stores: dict[Permission, frozenset[str]] = field(default_factory=dict, hash=False, compare=False)
    is_system: bool = False

    @classmethod
    def system(cls) -> Actor:
        return cls(everywhere=frozenset(Permission), is_system=True)

    @classmethod
    def device(cls, device_id: str, person_id: str | None) -> Actor:
        return cls(person_id=person_id, device_id=device_id, everywhere=DEVICE_PERMISSIONS)

    @classmethod
    def person(cls, person_id: str, account_id: str, grants: list[tuple[Role, str | None]]) -> Actor:
        """A signed-in person with their grants: (role, store or None for everywhere)."""
        everywhere: set[Permission] = set()
        in_stores: dict[Permission, set[str]] = {}
        for role, store_id in grants:
            for permission in ROLE_PERMISSIONS[role]:
                if store_id is None or permission in _OWN:
                    everywhere.add(permission)
                else:
                    in_stores.setdefault(permission, set()).add(store_id)
        return cls(
            person_id=person_id,
            account_id=account_id,
            everywhere=frozenset(everywhere),
            in_stores={p: frozenset(stores) for p, stores in in_stores.items()},
        )

    def may(self, permission: Permission) -> bool:
        """Whether the actor has this right anywhere at all. Where it counts is decided by the scope rules."""
        return permission in self.everywhere or permission in self.in_stores

    def must(self, permission: Permission) -> None:
        if not self.may(permission):
            raise Problem("access.not_allowed", needs=permission.value)

    def has_everywhere(self, permission: Permission) -> bool:
        return self.is_system or permission in self.everywhere

    def stores_for(self, permission: Permission) -> frozenset[str]:
        """The stores where the right counts; only meaningful when it does not count everywhere."""
        return self.in_stores.get(permission, frozenset())
