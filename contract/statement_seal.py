"""What is signed of a weekly statement, its short code, and the file with which a stranger checks it.

    bytes    canonical JSON of `StatementText`: keys sorted, no spaces, UTF-8; integers and texts only
    digest   SHA-256 of the bytes, hex; the next revision names it as `previous`
    code     7K3M-9QPA-X2RH: eleven characters of the digest and one check character

The alphabet has 31 characters without 0, O, 1, I and L. 31 is prime, so with the weights 1 to 12 the check character finds every
single wrong character and every two that changed places (as in ISO 2108 for ISBN-10, which does the same modulo 11).

The file is JSON: the text, and a note (contract.merkle) in which the server's key signs the digest and who confirmed it when.
"""

from __future__ import annotations

import hashlib
import unicodedata
from typing import Final, Literal, NamedTuple

import msgspec

from contract.audit import origin_of
from contract.merkle import NotANote, open_note, sign_note
from contract.sealing import Signer
from contract.statements import ConfirmationRow, StatementText

ALPHABET: Final = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"
_BASE: Final = len(ALPHABET)
_DATA: Final = 11
_SORTED = msgspec.json.Encoder(order="sorted")


def canonical(text: StatementText) -> bytes:
    """The bytes that are signed."""
    return _SORTED.encode(text)


def digest_of(raw: bytes) -> str:
    """The digest that sides confirm: 64 hex digits."""
    return hashlib.sha256(raw).hexdigest()


def code_of(digest: str) -> str:
    """The short code of a digest: `7K3M-9QPA-X2RH`."""
    number = int(digest[:16], 16) % _BASE**_DATA
    values: list[int] = []
    for _ in range(_DATA):
        number, value = divmod(number, _BASE)
        values.append(value)
    values.append(_check(values))
    text = "".join(ALPHABET[value] for value in values)
    return "-".join(text[n : n + 4] for n in range(0, 12, 4))


def _check(values: list[int]) -> int:
    weighed = sum(place * value for place, value in enumerate(values, 1))
    return -weighed * pow(_DATA + 1, -1, _BASE) % _BASE


def read_code(typed: str) -> str | None:
    """The code as it is written, out of what somebody typed or spoke: case, spaces, dashes and full-width letters do not matter.

    None when it cannot be one: a wrong character, a wrong length, or the check character does not fit.
    """
    plain = unicodedata.normalize("NFKC", typed).upper()
    plain = "".join(letter for letter in plain if letter not in " -_.\u2013\u2014\u3000\t\r\n")
    if len(plain) != _DATA + 1 or any(letter not in ALPHABET for letter in plain):
        return None
    values = [ALPHABET.index(letter) for letter in plain]
    if _check(values[:-1]) != values[-1]:
        return None
    return "-".join(plain[n : n + 4] for n in range(0, 12, 4))


class StatementFile(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The file that is handed on. Whoever has the server's public key needs nothing else to check it."""

    kind: Literal["outpost-statement/1"] = "outpost-statement/1"
    text: str
    note: str


class NotGenuine(ValueError):
    """The file is not what the server signed; the argument says what does not fit: `form`, `signature` or `text`."""


class Opened(NamedTuple):
    """A file that was checked: the statement, its digest, and (side, who, when in ms, operation, way) of each confirmation.
    The way is empty where it was not kept."""

    text: StatementText
    digest: str
    confirmed: list[tuple[str, str, int, str, str]]


def _name(public: bytes) -> str:
    return f"{origin_of(public)}/statement"


def _how(one: ConfirmationRow) -> str:
    """`employee/phone`, or the side alone where the way was not kept."""
    return one.side if one.way is None else f"{one.side}/{one.way}"


def seal(raw: str, confirmed: list[ConfirmationRow], signer: Signer) -> bytes:
    """The file over the canonical text of a revision and its confirmations. The same for the same input."""
    name = _name(signer.public)
    said = [f"{_how(one)} {one.confirmed_ms} {one.op_id} {one.name}" for one in sorted(confirmed, key=lambda one: one.side)]
    lines = "".join(f"{line}\n" for line in (name, digest_of(raw.encode()), *(" ".join(line.split()) for line in said)))
    return msgspec.json.format(msgspec.json.encode(StatementFile(text=raw, note=sign_note(lines, name, signer))), indent=1)


def open_sealed(raw: bytes, public: bytes) -> Opened:
    """Check a file with the server's public key alone. Raises NotGenuine."""
    try:
        file = msgspec.json.decode(raw, type=StatementFile)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise NotGenuine("form") from None
    name = _name(public)
    try:
        lines = open_note(file.note, name, public).removesuffix("\n").split("\n")
    except NotANote:
        raise NotGenuine("signature") from None
    if len(lines) < 2 or lines[0] != name:
        raise NotGenuine("signature")
    if lines[1] != digest_of(file.text.encode()):
        raise NotGenuine("text")
    try:
        text = msgspec.json.decode(file.text, type=StatementText)
    except msgspec.DecodeError:
        raise NotGenuine("text") from None
    confirmed = []
    for line in lines[2:]:
        how, ms, op_id, who = (*line.split(" ", 3), "", "", "", "")[:4]
        side, _, way = how.partition("/")
        confirmed.append((side, who, int(ms) if ms.isdigit() else 0, op_id, way))
    return Opened(text, lines[1], confirmed)
