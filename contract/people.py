"""People on the wire: the employee's card, accounts of console users, grants, the PIN."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Code, Id, Label, Note
from contract.wire import Wire, operation

Role = Literal["employee", "store_manager", "hr", "auditor", "admin"]
ROLES: tuple[Role, ...] = ("employee", "store_manager", "hr", "auditor", "admin")


@operation("people.hire/1")
class Hire(Wire, frozen=True, kw_only=True):
    """A person joins the company."""

    person_id: Id
    number: Code
    name: Label
    home_org: Label
    mobile: Annotated[str, Meta(max_length=30, pattern=r"^[0-9 +()-]*$")] | None = None


@operation("people.set_pin/1")
class SetPin(Wire, frozen=True, kw_only=True):
    """The person chose a PIN. Only its argon2id verifier ever leaves the device."""

    person_id: Id
    verifier: Annotated[str, Meta(min_length=20, max_length=200, pattern=r"^\$argon2id\$[A-Za-z0-9+/=,$]+$")]


@operation("people.open_account/1", secret_fields=("password",))
class OpenAccount(Wire, frozen=True, kw_only=True):
    """A person may sign in to the console. Store scope comes with the grant."""

    account_id: Id
    person_id: Id
    login: Annotated[str, Meta(min_length=2, max_length=60, pattern=r"^[A-Za-z0-9._@-]+$")]
    password: Annotated[str, Meta(min_length=8, max_length=128)]


@operation("people.grant_role/1")
class GrantRole(Wire, frozen=True, kw_only=True):
    """A role for an account; `store_id` limits it to one store, None is the whole company."""

    grant_id: Id
    account_id: Id
    role: Role
    store_id: Id | None = None


@operation("people.change_password/1", secret_fields=("password",))
class ChangePassword(Wire, frozen=True, kw_only=True):
    """An account's new password, by its owner or an admin."""

    account_id: Id
    password: Annotated[str, Meta(min_length=8, max_length=128)]


class PersonRow(Wire, frozen=True, kw_only=True):
    """A person as devices and the API read them. `pin` is sent to the kiosks of the stores they are posted to, and only there."""

    id: str
    number: str
    name: str
    home_org: str
    active: bool
    has_pin: bool
    pin: str | None = None
    note: Note | None = None
