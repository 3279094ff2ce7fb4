"""Limits on values that cross the wire, enforced by the one judge (msgspec) on both sides and shown in the API document."""

from __future__ import annotations

from typing import Annotated

from msgspec import Meta

# NUL cannot be stored by PostgreSQL; every text on the wire excludes it. Length bounds the rest.
_NO_NUL = r"^[^\x00]*$(?!\n)"

Id = Annotated[
    str,
    Meta(
        min_length=36,
        max_length=36,
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$(?!\n)",
        description="UUID, lower case with hyphens",
    ),
]
BornId = Annotated[
    str,
    Meta(
        min_length=36,
        max_length=36,
        pattern=r"^[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}$(?!\n)",
        description="UUIDv7 made where the thing was made",
    ),
]
Code = Annotated[str, Meta(min_length=1, max_length=40, pattern=r"^[A-Za-z0-9._-]+$(?!\n)")]
Label = Annotated[str, Meta(min_length=1, max_length=120, pattern=_NO_NUL)]
Note = Annotated[str, Meta(max_length=1000, pattern=_NO_NUL)]
Reason = Annotated[str, Meta(min_length=1, max_length=500, pattern=_NO_NUL)]
Short = Annotated[str, Meta(max_length=120, pattern=_NO_NUL)]
Address = Annotated[str, Meta(max_length=300, pattern=_NO_NUL)]
Sha256Hex = Annotated[str, Meta(min_length=64, max_length=64, pattern=r"^[0-9a-f]{64}$(?!\n)")]
Base64 = Annotated[str, Meta(max_length=200, pattern=r"^[A-Za-z0-9+/]*={0,2}$(?!\n)")]
Millis = Annotated[int, Meta(ge=-(2**53), le=2**53, description="milliseconds since 1970-01-01T00:00:00Z")]
Day = Annotated[str, Meta(min_length=10, max_length=10, pattern=r"^[0-9]{4}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])$(?!\n)")]
Zone = Annotated[str, Meta(min_length=1, max_length=60, pattern=r"^[A-Za-z0-9_+/-]+$(?!\n)", description="IANA time zone")]
DayTurn = Annotated[int, Meta(ge=0, le=1439, description="minutes after midnight at which the business day turns")]

MAX_OPS_PER_REQUEST = 200
MAX_REQUEST_BYTES = 512 * 1024  # after gunzip
MAX_OP_BYTES = 64 * 1024
MAX_BLOB_BYTES = 2 * 1024 * 1024
MAX_JSON_DEPTH = 32
