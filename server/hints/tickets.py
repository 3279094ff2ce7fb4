"""Tickets for the listener: what somebody may hear of, sealed by the server's secret, so that the listener asks nobody."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Collection
from datetime import datetime, timedelta

from contract import wire
from contract.moments import to_ms

GOOD_FOR = timedelta(hours=6)
MOST_TOPICS = 80
_SIZE = 16  # bytes of the seal: 128 bits


class Leave(wire.Wire, frozen=True, kw_only=True):
    """What a ticket says: scopes to hear of, whether of anything that moves (`board`), from which position of the feed on."""

    t: list[str]
    b: bool
    x: int
    p: int


def make(secret: bytes, topics: Collection[str], *, board: bool, since: int, now: datetime) -> tuple[str, int]:
    """A ticket and until when it is good (epoch ms). Of more topics than fit, the most personal ones first."""
    until = to_ms(now + GOOD_FOR)
    kept = sorted(topics, key=lambda topic: (_RANK.get(topic.partition(":")[0], 9), topic))[:MOST_TOPICS]
    said = wire.encode(Leave(t=kept, b=board, x=until, p=since))
    return f"{_text(said)}.{_text(_seal(secret, said))}", until


_RANK = {"private": 0, "device": 1, "desk": 2, "store": 3, "person": 4}


def read(secret: bytes, token: str, now_ms: int) -> Leave | None:
    """What a ticket says; None for one that nobody here gave, or that is over."""
    said, dot, seal = token.partition(".")
    try:
        raw = _bytes(said)
        if not dot or not hmac.compare_digest(_seal(secret, raw), _bytes(seal)):
            return None
        leave = wire.decode(raw, Leave)
    except (ValueError, wire.Malformed):
        return None
    return leave if now_ms < leave.x else None


def _seal(secret: bytes, said: bytes) -> bytes:
    return hmac.new(secret, b"outpost hint ticket\n" + said, hashlib.sha256).digest()[:_SIZE]


def _text(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).decode().rstrip("=")


def _bytes(text: str) -> bytes:
    return base64.b64decode(text + "=" * (-len(text) % 4), altchars=b"-_", validate=True)
