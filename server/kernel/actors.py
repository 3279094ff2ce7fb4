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


_OWN = frozenset({Permission.READ_SELF, Permission.CHANGE_OWN_PASSWORD})
_LOOK = frozenset(
    {
        Permission.READ_PUNCHES,
        Permission.READ_BOARD,
        Permission.READ_PEOPLE,
        Permission.READ_STORES,
        Permission.READ_DEVICES,
        Permission.READ_POSTINGS,
    }
)
ROLE_PERMISSIONS: dict[Role, frozenset[Permission]] = {
    "employee": _OWN,
    "store_manager": _OWN | _LOOK | {Permission.REVIEW_PUNCHES},
    "auditor": _OWN | _LOOK | {Permission.READ_OPERATIONS},
    "hr": _OWN
    | _LOOK
    | {
        Permission.REVIEW_PUNCHES,
        Permission.MANAGE_PEOPLE,
        Permission.MANAGE_STORES,
        Permission.ENROL_DEVICES,
        Permission.REVOKE_DEVICES,
        Permission.MANAGE_POSTINGS,
        Permission.READ_OPERATIONS,
        Permission.IMPORT,
    },
    "admin": frozenset(Permission) - {Permission.PUNCH_SELF, Permission.SET_OWN_PIN},
}
DEVICE_PERMISSIONS = frozenset({Permission.PUNCH_SELF, Permission.SET_OWN_PIN})


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
