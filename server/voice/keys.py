"""The key by which the author of a voice without a name finds its answer."""

from __future__ import annotations

import hashlib


def key_of(secret: str) -> str:
    """What a device tells of the secret it keeps."""
    return hashlib.sha256(secret.encode()).hexdigest()
