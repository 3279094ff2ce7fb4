"""Pictures of courses, photos of tickets and attachments: fetched in pieces when there is a signal, checked by their name, sealed
here, let go when room is short.

What is fetched and what stays follows from one order alone (`keepers`): courses that are due, then those begun, then the others
by what was looked at last. So nothing is fetched only to be thrown away. What somebody asked to see comes before all of them,
and the last that were asked for stay.
"""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from contract.courses import CourseRow, MediaRef
from mobile.core.local_db import RESERVE_BYTES, LocalDb, Settings
from mobile.core.seals import OWN, ScopeKeys

PIECE_BYTES: Final = 64 * 1024
MAX_FILE_BYTES: Final = 5 * 1024 * 1024  # of what nobody knows the length of
MOST_MB: Final = 200
LIMIT: Final = "media_mb"  # a setting
FAILED_MOST: Final = 3
ASKED_MOST: Final = 400  # photos, attachments and pages that stay
ASKED_PLACE: Final = -1  # before all pictures of courses
AT_DESK: Final = "desk_photos"  # a setting: "<sha>:<person> ..." of what was asked for at a tablet's desk


@dataclass(frozen=True)
class Want:
    """The next piece to ask for: at most `most` bytes from `offset` on. `total` 0: how long the whole is, nobody knows yet."""

    sha: str
    offset: int
    total: int
    most: int = PIECE_BYTES
    by: str = ""  # who sits at the desk it is for; HQ writes down that they looked


def keepers(
    courses: Iterable[CourseRow], due: Collection[str], begun: Collection[str], shown: Mapping[str, int], most_bytes: int
) -> list[MediaRef]:
    """Which pictures this device should hold, the first to be fetched in front. Those of due courses always; the rest while they
    fit together, begun courses first, then what was shown last. Content in several courses counts where it is needed most."""
    ranked: dict[str, tuple[tuple[int, int, str, int], MediaRef]] = {}
    for course in courses:
        rank = 0 if course.id in due else 1 if course.id in begun else 2
        for number, ref in enumerate(course.media):
            place = rank, -shown.get(ref.sha256, 0) if rank == 2 else 0, course.code, number
            if ref.sha256 not in ranked or place < ranked[ref.sha256][0]:
                ranked[ref.sha256] = place, ref
    found, weight = [], 0
    for (rank, *_), ref in sorted(ranked.values(), key=lambda one: one[0]):
        if rank == 0 or weight + ref.size <= most_bytes:
            found.append(ref)
            weight += ref.size
    return found


class Media:
    def __init__(self, db: LocalDb, keys: ScopeKeys) -> None:
        self._db, self._keys = db, keys
        self._settings = Settings(db)

    def plan(
        self, courses: Iterable[CourseRow], due: Collection[str], begun: Collection[str], named: Collection[str] = ()
    ) -> None:
        """Inside a write: what is to be held, after a sync or after somebody began a course. What is not goes at once; so does
        what was asked for at the desk, once no request there names it (`named`)."""
        self._keep_at_desk({sha: by for sha, by in self.at_desk().items() if sha in named})
        shown: dict[str, int] = dict(self._db.rows("SELECT sha, shown_ms FROM media WHERE shown_ms > 0"))
        kept = keepers(courses, due, begun, shown, self._settings.number(LIMIT, MOST_MB) * 1024 * 1024)
        asked = self._asked()
        names = {*(ref.sha256 for ref in kept), *asked}
        for (sha,) in self._db.rows("SELECT sha FROM media"):
            if sha not in names:
                self._db.run("DELETE FROM media WHERE sha = ?", (sha,))
                self._db.run("DELETE FROM media_piece WHERE sha = ?", (sha,))
        self._db.run_many(
            "INSERT INTO media (sha, size, place) VALUES (?, ?, ?)"
            " ON CONFLICT (sha) DO UPDATE SET place = excluded.place, failed = CASE WHEN done THEN 0 ELSE failed END",
            [(ref.sha256, ref.size, number) for number, ref in enumerate(kept) if ref.sha256 not in asked],
        )

    def ask(self, sha: str, size: int, now_ms: int, *, by: str = "") -> None:
        """Inside a write: somebody wants to see this; `size` 0 where it is not known. Tried anew where it could not be had. `by`:
        who asks at a tablet's desk."""
        if by:
            self._keep_at_desk({**self.at_desk(), sha: by})
        self._db.run(
            "INSERT INTO media_asked (sha, size, asked_ms) VALUES (?, ?, ?)"
            " ON CONFLICT (sha) DO UPDATE SET asked_ms = excluded.asked_ms",
            (sha, size, now_ms),
        )
        self._db.run(
            "DELETE FROM media_asked WHERE sha NOT IN (SELECT sha FROM media_asked ORDER BY asked_ms DESC, sha LIMIT ?)",
            (ASKED_MOST,),
        )
        self._db.run(
            "INSERT INTO media (sha, size, place) VALUES (?, ?, ?)"
            " ON CONFLICT (sha) DO UPDATE SET place = excluded.place, failed = 0",
            (sha, size, ASKED_PLACE),
        )

    def states(self) -> dict[str, bool]:
        """What is here (True) or still on its way, by name."""
        found = self._db.rows("SELECT sha, done FROM media WHERE done = 1 OR failed < ?", (FAILED_MOST,))
        return {sha: bool(done) for sha, done in found}

    def missing(self) -> frozenset[str]:
        """What was asked for and could not be had."""
        return frozenset(sha for (sha,) in self._db.rows("SELECT sha FROM media WHERE done = 0 AND failed >= ?", (FAILED_MOST,)))

    def at_desk(self) -> dict[str, str]:
        """What was asked for at a tablet's desk, and by whom."""
        return dict(pair.split(":", 1) for pair in (self._settings.get(AT_DESK) or "").split())

    def _keep_at_desk(self, kept: Mapping[str, str]) -> None:
        for sha in self.at_desk().keys() - kept.keys():
            self._db.run("DELETE FROM media_asked WHERE sha = ?", (sha,))
        self._settings.put(AT_DESK, " ".join(f"{sha}:{by}" for sha, by in kept.items()) or None)

    def _asked(self) -> set[str]:
        return {sha for (sha,) in self._db.rows("SELECT sha FROM media_asked")}

    def waiting(self) -> int:
        """How many pictures are not whole yet and worth asking for."""
        return int(self._db.value("SELECT count(*) FROM media WHERE done = 0 AND failed < ?", (FAILED_MOST,)))

    def next_piece(self) -> Want | None:
        """None too where the disk is nearly full: punches come before pictures."""
        found = self._db.row(
            "SELECT sha, got, size FROM media WHERE done = 0 AND failed < ? ORDER BY place LIMIT 1", (FAILED_MOST,)
        )
        return None if found is None else Want(found[0], found[1], found[2], by=self.at_desk().get(found[0], ""))

    def has_room(self, free_bytes: int) -> bool:
        return free_bytes > 3 * RESERVE_BYTES

    def take(self, want: Want, body: bytes) -> None:
        """Inside a write: a piece came. The whole is kept only where it is what its name says."""
        if self._db.value("SELECT got FROM media WHERE sha = ? AND done = 0", (want.sha,)) != want.offset:
            return  # it is not wanted any more
        most = want.total or MAX_FILE_BYTES
        if not body or want.offset + len(body) > most:
            self.failed(want.sha)
            return
        sealed = self._keys.seal(OWN, f"media|{want.sha}|{want.offset}", body)
        self._db.run("INSERT OR REPLACE INTO media_piece (sha, start, sealed) VALUES (?, ?, ?)", (want.sha, want.offset, sealed))
        got = want.offset + len(body)
        self._db.run("UPDATE media SET got = ? WHERE sha = ?", (got, want.sha))
        if got < want.total or (not want.total and len(body) == want.most and not self._is_whole(want.sha)):
            return
        if self._is_whole(want.sha):
            self._db.run("UPDATE media SET done = 1, failed = 0 WHERE sha = ?", (want.sha,))
        else:
            self.failed(want.sha)

    def failed(self, sha: str) -> None:
        """Inside a write: what came is not the picture, or the server does not have it. From the start, a few times."""
        self._db.run("DELETE FROM media_piece WHERE sha = ?", (sha,))
        self._db.run("UPDATE media SET got = 0, failed = failed + 1 WHERE sha = ?", (sha,))

    def read(self, sha: str) -> bytes | None:
        """A whole picture; None while it is not here."""
        if not self.is_here(sha):
            return None
        return self._whole(sha)

    def is_here(self, sha: str) -> bool:
        return bool(self._db.value("SELECT done FROM media WHERE sha = ?", (sha,)))

    def here(self) -> frozenset[str]:
        """All that are whole."""
        return frozenset(sha for (sha,) in self._db.rows("SELECT sha FROM media WHERE done = 1"))

    def shown(self, shas: Iterable[str], now_ms: int) -> None:
        """Inside a write: somebody looked at these."""
        self._db.run_many("UPDATE media SET shown_ms = ? WHERE sha = ?", [(now_ms, sha) for sha in shas])

    def erase(self) -> None:
        """Inside a write."""
        self._db.run("DELETE FROM media")
        self._db.run("DELETE FROM media_piece")
        self._db.run("DELETE FROM media_asked")
        self._settings.put(AT_DESK, None)

    def _is_whole(self, sha: str) -> bool:
        return hashlib.sha256(self._whole(sha)).hexdigest() == sha

    def _whole(self, sha: str) -> bytes:
        found = self._db.rows("SELECT start, sealed FROM media_piece WHERE sha = ? ORDER BY start", (sha,))
        return b"".join(self._keys.unseal(OWN, f"media|{sha}|{start}", sealed) for start, sealed in found)
