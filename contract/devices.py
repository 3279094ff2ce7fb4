"""Devices on the wire: enrolment codes and revocation. The enrolment exchange itself is in sync.py."""

from __future__ import annotations

from typing import Annotated, Literal

from msgspec import Meta

from contract.limits import Id, Reason, Short
from contract.wire import Wire, operation

DeviceKind = Literal["phone", "kiosk"]


@operation("devices.issue_code/1")
class IssueCode(Wire, frozen=True, kw_only=True):
    """A one-time code for a person's phone or a store's tablet. The code itself is in the answer, once."""

    code_id: Id
    kind: DeviceKind
    person_id: Id | None = None
    store_id: Id | None = None
    valid_min: Annotated[int, Meta(ge=1, le=10_080)] = 10


class IssuedCode(Wire, frozen=True, kw_only=True):
    """The answer to IssueCode: what is typed, and the text of the QR."""

    code: str
    qr: str
    expires_ms: int


@operation("devices.revoke/1")
class Revoke(Wire, frozen=True, kw_only=True):
    """A device is lost or retired: it is wiped at its next contact; what it still sends is kept for HQ to look at."""

    device_id: Id
    reason: Reason


@operation("devices.rename/1")
class RenameDevice(Wire, frozen=True, kw_only=True):
    """A name people recognise it by."""

    device_id: Id
    label: Short


class DeviceRow(Wire, frozen=True, kw_only=True):
    """A device as the API reads it."""

    id: str
    kind: str
    label: str
    person_id: str | None
    store_id: str | None
    enrolled_ms: int
    last_seen_ms: int | None
    revoked_ms: int | None
    app: str
    waiting: int
    head: int
    forked: bool
    scopes_unconfirmed: int


@operation("devices.adopt_operation/1")
class AdoptOperation(Wire, frozen=True, kw_only=True):
    """HQ takes over a quarantined operation: it is performed as what it says, and always shown for review."""

    quarantine_id: Id
    reason: Reason
