"""People on the wire: the employee's card, accounts of console users, grants, the PIN."""

from __future__ import annotations

from typing import Annotated, Literal, get_args

from msgspec import Meta

from contract.limits import Code, Day, Id, Label, Millis, Note, Reason, Sha256Hex, Short
from contract.wire import Wire, operation

Role = Literal[
    "employee", "store_manager", "department_head", "region_manager", "hr", "qa", "leader", "auditor", "admin"
]  # fmt: skip
ROLES: tuple[Role, ...] = get_args(Role)  # the ready ones; a company may make more
RoleKey = Annotated[str, Meta(min_length=2, max_length=40, pattern=r"^[a-z][a-z0-9_]*$(?!\n)", description="a role's key")]


@operation("people.hire/1")
class Hire(Wire, frozen=True, kw_only=True):
    """A person joins the company."""

    person_id: Id
    number: Code
    name: Label
    home_org: Label
    mobile: Annotated[str, Meta(max_length=30, pattern=r"^[0-9 +()-]*$(?!\n)")] | None = None


@operation("people.let_go/1")
class LetGo(Wire, frozen=True, kw_only=True):
    """A person leaves the company: their accounts close now and their postings end with the running business day."""

    person_id: Id
    reason: Reason


@operation("people.set_pin/1")
class SetPin(Wire, frozen=True, kw_only=True):
    """The person chose a PIN. Only its argon2id verifier ever leaves the device."""

    person_id: Id
    verifier: Annotated[str, Meta(min_length=20, max_length=200, pattern=r"^\$argon2id\$[A-Za-z0-9+/=,$]+$(?!\n)")]


@operation("people.clear_pin/1")
class ClearPin(Wire, frozen=True, kw_only=True):
    """The PIN is forgotten or somebody else knows it: the person chooses a new one at the tablet or on their phone."""

    person_id: Id
    reason: Reason


@operation("people.open_account/1", secret_fields=("password",))
class OpenAccount(Wire, frozen=True, kw_only=True):
    """A person may sign in to the console. Store scope comes with the grant."""

    account_id: Id
    person_id: Id
    login: Annotated[str, Meta(min_length=2, max_length=60, pattern=r"^[A-Za-z0-9._@-]+$(?!\n)")]
    password: Annotated[str, Meta(min_length=8, max_length=128)]


@operation("people.grant_role/1")
class GrantRole(Wire, frozen=True, kw_only=True):
    """A role for an account, over a unit of the organisation and all below it (a store is a unit); without `unit_id` everywhere.

    It counts up to, not including, the day `until`; with `posting_id` while that posting runs; with `post_id` while its
    holder holds that post.
    """

    grant_id: Id
    account_id: Id
    role: RoleKey
    unit_id: Id | None = None
    until: Day | None = None
    posting_id: Id | None = None
    post_id: Id | None = None


@operation("people.change_password/1", secret_fields=("password",))
class ChangePassword(Wire, frozen=True, kw_only=True):
    """An account's new password, by its owner or an admin."""

    account_id: Id
    password: Annotated[str, Meta(min_length=8, max_length=128)]


@operation("people.withdraw_role/1")
class WithdrawRole(Wire, frozen=True, kw_only=True):
    """A role is taken back; it stops counting with the next request."""

    grant_id: Id
    reason: Reason


@operation("people.close_account/1")
class CloseAccount(Wire, frozen=True, kw_only=True):
    """An account may no longer sign in, and who is signed in with it is signed out."""

    account_id: Id
    reason: Reason


@operation("people.reopen_account/1")
class ReopenAccount(Wire, frozen=True, kw_only=True):
    """A closed account may sign in again."""

    account_id: Id
    reason: Reason


@operation("people.try_sign_in/1")
class TrySignIn(Wire, frozen=True, kw_only=True):
    """Somebody tries a login. Counted before the password is looked at, so that a hundred tries at once are a hundred."""

    login_hash: Sha256Hex


@operation("people.sign_in/1", secret_fields=("token_hash",))
class SignIn(Wire, frozen=True, kw_only=True):
    """The password was right: a session begins. The password itself never becomes part of an operation."""

    session_id: Id
    login_hash: Sha256Hex
    token_hash: Sha256Hex
    expires_ms: Millis


@operation("people.sign_out/1")
class SignOut(Wire, frozen=True, kw_only=True):
    """A session ends before its time."""

    session_id: Id


class Credentials(Wire, frozen=True, kw_only=True):
    """What somebody types to sign in."""

    login: Annotated[str, Meta(min_length=1, max_length=60)]
    password: Annotated[str, Meta(min_length=1, max_length=128)]


class HeldRole(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A role somebody holds: everywhere (`unit_id` absent) or over a unit and all below.

    Without `grant_id` nobody granted it: it follows from managing that unit, and ends with that.
    """

    role: str
    grant_id: str | None = None
    unit_id: str | None = None
    until: str | None = None
    posting_id: str | None = None
    post_id: str | None = None


class WhoAmI(Wire, frozen=True, kw_only=True):
    """Who is signed in, and what they may do: rights that count everywhere, and rights that count in some units (all named)."""

    person_id: str
    account_id: str
    name: str
    roles: list[HeldRole]
    everywhere: list[str]
    in_stores: dict[str, list[str]]


class SignedIn(Wire, frozen=True, kw_only=True):
    """A session that has begun. The token is shown once."""

    token: str
    expires_ms: int
    me: WhoAmI


PeopleSort = Literal["name", "number", "-hired"]


class PeopleQuery(Wire, frozen=True, kw_only=True):
    """Which people: `q` finds names, pinyin (full or initials) and numbers, and mobile numbers the reader may read.

    `unit_id`: at home in that unit or one below it, or posted to a store below it today.
    Sorting by or asking for something the reader may not read of a person leaves that person out.
    """

    q: Short = ""
    active: bool | None = None
    store_id: Id | None = None
    unit_id: Id | None = None
    sort: PeopleSort = "name"
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class PersonCard(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A person in a list. A field is absent for readers who may not see it; `mobile` may be masked (`138****5678`)."""

    id: str
    number: str | None = None
    name: str | None = None
    home_org: str | None = None
    active: bool | None = None
    has_pin: bool | None = None
    hired_ms: int | None = None
    mobile: str | None = None


class PeoplePage(Wire, frozen=True, kw_only=True):
    """Some people, and where the next page begins (null: this was the last)."""

    items: list[PersonCard]
    next_cursor: str | None


class AccountsQuery(Wire, frozen=True, kw_only=True):
    """Which accounts: `q` finds logins and names."""

    q: Short = ""
    limit: Annotated[int, Meta(ge=1, le=200)] = 50
    cursor: Annotated[str, Meta(max_length=600)] | None = None


class AccountRow(Wire, frozen=True, kw_only=True):
    """An account as admins read it."""

    id: str
    person_id: str
    person_name: str
    login: str
    closed: bool
    roles: list[HeldRole]


class AccountsPage(Wire, frozen=True, kw_only=True):
    """Some accounts, and where the next page begins."""

    items: list[AccountRow]
    next_cursor: str | None


class PersonRow(Wire, frozen=True, kw_only=True):
    """A person as devices and the API read them. `pin` is sent to the kiosks of the stores they are posted to, and only there.

    `home_org` is the name of the home unit, `home_manager` that of whoever manages it, both as of now.
    """

    id: str
    number: str
    name: str
    home_org: str
    active: bool
    has_pin: bool
    pin: str | None = None
    note: Note | None = None
    home_manager: str | None = None
