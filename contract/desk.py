"""The manager's desk on a store's shared tablet: what the tablet must know before anybody may open it."""

from __future__ import annotations

from contract.wire import Wire


class ManagerRow(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """Somebody who manages the store, as only its tablets hold them (entity `manager`, scope `desk:<store>`): from the store's
    business day `from_day` up to, not including, `until`. `id` is the person's. `pin` is the verifier of the PIN that opens the
    desk; absent while none was chosen, and for who manages it no more. A tablet in a basement knows of a change in time."""

    id: str
    name: str
    from_day: str
    until: str | None = None
    pin: str | None = None
