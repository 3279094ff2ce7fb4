"""How a Chinese name, or title, is found by somebody who types pinyin."""

from __future__ import annotations

from functools import lru_cache

from pypinyin import Style, lazy_pinyin

from server.people import rules


def name_key(name: str) -> str:
    """What a search for this name looks into: the name, its pinyin, its initials."""
    return rules.name_key(name, lazy_pinyin(name, style=Style.NORMAL, errors=lambda other: other.split()))


@lru_cache(maxsize=50_000)
def initials_of(name: str) -> str:
    """The first letter of each syllable in pinyin, letters and digits between them as they are, at most 40; empty for a name that
    can be typed as it is."""
    if name.isascii():
        return ""
    told = lazy_pinyin(name, style=Style.FIRST_LETTER, errors=lambda other: [sign for sign in other if sign.isalnum()])
    return "".join(told).lower()[:40]
