"""Judgments about lists: which heading means which column, how exact a file's numbers are, what is safe in a spreadsheet."""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Mapping

_BETWEEN_WORDS = re.compile(r"[\s_\-/().（）]+")
_STARTS_FORMULA = ("=", "+", "-", "@", "\t", "\r")
_SHORT_BY = 2  # a spreadsheet drops zeros at the end: 116.30 comes out as 116.3


def plain_heading(heading: str) -> str:
    """A heading without what people write now so, now so: width, case, spaces, brackets, strokes."""
    return _BETWEEN_WORDS.sub("", unicodedata.normalize("NFKC", heading)).casefold()


def columns_meant(heading: Iterable[str], names: Mapping[str, tuple[str, ...]]) -> dict[str, str]:
    """Our name of each column that the heading has, with the heading's own word. The first that fits is taken."""
    said: dict[str, str] = {}
    for word in heading:
        said.setdefault(plain_heading(word), word)
    found: dict[str, str] = {}
    for name, words in names.items():
        fitting = [said[plain_heading(known)] for known in words if plain_heading(known) in said]
        if fitting:
            found[name] = fitting[0]
    return found


def usual_decimals(each: Iterable[int]) -> int:
    """With how many decimals the positions of this file are usually printed."""
    counted = Counter(each)
    return max(counted, key=lambda decimals: (counted[decimals], decimals)) if counted else 0


def decimals_meant(printed: int, usual: int) -> int:
    """How many decimals a position really has: one that is a digit or two short of the usual lost zeros at its end."""
    return usual if usual - _SHORT_BY <= printed < usual else printed


def spreadsheet_safe(text: str) -> str:
    """The text as a cell that no spreadsheet takes for a formula."""
    return f"'{text}" if text.startswith(_STARTS_FORMULA) else text
