"""More proof for a punch, on the wire: what the store's tablet saw of a phone, and the extra proof a store may draw for."""

from __future__ import annotations

import hashlib
import hmac
import uuid
from typing import Annotated, Final, Literal

from msgspec import Meta

from contract.attendance import KioskProof
from contract.limits import Id, Reason, Sha256Hex
from contract.wire import Wire, operation

ExtraWay = Literal["photo", "manager"]

_DRAW: Final = b"outpost-draw-1\n"


@operation("attendance.countersign/1")
class CountersignPhone(Wire, frozen=True, kw_only=True):
    """The tablet saw this on a phone: the text of its QR, or the eight digits that somebody typed. contract/phone_code.py"""

    text: Annotated[str, Meta(min_length=8, max_length=300, pattern=r"^[A-Za-z0-9:_-]+$(?!\n)")]


@operation("attendance.extra_proof/1")
class ExtraProof(Wire, frozen=True, kw_only=True):
    """The extra proof that a punch on this tablet was drawn for: a photo, of which only the hash leaves the tablet, or the
    manager's word, who typed their PIN and is the operation's actor (`kiosk` says so)."""

    punch_id: Id
    way: ExtraWay
    photo: Sha256Hex | None = None
    kiosk: KioskProof | None = None


@operation("attendance.set_extra_rule/1")
class SetExtraRule(Wire, frozen=True, kw_only=True):
    """How often a store's tablet asks for one more proof: one punch in so many; 0 is never, and how every store begins.

    `photo_days`: how long a photo stays on the tablet before it is thrown away there.
    """

    store_id: Id
    one_in: Annotated[int, Meta(ge=0, le=1000)]
    photo_days: Annotated[int, Meta(ge=1, le=90)] = 14
    reason: Reason


class ExtraRuleRow(Wire, frozen=True, kw_only=True):
    """The store's rule as its tablet and the API read it."""

    id: str
    store_id: str
    one_in: int
    photo_days: int


def is_drawn(code_key: bytes, device_id: str, seq: int, one_in: int) -> bool:
    """Whether the punch at place `seq` of this tablet's journal must give one more proof.

    HMAC-SHA256(code key of the tablet, "outpost-draw-1\\n" device (32 hex) "\\n" seq), its first eight bytes as a number, divides
    by `one_in`. Nobody can choose: places in the journal follow each other without a gap and the server takes no other, the key
    was fixed when the tablet was enrolled, and people at the tablet know neither. To be passed over, a tablet would have to put
    another operation in between, which stays visible in its chain for ever.
    """
    if one_in < 2:
        return False
    mac = hmac.digest(code_key, _DRAW + f"{uuid.UUID(device_id).hex}\n{seq}".encode(), hashlib.sha256)
    return int.from_bytes(mac[:8], "big") % one_in == 0
