"""How a Chinese name is found by somebody who types pinyin."""

from __future__ import annotations

from pypinyin import Style, lazy_pinyin

from server.people import rules


def name_key(name: str) -> str:
    """What a search for this name looks into: the name, its pinyin, its initials."""
    return rules.name_key(name, lazy_pinyin(name, style=Style.NORMAL, errors=lambda other: other.split()))
