"""Passwords and how they are kept: argon2id, a few at a time, and never the same length of time to say no."""

from __future__ import annotations

import threading

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError
from zxcvbn import zxcvbn

from server.people import rules

# OWASP's second choice: 19 MiB, two passes. Four at once is what two cores can do; more would only wait longer.
_HASHER = PasswordHasher(time_cost=2, memory_cost=19 * 1024, parallelism=1)
_AT_ONCE = threading.BoundedSemaphore(4)
_NOBODY = _HASHER.hash("the password of nobody")
_SCORED_LENGTH = 72  # zxcvbn's work grows with the square; what comes after adds strength only


def password_hash(password: str) -> str:
    """The argon2id hash that is stored."""
    with _AT_ONCE:
        return _HASHER.hash(rules.settle_password(password))


def is_password(stored: str | None, password: str) -> bool:
    """Whether the password is the one of `stored`; None (no such account) takes as long to say no."""
    with _AT_ONCE:
        try:
            _HASHER.verify(stored or _NOBODY, rules.settle_password(password))
        except (VerificationError, InvalidHashError):
            return False
    return stored is not None


def is_weak(password: str, *known: str) -> bool:
    """Whether the password is a common one or close to what is known of its owner."""
    settled = rules.settle_password(password)
    scored = zxcvbn(settled[:_SCORED_LENGTH], user_inputs=[word for word in known if word])
    return rules.is_weak_password(settled, score=int(scored["score"]), known=known)
