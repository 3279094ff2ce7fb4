"""Rows and operations sealed at rest: a key for each scope, wrapped by one master key that lives in the vault.

Dropping a scope deletes its rows and its key in one transaction: what a backup, a flash cell or the write-ahead log still
holds can never be read again.
"""

from __future__ import annotations

import secrets
from typing import Final

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import ChaCha20Poly1305

from mobile.core.local_db import LocalDb
from mobile.core.ports import Vault
from mobile.core.views import Refused

OWN: Final = "own:journal"  # the key of what this device made itself; outlives every scope
WHO: Final = "own:identity"  # the key of who it is
_MASTER: Final = "master-key"
_NONCE: Final = 12


def seal(key: bytes, text: bytes, about: str) -> bytes:
    """`about` is bound in: a sealed row moved to another place in the table does not open."""
    nonce = secrets.token_bytes(_NONCE)
    return nonce + ChaCha20Poly1305(key).encrypt(nonce, text, about.encode())


def unseal(key: bytes, sealed: bytes, about: str) -> bytes:
    """Raises Refused("client.store_damaged") when the bytes are not what was sealed there."""
    try:
        return ChaCha20Poly1305(key).decrypt(sealed[:_NONCE], sealed[_NONCE:], about.encode())
    except (InvalidTag, ValueError):
        raise Refused("client.store_damaged", said=about.split("|", 1)[0]) from None


class ScopeKeys:
    """The keys of the scopes this device holds."""

    def __init__(self, db: LocalDb, vault: Vault) -> None:
        self._db = db
        self._master = _master_key(db, vault)
        self._open: dict[str, bytes] = {}
        db.on_rollback(self._open.clear)

    def seal(self, scope: str, about: str, text: bytes) -> bytes:
        """Inside a write: the first row of a scope makes its key."""
        return seal(self._key(scope) or self._new_key(scope), text, f"{scope}|{about}")

    def unseal(self, scope: str, about: str, sealed: bytes) -> bytes:
        key = self._key(scope)
        if key is None:
            raise Refused("client.store_damaged", said=scope.split(":", 1)[0])
        return unseal(key, sealed, f"{scope}|{about}")

    def scopes(self) -> set[str]:
        return {scope for (scope,) in self._db.rows("SELECT scope FROM scope_key WHERE scope NOT LIKE 'own:%'")}

    def destroy(self, scope: str) -> None:
        """Inside a write. The caller empties the write-ahead log afterwards."""
        self._db.run("DELETE FROM scope_key WHERE scope = ?", (scope,))
        self._open.pop(scope, None)

    def _key(self, scope: str) -> bytes | None:
        if (known := self._open.get(scope)) is not None:
            return known
        wrapped = self._db.value("SELECT wrapped FROM scope_key WHERE scope = ?", (scope,))
        if wrapped is None:
            return None
        key = self._open[scope] = unseal(self._master, wrapped, f"key|{scope}")
        return key

    def _new_key(self, scope: str) -> bytes:
        key = secrets.token_bytes(32)
        wrapped = seal(self._master, key, f"key|{scope}")
        self._db.run("INSERT INTO scope_key (scope, wrapped) VALUES (?, ?)", (scope, wrapped))
        self._open[scope] = key
        return key


def _master_key(db: LocalDb, vault: Vault) -> bytes:
    """The master key. Made once; a database whose master key is gone must not silently be given another."""
    known = vault.load(_MASTER)
    if known is not None:
        return known
    if db.value("SELECT count(*) FROM scope_key"):
        raise Refused("client.key_lost")
    fresh = secrets.token_bytes(32)
    vault.keep(_MASTER, fresh)
    return fresh
