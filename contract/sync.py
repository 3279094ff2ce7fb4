"""The shapes of the sync exchange: one request, one answer. The reader's guide is docs/protocol.md."""

from __future__ import annotations

import hashlib
import json
from typing import Annotated, Any

import msgspec
from msgspec import Meta

from contract.limits import MAX_OPS_PER_REQUEST, Base64, BornId, Code, Id, Sha256Hex, Short
from contract.moments import ClockReading
from contract.wire import Malformed, Wire, decode, operation

PROTOCOL = 1
SCHEMA = 1  # version of the row projections this release reads

Position = Annotated[int, Meta(ge=0, le=2**62)]
Tag = Annotated[str, Meta(max_length=32, pattern=r"^[A-Za-z0-9_-]*$(?!\n)")]
Scope = Annotated[str, Meta(min_length=3, max_length=60, pattern=r"^[A-Za-z0-9_:.-]*$(?!\n)")]


class WireOp(Wire, frozen=True, kw_only=True):
    """One journal entry: the operation's JSON as the device wrote it, and its signature. Only the last one must have it."""

    b: Annotated[str, Meta(max_length=65_536)]
    s: Base64 | None = None


class SignedOperation(Wire, frozen=True, kw_only=True):
    """What is inside `WireOp.b`. `data` and `at` are judged apart, so that garbled evidence never costs the act itself."""

    v: Annotated[int, Meta(ge=1, le=1)]
    op: BornId
    dev: Id
    seq: Annotated[int, Meta(ge=1, le=2**53)]
    type: Annotated[str, Meta(min_length=3, max_length=80, pattern=r"^[\x21-\x7e]+$(?!\n)")]
    actor: Id
    ent: BornId | None = None
    base: int | None = None
    at: msgspec.Raw
    data: msgspec.Raw
    schema: Annotated[int, Meta(ge=1, le=10_000)]
    app: Short
    supersedes: BornId | None = None


def read_signed(raw: bytes) -> SignedOperation:
    """The operation in its bytes. Raises Malformed.

    What careless writers put for a number they do not have (NaN, Infinity) is no JSON. It is read as text, which fits no
    number's field: it costs that field, and a punch is not lost for it. The bytes stay as they were signed.
    """
    try:
        return decode(raw, SignedOperation)
    except Malformed as bad:
        if bad.code != "wire.not_json" or (b"NaN" not in raw and b"Infinity" not in raw):
            raise
        try:
            said = json.loads(raw.decode(), parse_constant=str, parse_float=str, parse_int=_number_or_text)
        except (ValueError, RecursionError):
            raise bad from None
        return decode(json.dumps(said).encode(), SignedOperation)


def _number_or_text(digits: str) -> int | str:
    return int(digits) if len(digits) <= 40 else digits  # Python refuses to read thousands of digits


class JournalHead(Wire, frozen=True, kw_only=True):
    """How far the device's journal reaches: last number, chain hash there, the oldest entry it still holds (0: none).

    `before_oldest` is the chain hash just before that entry: it lets a server that was restored from an old backup go on
    from there when entries in between are gone from both sides.
    """

    head: Annotated[int, Meta(ge=0, le=2**53)]
    hash: Sha256Hex
    oldest: Annotated[int, Meta(ge=0, le=2**53)] = 0
    before_oldest: Sha256Hex | None = None


class ScopeCursor(Wire, frozen=True, kw_only=True):
    """Where the device stands in one scope. `snap` is the last `entity/pk` of an unfinished snapshot, else None."""

    pos: Position
    tag: Tag
    snap: Annotated[str, Meta(max_length=120, pattern=r"^[A-Za-z0-9_:./-]*$(?!\n)")] | None = None
    proj: Annotated[int, Meta(ge=0, le=10_000)] = SCHEMA


class Standing(Wire, frozen=True, kw_only=True):
    """The short form of a cursor: every scope is complete and stands at the same place."""

    pos: Position
    tag: Tag
    scopes: Sha256Hex
    proj: Annotated[int, Meta(ge=0, le=10_000)] = SCHEMA


class TreeHeld(Wire, frozen=True, kw_only=True):
    """The last head of the log that the device holds: size, root (as in the note), and the epoch line. Size 0: none yet."""

    size: Annotated[int, Meta(ge=0, le=2**53)]
    root: Base64 | None = None
    epoch: Annotated[str, Meta(max_length=40)] | None = None


class TreeSaid(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """A newer head of the log: the signed note, the proof that it continues the one that is held, and the announcements of
    restarts between the two."""

    note: str
    proof: list[str] = []
    restarts: list[str] = []


class SyncRequest(Wire, frozen=True, kw_only=True):
    """What the device says: what it did, what it holds, what its clocks show."""

    proto: Annotated[int, Meta(ge=1, le=1)] = PROTOCOL
    nonce: Annotated[str, Meta(min_length=8, max_length=64, pattern=r"^[A-Za-z0-9_-]+$(?!\n)")]
    dev: Id
    app: Short
    schema: Annotated[int, Meta(ge=1, le=10_000)] = SCHEMA
    epoch: Annotated[str, Meta(max_length=40)] | None = None
    journal: JournalHead
    ops: Annotated[list[WireOp], Meta(max_length=MAX_OPS_PER_REQUEST)] = []
    at: Standing | None = None
    have: dict[Scope, ScopeCursor] | None = None
    clock: ClockReading
    budget: Annotated[int, Meta(ge=1_000, le=4_000_000)] = 200_000
    check: bool = False
    tree: TreeHeld | None = None


class Receipt(Wire, frozen=True, kw_only=True):
    """The notary's stamp: a text as in `sealing.receipt_text` and the server's signature over it."""

    text: str
    sig: str


class SyncResponse(Wire, frozen=True, kw_only=True, omit_defaults=True):
    """What the server answers. Absent fields have their default."""

    proto: int = PROTOCOL
    nonce: str
    epoch: str
    receipt: Receipt
    anchor: str
    head: int
    backed: int = 0
    need_from: int | None = None
    forked: bool = False
    reset: bool = False
    need_have: bool = False
    wipe: Receipt | None = None
    drop: list[str] = []
    clear: list[str] = []
    rows: list[tuple[str, str, str, int, msgspec.Raw]] = []
    gone: list[tuple[str, str, str, int]] = []
    at: Standing | None = None
    cur: dict[str, ScopeCursor] = {}
    sums: dict[str, tuple[int, int]] = {}
    complete: bool = False
    lease_ms: int = 0
    retry_after_ms: int = 0
    tree: TreeSaid | None = None


@operation("devices.enrol/1", secret_fields=("code",))
class Enrol(Wire, frozen=True, kw_only=True):
    """A new device introduces itself with the code HQ gave it. Safe to repeat: the same key gets the same answer."""

    code: Annotated[str, Meta(min_length=6, max_length=40, pattern=r"^[A-Z0-9-]+$(?!\n)")]
    device_id: BornId
    alg: Annotated[str, Meta(pattern=r"^ed25519$(?!\n)")] = "ed25519"
    public: Base64
    proof: Base64
    hardware: Annotated[str, Meta(min_length=1, max_length=128, pattern=r"^[A-Za-z0-9._:-]+$(?!\n)")]
    label: Short = ""
    app: Short = ""


class Enrolled(Wire, frozen=True, kw_only=True):
    """Who the device is now. `code_key` (base64, kiosks only) makes the rotating store code."""

    device_id: str
    kind: str
    person_id: str | None
    person_name: str | None
    store_id: str | None
    store_name: str | None
    company: str
    epoch: str
    server_key: str
    server_ms: int
    anchor: str
    code_key: str | None


class OpResult(Wire, frozen=True, kw_only=True):
    """The row `op` in scope `device:<id>`: how an operation ended."""

    op: str
    seq: int
    status: str
    code: str | None = None
    facts: dict[str, Any] = {}
    trace: str | None = None


class ProblemBody(Wire, frozen=True, kw_only=True):
    """Every refusal of the API: a code, the field if there is one, the facts, and the sentence in the reader's language."""

    code: Code
    field: str | None = None
    facts: dict[str, Any] = {}
    message: str = ""
    trace: str | None = None


def scopes_digest(scopes: list[str] | set[str] | frozenset[str]) -> str:
    """SHA-256 in hex over the sorted scope names, each followed by a line feed."""
    return hashlib.sha256("".join(f"{scope}\n" for scope in sorted(scopes)).encode()).hexdigest()


def mix(entity: str, pk: str, pos: int) -> int:
    """A row's share of its scope's checksum: the first 6 bytes of SHA-256("entity|pk|pos"), big endian. 0 .. 2**48-1."""
    return int.from_bytes(hashlib.sha256(f"{entity}|{pk}|{pos}".encode()).digest()[:6], "big")


SUM_MODULUS = 2**63
