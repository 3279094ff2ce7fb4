"""Attempts that go on, on the disk of this device: begun, answered, left, taken up again after the app died or the device did.

Time is counted on the monotonic clock. Where the device was started anew meanwhile that clock is lost: then the time between
the last answer that was kept and now counts by HQ's clock where this device knows it, by the wall clock otherwise, and the page
says so.
"""

from __future__ import annotations

from typing import Final, Literal

import msgspec

from contract.quizzes import Answer, Quiz
from contract.wire import Wire, decode, encode
from mobile.core.local_db import LocalDb
from mobile.core.papers import Papers
from mobile.core.ports import Clocks
from mobile.core.seals import OWN, ScopeKeys

TAKEN_MOST: Final = 20  # how many of a person's attempts keep their questions, to be looked at again
Kind = Literal["running", "taken", "review"]


class Running(Wire, frozen=True, kw_only=True):
    """An attempt as it is kept: the version's quiz goes with it, so that a newer version changes nothing under one's hands.

    `counted_ms` had passed when the clocks stood at `boot_id`/`boot_ms`, and the best estimate of true time at `now_ms`.
    """

    attempt_id: str
    person_id: str
    course_id: str
    version_id: str
    title_zh: str
    title_en: str
    quiz: Quiz
    begun_ms: int
    counted_ms: int
    boot_id: str
    boot_ms: int
    now_ms: int
    reckoned: bool = False

    def at(self, clocks: Clocks, now_ms: int) -> Running:
        """The same attempt, counted up to now."""
        same = clocks.boot_id == self.boot_id
        more = clocks.boot_ms - self.boot_ms if same else now_ms - self.now_ms
        return msgspec.structs.replace(
            self, counted_ms=self.counted_ms + max(0, more), boot_id=clocks.boot_id, boot_ms=clocks.boot_ms, now_ms=now_ms,
            reckoned=self.reckoned or not same,
        )  # fmt: skip

    @property
    def left_ms(self) -> int | None:
        """What is left of the time, None where there is no limit. Never below nothing."""
        limit = self.quiz.time_limit_s * 1000
        return max(0, limit - self.counted_ms) if limit else None


class Drafts:
    """Sealed with this device's own key: nobody else's answers can be read from a backup of the disk. `papers`: words that are
    being written end with the same people."""

    def __init__(self, db: LocalDb, keys: ScopeKeys) -> None:
        self._db, self._keys = db, keys
        self.papers = Papers(db, keys)

    def put(self, pk: str, kind: Kind, owner: str, row: Wire) -> None:
        """Inside a write. `owner` is the scope whose end it does not survive."""
        self._db.run(
            "INSERT OR REPLACE INTO draft (id, kind, owner, sealed) VALUES (?, ?, ?, ?)",
            (pk, kind, owner, self._keys.seal(OWN, f"draft|{pk}", encode(row))),
        )

    def drop(self, pk: str) -> None:
        """Inside a write."""
        self._db.run("DELETE FROM draft WHERE id = ?", (pk,))
        self._db.run("DELETE FROM draft_answer WHERE draft = ?", (pk,))

    def attempts(self, owner: str | None = None, kind: Kind = "running") -> list[tuple[str, Running]]:
        """(owner, attempt), those begun first in front: of one person, or of everybody at this device."""
        sql, values = "SELECT id, owner, sealed FROM draft WHERE kind = ?", [str(kind)]
        if owner is not None:
            sql, values = f"{sql} AND owner = ?", [str(kind), owner]
        found = [(whose, self._open(pk, sealed)) for pk, whose, sealed in self._db.rows(sql, values)]
        return sorted(found, key=lambda one: (one[1].begun_ms, one[1].attempt_id))

    def attempt(self, attempt_id: str, owner: str) -> tuple[Kind, Running] | None:
        """An attempt of that person, whether it goes on or was handed in here."""
        found = self._db.row(
            "SELECT kind, sealed FROM draft WHERE id = ? AND owner = ? AND kind IN ('running', 'taken')", (attempt_id, owner)
        )
        return None if found is None else (found[0], self._open(attempt_id, found[1]))

    def _open(self, pk: str, sealed: bytes) -> Running:
        return decode(self._keys.unseal(OWN, f"draft|{pk}", sealed), Running)

    def rows(self, kind: Kind) -> list[tuple[str, str, bytes]]:
        """(id, owner, content) of all of a kind."""
        found = self._db.rows("SELECT id, owner, sealed FROM draft WHERE kind = ? ORDER BY id", (kind,))
        return [(pk, owner, self._keys.unseal(OWN, f"draft|{pk}", sealed)) for pk, owner, sealed in found]

    # answers

    def answer(self, attempt_id: str, answer: Answer) -> None:
        """Inside a write: the last word on a question counts."""
        about = f"answer|{attempt_id}|{answer.question}"
        self._db.run(
            "INSERT OR REPLACE INTO draft_answer (draft, question, sealed) VALUES (?, ?, ?)",
            (attempt_id, answer.question, self._keys.seal(OWN, about, encode(answer))),
        )

    def answers(self, attempt_id: str) -> dict[str, Answer]:
        found = self._db.rows("SELECT question, sealed FROM draft_answer WHERE draft = ? ORDER BY question", (attempt_id,))
        return {key: decode(self._keys.unseal(OWN, f"answer|{attempt_id}|{key}", sealed), Answer) for key, sealed in found}

    def taken(self, running: Running, owner: str) -> None:
        """Inside a write: it was handed in. Its questions stay, of the newest attempts."""
        self.put(running.attempt_id, "taken", owner, running)
        self._db.run("DELETE FROM draft_answer WHERE draft = ?", (running.attempt_id,))
        for _, old in self.attempts(owner, "taken")[:-TAKEN_MOST]:
            self.drop(old.attempt_id)

    # ends

    def forget(self, owner: str) -> None:
        """Inside a write: that person is no longer this device's."""
        self._db.run("DELETE FROM draft_answer WHERE draft IN (SELECT id FROM draft WHERE owner = ?)", (owner,))
        self._db.run("DELETE FROM draft WHERE owner = ?", (owner,))
        self.papers.forget(owner)

    def erase(self) -> None:
        """Inside a write: everybody's."""
        self._db.run("DELETE FROM draft_answer")
        self._db.run("DELETE FROM draft")
        self.papers.erase()
