"""One definition and one judge for everything that crosses the wire.

A wire shape is a frozen `msgspec.Struct` that refuses unknown fields. `decode` is the only way in and `encode` the only way
out, on both sides; the API's marshmallow schemas are derived from the same classes and call the same `decode`.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any, NamedTuple, TypeVar

import msgspec

from contract.limits import MAX_JSON_DEPTH

T = TypeVar("T")


class Wire(msgspec.Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """The base of every shape on the wire."""


class Operation(NamedTuple):
    """What is known of one kind of operation."""

    name: str
    shape: type[Wire]
    evidence_fields: frozenset[str]
    secret_fields: frozenset[str]


OPERATIONS: dict[str, Operation] = {}
_BY_SHAPE: dict[type, Operation] = {}
W = TypeVar("W", bound=type[Wire])


def operation(
    name: str, *, evidence_fields: tuple[str, ...] = (), secret_fields: tuple[str, ...] = ()
) -> Callable[[W], W]:
    """Register a shape as an operation `area.verb_noun/version`.

    `evidence_fields` may be dropped, and named in the answer, when they alone do not fit: a garbled position must not
    cost anybody a punch. `secret_fields` (a new password) are never written to the operation log.
    """

    def register(shape: W) -> W:
        known = OPERATIONS.setdefault(
            name, Operation(name, shape, frozenset(evidence_fields), frozenset(secret_fields))
        )
        if known.shape is not shape:
            raise RuntimeError(f"two operations are called {name!r}")
        _BY_SHAPE[shape] = known
        return shape

    return register


def known_operation(shape: type) -> Operation:
    """What is known of an operation's class."""
    return _BY_SHAPE[shape]


def name_of(shape: type) -> str:
    """The wire name of an operation's class."""
    return _BY_SHAPE[shape].name


class Malformed(ValueError):
    """The bytes do not fit the shape. `field` is a dotted path, `code` a refusal code, `facts` its facts."""

    def __init__(self, field: str, code: str, **facts: str | int) -> None:
        super().__init__(f"{field}: {code}")
        self.field, self.code, self.facts = field, code, facts


_DECODERS: dict[Any, msgspec.json.Decoder[Any]] = {}
_ENCODER = msgspec.json.Encoder()

# msgspec's sentences are stable per release and pinned by the lock file; tests/contract/test_wire.py holds them. They are read
# from their beginning, and the place from their end: what somebody sent stands in between and must not be taken for either.
_SENTENCES: tuple[tuple[re.Pattern[str], str], ...] = (
    (re.compile(r"Object missing required field `(?P<name>[^`]*)`"), "wire.missing"),
    (re.compile(r"Object contains unknown field `(?P<name>[^`]*)`"), "wire.unknown_field"),
    (re.compile(r"Expected `(?P<want>[^`]*)`, got `(?P<got>[^`]*)`"), "wire.wrong_type"),
    (re.compile(r"Invalid enum value (?P<got>.*?)(?: - at `\$[^`]*`)?\Z", re.DOTALL), "wire.not_a_choice"),
    (re.compile(r"Expected `(?P<want>[^`]*)`"), "wire.out_of_range"),
    (re.compile(r"(?:Integer value|Number) out of range"), "wire.out_of_range"),
)
_PATH = re.compile(r" - at `(?:key` in `)?(?P<path>\$[^`]*)`\Z")


def decode(raw: bytes | str, shape: type[T]) -> T:
    """Build `shape` from JSON bytes. Raises Malformed with the field and the reason."""
    try:
        decoder = _DECODERS.get(shape)
        if decoder is None:
            decoder = _DECODERS[shape] = msgspec.json.Decoder(shape)
        decoded: T = decoder.decode(raw)
        return decoded
    except (msgspec.DecodeError, RecursionError, UnicodeDecodeError, UnicodeEncodeError) as bad:
        raise _malformed(bad) from None


def convert(value: Any, shape: type[T], *, from_text: bool = False) -> T:
    """Build `shape` from plain Python values (a CSV row). The same judgment as `decode`; `from_text` also takes numbers and
    booleans written as text (a query string, a form)."""
    try:
        converted = msgspec.convert(value, shape, strict=not from_text)
        _ENCODER.encode(converted)  # msgspec looks into keys only: a text that nobody can write down is found here
        return converted
    except (msgspec.ValidationError, RecursionError, UnicodeError, OverflowError) as bad:  # half a surrogate pair is no text
        raise _malformed(bad) from None


def encode(value: Any) -> bytes:
    """JSON bytes of a shape, fields in the order they are declared."""
    return _ENCODER.encode(value)


def plain(value: Any) -> Any:
    """Dicts, lists and scalars of a shape."""
    return msgspec.to_builtins(value)


def decode_operation(name: str, data: bytes) -> tuple[Wire, tuple[str, ...]]:
    """The operation `name` out of its JSON, and which evidence fields had to be left out because they did not fit.

    Raises Malformed when what is left is still not that operation; KeyError when the name is not known here.
    """
    known = OPERATIONS[name]
    try:
        return decode(data, known.shape), ()
    except Malformed as bad:
        if not known.evidence_fields:
            raise
        return _without_garbled_evidence(known, data, bad)


def _without_garbled_evidence(known: Operation, data: bytes, first: Malformed) -> tuple[Wire, tuple[str, ...]]:
    """Leave out one evidence field at a time until the rest fits. Python's own JSON reader accepts NaN, msgspec does not."""
    import json

    try:
        fields = json.loads(data, parse_int=_whole)
    except (ValueError, RecursionError):
        raise first from None
    if not isinstance(fields, dict):
        raise first
    kept = {k: v for k, v in fields.items() if k not in known.evidence_fields}
    convert(kept, known.shape)  # identity must stand by itself, else this raises
    garbled = []
    for field in sorted(known.evidence_fields & fields.keys()):
        try:
            convert({**kept, field: fields[field]}, known.shape)
            kept[field] = fields[field]
        except (Malformed, ValueError, OverflowError):
            garbled.append(field)
    if not garbled:
        raise first
    return convert(kept, known.shape), tuple(garbled)


def _whole(digits: str) -> int | float:
    """A number as written. Python refuses to read thousands of digits; as a float they fit no field and cost just that one."""
    return int(digits) if len(digits) <= 40 else float(digits)


def too_deep(raw: bytes, limit: int = MAX_JSON_DEPTH) -> bool:
    """Whether brackets nest deeper than `limit`, without parsing. Brackets inside strings do not count."""
    if raw.count(b"[") + raw.count(b"{") <= limit:
        return False
    depth, in_text, escaped = 0, False, False
    for byte in raw:
        if in_text:
            if escaped:
                escaped = False
            elif byte == 0x5C:
                escaped = True
            elif byte == 0x22:
                in_text = False
        elif byte == 0x22:
            in_text = True
        elif byte in (0x5B, 0x7B):
            depth += 1
            if depth > limit:
                return True
        elif byte in (0x5D, 0x7D):
            depth -= 1
    return False


def _malformed(bad: Exception) -> Malformed:
    said = str(bad)
    if isinstance(bad, RecursionError):
        return Malformed("", "wire.too_deep")
    if not isinstance(bad, msgspec.ValidationError):
        return Malformed("", "wire.not_json")
    at = _PATH.search(said)
    path = at["path"].removeprefix("$").lstrip(".") if at else ""
    for sentence, code in _SENTENCES:
        if found := sentence.match(said):
            facts = {k: v for k, v in found.groupdict().items() if v is not None}
            name = facts.pop("name", None)
            if name is not None:
                path = f"{path}.{name}" if path else name
            return Malformed(path[:200], code, **{k: v[:200] for k, v in facts.items()})
    return Malformed(path[:200], "wire.invalid", said=said[:200])
