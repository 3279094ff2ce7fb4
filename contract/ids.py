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


_MARKS, _VERSION_8 = (0xF << 76) | (0x3 << 62), (0x8 << 76) | (0x2 << 62)


def is_id(text: str) -> bool:
    """Whether `text` is a UUID in the one spelling that is allowed on the wire."""
    try:
        return str(uuid.UUID(text)) == text
    except (ValueError, AttributeError, TypeError):
        return False


def derived_id(*parts: str) -> str:
    """The same id for the same parts, for rows that several imports or retries must agree on (UUIDv8, RFC 9562 5.8)."""
    number = int.from_bytes(hashlib.sha256("\x1f".join(parts).encode()).digest()[:16], "big")
    text = f"{number & ~_MARKS | _VERSION_8:032x}"  # a month of days asks for hundreds of thousands: no object is made of it
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"
