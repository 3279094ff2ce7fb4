"""Judgments about people: how a name is found, which password is too weak, how long a login that failed must wait."""

from __future__ import annotations

import unicodedata
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

FREE_TRIES = 5
FIRST_BLOCK_S, LONGEST_BLOCK_S = 60, 3600
FORGET_AFTER = timedelta(hours=24)
WEAKEST_SCORE = 2  # of 0..4: "somewhat guessable, safe against a throttled sign-in"


def tidy(text: str) -> str:
    """One spelling of what was typed: composed characters, single spaces, none at the ends."""
    return " ".join(unicodedata.normalize("NFC", text).split())


def name_key(name: str, syllables: list[str]) -> str:
    """What a search looks into: the name, its pinyin run together, its initials. At most 400 characters."""
    full = "".join(syllables).lower()
    initials = "".join(syllable[:1] for syllable in syllables).lower()
    return f"{name.lower()} {full} {initials}"[:400]


def settle_password(password: str) -> str:
    """The one form in which a password is hashed: full-width and composed spellings of the same keys are the same."""
    return unicodedata.normalize("NFKC", password)


def is_weak_password(password: str, *, score: int, known: tuple[str, ...]) -> bool:
    """Whether guessing it would be cheap: a low score, or the login or name with little around it."""
    low = password.lower()
    told = [word.lower() for word in known if len(word) >= 3]
    return score < WEAKEST_SCORE or any(word in low and len(low) - len(word) < 4 for word in told)


def judge_try(
    tries: int, last_at: datetime | None, blocked_until: datetime | None, now: datetime
) -> tuple[int, datetime | None, int]:
    """(tries counted with this one, blocked until, seconds to wait before this one may be made: 0 = it may).

    After five wrong ones a minute, then twice as long each time. A day without a try forgets them.
    """
    if blocked_until is not None and blocked_until > now:
        return tries, blocked_until, int((blocked_until - now).total_seconds()) + 1
    if last_at is not None and now - last_at > FORGET_AFTER:
        tries = 0
    tries += 1
    if tries < FREE_TRIES:
        return tries, None, 0
    block_s = min(LONGEST_BLOCK_S, FIRST_BLOCK_S * 2 ** min(tries - FREE_TRIES, 12))
    return tries, now + timedelta(seconds=block_s), 0


def leaves_an_admin(admin_accounts: set[str], without: Callable[[str], bool]) -> bool:
    """Whether somebody can still manage accounts when those `without` says are gone."""
    return any(not without(account_id) for account_id in admin_accounts)


def role_difference(before: dict[str, Any] | None, after: dict[str, Any]) -> list[tuple[str, str, str, str]]:
    """What changes between two bodies of a role: (what, which, from, to), each; empty when they are the same.

    what: `name` (which: zh or en), `right` (from/to: `no`/`yes`), or `field` (which: `<relation>.<field>`, from/to: a mode).
    """
    before = before or {"name_zh": "", "name_en": "", "permissions": [], "fields": []}
    found = [
        ("name", language, str(before[f"name_{language}"]), str(after[f"name_{language}"]))
        for language in ("zh", "en")
        if before[f"name_{language}"] != after[f"name_{language}"]
    ]
    had, has = set(before["permissions"]), set(after["permissions"])
    found += [("right", right, "no", "yes") if right in has else ("right", right, "yes", "no") for right in sorted(had ^ has)]
    modes = [{f"{rule['relation']}.{rule['field']}": str(rule["mode"]) for rule in body["fields"]} for body in (before, after)]
    for which in sorted(modes[0].keys() | modes[1].keys()):
        was, becomes = (mode.get(which, "hidden") for mode in modes)
        if was != becomes:
            found.append(("field", which, was, becomes))
    return found
