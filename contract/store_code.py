"""The code a store's tablet shows: who reads it was in front of that tablet in that half minute.

Tablet and server share a key; the phone does not have it, so a phone can carry a code but never make one. Six digits to
type, or a QR text with a longer mac. A new one every 30 s of server time, usable once per person. What a stranger needs
to build the same is in `docs/protocol.md`; the vectors are in `tests/contract/test_store_code.py`.
"""

from __future__ import annotations

import hashlib
import hmac
import re
import unicodedata
import uuid
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Final, Literal

STEP_MS: Final = 30_000
DIGITS: Final = 6
QR_MAC_BYTES: Final = 8
SKEW_STEPS: Final = 1  # an offline tablet's idea of server time may be a step off, and typing takes a while

CodeGrade = Literal["fresh", "late", "reused", "invalid"]

_QR: Final = re.compile(r"OP1:([0-9a-f]{32}):([0-9]{1,12}):([0-9a-f]{16})", re.ASCII | re.IGNORECASE)
_LONGEST: Final = 200
_HYPHENS: Final = dict.fromkeys(map(ord, "-‐‑–—"))


@dataclass(frozen=True, slots=True)
class TypedCode:
    """Six digits somebody typed. They name no tablet and no step: both must be looked for."""

    digits: str


@dataclass(frozen=True, slots=True)
class QrCode:
    """What the tablet's QR says. `device_id` and `step` are a claim until the mac is checked."""

    device_id: str
    step: int
    mac: str


def step_of(server_ms: int) -> int:
    """The half minute a moment lies in."""
    return server_ms // STEP_MS


def code_for(key: bytes, device_id: str, step: int) -> str:
    """The six digits of a step.

    HMAC-SHA256 over "outpost-code-1\\n" + device id (32 hex) + "\\n" + step in decimal; the low four bits of the last
    byte give an offset, the four bytes from there without their top bit a number, its last six decimal digits the code.
    """
    mac = _mac(key, b"outpost-code-1\n", device_id, step)
    at = mac[-1] & 0x0F
    number = int.from_bytes(mac[at : at + 4], "big") & 0x7FFFFFFF
    return str(number % 10**DIGITS).zfill(DIGITS)


def qr_text(key: bytes, device_id: str, step: int) -> str:
    """The text of the tablet's QR: the same, with the first eight bytes of a mac of its own."""
    return f"OP1:{_hex(device_id)}:{step}:{_qr_mac(key, device_id, step)}"


def read_code(text: str) -> TypedCode | QrCode | None:
    """What a person typed or a camera read; None when it is no store code. Spaces, hyphens, full-width and other
    scripts' digits are understood, because keyboards produce them."""
    if not isinstance(text, str) or len(text) > _LONGEST:
        return None
    squeezed = "".join(
        str(digit) if (digit := unicodedata.decimal(ch, None)) is not None else ch
        for ch in unicodedata.normalize("NFKC", text)
        if not (ch.isspace() or ch in "\u200b\ufeff")
    )
    if found := _QR.fullmatch(squeezed):
        return QrCode(str(uuid.UUID(found[1])), int(found[2]), found[3].lower())
    typed = squeezed.translate(_HYPHENS)
    return TypedCode(typed) if len(typed) == DIGITS and typed.isascii() and typed.isdigit() else None


def matching_steps(
    key: bytes, device_id: str, code: TypedCode | QrCode, lo_step: int, hi_step: int, *, max_steps: int = 240
) -> tuple[int, ...]:
    """The steps in [lo_step, hi_step] at which this tablet showed this code, oldest first.

    A QR names its step, so its range may be any. Typed digits must be looked for, and in a wide enough range something
    always matches: beyond `max_steps` (two hours) they prove nothing and match nothing.
    """
    if isinstance(code, QrCode):
        if code.device_id != str(uuid.UUID(device_id)) or not lo_step <= code.step <= hi_step:
            return ()
        return (code.step,) if hmac.compare_digest(_qr_mac(key, device_id, code.step), code.mac) else ()
    if hi_step - lo_step + 1 > max_steps:
        return ()
    typed = code.digits.encode()
    steps = range(lo_step, hi_step + 1)
    return tuple(step for step in steps if hmac.compare_digest(code_for(key, device_id, step).encode(), typed))


def grade_code(matched: Sequence[int], low_ms: int, high_ms: int, used_steps: Collection[int] = ()) -> CodeGrade:
    """What a code is worth for a punch made between two moments of server time.

    `matched` are the steps it was shown at, `used_steps` those this person has used for another punch. Fresh: shown
    while the punch was made or at most one step before (or after: two clocks).
    """
    if not matched:
        return "invalid"
    unused = [step for step in matched if step not in used_steps]
    if not unused:
        return "reused"
    first, last = step_of(low_ms) - SKEW_STEPS, step_of(high_ms) + SKEW_STEPS
    return "fresh" if any(first <= step <= last for step in unused) else "late"


def time_shown(step: int) -> tuple[int, int]:
    """(first, last) millisecond of server time in which a step can have been read and a punch made with it: what a code
    proves about the time of an offline phone."""
    return (step - SKEW_STEPS) * STEP_MS, (step + 1 + SKEW_STEPS) * STEP_MS - 1


def _qr_mac(key: bytes, device_id: str, step: int) -> str:
    return _mac(key, b"outpost-qr-1\n", device_id, step)[:QR_MAC_BYTES].hex()


def _mac(key: bytes, purpose: bytes, device_id: str, step: int) -> bytes:
    return hmac.digest(key, purpose + f"{_hex(device_id)}\n{step}".encode(), hashlib.sha256)


def _hex(device_id: str) -> str:
    return uuid.UUID(device_id).hex
