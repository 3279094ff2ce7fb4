"""How an operation of this device ended, also where the server could not take it under the name it was given."""

from __future__ import annotations

from contract.sync import OpResult
from mobile.core.journal import Entry, names_at_the_server
from mobile.core.replica import Replica


def answer_to(replica: Replica, device_id: str, entry: Entry) -> OpResult | None:
    """What the server said of it, None as long as it said nothing."""
    for name in names_at_the_server(device_id, entry.op, entry.seq):
        result = replica.get("op", name, OpResult)
        if result is not None:
            return result
    return None
