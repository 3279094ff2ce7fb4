"""Photos on their way to HQ: content-addressed, sealed here, sent in pieces that can be taken up again.

A photo follows the operation that names it: it is sent once the server has that operation.
"""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from typing import Final

from contract.limits import MAX_BLOB_BYTES
from mobile.core.local_db import LocalDb
from mobile.core.seals import OWN, ScopeKeys
from mobile.core.views import Refused

PIECE_BYTES: Final = 64 * 1024


@dataclass(frozen=True)
class Piece:
    """The next piece of a photo. `total` is the whole photo's length."""

    sha: str
    offset: int
    total: int
    body: bytes


class Photos:
    def __init__(self, db: LocalDb, keys: ScopeKeys) -> None:
        self._db, self._keys = db, keys

    @staticmethod
    def name(photo: bytes) -> str:
        """What an operation calls a photo. Refused where no server would take it."""
        if not photo or len(photo) > MAX_BLOB_BYTES:
            raise Refused("client.photo_too_large", most_mb=MAX_BLOB_BYTES // (1024 * 1024))
        return hashlib.sha256(photo).hexdigest()

    def keep(self, photo: bytes, seq: int) -> None:
        """Inside the write of the operation that names it. One that an earlier operation names follows the later."""
        sha = self.name(photo)
        self._db.run(
            "INSERT INTO photo (sha, seq, size, sealed) VALUES (?, ?, ?, ?)"
            " ON CONFLICT (sha) DO UPDATE SET seq = excluded.seq, sent = 0, done = 0",
            (sha, seq, len(photo), self._keys.seal(OWN, sha, photo)),
        )

    def read(self, sha: str) -> bytes | None:
        """A photo that is still here; None once a backup of the server holds it, and for anybody else's."""
        found = self._db.row("SELECT sealed FROM photo WHERE sha = ?", (sha,))
        return None if found is None else self._keys.unseal(OWN, sha, found[0])

    def holds(self, sha: str) -> bool:
        """Whether `read` would find it."""
        return self._db.row("SELECT 1 FROM photo WHERE sha = ?", (sha,)) is not None

    def waiting(self, with_hq: int) -> int:
        """How many may be sent now."""
        return int(self._db.value("SELECT count(*) FROM photo WHERE done = 0 AND seq <= ?", (with_hq,)))

    def next_piece(self, with_hq: int, most_bytes: int = PIECE_BYTES) -> Piece | None:
        found = self._db.row(
            "SELECT sha, size, sent, sealed FROM photo WHERE done = 0 AND seq <= ? ORDER BY seq, sha LIMIT 1", (with_hq,)
        )
        if found is None:
            return None
        sha, size, sent, sealed = found
        return Piece(sha, sent, size, self._keys.unseal(OWN, sha, sealed)[sent : sent + most_bytes])

    def arrived(self, sha: str, offset: int) -> None:
        """Inside a write: the server holds so many bytes of it. It may be fewer than we thought."""
        self._db.run("UPDATE photo SET sent = min(max(?, 0), size) WHERE sha = ?", (offset, sha))

    def delivered(self, sha: str) -> None:
        """Inside a write: the server has all of it. It stays here until a backup of the server has it too."""
        self._db.run("UPDATE photo SET done = 1, sent = size WHERE sha = ?", (sha,))

    def given_up(self, sha: str) -> None:
        """Inside a write: the server will never take it (it expects no such photo); the operation stands without it."""
        self._db.run("DELETE FROM photo WHERE sha = ?", (sha,))

    def forget_backed(self, backed_up: int) -> None:
        """Inside a write."""
        self._db.run("DELETE FROM photo WHERE done = 1 AND seq <= ?", (backed_up,))

    def offer_again(self) -> None:
        """Inside a write: the server lost its memory, so it may have lost photos too."""
        self._db.run("UPDATE photo SET done = 0, sent = 0")

    def moved(self, seqs: dict[int, int]) -> None:
        """Inside a write: a new chain has begun; photos follow the entries that were said again, others have no owner."""
        for sha, seq in self._db.rows("SELECT sha, seq FROM photo"):
            if seq in seqs:
                self._db.run("UPDATE photo SET seq = ?, done = 0, sent = 0 WHERE sha = ?", (seqs[seq], sha))
            else:
                self.given_up(sha)
