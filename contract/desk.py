"""The manager's desk on a store's shared tablet: what the tablet must know before anybody may open it."""

from __future__ import annotations

from contract.wire import Wire


class ManagerRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who manages the store, as only its tablets hold them (entity `manager`, scope `desk:<store>`; `id` is the
    person's). `pin` is the verifier of the PIN that opens the desk there; absent while none was chosen."""

    id: str
    name: str
    pin: str | None = None
