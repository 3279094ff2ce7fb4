"""Hints that something moved, on the wire: not what, only that a look is worth it. The truth always comes by sync.

A client asks for a ticket, opens one line to the listener with it, and waits. Where there is no listener (`port` 0 and no
`url`), or the line breaks, it looks from time to time as before: nothing depends on hints.
"""

from __future__ import annotations

from contract.wire import Wire

HINTS_PATH = "/api/v1/sync/hints"  # where devices ask for a ticket
READY, MOVED, BOARD = "ready", "moved", "board"  # names of server-sent events
BEAT_S = 20  # a comment at least so often, so that a dead line is noticed


class HintTicket(Wire, frozen=True, kw_only=True):
    """Leave to listen until `until_ms`. `url`: where, in full; empty: at `port` of the host that gave the ticket."""

    token: str
    until_ms: int
    url: str = ""
    port: int = 0
