"""Values sealed at rest under a key of the person they are about: destroy the key, and every copy of the value is noise.

    kek      = HKDF-SHA-256(settings.secret, info "outpost person keys 1")            nowhere stored
    key      = 32 random bytes for each person; kept as  nonce ‖ AES-256-GCM(kek, key, aad = person id)
    sealed   = "s1." base64url(nonce ‖ AES-256-GCM(key, value, aad = person id | field))
    nonce    = HMAC-SHA-256(key, "nonce" | operation id | field | value)[:12]

The nonce is derived, not drawn: the same operation sent twice (a lost answer) is the same bytes, so the replay is recognised;
two operations with the same value look different. Who has the database without the secret has nothing; why not the database's
own encryption: docs/decisions/0015.
"""

from __future__ import annotations

import base64
import functools
import hashlib
import hmac
import os

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

_PREFIX, _NONCE = "s1.", 12


class Unreadable(ValueError):
    """Not sealed with this key for this person and field: changed, moved from elsewhere, or the key is another one."""


@functools.lru_cache(maxsize=8)
def _derived(secret: bytes, purpose: bytes) -> bytes:
    return HKDF(hashes.SHA256(), 32, None, purpose).derive(secret)


def new_wrapped_key(secret: bytes, person_id: str) -> bytes:
    """A fresh key for a person, wrapped so that it may be stored."""
    nonce = os.urandom(_NONCE)
    return nonce + AESGCM(_derived(secret, b"outpost person keys 1")).encrypt(nonce, os.urandom(32), person_id.encode())


def unwrapped(secret: bytes, person_id: str, wrapped: bytes) -> bytes:
    """The person's key. Raises Unreadable under another secret or another person's id."""
    try:
        kek = AESGCM(_derived(secret, b"outpost person keys 1"))
        return kek.decrypt(wrapped[:_NONCE], wrapped[_NONCE:], person_id.encode())
    except (InvalidTag, ValueError):
        raise Unreadable("key") from None


def seal(key: bytes, person_id: str, field: str, value: str, *, op_id: str) -> str:
    """The value as it may be written down anywhere."""
    nonce = _nonce(key, op_id, field, value.encode())
    sealed = AESGCM(key).encrypt(nonce, value.encode(), _about(person_id, field))
    return _PREFIX + base64.urlsafe_b64encode(nonce + sealed).decode().rstrip("=")


def unseal(key: bytes, person_id: str, field: str, sealed: str) -> str:
    """What was sealed. Raises Unreadable."""
    try:
        raw = base64.urlsafe_b64decode(sealed.removeprefix(_PREFIX) + "=" * (-len(sealed.removeprefix(_PREFIX)) % 4))
        return AESGCM(key).decrypt(raw[:_NONCE], raw[_NONCE:], _about(person_id, field)).decode()
    except (InvalidTag, ValueError):
        raise Unreadable(field) from None


def seal_file(key: bytes, person_id: str, document_id: str, content: bytes) -> bytes:
    """A file under the person's key. The same file of the same document is the same bytes."""
    nonce = _nonce(key, document_id, "file", hashlib.sha256(content).digest())
    return nonce + AESGCM(key).encrypt(nonce, content, _about(person_id, f"file {document_id}"))


def unseal_file(key: bytes, person_id: str, document_id: str, sealed: bytes) -> bytes:
    """The file as it was given. Raises Unreadable."""
    try:
        return AESGCM(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], _about(person_id, f"file {document_id}"))
    except (InvalidTag, ValueError):
        raise Unreadable("file") from None


def fingerprint(secret: bytes, kind: str, value: str) -> str:
    """The same text for the same value, to find duplicates: keyed, so that nobody without the secret can try all ID numbers."""
    return hmac.digest(_derived(secret, b"outpost fingerprints 1"), f"{kind}|{value}".encode(), hashlib.sha256).hex()


def _nonce(key: bytes, op_id: str, field: str, value: bytes) -> bytes:
    said = b"nonce|" + op_id.encode() + b"|" + field.encode() + b"|" + value
    return hmac.digest(key, said, hashlib.sha256)[:_NONCE]


def _about(person_id: str, field: str) -> bytes:
    return f"{person_id}|{field}".encode()
