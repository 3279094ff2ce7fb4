"""PINs: a verifier is made here and checked here, with no signal; wrong ones earn a pause that survives a restart."""

from __future__ import annotations

from itertools import pairwise
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from mobile.core.local_db import LocalDb
from mobile.core.ports import Clocks
from mobile.core.seals import OWN, ScopeKeys
from mobile.core.views import PinAnswer, Refused

DIGITS: Final = 6
TRIES: Final = 5
FIRST_PAUSE_MS: Final = 60_000
LONGEST_PAUSE_MS: Final = 3_600_000

# OWASP's second choice for argon2id: 19 MiB, two passes. About 30 ms on a desktop, some 150 ms on a cheap tablet.
_HASHER: Final = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1, hash_len=32, salt_len=16)


def make_verifier(pin: str) -> str:
    """The only thing of a PIN that is ever kept or sent. Refused where the PIN is no PIN, or one anybody would try first."""
    if len(pin) != DIGITS or not (pin.isascii() and pin.isdigit()):
        raise Refused("client.pin_six_digits")
    steps = {(int(b) - int(a)) % 10 for a, b in pairwise(pin)}
    if steps in ({0}, {1}, {9}):
        raise Refused("client.pin_too_simple")
    return _HASHER.hash(pin)


def is_pin(verifier: str, pin: str) -> bool:
    try:
        return _HASHER.verify(verifier, pin)
    except (VerificationError, InvalidHashError):
        return False


class Pins:
    def __init__(self, db: LocalDb, keys: ScopeKeys) -> None:
        self._db, self._keys = db, keys

    def keep(self, person: str, op: str, verifier: str) -> None:
        """Inside the write of the operation that carries it: valid here from now on, signal or not."""
        self._db.run(
            "INSERT OR REPLACE INTO pin_made (person, op, sealed) VALUES (?, ?, ?)",
            (person, op, self._keys.seal(OWN, f"pin|{person}", verifier.encode())),
        )
        self._db.run("DELETE FROM pin_try WHERE person = ?", (person,))

    def made_here(self, person: str, *, unless_final: bool) -> str | None:
        """A verifier made on this device. `unless_final`: only until the server has answered; then its row speaks."""
        found = self._db.row(
            "SELECT made.sealed, journal.status FROM pin_made AS made LEFT JOIN journal ON journal.op = made.op"
            " WHERE made.person = ?",
            (person,),
        )
        if found is None or found[1] == "rejected" or (unless_final and found[1] in ("applied", "merged")):
            return None
        return self._keys.unseal(OWN, f"pin|{person}", found[0]).decode()

    def check(self, person: str, pin: str, verifier: str, clocks: Clocks) -> PinAnswer:
        """Judge a PIN. The try is on disk before the PIN is looked at: pulling the plug gives no free one."""
        wrong, pause_ms, since_ms, since_bid = self._tries(person)
        left_ms = _pause_left_ms(pause_ms, since_ms, since_bid, clocks)
        if left_ms:
            return PinAnswer(ok=False, tries_left=0, locked_s=-(-left_ms // 1000))
        wrong += 1
        # after the first pause every wrong one earns the next, twice as long: somebody is guessing
        pause_ms = 0 if wrong < TRIES else min(LONGEST_PAUSE_MS, FIRST_PAUSE_MS * 2 ** min(wrong - TRIES, 20))
        with self._db.write():
            self._db.run(
                "INSERT OR REPLACE INTO pin_try (person, wrong, pause_ms, since_ms, since_bid) VALUES (?, ?, ?, ?, ?)",
                (person, wrong, pause_ms, clocks.boot_ms, clocks.boot_id),
            )
        if is_pin(verifier, pin):
            self.unlock(person)
            return PinAnswer(ok=True, tries_left=TRIES, locked_s=0)
        tries_left = max(0, TRIES - wrong)
        return PinAnswer(ok=False, tries_left=tries_left, locked_s=-(-pause_ms // 1000))

    def unlock(self, person: str) -> None:
        """The right PIN, or a manager's, ends counting."""
        with self._db.write():
            self._db.run("DELETE FROM pin_try WHERE person = ?", (person,))

    def _tries(self, person: str) -> tuple[int, int, int, str]:
        found = self._db.row("SELECT wrong, pause_ms, since_ms, since_bid FROM pin_try WHERE person = ?", (person,))
        return (0, 0, 0, "") if found is None else (found[0], found[1], found[2], found[3])


def _pause_left_ms(pause_ms: int, since_ms: int, since_bid: str, clocks: Clocks) -> int:
    """On the boot clock; after a reboot the pause counts from the boot, so that a reboot never shortens it."""
    passed = clocks.boot_ms - since_ms if since_bid == clocks.boot_id else clocks.boot_ms
    return max(0, pause_ms - max(0, passed))
