"""Identities: UUIDv7, made where the thing is made. Never order or trust by the time inside one: it is a wall clock's."""

from __future__ import annotations

import hashlib
import uuid

if hasattr(uuid, "uuid7"):  # Python 3.14, which is what the phone runs

    def new_id() -> str:
        """A fresh UUIDv7 as 36 characters."""
        return str(uuid.uuid7())  # type: ignore[attr-defined,unused-ignore]

else:
    import uuid6

    def new_id() -> str:
        """A fresh UUIDv7 as 36 characters."""
        return str(uuid6.uuid7())


def is_id(text: str) -> bool:
    """Whether `text` is a UUID in the one spelling that is allowed on the wire."""
    try:
        return str(uuid.UUID(text)) == text
    except (ValueError, AttributeError, TypeError):
        return False


def derived_id(*parts: str) -> str:
    """The same id for the same parts, for rows that several imports or retries must agree on (UUIDv8, RFC 9562 5.8)."""
    raw = bytearray(hashlib.sha256("\x1f".join(parts).encode()).digest()[:16])
    raw[6] = (raw[6] & 0x0F) | 0x80
    raw[8] = (raw[8] & 0x3F) | 0x80
    return str(uuid.UUID(bytes=bytes(raw)))
