"""Who is asking, what they may do, and over which units. Roles are data; the ready ones are declared here."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from server.kernel.fields import READY_FIELDS, FieldRules
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
    WITNESS_LOG = "audit.witness"
    ERASE_PERSON = "privacy.erase"
    READ_OWN_PRIVACY = "privacy.read_own"
    MANAGE_ROLES = "people.manage_roles"
    EXPORT = "exports.run"
    READ_SHIFTS = "shifts.read"
    PLAN_SHIFTS = "shifts.plan"
    MANAGE_SHIFTS = "shifts.manage"
    MANAGE_RULES = "shifts.manage_rules"
    READ_HOURS = "hours.read"
    VOUCH = "attendance.vouch"
    APPEAL = "attendance.appeal"
    READ_CASES = "attendance.cases"
    READ_STATEMENTS = "statements.read"
    CONFIRM_WEEK = "statements.confirm"
    SETTLE_DISPUTE = "statements.settle"
    CLOSE_MONTH = "statements.close"
    OWN_SHIFTS = "rosters.own"
    MANAGE_SKILLS = "rosters.manage_skills"
    LEARN = "learning.own"
    WRITE_COURSES = "learning.write"
    PUBLISH_COURSES = "learning.publish"
    READ_TRAINING = "training.read"
    ASSIGN_TRAINING = "training.assign"
    MANAGE_TRAINING = "training.manage"
    FILE_TICKET = "feedback.own"
    READ_TICKETS = "feedback.read"
    ANSWER_TICKETS = "feedback.answer"
    MANAGE_FEEDBACK = "feedback.manage"
    READ_NOTICES = "announcements.own"
    PUBLISH_NOTICES = "announcements.publish"
    SPEAK = "voice.own"
    READ_VOICE = "voice.read"
    MANAGE_VOICE = "voice.manage"
    MANAGE_CHANNELS = "inbox.manage_channels"
    OWN_SCORES = "scoring.own"
    READ_SCORES = "scoring.read"
    GIVE_SCORES = "scoring.give"
    MANAGE_SCORING = "scoring.manage"
    READ_QUALITY = "scoring.quality"


# What everybody with an account may do about themselves. Whose step a decision is, is computed from the flow, not from a role.
OWN = frozenset(
    {
        Permission.READ_SELF,
        Permission.CHANGE_OWN_PASSWORD,
        Permission.SUBMIT_REQUEST,
        Permission.DECIDE_STEP,
        Permission.READ_OWN_INBOX,
        Permission.TICK_HANDOVER,
        Permission.READ_OWN_PRIVACY,
        Permission.APPEAL,
        Permission.CONFIRM_WEEK,
        Permission.OWN_SHIFTS,
        Permission.LEARN,
        Permission.FILE_TICKET,
        Permission.READ_NOTICES,
        Permission.SPEAK,
        Permission.OWN_SCORES,
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
        Permission.READ_SHIFTS,
        Permission.READ_HOURS,
        Permission.EXPORT,
    }
)
_LEAD = (
    OWN
    | _LOOK
    | {
        Permission.READ_REQUESTS,
        Permission.READ_LEAVE,
        Permission.READ_ARCHIVE,
        Permission.READ_STATEMENTS,
        Permission.READ_TRAINING,
        Permission.READ_TICKETS,
        Permission.READ_VOICE,
        Permission.READ_SCORES,
    }
)
_TEACH = frozenset({Permission.WRITE_COURSES, Permission.ASSIGN_TRAINING})
_ANSWER = frozenset({Permission.ANSWER_TICKETS, Permission.PUBLISH_NOTICES, Permission.GIVE_SCORES})
_STEER = frozenset({Permission.REVIEW_PUNCHES, Permission.VOUCH, Permission.READ_CASES, Permission.PLAN_SHIFTS})
ROLE_PERMISSIONS: dict[str, frozenset[Permission]] = {
    "employee": OWN,
    "store_manager": _LEAD | _STEER | _TEACH | _ANSWER,
    "department_head": _LEAD | _TEACH | _ANSWER,
    "region_manager": _LEAD | _STEER | _TEACH | _ANSWER,
    "qa": OWN | _LOOK | {Permission.READ_ARCHIVE, Permission.READ_TICKETS},
    "leader": _LEAD,
    "auditor": _LEAD
    | {Permission.READ_QUALITY, Permission.READ_OPERATIONS, Permission.READ_AUDIT, Permission.VERIFY_AUDIT}
    | {Permission.READ_CASES},
    "hr": _LEAD
    | _STEER
    | _TEACH
    | _ANSWER
    | {
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
        Permission.MANAGE_SHIFTS,
        Permission.MANAGE_RULES,
        Permission.SETTLE_DISPUTE,
        Permission.CLOSE_MONTH,
        Permission.MANAGE_SKILLS,
        Permission.PUBLISH_COURSES,
        Permission.MANAGE_TRAINING,
        Permission.MANAGE_FEEDBACK,
        Permission.MANAGE_VOICE,
        Permission.MANAGE_CHANNELS,
        Permission.MANAGE_SCORING,
        Permission.READ_QUALITY,
    },
    "admin": frozenset(Permission) - {Permission.PUNCH_SELF, Permission.SET_OWN_PIN, Permission.WITNESS_LOG},
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
        Permission.WITNESS_LOG,
        Permission.APPEAL,
        Permission.CONFIRM_WEEK,
        Permission.VOUCH,
        Permission.OWN_SHIFTS,
        Permission.PLAN_SHIFTS,
        Permission.LEARN,
        Permission.ASSIGN_TRAINING,
        Permission.FILE_TICKET,
        Permission.OWN_SCORES,
        Permission.GIVE_SCORES,
        Permission.ANSWER_TICKETS,
        Permission.READ_NOTICES,
        Permission.PUBLISH_NOTICES,
        Permission.SPEAK,
    }
)


@dataclass(frozen=True)
class Rulebook:
    """What each role may do, which fields it reads in which relation, and its names. The ready one is where a company begins."""

    permissions: Mapping[str, frozenset[Permission]]
    fields: FieldRules
    names: Mapping[str, tuple[str, str]] = field(default_factory=dict)  # in Chinese, in English


READY = Rulebook(ROLE_PERMISSIONS, READY_FIELDS)


class Held(NamedTuple):
    """A role somebody holds over some units, all below them counted in; None: everywhere."""

    role: str
    units: frozenset[str] | None


@dataclass(frozen=True)
class Actor:
    """A person at the console, a device, or the system itself.

    `everywhere` holds the rights that count in all units; `in_stores` those that count in some. `now` is the moment of the
    request: what has an end has ended by then or not. An actor without one is judged as after the last of all days.
    """

    person_id: str | None = None
    account_id: str | None = None
    device_id: str | None = None
    everywhere: frozenset[Permission] = frozenset()
    in_stores: dict[Permission, frozenset[str]] = field(default_factory=dict, hash=False, compare=False)
    is_system: bool = False
    held: tuple[Held, ...] = ()
    rules: Rulebook = field(default=READY, hash=False, compare=False)
    now: datetime | None = field(default=None, hash=False, compare=False)

    @classmethod
    def system(cls) -> Actor:
        return cls(everywhere=frozenset(Permission), is_system=True)

    @classmethod
    def device(cls, device_id: str, person_id: str | None) -> Actor:
        return cls(person_id=person_id, device_id=device_id, everywhere=DEVICE_PERMISSIONS)

    @classmethod
    def person(
        cls,
        person_id: str,
        account_id: str,
        grants: Sequence[tuple[str, str | frozenset[str] | None]],
        *,
        rules: Rulebook = READY,
        now: datetime | None = None,
    ) -> Actor:
        """A signed-in person with the roles they hold: (role, a unit, or units with all below them, or None for everywhere)."""
        held = tuple(Held(role, frozenset({over}) if isinstance(over, str) else over) for role, over in grants)
        everywhere: set[Permission] = set()
        in_stores: dict[Permission, set[str]] = {}
        for role, units in held:
            for permission in rules.permissions.get(role, frozenset()):
                if units is None or permission in OWN:
                    everywhere.add(permission)
                else:
                    in_stores.setdefault(permission, set()).update(units)
        return cls(
            person_id=person_id,
            account_id=account_id,
            everywhere=frozenset(everywhere),
            in_stores={p: frozenset(units) for p, units in in_stores.items()},
            held=held,
            rules=rules,
            now=now,
        )

    def at(self, moment: datetime) -> Actor:
        """The same actor, asking at that moment."""
        return self if self.now == moment else replace(self, now=moment)

    def may(self, permission: Permission) -> bool:
        """Whether the actor has this right anywhere at all. Where it counts is decided by the scope rules."""
        return permission in self.everywhere or permission in self.in_stores

    def must(self, permission: Permission) -> None:
        if not self.may(permission):
            raise Problem("access.not_allowed", needs=permission.value)

    def has_everywhere(self, permission: Permission) -> bool:
        return self.is_system or permission in self.everywhere

    def stores_for(self, permission: Permission) -> frozenset[str]:
        """The units where the right counts, stores among them (a store is a unit of the same id), with all below.

        Only meaningful when it does not count everywhere.
        """
        return self.in_stores.get(permission, frozenset())
