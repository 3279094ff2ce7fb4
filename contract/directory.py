"""The list of stores that a request's form may name, as phones hold it to choose from: in parts, each a row of its own.

What is on it hangs on every shop's door: number, name, city. No ids: a form may name a store by its number, and an id would be
most of the bytes.
"""

from __future__ import annotations

from typing import Final, NamedTuple
from zlib import crc32

from contract.wire import Wire

SCOPE: Final = "directory"
PARTS: Final = 16  # a store that changes sends a sixteenth of the list again


class Listed(NamedTuple):
    """A store by its number, which is what a form says. `initials`: of the name in pinyin, as people type them; empty
    where the name can be typed as it is."""

    number: str
    name: str
    city: str
    initials: str


class DirectoryRow(Wire, frozen=True, kw_only=True):
    """One part of the list (entity `directory`, scope `directory`); its key is the part's number. Sorted by city and name."""

    stores: list[Listed]


def part_of(number: str) -> str:
    """The part a store stands in, for as long as its number is the same: CRC-32 of the number modulo 16."""
    return str(crc32(number.encode()) % PARTS)
