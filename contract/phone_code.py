"""The reversed QR: the phone shows what it has signed about one punch, the store's tablet sees it and says so to HQ.

A photo of the tablet's code can be sent to a sofa. What the phone shows here names its own punch, so it is worth nothing to
any other punch, phone or person, and it is the tablet that must see it, within minutes. Both sides work with no network: the
tablet cannot judge what it sees (it holds no phone's key) and does not try; HQ joins the two, whichever arrives first.

    text  = "OP2:" phone (32 hex) ":" person (32 hex) ":" punch (32 hex) ":" minute
    sig   = Ed25519(phone key, "outpost-phone-code-1\\n" text)
    QR    = text ":" base64url(sig) without padding
    short = eight digits of HMAC-SHA256(punch id's 16 bytes, "outpost-phone-short-1\\n" phone (32 hex) "\\n" minute)

`minute` is the phone's wall clock in whole minutes since 1970. It is only compared with what that same clock said at the punch.
Vectors: docs/vectors/phone_codes.json.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import re
import unicodedata
import uuid
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final, Literal

from contract.sealing import b64, is_signed

MINUTE_MS: Final = 60_000
SHOWN_FOR_MIN: Final = 5  # after the punch; by then everybody in a queue has had their turn
SHORT_DIGITS: Final = 8

CountersignGrade = Literal["countersigned", "forged", "other_phone", "other_person", "other_store", "too_late", "device_revoked"]

_PURPOSE: Final = b"outpost-phone-code-1\n"
_SHORT: Final = b"outpost-phone-short-1\n"
_QR: Final = re.compile(r"(OP2:([0-9a-f]{32}):([0-9a-f]{32}):([0-9a-f]{32}):([0-9]{1,12})):([A-Za-z0-9_-]{86})", re.ASCII)
_LONGEST: Final = 300


@dataclass(frozen=True, slots=True)
class PhoneQr:
    """What a scanned phone claims, until its signature is checked. Ids in their usual form."""

    text: str
    device_id: str
    person_id: str
    punch_id: str
    minute: int
    signature: str

    def is_signed_by(self, public: bytes) -> bool:
        """Whether the holder of this public key has signed exactly this."""
        return is_signed(public, _PURPOSE + self.text.encode(), self.signature)


@dataclass(frozen=True, slots=True)
class ShortForm:
    """Eight digits somebody read out. They name nothing: the punch must be looked for."""

    digits: str


def minute_of(wall_ms: int) -> int:
    """The whole minute a clock shows."""
    return wall_ms // MINUTE_MS


def phone_qr(sign: Callable[[bytes], bytes], *, device_id: str, person_id: str, punch_id: str, minute: int) -> str:
    """The text of the phone's QR. `sign` makes the raw signature of its device key."""
    text = f"OP2:{_hex(device_id)}:{_hex(person_id)}:{_hex(punch_id)}:{minute}"
    return f"{text}:{base64.urlsafe_b64encode(sign(_PURPOSE + text.encode())).decode().rstrip('=')}"


def short_form(*, device_id: str, punch_id: str, minute: int) -> str:
    """The eight digits beside the QR, for a tablet whose camera does not work."""
    mac = hmac.digest(uuid.UUID(punch_id).bytes, _SHORT + f"{_hex(device_id)}\n{minute}".encode(), hashlib.sha256)
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**SHORT_DIGITS).zfill(SHORT_DIGITS)


def read_phone_code(text: str) -> PhoneQr | ShortForm | None:
    """What the tablet's camera read or somebody typed; None when it is no phone's code."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    if found := _QR.fullmatch(text.strip()):
        signature = b64(base64.urlsafe_b64decode(found[6] + "=="))
        device_id, person_id, punch_id = (str(uuid.UUID(found[n])) for n in (2, 3, 4))
        return PhoneQr(found[1], device_id, person_id, punch_id, int(found[5]), signature)
    digits = "".join(ch for ch in unicodedata.normalize("NFKC", text) if not ch.isspace() and ch != "-")
    return ShortForm(digits) if len(digits) == SHORT_DIGITS and digits.isascii() and digits.isdigit() else None


def is_in_time(*, minute: int, wall_ms: int | None, taken_ms: tuple[int, int], seen_ms: tuple[int, int]) -> bool:
    """Whether the tablet saw it within minutes of the punch.

    Twice: by the phone's own clock, which is compared only with itself (a clock that is wrong is wrong both times), and by true
    time as HQ knows it: when the punch was made (`taken_ms`: from, to) and when the tablet saw the code (`seen_ms`).
    """
    if wall_ms is None or not 0 <= minute - minute_of(wall_ms) <= SHOWN_FOR_MIN:
        return False
    first, last = taken_ms[0] - MINUTE_MS, taken_ms[1] + (SHOWN_FOR_MIN + 1) * MINUTE_MS
    return seen_ms[1] >= first and seen_ms[0] <= last


def minutes_shown(wall_ms: int) -> range:
    """The minutes in which a phone whose clock showed `wall_ms` at the punch may have shown its code."""
    return range(minute_of(wall_ms), minute_of(wall_ms) + SHOWN_FOR_MIN + 1)


def _hex(device_id: str) -> str:
    return uuid.UUID(device_id).hex
