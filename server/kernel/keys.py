"""The server's own signing key."""

from __future__ import annotations

import functools

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from contract.sealing import Signer


@functools.lru_cache(maxsize=8)
def server_signer(secret: bytes) -> Signer:
    """The server's Ed25519 key. Derived from its secret, so a restored server is still the one its devices trust."""
    return Signer(HKDF(hashes.SHA256(), 32, None, b"outpost server key 1").derive(secret))
