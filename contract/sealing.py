"""How a device's journal is chained and signed, and how either side proves what it said.

    hash_0 = 32 zero bytes
    hash_n = SHA-256(hash_{n-1} || bytes_n)          bytes_n: the operation's JSON exactly as the device wrote it
    sig_n  = Ed25519(device key, "outpost-op-1\\n" || hash_n)

Because hash_n holds every earlier operation, one signature vouches for all that came before it; nothing is canonicalised
again on the reading side. Every signed text starts with its own purpose, so a signature for one is never one for another.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

CHAIN_START = bytes(32)
_OP, _REQUEST, _ENROL = b"outpost-op-1\n", b"outpost-request-1\n", b"outpost-enrol-1\n"


def next_hash(previous: bytes, raw: bytes) -> bytes:
    """The chain's hash after the operation `raw`. 32 bytes."""
    return hashlib.sha256(previous + raw).digest()


def head_of(previous: bytes, raws: list[bytes]) -> bytes:
    """The chain's hash after several operations."""
    for raw in raws:
        previous = hashlib.sha256(previous + raw).digest()
    return previous


def b64(raw: bytes) -> str:
    return base64.b64encode(raw).decode("ascii")


def unb64(text: str) -> bytes:
    """Raises ValueError when `text` is not base64."""
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as bad:
        raise ValueError("not base64") from bad


class Signer:
    """A private Ed25519 key: a device's or the server's."""

    def __init__(self, seed: bytes) -> None:
        self._key = Ed25519PrivateKey.from_private_bytes(seed)
        self.public = self._key.public_key().public_bytes_raw()

    def sign(self, message: bytes) -> bytes:
        return self._key.sign(message)

    def seal_op(self, chain_hash: bytes) -> str:
        """The base64 signature that goes with an operation."""
        return b64(self._key.sign(_OP + chain_hash))

    def sign_request(self, method: str, path: str, body: bytes) -> str:
        return b64(self._key.sign(request_text(method, path, body)))


def request_text(method: str, path: str, body: bytes) -> bytes:
    """What a device signs for each request; `body` is what it was before gzip."""
    return _REQUEST + method.encode() + b"\n" + path.encode() + b"\n" + hashlib.sha256(body).digest()


def enrol_text(code: str, device_id: str, public: bytes) -> bytes:
    """What a new device signs to prove that it holds the key it names."""
    return _ENROL + code.encode() + b"\n" + device_id.encode() + b"\n" + public


def receipt_text(
    *, device_id: str, epoch: str, server_ms: int, nonce: str, head: int, head_hash: str, backed: int
) -> str:
    """The server's notarised word: at `server_ms` this device's chain stood at `head` with `head_hash`."""
    return f"outpost-receipt-1\n{device_id}\n{epoch}\n{server_ms}\n{nonce}\n{head}\n{head_hash}\n{backed}\n"


def wipe_text(*, device_id: str, server_ms: int, nonce: str) -> str:
    """The server's order to a lost device to forget everything it has received."""
    return f"outpost-wipe-1\n{device_id}\n{server_ms}\n{nonce}\n"


_PUBLIC: dict[bytes, Ed25519PublicKey] = {}


def is_signed(public: bytes, message: bytes, signature: str) -> bool:
    """Whether `signature` (base64) over `message` was made by the holder of `public`. Never raises."""
    try:
        key = _PUBLIC.get(public)
        if key is None:
            if len(_PUBLIC) > 10_000:
                _PUBLIC.clear()
            key = _PUBLIC[public] = Ed25519PublicKey.from_public_bytes(public)
        key.verify(unb64(signature), message)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def is_sealed(public: bytes, chain_hash: bytes, signature: str) -> bool:
    return is_signed(public, _OP + chain_hash, signature)


def is_request_signed(public: bytes, method: str, path: str, body: bytes, signature: str) -> bool:
    return is_signed(public, request_text(method, path, body), signature)


def anchor_id(secret: bytes, device_id: str, server_ms: int) -> str:
    """A statement of time that the server can recognise later without having stored it: `<ms>.<16 hex of HMAC-SHA-256>`."""
    mac = hmac.new(secret, f"anchor|{device_id}|{server_ms}".encode(), hashlib.sha256).hexdigest()[:16]
    return f"{server_ms}.{mac}"


def anchored_ms(secret: bytes, device_id: str, anchor: str) -> int | None:
    """The server time an anchor states, or None when this server never said so to this device."""
    stated, _, _ = anchor.partition(".")
    if not anchor.isascii() or not stated.isdigit() or len(stated) > 15:  # compare_digest raises for other letters
        return None
    return int(stated) if hmac.compare_digest(anchor_id(secret, device_id, int(stated)), anchor) else None
